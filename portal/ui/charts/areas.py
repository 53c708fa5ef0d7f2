"""Areas in proportion to money: a treemap."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.ui.charts.frame import WIDE_PX, joined, percent
from portal.ui.charts.geometry import Rect, squarify
from portal.ui.charts.ink import TONES, Ink
from portal.ui.charts.words import LINE_PX, PADDING_PX, fitting_lines
from portal.ui.money import as_decimal


@dataclass(frozen=True)
class TreemapItem:
    """One area of a treemap. ``value`` >= 0 in any unit; ``detail`` is the amount in words."""

    label: str
    value: float
    url: str = ""
    detail: str = ""


def as_item(item: Any) -> TreemapItem:
    """An item from an object or a mapping with ``label``, ``value`` and, where known, ``url`` and ``detail``."""

    def read(name: str) -> Any:
        return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)

    value = as_decimal(read("value"))
    url, detail = str(read("url") or ""), str(read("detail") or "")
    return TreemapItem(str(read("label") or ""), max(0.0, float(value or 0)), url, detail)


@dataclass(frozen=True)
class Treemap:
    items: tuple[TreemapItem, ...]
    name = "treemap"

    @classmethod
    def of(cls, items: Iterable[Any]) -> Treemap:
        """The largest first."""
        return cls(tuple(sorted((as_item(item) for item in items), key=lambda item: -item.value)))

    @property
    def is_linked(self) -> bool:
        return any(item.url for item in self.items)

    def __bool__(self) -> bool:
        return any(item.value for item in self.items)

    def height(self, width: int) -> int:
        return 420 if width < WIDE_PX else 360 if width == WIDE_PX else 560

    def places(self, width: int) -> list[Rect]:
        """In pixels of a frame of that width, in the order of the items."""
        return squarify([item.value for item in self.items], Rect(0, 0, width, self.height(width)))

    def shapes(self, width: int, ink: Ink) -> SafeString:
        frame = (width, self.height(width))
        return joined(
            _tile(item, rect, min(rank, TONES - 1), frame, ink)
            for rank, (item, rect) in enumerate(zip(self.items, self.places(width), strict=True))
            if rect.area > 0
        )


def _tile(item: TreemapItem, rect: Rect, tone: int, frame: tuple[int, int], ink: Ink) -> SafeString:
    lines = fitting_lines(item.label, item.detail, rect)
    text = format_html_join(
        "",
        '<text x="{}" y="{}"{}>{}</text>',
        (
            (PADDING_PX, LINE_PX * row + 2, ink("tile n" if line == item.detail else "tile"), line)
            for row, line in enumerate(lines, start=1)
        ),
    )
    words = f"{item.label} {item.detail}".strip()
    body = format_html(
        '<svg x="{}" y="{}" width="{}" height="{}"><title>{}</title><rect{} width="100%" height="100%"{}/>{}</svg>',
        percent(rect.x, frame[0]),
        percent(rect.y, frame[1]),
        percent(rect.width, frame[0]),
        percent(rect.height, frame[1]),
        words,
        ink(f"t{tone}"),
        SafeString(' stroke="#fffefb" stroke-width="2"') if ink.alone else "",
        text,
    )
    if not item.url or ink.alone:
        return body
    return format_html('<a href="{}" aria-label="{}">{}</a>', item.url, words, body)
