"""Stored sealed files that nobody has: counted, and removed when that is asked for and they are old enough."""

from __future__ import annotations

import json
import os
import time
from io import StringIO
from pathlib import Path

import pytest
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.db import transaction

from tests.privacy.sealing.statements import make_statement
from tests.specimens.models import Statement

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.both,
    pytest.mark.usefixtures("_no_stored_statements"),
]


def run(*arguments: str) -> str:
    out = StringIO()
    call_command("privacy_selftest", *arguments, stdout=out, stderr=StringIO())
    return out.getvalue()


def path_of(name: str) -> Path:
    return Path(Statement._meta.get_field("attachment").storage.path(name))  # type: ignore[union-attr]


def left_behind(*, days: int) -> Path:
    with transaction.atomic():
        path = path_of(make_statement().attachment.name)
        transaction.set_rollback(True)
    moment = time.time() - days * 86_400
    os.utime(path, (moment, moment))
    return path


def counted(*arguments: str) -> tuple[int, int]:
    told = json.loads(run("--json", *arguments))
    return told["orphans"], told["orphans_removed"]


def test_files_that_no_row_names_are_counted_and_left_alone() -> None:
    make_statement()
    # Other tests leave files behind as well.
    before, _removed = counted()
    orphan = left_behind(days=2)
    assert (counted(), orphan.exists()) == ((before + 1, 0), True)
    assert f"nobody has: {before + 1}, removed: 0" in run()


def test_those_older_than_a_day_are_removed_when_it_is_asked_for() -> None:
    kept = path_of(make_statement().attachment.name)
    old, fresh = left_behind(days=2), left_behind(days=0)
    run("--remove-orphans")
    assert (old.exists(), fresh.exists(), kept.exists()) == (False, True, True)


def test_what_is_no_sealed_file_is_not_touched() -> None:
    storage = Statement._meta.get_field("attachment").storage  # type: ignore[union-attr]
    path = Path(storage.path(storage.save("statement/notes.txt", ContentFile(b"not sealed"))))
    moment = time.time() - 2 * 86_400
    os.utime(path, (moment, moment))
    run("--remove-orphans")
    assert path.exists()
    before, _removed = counted()
    path.unlink()
    assert counted() == (before, 0)
