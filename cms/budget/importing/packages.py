"""What is inside of a packed file (.xlsx, .ods, .zip), looked at before it is unpacked.

A few kilobytes can unpack to gigabytes, and one lonely cell far out makes a reader set aside room for all before it.
"""

from __future__ import annotations

import fnmatch
import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import BinaryIO

from django.conf import settings
from django.utils.translation import gettext as _

from cms.budget.importing.budget_file import BudgetFile, Kind, damaged_archive, megabytes
from cms.budget.importing.problems import refusal
from portal.errors import TooLarge

# Everything that ``zipfile`` is known to raise for an archive made to break it.
FAULTS = (
    zipfile.BadZipFile,
    NotImplementedError,
    ValueError,
    EOFError,
    OSError,
    OverflowError,
    RuntimeError,
    struct.error,
    zlib.error,
)
ENTRY = b"PK\x01\x02"
# A workbook has some dozens of parts, one for each sheet and picture.
MOST_PARTS = 2000
# Budget tables shrink to a tenth or so. Small parts may shrink more.
HIGHEST_RATIO = 200
RATIO_MATTERS_FROM = 10 * 1024 * 1024
MOST_CELLS = 24_000_000
BLOCK_BYTES = 4 * 1024 * 1024
LONGEST_TAG = 64 * 1024

CELL = re.compile(
    rb"""<(?:\w+:)?c\s[^<>]*?\br\s*=\s*["']([A-Z]{1,3})([0-9]{1,7})["'][^<>]*>\s*<(?:\w+:)?(?:v|f|is)\b"""
)
ANY_CELL = re.compile(rb"<(?:\w+:)?c\s")
ERROR_CELL = re.compile(
    rb"""<(?:\w+:)?c\s(?=[^<>]{0,200}\bt=["']e["'])[^<>]{0,200}?\br=["']([A-Z]{1,3}[0-9]{1,7})["'][^<>]*>"""
    rb"""(?:\s*<(?:\w+:)?f[^<>]*>[^<]*</(?:\w+:)?f>|\s*<(?:\w+:)?f[^<>]*/>)?\s*<(?:\w+:)?v>([^<]*)<"""
)
UNCALCULATED = re.compile(
    rb"""<(?:\w+:)?c\s[^<>]{0,200}?\br=["']([A-Z]{1,3}[0-9]{1,7})["'][^<>]*>\s*<(?:\w+:)?f\b[^<>]*"""
    rb"""(?:/>|>[^<]*</(?:\w+:)?f>)\s*(?:<(?:\w+:)?v\s*/>|<(?:\w+:)?v></(?:\w+:)?v>)?\s*</(?:\w+:)?c>"""
)
ODS_ERROR = re.compile(rb"""calcext:value-type=["']error["'][^<>]*>\s*<text:p[^<>]*>([^<]*)<""")
ODS_REPEAT = re.compile(rb"""number-(rows|columns)-repeated=["']([0-9]{1,9})["']""")
ODS_ROW = re.compile(rb"<table:table-row\b([^<>]*?)(?:/>|>(.*?)</table:table-row>)", re.DOTALL)
ODS_CELL = re.compile(rb"<table:table-cell\b([^<>]*?)(/?)>")


def examine_package(file: BudgetFile) -> None:
    """Raises ``TooLarge`` or ``Invalid`` for a workbook that is not safe to read, or holds values in error."""
    with file.open() as opened:
        for part, archive in _parts(opened):
            blocks = _unpacked(archive, part)
            if file.kind is Kind.XLSX:
                # Another part of the workbook says where its sheets are: any of them may be one, whatever its name.
                _examine_sheet(blocks)
            elif file.kind is Kind.ODS and part.filename == "content.xml":
                _examine_content(b"".join(blocks))
            else:
                # Reading to the end compares the length and the checksum that the archive claims.
                for _block in blocks:
                    pass


def _parts(opened: BinaryIO) -> Iterator[tuple[zipfile.ZipInfo, zipfile.ZipFile]]:
    _require_few_parts(opened)
    try:
        archive = zipfile.ZipFile(opened)
        parts = archive.infolist()
    except FAULTS as error:
        raise damaged_archive() from error
    packed = max(1, opened.seek(0, os.SEEK_END))
    unpacked = sum(part.file_size for part in parts)
    limit = settings.BUDGET_UNPACKED_MAX_BYTES
    if unpacked > limit or (unpacked > RATIO_MATTERS_FROM and unpacked > packed * HIGHEST_RATIO):
        raise TooLarge(
            _("Unpacked, this file has %(size)s MB, which is far more than a budget of its size should have.")
            % {"size": megabytes(unpacked)},
            problem="too_large",
            limit=limit,
        )
    for part in parts:
        if part.flag_bits & 1:
            raise refusal("password", _("The archive is locked with a password. Please send it without one."))
        yield part, archive


def _require_few_parts(opened: BinaryIO) -> None:
    """By counting what marks each entry: listing an archive of a million entries takes seconds and much memory."""
    opened.seek(0)
    count, before = 0, b""
    while block := opened.read(BLOCK_BYTES):
        block = before + block
        count += block.count(ENTRY)
        before = block[-(len(ENTRY) - 1) :]
        if count > MOST_PARTS:
            raise TooLarge(_("The file holds more than %(count)d parts.") % {"count": MOST_PARTS}, problem="too_large")
    opened.seek(0)


def _unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(part) as content:
            while block := content.read(BLOCK_BYTES):
                yield block
    except FAULTS as error:
        raise damaged_archive() from error


def _examine_sheet(blocks: Iterator[bytes]) -> None:
    rest = b""
    last_row = last_column = 0
    for block in blocks:
        xml = rest + block
        # A cell that goes on in the next block is looked at there.
        cut = xml.rfind(b"<row", max(0, len(xml) - LONGEST_TAG))
        cut = cut if cut > 0 else len(xml)
        xml, rest = xml[:cut], xml[cut:]
        last_row, last_column = _examine_rows(xml, last_row, last_column)
    last_row, last_column = _examine_rows(rest, last_row, last_column)
    _require_bounded(last_row, last_column)


def _require_bounded(last_row: int, last_column: int) -> None:
    if last_row * last_column > MOST_CELLS:
        raise TooLarge(
            _(
                "The sheet reaches to row %(row)d and column %(column)d. Delete what lies outside of the table, "
                "and save it again."
            )
            % {"row": last_row, "column": last_column},
            problem="too_large",
        )


def _examine_rows(xml: bytes, last_row: int, last_column: int) -> tuple[int, int]:
    if found := ERROR_CELL.search(xml):
        raise refusal(
            "formula_error",
            _("Cell %(cell)s holds the error %(error)s instead of a value. Correct the formula and save the file.")
            % {"cell": found[1].decode(), "error": found[2].decode(errors="replace") or "#?"},
            cell=found[1].decode(),
        )
    if b"<f" in xml and (found := UNCALCULATED.search(xml)):
        raise refusal(
            "formula_error",
            _(
                "Cell %(cell)s holds a formula without a result. Open the file in a spreadsheet program and save it, "
                "so that the results are stored."
            )
            % {"cell": found[1].decode()},
            cell=found[1].decode(),
        )
    # No spreadsheet program writes comments among cells. A reader passes over them; what is looked for here does not.
    if b"<!" in xml and ANY_CELL.search(xml):
        raise damaged_archive()
    columns = set()
    for found in CELL.finditer(xml):
        columns.add(found[1])
        row = found[2]
        last_row = max(last_row, int(row))
    return last_row, max((last_column, *map(_column_number, columns)))


def _column_number(letters: bytes) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + letter - ord("A") + 1
    return number


def _examine_content(xml: bytes) -> None:
    if found := ODS_ERROR.search(xml):
        raise refusal(
            "formula_error",
            _("A cell holds the error %(error)s instead of a value. Correct the formula and save the file.")
            % {"error": found[1].decode(errors="replace")},
        )
    rows = last_row = last_column = 0
    for row in ODS_ROW.finditer(xml):
        rows += _repeats(row[1], b"rows")
        column = last_filled = 0
        for cell in ODS_CELL.finditer(row[2] or b""):
            column += _repeats(cell[1], b"columns")
            if b"value-type" in cell[1]:
                last_filled = column
        # Empty cells at the end of a row, and empty rows at the end of a sheet, are repeated a million times.
        if last_filled:
            last_row, last_column = rows, max(last_column, last_filled)
        _require_bounded(last_row, last_column)


def _repeats(attributes: bytes, what: bytes) -> int:
    return next((int(times) for kind, times in ODS_REPEAT.findall(attributes) if kind == what), 1)


# Archives ---------------------------------------------------------------------------------------

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")


def table_names(file: BudgetFile) -> list[str]:
    """The tables in an archive, in its order. Raises like ``examine_package``."""
    with file.open() as opened:
        names = [part.filename for part, _archive in _parts(opened) if not part.is_dir()]
    return [name for name in names if is_table(name)]


def is_table(name: str) -> bool:
    """Whether a part is a table by its name; what systems hide in archives is not."""
    folders, _slash, last = name.rpartition("/")
    return last.lower().endswith(TABLES) and not last.startswith((".", "~$")) and "__MACOSX" not in folders


def matching(names: list[str], pattern: str) -> list[str]:
    """The parts that a pattern names: the whole name, the name without folders, or with * and ? for what differs."""
    return [name for name in names if pattern in (name, name.rpartition("/")[2]) or fnmatch.fnmatchcase(name, pattern)]


def unpacked(file: BudgetFile, name: str) -> Iterator[bytes]:
    """The content of one part, in blocks."""
    with file.open() as opened:
        for part, archive in _parts(opened):
            if part.filename == name:
                yield from _unpacked(archive, part)
                return
