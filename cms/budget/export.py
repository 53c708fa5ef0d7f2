"""The lines of a release as CSV, written in pieces so that the longest budget needs no more memory than a short one."""

from __future__ import annotations

import csv
import io
from collections.abc import AsyncIterator, Iterator

from asgiref.sync import sync_to_async

from cms.budget.models import Line, Phase, Release
from cms.budget.queries import phases_of
from portal.currency import in_major_units

LINES_PER_PIECE = 1000
# Spreadsheet programs read the mark as "this is UTF-8"; without it Chinese names arrive as rubbish.
BYTE_ORDER_MARK = "\ufeff"
# What makes a spreadsheet program take a text for a formula, full-width forms included.
FORMULA_STARTS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
TEXT_COLUMNS = (
    "department_code",
    "department",
    "programme_code",
    "programme",
    "functional_code",
    "functional",
    "economic_code",
    "economic",
    "fund",
    "note",
)


def guarded(text: str) -> str:
    """A text that no spreadsheet program runs: a leading apostrophe shows it as it is."""
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def written(amount: int | None, currency: str) -> str:
    """Minor units as a plain decimal number with all places of the currency; empty where nothing was published."""
    return "" if amount is None else f"{in_major_units(amount, currency):f}"


def header(phases: list[Phase]) -> list[str]:
    return ["row", *TEXT_COLUMNS, "currency", *phases, "line"]


def record(line: Line, currency: str, phases: list[Phase]) -> list[str]:
    department, programme = line.department, line.programme
    texts = (
        department.code if department else "",
        department.name if department else "",
        programme.code if programme else "",
        programme.name if programme else "",
        line.functional_code,
        line.functional_name,
        line.economic_code,
        line.economic_name,
        line.fund,
        line.note,
    )
    amounts = [written(getattr(line, phase), currency) for phase in phases]
    return [str(line.row_number), *map(guarded, texts), currency, *amounts, str(line.row_id)]


def csv_pieces(release: Release) -> Iterator[bytes]:
    """The file in pieces: a header and every fact of the release, in the order of the source. UTF-8 with a mark.

    Each piece is a query of its own, so no cursor stays open while a slow reader is being served.
    """
    phases = phases_of(release)
    yield _written([header(phases)], BYTE_ORDER_MARK)
    last = 0
    while lines := list(_after(release, last)):
        yield _written([record(line, release.currency, phases) for line in lines])
        last = lines[-1].row_number


async def csv_pieces_async(release: Release) -> AsyncIterator[bytes]:
    """The same for an asynchronous server, which would otherwise read the whole file before sending any of it."""
    pieces = csv_pieces(release)
    following = sync_to_async(lambda: next(pieces, None))
    while (piece := await following()) is not None:
        yield piece


def _after(release: Release, row_number: int) -> Iterator[Line]:
    lines = Line.objects.filter(release=release, is_leaf=True, row_number__gt=row_number)
    yield from lines.select_related("department", "programme").order_by("row_number")[:LINES_PER_PIECE]


def _written(rows: list[list[str]], start: str = "") -> bytes:
    text = io.StringIO(start)
    text.seek(0, io.SEEK_END)
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()
