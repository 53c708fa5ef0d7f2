"""What is saved comes back, keys and data are kept apart, and nothing is replaced by what is not whole."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.db import connection

from participation.feedback.models import Feedback
from participation.stakeholders.models import User
from privacy.rights.backups.database import BackupError, file_name
from privacy.rights.backups.restoring import restore
from privacy.rights.backups.saving import read_manifest, save, write_manifest
from privacy.sealing.models import DataKey
from tests import factories
from tests.services import find_postgres

NAME, PHONE, TEXT = "欧阳志佳", "13912345678", "附件的内容"


@pytest.fixture(autouse=True)
def own_ledger(settings: Any, tmp_path: Path) -> None:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")


@pytest.fixture
def empty_backup(tmp_path: Path) -> tuple[Path, Path]:
    """Two folders with a manifest each, and one file."""
    folders = tmp_path / "data", tmp_path / "keys"
    for folder in folders:
        folder.mkdir()
        (folder / "files.tar").write_bytes(b"was")
        write_manifest(folder, 0)
    return folders


@pytest.fixture
def programs_of_the_database(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those that came with the PostgreSQL of the tests: an older pg_dump refuses a newer server."""
    if connection.vendor == "postgresql":
        monkeypatch.setenv("PATH", str(find_postgres()), prepend=os.pathsep)


@pytest.mark.both
@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("programs_of_the_database")
def test_a_backup_comes_back_whole(tmp_path: Path) -> None:
    person = factories.make_user(display_name=NAME)
    person.phone = PHONE
    person.save()
    attached = SimpleUploadedFile("a.txt", TEXT.encode(), "text/plain")
    feedback = factories.make_feedback(acting_user=person, attachment=attached)
    keys_before = set(DataKey.objects.values_list("pk", flat=True))
    call_command("backup", tmp_path / "data", tmp_path / "keys", stdout=_Silent())
    (data,), (keys,) = (tmp_path / "data").iterdir(), (tmp_path / "keys").iterdir()
    assert {path.name for path in data.iterdir()} == {file_name(), "files.tar", "checkpoint", "manifest.json"}
    assert {path.name for path in keys.iterdir()} == {"keys.jsonl", "erasures.jsonl", "manifest.json"}
    User.objects.filter(pk=person.pk).update(display_name="X")
    DataKey.objects.all().delete()
    feedback.attachment.storage.delete(feedback.attachment.name)
    call_command("restore", data, keys, "--yes", stdout=_Silent())
    again = User.objects.get(pk=person.pk)
    assert (again.display_name, again.phone) == (NAME, PHONE)
    assert Feedback.objects.get(pk=feedback.pk).attachment.read() == TEXT.encode()
    assert set(DataKey.objects.values_list("pk", flat=True)) == keys_before


@pytest.mark.django_db
def test_an_altered_backup_is_refused_before_anything_is_touched(empty_backup: tuple[Path, Path]) -> None:
    (empty_backup[0] / "files.tar").write_bytes(b"is")
    with pytest.raises(BackupError, match=r"files\.tar is missing, or not what was saved"):
        restore(*empty_backup)


@pytest.mark.django_db
def test_a_backup_of_another_kind_of_database_is_refused(empty_backup: tuple[Path, Path]) -> None:
    manifest = empty_backup[0] / "manifest.json"
    manifest.write_text(manifest.read_text("utf-8").replace(connection.vendor, "oracle"), "utf-8")
    with pytest.raises(BackupError, match="a backup of oracle"):
        restore(*empty_backup)


@pytest.mark.django_db
def test_a_ledger_that_cannot_be_read_is_refused(empty_backup: tuple[Path, Path], tmp_path: Path) -> None:
    (tmp_path / "ledger").write_text("no json\n", "utf-8")
    with pytest.raises(BackupError, match="ledger of erasures"):
        restore(*empty_backup, erasures=tmp_path / "ledger")


def test_a_folder_without_a_manifest_is_no_backup(tmp_path: Path) -> None:
    with pytest.raises(BackupError, match="holds no backup"):
        read_manifest(tmp_path)


@pytest.mark.parametrize("keys", [".", "inside"], ids=["same folder", "within it"])
def test_keys_are_not_saved_beside_the_data(tmp_path: Path, keys: str) -> None:
    with pytest.raises(BackupError, match="do not belong"):
        save(tmp_path, tmp_path / keys)


def test_nothing_is_restored_without_saying_so(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="--yes"):
        call_command("restore", tmp_path, tmp_path)


class _Silent:
    def write(self, *_parts: str) -> None:
        pass
