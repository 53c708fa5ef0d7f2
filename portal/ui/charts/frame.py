"""What every drawing is: a form for phones, one for wide pages, and one that is taken away as a file."""

from __future__ import annotations

import zlib
from collections.abc import Iterable
from typing import Any, Protocol

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from portal.ui.charts.ink import FAINT, FONT, IN_FILE, INK, ON_PAGE, PAPER, Ink
from portal.ui.charts.words import wrapped

# Containers in CSS pixels: the narrowest that each form is shown in, which is what labels must fit.
NARROW_PX = 288
WIDE_PX = 576
# A file: wide enough for a slide or a page of a paper.
FILE_PX = 1080
MARGIN_PX = 40


class Drawing(Protocol):
    """Placed in per cent of its width and in pixels of its height: any width, and text keeps its size."""

    name: str

    @property
    def is_linked(self) -> bool: ...

    def height(self, width: int) -> int: ...

    def shapes(self, width: int, ink: Ink) -> SafeString: ...


def percent(part: float, whole: float) -> str:
    """A length for an attribute, as a part of the frame."""
    return f"{part / whole * 100:.3f}".rstrip("0").rstrip(".") + "%"


def joined(parts: Iterable[Any]) -> SafeString:
    return format_html_join("", "{}", ((part,) for part in parts))


def on_page(drawing: Drawing, title: str, desc: str) -> SafeString:
    """Both forms; the container decides which one shows. Names are unique on a page for different drawings."""
    key = f"{drawing.name[:2]}{zlib.crc32(repr((title, drawing)).encode()):08x}"
    # An image has no parts for assistive technology; one with links in it is a group.
    role = "group" if drawing.is_linked else "img"
    variants = [
        format_html(
            '<svg class="{0}" role="{1}" aria-labelledby="{2}-t" aria-describedby="{2}-d" width="100%" height="{3}">'
            '<title id="{2}-t">{4}</title><desc id="{2}-d">{5}</desc>{6}</svg>',
            name,
            role,
            f"{key}-{name}",
            drawing.height(width),
            title,
            desc,
            drawing.shapes(width, ON_PAGE),
        )
        for name, width in (("narrow", NARROW_PX), ("wide", WIDE_PX))
    ]
    return format_html('<div class="drawing {}">{}</div>', drawing.name, joined(variants))


def in_file(drawing: Drawing, title: str, desc: str, source: str) -> str:
    """A whole SVG file: the finding above, the source below, nothing that has to be fetched."""
    inner = FILE_PX - 2 * MARGIN_PX
    heading = wrapped(title, inner, 28)
    notes = [*wrapped(desc, inner, 15)]
    sources = wrapped(source, inner, 14)
    top = MARGIN_PX + 38 * len(heading) + 24 * len(notes) + 16
    height = drawing.height(inner)
    bottom = top + height + 36
    body = [
        *(_line(MARGIN_PX, MARGIN_PX + 38 * row + 24, text, 28, INK, "700") for row, text in enumerate(heading)),
        *(
            _line(MARGIN_PX, MARGIN_PX + 38 * len(heading) + 24 * row + 18, text, 15, FAINT)
            for row, text in enumerate(notes)
        ),
        format_html(
            '<svg x="{}" y="{}" width="{}" height="{}">{}</svg>',
            MARGIN_PX,
            top,
            inner,
            height,
            drawing.shapes(inner, IN_FILE),
        ),
        *(_line(MARGIN_PX, bottom + 22 * row, text, 14, FAINT) for row, text in enumerate(sources)),
    ]
    whole = bottom + 22 * len(sources) + MARGIN_PX - 22
    return format_html(
        '<svg xmlns="http://www.w3.org/2000/svg" width="{0}" height="{1}" viewBox="0 0 {0} {1}" font-family="{2}" '
        'role="img"><title>{3}</title><desc>{4}</desc><rect width="{0}" height="{1}" fill="{5}"/>{6}</svg>',
        FILE_PX,
        whole,
        FONT,
        title,
        desc,
        PAPER,
        joined(body),
    )


def _line(x: int, y: int, text: str, size: int, fill: str, weight: str = "400") -> SafeString:
    return format_html(
        '<text x="{}" y="{}" font-size="{}" font-weight="{}" fill="{}">{}</text>', x, y, size, weight, fill, text
    )
