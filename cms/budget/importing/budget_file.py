"""A budget file as it lies on the disk or in memory: how large it is, what kind it is, and its fingerprint."""

from __future__ import annotations

import hashlib
import io
from dataclasses import dataclass, field
from enum import Enum
from functools import cached_property
from pathlib import Path
from typing import Any, BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from cms.budget.importing.packed import FAULTS, Unfit, listed
from cms.budget.importing.problems import refusal
from cms.budget.importing.refusals import megabytes, refused
from portal.errors import TooLarge

OLE = b"\xd0\xcf\x11\xe0"
ZIP = b"PK\x03\x04"
# The first bytes of what people send when asked for a table, and what it is.
NOT_TABLES = ((b"%PDF", "PDF"), (b"\x1f\x8b", "gzip"), (b"Rar!", "RAR"), (b"7z\xbc\xaf\x27\x1c", "7z"))


class Kind(Enum):
    TEXT = "csv"
    XLSX = "xlsx"
    XLS = "xls"
    ODS = "ods"
    ARCHIVE = "zip"

    @property
    def is_workbook(self) -> bool:
        return self in (Kind.XLSX, Kind.XLS, Kind.ODS)


@dataclass
class BudgetFile:
    """``content``: the bytes, or a path to them. ``keep`` holds what has to live as long as the file, such as a
    temporary file that goes away with its last user; ``book`` is what was found in a workbook (``workbooks.Book``)."""

    name: str
    content: bytes | Path
    keep: object = field(default=None, repr=False)
    book: Any = field(default=None, repr=False, compare=False)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")

    @cached_property
    def size(self) -> int:
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    @cached_property
    def sha256(self) -> str:
        with self.open() as file:
            return hashlib.file_digest(file, "sha256").hexdigest()  # type: ignore[arg-type]

    @cached_property
    def kind(self) -> Kind:
        """By the first bytes, never by the name. Raises ``Invalid`` for what holds no table."""
        with self.open() as file:
            head = file.read(8)
            for magic, name in NOT_TABLES:
                if head.startswith(magic):
                    raise refusal(
                        "not_text",
                        _("This is a file of the kind %(kind)s. Please send the table as CSV or as a spreadsheet.")
                        % {"kind": name},
                    )
            if head.startswith(OLE):
                return Kind.XLS
            return _kind_of_archive(file) if head.startswith(ZIP) else Kind.TEXT


def _kind_of_archive(file: BinaryIO) -> Kind:
    try:
        with listed(file) as archive:
            names = set(archive.namelist())
            if "xl/workbook.bin" in names:
                # A binary workbook cannot be examined before it is read.
                raise Unfit("unreadable")
            if "xl/workbook.xml" in names:
                return Kind.XLSX
            if "mimetype" in names and b"opendocument.spreadsheet" in archive.open("mimetype").read(200):
                return Kind.ODS
            if "word/document.xml" in names or "ppt/presentation.xml" in names:
                raise refusal(
                    "not_text",
                    _("This is a text or a presentation. Please send the table as CSV or as a spreadsheet."),
                )
            return Kind.ARCHIVE
    except Unfit as unfit:
        raise refused(unfit) from unfit
    except FAULTS as error:
        raise refused(Unfit("damaged")) from error


def open_budget_file(path: Path) -> BudgetFile:
    """A file on the disk. Its size is looked at before anything is read."""
    try:
        if not path.is_file():
            raise refusal("no_file", _("There is no file “%(path)s”.") % {"path": path})
        require_size(path.stat().st_size)
        with path.open("rb"):
            return BudgetFile(path.name, path)
    except OSError as error:
        raise refusal(
            "no_file", _("“%(path)s” cannot be read: %(reason)s") % {"path": path, "reason": error.strerror}
        ) from error


def require_size(size: int) -> None:
    """Raises ``TooLarge`` above ``settings.BUDGET_FILE_MAX_BYTES`` and ``Invalid`` for an empty file."""
    if size > settings.BUDGET_FILE_MAX_BYTES:
        raise TooLarge(
            _("The file has %(size)s MB; the limit is %(limit)s MB.")
            % {"size": megabytes(size), "limit": megabytes(settings.BUDGET_FILE_MAX_BYTES)},
            problem="too_large",
            limit=settings.BUDGET_FILE_MAX_BYTES,
        )
    if size == 0:
        raise refusal("empty_file", _("The file is empty."))
