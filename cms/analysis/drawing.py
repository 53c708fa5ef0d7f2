"""What a figure of this room is made of. One template draws all of them; nothing else here knows how."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode

from django.urls import reverse

from portal.ui.charts import Drawing


@dataclass(frozen=True)
class Cell:
    """What is read, and the same for programs: a plain number or text, empty for what is missing."""

    text: str
    value: str = ""
    url: str = ""
    is_words: bool = False


@dataclass(frozen=True)
class Row:
    """``bar``: planned, executed and a mark, drawn against the largest of the table; None for a row without bars."""

    label: Cell
    cells: tuple[Cell, ...]
    bar: tuple[object, object, object] | None = None


@dataclass(frozen=True)
class Figure:
    """``finding`` is a sentence computed from the data; ``method`` says how, ``sources`` from what (text, address).

    With a ``drawing`` the table stands below it, folded; without one the table with its bars is the figure.
    ``keys``: what each colour stands for, as (class, words); ``facts``: a few numbers under it, as (name, text);
    ``note``: a sentence that has to be read with them. ``kind`` and ``parameters``: its address among all figures.
    """

    anchor: str
    finding: str
    head: str
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    unit: str = ""
    description: str = ""
    drawing: Drawing | None = None
    maximum: object = 0
    keys: tuple[tuple[str, str], ...] = ()
    method: tuple[str, ...] = ()
    sources: tuple[tuple[str, str], ...] = ()
    url: str = ""
    csv_url: str = ""
    total: Row | None = None
    facts: tuple[tuple[str, str], ...] = ()
    note: str = ""
    kind: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)
    has_bars: bool = field(default=False, init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "has_bars", any(row.bar for row in self.rows))

    def _address(self, name: str) -> str:
        return reverse(f"cms:figures:{name}", args=[self.kind]) + "?" + urlencode(sorted(self.parameters.items()))

    @property
    def own_url(self) -> str:
        """Its page, from which it can be put on other pages."""
        return self._address("figure")

    @property
    def svg_url(self) -> str:
        return self._address("svg")

    @property
    def heads(self) -> list[tuple[str, bool]]:
        """The names of the columns, and whether words stand below: those begin where their column begins."""
        cells = self.rows[0].cells if self.rows else ()
        return [(name, place < len(cells) and cells[place].is_words) for place, name in enumerate(self.columns)]

    @property
    def body(self) -> list[tuple[Row, list[tuple[str, Cell]]]]:
        """Rows, each with its cells under the names of their columns, the total last."""
        rows = [*self.rows, *([self.total] if self.total else [])]
        return [(row, list(zip(self.columns, row.cells, strict=True))) for row in rows]


def data_rows(figure: Figure) -> list[list[str]]:
    """The table of a figure for a file: its header, then one list for each row, the total left out."""
    body = [[row.label.value or row.label.text, *(cell.value for cell in row.cells)] for row in figure.rows]
    return [[figure.head, *figure.columns], *body]
