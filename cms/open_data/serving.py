"""Answering with a stored file: whole, a range of it, or the news that nothing has changed (RFC 9110, RFC 9530).

Ranges and digests are of the file's own bytes, so these answers are never compressed on their way.
"""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncIterator, Iterator
from datetime import datetime
from pathlib import Path
from typing import IO, Any

from asgiref.sync import sync_to_async
from django.core.handlers.asgi import ASGIRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse
from django.utils.cache import get_conditional_response
from django.utils.http import http_date

BYTES_AT_ONCE = 256 * 1024
# More digits than any file has bytes are no range, and slow to read as a number.
ONE_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
A_YEAR = 365 * 24 * 3600


def answer_with(
    request: HttpRequest,
    path: Path,
    *,
    media_type: str,
    name: str,
    sha256: str = "",
    modified: datetime | None = None,
    is_permanent: bool = False,
    is_temporary: bool = False,
) -> HttpResponseBase:
    """``is_permanent``: the address will never lead to other bytes. ``is_temporary``: the file goes with the answer."""
    size = path.stat().st_size
    etag = f'"{sha256}"' if sha256 else None
    stamp = int(modified.timestamp()) if modified else None
    start, end, status = 0, size, 200
    if wanted := _wanted(request, size, etag, stamp):
        start, end = wanted
        status = 206 if start < end else 416
    response: HttpResponseBase
    if status == 416:
        response = HttpResponse(status=416)
        response.headers["Content-Range"] = f"bytes */{size}"
        return response
    file = path.open("rb")
    if is_temporary:
        # What is open can still be read, and nothing is left when nobody comes to read it.
        path.unlink()
    if request.method == "HEAD":
        file.close()
        response = HttpResponse(status=status, content_type=media_type)
    else:
        pieces = _pieces(file, start, end)
        response = StreamingHttpResponse(
            _asynchronous(pieces) if isinstance(request, ASGIRequest) else pieces,
            status=status,
            content_type=media_type,
        )
    # The middleware that compresses would take away length, range and digest: to it this reader takes nothing packed.
    request.META.pop("HTTP_ACCEPT_ENCODING", None)
    response.headers["Content-Length"] = str(end - start)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Accept-Ranges"] = "bytes"
    if status == 206:
        response.headers["Content-Range"] = f"bytes {start}-{end - 1}/{size}"
    if sha256:
        digest = f"sha-256=:{base64.b64encode(bytes.fromhex(sha256)).decode()}:"
        response.headers["Repr-Digest"] = digest
        if status == 200:
            response.headers["Content-Digest"] = digest
    if etag:
        response.headers["ETag"] = etag
    if stamp is not None:
        response.headers["Last-Modified"] = http_date(stamp)
    if is_permanent:
        response.headers["Cache-Control"] = f"public, max-age={A_YEAR}, immutable"
    if status == 200 and not is_temporary:
        found: Any = get_conditional_response(request, etag=etag, last_modified=stamp, response=response)  # type: ignore[arg-type]
        return found or response
    return response


def _wanted(request: HttpRequest, size: int, etag: str | None, stamp: int | None) -> tuple[int, int] | None:
    """First and one past the last byte asked for; equal where there is no such part; None for the whole file.

    What is asked for in several parts, or of another edition (If-Range), is answered with the whole.
    """
    matched = ONE_RANGE.fullmatch(request.headers.get("Range", "").replace(" ", ""))
    if matched is None or request.method not in ("GET", "HEAD"):
        return None
    condition = request.headers.get("If-Range")
    if condition and condition != etag and (stamp is None or condition != http_date(stamp)):
        return None
    first, last = matched.groups()
    if not first and not last:
        return None
    if not first:
        return max(0, size - int(last)), size
    start = int(first)
    end = min(size, int(last) + 1) if last else size
    if last and int(last) < start:
        return None
    return (start, end) if start < size else (size, size)


def _pieces(file: IO[bytes], start: int, end: int) -> Iterator[bytes]:
    with file:
        file.seek(start)
        left = end - start
        while left and (piece := file.read(min(left, BYTES_AT_ONCE))):
            left -= len(piece)
            yield piece


async def _asynchronous(pieces: Iterator[bytes]) -> AsyncIterator[bytes]:
    """The same for an asynchronous server, which would otherwise read the whole file before sending any of it."""
    following = sync_to_async(lambda: next(pieces, None))
    try:
        while (piece := await following()) is not None:
            yield piece
    finally:
        await sync_to_async(pieces.close)()  # type: ignore[attr-defined]
