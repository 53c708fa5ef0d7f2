"""Template library ``charts``: figures drawn on the server as SVG.

Colours come from classes, so dark mode, print and forced colours need nothing here. Shapes are placed in per cent of
their frame while text keeps its size in pixels: a scaled drawing would print five-pixel text on a phone.
"""

import zlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django import template
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe

from portal.ui.furniture import group_class
from portal.ui.money import as_decimal

register = template.Library()

# Frames in CSS pixels: the narrowest container that each variant is shown in, which is what labels must fit.
NARROW = (288, 420)
WIDE = (576, 360)
FONT_PX = 14
LINE_PX = 20
PADDING_PX = 8
TONES = 6


@dataclass(frozen=True)
class Rect:
    """A rectangle within a frame, in the unit of the frame."""

    x: float
    y: float
    width: float
    height: float

    @property
    def area(self) -> float:
        return self.width * self.height


@dataclass(frozen=True)
class TreemapItem:
    """One area of a treemap. ``value`` >= 0 in any unit; ``detail`` is the amount in words."""

    label: str
    value: float
    url: str = ""
    detail: str = ""


def share(value: object, maximum: object, whole: float = 100.0) -> float:
    """``value`` as a part of ``maximum`` on a scale to ``whole``; 0 for what is missing, negative or has no maximum."""
    part, most = as_decimal(value), as_decimal(maximum)
    if part is None or most is None or part <= 0 or most <= 0:
        return 0.0
    return min(whole, float(part / most) * whole)


def _worst(row: Sequence[float], side: float) -> float:
    """The longest aspect ratio in a row of areas laid along ``side``."""
    total = sum(row)
    return max(side * side * max(row) / (total * total), total * total / (side * side * min(row)))


def squarify(values: Sequence[float], frame: Rect) -> list[Rect]:
    """Rectangles in ``frame`` whose areas are in proportion to ``values``, as square as they will go.

    The answer keeps the order of ``values``; a value that is not positive gets a rectangle without area. After
    Bruls, Huizing and van Wijk, "Squarified treemaps" (2000).
    """
    total = sum(value for value in values if value > 0)
    placed = [Rect(frame.x, frame.y, 0.0, 0.0) for _value in values]
    if total <= 0 or frame.area <= 0:
        return placed
    order = sorted((index for index, value in enumerate(values) if value > 0), key=lambda index: -values[index])
    areas = {index: values[index] / total * frame.area for index in order}
    order = [index for index in order if areas[index] > 0]
    left, top, right, bottom = frame.x, frame.y, frame.x + frame.width, frame.y + frame.height
    start = 0
    while start < len(order):
        across = right - left >= bottom - top
        side = min(right - left, bottom - top)
        stop = start + 1
        row = [areas[order[start]]]
        while stop < len(order) and side > 0:
            wider = [*row, areas[order[stop]]]
            if _worst(wider, side) > _worst(row, side):
                break
            row = wider
            stop += 1
        # The last row takes exactly what is left, so that rounding leaves no seam and nothing leaves the frame.
        is_last = stop == len(order)
        thickness = sum(row) / side if side > 0 else 0.0
        thickness = (right - left if across else bottom - top) if is_last else thickness
        offset, length = 0.0, sum(row)
        for index, area in zip(order[start:stop], row, strict=True):
            extent = area / length * side
            if across:
                placed[index] = Rect(left, top + offset, thickness, extent)
            else:
                placed[index] = Rect(left + offset, top, extent, thickness)
            offset += extent
        if across:
            left = min(left + thickness, right)
        else:
            top = min(top + thickness, bottom)
        start = stop
    return placed


def text_width(text: str, font_px: float = FONT_PX) -> float:
    """A careful guess of the width of ``text`` in pixels: a full square for Chinese, a little over half for Latin."""
    return sum(font_px if ord(character) > 0x2E7F else font_px * 0.6 for character in text)


def fitting_lines(label: str, detail: str, rect: Rect) -> list[str]:
    """The lines of text that fit a rectangle in pixels: label and detail, the label alone, or nothing."""
    room = rect.width - 2 * PADDING_PX
    lines = int((rect.height - PADDING_PX) // LINE_PX)
    if lines < 1:
        return []
    shown = [label] if text_width(label) <= room else _wrapped(label, room, lines)
    return [*shown, detail] if shown and detail and lines > len(shown) and text_width(detail) <= room else shown


def _wrapped(label: str, room: float, lines: int) -> list[str]:
    """A label in two lines, broken at a space or, in Chinese, in the middle; empty where that does not fit either."""
    if lines < 2:
        return []
    words = label.split(" ")
    if len(words) > 1:
        pairs = [(" ".join(words[:at]), " ".join(words[at:])) for at in range(1, len(words))]
    else:
        middle = (len(label) + 1) // 2
        pairs = [(label[:middle], label[middle:])] if ord(label[:1] or " ") > 0x2E7F else []
    for pair in sorted(pairs, key=lambda pair: abs(len(pair[0]) - len(pair[1]))):
        if max(map(text_width, pair)) <= room:
            return list(pair)
    return []


def as_item(item: Any) -> TreemapItem:
    """An item from an object or a mapping with ``label``, ``value`` and, where known, ``url`` and ``detail``."""

    def read(name: str) -> Any:
        return item.get(name) if isinstance(item, Mapping) else getattr(item, name, None)

    value = as_decimal(read("value"))
    url, detail = str(read("url") or ""), str(read("detail") or "")
    return TreemapItem(str(read("label") or ""), max(0.0, float(value or 0)), url, detail)


def _percent(part: float, whole: float) -> str:
    return f"{part / whole * 100:.3f}%"


def _tile(item: TreemapItem, rect: Rect, tone: int, frame: tuple[int, int]) -> SafeString:
    lines = fitting_lines(item.label, item.detail, rect)
    text = format_html_join(
        "",
        '<text x="{}" y="{}"{}>{}</text>',
        (
            (PADDING_PX, LINE_PX * row + 2, mark_safe(' class="n"') if line == item.detail else "", line)
            for row, line in enumerate(lines, start=1)
        ),
    )
    body = format_html(
        '<svg x="{}" y="{}" width="{}" height="{}"><title>{}</title>'
        '<rect class="t{}" width="100%" height="100%"/>{}</svg>',
        _percent(rect.x, frame[0]),
        _percent(rect.y, frame[1]),
        _percent(rect.width, frame[0]),
        _percent(rect.height, frame[1]),
        f"{item.label} {item.detail}".strip(),
        tone,
        text,
    )
    if not item.url:
        return body
    return format_html('<a href="{}" aria-label="{}">{}</a>', item.url, f"{item.label} {item.detail}".strip(), body)


def _variant(
    items: Sequence[TreemapItem], name: str, frame: tuple[int, int], key: str, words: tuple[str, str]
) -> SafeString:
    rects = squarify([item.value for item in items], Rect(0, 0, *frame))
    tiles = [
        _tile(item, rect, min(rank, TONES - 1), frame)
        for rank, (item, rect) in enumerate(zip(items, rects, strict=True))
        if rect.area > 0
    ]
    # An image has no parts for assistive technology; one with links in it is a group.
    role = "group" if any(item.url for item in items) else "img"
    title, desc = words
    return format_html(
        '<svg class="{}" role="{}" aria-labelledby="{}-t" aria-describedby="{}-d" width="100%" height="{}">'
        '<title id="{}-t">{}</title><desc id="{}-d">{}</desc>{}</svg>',
        name,
        role,
        f"{key}-{name}",
        f"{key}-{name}",
        frame[1],
        f"{key}-{name}",
        title,
        f"{key}-{name}",
        desc,
        format_html_join("", "{}", ((tile,) for tile in tiles)),
    )


@register.simple_tag
def treemap(items: Iterable[Any], title: str = "", desc: str = "") -> SafeString:
    """``{% treemap items title desc %}``: a treemap, the largest first, in a form for phones and one for wide pages.

    Each item has ``label``, ``value``, ``url`` and ``detail``. Give the finding as ``title`` and what area and order
    mean as ``desc``; the page shows the same numbers in a table beside it.
    """
    ordered = sorted((as_item(item) for item in items), key=lambda item: -item.value)
    if not any(item.value for item in ordered):
        return SafeString("")
    key = f"tm{zlib.crc32(repr((title, ordered)).encode()):08x}"
    return format_html(
        '<div class="treemap">{}{}</div>',
        _variant(ordered, "narrow", NARROW, key, (title, desc)),
        _variant(ordered, "wide", WIDE, key, (title, desc)),
    )


@register.simple_tag
def bar_pair(planned: object, executed: object, maximum: object, expected: object = None) -> SafeString:
    """Two bars for a table cell: planned above, executed below, both against ``maximum`` of the column.

    ``expected`` draws a line at the amount that should be reached by now. The numbers stand in the row as text, so
    the drawing is hidden from assistive technology.
    """
    mark = share(expected, maximum)
    line = format_html('<line class="t" x1="{0}" x2="{0}" y1="0" y2="20"/>', f"{mark:.2f}") if mark else ""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="p" y="2" width="{}" height="7"/><rect class="e" y="11" width="{}" height="7"/>{}</svg>',
        f"{share(planned, maximum):.2f}",
        f"{share(executed, maximum):.2f}",
        line,
    )


@register.simple_tag
def voice_bar(value: object, maximum: object, group: str) -> SafeString:
    """How much one stakeholder group has said, in its colour; the number stands beside it as text."""
    return format_html(
        '<svg class="voice {}" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="rail" width="100" height="8"/><rect width="{}" height="8"/></svg>',
        group_class(group),
        f"{share(value, maximum):.2f}",
    )
