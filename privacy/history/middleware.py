"""Makes the person behind a request the actor of whatever it changes."""

from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.sync import iscoroutinefunction, markcoroutinefunction
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from privacy.history.actor import enter_request, leave_request


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
        # Asked again at each change: somebody may sign in or out in the middle of the request.
        tokens = enter_request(lambda: getattr(request, "user", None))
        try:
            return self.get_response(request)  # type: ignore[no-any-return]
        finally:
            leave_request(tokens)

    async def _answer_async(self, request: HttpRequest) -> HttpResponseBase:
        tokens = enter_request(lambda: getattr(request, "user", None))
        try:
            return await self.get_response(request)  # type: ignore[no-any-return]
        finally:
            leave_request(tokens)
