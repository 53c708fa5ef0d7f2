"""How the parts of a drawing are coloured: by class on a page, by attribute in a file of its own.

On a page the style sheet decides, so dark mode, print and forced colours need nothing more. A file that is taken away
has no style sheet and carries the light colours of ours with it.
"""

from __future__ import annotations

from django.utils.html import format_html
from django.utils.safestring import SafeString

FONT = "PingFang SC, Hiragino Sans GB, Microsoft YaHei, Noto Sans CJK SC, system-ui, sans-serif"
TONES = 6
SERIES = 5

PAPER, INK, FAINT, LINE = "#fffefb", "#1c2a33", "#55636b", "#ddd6c6"
_TILES = ("#0f4c5c", "#1a5666", "#265f6f", "#336877", "#3f707f", "#4b7684")
_SERIES = ("#0f4c5c", "#c98b2b", "#7a4b9d", "#2c5fae", "#55636b")
_PLAIN = {
    **{f"t{n}": {"fill": colour} for n, colour in enumerate(_TILES)},
    **{f"s{n}": {"fill": colour} for n, colour in enumerate(_SERIES)},
    **{f"l{n}": {"fill": "none", "stroke": colour, "stroke-width": "2.5"} for n, colour in enumerate(_SERIES)},
    **{f"f{n}": {"fill": colour, "fill-opacity": "0.3"} for n, colour in enumerate(_TILES)},
    "tile": {"fill": PAPER, "font-size": "14", "font-weight": "600"},
    "tile n": {"fill": PAPER, "font-size": "14"},
    "w": {"fill": INK, "font-size": "13"},
    "w e": {"fill": INK, "font-size": "13", "text-anchor": "end"},
    "w m": {"fill": INK, "font-size": "13", "text-anchor": "middle"},
    "v": {"fill": FAINT, "font-size": "12"},
    "v e": {"fill": FAINT, "font-size": "12", "text-anchor": "end"},
    "v m": {"fill": FAINT, "font-size": "12", "text-anchor": "middle"},
    "p": {"fill": "#0f4c5c"},
    "e": {"fill": "#c98b2b"},
    "g": {"stroke": LINE, "stroke-width": "1"},
    "k": {"stroke": INK, "stroke-width": "2"},
}


class Ink:
    """``ink("t0")`` is what a shape of that kind needs in its tag. Text in a file stands out from what is under it."""

    def __init__(self, *, alone: bool = False) -> None:
        self.alone = alone

    def __call__(self, name: str) -> SafeString:
        if not self.alone:
            return format_html(' class="{}"', name)
        return SafeString("".join(format_html(' {}="{}"', *pair) for pair in _PLAIN[name].items()))


ON_PAGE = Ink()
IN_FILE = Ink(alone=True)
