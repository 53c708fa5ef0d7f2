"""One fingerprint over all lines of a release, and one over its tables: the log holds published numbers to them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Iterator
from itertools import groupby
from operator import itemgetter
from typing import Any, Protocol
from uuid import UUID

from cms.budget.models import Line, Release
from cms.budget.tables import DisclosureTable, TableRow
from privacy.log.audit import FurtherCheck
from privacy.log.bindings import Result, place_of
from privacy.log.kinds import LeafKind
from privacy.log.models import Leaf, LogEntry, PendingLeaf

COLUMNS = (
    "row_id",
    "row_number",
    "is_leaf",
    "department__row_id",
    "programme__row_id",
    "functional_code",
    "functional_name",
    "economic_code",
    "economic_name",
    "fund",
    "note",
    "proposed",
    "adopted",
    "adjusted",
    "committed",
    "executed",
)
TABLE_COLUMNS = ("row_id", "department__row_id", "kind", "position", "title", "unit", "columns", "note")
ROW_COLUMNS = ("position", "source_row", "page", "side", "mark", "code", "label", "amounts")
LINES_AT_ONCE = 5000


class _Hash(Protocol):
    def update(self, data: bytes, /) -> None: ...


def lines_sha256(release: Release) -> str:
    """SHA-256, in hexadecimal, over one JSON array per line in the order of rows, each ended by a line feed.

    The array holds ``COLUMNS``: references as text, amounts in minor units, null for what was not stated.
    """
    whole = hashlib.sha256()
    lines = Line.objects.filter(release=release).order_by("row_number").values_list(*COLUMNS)
    for line in lines.iterator(chunk_size=LINES_AT_ONCE):
        _add(whole, line)
    return whole.hexdigest()


def tables_sha256(release: Release) -> str:
    """SHA-256, in hexadecimal, over everything that the tables of a release say.

    One JSON array per table in the order in which they were recorded, each followed by one per row, each ended by a
    line feed: ``TABLE_COLUMNS``, and ``ROW_COLUMNS`` with amounts in minor units by column.
    """
    whole = hashlib.sha256()
    rows = TableRow.objects.filter(table__release=release).order_by("table_id", "position")
    by_table = groupby(rows.values_list("table_id", *ROW_COLUMNS).iterator(LINES_AT_ONCE), key=itemgetter(0))
    table_id, its_rows = next(by_table, (None, iter(())))
    tables = DisclosureTable.objects.filter(release=release).order_by("pk")
    for pk, *told in tables.values_list("pk", *TABLE_COLUMNS).iterator(LINES_AT_ONCE):
        _add(whole, told)
        # Both are in the order of the tables; a table may have no rows.
        if pk == table_id:
            for row in its_rows:
                _add(whole, row[1:])
            table_id, its_rows = next(by_table, (None, iter(())))
    return whole.hexdigest()


def _add(whole: _Hash, told: Iterable[Any]) -> None:
    text = json.dumps(list(map(_plain, told)), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    whole.update(text.encode() + b"\n")


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, UUID) else value


def hold_releases(leaves: list[Leaf]) -> Result:
    """Compare the lines of the releases that ``leaves`` are about with what was published."""
    result = Result()
    for leaf in leaves:
        if (expected := json.loads(leaf.leaf)["public"].get("lines_sha256")) is None:
            continue
        result.checked += 1
        name = f"{Release._meta.label_lower} {leaf.record_ref}"
        release = Release.objects.filter(row_id=leaf.record_ref).first()
        if release is None:
            result.problems.append((name, f"the row {name} is gone; {place_of(leaf)} is about it"))
        elif lines_sha256(release) != expected:
            result.problems.append((name, f"the lines of {name} are not those that {place_of(leaf)} was written about"))
    return result


PUBLISHED_LINES = FurtherCheck(LeafKind.RELEASE_PUBLISHED, hold_releases, lambda: ())


def hold_tables(leaves: list[Leaf]) -> Result:
    """Compare the tables of releases with what was recorded.

    Tables may be handed in several times, for one department after the other: the last leaf is about all of them.
    """
    result = Result()
    for leaf in leaves:
        if _is_followed(leaf):
            continue
        result.checked += 1
        name = f"{Release._meta.label_lower} {leaf.record_ref}"
        release = Release.objects.filter(row_id=leaf.record_ref).first()
        if release is None:
            result.problems.append((name, f"the row {name} is gone; {place_of(leaf)} is about it"))
        elif tables_sha256(release) != json.loads(leaf.leaf)["public"]["tables_sha256"]:
            sentence = f"the tables of {name} are not those that {place_of(leaf)} was written about"
            result.problems.append((name, sentence))
    return result


def _is_followed(leaf: Leaf) -> bool:
    same = {"kind": leaf.kind, "record_ref": leaf.record_ref}
    waiting = PendingLeaf.objects.filter(**same)
    if isinstance(leaf, LogEntry):
        return LogEntry.objects.filter(**same, index__gt=leaf.index).exists() or waiting.exists()
    return waiting.filter(pk__gt=leaf.pk).exists()


def tables_without_leaf() -> Iterator[tuple[str, int]]:
    """Tables of releases for which the log has no word of any."""
    releases = DisclosureTable.objects.order_by().values_list("release__row_id", flat=True).distinct()
    for row_id in list(releases):
        told = {"kind": LeafKind.TABLES_RECORDED, "record_ref": row_id}
        if not LogEntry.objects.filter(**told).exists() and not PendingLeaf.objects.filter(**told).exists():
            for pk in (
                DisclosureTable.objects.filter(release__row_id=row_id).order_by("pk").values_list("pk", flat=True)
            ):
                yield DisclosureTable._meta.label_lower, pk


RECORDED_TABLES = FurtherCheck(LeafKind.TABLES_RECORDED, hold_tables, tables_without_leaf)
