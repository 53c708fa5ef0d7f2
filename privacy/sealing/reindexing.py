"""Blind indexes made anew under the present index root, after a new one was made.

Until all are, both roots are searched. It works in small steps and looks only at what is not done yet, so it may be
stopped at any moment and started again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import cache
from typing import Any

from django.db import IntegrityError, models, transaction
from django.db.models import BinaryField, ExpressionWrapper, F, Func, Q, QuerySet, Value

from privacy.sealing import ring
from privacy.sealing.errors import Shredded, Tampered, UnknownKey
from privacy.sealing.index import EPOCH_BYTES, BlindIndexField
from privacy.sealing.keys import INDEX_ROOT
from privacy.sealing.opening import unrecorded

Progress = Callable[[str, int], None]
BATCH = 100
_FAULTS: dict[type[Exception], str] = {Tampered: "tampered", UnknownKey: "unknown_key"}


def _silent(name: str, count: int) -> None:
    return


@dataclass
class Reindexed:
    """``columns``: by index, how many entries were "made", values have "no_form" that could be searched, were
    "shredded", could not be opened ("tampered", "unknown_key"), were "changed" meanwhile, or are "double": another row
    of a unique index has the same value. ``doubles`` names those rows. ``remaining``: entries under earlier roots."""

    columns: dict[str, dict[str, int]] = field(default_factory=dict)
    doubles: list[str] = field(default_factory=list)
    remaining: dict[str, int] = field(default_factory=dict)

    @property
    def made(self) -> int:
        return sum(counts.get("made", 0) for counts in self.columns.values())


def new_index_root() -> None:
    """Entries made from now on are under a new root. The earlier one goes on being searched."""
    with transaction.atomic():
        ring.retire(INDEX_ROOT)
        ring.active_key(INDEX_ROOT)


def name_of(index: BlindIndexField) -> str:
    return f"{index.model._meta.label_lower}.{index.name}"


def _root_of(index: BlindIndexField) -> tuple[Any, bytes]:
    """The root that an entry names, as the database reads it, and the present one."""
    root = Func(F(index.attname), Value(1), Value(EPOCH_BYTES), function="SUBSTR", output_field=BinaryField())
    return root, ring.active_key(INDEX_ROOT).id.bytes[:EPOCH_BYTES]


def under_earlier_roots(index: BlindIndexField) -> QuerySet[Any]:
    root, present = _root_of(index)
    rows: QuerySet[Any] = index.model._base_manager.exclude(**{index.attname: None}).alias(index_root=root)
    found: QuerySet[Any] = rows.exclude(index_root=present)
    return found


def to_index(index: BlindIndexField) -> QuerySet[Any]:
    """Rows that have a value and no entry, or one under an earlier root."""
    root, present = _root_of(index)
    rows: QuerySet[Any] = index.model._base_manager.exclude(**{index.source: None}).alias(index_root=root)
    found: QuerySet[Any] = rows.filter(Q(**{index.attname: None}) | ~Q(index_root=present))
    return found


def reindex(
    found: Iterable[BlindIndexField], progress: Progress = _silent, *, before_first: Callable[[], None] = lambda: None
) -> Reindexed:
    """Make the entries anew that are missing or under an earlier root. Values that were erased keep no entry; what
    cannot be opened keeps the one it has. ``before_first`` is called before the first entry is changed, if any is.
    Raises ``KeyKeeperFailed``; what is done by then stays done."""
    begin = cache(before_first)
    report = Reindexed()
    for index in found:
        counts: Counter[str] = Counter()
        rows = to_index(index).order_by("pk")
        batch = list(rows[:BATCH])
        while batch:
            ring.prefetch(batch)
            with unrecorded():
                for row in batch:
                    outcome = _index(row, index, begin)
                    counts[outcome] += 1
                    if outcome == "double":
                        report.doubles.append(f"{name_of(index)}: {row.pk}")
            progress(name_of(index), len(batch))
            batch = list(rows.filter(pk__gt=batch[-1].pk)[:BATCH])
        if counts:
            report.columns[name_of(index)] = dict(sorted(counts.items()))
        if remaining := under_earlier_roots(index).count():
            report.remaining[name_of(index)] = remaining
    return report


def _index(row: models.Model, index: BlindIndexField, begin: Callable[[], None]) -> str:
    blob = index.source_field.value_from_object(row).blob
    try:
        entry = index.entry(getattr(row, index.source))
        outcome = "no_form" if entry is None else "made"
    except Shredded:
        entry, outcome = None, "shredded"
    except tuple(_FAULTS) as error:
        return _FAULTS[type(error)]
    if entry is None and getattr(row, index.attname) is None:
        return outcome
    begin()
    # Only if it still holds the value that was opened.
    stored = ExpressionWrapper(F(index.source), output_field=BinaryField())
    same = index.model._base_manager.filter(pk=row.pk).alias(stored=stored).filter(stored=blob)
    try:
        with transaction.atomic():
            return outcome if same.update(**{index.attname: entry}) else "changed"
    except IntegrityError:
        return "double"
