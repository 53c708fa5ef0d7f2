"""Pages of analysis: what can be asked, comparisons, classes of programmes, and prices and population."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from cms.analysis import class_figures, compare_figures, queries
from cms.analysis.actions import enter_statistics
from cms.analysis.asking import By, Question, read_question
from cms.analysis.classes import ClassReading, read_class
from cms.analysis.comparability import warnings_about
from cms.analysis.comparing import Compared, compare
from cms.analysis.drawing import data_rows
from cms.analysis.forms import StatisticsForm
from cms.analysis.statistics_tables import Table
from cms.analysis.terms import Terms
from cms.budget.permissions import require_may_import
from cms.budget.requests import reader_of
from portal.errors import GongzhiError, Invalid, NotFound
from portal.rates import spend
from portal.ui.forms import show_refusal
from portal.ui.furniture import local
from portal.ui.spreadsheets import csv_response

PROGRAMMES_PER_PAGE = 50


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """What can be asked, each with an example that leads to an answer."""
    reader = reader_of(request)
    choices = queries.choices_for(Question(), reader, request.GET.get("in", ""))
    context = {
        "examples": _examples(choices),
        "classes": queries.classes_with_most_programmes(reader),
        "is_empty": not choices.years,
    }
    return render(request, "cms/analysis/index.html", context)


def _examples(choices: queries.Choices) -> dict[str, str]:
    """Addresses of questions about what there is; a kind that nothing can be asked of is left out."""
    found = {}
    same = [d for d in choices.departments if d.government_id == choices.departments[0].government_id]
    if len(same) > 1:
        found["departments"] = Question(picks=tuple(str(d.row_id) for d in same[:3])).address()
    if len(choices.governments) > 1:
        picks = tuple(str(government.pk) for government in choices.governments[:3])
        found["governments"] = Question(by=By.GOVERNMENT, picks=picks).address()
    years = tuple(str(year) for year in sorted(choices.years[:3]))
    if len(years) > 1 and choices.governments:
        of = str((choices.government or choices.governments[0]).pk)
        found["years"] = Question(by=By.YEAR, picks=years, of=of).address()
        found["real"] = Question(by=By.YEAR, picks=years, of=of, terms=Terms.REAL).address()
    return found


@require_safe
def comparison(request: HttpRequest) -> HttpResponse:
    """Side by side: with too little chosen the form alone, with a fault the form as it was sent and what is wrong."""
    reader = reader_of(request)
    question, compared, refusal = Question(), None, None
    try:
        question = read_question(request.GET)
        compared = _compared(question, request) if question.is_whole else None
    except (Invalid, NotFound) as error:
        refusal = error
    asked = request.GET.getlist("pick")
    context: dict[str, Any] = {
        "question": question,
        "by": question.by if refusal is None else request.GET.get("by", question.by),
        "picked": asked,
        "asked": {name: request.GET.get(name, "") for name in ("of", "year", "terms", "base", "function")},
        "choices": queries.choices_for(question, reader, request.GET.get("in", "")),
        "terms": [(Terms.NOMINAL, _("in nominal terms")), (Terms.REAL, _("in real terms")), *_per_head()],
        "refusal": refusal,
        "is_begun": bool(asked) and compared is None and refusal is None,
    }
    if compared:
        context |= {
            "compared": compared,
            "figures": compare_figures.figures_of(compared),
            "warnings": warnings_about(compared, reader),
            "functions": queries.functions_of(compared, reader),
            "address": compare_figures.address(compared),
        }
    return render(request, "cms/analysis/compare.html", context, status=refusal.status if refusal else 200)


def _per_head() -> list[tuple[Terms, str]]:
    return [(Terms.PER_HEAD, _("per head")), (Terms.REAL_PER_HEAD, _("per head, in real terms"))]


def _compared(question: Question, request: HttpRequest) -> Compared:
    compared = compare(question, reader_of(request))
    if not compared.years:
        raise NotFound(_("Nothing of what you chose is public yet."))
    if question.year is not None and question.year not in compared.years:
        raise NotFound(_("Nothing of what you chose is public for %(year)d.") % {"year": question.year})
    return compared


@require_safe
def comparison_csv(request: HttpRequest) -> HttpResponse:
    """Every amount of a comparison or, with ``figure=drivers``, what a change is made of."""
    question = read_question(request.GET)
    if not question.is_whole:
        raise Invalid(_("Choose at least two to compare."))
    compared = _compared(question, request)
    if request.GET.get("figure") == "drivers":
        figure = compare_figures.drivers(compared)
        if figure is None:
            raise NotFound
        return csv_response(data_rows(figure), "change")
    return csv_response(compare_figures.csv_rows(compared), f"comparison-by-{question.by}")


@require_safe
def programme_class(request: HttpRequest, code: str) -> HttpResponse:
    """The programmes of one functional code in a year: how they are spread, which stand apart, and why."""
    reading = _class_asked(request, code)
    measures = class_figures.measures_of(reading)
    page = Paginator(reading.members, PROGRAMMES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "reading": reading,
        "name": local(reading.name, "name") if reading.name else "",
        "regions": class_figures.by_region(reading),
        "departments": class_figures.by_department(reading),
        "history": class_figures.by_year(reading),
        "figures": [figure for measured in measures for figure in class_figures.figures_of(reading, measured)],
        "relations": class_figures.relations(reading),
        "page_obj": page,
        "address": class_figures.address(reading),
        "csv_url": class_figures.address(reading, "class_csv"),
        "is_cut": len(reading.members) < reading.count,
        "diverging": [member for member in reading.members if member.divergence and member.divergence.is_flagged],
    }
    return render(request, "cms/analysis/class.html", context)


@require_safe
def programme_class_csv(request: HttpRequest, code: str) -> HttpResponse:
    reading = _class_asked(request, code)
    name = f"class-{code}-{reading.year}" if code.isascii() and code.isalnum() else f"class-{reading.year}"
    return csv_response(class_figures.csv_rows(reading), name)


def _class_asked(request: HttpRequest, code: str) -> ClassReading:
    """Raises ``Invalid`` for a year or government that is no number."""
    if not code.isprintable() or len(code) > 64:
        raise NotFound
    numbers: dict[str, int | None] = {}
    for name in ("year", "government"):
        text = request.GET.get(name, "")
        if text and not (text.isascii() and text.isdigit() and len(text) <= 9):
            raise Invalid(_("“%(text)s” is no number.") % {"text": text[:40]}, field=name)
        numbers[name] = int(text) if text else None
    return read_class(code, reader_of(request), **numbers, today=timezone.localdate())  # type: ignore[arg-type]


@require_http_methods(["GET", "HEAD", "POST"])
def statistics(request: HttpRequest) -> HttpResponse:
    """Prices and population with their sources, for everybody; editors and reviewers enter them here."""
    reader = reader_of(request)
    form: StatisticsForm | None = StatisticsForm() if _may_enter(reader) else None
    table: Table | None = None
    status = 200
    if request.method == "POST":
        require_may_import(reader)
        form, status = StatisticsForm(request.POST, request.FILES), 400
        if form.is_valid():
            table = form.read()
            form = form.holding()
            status = 200 if not table.errors else 400
            if form.is_valid() and "confirm" in request.POST:
                try:
                    spend("moderation", str(reader.pk))
                    enter_statistics(
                        table,
                        source=form.cleaned_data["source"],
                        published_on=form.cleaned_data["published_on"],
                        acting_user=reader,  # type: ignore[arg-type]
                    )
                except GongzhiError as error:
                    status = show_refusal(form, error)
                else:
                    messages.success(request, _("The table was taken over."))
                    return redirect("cms:analysis:statistics")
    context = {
        "form": form,
        "table": table,
        "prices": queries.prices_for(reader),
        "population": queries.population_for(reader),
    }
    return render(request, "cms/analysis/statistics.html", context, status=status)


def _may_enter(reader: Any) -> bool:
    try:
        require_may_import(reader)
    except GongzhiError:
        return False
    return True
