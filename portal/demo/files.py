"""Small real files that people of the city attach: tables as CSV, reports as PDF."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from django.core.files.uploadedfile import SimpleUploadedFile

CHARACTERS_A_LINE = 36
LINES_A_PAGE = 38
PLACES = (
    "东苑社区",
    "老桥片区",
    "柳溪小学周边",
    "城南新村",
    "张家坪村",
    "白鹭洲",
    "菜市场片区",
    "高铁站片区",
    "石门镇",
    "云川学院",
)


def attachment(kind: str, title: str, text: str, day: date) -> SimpleUploadedFile:
    """A ``csv`` of checks or a ``pdf`` with the text, named after its subject."""
    if kind == "csv":
        return SimpleUploadedFile(f"{title}-明细.csv", checks_csv(title, day), "text/csv")
    return SimpleUploadedFile(
        f"{title}-材料.pdf", report_pdf([title, "", *wrapped(text), "", day.isoformat()]), "application/pdf"
    )


def checks_csv(seed: str, day: date) -> bytes:
    """What was looked at, where and when, and what was found."""
    rng = Random(seed)
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(["序号", "日期", "地点", "检查结果", "得分"])
    for number in range(1, 25):
        score = 62 + int(rng.random() * 38)
        seen = day - timedelta(days=int(rng.random() * 20))
        place = PLACES[int(rng.random() * len(PLACES))]
        writer.writerow([number, seen.isoformat(), place, "达标" if score >= 75 else "不达标", score])
    return b"\xef\xbb\xbf" + text.getvalue().encode()


def wrapped(text: str) -> list[str]:
    return [text[start : start + CHARACTERS_A_LINE] for start in range(0, len(text), CHARACTERS_A_LINE)]


def report_pdf(lines: Sequence[str]) -> bytes:
    """One page of text. The font is one that PDF readers bring along for Chinese, so none is embedded."""
    shown = [f"<{line.encode('utf-16-be').hex()}> Tj T*" for line in lines[:LINES_A_PAGE]]
    page = "\n".join(["BT", "/F1 12 Tf", "19 TL", "64 780 Td", *shown, "ET"]).encode()
    return _pdf(
        [
            b"<< /Type /Catalog /Pages 2 0 R >>",
            b"<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R"
            b" /Resources << /Font << /F1 5 0 R >> >> >>",
            b"<< /Length %d >>\nstream\n%b\nendstream" % (len(page), page),
            b"<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H"
            b" /DescendantFonts [6 0 R] >>",
            b"<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /FontDescriptor 7 0 R"
            b" /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 2 >> >>",
            b"<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880]"
            b" /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>",
        ]
    )


def _pdf(objects: Sequence[bytes]) -> bytes:
    content = bytearray(b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n")
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(content))
        content += b"%d 0 obj\n%b\nendobj\n" % (number, body)
    start = len(content)
    content += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    content += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    content += b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    return bytes(content)
