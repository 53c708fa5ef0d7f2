"""What is checked: the tables, the text and the lines of one release, loaded once, and what checks say about them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from cms.budget.checks.models import Severity
from cms.budget.models import Department, Release
from cms.budget.tables import DisclosureTable, TableKind, TableRow, tables_of
from privacy.log.canonical import canonical

ECONOMIC_TABLES = frozenset({TableKind.BASIC})


@dataclass(frozen=True)
class Found:
    """A finding before it is stored. ``detail`` names what was compared in the words of the rule file."""

    severity: Severity
    table: DisclosureTable | None = None
    row: TableRow | None = None
    line_id: int | None = None
    left: int | None = None
    right: int | None = None
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Reason:
    """Why a rule or a part of it could not be applied: a word of ``cms.budget.checks.wording`` and its values."""

    word: str
    values: dict[str, Any] = field(default_factory=dict)

    def as_json(self) -> dict[str, Any]:
        return {"word": self.word, **self.values}


@dataclass
class Verdict:
    """What one rule says of one document: how much was compared, what was found, and what could not be asked."""

    compared: int = 0
    found: list[Found] = field(default_factory=list)
    reasons: list[Reason] = field(default_factory=list)

    def cannot(self, word: str, **values: Any) -> None:
        reason = Reason(word, values)
        if reason not in self.reasons:
            self.reasons.append(reason)

    def compare(self, left: int, right: int, rounding: int, severity: Severity, **found: Any) -> None:
        """Count one comparison; what differs by no more than ``rounding`` is noted, what differs by more is found."""
        self.compared += 1
        if left != right:
            grave = severity if abs(left - right) > rounding else Severity.INFO
            self.found.append(Found(severity=grave, left=left, right=right, **found))


@dataclass(frozen=True)
class Missing(Exception):
    """A reference leads nowhere in this document."""

    word: str
    reference: str


class Document:
    """The tables of one department in a release, by kind."""

    def __init__(self, department: Department | None, tables: Iterable[DisclosureTable]) -> None:
        self.department = department
        self.tables: dict[str, DisclosureTable] = {table.kind: table for table in tables}
        self.rows: dict[str, list[TableRow]] = {kind: list(table.rows.all()) for kind, table in self.tables.items()}
        self._places: dict[tuple[str, str], TableRow] = {}
        for kind, rows in self.rows.items():
            for row in rows:
                for name in (row.mark, f"#{row.code}" if row.code else ""):
                    if name:
                        self._places.setdefault((kind, name), row)

    def find(self, reference: str) -> tuple[DisclosureTable, TableRow, str]:
        """Where a reference leads. Raises ``Missing``, which says whether the table, row or column is not there."""
        kind, mark, column = reference.split(".")
        if kind not in self.tables:
            raise Missing("no_table", reference)
        if (kind, mark) not in self._places:
            raise Missing("no_row", reference)
        table, row = self.tables[kind], self._places[kind, mark]
        if column not in table.columns:
            raise Missing("no_column", reference)
        return table, row, column

    def sum(self, references: Sequence[str]) -> tuple[int, DisclosureTable, TableRow]:
        """The sum of what is stated, a blank counting as 0, and where its first part stands.

        A row without its code among several is a blank, too: not every department has every type of expenditure.
        """
        total, first = 0, None
        for reference in references:
            try:
                table, row, column = self.find(reference)
            except Missing as missing:
                if missing.word == "no_row" and "#" in reference and len(references) > 1:
                    continue
                raise
            total += row.amount(column) or 0
            first = first or (table, row)
        if first is None:
            raise Missing("no_row", references[0])
        return total, *first

    def unit(self, references: Iterable[str]) -> int:
        """The last printed digit of the coarsest table named, in minor units."""
        kinds = {reference.split(".")[0] for reference in references}
        return max((self.tables[kind].last_digit for kind in kinds if kind in self.tables), default=1)


@dataclass(frozen=True)
class Text:
    """One field of the page about the release, without markup."""

    name: str
    text: str


class Checked:
    """Everything about a release that rules are applied to."""

    def __init__(self, release: Release) -> None:
        self.release = release

    @cached_property
    def documents(self) -> list[Document]:
        by_department: dict[int | None, list[DisclosureTable]] = {}
        for table in tables_of(self.release):
            by_department.setdefault(table.department_id, []).append(table)
        return [Document(tables[0].department, tables) for tables in by_department.values()]

    @cached_property
    def texts(self) -> list[Text]:
        """The Chinese text that an editor wrote about the release; nothing before there is a page."""
        from cms.budget.checks.texts import texts_about

        return texts_about(self.release)

    @property
    def title(self) -> str:
        return next((text.text for text in self.texts if text.name == "title"), "")

    @cached_property
    def line_unit(self) -> int:
        """The last digit printed in the source of the lines, in minor units; 1 where the unit is not known."""
        unit = self.release.mapping.get("release", {}).get("unit", 1)
        return int(unit) if isinstance(unit, int) else 1


def fingerprint(rule_id: str, department_id: int | None, found: Found) -> str:
    """What makes a finding the same one in the next run: the same rule, place and values."""
    told = {
        "rule": rule_id,
        "department": department_id,
        "severity": str(found.severity),
        "row": found.row.pk if found.row else None,
        "table": found.table.pk if found.table else None,
        "line": found.line_id,
        # As text: amounts may be larger than JSON numbers are exact.
        "left": str(found.left),
        "right": str(found.right),
        "detail": found.detail,
    }
    return hashlib.sha256(canonical(told).encode()).hexdigest()
