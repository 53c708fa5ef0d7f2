"""How much room words take, and which of them stand in a drawing."""

from __future__ import annotations

from portal.ui.charts.geometry import Rect

FONT_PX = 14
LINE_PX = 20
PADDING_PX = 8


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


def shortened(text: str, room: float, font_px: float = FONT_PX) -> str:
    """``text`` as far as it fits ``room`` pixels, with an ellipsis where it was cut; empty where not even that fits."""
    if text_width(text, font_px) <= room:
        return text
    room -= text_width("…", font_px)
    kept = ""
    for character in text:
        if text_width(kept + character, font_px) > room:
            break
        kept += character
    return f"{kept.rstrip()}…" if kept else ""


def wrapped(text: str, room: float, font_px: float = FONT_PX) -> list[str]:
    """``text`` in lines of at most ``room`` pixels, broken at spaces or between Chinese characters."""
    lines, line = [], ""
    for piece in _pieces(text):
        if line and text_width((line + piece).rstrip(), font_px) > room:
            lines.append(line.rstrip())
            line = piece.lstrip()
        else:
            line += piece
    return [*lines, line.rstrip()] if line.strip() else lines


# No line begins with one of these.
CLOSING = "，。、；：！？）》”’％%,.;:!?)"


def _pieces(text: str) -> list[str]:
    """Runs that hold together: a Latin word with the space after it, a Chinese character with what closes it."""
    pieces: list[str] = []
    for character in text:
        joins = pieces and (
            character in CLOSING
            or character == " "
            or (ord(character) <= 0x2E7F and ord(pieces[-1][-1]) <= 0x2E7F and not pieces[-1].endswith(" "))
        )
        if joins:
            pieces[-1] += character
        else:
            pieces.append(character)
    return pieces
