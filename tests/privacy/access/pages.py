"""Addresses that only tests have: each opens sealed notes of dossiers in another way."""

from collections.abc import AsyncIterator, Iterator
from typing import Any

from asgiref.sync import sync_to_async
from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.urls import path

from portal.urls import urlpatterns as portal_urls
from privacy.access.recording import reading
from tests.specimens.models import Dossier


def _notes() -> list[str]:
    return [dossier.note or "" for dossier in Dossier.objects.order_by("pk")]


def listing(request: HttpRequest) -> HttpResponse:
    return HttpResponse(" ".join(_notes()))


def twice(request: HttpRequest) -> HttpResponse:
    return HttpResponse(" ".join([*_notes(), *_notes()]))


def for_a_purpose(request: HttpRequest) -> HttpResponse:
    with reading(purpose="checking the list"):
        return HttpResponse(" ".join(_notes()))


def secret(request: HttpRequest) -> HttpResponse:
    return HttpResponse(Dossier.objects.get().secret or "")


def broken(request: HttpRequest) -> HttpResponse:
    _notes()
    raise RuntimeError("after reading")


async def listing_async(request: HttpRequest) -> HttpResponse:
    await request.auser()
    return HttpResponse(" ".join(await sync_to_async(_notes)()))


def streamed(request: HttpRequest) -> StreamingHttpResponse:
    def pieces() -> Iterator[str]:
        yield "start "
        for dossier in Dossier.objects.order_by("pk"):
            yield f"{dossier.note} "

    return StreamingHttpResponse(pieces())


async def streamed_async(request: HttpRequest) -> StreamingHttpResponse:
    await request.auser()

    async def pieces() -> AsyncIterator[str]:
        yield "start "
        for note in await sync_to_async(_notes)():
            yield f"{note} "

    return StreamingHttpResponse(pieces())


urlpatterns: list[Any] = [
    path("notes/", listing, name="listing"),
    path("notes/twice/", twice, name="twice"),
    path("notes/purpose/", for_a_purpose, name="for_a_purpose"),
    path("notes/secret/", secret, name="secret"),
    path("notes/broken/", broken, name="broken"),
    path("notes/async/", listing_async, name="listing_async"),
    path("notes/streamed/", streamed, name="streamed"),
    path("notes/streamed/async/", streamed_async, name="streamed_async"),
    *portal_urls,
]
