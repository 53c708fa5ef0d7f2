"""Tables of figures as CSV: UTF-8 with a mark, plain numbers, safe to open in a spreadsheet program."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable

from django.http import HttpResponse

from cms.figures.registry import Cell
from portal.ui.spreadsheets import BYTE_ORDER_MARK, guarded


def plain(cell: Cell) -> str:
    """A cell for programs. Numbers are ours and may begin with a minus; text that looks like a formula may not run."""
    return cell.value if cell.value else guarded("" if cell.text == "—" else cell.text)


def csv_response(rows: Iterable[Iterable[Cell]], name: str) -> HttpResponse:
    out = io.StringIO()
    csv.writer(out).writerows([plain(cell) for cell in row] for row in rows)
    response = HttpResponse(BYTE_ORDER_MARK + out.getvalue().encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
