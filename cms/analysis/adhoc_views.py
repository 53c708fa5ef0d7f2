"""Ask the data: any sum over all published lines, by a form that works without scripts; the answer has an address."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from cms.analysis import adhoc, queries
from cms.analysis import adhoc_answers as answers
from cms.analysis.adhoc import Dimension, Measure
from cms.analysis.adhoc_asking import DIMENSIONS_AT_MOST, OFFERED, Asked, answer_to, measure_label, read_asked
from cms.analysis.asking import Question, values_of
from cms.budget.requests import reader_of
from portal.errors import Invalid, NotFound, TooManyRequests
from portal.rates import client_address, spend
from portal.ui.spreadsheets import csv_response, xlsx_response

ROWS_SHOWN = 200
USUAL = (Measure.ADOPTED, Measure.EXECUTED)


@require_safe
def ask(request: HttpRequest) -> HttpResponse:
    """With too little chosen the form alone; with a fault the form as it was sent and what is wrong."""
    reader = reader_of(request)
    asked, figure, refusal, left_out = Asked(), None, None, 0
    try:
        asked = read_asked(request.GET)
        if asked.is_whole:
            spend("question", client_address(request))
            answer = answer_to(asked, reader)
            figure = answers.figure_of(asked, answer, most=ROWS_SHOWN)
            left_out = max(0, len(answer.rows) - ROWS_SHOWN)
    except (Invalid, NotFound, TooManyRequests) as error:
        refusal = error
    government = next(iter(values_of(request.GET, "government")), "")
    chosen = values_of(request.GET, "by")
    choices = queries.choices_for(Question(), reader, government)
    context: dict[str, Any] = {
        "figure": figure,
        "left_out": left_out,
        "shown": ROWS_SHOWN,
        "xlsx_url": figure.csv_url.replace("ask.csv", "ask.xlsx", 1) if figure else "",
        "refusal": refusal,
        "choices": choices,
        "offered": list(OFFERED.items()),
        "steps": [(place, chosen[place] if place < len(chosen) else "") for place in range(DIMENSIONS_AT_MOST)],
        "measures": [(measure, measure_label(measure)) for measure in Measure],
        "picked": {
            "measure": values_of(request.GET, "measure") or list(USUAL),
            "year": values_of(request.GET, "year"),
            "government": values_of(request.GET, "government"),
        },
        "typed": {name: request.GET.get(name, "") for name in ("department", "function", "economic")},
        "is_begun": bool(request.GET) and figure is None and refusal is None,
        "examples": _examples(choices),
        "limits": {"seconds": round(adhoc.SECONDS), "rows": adhoc.ROWS_AT_MOST, "releases": adhoc.RELEASES_AT_MOST},
    }
    response = render(request, "cms/analysis/ask.html", context, status=refusal.status if refusal else 200)
    if isinstance(refusal, TooManyRequests):
        response.headers["Retry-After"] = str(refusal.data["retry_after"])
    return response


def _examples(choices: queries.Choices) -> list[tuple[str, str]]:
    """Questions that many have, each by its address."""
    newest = tuple(choices.years[:1])
    if not newest:
        return []
    told = [
        (_("What has every function been given, year by year?"), (Dimension.FISCAL_YEAR, Dimension.FUNCTION_CLASS), ()),
        (
            _("Which departments spend on what, in the newest year?"),
            (Dimension.DEPARTMENT, Dimension.FUNCTION_CLASS),
            newest,
        ),
        (_("What is the money spent on: wages, goods, buildings?"), (Dimension.ECONOMIC_CLASS,), newest),
        (_("How much is published, and by whom?"), (Dimension.GOVERNMENT, Dimension.FISCAL_YEAR), ()),
    ]
    return [(words, Asked(by, USUAL, years).address) for words, by, years in told]


def _answered(request: HttpRequest) -> tuple[Asked, adhoc.Answer]:
    asked = read_asked(request.GET)
    if not asked.is_whole:
        raise Invalid(_("Choose what is summed, and by what."))
    spend("question", client_address(request))
    return asked, answer_to(asked, reader_of(request))


@require_safe
def ask_csv(request: HttpRequest) -> HttpResponse:
    return csv_response(answers.csv_rows(*_answered(request)), "answer")


@require_safe
def ask_xlsx(request: HttpRequest) -> HttpResponse:
    return xlsx_response(answers.table_rows(*_answered(request)), "answer")
