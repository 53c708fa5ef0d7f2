"""Rows of an analysis as a CSV file: UTF-8 with a mark, plain numbers, nothing that a spreadsheet program runs."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from django.http import HttpResponse

from portal.ui.spreadsheets import BYTE_ORDER_MARK, guarded

NUMBER = re.compile(r"-?[0-9]+(\.[0-9]+)?")


def plain(text: str) -> str:
    """A number as it is, so that it can be summed; a text that looks like a formula behind an apostrophe."""
    return text if NUMBER.fullmatch(text) else guarded(text)


def csv_response(rows: Iterable[Iterable[str]], name: str) -> HttpResponse:
    out = io.StringIO()
    csv.writer(out).writerows([plain(cell) for cell in row] for row in rows)
    response = HttpResponse(BYTE_ORDER_MARK + out.getvalue().encode(), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response
