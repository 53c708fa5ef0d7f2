"""The same amounts year after year: lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.ui.charts.frame import WIDE_PX, joined, percent
from portal.ui.charts.ink import SERIES, Ink

TOP_PX, BOTTOM_PX, SIDE_PX = 28, 28, 34
# Two labels closer than this would stand in each other.
APART_PX = 16


class Series(NamedTuple):
    """One line. ``values`` in any unit, None where nothing is known; ``words`` what each point says."""

    label: str
    values: tuple[float | None, ...]
    words: tuple[str, ...]


@dataclass(frozen=True)
class Trend:
    """``points`` name the years from left to right; every series has a value for each."""

    points: tuple[str, ...]
    series: tuple[Series, ...]
    name = "trend"
    is_linked = False

    def __bool__(self) -> bool:
        return len(self.points) > 1 and any(value is not None for line in self.series for value in line.values)

    def height(self, width: int) -> int:
        return 240 if width <= WIDE_PX else 460

    def x(self, place: int, width: int) -> float:
        return SIDE_PX + place * (width - 2 * SIDE_PX) / max(1, len(self.points) - 1)

    def y(self, value: float, height: int) -> float:
        """Pixels from the top. The scale begins at zero: half the height is half the money."""
        most = max((v for line in self.series for v in line.values if v is not None), default=0.0)
        least = min(0.0, min((v for line in self.series for v in line.values if v is not None), default=0.0))
        span = (most - least) or 1.0
        return TOP_PX + (most - value) / span * (height - TOP_PX - BOTTOM_PX)

    def shapes(self, width: int, ink: Ink) -> SafeString:
        height = self.height(width)
        ground = f"{self.y(0.0, height):.1f}"
        parts = [format_html('<line x1="0" x2="100%" y1="{0}" y2="{0}"{1}/>', ground, ink("g"))]
        lines = [
            format_html(
                '<polyline{} vector-effect="non-scaling-stroke" points="{}"/>',
                ink(f"l{min(number, SERIES - 1)}"),
                " ".join(
                    f"{self.x(place, width):.1f},{self.y(value, height):.1f}"
                    for place, value in enumerate(line.values)
                    if value is not None
                ),
            )
            for number, line in enumerate(self.series)
        ]
        parts.append(
            format_html(
                '<svg width="100%" height="{1}" viewBox="0 0 {0} {1}" preserveAspectRatio="none">{2}</svg>',
                width,
                height,
                joined(lines),
            )
        )
        for place, point in enumerate(self.points):
            x = percent(self.x(place, width), width)
            parts.append(format_html('<text x="{}" y="{}"{}>{}</text>', x, height - 6, ink("v m"), point))
            dots = [self.y(value, height) for line in self.series if (value := line.values[place]) is not None]
            taken: list[float] = []
            for number, line in enumerate(self.series):
                value = line.values[place]
                if value is None:
                    continue
                y = self.y(value, height)
                words = f"{point} {line.label} {line.words[place]}"
                parts.append(
                    format_html(
                        '<g><title>{}</title><circle cx="{}" cy="{}" r="4.5"{}/></g>',
                        *(words, x, f"{y:.1f}", ink(f"s{min(number, SERIES - 1)}")),
                    )
                )
                # Above its point or, where that is taken, below it; else the table says it.
                at = next((spot for spot in (y - 10, y + 20) if _is_free(spot, y, dots, taken)), None)
                if at is not None:
                    taken.append(at)
                    parts.append(
                        format_html('<text x="{}" y="{}"{}>{}</text>', x, f"{at:.1f}", ink("v m"), line.words[place])
                    )
        return joined(parts)


def _is_free(spot: float, own: float, dots: list[float], taken: list[float]) -> bool:
    """Whether a label with its foot at ``spot`` stands in no other label and on no other point."""
    middle = spot - 4
    return all(abs(spot - other) >= APART_PX for other in taken) and all(
        dot == own or abs(middle - dot) >= APART_PX / 2 + 2 for dot in dots
    )
