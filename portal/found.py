"""What search engines and other robots are told: which pages there are, and which are not for them."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.views.decorators.cache import cache_control
from django.views.decorators.http import require_safe

from cms.open_data.sitemaps import Departments, EditorsPages, Programmes, Releases, Rooms

sitemaps = {
    "pages": EditorsPages,
    "rooms": Rooms(
        "cms:budget:index",
        "cms:open_data:index",
        "participation:consultations:index",
        "participation:rectification:index",
        "privacy:log:index",
    ),
    "releases": Releases,
    "departments": Departments,
    "programmes": Programmes,
}
# Sign-in, administration and searches: nothing that anybody looks for, and pages without end.
NOT_FOR_ROBOTS = (
    "/admin/",
    "/accounts/",
    "/en/accounts/",
    "/me/",
    "/en/me/",
    "/api/",
    "/budget/search/",
    "/en/budget/search/",
    "/analysis/ask",
    "/en/analysis/ask",
)


@require_safe
@cache_control(public=True, max_age=3600)
def robots(request: HttpRequest) -> HttpResponse:
    lines = ["User-agent: *", *(f"Disallow: {path}" for path in NOT_FOR_ROBOTS)]
    lines += ["", f"Sitemap: {request.build_absolute_uri(reverse('sitemap_index'))}"]
    return HttpResponse("\n".join([*lines, ""]), content_type="text/plain; charset=utf-8")
