"""Lists of the open API a page at a time, by cursor.

A cursor says after which row to go on, and as of which moment: what is published while somebody pages through a list
neither moves nor repeats a row. It is signed, and good only for the question that it was given for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any, TypeVar

from django.core.signing import BadSignature, Signer
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _
from ninja import Schema
from pydantic import Field

from cms.budget.models import Release, ReleaseQuerySet
from cms.budget.queries import Reader
from cms.budget.requests import reader_of
from portal.errors import Invalid

ROWS_AT_MOST = 500
ROWS = 100
CURSOR_CHARS_AT_MOST = 1000
Row = TypeVar("Row", bound=Model)
_signer = Signer(salt="cms.open_data.cursor")


class Window(Schema):
    """Which part of a list: ``limit`` rows after ``cursor``, which the answer before gave as ``next``."""

    limit: Annotated[int, Field(ge=1, le=ROWS_AT_MOST, description=_("Rows in one answer"))] = ROWS
    cursor: Annotated[
        str,
        Field(
            max_length=CURSOR_CHARS_AT_MOST,
            description=_("From `next` of the answer before; nothing to make up"),
        ),
    ] = ""


class ListOut(Schema):
    """``count``: all rows of the question, as of its first page. ``next``: address of the next page, or null."""

    count: int
    next: str | None


@dataclass(frozen=True)
class Place:
    """Where in a list somebody is: as of when, after which row, and how many rows there are."""

    until: datetime
    after: tuple[Any, ...] = ()
    count: int | None = None


class Asked:
    """One request for a list: its reader, its place, and the releases that it may speak of."""

    def __init__(self, request: HttpRequest, window: Window) -> None:
        refuse_unknown(request, window)
        self.request = request
        self.window = window
        self.reader: Reader = reader_of(request)
        self._question = question_of(request, window)
        self.place = read_cursor(window.cursor, self._question) if window.cursor else Place(timezone.now())

    def releases(self, *, newest_only: bool = False) -> ReleaseQuerySet:
        """What the reader may see of what was there at the first page."""
        found = Release.objects.visible_to(self.reader).filter(
            Q(published_at__lte=self.place.until) | Q(published_at__isnull=True, imported_at__lte=self.place.until)
        )
        return found.newest_versions() if newest_only else found

    def page(
        self,
        rows: QuerySet[Row],
        order: Sequence[str],
        response: HttpResponse,
        *,
        describe: Callable[[list[Row]], Iterable[Any]] = iter,
    ) -> dict[str, Any]:
        """``order``: fields without gaps (never null), the last of them unique; a minus turns one round."""
        count = self.place.count if self.place.count is not None else rows.count()
        if self.place.after:
            rows = rows.filter(_after(order, self.place.after))
        found = list(rows.order_by(*order)[: self.window.limit + 1])
        more = len(found) > self.window.limit
        found = found[: self.window.limit]
        following = self._address(Place(self.place.until, _values(order, found[-1]), count)) if more else None
        if following:
            response["Link"] = f'<{following}>; rel="next"'
        return {"count": count, "next": following, "items": list(describe(found))}

    def _address(self, place: Place) -> str:
        query = self.request.GET.copy()
        query["cursor"] = write_cursor(place, self._question)
        return self.request.build_absolute_uri(f"{self.request.path}?{query.urlencode()}")


def refuse_unknown(request: HttpRequest, window: Schema) -> None:
    """A misspelt filter that is left out in silence would answer another question than the one that was asked."""
    known = type(window).model_fields
    unknown = sorted(set(request.GET) - set(known))
    if unknown:
        message = gettext("There is no parameter of this name. Known are: %(names)s.") % {"names": ", ".join(known)}
        raise Invalid(
            gettext("The question has a parameter that is not known here."),
            problems=[{"field": name, "message": message} for name in unknown],
        )
    # PostgreSQL holds no such character, and breaks when asked for it.
    if unheard := sorted(name for name, values in request.GET.lists() if any("\x00" in value for value in values)):
        message = gettext("A parameter of the request is not right.")
        raise Invalid(message, problems=[{"field": name, "message": message} for name in unheard])


def question_of(request: HttpRequest, window: Window) -> str:
    """A digest of everything asked but the place: path and filters."""
    asked = window.model_dump(mode="json", exclude={"cursor", "limit"})
    return hashlib.sha256(json.dumps([request.path, asked], sort_keys=True).encode()).hexdigest()[:16]


def write_cursor(place: Place, question: str) -> str:
    return _signer.sign_object([question, place.until.isoformat(), list(place.after), place.count])


def read_cursor(cursor: str, question: str) -> Place:
    """Raises ``Invalid`` for a cursor that we did not give, or gave for another question."""
    try:
        asked, until, after, count = _signer.unsign_object(cursor)
        place = Place(datetime.fromisoformat(until), tuple(after), count)
    except (BadSignature, ValueError, TypeError):
        raise _refused(gettext("This cursor was not given by us, or is not whole. Start again without one.")) from None
    if asked != question:
        raise _refused(gettext("This cursor belongs to another question: keep all other parameters as they were."))
    return place


def _refused(message: str) -> Invalid:
    return Invalid(message, problems=[{"field": "cursor", "message": message}])


def _after(order: Sequence[str], values: Sequence[Any]) -> Q:
    """Rows that come after the one with ``values``: a later first field, or the same and a later second one, ..."""
    later = Q(pk__in=[])
    for place, name in enumerate(order):
        same = Q(**{field.lstrip("-"): value for field, value in zip(order[:place], values[:place], strict=True)})
        comparison = "lt" if name.startswith("-") else "gt"
        later |= same & Q(**{f"{name.lstrip('-')}__{comparison}": values[place]})
    return later


def _values(order: Sequence[str], row: Model) -> tuple[Any, ...]:
    found = []
    for name in order:
        value: Any = row
        for part in name.lstrip("-").split("__"):
            value = getattr(value, part)
        found.append(value)
    return tuple(found)
