"""Bringing people back to where they were, with what they had typed."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest
from django.utils.http import url_has_allowed_host_and_scheme

from portal.errors import TooManyRequests
from portal.rates import client_address, spend

DRAFT_CHARS = 8000


def back_to(request: HttpRequest, record: Any) -> str:
    """The page that a form names as ``next``, where it is one of this site, else the page of ``record``."""
    wanted = request.POST.get("next", "")
    if wanted and url_has_allowed_host_and_scheme(
        wanted, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    ):
        return wanted
    return str(record.get_absolute_url())


def keep_draft(request: HttpRequest, key: str, text: str, there: str = "") -> None:
    """Keep what a visitor typed in the session, which survives signing in, for browsers without scripts.

    ``there`` is the page to finish it on; the visitor's own page leads to it.

    Each new session is a row in the database, so an address that makes many is not given more; the page that answers
    holds the text in any case.
    """
    try:
        spend("account", client_address(request))
    except TooManyRequests:
        return
    request.session[f"draft.{key}"] = text[:DRAFT_CHARS]
    if there:
        request.session["unfinished"] = {"key": key, "there": there}


def kept_draft(request: HttpRequest, key: str) -> str:
    return str(request.session.get(f"draft.{key}", ""))


def forget_draft(request: HttpRequest, key: str) -> None:
    request.session.pop(f"draft.{key}", None)
    if request.session.get("unfinished", {}).get("key") == key:
        del request.session["unfinished"]
