"""The search over everything that is published."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from cms.budget.line_table import LineRow
from cms.budget.queries import Reader
from cms.budget.requests import reader_of
from cms.search import queries
from cms.search.asked import Asked, Kind
from cms.search.queries import Hit
from portal.rates import client_address, spend

SHOWN_OF_EACH = 5
PER_PAGE = 20
PROPOSED_FOR_SECONDS = 60
LABELS: dict[Kind, str | Promise] = {
    Kind.PAGE: _("Pages"),
    Kind.GLOSSARY: _("Glossary"),
    Kind.DEPARTMENT: _("Departments"),
    Kind.PROGRAMME: _("Programmes"),
    Kind.CODE: _("Codes of classifications"),
    Kind.LINE: _("Budget lines"),
}


@dataclass(frozen=True)
class Group:
    """What was found of one kind: some of it, or one page of it where only this kind is asked for."""

    kind: Kind
    label: str | Promise
    page: Page[Any]
    hits: list[Hit] = field(default_factory=list)
    rows: list[LineRow] = field(default_factory=list)

    @property
    def count(self) -> int:
        return self.page.paginator.count


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    reader, language = reader_of(request), get_language() or ""
    asked = Asked.parse(request.GET)
    groups = _groups(asked, reader, language, request.GET.get("page")) if asked.terms else []
    found = [group for group in groups if group.count]
    context = {
        "asked": asked,
        "q": asked.text,
        "groups": groups,
        "shown": [group for group in found if asked.kind in (None, group.kind)],
        "total": sum(group.count for group in groups),
        "years": queries.years(reader),
        "departments": queries.all_departments(reader),
        "is_narrowed": asked.kind is not None or asked.year is not None or asked.department is not None,
        "suggestions": queries.suggestions(asked, reader, language) if asked.terms and not found else [],
    }
    return render(request, "cms/search/results.html", context)


@require_safe
def suggest(request: HttpRequest) -> JsonResponse:
    """Names that have what was typed so far, for the script beside a search field."""
    spend("suggestion", client_address(request))
    asked = Asked.parse(request.GET)
    names = queries.completions(asked, reader_of(request), get_language() or "") if asked.terms else []
    response = JsonResponse({"names": names}, json_dumps_params={"ensure_ascii": False})
    response.headers["Cache-Control"] = f"private, max-age={PROPOSED_FOR_SECONDS}"
    return response


def _groups(asked: Asked, reader: Reader, language: str, number: str | None) -> list[Group]:
    """Every kind with its count; hits of those that are shown only."""
    found: dict[Kind, Any] = {
        Kind.PAGE: queries.pages(asked, reader, language),
        Kind.GLOSSARY: queries.glossary_terms(asked, reader),
        Kind.DEPARTMENT: queries.departments(asked, reader),
        Kind.PROGRAMME: queries.programmes(asked, reader),
        Kind.CODE: queries.codes(asked),
        Kind.LINE: queries.lines(asked, reader),
    }
    return [_group(kind, found[kind], asked, language, number) for kind in Kind if not asked.leaves_out(kind)]


def _group(kind: Kind, found: Any, asked: Asked, language: str, number: str | None) -> Group:
    is_alone = asked.kind == kind
    page = Paginator(found, PER_PAGE if is_alone else SHOWN_OF_EACH).get_page(number if is_alone else 1)
    group = Group(kind, LABELS[kind], page)
    if asked.kind not in (None, kind) or not group.count:
        return group
    match kind:
        case Kind.PAGE:
            group.hits.extend(queries.hits_of_pages(page.object_list, asked, language))
        case Kind.GLOSSARY:
            group.hits.extend(queries.hits_of_terms(page.object_list, asked, language))
        case Kind.DEPARTMENT:
            group.hits.extend(queries.hits_of_departments(page.object_list, asked, language))
        case Kind.PROGRAMME:
            group.hits.extend(queries.hits_of_programmes(page.object_list, asked, language))
        case Kind.CODE:
            group.hits.extend(queries.hits_of_codes(page.object_list, asked, language))
        case Kind.LINE:
            group.rows.extend(queries.rows_of(page.object_list))
    return group
