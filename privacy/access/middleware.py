"""Writes down, before an answer leaves, which sealed values were opened to make it."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction, sync_to_async
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from privacy.access.recording import Collector, collecting


class ReadingsMiddleware:
    """Stands right after ``ActorMiddleware``.

    Where readings cannot be written the answer is an error: no plaintext leaves without its record. An answer that is
    streamed is recorded piece by piece, each piece before it is sent.
    """

    sync_capable = True
    async_capable = True

    def __init__(self, get_response: Callable[[HttpRequest], Any]) -> None:
        self.get_response = get_response
        self.is_async = iscoroutinefunction(get_response)
        if self.is_async:
            markcoroutinefunction(self)

    def __call__(self, request: HttpRequest) -> HttpResponseBase | Awaitable[HttpResponseBase]:
        if self.is_async:
            return self._answer_async(request)
        collector = _collector_for(request)
        try:
            with collecting(collector):
                response: HttpResponseBase = self.get_response(request)
        finally:
            collector.write()
        return _streamed(response, collector)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        collector = _collector_for(request)
        try:
            with collecting(collector):
                response: HttpResponseBase = await self.get_response(request)
        finally:
            if collector.has_pending:
                await sync_to_async(collector.write)()
        return _streamed(response, collector)


def _collector_for(request: HttpRequest) -> Collector:
    # Which view answers is known only after the address has been resolved.
    return Collector(place=lambda: getattr(request.resolver_match, "view_name", "") or request.path)


def _streamed(response: HttpResponseBase, collector: Collector) -> HttpResponseBase:
    if isinstance(response, StreamingHttpResponse):
        pieces: Any = response.streaming_content
        response.streaming_content = (
            _recorded_async(pieces, collector) if response.is_async else _recorded(pieces, collector)
        )
    return response


def _recorded(pieces: Iterator[bytes], collector: Collector) -> Iterator[bytes]:
    while True:
        with collecting(collector):
            piece = next(pieces, None)
        collector.write()
        if piece is None:
            return
        yield piece


async def _recorded_async(pieces: AsyncIterator[bytes], collector: Collector) -> AsyncIterator[bytes]:
    while True:
        with collecting(collector):
            piece = await anext(pieces, None)
        if collector.has_pending:
            await sync_to_async(collector.write)()
        if piece is None:
            return
        yield piece
