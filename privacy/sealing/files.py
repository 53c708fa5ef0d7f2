"""A file column whose stored file is ciphertext, bound to its row, its field and its own stored name.

A stored file is ``E5 46 01 | data key id 16`` and then a stream of ``chunked``, under a key derived from the data key.
The stream's context is those 19 bytes, "app.model.field", the row id and the stored name, the last three each after
its length. So a file copied over another one, or named by another row, does not open.
"""

from __future__ import annotations

import hashlib
import io
import struct
import uuid
from collections.abc import AsyncIterator, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import partial
from itertools import chain
from pathlib import PurePath
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.core import checks
from django.core.files.base import File
from django.core.files.storage import Storage, storages
from django.db import models, transaction
from django.db.models.fields.files import FieldFile
from django.http import FileResponse
from django.utils.translation import gettext_lazy as _

from privacy.sealing import chunked, ring
from privacy.sealing.column import BoundField
from privacy.sealing.errors import MissingFile, NotServed, SealingError, Tampered
from privacy.sealing.keys import Subject
from privacy.sealing.opening import before_open

MAGIC = b"\xe5F\x01"
HEADER_BYTES = len(MAGIC) + 16
KEY_PURPOSE = b"gongzhi/sealed-file/v1"
STORAGE_ALIAS = "attachments"


@dataclass(frozen=True)
class FileDetails:
    """What is known about a sealed file. ``media_type`` is what the upload said when it was assigned: prove it first.
    ``size`` in bytes and ``sha256`` (hexadecimal) are of the plaintext."""

    name: str
    media_type: str
    size: int
    sha256: str


def sealed_storage() -> Storage:
    return storages[STORAGE_ALIAS]


def random_name(instance: models.Model, filename: str) -> str:
    """A name that says nothing about the file and cannot be guessed."""
    return f"{instance._meta.model_name}/{uuid.uuid4()}"


# Bytes ---------------------------------------------------------------------------------------------


def file_context(header: bytes, label: str, row_id: UUID, name: str) -> bytes:
    """What a stored file is bound to."""
    stored = name.encode()
    return header + ring.context(label, row_id) + struct.pack(">I", len(stored)) + stored


def sealed_pieces(source: chunked.Source, subject: Subject, *, label: str, row_id: UUID, name: str) -> Iterator[bytes]:
    """The stored form of ``source``, piece by piece, under the subject's active key."""
    key_id = ring.active_key(subject).id
    header = MAGIC + key_id.bytes
    key = ring.derived_key(key_id, KEY_PURPOSE)
    return chain([header], chunked.encrypted(source, key, file_context(header, label, row_id, name)))


def stored_key_id(storage: Storage, name: str) -> UUID:
    """Which data key the stored file says it is sealed under. Raises ``MissingFile`` or ``Tampered``."""
    with _stored(storage, name) as source:
        return _parsed_header(source.read(HEADER_BYTES))


def open_stored(storage: Storage, name: str, *, label: str, row_id: UUID) -> io.BufferedReader:
    """The plaintext of a stored file, seekable, at most one chunk of it in memory. Asks nobody and records nothing.

    Raises ``MissingFile``, ``Tampered``, ``UnknownKey`` or ``Shredded``; ``Tampered`` also while it is read, always
    before any byte of an altered chunk is handed out.
    """
    source: Any = _stored(storage, name)
    try:
        header = source.read(HEADER_BYTES)
        key = ring.derived_key(_parsed_header(header), KEY_PURPOSE)
        context = file_context(header, label, row_id, name)
        return io.BufferedReader(chunked.DecryptedReader(source, key, context, start=HEADER_BYTES), chunked.CHUNK_BYTES)
    except BaseException:
        source.close()
        raise


def _stored(storage: Storage, name: str) -> File[bytes]:
    try:
        return storage.open(name, "rb")
    except FileNotFoundError:
        raise MissingFile("the sealed file is not in the storage") from None


def _parsed_header(header: bytes) -> UUID:
    if len(header) != HEADER_BYTES or not header.startswith(MAGIC):
        raise Tampered("the stored file is not a sealed file")
    return UUID(bytes=header[len(MAGIC) :])


class _Measured:
    """Counts and hashes what is read through it, so that a file is read once."""

    def __init__(self, source: chunked.Source) -> None:
        self._source = source
        self._hash = hashlib.sha256()
        self.size = 0

    def read(self, size: int, /) -> bytes:
        block = self._source.read(size)
        self._hash.update(block)
        self.size += len(block)
        return block

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def store_sealed(storage: Storage, name: str, pieces: Iterable[bytes], *, max_length: int | None = None) -> None:
    """Write under exactly that name, which the pieces are bound to, or leave nothing behind."""
    content: Any = File(chunked.PieceReader(iter(pieces)), name)  # type: ignore[arg-type]
    if storage.exists(name):
        raise SealingError("a stored file of that name exists already")
    stored = name
    try:
        stored = storage.save(name, content, max_length=max_length)
        if stored != name:
            raise SealingError("the storage changed the name of a sealed file")
    except BaseException:
        storage.delete(stored)
        raise


# Field ---------------------------------------------------------------------------------------------


class SealedFieldFile(FieldFile):
    """The file of one row. Reading it opens it; there is no address at which it could be fetched."""

    field: SealedFileField

    def _opened(self) -> Any:
        before_open(self.instance, self.field)
        return open_stored(self.storage, self._stored_name, label=self.field.label, row_id=self._row_id)

    @property
    def _row_id(self) -> UUID:
        row_id = self.instance.row_id  # type: ignore[attr-defined]
        return row_id if isinstance(row_id, UUID) else UUID(str(row_id))

    @property
    def _stored_name(self) -> str:
        if not self.name:
            raise ValueError(f"The attribute {self.field.name} has no file.")
        return self.name

    def _get_file(self) -> Any:
        if getattr(self, "_file", None) is None:
            self._file = self._opened()
        return self._file

    def _set_file(self, file: Any) -> None:
        self._file = file

    def _del_file(self) -> None:
        del self._file

    file = property(_get_file, _set_file, _del_file)

    def open(self, mode: str = "rb") -> SealedFieldFile:  # type: ignore[override]
        """Open the plaintext anew for reading, from its beginning. Errors as of ``open_stored``."""
        if mode not in {"r", "rb"}:
            raise ValueError("A sealed file is replaced, never written into.")
        if self and not self._committed:
            self.file.open(mode)
            return self
        self.close()
        self._file = self._opened()
        return self

    @property
    def url(self) -> str:
        raise NotServed("a sealed file has no address: hand it out by a view that asks who wants it")

    @property
    def path(self) -> str:
        raise NotServed("what lies at the path of a sealed file is ciphertext: open() it")

    @property
    def size(self) -> int:
        """Bytes of plaintext, as the length of the stored file tells; verified on opening."""
        if not self._committed:
            return int(self.file.size)
        try:
            return chunked.plaintext_bytes(self.storage.size(self._stored_name) - HEADER_BYTES)
        except FileNotFoundError:
            raise MissingFile("the sealed file is not in the storage") from None

    @property
    def details(self) -> FileDetails | None:
        """What the details field holds; None without a file."""
        if self.field.details_field is None:
            raise ValueError(f"{self.field.label} has no details_field.")
        held = getattr(self.instance, self.field.details_field)
        return FileDetails(**held) if self and held else None

    def save(self, name: str | None, content: Any, save: bool = True) -> None:
        """Seal ``content`` into the storage while reading it. What it replaces goes when the row is committed."""
        source = _Measured(content)
        # Whoever looked at the first bytes left the position behind them.
        with suppress(AttributeError, io.UnsupportedOperation):
            content.seek(0)
        given = PurePath(name or "").name
        stored = self.field.generate_filename(self.instance, given)
        subject: Subject = self.instance.sealing_subject()  # type: ignore[attr-defined]
        pieces = sealed_pieces(source, subject, label=self.field.label, row_id=self._row_id, name=stored)
        store_sealed(self.storage, stored, pieces, max_length=self.field.max_length)
        if getattr(self, "_file", None) is not content:
            self.close()
        self._file = None
        self.name = stored
        setattr(self.instance, self.field.attname, stored)
        self._committed = True
        if self.field.details_field is not None:
            media_type = str(getattr(content, "content_type", None) or "application/octet-stream")
            details = FileDetails(name=given, media_type=media_type, size=source.size, sha256=source.sha256)
            setattr(self.instance, self.field.details_field, asdict(details))
        if save:
            self.instance.save()

    save.alters_data = True  # type: ignore[attr-defined]

    def delete(self, save: bool = True) -> None:
        """Take the file away from the row. With ``save=False`` the caller saves or deletes the row; the stored file
        goes when that is committed."""
        if not self:
            return
        self.close()
        self._file = None
        self.name = None
        self._committed = True
        setattr(self.instance, self.field.attname, None)
        if save:
            self.instance.save()

    delete.alters_data = True  # type: ignore[attr-defined]


class SealedFileField(BoundField, models.FileField):
    """A file that only this application can read, and only in the row it was given to.

    An upload is sealed while it is read and stored under a random name. Where a ``details_field`` is named (a
    ``SealedJSONField`` declared after this field), saving fills it with ``FileDetails``; so when saving with
    ``update_fields``, name both. Opening raises ``Shredded`` once the subject's key is destroyed.
    """

    attr_class = SealedFieldFile
    description = _("Sealed file")
    non_db_attrs = (*BoundField.non_db_attrs, "details_field", "storage", "upload_to")

    def __init__(
        self,
        *args: Any,
        details_field: str | None = None,
        upload_to: Any = random_name,
        storage: Any = sealed_storage,
        **kwargs: Any,
    ) -> None:
        super().__init__(*args, upload_to=upload_to, storage=storage, **kwargs)
        self.details_field = details_field

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if kwargs.get("upload_to") is random_name:
            del kwargs["upload_to"]
        if kwargs.get("storage") is sealed_storage:
            del kwargs["storage"]
        if self.details_field is not None:
            kwargs["details_field"] = self.details_field
        return name, path, args, kwargs

    def contribute_to_class(  # type: ignore[override]
        self, cls: type[models.Model], name: str, private_only: bool = False
    ) -> None:
        super().contribute_to_class(cls, name, private_only)
        if not cls._meta.abstract:
            models.signals.post_delete.connect(self._after_delete, sender=cls)

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        names = [field.name for field in self.model._meta.concrete_fields]
        if self.details_field is not None and self.details_field not in names[names.index(self.name) + 1 :]:
            found.append(checks.Error("details_field is a field declared after the file.", obj=self, id="privacy.E004"))
        return found

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        before = None if add else self._name_in_database(model_instance)
        file = super().pre_save(model_instance, add)
        if not file and self.details_field is not None:
            setattr(model_instance, self.details_field, None)
        if before and before != file.name:
            self.remove_on_commit(before, model_instance._state.db)
        return file

    def _name_in_database(self, instance: models.Model) -> str | None:
        rows = self.model._base_manager.using(instance._state.db).filter(pk=instance.pk)
        found: str | None = rows.values_list(self.attname, flat=True).first()
        return found

    def _after_delete(self, instance: models.Model, using: str, **kwargs: Any) -> None:
        name = str(getattr(instance, self.attname) or "")
        if name:
            self.remove_on_commit(name, using)

    def remove_on_commit(self, name: str, using: str | None = None) -> None:
        """Delete a stored file once nothing can bring it back, unless somebody has it (``holders``): a name that was
        copied or planted takes nothing with it."""
        transaction.on_commit(partial(self._remove_unused, name, using), using=using)

    def _remove_unused(self, name: str, using: str | None) -> None:
        # Looks for fields like this one, so it comes after this module.
        from privacy.sealing.holders import held

        if not held([name], using=using):
            self.storage.delete(name)


class SealedFileResponse(FileResponse):
    """Hands out a sealed file as it is opened, chunk by chunk, under WSGI and ASGI alike.

    Should a chunk turn out altered, the connection ends before it is sent: the length announced tells the receiver
    that something is missing.
    """

    block_size = chunked.CHUNK_BYTES

    async def __aiter__(self) -> AsyncIterator[bytes]:
        # Django's own would first collect the whole file in memory.
        pieces: Iterator[bytes] = iter(self.streaming_content)  # type: ignore[arg-type]
        step = sync_to_async(partial(next, pieces, None), thread_sensitive=False)
        while (piece := await step()) is not None:
            yield piece
