"""What a backup consists of: two folders that are never kept together, the data in one and the keys in the other."""

from __future__ import annotations

import base64
import hashlib
import json
import os
import tarfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.storage import storages
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from privacy.log.models import Checkpoint
from privacy.log.queries import checkpoint_note
from privacy.rights.backups.database import BackupError, file_name, save_database
from privacy.rights.erasing import ledger
from privacy.sealing.files import STORAGE_ALIAS
from privacy.sealing.models import DataKey

MANIFEST, FILES, CHECKPOINT, KEYS, LEDGER = "manifest.json", "files.tar", "checkpoint", "keys.jsonl", "erasures.jsonl"
_READ = 1 << 20


@dataclass(frozen=True)
class Manifest:
    """``sha256`` by name of file; ``log_size``: entries that the latest signed checkpoint stands for."""

    created: str
    vendor: str
    log_size: int
    migrations: int
    sha256: dict[str, str]


def folders() -> dict[str, Path]:
    """The files of the site that are not in the database, by their name in the archive."""
    return {
        "attachments": Path(getattr(storages[STORAGE_ALIAS], "location", "")),
        "media": Path(settings.MEDIA_ROOT),
        "open-data": Path(settings.OPEN_DATA_DIR),
    }


def save(data: Path, keys: Path, *, now: datetime | None = None) -> tuple[Path, Path]:
    """Write a backup into a new folder in ``data`` and one in ``keys``; returns both.

    Raises ``BackupError`` where the keys would lie beside the data.
    """
    if keys.resolve() == data.resolve() or data.resolve() in keys.resolve().parents:
        raise BackupError("The keys do not belong into the folder of the data: whoever finds both can read everything.")
    name = (now or timezone.now()).strftime("%Y%m%dT%H%M%SZ")
    data, keys = data / name, keys / name
    data.mkdir(parents=True, mode=0o700)
    save_database(data / file_name())
    with tarfile.open(data / FILES, "w") as archive:
        for arcname, folder in folders().items():
            if folder.is_dir():
                archive.add(folder, arcname)
    latest = Checkpoint.objects.order_by("size", "pk").last()
    (data / CHECKPOINT).write_text(checkpoint_note(latest) if latest else "", "utf-8")
    size = latest.size if latest else 0
    write_manifest(data, size)
    # After the data, so that no value lacks its key.
    save_keys_in(keys, size)
    return data, keys


def save_keys_in(folder: Path, log_size: int) -> None:
    """Every data key as it stands, wrapped and so of no use without the key-encryption key; and the ledger."""
    folder.mkdir(parents=True, mode=0o700)
    with _private(folder / KEYS) as opened:
        for key in DataKey.objects.order_by("pk").iterator(chunk_size=1000):
            opened.write(json.dumps(_plain(key)) + "\n")
    with _private(folder / LEDGER) as opened:
        if ledger.path().exists():
            opened.write(ledger.path().read_text("utf-8"))
    write_manifest(folder, log_size)


def _private(target: Path) -> Any:
    return os.fdopen(os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8")


def _plain(key: DataKey) -> dict[str, Any]:
    return {
        "id": str(key.id),
        "scope_type": key.scope_type,
        "scope_ref": str(key.scope_ref),
        "wrapped": None if key.wrapped is None else base64.b64encode(bytes(key.wrapped)).decode(),
        "kek_id": key.kek_id,
        "state": key.state,
        "created": key.created.isoformat(),
    }


# Manifests ------------------------------------------------------------------------------------------


def sha256_of(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as opened:
        while part := opened.read(_READ):
            digest.update(part)
    return digest.hexdigest()


def _members(folder: Path) -> Iterator[Path]:
    yield from (path for path in sorted(folder.iterdir()) if path.name != MANIFEST)


def write_manifest(folder: Path, log_size: int) -> None:
    manifest = Manifest(
        created=timezone.now().isoformat(),
        vendor=connection.vendor,
        log_size=log_size,
        migrations=MigrationRecorder(connection).migration_qs.count(),
        sha256={path.name: sha256_of(path) for path in _members(folder)},
    )
    (folder / MANIFEST).write_text(json.dumps(asdict(manifest), indent=1), "utf-8")


def read_manifest(folder: Path) -> Manifest:
    """Raises ``BackupError`` for a folder that is no whole backup."""
    try:
        manifest = Manifest(**json.loads((folder / MANIFEST).read_text("utf-8")))
    except (OSError, ValueError, TypeError) as error:
        raise BackupError(f"{folder} holds no backup: {error}") from None
    for name, expected in manifest.sha256.items():
        if not (folder / name).is_file() or sha256_of(folder / name) != expected:
            raise BackupError(f"{folder / name} is missing, or not what was saved.")
    return manifest
