"""The way in to open budgets, and the search over them."""

from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe

from cms.budget.line_table import cleaned, described, search_lines
from cms.budget.models import Line, Phase, Release
from cms.budget.queries import releases_for
from cms.budget.requests import reader_of
from cms.pages.queries import find_disclosures, index_page

LINES_PER_PAGE = 20


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The editors' list of disclosures or, before there is one, the bare list of releases."""
    if (page := index_page(get_language())) and page.url:
        return redirect(page.url)
    return render(request, "cms/budget/index.html", {"releases": releases_for(reader_of(request))})


@require_safe
def search(request: HttpRequest) -> HttpResponse:
    reader = reader_of(request)
    text = cleaned(request.GET.get("q", ""))
    releases = Release.objects.visible_to(reader).newest_versions()
    lines = Line.objects.filter(release__in=releases, is_leaf=True) if text else Line.objects.none()
    found = search_lines(lines, text).select_related("release__government", "department", "programme")
    newest_first = found.order_by("-release__fiscal_year", "release__government", "row_number")
    page = Paginator(newest_first, LINES_PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "q": text,
        "disclosures": find_disclosures(text, reader, get_language()) if text and page.number == 1 else [],
        "page_obj": page,
        "rows": described(page.object_list, Phase),
    }
    return render(request, "cms/search.html", context)
