"""A figure at its own address: as a page, inside somebody else's page, as picture and as numbers."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl, urlencode, urlsplit
from uuid import UUID

from csp.decorators import csp_replace
from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.urls import Resolver404, resolve, reverse
from django.utils.html import escape
from django.utils.translation import gettext as _
from django.utils.translation import override
from django.views.decorators.clickjacking import xframe_options_exempt
from django.views.decorators.http import require_safe

from cms.budget.requests import reader_of
from cms.figures.exploring import exploration
from cms.figures.kinds import figure, kinds
from cms.figures.registry import Figure, data_rows
from portal.errors import Invalid
from portal.rates import client_address, spend
from portal.ui.charts import in_file
from portal.ui.spreadsheets import csv_response

EMBED_WIDTH, EMBED_HEIGHT = 640, 560
LEAST_PX, MOST_PX = 240, 2000


def _made(request: HttpRequest, kind: str, subject: UUID | None, parameters: Mapping[str, str]) -> Figure:
    known = kinds().get(kind)
    if known and known.rate:
        spend(known.rate, client_address(request))
    return figure(kind, subject, parameters, reader_of(request))


@require_safe
def figure_page(request: HttpRequest, kind: str, subject: UUID | None = None) -> HttpResponse:
    found = _made(request, kind, subject, request.GET)
    request.section = "cms:budget:index"  # type: ignore[attr-defined]
    address = request.build_absolute_uri(found.embed_url)
    context = {
        "figure": found,
        "embed_code": frame_code(address, found.finding, EMBED_WIDTH, EMBED_HEIGHT),
        "oembed_url": request.build_absolute_uri(_oembed_path(request, found)),
    }
    return render(request, "cms/figures/page.html", context)


# The one place that other sites may show in a frame of theirs.
@require_safe
@xframe_options_exempt
@csp_replace({"frame-ancestors": ["*"]})  # type: ignore[arg-type]
def embed(request: HttpRequest, kind: str, subject: UUID | None = None) -> HttpResponse:
    return render(request, "cms/figures/embed.html", {"figure": _made(request, kind, subject, request.GET)})


@require_safe
def svg(request: HttpRequest, kind: str, subject: UUID | None = None) -> HttpResponse:
    """The drawing with finding and source, whole in itself. Programs that know no style sheet show it as well."""
    found = _made(request, kind, subject, request.GET)
    if found.drawing is None:
        raise Http404
    response = HttpResponse(
        in_file(found.drawing, found.finding, found.description, f"{_('Source')}{_(': ')}{found.source}"),
        content_type="image/svg+xml; charset=utf-8",
    )
    response["Content-Disposition"] = f'inline; filename="{_file_name(found)}.svg"'
    return response


@require_safe
def csv_file(request: HttpRequest, kind: str, subject: UUID | None = None) -> HttpResponse:
    found = _made(request, kind, subject, request.GET)
    if found.whole_csv:
        return redirect(found.whole_csv)
    return csv_response(data_rows(found), _file_name(found))


def _file_name(found: Figure) -> str:
    return f"{found.kind}-{str(found.subject)[:8]}" if found.subject else found.kind


@require_safe
def oembed(request: HttpRequest) -> HttpResponse:
    """oEmbed 1.0 for addresses of figures: other sites learn from it how to show one. JSON only."""
    if request.GET.get("format", "json") != "json":
        return JsonResponse({"error": "format"}, status=501)
    try:
        parts = urlsplit(request.GET.get("url", ""))
    except ValueError:
        raise Http404 from None
    if parts.netloc not in ("", request.get_host()):
        raise Http404
    # The address asked for says in which language, and can only be resolved in it.
    language = "en" if parts.path.startswith("/en/") else settings.LANGUAGE_CODE
    try:
        with override(language):
            match = resolve(parts.path)
    except Resolver404:
        raise Http404 from None
    if match.view_name not in ("cms:figures:figure", "cms:figures:embed"):
        raise Http404
    width = _bounded(request.GET.get("maxwidth"), EMBED_WIDTH)
    height = _bounded(request.GET.get("maxheight"), EMBED_HEIGHT)
    with override(language):
        found = _made(request, match.kwargs["kind"], match.kwargs.get("subject"), dict(parse_qsl(parts.query)))
        address = request.build_absolute_uri(found.embed_url)
        answer = {
            "version": "1.0",
            "type": "rich",
            "title": found.finding,
            "provider_name": str(_("Gongzhi")),
            "provider_url": request.build_absolute_uri("/"),
            "width": width,
            "height": height,
            "html": frame_code(address, found.finding, width, height),
        }
    return JsonResponse(answer, json_dumps_params={"ensure_ascii": False})


def frame_code(address: str, title: str, width: int, height: int) -> str:
    """What somebody puts into a page of theirs."""
    return (
        f'<iframe src="{escape(address)}" title="{escape(title)}" width="{width}" height="{height}" '
        'loading="lazy" referrerpolicy="no-referrer" sandbox="allow-popups allow-top-navigation-by-user-activation">'
        "</iframe>"
    )


def _bounded(text: str | None, default: int) -> int:
    try:
        return max(LEAST_PX, min(int(text), MOST_PX, default)) if text else default
    except ValueError:
        raise Invalid from None


def _oembed_path(request: HttpRequest, found: Figure) -> str:
    return f"{reverse('oembed')}?{urlencode({'url': request.build_absolute_uri(found.url), 'format': 'json'})}"


@require_safe
def explore(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """The explorer: a table that is regrouped by a form and, with scripts, drawn."""
    found = exploration(row_id, request.GET, reader_of(request))
    request.section = "cms:budget:index"  # type: ignore[attr-defined]
    return render(request, "cms/figures/explore.html", {"exploration": found})


@require_safe
def explore_json(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = exploration(row_id, request.GET, reader_of(request))
    return JsonResponse(found.as_json(), json_dumps_params={"ensure_ascii": False})


@require_safe
def explore_csv(request: HttpRequest, row_id: UUID) -> HttpResponse:
    found = exploration(row_id, request.GET, reader_of(request))
    return csv_response(found.data_rows(), f"explore-{found.group}-{str(row_id)[:8]}")
