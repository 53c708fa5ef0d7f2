"""The cells of an XLSX file, once it is sure that reading it takes no more than a form should.

They are read by the process that reads spreadsheets of budgets, whose end is not ours.
"""

from __future__ import annotations

import contextlib
import io
import re
import zipfile
from datetime import date, datetime
from typing import Any

from django.utils.translation import gettext as _

from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.cells import NumberCell, OtherCell
from cms.budget.importing.reading import Meter
from cms.budget.importing.workbooks import open_book
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
        file = BudgetFile("sheet.xlsx", content)
        if not file.kind.is_workbook:
            raise _unreadable()
        book = open_book(file)
        return [[_value(cell) for cell in row] for row in book.rows(book.sheets[0], Meter())]
    except IndexError as error:
        raise _unreadable() from error
    except Invalid as error:
        error.data["field"] = "file"
        raise


def _value(cell: str) -> Any:
    """What the sheet held: a number, a day, a truth value or a text."""
    if isinstance(cell, NumberCell):
        return float(cell)
    if not isinstance(cell, OtherCell):
        return str(cell)
    if cell in ("TRUE", "FALSE"):
        return cell == "TRUE"
    for kind in (date, datetime):
        with contextlib.suppress(ValueError):
            return kind.fromisoformat(cell)
    return str(cell)


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
