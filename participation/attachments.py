"""Files that people attach: what is accepted, how it is kept, and how it is handed out.

A file is judged by its first bytes, never by the name or type that its sender claims.
"""

from __future__ import annotations

import hashlib
import os
import struct
import uuid
import zipfile
from pathlib import PurePath
from typing import Any, BinaryIO

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from portal.errors import Invalid, NotFound, TooLarge

SIGNATURES: tuple[tuple[str, bytes], ...] = (
    ("application/pdf", b"%PDF-"),
    ("image/png", b"\x89PNG\r\n\x1a\n"),
    ("image/jpeg", b"\xff\xd8\xff"),
)
OFFICE_TYPES = {
    "word/": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xl/": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
TEXT_SUFFIXES = {".txt": "text/plain", ".csv": "text/csv"}
# An Office file has some dozens or hundreds of entries; listing one of very many takes seconds and much memory.
ZIP_ENTRIES_MAX = 5000
_ZIP_ENTRY = b"PK\x01\x02"
_ZIP_END = b"PK\x05\x06"
# Everything that ``zipfile`` is known to raise for an archive made to break it.
_ZIP_FAULTS = (zipfile.BadZipFile, NotImplementedError, ValueError, EOFError, OSError, OverflowError, struct.error)


def attachment_storage() -> Storage:
    return storages["attachments"]


def random_name(instance: models.Model, filename: str) -> str:
    """A name that says nothing about the file and cannot be guessed."""
    return f"{instance._meta.model_name}/{uuid.uuid4()}"


class AttachmentFields(models.Model):
    """One optional attached file, with what is known about it."""

    attachment = models.FileField(_("attachment"), storage=attachment_storage, upload_to=random_name, blank=True)
    attachment_name = models.CharField(max_length=200, blank=True)
    attachment_type = models.CharField(max_length=100, blank=True)
    attachment_sha256 = models.CharField(max_length=64, blank=True)

    class Meta:
        abstract = True

    @property
    def attachment_size(self) -> int | None:
        """In bytes; None without a file, or where the storage has lost it."""
        try:
            return self.attachment.size if self.attachment else None
        except FileNotFoundError:
            return None


def sniff_type(content: BinaryIO, name: str) -> str | None:
    """The media type that the bytes prove, or None for anything that is not accepted."""
    content.seek(0)
    head = content.read(4096)
    for media_type, signature in SIGNATURES:
        if head.startswith(signature):
            return media_type
    if head.startswith(b"PK\x03\x04"):
        return _office_type(content)
    suffix = PurePath(name).suffix.lower()
    if suffix in TEXT_SUFFIXES and b"\x00" not in head and not head.startswith((b"#!", b"MZ")):
        return TEXT_SUFFIXES[suffix]
    return None


def _has_too_many_entries(content: BinaryIO) -> bool:
    """By the end record, and because that may lie, by counting what marks each entry of the directory."""
    size = content.seek(0, os.SEEK_END)
    content.seek(max(0, size - 2**16 - 22))
    tail = content.read()
    end = tail.rfind(_ZIP_END)
    if end >= 0 and int.from_bytes(tail[end + 10 : end + 12], "little") > ZIP_ENTRIES_MAX:
        return True
    content.seek(0)
    count, before = 0, b""
    while block := content.read(2**20):
        block = before + block
        count += block.count(_ZIP_ENTRY)
        if count > ZIP_ENTRIES_MAX:
            return True
        # Too short to hold a mark by itself.
        before = block[-(len(_ZIP_ENTRY) - 1) :]
    return False


def _office_type(content: BinaryIO) -> str | None:
    if _has_too_many_entries(content):
        return None
    content.seek(0)
    try:
        members = zipfile.ZipFile(content).namelist()
    except _ZIP_FAULTS:
        return None
    if any(member.lower().endswith("vbaproject.bin") for member in members):
        return None
    found = {media_type for prefix, media_type in OFFICE_TYPES.items() if any(m.startswith(prefix) for m in members)}
    return found.pop() if len(found) == 1 else None


def checked_upload(upload: UploadedFile[Any], *, field: str = "attachment") -> tuple[str, str, str]:
    """The file's own name, the media type that its bytes prove, and its SHA-256; it is at its beginning again.

    Raises ``TooLarge`` over ``settings.ATTACHMENT_MAX_BYTES`` and ``Invalid`` for a type that is not accepted.
    """
    limit = settings.ATTACHMENT_MAX_BYTES
    if upload.size is None or upload.size > limit:
        raise TooLarge(
            _("The file is larger than %(limit)d MB. Please attach a smaller one.") % {"limit": limit // 2**20},
            field=field,
        )
    name = PurePath(upload.name or "").name
    media_type = sniff_type(upload, name)  # type: ignore[arg-type]
    if media_type is None:
        raise Invalid(
            _("This kind of file is not accepted. Please attach a PDF, PNG, JPEG, Word, Excel, CSV or text file."),
            field=field,
        )
    upload.seek(0)
    digest = hashlib.file_digest(upload, "sha256").hexdigest()  # type: ignore[arg-type]
    upload.seek(0)
    return name[-200:], media_type, digest


def attachment_fields(upload: UploadedFile[Any] | None) -> dict[str, Any]:
    """Check an upload and return the values of ``AttachmentFields`` for it; empty for no upload.

    Raises as ``checked_upload``.
    """
    if upload is None:
        return {}
    name, media_type, digest = checked_upload(upload)
    return {
        "attachment": upload,
        "attachment_name": name,
        "attachment_type": media_type,
        "attachment_sha256": digest,
    }


def attachment_response(record: AttachmentFields) -> FileResponse:
    """Hand out the file of a record that the caller has found to be visible. Always a download, never a page."""
    if not record.attachment:
        raise NotFound
    try:
        content = record.attachment.open("rb")
    except FileNotFoundError:
        raise NotFound(
            _("This file is missing from our storage. Please tell the office that runs this site.")
        ) from None
    response = FileResponse(
        content,
        as_attachment=True,
        filename=record.attachment_name,
        content_type=record.attachment_type,
    )
    return as_download(response)


def as_download(response: FileResponse) -> FileResponse:
    """What a browser shows of it in spite of all has no rights on this site."""
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
