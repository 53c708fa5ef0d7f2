"""Every opening of a sealed value of somebody else leaves an ``AccessEvent``, however it is opened.

Within a request, or a ``with reading(...)`` block, openings are collected and written together: one INSERT however
many rows a page shows, before the page leaves the house. Outside both, each is written at once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass
from types import TracebackType
from typing import Any
from uuid import UUID

from asgiref.sync import sync_to_async
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.utils import timezone

from privacy.access.errors import ReasonRequired
from privacy.access.models import AccessEvent, ReadingDay
from privacy.history.actor import current_actor
from privacy.history.directory import directory
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind
from privacy.sealing.handles import carrying_ciphertext
from privacy.sealing.keys import Scope, Subject

# What stands in the record where nobody said what for.
UNSTATED = "not stated"

AfterWriting = Callable[[Any], None]
_after_writing: list[AfterWriting] = []


@dataclass(frozen=True)
class _Opened:
    """What is recorded once, whatever the number of its fields that were opened."""

    reader_pk: Any
    purpose: str
    typed_reason: str
    record_label: str
    record_ref: UUID
    subject: Subject


class Collector:
    """The openings of one request or block, until they are written."""

    def __init__(
        self,
        purpose: str = UNSTATED,
        *,
        typed_reason: str = "",
        reader: Any = None,
        place: Callable[[], str] = str,
        outer: Collector | None = None,
    ) -> None:
        self.purpose = purpose
        self.typed_reason = typed_reason
        self._reader = reader
        self.place = place
        self._outer = outer
        self._readers: dict[Any, Any] = {}
        self._pending: dict[_Opened, list[str]] = {}
        self._written: dict[_Opened, set[str]] = {}

    def note(self, instance: models.Model, field: models.Field[Any, Any]) -> None:
        """Remember that ``field`` of ``instance`` is about to be opened.

        Raises ``ReasonRequired`` where the field wants a typed reason and none was given; with one, the record is
        committed when this returns.
        """
        if self._remember(instance, field):
            self.write()

    def note_all(self, openings: Iterable[tuple[models.Model, models.Field[Any, Any]]]) -> None:
        """The same for all that one page shows, so that what asks for a reason is one record too, not one each."""
        have_to_be_written = {self._remember(instance, field) for instance, field in openings}
        if True in have_to_be_written:
            self.write()

    def _remember(self, instance: models.Model, field: models.Field[Any, Any]) -> bool:
        """Whether the record has to be committed before the field is opened."""
        reader = self._reader if self._reader is not None else current_actor().user
        subject = subject_of(instance)
        if is_own(subject, reader):
            return False
        needs_reason = getattr(field, "needs_reason", False)
        model = _living_model(instance)
        if needs_reason and not self.typed_reason:
            raise ReasonRequired(f"{model._meta.label_lower}.{field.name}")
        opened = _Opened(
            reader.pk if reader is not None else None,
            self.purpose,
            self.typed_reason,
            model._meta.label_lower,
            _row_id(instance),
            subject,
        )
        if field.name in self._written.get(opened, ()):
            return False
        self._readers.setdefault(opened.reader_pk, reader)
        names = self._pending.setdefault(opened, [])
        if field.name not in names:
            names.append(field.name)
        return bool(needs_reason)

    @property
    def has_pending(self) -> bool:
        return bool(self._pending)

    def write(self, *, durable: bool = True) -> None:
        """Write what was noted since the last time: one INSERT and one leaf, which for confidential cases is
        appended on a later day. Raises where that fails.

        ``durable`` refuses to run inside a transaction that could take the record back.
        """
        if not self._pending:
            return
        pending, readers = self._pending, self._readers
        with transaction.atomic(durable=durable):
            write_events(pending, readers, self.place())
        self._pending, self._readers = {}, {}
        for opened, names in pending.items():
            self._written.setdefault(opened, set()).update(names)
        known = [reader for reader in readers.values() if reader is not None]
        transaction.on_commit(lambda: _tell(known))

    def end(self) -> None:
        """Write, or leave the writing to the request around this block, which does it outside every transaction."""
        if self._outer is None:
            self.write()
            return
        for opened, names in self._pending.items():
            kept = self._outer._pending.setdefault(opened, [])
            kept.extend(name for name in names if name not in kept)
        self._outer._readers.update(self._readers)
        self._pending, self._readers = {}, {}


_collector: ContextVar[Collector | None] = ContextVar("readings", default=None)


def subject_of(instance: Any) -> Subject:
    """Whose data a row holds; of a history row, whose data the living row holds or held."""
    if hasattr(type(instance), "instance_type"):
        with carrying_ciphertext():
            living = instance.instance
        # What came with the history row need not be asked for again.
        living._state.fields_cache.update(instance._state.fields_cache)
        instance = living
    subject: Subject = instance.sealing_subject()
    return subject


def is_own(subject: Subject, reader: Any) -> bool:
    return reader is not None and subject.scope_type == "person" and subject.ref == getattr(reader, "row_id", None)


def _living_model(instance: models.Model) -> type[models.Model]:
    model: type[models.Model] = getattr(type(instance), "instance_type", type(instance))
    return model


def _row_id(instance: Any) -> UUID:
    row_id = instance.row_id
    return row_id if isinstance(row_id, UUID) else UUID(str(row_id))


def write_events(pending: dict[_Opened, list[str]], readers: dict[Any, Any], place: str) -> list[AccessEvent]:
    request_id = current_actor().request_id
    standings = {pk: directory().standing_of(reader) for pk, reader in readers.items() if reader is not None}
    events = []
    for opened, names in pending.items():
        standing = standings.get(opened.reader_pk)
        events.append(
            AccessEvent(
                actor_id=opened.reader_pk,
                actor_roles=list(standing.roles) if standing else [],
                actor_department=standing.department if standing else "",
                purpose=opened.purpose,
                typed_reason=opened.typed_reason,
                place=place[:200],
                record_label=opened.record_label,
                record_ref=opened.record_ref,
                subject_ref=opened.subject.ref,
                subject_scope=opened.subject.scope_type,
                fields=sorted(names),
                request_id=request_id,
            )
        )
    of_cases = [event for event in events if event.subject_scope == Scope.CASE]
    others = [event for event in events if event.subject_scope != Scope.CASE]
    if of_cases:
        # Locked, so that the leaf of the day is not written between this and the commit.
        open_days = ReadingDay.objects.select_for_update()
        day, _is_new = open_days.get_or_create(day=timezone.localdate(), is_entered=False)
        for event in of_cases:
            event.batch_ref = day.row_id
    for event in others:
        event.batch_ref = others[0].row_id
    AccessEvent.objects.bulk_create(events)
    if others:
        append_leaf(
            LeafKind.SEALED_OPENED,
            others[0],
            public={
                "fields": sorted({f"{event.record_label}.{name}" for event in others for name in event.fields}),
                "records": len(others),
            },
            committed={"readings": readings_text(others, {pk: reader_ref(reader) for pk, reader in readers.items()})},
        )
    return events


def reader_ref(user: Any) -> str | None:
    return None if user is None else str(getattr(user, "row_id", user.pk))


def readings_text(events: list[AccessEvent], reader_refs: dict[Any, str | None]) -> str:
    """What the one leaf of a batch is bound to: every reading of it, as canonical JSON, in the order of row ids."""
    readings = [
        {
            "fields": event.fields,
            "id": str(event.row_id),
            "purpose": event.purpose,
            "reader": reader_refs[event.actor_id],
            "reason": event.typed_reason,
            "record": {"model": event.record_label, "id": str(event.record_ref)},
            "subject": str(event.subject_ref),
        }
        for event in sorted(events, key=lambda event: str(event.row_id))
    ]
    return canonical({"readings": readings})


def note_opening(instance: models.Model, field: models.Field[Any, Any]) -> None:
    """The listener of every sealed field; see ``privacy.sealing.opening``."""
    collector = _collector.get()
    if collector is not None:
        collector.note(instance, field)
        return
    alone = Collector()
    alone.note(instance, field)
    # In a shell or a command there may be a transaction around it, which then keeps or loses both.
    alone.write(durable=False)


def after_writing(listener: AfterWriting) -> None:
    """``listener(reader)`` is called once for each reader when readings of theirs have been committed."""
    if listener not in _after_writing:
        _after_writing.append(listener)


def _tell(readers: list[Any]) -> None:
    for reader in readers:
        for listener in _after_writing:
            listener(reader)


class reading:  # noqa: N801 - read as a phrase: with reading(purpose="...")
    """Within it, what is opened is read for ``purpose``, by ``acting_user`` or whoever acts.

    Written once, when the block ends or, within a request, with the request's own readings. ``typed_reason`` is what
    the reader typed for fields that ask for a reason: their record is committed before each is opened, so such a
    block must not run inside a transaction. Works as ``with`` and as ``async with``. Raises ``ValueError`` without a
    purpose.
    """

    def __init__(self, purpose: str, *, typed_reason: str = "", acting_user: Any = None, place: str = "") -> None:
        self.purpose = purpose.strip()
        if not self.purpose:
            raise ValueError("Sealed values are opened for a purpose.")
        self.typed_reason = typed_reason.strip()
        self.acting_user = acting_user
        self.place = place

    def __enter__(self) -> Collector:
        outer = _collector.get()
        found = outer.place if outer is not None and not self.place else lambda: self.place
        self._mine = Collector(
            self.purpose, typed_reason=self.typed_reason, reader=self.acting_user, place=found, outer=outer
        )
        self._token: Token[Collector | None] = _collector.set(self._mine)
        return self._mine

    def __exit__(self, *_error: object) -> None:
        _collector.reset(self._token)
        self._mine.end()

    async def __aenter__(self) -> Collector:
        return self.__enter__()

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        _collector.reset(self._token)
        await sync_to_async(self._mine.end)()


@contextmanager
def collecting(collector: Collector) -> Iterator[Collector]:
    """Within it, openings go to ``collector``, which somebody else writes."""
    token = _collector.set(collector)
    try:
        yield collector
    finally:
        _collector.reset(token)


def require_user(user: Any) -> None:
    """Raise ``ValueError`` unless ``user`` is a signed-in person."""
    if not isinstance(user, get_user_model()) or not user.is_authenticated:
        raise ValueError("Sealed values are opened by somebody.")
