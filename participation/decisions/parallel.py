"""Options that no other beats, drawn with one upright axis for each side (parallel coordinates)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.ui.charts.frame import WIDE_PX, joined, percent
from portal.ui.charts.ink import SERIES, Ink
from portal.ui.charts.words import shortened

TOP_PX, BOTTOM_PX, LEFT_PX = 14, 30, 30
# A letter beside its point; closer than this, two letters would stand in each other.
BESIDE_PX, APART_PX = 13, 14
TICKS = (0, 5, 10)


class Line(NamedTuple):
    """One option: its letter, and the mean of every side from 0 to 10."""

    letter: str
    means: tuple[float, ...]


@dataclass(frozen=True)
class Parallel:
    sides: tuple[str, ...]
    lines: tuple[Line, ...]
    name = "parallel"
    is_linked = False

    def __bool__(self) -> bool:
        return len(self.sides) > 1 and len(self.lines) > 1

    def height(self, width: int) -> int:
        return 260 if width <= WIDE_PX else 460

    def x(self, place: int, width: int) -> float:
        room = (width - LEFT_PX) / len(self.sides)
        return LEFT_PX + (place + 0.5) * room

    def y(self, mean: float, height: int) -> float:
        return TOP_PX + (10 - mean) / 10 * (height - TOP_PX - BOTTOM_PX)

    def shapes(self, width: int, ink: Ink) -> SafeString:
        height = self.height(width)
        parts = []
        for tick in TICKS:
            y = self.y(tick, height)
            parts.append(format_html('<line x1="{0}" x2="100%" y1="{1}" y2="{1}"{2}/>', LEFT_PX, f"{y:.1f}", ink("g")))
            parts.append(format_html('<text x="{}" y="{}"{}>{}</text>', LEFT_PX - 8, f"{y + 4:.1f}", ink("v e"), tick))
        lines = [
            format_html(
                '<polyline{} vector-effect="non-scaling-stroke" points="{}"/>',
                ink(f"l{number % SERIES}"),
                " ".join(f"{self.x(at, width):.1f},{self.y(mean, height):.1f}" for at, mean in enumerate(line.means)),
            )
            for number, line in enumerate(self.lines)
        ]
        parts.append(
            format_html(
                '<svg width="100%" height="{1}" viewBox="0 0 {0} {1}" preserveAspectRatio="none">{2}</svg>',
                *(width, height, joined(lines)),
            )
        )
        room = (width - LEFT_PX) / len(self.sides) - 4
        for at, side in enumerate(self.sides):
            x = percent(self.x(at, width), width)
            ends = (f"{self.y(10, height):.1f}", f"{self.y(0, height):.1f}")
            parts.append(format_html('<line x1="{0}" x2="{0}" y1="{1}" y2="{2}"{3}/>', x, *ends, ink("g")))
            parts.append(
                format_html('<text x="{}" y="{}"{}>{}</text>', x, height - 8, ink("v m"), shortened(side, room, 12))
            )
            parts.extend(self._points(at, width, height, ink))
        return joined(parts)

    def _points(self, at: int, width: int, height: int, ink: Ink) -> list[SafeString]:
        """The points of one axis; a letter stands right of its point or, where that is taken, left of it."""
        shapes, taken = [], {1: [], -1: []}  # type: ignore[var-annotated]
        for number, line in enumerate(self.lines):
            y = self.y(line.means[at], height)
            words = f"{line.letter} {self.sides[at]} {line.means[at]:.1f}"
            shapes.append(
                format_html(
                    '<g><title>{}</title><circle cx="{}" cy="{}" r="4.5"{}/></g>',
                    *(words, percent(self.x(at, width), width), f"{y:.1f}", ink(f"s{number % SERIES}")),
                )
            )
            for side in (1, -1):
                if all(abs(y - other) >= APART_PX for other in taken[side]):
                    taken[side].append(y)
                    x = percent(self.x(at, width) + side * BESIDE_PX, width)
                    shapes.append(
                        format_html('<text x="{}" y="{}"{}>{}</text>', x, f"{y + 4:.1f}", ink("v m"), line.letter)
                    )
                    break
        return shapes
