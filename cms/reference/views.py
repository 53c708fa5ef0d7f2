"""Public pages of classifications: what a code means, and what is spent under it."""

from __future__ import annotations

import re

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from cms.budget.queries import largest_amount, phases_over
from cms.budget.requests import reader_of
from cms.classification.models import CHINA, Scheme
from cms.reference import queries
from portal.errors import NotFound

YEARS = range(1900, 2200)
# As long as a code may be in a line.
CODE_MAX_CHARS = 64


def _scheme(text: str) -> Scheme:
    if text not in Scheme.values:
        raise NotFound
    return Scheme(text)


def _year(request: HttpRequest) -> int:
    asked = request.GET.get("year", "")
    return int(asked) if asked.isdecimal() and len(asked) == 4 and int(asked) in YEARS else timezone.localdate().year


def _place(request: HttpRequest) -> str:
    """In which jurisdiction a code is meant."""
    asked = request.GET.get("of", "")
    return asked if re.fullmatch(r"[A-Z]{2}(-[A-Z0-9]{1,3}){0,2}", asked) else CHINA


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    return render(request, "cms/classification/index.html", {"editions": queries.editions()})


@require_safe
def scheme(request: HttpRequest, scheme: str) -> HttpResponse:
    """All codes of one edition, by default the newest."""
    editions = queries.editions(_scheme(scheme))
    if not editions:
        raise NotFound
    asked = request.GET.get("edition", "")
    edition = next((one for one in editions if one.label == asked), editions[0])
    context = {"edition": edition, "editions": editions, "entries": queries.tree_of(edition)}
    return render(request, "cms/classification/scheme.html", context)


@require_safe
def code(request: HttpRequest, scheme: str, code: str) -> HttpResponse:
    """A code that no edition has leads to the nearest one above it: sources are finer than the lists at hand."""
    if len(code) > CODE_MAX_CHARS or not code.isprintable():
        raise NotFound
    year = _year(request)
    place = _place(request)
    page = queries.code_page(_scheme(scheme), code, year, reader_of(request), place)
    if page is None:
        above = queries.nearest_ancestor(scheme, code, place)
        if above is None:
            raise NotFound
        return redirect(above)
    context = {
        "page": page,
        "entry": page.entry,
        "years": page.years,
        "year_phases": phases_over(page.years),
        "largest": largest_amount(page.years),
        "newest": page.newest,
        "middling": max((abs(child.base or child.executed or 0) for child in page.below), default=0),
    }
    return render(request, "cms/classification/code.html", context)
