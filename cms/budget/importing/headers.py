"""Where the header of a table is: under the title rows that offices print above it, over one row or several."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

from django.utils.translation import gettext as _

from cms.budget.importing.mapping import FileSection
from cms.budget.importing.problems import refusal, shown

NUMERIC = re.compile(r"[-+(]?[0-9][0-9.,\s]*\)?")
# How far down a header is looked for, and over how many rows it may go.
DEEPEST = 30
MOST_ROWS = 2
JOINED = "/"


@dataclass(frozen=True)
class Header:
    """``skip``: rows above it, counted from the first row of the file. ``names`` is None for a table without one."""

    skip: int
    rows: int
    names: list[str] | None
    above: tuple[str, ...] = ()

    @property
    def data_starts(self) -> int:
        return self.skip + (self.rows if self.names is not None else 0)


def find_header(first_rows: list[list[str]], declared: FileSection, wanted: Collection[str]) -> Header:
    """``first_rows`` begin with the first row of the file. ``wanted``: the names by which the mapping asks for
    columns; a header that has all of them is the header."""
    blank = next((place for place, row in enumerate(first_rows) if _filled(row)), None)
    if blank is None:
        raise refusal("empty_file", _("The file holds no data."))
    if declared.skip_rows is not None:
        blank = declared.skip_rows
    has_header = declared.header
    rows = declared.header_rows or 1
    if has_header is None and not wanted and declared.header_rows is None and declared.skip_rows is None:
        skip = title_rows(first_rows, blank)
        has_header = looks_like_header(first_rows[skip:])
        return _header(first_rows, skip, rows, has_header, blank)
    if has_header is None:
        has_header = True if wanted or declared.header_rows else looks_like_header(first_rows[blank:])
    if wanted and not has_header:
        raise refusal("no_header", _("Without a header, columns have to be given by position, counted from 0."))
    if wanted and declared.skip_rows is None:
        found = _row_that_names(first_rows, blank, wanted, declared.header_rows)
        if found:
            return _header(first_rows, *found, True, blank)
    return _header(first_rows, blank, rows, has_header, blank)


def _header(first_rows: list[list[str]], skip: int, rows: int, has_header: bool, blank: int) -> Header:
    above = tuple(" ".join(cell for cell in map(str.strip, row) if cell) for row in first_rows[:skip])
    if not has_header:
        return Header(skip, 0, None, above)
    names = joined_names(first_rows[skip : skip + rows])
    if not any(names):
        raise refusal("no_header", _("Row %(row)d should be the header, but it is empty.") % {"row": skip + 1})
    while names and not names[-1]:
        names.pop()
    return Header(skip, rows, names, above)


def joined_names(rows: list[list[str]]) -> list[str]:
    """One name for each column. Over several rows the names of groups stand before those of their columns: a cell that
    was merged over several columns has its text in the first of them."""
    if not rows:
        return []
    width = max(map(len, rows))
    parts: list[list[str]] = []
    for number, row in enumerate(rows):
        cells = [" ".join(cell.split()) for cell in row] + [""] * (width - len(row))
        if number < len(rows) - 1:
            lower = rows[number + 1]
            for index in range(1, width):
                # Only where the row below names a column does a group go on.
                if not cells[index] and index < len(lower) and lower[index].strip():
                    cells[index] = cells[index - 1]
        parts.append(cells)
    return [JOINED.join(dict.fromkeys(cell for cell in column if cell)) for column in zip(*parts, strict=True)]


def _row_that_names(
    first_rows: list[list[str]], start: int, wanted: Collection[str], rows: int | None
) -> tuple[int, int] | None:
    heights = [rows] if rows else range(1, MOST_ROWS + 1)
    for height in heights:
        for skip in range(start, min(start + DEEPEST, len(first_rows))):
            if set(wanted) <= set(joined_names(first_rows[skip : skip + height])):
                return skip, height
    return None


def _filled(row: list[str]) -> list[str]:
    return [cell for cell in row if cell.strip()]


def title_rows(first_rows: list[list[str]], start: int = 0) -> int:
    """The place of the first row that is as wide as the table: titles and units stand above it."""
    widths = Counter(len(_filled(row)) for row in first_rows[start:] if len(_filled(row)) > 1)
    if not widths:
        return start
    usual = max(widths, key=lambda width: (widths[width], width))
    for place in range(start, min(start + DEEPEST, len(first_rows))):
        filled = _filled(first_rows[place])
        # A row with a number may be sparse data, which must not get lost as a title.
        if len(filled) >= max(2, usual * 0.6) or any(NUMERIC.fullmatch(cell.strip()) for cell in filled):
            return place
    return start


def looks_like_header(first_rows: list[list[str]]) -> bool:
    """Whether the first row lacks numbers where the following rows have them."""
    if not first_rows:
        return False
    head, *body = first_rows
    columns = [
        index
        for index in range(len(head))
        if body
        and all(NUMERIC.fullmatch(row[index].strip()) for row in body if len(row) > index and row[index].strip())
        and any(len(row) > index and row[index].strip() for row in body)
    ]
    return bool(columns) and not any(NUMERIC.fullmatch(head[index].strip()) for index in columns)


def second_header_row(first_rows: list[list[str]], skip: int) -> bool:
    """Whether the row under a header goes on with it: it has no numbers, and fills what merged cells left empty."""
    if skip + 1 >= len(first_rows):
        return False
    upper, lower = first_rows[skip], first_rows[skip + 1]
    gaps = [index for index in range(len(upper)) if not upper[index].strip()]
    fills = [index for index in gaps if index < len(lower) and lower[index].strip()]
    return bool(fills) and not any(NUMERIC.fullmatch(cell.strip()) for cell in lower if cell.strip())


def said_above(header: Header, limit: int = 60) -> str:
    return shown(" · ".join(text for text in header.above if text), limit)
