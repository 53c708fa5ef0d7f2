"""Rows with a sealed file, and what lies in the storage."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile

from tests.specimens.models import Statement

TEXT = b"trade secret: " + bytes(range(256)) * 200


def upload(text: bytes = TEXT, name: str = "价格.pdf") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, text, content_type="application/pdf")


def make_statement(text: bytes = TEXT, **fields: Any) -> Statement:
    return Statement.objects.create(attachment=upload(text), **fields)


def reread(statement: Statement) -> Statement:
    return Statement.objects.get(pk=statement.pk)


def place(statement: Statement) -> Path:
    return Path(storages["attachments"].path(statement.attachment.name))


def stored_files() -> set[str]:
    """The stored names of the files of all statements, without their folder."""
    folder = Path(storages["attachments"].path("statement"))
    return {path.name for path in folder.iterdir()} if folder.is_dir() else set()
