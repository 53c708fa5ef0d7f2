"""Looks for rows that ought to have a leaf and have none: bulk helpers and hands in the database send no signals."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, transaction
from django.db.models import Exists, Max, OuterRef, QuerySet
from django.utils import timezone

from privacy.log.models import Reconciled, RecordedState, Unrecorded

logger = logging.getLogger(__name__)
# Found in one look; the next one goes on. What is missing in such numbers is one fault, not many.
AT_ONCE = 1000
# Of them named in the process log; ``log_verify`` names all.
SAID = 10


@dataclass(frozen=True)
class Source:
    """Rows that ought to have a leaf. ``rows`` are all of them.

    ``in_order``: rows come to be in the order of their primary keys. Where they do not, all are looked at each time,
    so let them be few.
    """

    label: str
    rows: Callable[[], QuerySet[Any]]
    in_order: bool = True


_sources: list[Source] = []


def register(source: Source) -> None:
    """Have further rows looked for than those of history, such as published pages."""
    if source.label not in {known.label for known in _sources}:
        _sources.append(source)


def sources() -> Iterator[Source]:
    for model in apps.get_models():
        if getattr(model, "in_log", False) and hasattr(model, "history_object"):
            yield Source(model._meta.label_lower, model._base_manager.all)
    yield from _sources


def without_leaf(source: Source, *, after: int = 0) -> QuerySet[Any]:
    """Rows numbered after ``after`` that no leaf covers, oldest first."""
    covered = RecordedState.objects.filter(row_label=source.label, row_pk=OuterRef("pk"))
    return source.rows().filter(~Exists(covered), pk__gt=after).order_by("pk")


def look_for_unrecorded() -> int:
    """Look through what was written since the look before the last; remember and say what has no leaf.

    The time it takes does not grow with the log, but with what is new. Returns how many rows are without a leaf.
    """
    fresh = [f"{source.label} {pk}" for source in sources() for pk in _look(source)]
    if fresh:
        logger.error("%d rows have no leaf in the log, the first of them: %s", len(fresh), ", ".join(fresh[:SAID]))
    _drop_repaired()
    return Unrecorded.objects.count()


@transaction.atomic
def _look(source: Source) -> list[int]:
    """The rows without a leaf that were not known of before."""
    mark, _created = Reconciled.objects.select_for_update().get_or_create(row_label=source.label)
    after = mark.looked_to if source.in_order else mark.begins_after
    last = source.rows().filter(pk__gt=after).aggregate(last=Max("pk"))["last"]
    if last is None:
        return []
    missing = list(without_leaf(source, after=after).values_list("pk", flat=True)[:AT_ONCE])
    known = set(Unrecorded.objects.filter(row_label=source.label, row_pk__in=missing).values_list("row_pk", flat=True))
    fresh = [pk for pk in missing if pk not in known]
    Unrecorded.objects.bulk_create(Unrecorded(row_label=source.label, row_pk=pk) for pk in fresh)
    if len(missing) < AT_ONCE:
        mark.looked_to, mark.seen = max(mark.seen, mark.looked_to), last
    else:
        mark.looked_to = missing[-1]
    mark.looked_at = timezone.now()
    mark.save()
    return fresh


def _drop_repaired() -> None:
    """A row that has its leaf by now is no longer missed."""
    covered = RecordedState.objects.filter(row_label=OuterRef("row_label"), row_pk=OuterRef("row_pk"))
    Unrecorded.objects.filter(Exists(covered)).delete()


def begins_after() -> dict[str, int]:
    """Up to which row of a table the rule did not hold yet, for the tables where it came later."""
    marks = Reconciled.objects.filter(begins_after__gt=0)
    return dict(marks.values_list("row_label", "begins_after"))


def rows_from_before() -> dict[str, int]:
    """How many rows of each table no leaf covers because they are from before the rule.

    Who can write in the database can move that mark, and hide rows behind it: so the audit says the numbers each time.
    """
    beginning = begins_after()
    counts = {
        source.label: without_leaf(source).filter(pk__lte=beginning[source.label]).count()
        for source in sources()
        if source.label in beginning
    }
    return {label: count for label, count in sorted(counts.items()) if count}


def all_without_leaf() -> Iterator[tuple[str, int]]:
    """Every row without a leaf, from the first: for the audit, which has the time."""
    beginning, known = begins_after(), [(source, source.rows().model._meta.db_table) for source in sources()]
    filled = tables_with_rows(table for _source, table in known)
    for source in (source for source, table in known if table in filled):
        after = beginning.get(source.label, 0)
        while page := list(without_leaf(source, after=after).values_list("pk", flat=True)[:AT_ONCE]):
            yield from ((source.label, pk) for pk in page)
            after = page[-1]


def tables_with_rows(tables: Iterable[str]) -> set[str]:
    """Those that are not empty, in one query: the audit asks a hundred tables, and has nothing to ask an empty one."""
    # Names of our own models.
    asked = [
        f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})"  # noqa: S608
        for table in tables
    ]
    with connection.cursor() as cursor:
        cursor.execute(" UNION ALL ".join(asked))
        return {table for (table,) in cursor.fetchall()}
