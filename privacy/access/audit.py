"""Holds the record of readings to the log: one leaf commits to all readings of a batch."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from django.contrib.auth import get_user_model
from django.db.models import Exists, OuterRef

from privacy.access.models import AccessEvent, ReadingDay
from privacy.access.recording import reader_ref, readings_text
from privacy.log.audit import FurtherCheck
from privacy.log.bindings import Result, place_of, salts_by_leaf
from privacy.log.canonical import commitment
from privacy.log.kinds import LeafKind
from privacy.log.models import Leaf, LogEntry, PendingLeaf

ReaderRefs = dict[Any, str | None]

_LABEL = AccessEvent._meta.label_lower
_COMMITTED = "readings"
_BATCHES_AT_ONCE = 100
_MOST = 1000
# Named in one sentence; a batch may hold hundreds.
_NAMED = 10


def hold_readings(leaves: list[Leaf]) -> Result:
    """Compare the batches that ``leaves`` are about. What opens them belongs to the portal: it is never erased."""
    result = Result()
    for start in range(0, len(leaves), _BATCHES_AT_ONCE):
        _hold(leaves[start : start + _BATCHES_AT_ONCE], result)
    return result


def _hold(leaves: list[Leaf], result: Result) -> None:
    held: dict[UUID, list[AccessEvent]] = defaultdict(list)
    for event in AccessEvent.objects.filter(batch_ref__in=[leaf.record_ref for leaf in leaves]).order_by("pk"):
        held[event.batch_ref].append(event)
    readers = _reader_refs(event for events in held.values() for event in events)
    salts = salts_by_leaf([leaf.ref for leaf in leaves])
    for leaf in leaves:
        parsed = json.loads(leaf.leaf)
        # Before there were batches each reading had a leaf of its own, which was bound to its purpose.
        if (expected := parsed.get("commit", {}).get(_COMMITTED)) is None:
            continue
        result.checked += 1
        events = held[leaf.record_ref]
        name = f"{_LABEL} {_listed(events) or leaf.record_ref}"
        problem = _problem(leaf, parsed.get("public", {}).get("records"), events, name)
        if not problem:
            salt = salts.get(leaf.ref, {}).get(_COMMITTED)
            if not salt:
                problem = f"{_the_rows(name, events)}: the salt of its commitment in {place_of(leaf)} is gone"
            elif expected not in _possible(events, readers, bytes.fromhex(salt)):
                which = f"the row {name}" if len(events) == 1 else f"one of the rows {name}"
                problem = f"{which} is not what {place_of(leaf)} was written about"
        if problem:
            result.problems.append((name, problem))


def _possible(events: list[AccessEvent], readers: ReaderRefs, salt: bytes) -> Iterator[str]:
    """What the batch may commit to: a reading whose reader is erased was by somebody whose account is gone."""
    yield commitment(_COMMITTED, readings_text(events, readers), salt)
    if any(event.actor_id is None for event in events):
        for gone in _gone_readers():
            yield commitment(_COMMITTED, readings_text(events, {**readers, None: gone}), salt)


def _the_rows(name: str, events: list[AccessEvent]) -> str:
    return f"the row {name}" if len(events) == 1 else f"the rows {name}"


def _problem(leaf: Leaf, expected: object, events: list[AccessEvent], name: str) -> str:
    # Of confidential cases the leaf does not tell how many.
    if len(events) == expected or (leaf.kind == LeafKind.CASES_READ and events):
        return ""
    which = _listed(events) or f"batch {leaf.record_ref}"
    return f"{place_of(leaf)} is about {expected} readings, in {_LABEL} there are {len(events)} ({which})"


def _listed(events: list[AccessEvent]) -> str:
    shown = ", ".join(str(event.pk) for event in events[:_NAMED])
    return f"{shown} and {len(events) - _NAMED} more" if len(events) > _NAMED else shown


def _reader_refs(events: Iterable[AccessEvent]) -> ReaderRefs:
    pks = {event.actor_id for event in events if event.actor_id is not None}
    found: ReaderRefs = {None: None}
    return found | {pk: reader_ref(user) for pk, user in get_user_model()._base_manager.in_bulk(pks).items()}


def _gone_readers() -> list[str]:
    """References of everybody who had an account and has none any more, as the history of accounts tells."""
    users: Any = get_user_model()
    if not hasattr(users, "history"):
        return []
    still_there = users._base_manager.filter(row_id=OuterRef("row_id"))
    gone = users.history.filter(~Exists(still_there)).order_by().values_list("row_id", flat=True).distinct()
    return [str(row_id) for row_id in gone]


def readings_without_leaf() -> Iterator[tuple[str, int]]:
    """Readings that no leaf is about: neither their batch nor, as it was before batches, they themselves. Those of
    confidential cases get theirs on a later day."""
    batch, alone = OuterRef("batch_ref"), OuterRef("row_id")
    kinds = (LeafKind.SEALED_OPENED, LeafKind.CASES_READ)
    about = {"kind__in": kinds, "record_label__in": (_LABEL, ReadingDay._meta.label_lower)}
    covered = [
        Exists(table.objects.filter(record_ref=ref, **about))
        for table in (LogEntry, PendingLeaf)
        for ref in (batch, alone)
    ]
    rows = AccessEvent.objects.exclude(batch_ref__in=ReadingDay.objects.filter(is_entered=False).values("row_id"))
    rows = rows.order_by("pk")
    for leaf in covered:
        rows = rows.filter(~leaf)
    for pk in rows.values_list("pk", flat=True)[:_MOST]:
        yield _LABEL, pk


def _none() -> Iterator[tuple[str, int]]:
    # ``readings_without_leaf`` looks for both kinds.
    return iter(())


READINGS = FurtherCheck(LeafKind.SEALED_OPENED, hold_readings, readings_without_leaf)
CASE_READINGS = FurtherCheck(LeafKind.CASES_READ, hold_readings, _none)
