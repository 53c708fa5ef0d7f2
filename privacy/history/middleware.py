"""Makes the person behind a request the actor of whatever it changes."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest, StreamingHttpResponse
from django.http.response import HttpResponseBase

from privacy.history.actor import enter_request, leave_request, new_request_id


class ActorMiddleware:
    """Stands after the authentication middleware."""

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
        request_id = new_request_id()
        with _acting_in(request, request_id):
            response: HttpResponseBase = self.get_response(request)
        return _streamed(response, request, request_id)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        request_id = new_request_id()
        with _acting_in(request, request_id):
            response: HttpResponseBase = await self.get_response(request)
        return _streamed(response, request, request_id)


@contextmanager
def _acting_in(request: HttpRequest, request_id: str) -> Iterator[None]:
    # Asked again at each change: somebody may sign in or out in the middle of the request.
    tokens = enter_request(lambda: getattr(request, "user", None), request_id)
    try:
        yield
    finally:
        leave_request(tokens)


def _streamed(response: HttpResponseBase, request: HttpRequest, request_id: str) -> HttpResponseBase:
    """What a streamed answer does while it is sent has the same actor."""
    if isinstance(response, StreamingHttpResponse):
        pieces: Any = response.streaming_content
        response.streaming_content = (
            _pieces_async(pieces, request, request_id) if response.is_async else _pieces(pieces, request, request_id)
        )
    return response


def _pieces(pieces: Iterator[bytes], request: HttpRequest, request_id: str) -> Iterator[bytes]:
    while True:
        with _acting_in(request, request_id):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


async def _pieces_async(pieces: AsyncIterator[bytes], request: HttpRequest, request_id: str) -> AsyncIterator[bytes]:
    while True:
        with _acting_in(request, request_id):
            piece = await anext(pieces, None)
        if piece is None:
            return
        yield piece
