"""Template library ``charts``: figures drawn on the server as SVG.

Colours come from classes, so dark mode, print and forced colours need nothing here. Shapes are placed in per cent of
their frame while text keeps its size in pixels: a scaled drawing would print five-pixel text on a phone.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import template
from django.utils.html import format_html
from django.utils.safestring import SafeString

from portal.ui.charts.areas import Treemap, TreemapItem
from portal.ui.charts.bars import Bar, Bars
from portal.ui.charts.flow import Flow, Link, Node, flow_of
from portal.ui.charts.frame import Drawing, in_file, on_page
from portal.ui.charts.geometry import Rect, share, squarify
from portal.ui.charts.hundred import Hundred, Part
from portal.ui.charts.trend import Series, Trend
from portal.ui.charts.words import fitting_lines, text_width
from portal.ui.furniture import group_class

__all__ = [
    "Bar",
    "Bars",
    "Drawing",
    "Flow",
    "Hundred",
    "Link",
    "Node",
    "Part",
    "Rect",
    "Series",
    "Treemap",
    "TreemapItem",
    "Trend",
    "bar",
    "bar_pair",
    "drawing",
    "fitting_lines",
    "flow_of",
    "in_file",
    "on_page",
    "register",
    "share",
    "squarify",
    "text_width",
    "treemap",
    "voice_bar",
]  # fmt: skip

register = template.Library()


@register.simple_tag
def treemap(items: Iterable[Any], title: str = "", desc: str = "") -> SafeString:
    """``{% treemap items title desc %}``: a treemap, the largest first, in a form for phones and one for wide pages.

    Each item has ``label``, ``value``, ``url`` and ``detail``. Give the finding as ``title`` and what area and order
    mean as ``desc``; the page shows the same numbers in a table beside it.
    """
    drawn = Treemap.of(items)
    return on_page(drawn, title, desc) if drawn else SafeString("")


@register.simple_tag
def drawing(drawn: Drawing | None, title: str = "", desc: str = "") -> SafeString:
    """``{% drawing figure.drawing title desc %}``: any drawing, in both forms; nothing for nothing."""
    return on_page(drawn, title, desc) if drawn else SafeString("")


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
def bar(value: object, maximum: object) -> SafeString:
    """One bar for a table cell, against ``maximum`` of the column; the number stands in the row as text."""
    return format_html(
        '<svg class="bar" viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true" focusable="false">'
        '<rect class="p" y="3" width="{}" height="14"/></svg>',
        f"{share(value, maximum):.2f}",
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
