"""The open data page, the downloads of one release, and the files themselves."""

from __future__ import annotations

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import render
from django.views.decorators.http import require_safe

from cms.budget.models import Phase
from cms.budget.requests import reader_of
from cms.open_data import queries
from cms.open_data.columns import columns_of
from cms.open_data.datasets import Dataset
from cms.open_data.description import about, licence
from cms.open_data.files import build_file, path_of, write_temporary
from cms.open_data.formats.offered import FORMATS, FileFormat, format_of
from cms.open_data.serving import answer_with
from portal.rates import client_address, spend

RELEASES_SHOWN = 12


@require_safe
def index(request: HttpRequest) -> HttpResponse:
    collections = queries.collections()
    newest = next((collection.newest[-1] for collection in collections), None)
    context = {
        "collections": collections,
        "shown": RELEASES_SHOWN,
        "newest": newest,
        "formats": FORMATS.values(),
        "columns": columns_of(Phase),
        "licence": licence(),
        "base": f"{request.scheme}://{request.get_host()}",
        "example": newest.row_id if newest else "…",
    }
    return render(request, "cms/open_data/index.html", context)


@require_safe
def release(request: HttpRequest, row_id: UUID) -> HttpResponse:
    """Everything to take away of one release, with sizes and digests, and how to cite it."""
    found = queries.release_of(row_id, reader_of(request))
    dataset = Dataset.of_release(found)
    context = {
        "release": found,
        "downloads": queries.downloads_of(found),
        "columns": dataset.columns,
        "about": about(dataset),
        "licence": licence(),
    }
    return render(request, "cms/open_data/release.html", context)


@require_safe
def release_file(request: HttpRequest, row_id: UUID, file: str) -> HttpResponseBase:
    spend("download", client_address(request))
    file_format = format_of(file)
    dataset = Dataset.of_release(queries.release_of(row_id, reader_of(request)))
    if not dataset.is_public:
        path = write_temporary(dataset, file_format)
        return answer_with(
            request, path, media_type=file_format.media_type, name=_name(dataset, file_format), is_temporary=True
        )
    return _answer(request, dataset, file_format, is_permanent=True)


@require_safe
def government_file(request: HttpRequest, pk: int, file: str) -> HttpResponseBase:
    spend("download", client_address(request))
    return _answer(request, queries.dataset_of_government(pk), format_of(file), is_permanent=False)


@require_safe
def lines_csv(request: HttpRequest, row_id: UUID) -> HttpResponseBase:
    """Where the lines of a release were first to be had; the address stays good."""
    return release_file(request, row_id, FORMATS["csv-excel"].file)


def _answer(request: HttpRequest, dataset: Dataset, file_format: FileFormat, *, is_permanent: bool) -> HttpResponseBase:
    stored = build_file(dataset, file_format)
    response = answer_with(
        request,
        path_of(stored),
        media_type=file_format.media_type,
        name=_name(dataset, file_format),
        sha256=stored.sha256,
        modified=stored.made_at,
        is_permanent=is_permanent,
    )
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Access-Control-Expose-Headers"] = (
        "Accept-Ranges, Content-Digest, Content-Disposition, Content-Range, ETag, Repr-Digest"
    )
    return response


def _name(dataset: Dataset, file_format: FileFormat) -> str:
    """What the file is called on the reader's disk: ``yunchuan-2025-v1.csv``."""
    name = file_format.file.removeprefix("lines").removeprefix("-excel")
    return f"{dataset.slug}{name}" if name.startswith(".") else f"{dataset.slug}-{name}"
