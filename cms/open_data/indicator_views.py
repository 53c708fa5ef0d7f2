"""Indicators and scores of all programmes: lists to read, and files with every row of them."""

from __future__ import annotations

import csv
import os
import tempfile
from collections.abc import Iterable
from decimal import Decimal
from itertools import chain
from pathlib import Path
from typing import Any

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms.budget.requests import reader_of
from cms.open_data import indicators as lists
from cms.open_data.files import folder
from cms.open_data.formats.offered import XLSX
from cms.open_data.formats.workbook import ROWS_AT_MOST
from cms.open_data.indicators import Asked
from cms.open_data.serving import answer_with
from cms.performance.models import Indicator
from cms.performance.queries import IndicatorReading, readings_of_years
from portal.errors import TooLarge
from portal.rates import client_address, spend
from portal.ui.spreadsheets import BYTE_ORDER_MARK, plain, write_workbook

PER_PAGE = 50


@require_safe
def indicators(request: HttpRequest) -> HttpResponse:
    """What programmes promised to reach, and what they reached."""
    reader, asked = reader_of(request), Asked.parse(request.GET)
    page = Paginator(lists.indicators_asked(asked, reader), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "rows": [(IndicatorReading(one), one.goal.programme_year) for one in page.object_list],
        "dimensions": Indicator.Dimension.choices,
    }
    return _listed(request, "indicators", asked, page, context)


@require_safe
def scores(request: HttpRequest) -> HttpResponse:
    """How programmes score themselves, and what the published rules come to."""
    reader, asked = reader_of(request), Asked.parse(request.GET)
    page = Paginator(lists.years_asked(asked, reader), PER_PAGE).get_page(request.GET.get("page"))
    shown = lists.years_asked(Asked(), reader).filter(pk__in=[year.pk for year in page.object_list])
    return _listed(request, "scores", asked, page, {"rows": readings_of_years(shown)})


def _listed(request: HttpRequest, name: str, asked: Asked, page: Any, context: dict[str, Any]) -> HttpResponse:
    reader = reader_of(request)
    files = [
        (label, reverse("cms:open_data:list_file", args=[name, ending]) + asked.address)
        for label, ending in (("CSV", "csv"), ("XLSX", "xlsx"))
    ]
    context |= {
        "asked": asked,
        "page_obj": page,
        "choices": lists.choices_for(reader),
        "files": files,
        "indicators_url": reverse("cms:open_data:indicators") + asked.address,
        "scores_url": reverse("cms:open_data:scores") + asked.address,
    }
    return render(request, f"cms/open_data/{name}.html", context)


@require_safe
def list_file(request: HttpRequest, name: str, ending: str) -> HttpResponseBase:
    """Every row of a list as CSV or XLSX, written to a file that goes with the answer: no list is too long."""
    spend("download", client_address(request))
    asked, reader = Asked.parse(request.GET), reader_of(request)
    columns: tuple[str, ...]
    if name == "indicators":
        indicators = lists.indicators_asked(asked, reader)
        count, columns, rows = indicators.count(), lists.INDICATOR_COLUMNS, lists.indicator_rows(indicators)
    else:
        years = lists.years_asked(asked, reader)
        count, columns, rows = years.count(), lists.SCORE_COLUMNS, lists.score_rows(years)
    if ending == "xlsx" and count > ROWS_AT_MOST:
        raise TooLarge(_("A worksheet holds %(most)d rows. Take the CSV file.") % {"most": ROWS_AT_MOST})
    handle, path = tempfile.mkstemp(dir=folder(), prefix="list-")
    os.close(handle)
    try:
        (_write_xlsx if ending == "xlsx" else _write_csv)(Path(path), columns, rows)
    except BaseException:
        Path(path).unlink(missing_ok=True)
        raise
    media_type = XLSX if ending == "xlsx" else "text/csv; charset=utf-8"
    return answer_with(request, Path(path), media_type=media_type, name=f"{name}.{ending}", is_temporary=True)


def _write_csv(path: Path, columns: Iterable[str], rows: Iterable[Iterable[lists.Value]]) -> None:
    path.write_bytes(BYTE_ORDER_MARK)
    with path.open("a", encoding="utf-8", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(columns)
        writer.writerows([_text(value) for value in row] for row in rows)


def _text(value: lists.Value) -> str:
    if value is None:
        return ""
    return f"{value:f}" if isinstance(value, Decimal) else plain(str(value))


def _write_xlsx(path: Path, columns: Iterable[str], rows: Iterable[Iterable[lists.Value]]) -> None:
    write_workbook(chain([columns], rows), path, sheet="rows")
