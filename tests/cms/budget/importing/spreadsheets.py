"""Small spreadsheets in the formats that offices send, and broken ones."""

from __future__ import annotations

import io
import struct
import zipfile
from collections.abc import Mapping
from typing import Any
from xml.sax.saxutils import escape

from openpyxl import Workbook

HEADER = ["department", "amount"]


def xlsx(rows: list[list[Any]], *, sheets: Mapping[str, list[list[Any]]] | None = None, merged: str = "") -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)
    if merged:
        book.active.merge_cells(merged)
    for name, others in (sheets or {}).items():
        sheet = book.create_sheet(name)
        for row in others:
            sheet.append(row)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def changed(package: bytes, part: str, old: bytes, new: bytes) -> bytes:
    """A package in which one part says something else."""
    source, out = zipfile.ZipFile(io.BytesIO(package)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info)
            if info.filename == part:
                assert old in content
                content = content.replace(old, new)
            target.writestr(info.filename, content)
    return out.getvalue()


def renamed(package: bytes, part: str, name: str) -> bytes:
    """A package in which one part lies elsewhere, and every part that names it says so."""
    source, out = zipfile.ZipFile(io.BytesIO(package)), io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for info in source.infolist():
            content = source.read(info).replace(f"/{part}".encode(), f"/{name}".encode())
            target.writestr(name if info.filename == part else info.filename, content)
    return out.getvalue()


SHEET = "xl/worksheets/sheet1.xml"


def archive(**files: bytes | str) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        for name, content in files.items():
            target.writestr(name.replace("__", "/").replace("_csv", ".csv").replace("_xlsx", ".xlsx"), content)
    return out.getvalue()


def ods(rows: list[list[Any]], tail: str = "") -> bytes:
    def cell(value: Any) -> str:
        if isinstance(value, int | float):
            return f'<table:table-cell office:value-type="float" office:value="{value}"><text:p>{value}</text:p></table:table-cell>'
        return f'<table:table-cell office:value-type="string"><text:p>{escape(value)}</text:p></table:table-cell>'

    body = "".join(f"<table:table-row>{''.join(map(cell, row))}</table:table-row>" for row in rows)
    content = (
        '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
        'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" '
        'xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
        'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" '
        'xmlns:calcext="urn:org:documentfoundation:names:experimental:calc:xmlns:calcext:1.0">'
        f'<office:body><office:spreadsheet><table:table table:name="表一">{body}{tail}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = (
        '<?xml version="1.0"?><manifest:manifest '
        'xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"></manifest:manifest>'
    )
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as target:
        target.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        target.writestr("content.xml", content)
        target.writestr("META-INF/manifest.xml", manifest)
    return out.getvalue()


def record(kind: int, data: bytes) -> bytes:
    """One record of the binary format of Excel 97."""
    return struct.pack("<HH", kind, len(data)) + data


def xls(rows: list[list[Any]], *, tail: bytes = b"") -> bytes:
    """A workbook in the binary format of Excel 97: one sheet in a compound file. ``tail``: more records."""

    def bof(kind: int) -> bytes:
        return record(0x0809, struct.pack("<HHHHII", 0x0600, kind, 0x0DBB, 0x07CC, 0, 6))

    cells = b""
    for r, row in enumerate(rows):
        for c, value in enumerate(row):
            if isinstance(value, int | float):
                cells += record(0x0203, struct.pack("<HHHd", r, c, 0, value))
            else:
                text = value.encode("utf-16-le")
                cells += record(0x0204, struct.pack("<HHHHB", r, c, 0, len(value), 1) + text)
    width = max(map(len, rows))
    dimensions = record(0x0200, struct.pack("<IIHHH", 0, len(rows), 0, width, 0))
    sheet = bof(0x0010) + dimensions + cells + tail + record(0x000A, b"")
    name = b"Sheet1"
    codepage = record(0x0042, struct.pack("<H", 1200))

    def book(at: int) -> bytes:
        bound = record(0x0085, struct.pack("<IHBB", at, 0, len(name), 0) + name)
        return bof(0x0005) + codepage + bound + record(0x000A, b"")

    stream = book(len(book(0))) + sheet
    return compound("Workbook", stream)


def encrypted_xlsx() -> bytes:
    """What a spreadsheet program writes with a password: a compound file around an encrypted package."""
    return compound("EncryptedPackage", b"\x00" * 5000)


def compound(name: str, stream: bytes) -> bytes:
    size = max(len(stream), 4096)
    sectors = -(-size // 512)
    stream = stream.ljust(sectors * 512, b"\0")
    end, free, fat_mark = 0xFFFFFFFE, 0xFFFFFFFF, 0xFFFFFFFD
    # Sector 0: allocation table; 1: directory; from 2: the stream.
    table = [fat_mark, end, *range(3, sectors + 2), end]
    assert len(table) <= 128
    fat = struct.pack("<128I", *table, *[free] * (128 - len(table)))

    def entry(label: str, kind: int, child: int, start: int, length: int) -> bytes:
        text = label.encode("utf-16-le") + b"\0\0"
        return (
            text.ljust(64, b"\0")
            + struct.pack("<HBBIII", len(text) if label else 0, kind, 1, free, free, child)
            + b"\0" * 36
            + struct.pack("<IQ", start, length)
        )

    directory = entry("Root Entry", 5, 1, end, 0) + entry(name, 2, free, 2, size) + entry("", 0, free, 0, 0) * 2
    header = (
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
        + b"\0" * 16
        + struct.pack("<HHHHH6x", 0x3E, 3, 0xFFFE, 9, 6)
        + struct.pack("<IIIIIIIII", 0, 1, 1, 0, 4096, end, 0, end, 0)
        + struct.pack("<109I", 0, *[free] * 108)
    )
    return header + fat + directory + stream
