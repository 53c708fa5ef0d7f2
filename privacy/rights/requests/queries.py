"""Requests as people and the privacy officer read them. What is sealed is opened here only, for a purpose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from privacy.access.recording import reading
from privacy.history.directory import directory
from privacy.rights.requests.models import DataRequest
from privacy.sealing.errors import Shredded


def own_requests(user: Any) -> QuerySet[DataRequest]:
    """Those of a person, and those for organisations that they own; the newest first."""
    found: QuerySet[DataRequest] = DataRequest.objects.filter(
        subject_ref__in=[owned.ref for owned in directory().subjects_of(user)]
    )
    return found


def own_request(user: Any, row_id: UUID) -> DataRequest | None:
    return own_requests(user).filter(row_id=row_id).first()


def queue(*, closed: bool = False) -> QuerySet[DataRequest]:
    """For the privacy officer: the open ones by the day they are due, or the closed ones, the newest first."""
    if closed:
        return DataRequest.objects.exclude(pk__in=DataRequest.objects.open()).order_by("-closed_at", "-pk")
    return DataRequest.objects.open().by_due()


@dataclass(frozen=True)
class Opened:
    """The sealed parts of one request in plain text; "(erased)" where the key is destroyed."""

    words: str
    answer: str
    extension_reason: str
    contact_name: str
    contact_email: str


def open_request(request: DataRequest, *, purpose: str, acting_user: Any) -> Opened:
    """Open what is sealed, on record; whoever's own it is reads it without a record."""
    with reading(purpose, acting_user=acting_user):
        return Opened(**{name: _opened(request, name) for name in Opened.__dataclass_fields__})


def _opened(request: DataRequest, name: str) -> str:
    try:
        return getattr(request, name) or ""
    except Shredded:
        return _("(erased)")
