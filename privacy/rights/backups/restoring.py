"""Puts a backup back, with the newest keys and the ledger of what was erased since."""

from __future__ import annotations

import base64
import json
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from uuid import UUID

from django.db import connection, transaction

from privacy.log.models import Checkpoint
from privacy.rights.backups.database import BackupError, file_name, restore_database
from privacy.rights.backups.saving import FILES, KEYS, LEDGER, folders, read_manifest
from privacy.rights.erasing import ledger
from privacy.rights.erasing.actions import erase_again
from privacy.rights.erasing.scrubbing import scrub_erased
from privacy.sealing.models import DataKey
from privacy.sealing.open_keys import open_keys

_AT_ONCE = 500


@dataclass(frozen=True)
class Restored:
    """``log_size``: entries in the log as it is now; ``erased``: how many were erased again; ``is_scrubbed``: whether
    nothing of them is left in the files of the database either."""

    keys: int
    erased: int
    log_size: int
    is_scrubbed: bool


def restore(data: Path, keys: Path, *, erasures: Path | None = None) -> Restored:
    """Put back the data of one folder and the keys of another, which may be newer, and erase again.

    ``erasures``: the ledger; by default the one of this site together with the one that was saved with the keys.
    Raises ``BackupError``, before anything is touched, where the backup is not whole or from another kind of database.
    """
    manifest = read_manifest(data)
    read_manifest(keys)
    if manifest.vendor != connection.vendor:
        raise BackupError(f"This is a backup of {manifest.vendor}, and the database here is {connection.vendor}.")
    lines = _erasures(erasures, keys)
    restore_database(data / file_name())
    _restore_files(data / FILES)
    count = restore_keys(keys / KEYS)
    erased = sum(erase_again(line) is not None for line in lines)
    latest = Checkpoint.objects.order_by("size", "pk").last()
    return Restored(count, erased, latest.size if latest else 0, scrub_erased())


def _erasures(given: Path | None, keys: Path) -> list[ledger.Line]:
    """Read first: the site's own may lie in what is about to be replaced."""
    found: dict[UUID, ledger.Line] = {}
    try:
        for source in (given,) if given else (ledger.path(), keys / LEDGER):
            found.update({line.erasure: line for line in ledger.lines(source)})
    except (OSError, ValueError) as error:
        raise BackupError(f"The ledger of erasures cannot be read: {error}") from None
    return sorted(found.values(), key=lambda line: line.done_at)


def _restore_files(archive: Path) -> None:
    with tarfile.open(archive) as opened:
        members = opened.getmembers()
        for name, folder in folders().items():
            folder.mkdir(parents=True, exist_ok=True)
            for member in members:
                if member.name.startswith(f"{name}/"):
                    member.name = member.name.removeprefix(f"{name}/")
                    opened.extract(member, folder, filter="data")


@transaction.atomic
def restore_keys(source: Path) -> int:
    """Exactly the keys of the file: what was destroyed there is destroyed here."""
    DataKey.objects.all().delete()
    count = 0
    for keys in _batches(source):
        DataKey.objects.bulk_create(keys)
        for key in keys:
            DataKey.objects.filter(pk=key.pk).update(created=key.created)
            open_keys.forget(key.pk)
        count += len(keys)
    return count


def _batches(source: Path) -> Iterator[list[DataKey]]:
    batch: list[DataKey] = []
    with source.open(encoding="utf-8") as opened:
        for text in opened:
            batch.append(_key(json.loads(text)))
            if len(batch) == _AT_ONCE:
                yield batch
                batch = []
    yield batch


def _key(said: dict[str, str]) -> DataKey:
    return DataKey(
        id=UUID(said["id"]),
        scope_type=said["scope_type"],
        scope_ref=UUID(said["scope_ref"]),
        wrapped=None if said["wrapped"] is None else base64.b64decode(said["wrapped"]),
        kek_id=said["kek_id"],
        state=said["state"],
        created=datetime.fromisoformat(said["created"]),
    )
