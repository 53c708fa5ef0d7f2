"""Counts and times what is answered, outside of everything else."""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable
from typing import Any

from portal.operations.metrics import requests, seconds

# What a path begins with -> the part of the portal that it counts for; everything else is a page.
PARTS = {"/static/": "static", "/media/": "media", "/api/": "api", "/admin/": "admin", "/log/": "log", "/-/": "health"}
METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def part_of(path: str) -> str:
    return next((part for prefix, part in PARTS.items() if path.startswith(prefix)), "page")


class Measured:
    """Stands before an ASGI application for HTTP."""

    def __init__(self, application: Callable[..., Awaitable[None]]) -> None:
        self.application = application

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        if scope["type"] != "http":
            await self.application(scope, receive, send)
            return
        part, started = part_of(scope["path"]), time.perf_counter()
        method = scope["method"] if scope["method"] in METHODS else "other"

        async def watched(message: Any) -> None:
            if message["type"] == "http.response.start":
                seconds.labels(part).observe(time.perf_counter() - started)
                requests.labels(part, method, message["status"]).inc()
            await send(message)

        await self.application(scope, receive, watched)
