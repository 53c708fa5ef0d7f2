"""Bars: in the cells of a table on a page, one below the other in a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.ui.charts.frame import joined, percent
from portal.ui.charts.geometry import share
from portal.ui.charts.ink import Ink
from portal.ui.charts.words import shortened

ROW_PX = 38
LABEL_PART = 0.26
VALUE_PART = 0.17


class Bar(NamedTuple):
    """One row. ``second`` is drawn below ``first``, ``mark`` is where it should be by now, ``words`` end the row."""

    label: str
    first: float | None
    second: float | None = None
    mark: float | None = None
    words: str = ""


@dataclass(frozen=True)
class Bars:
    """``scale``: where the scale ends, for amounts that are out of something; else it ends with the largest."""

    rows: tuple[Bar, ...]
    scale: float | None = None
    name = "barlist"
    is_linked = False

    def __bool__(self) -> bool:
        return bool(self.rows)

    @property
    def maximum(self) -> float:
        if self.scale is not None:
            return self.scale
        return max((value or 0.0 for row in self.rows for value in (row.first, row.second, row.mark)), default=0.0)

    def height(self, width: int) -> int:
        return ROW_PX * len(self.rows)

    def shapes(self, width: int, ink: Ink) -> SafeString:
        left, room = width * LABEL_PART, width * (1 - LABEL_PART - VALUE_PART)
        parts = []
        for place, row in enumerate(self.rows):
            top = place * ROW_PX
            parts.append(
                format_html('<text x="0" y="{}"{}>{}</text>', top + 23, ink("w"), shortened(row.label, left - 12, 13))
            )
            bars = [(value, name) for value, name in ((row.first, "p"), (row.second, "e")) if value is not None]
            tall = 10 if len(bars) > 1 else 18
            for number, (value, name) in enumerate(bars):
                parts.append(
                    format_html(
                        '<rect x="{}" y="{}" width="{}" height="{}"{}/>',
                        percent(left, width),
                        top + 9 + number * 11,
                        percent(share(value, self.maximum, room), width),
                        tall,
                        ink(name),
                    )
                )
            if row.mark is not None:
                x = percent(left + share(row.mark, self.maximum, room), width)
                parts.append(
                    format_html('<line x1="{0}" x2="{0}" y1="{1}" y2="{2}"{3}/>', x, top + 5, top + 33, ink("k"))
                )
            parts.append(format_html('<text x="100%" y="{}"{}>{}</text>', top + 23, ink("w e"), row.words))
        return joined(parts)
