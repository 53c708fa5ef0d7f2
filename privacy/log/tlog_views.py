"""The log for programs: C2SP tlog-tiles, proofs and entries byte for byte. Everybody may read it from everywhere."""

import hashlib
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from privacy.log import queries
from privacy.log.encoding import from_decimal, to_base64
from privacy.log.models import Checkpoint, LogEntry
from privacy.log.tiles import TileError, has_tile, parse_tile_path

# A full tile is complete: nothing that is appended later reaches it.
FOR_GOOD = "public, max-age=31536000, immutable"
# What still grows is asked for again each time, and answered with 304 when it has not grown.
STILL_GROWING = "public, no-cache"
RECEIPT_PROGRAM = Path(__file__).with_name("verify_receipt.py")
_TEXT = "text/plain; charset=utf-8"

View = Callable[..., HttpResponse]


class NotServed(Exception):
    """Said in one line of plain text, for programs."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status = status


def for_programs(view: View) -> Callable[..., HttpResponseBase]:
    """GET and HEAD, from any origin, conditional on the content; what goes wrong is told in plain text."""

    @require_safe
    @wraps(view)
    def answer(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        response: HttpResponseBase | None
        try:
            found = view(request, *args, **kwargs)
        except NotServed as refusal:
            response = HttpResponse(f"{refusal}\n", status=refusal.status, content_type=_TEXT)
            response["Cache-Control"] = STILL_GROWING
        else:
            found["ETag"] = f'"{hashlib.sha256(found.content).hexdigest()[:32]}"'
            response = get_conditional_response(request, etag=found["ETag"], response=found)
        assert response is not None  # noqa: S101
        response["Access-Control-Allow-Origin"] = "*"
        response["Cross-Origin-Resource-Policy"] = "cross-origin"
        response["X-Content-Type-Options"] = "nosniff"
        return response

    return answer


def _served(content: bytes | str, content_type: str, keep: str = STILL_GROWING) -> HttpResponse:
    return HttpResponse(content, content_type=content_type, headers={"Cache-Control": keep})


def _number(request: HttpRequest, name: str, default: int) -> int:
    try:
        return from_decimal(request.GET[name]) if name in request.GET else default
    except ValueError as error:
        raise NotServed(400, f"{name} is a decimal number without leading zeros") from error


def _latest() -> Checkpoint:
    if (latest := queries.latest_checkpoint()) is None:
        raise NotServed(404, "nothing has been signed yet")
    return latest


def _entry(ref: UUID) -> LogEntry:
    if found := queries.entry_of(ref):
        return found
    raise NotServed(404, "the log has no entry of this name; a new one has its number after some seconds")


@for_programs
def checkpoint(request: HttpRequest) -> HttpResponse:
    return _served(queries.checkpoint_note(_latest()), _TEXT)


@for_programs
def tile(request: HttpRequest, rest: str) -> HttpResponse:
    """Hashes, or a bundle of entries, of what has been signed."""
    try:
        address = parse_tile_path(f"tile/{rest}")
        if not has_tile(address, _latest().size):
            raise NotServed(404, "the log has no such tile yet")
        content = queries.tile_data(address)
    except TileError as error:
        raise NotServed(404, str(error)) from error
    return _served(content, "application/octet-stream", FOR_GOOD if address.is_full else STILL_GROWING)


@for_programs
def entry(request: HttpRequest, ref: UUID) -> HttpResponse:
    """The exact bytes that were hashed."""
    return _served(_entry(ref).leaf, "application/json")


@for_programs
def proof(request: HttpRequest, ref: UUID) -> HttpResponse:
    text = queries.proof_text(_entry(ref))
    if text is None:
        raise NotServed(404, "the entry has a number; its signature follows within seconds")
    return _served(text, _TEXT)


@for_programs
def consistency(request: HttpRequest) -> HttpResponse:
    """One base64 hash a line: that the log of ``to`` entries (the signed size if left out) begins with ``from``."""
    latest = _latest()
    old_size, new_size = _number(request, "from", 0), _number(request, "to", latest.size)
    if not old_size <= new_size <= latest.size:
        raise NotServed(404, f"from must not exceed to, nor to the signed size, {latest.size}")
    hashes = queries.consistency_of(old_size, new_size)
    return _served("".join(f"{to_base64(part)}\n" for part in hashes), _TEXT)


@for_programs
def vkey(request: HttpRequest) -> HttpResponse:
    """Every key that checkpoints were signed with, the present one first, one a line."""
    if not (lines := queries.stored_keys()):
        raise NotServed(404, "nothing has been signed yet")
    return _served("".join(f"{line}\n" for line in lines), _TEXT)


@for_programs
def verify_receipt(request: HttpRequest) -> HttpResponse:
    return _served(RECEIPT_PROGRAM.read_bytes(), "text/x-python; charset=utf-8")
