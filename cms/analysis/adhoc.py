"""Questions over the lines of many releases at once, answered by DuckDB from one file of them or from their snapshots.

What may be asked is closed: dimensions, measures and filters by name. No text of a reader ever becomes SQL; values are
bound. A question has a limit of memory, threads and time, and DuckDB may open nothing but the lines.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.utils.translation import gettext as _

from cms.analysis.column_store import LINES_OF_SNAPSHOTS, MEMORY_LIMIT, THREADS, cursor_of, opened
from cms.analysis.snapshots import paths_of
from cms.budget.models import Phase, Release
from cms.budget.queries import Reader
from portal.errors import Invalid, TooManyRequests

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

SECONDS = 20.0
ROWS_AT_MOST = 10_000
RELEASES_AT_MOST = 500
# Each takes the memory and the threads that it is given: more of them would leave nothing for the pages.
AT_ONCE = 2
_places = threading.BoundedSemaphore(AT_ONCE)


class Dimension(StrEnum):
    """What lines can be grouped by and narrowed to."""

    GOVERNMENT = "government"
    FISCAL_YEAR = "fiscal_year"
    CURRENCY = "currency"
    DEPARTMENT = "department"
    PROGRAMME = "programme"
    FUNCTION_CLASS = "function_class"
    FUNCTION_GROUP = "function_group"
    FUNCTION = "function"
    ECONOMIC_CLASS = "economic_class"
    ECONOMIC = "economic"
    FUND = "fund"


class Measure(StrEnum):
    """What can be told of a group. Amounts in minor units; ``lines`` counts.

    A median is the amount of a line, the lower of the two in the middle where lines are even in number; lines without
    an amount do not count.
    """

    PROPOSED = "proposed"
    ADOPTED = "adopted"
    ADJUSTED = "adjusted"
    COMMITTED = "committed"
    EXECUTED = "executed"
    MEDIAN_PROPOSED = "median_proposed"
    MEDIAN_ADOPTED = "median_adopted"
    MEDIAN_ADJUSTED = "median_adjusted"
    MEDIAN_COMMITTED = "median_committed"
    MEDIAN_EXECUTED = "median_executed"
    LINES = "lines"


_COLUMN = {
    Dimension.GOVERNMENT: "government",
    Dimension.FISCAL_YEAR: "fiscal_year",
    Dimension.CURRENCY: "currency",
    Dimension.DEPARTMENT: "department_id",
    Dimension.PROGRAMME: "programme_id",
    Dimension.FUNCTION_CLASS: "function_class",
    Dimension.FUNCTION_GROUP: "function_group",
    Dimension.FUNCTION: "function_item",
    Dimension.ECONOMIC_CLASS: "economic_class",
    Dimension.ECONOMIC: "economic_item",
    Dimension.FUND: "fund",
}
# What a source calls that which it has a code for.
_NAMED = {Dimension.FUNCTION: "functional", Dimension.ECONOMIC: "economic"}
_TOLD = {
    **{Measure(phase): f"sum({phase})" for phase in Phase.values},
    **{Measure(f"median_{phase}"): f"quantile_disc({phase}, 0.5)" for phase in Phase.values},
    Measure.LINES: "count(*)",
}


@dataclass(frozen=True)
class Question:
    """``filters``: dimension -> the values of which a line must have one. Currencies are never summed together."""

    dimensions: tuple[Dimension, ...]
    measures: tuple[Measure, ...] = (Measure.LINES,)
    filters: Mapping[Dimension, Sequence[str | int]] = field(default_factory=dict)

    @classmethod
    def parse(
        cls, dimensions: Iterable[str], measures: Iterable[str], filters: Mapping[str, Sequence[Any]]
    ) -> Question:
        """From names that somebody typed. Raises ``Invalid`` that names what is unknown."""
        try:
            return cls(
                tuple(Dimension(name) for name in dict.fromkeys(dimensions)),
                tuple(Measure(name) for name in dict.fromkeys(measures)) or (Measure.LINES,),
                {Dimension(name): _values(Dimension(name), values) for name, values in filters.items()},
            )
        except ValueError as error:
            raise Invalid(_("There is no such thing to ask for: %(what)s.") % {"what": error}) from error

    @property
    def keys(self) -> tuple[Dimension, ...]:
        """What is grouped by: the dimensions asked for, and the currency, which no sum may cross."""
        return tuple(dict.fromkeys((*self.dimensions, Dimension.CURRENCY)))


@dataclass(frozen=True)
class Answer:
    """``rows``: one mapping each, from the names of dimensions and measures to values; amounts are exact integers.

    ``names``: what sources call the functions and types of spending among them. ``releases``: row ids of those asked.
    """

    rows: list[dict[str, Any]]
    is_cut: bool
    names: Mapping[Dimension, Mapping[str, str]] = field(default_factory=dict)
    releases: tuple[str, ...] = ()


def ask(question: Question, reader: Reader, *, governments: Iterable[int] = (), years: Iterable[int] = ()) -> Answer:
    """Group the lines of the newest public release of every year, or of some governments and years.

    Raises ``Invalid`` for a question that is too large to be answered within its limits, and ``TooManyRequests`` where
    others are being answered for longer than one question may take.
    """
    releases = Release.objects.visible_to(reader).published().newest_versions()
    if chosen := list(governments):
        releases = releases.filter(government__in=chosen)
    if wanted := list(years):
        releases = releases.filter(fiscal_year__in=wanted)
    found = dict(releases.order_by("pk").values_list("pk", "row_id")[: RELEASES_AT_MOST + 1])
    if len(found) > RELEASES_AT_MOST:
        raise Invalid(_("That is more than %(number)d releases at once. Choose governments or years.") % _most())
    if not found:
        return Answer([], is_cut=False)
    if not _places.acquire(timeout=SECONDS):
        raise TooManyRequests(retry_after=round(SECONDS))
    try:
        return replace(_asked(found, question), releases=tuple(str(row_id) for row_id in found.values()))
    finally:
        _places.release()


def _asked(found: Mapping[int, UUID], question: Question) -> Answer:
    store = opened()
    asked = {str(row_id) for row_id in found.values()}
    if store is None or not asked <= store.releases:
        whole = Release.objects.filter(pk__in=found).select_related("government").order_by("pk")
        return group_by_snapshots([str(path) for path in paths_of(whole)], question)
    sql, parameters = _statement("lines", question, releases=None if asked == store.releases else sorted(asked))
    return _answered(cursor_of(store), sql, parameters, question)


def _most() -> dict[str, int]:
    return {"number": RELEASES_AT_MOST}


def _values(dimension: Dimension, values: Sequence[Any]) -> tuple[str | int, ...]:
    return tuple(int(value) if dimension is Dimension.FISCAL_YEAR else str(value) for value in values)


def group_by_snapshots(paths: Sequence[str], question: Question) -> Answer:
    """Group the rows of snapshots. Raises ``Invalid`` when memory or time does not suffice."""
    import duckdb

    sql, parameters = _statement(f"({LINES_OF_SNAPSHOTS})", question, of_lines=[list(paths)])
    with duckdb.connect(config={"memory_limit": MEMORY_LIMIT, "threads": THREADS, "temp_directory": ""}) as connection:
        connection.execute("SET allowed_paths = ?", [list(paths)])
        connection.execute("SET enable_external_access = false")
        connection.execute("SET lock_configuration = true")
        return _answered(connection, sql, parameters, question)


def _answered(connection: DuckDBPyConnection, sql: str, parameters: Sequence[Any], question: Question) -> Answer:
    """What a statement finds within its time. Raises ``Invalid`` when memory or time does not suffice."""
    import duckdb

    clock = threading.Timer(SECONDS, connection.interrupt)
    clock.start()
    try:
        rows = connection.execute(sql, parameters).fetchall()
    except (duckdb.InterruptException, duckdb.OutOfMemoryException) as error:
        raise Invalid(_("This question is too large to be answered at once. Choose fewer years.")) from error
    finally:
        clock.cancel()
    kept = rows[:ROWS_AT_MOST]
    columns = [str(name) for name in (*question.keys, *question.measures)]
    named = [key for key in question.keys if key in _NAMED]
    names = {
        key: {row[columns.index(key)]: row[len(columns) + place] or "" for row in kept}
        for place, key in enumerate(named)
    }
    return Answer([dict(zip(columns, row, strict=False)) for row in kept], len(rows) > ROWS_AT_MOST, names)


def _statement(
    lines: str, question: Question, *, releases: Sequence[str] | None = None, of_lines: Sequence[Any] = ()
) -> tuple[str, list[Any]]:
    """Made of the names of our own columns only; whatever a reader chose is a parameter. ``releases`` None: all."""
    keys = ", ".join(f'{_COLUMN[key]} AS "{key}"' for key in question.keys)
    sums = [f'{_TOLD[measure]} AS "{measure}"' for measure in question.measures]
    told = ", ".join([*sums, *(f"max({_NAMED[key]})" for key in question.keys if key in _NAMED)])
    places = ", ".join(str(place) for place in range(1, len(question.keys) + 1))
    conditions: list[str] = []
    parameters: list[Any] = list(of_lines)
    narrowed: dict[str, Sequence[Any]] = {_COLUMN[name]: values for name, values in question.filters.items()}
    if releases is not None:
        narrowed["release"] = releases
    for column, values in narrowed.items():
        # A list of single parameters, which DuckDB holds against what it knows of a part before it reads that.
        conditions.append(f"{column} IN ({', '.join('?' * len(values))})" if values else "false")
        parameters.extend(values)
    where = f" WHERE {' AND '.join(conditions)}" if conditions else ""
    statement = (
        f"SELECT {keys}, {told} FROM {lines}{where} "  # noqa: S608
        f"GROUP BY {places} ORDER BY {places} LIMIT {ROWS_AT_MOST + 1}"
    )
    return statement, parameters
