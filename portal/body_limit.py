"""Refuses requests that are larger than anything the site takes, before Django holds them."""

import json
from collections.abc import Awaitable, Callable
from typing import Any

from asgiref.typing import ASGIReceiveCallable, ASGISendCallable, HTTPScope, Scope
from django.conf import settings

# What a form holds beside its file: its other fields and the boundaries between them (bytes).
FORM_BYTES = 2 * 1024 * 1024
ADMIN_PATH = "/admin/"
STATUS = 413
# In both languages, because the reader's is only known inside Django.
MESSAGE = (
    "您发送的内容超过了本站一次能接收的大小，请缩小后再试。\n"
    "What you sent is larger than this site takes at once. Please make it smaller and try again."
)


class BodyLimit:
    """Stands before Django's ASGI application; 413 in plain text, or in JSON for programs."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Scope, receive: ASGIReceiveCallable, send: ASGISendCallable) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        limit = limit_of(scope["path"])
        if declared_length(scope) > limit:
            await refuse(scope, send)
            return

        received, exceeded, answered = 0, False, False

        async def counted() -> Any:
            nonlocal received, exceeded
            message = await receive()
            if message["type"] == "http.request":
                received += len(message.get("body", b""))
                exceeded = exceeded or received > limit
            # To Django this is a visitor who left: it drops what it holds and answers nothing.
            return {"type": "http.disconnect"} if exceeded else message

        async def watched(message: Any) -> None:
            nonlocal answered
            answered = True
            await send(message)

        await self.application(scope, counted, watched)
        if exceeded and not answered:
            await refuse(scope, send)


def limit_of(path: str) -> int:
    """The largest body that ``path`` takes, in bytes."""
    largest_file: int = settings.BUDGET_FILE_MAX_BYTES if path.startswith(ADMIN_PATH) else settings.ATTACHMENT_MAX_BYTES
    return largest_file + FORM_BYTES


def declared_length(scope: HTTPScope) -> int:
    """What the request says of its size in bytes; 0 where it says nothing that can be read, for it is counted too."""
    length = _header(scope, b"content-length")
    return int(length) if length.isdigit() else 0


async def refuse(scope: HTTPScope, send: ASGISendCallable) -> None:
    if scope["path"].startswith("/api/") or b"application/json" in _header(scope, b"accept"):
        kind = b"application/json"
        body = json.dumps({"error": {"code": "too_large", "message": MESSAGE}}, ensure_ascii=False).encode()
    else:
        kind, body = b"text/plain; charset=utf-8", MESSAGE.encode()
    headers = [
        (b"content-type", kind),
        (b"content-length", str(len(body)).encode()),
        (b"x-content-type-options", b"nosniff"),
        # Nobody waits for the rest of what is refused.
        (b"connection", b"close"),
    ]
    await send({"type": "http.response.start", "status": STATUS, "headers": headers, "trailers": False})
    await send({"type": "http.response.body", "body": body, "more_body": False})


def _header(scope: HTTPScope, name: bytes) -> bytes:
    return next((value for key, value in scope["headers"] if key.lower() == name), b"")
