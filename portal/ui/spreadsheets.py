"""What spreadsheet programs need and must not be given: shared by everything that is downloaded as a table."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable
from decimal import Decimal
from pathlib import Path
from typing import IO

from django.http import HttpResponse
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE

# Spreadsheet programs read the mark as "this is UTF-8"; without it Chinese names arrive as rubbish.
BYTE_ORDER_MARK = "\ufeff".encode()
# What makes a spreadsheet program take a text for a formula, full-width forms included.
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


def guarded(text: str) -> str:
    """A text that no spreadsheet program runs: a leading apostrophe shows it as it is. Numbers do not come here."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def plain(text: str) -> str:
    """A number as it is, so that it can be summed; a text that looks like a formula behind an apostrophe."""
    return text if NUMBER.fullmatch(text) else guarded(text)


def csv_response(rows: Iterable[Iterable[str]], name: str) -> HttpResponse:
    """UTF-8 with a mark; ``name`` without its ending."""
    out = io.StringIO()
    csv.writer(out).writerows([plain(cell) for cell in row] for row in rows)
    return _download(BYTE_ORDER_MARK + out.getvalue().encode(), "text/csv; charset=utf-8", f"{name}.csv")


def write_workbook(
    rows: Iterable[Iterable[str | int | float | Decimal | None]], target: Path | IO[bytes], *, sheet: str
) -> None:
    """An XLSX file of one sheet, row by row: numbers are numbers, texts stay texts and none of them runs."""
    book = Workbook(write_only=True)
    page = book.create_sheet(sheet)
    for row in rows:
        page.append([plain(ILLEGAL_CHARACTERS_RE.sub("", cell)) if isinstance(cell, str) else cell for cell in row])
    book.save(target)


def workbook(rows: Iterable[Iterable[str | int | float | Decimal | None]], *, sheet: str) -> bytes:
    """The same in memory, for tables that a page can show."""
    file = io.BytesIO()
    write_workbook(rows, file, sheet=sheet)
    return file.getvalue()


def xlsx_response(rows: Iterable[Iterable[str | int | float | Decimal | None]], name: str) -> HttpResponse:
    return _download(workbook(rows, sheet=name), XLSX_TYPE, f"{name}.xlsx")


def _download(content: bytes, content_type: str, name: str) -> HttpResponse:
    response = HttpResponse(content, content_type=content_type)
    response["Content-Disposition"] = f'attachment; filename="{name}"'
    return response
