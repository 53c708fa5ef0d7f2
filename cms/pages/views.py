"""The way in to open budgets."""

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_safe
from wagtail import hooks
from wagtail.views import serve

from cms.budget.queries import releases_for
from cms.budget.requests import reader_of
from cms.pages.queries import disclosure_at, index_page


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    """The editors' list of disclosures or, before there is one, the bare list of releases."""
    if (page := index_page(get_language())) and page.url:
        return redirect(page.url)
    return render(request, "cms/budget/index.html", {"releases": releases_for(reader_of(request))})


@require_safe
def disclosure(request: HttpRequest, index: str, slug: str) -> HttpResponseBase:
    """A disclosure by its address, found in one query. Wagtail finds every other page, step by step from the root."""
    page = disclosure_at(index, slug, get_language())
    if page is None:
        answer: HttpResponseBase = serve(request, f"{index}/{slug}/")
        return answer
    for hook in hooks.get_hooks("before_serve_page"):
        refusal = hook(page, request, [], {})
        if isinstance(refusal, HttpResponseBase):
            return refusal
    return page.serve(request)
