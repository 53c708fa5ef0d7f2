"""Every figure of the portal: what it is about, what it finds, its drawing, its numbers and its address.

A figure is an id (``execution``), the record it is about, and a few parameters. Wherever it is shown - on a page, on
its own, inside somebody else's page, as a file - it is made by the same function from what is published now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal
from urllib.parse import urlencode
from uuid import UUID

from django.urls import reverse
from django.utils.functional import Promise

from cms.budget.models import Release
from cms.budget.queries import Reader
from portal.ui.charts import Drawing

# A question is no record: its parameters say everything.
Subject = Literal["release", "department", "programme", "question"]


@dataclass(frozen=True)
class Cell:
    """One cell of a figure's table: what is read, and the same for programs (``value``, a plain number or text)."""

    text: str
    value: str = ""
    url: str = ""

    def __str__(self) -> str:
        return self.text

    @property
    def plain(self) -> str:
        """What a file has for it: nothing where nothing is known."""
        return self.value or ("" if self.text == "—" else self.text)


@dataclass(frozen=True)
class Row:
    """``bar``: the values that are drawn in the row itself - planned, executed, expected - or None for no bar."""

    label: Cell
    cells: tuple[Cell, ...]
    bar: tuple[float | None, float | None, float | None] | None = None


@dataclass(frozen=True)
class Table:
    """``columns`` name the cells after the label; the first of all heads the labels."""

    head: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unit: str = ""

    @property
    def maximum(self) -> float:
        return max((value or 0.0 for row in self.rows for value in row.bar or ()), default=0.0)

    @property
    def has_bars(self) -> bool:
        return any(row.bar for row in self.rows)


@dataclass(frozen=True)
class Key:
    """What a colour stands for."""

    css: str
    label: str


@dataclass(frozen=True)
class Figure:
    """``finding`` is a sentence computed from the data. ``drawing`` is None where the table says it all.

    ``is_table``: on a page the table with its bars is the figure; the drawing is for files.
    """

    kind: str
    subject: UUID | None
    finding: str
    description: str
    method: str
    source: str
    source_url: str
    table: Table
    drawing: Drawing | None = None
    is_table: bool = False
    keys: tuple[Key, ...] = ()
    note: str = ""
    release: Release | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    # Where all rows are, if the table has only some of them.
    whole_csv: str = ""

    def _address(self, name: str) -> str:
        query = urlencode(sorted(self.parameters.items()))
        about = [self.kind, self.subject] if self.subject else [self.kind]
        return reverse(f"cms:figures:{name}", args=about) + (f"?{query}" if query else "")

    @property
    def url(self) -> str:
        return self._address("figure")

    @property
    def svg_url(self) -> str:
        return self._address("svg")

    @property
    def csv_url(self) -> str:
        return self.whole_csv or self._address("csv")

    @property
    def embed_url(self) -> str:
        return self._address("embed")

    @property
    def anchor(self) -> str:
        return f"figure-{self.kind}"


# Figures that answer a question are asked without a record, all others with one.
Build = Callable[[Any, Mapping[str, str], Reader], Figure | None]


@dataclass(frozen=True)
class Kind:
    """A kind of figure. ``takes`` names the parameters that change it; all others are dropped from its address.

    ``rate``: what each making of it is counted as (``settings.WRITE_RATES``), where it takes much.
    """

    id: str
    label: str | Promise
    subject: Subject
    build: Build
    takes: tuple[str, ...] = ()
    rate: str = ""


KINDS: dict[str, Kind] = {}


def figure_kind(
    name: str, label: str | Promise, subject: Subject, takes: tuple[str, ...] = (), *, rate: str = ""
) -> Callable[[Build], Build]:
    """Register the function that makes figures of a kind."""

    def register(build: Build) -> Build:
        KINDS[name] = Kind(name, label, subject, build, takes, rate)
        return build

    return register


def data_rows(figure: Figure) -> list[list[str]]:
    """The table for a file: the header, then one list for each row."""
    table = figure.table
    return [[table.head, *table.columns], *([cell.plain for cell in (row.label, *row.cells)] for row in table.rows)]
