"""The cells of an XLSX file, once it is sure that reading it takes no more than a form should."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineWorkbook

from portal.errors import Invalid, TooLarge

MAX_BYTES = 1024 * 1024
MAX_UNZIPPED_BYTES = 20 * 1024 * 1024
MAX_PARTS = 200
MAX_ROWS, MAX_COLUMNS = 2000, 100
PLACE = re.compile(rb"""<(?:\w+:)?(?:c|row)\s[^<>]*?\br\s*=\s*["']([A-Za-z]{0,4})(\d+)["']""")


def read_cells(content: bytes) -> list[list[Any]]:
    """The first sheet of a workbook, from its cell A1. Raises ``Invalid`` or ``TooLarge`` with what to do."""
    _require_bounded(content)
    try:
        workbook = CalamineWorkbook.from_filelike(io.BytesIO(content))
        return workbook.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (CalamineError, IndexError, ValueError) as error:
        raise _unreadable() from error


def _unreadable() -> Invalid:
    return Invalid(
        _("This file cannot be read as an Excel workbook. Open it in your spreadsheet program and save it as .xlsx."),
        field="file",
    )


def _require_bounded(content: bytes) -> None:
    if len(content) > MAX_BYTES:
        raise TooLarge(_("A sheet has at most 1 MB. Remove pictures and other sheets from it."), field="file")
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            parts = archive.infolist()
            if len(parts) > MAX_PARTS or sum(part.file_size for part in parts) > MAX_UNZIPPED_BYTES:
                raise TooLarge(_("Unpacked, this file is far larger than a sheet. Save the sheet alone."), field="file")
            for part in parts:
                if part.filename.endswith(".xml"):
                    _require_few_cells(archive.read(part))
    except (zipfile.BadZipFile, NotImplementedError, RuntimeError, EOFError, OSError) as error:
        raise _unreadable() from error


def _require_few_cells(xml: bytes) -> None:
    # A reader sets aside room for every cell up to the last one, so one lonely cell far out would take all memory.
    for letters, row in PLACE.findall(xml):
        column = 0
        for letter in letters.upper():
            column = column * 26 + letter - ord("A") + 1
        if column > MAX_COLUMNS or len(row) > 7 or int(row) > MAX_ROWS:
            where = (letters + row).decode()
            message = _(
                "There is something in %(cell)s, far outside of a form. Delete what lies outside, and save again."
            )
            raise TooLarge(message % {"cell": where[:20]}, field="file")
