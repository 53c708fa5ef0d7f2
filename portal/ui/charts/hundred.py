"""A hundred coins: what of every hundred goes where."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.ui.charts.frame import WIDE_PX, joined, percent
from portal.ui.charts.ink import SERIES, Ink

COIN_PX = 12
ROWS_WIDE, ROWS_NARROW = 5, 10


class Part(NamedTuple):
    """``share`` of 100, in the order in which the coins are laid. ``words`` say it."""

    label: str
    share: float
    words: str


@dataclass(frozen=True)
class Hundred:
    """The first parts have colours of their own, the last one gathers the rest."""

    parts: tuple[Part, ...]
    name = "hundred"
    is_linked = False

    def __bool__(self) -> bool:
        return bool(self.parts)

    def coins(self) -> list[int]:
        """Which part each of the hundred coins belongs to, by largest remainder: always exactly a hundred."""
        total = sum(part.share for part in self.parts) or 1.0
        exact = [part.share / total * 100 for part in self.parts]
        whole = [int(share) for share in exact]
        order = sorted(range(len(exact)), key=lambda place: (whole[place] - exact[place], place))
        for place in order[: 100 - sum(whole)]:
            whole[place] += 1
        return [place for place, count in enumerate(whole) for _coin in range(count)]

    def height(self, width: int) -> int:
        return (ROWS_WIDE if width >= WIDE_PX else ROWS_NARROW) * 2 * (COIN_PX + 2)

    def shapes(self, width: int, ink: Ink) -> SafeString:
        rows = ROWS_WIDE if width >= WIDE_PX else ROWS_NARROW
        columns = 100 // rows
        step = 2 * (COIN_PX + 2)
        groups: dict[int, list[SafeString]] = {}
        for number, place in enumerate(self.coins()):
            column, row = divmod(number, rows)
            coin = format_html(
                '<circle cx="{}" cy="{}" r="{}"/>',
                percent(column + 0.5, columns),
                round((row + 0.5) * step),
                COIN_PX,
            )
            groups.setdefault(place, []).append(coin)
        return joined(
            format_html(
                "<g{}><title>{}</title>{}</g>",
                ink(f"s{min(place, SERIES - 1)}"),
                f"{self.parts[place].label} {self.parts[place].words}",
                joined(coins),
            )
            for place, coins in groups.items()
        )
