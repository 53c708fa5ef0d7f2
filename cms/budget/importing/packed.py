"""What is inside of a packed file (.xlsx, .ods, .zip), looked at before it is unpacked.

A few kilobytes can unpack to gigabytes, and one lonely cell far out makes a reader set aside room for all before it.
Nothing here needs Django: the process that reads spreadsheets imports it too.
"""

from __future__ import annotations

import os
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from typing import Any, BinaryIO

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


class Unfit(Exception):
    """Why a file is not read: ``why`` is a word that ``packages.refused`` puts into a sentence, with ``values``."""

    def __init__(self, why: str, **values: Any) -> None:
        super().__init__(why)
        self.why = why
        self.values = values


def examine(opened: BinaryIO, kind: str, most_bytes: int) -> None:
    """Raises ``Unfit`` for a workbook (``xlsx`` or ``ods``) that is not safe to read, or holds values in error."""
    for part, archive in parts(opened, most_bytes):
        blocks = unpacked(archive, part)
        if kind == "xlsx":
            # Another part of the workbook says where its sheets are: any of them may be one, whatever its name.
            _examine_sheet(blocks)
        elif kind == "ods" and part.filename == "content.xml":
            _examine_content(b"".join(blocks))
        else:
            # Reading to the end compares the length and the checksum that the archive claims.
            for _block in blocks:
                pass


def listed(opened: BinaryIO) -> zipfile.ZipFile:
    """An archive that has not too many parts, found by counting what marks each entry: listing an archive of a million
    entries takes seconds and much memory."""
    opened.seek(0)
    count, before = 0, b""
    while block := opened.read(BLOCK_BYTES):
        block = before + block
        count += block.count(ENTRY)
        before = block[-(len(ENTRY) - 1) :]
        if count > MOST_PARTS:
            raise Unfit("many_parts", count=MOST_PARTS)
    opened.seek(0)
    try:
        return zipfile.ZipFile(opened)
    except FAULTS as error:
        raise Unfit("damaged") from error


def parts(opened: BinaryIO, most_bytes: int) -> Iterator[tuple[zipfile.ZipInfo, zipfile.ZipFile]]:
    archive = listed(opened)
    found = archive.infolist()
    packed = max(1, opened.seek(0, os.SEEK_END))
    size = sum(part.file_size for part in found)
    if size > most_bytes or (size > RATIO_MATTERS_FROM and size > packed * HIGHEST_RATIO):
        raise Unfit("unpacked_size", size=size, limit=most_bytes)
    for part in found:
        if part.flag_bits & 1:
            raise Unfit("archive_password")
        yield part, archive


def unpacked(archive: zipfile.ZipFile, part: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(part) as content:
            while block := content.read(BLOCK_BYTES):
                yield block
    except FAULTS as error:
        raise Unfit("damaged") from error


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
        raise Unfit("reach", row=last_row, column=last_column)


def _examine_rows(xml: bytes, last_row: int, last_column: int) -> tuple[int, int]:
    if found := ERROR_CELL.search(xml):
        raise Unfit("formula_error", cell=found[1].decode(), error=found[2].decode(errors="replace") or "#?")
    if b"<f" in xml and (found := UNCALCULATED.search(xml)):
        raise Unfit("uncalculated", cell=found[1].decode())
    # No spreadsheet program writes comments among cells. A reader passes over them; what is looked for here does not.
    if b"<!" in xml and ANY_CELL.search(xml):
        raise Unfit("damaged")
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
        raise Unfit("ods_error", error=found[1].decode(errors="replace"))
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
