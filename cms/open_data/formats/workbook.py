"""XLSX (ECMA-376) written row by row: a sheet of lines and a sheet that says what the columns mean.

Written by hand, because what libraries write holds the time of writing, and either keeps all rows in memory or takes
ten times as long.
"""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator
from itertools import islice
from typing import IO, Any
from xml.sax.saxutils import escape

from cms.open_data.columns import Kind
from cms.open_data.datasets import LINES_AT_ONCE, Dataset
from cms.open_data.description import about
from cms.open_data.formats.archives import entry
from portal.ui.spreadsheets import guarded

# The last row that the format has, the header being the first.
ROWS_AT_MOST = 1_048_575
# Spreadsheet programs compute with 15 digits: a longer number stays exact as text only.
EXACT_DIGITS = 15
CELL_CHARS_AT_MOST = 32_767
CUT = " […]"
NOT_IN_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ufffe\uffff\ud800-\udfff]")
XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
MAIN = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PACKAGE = "http://schemas.openxmlformats.org/package/2006"
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
SHEETS = ("lines", "about")
# Cell formats: 0 general, 1 bold text, 2 text, so that a text edited by hand is still taken for a text.
BOLD, TEXT = 1, 2

PARTS = {
    "[Content_Types].xml": f'{XML}<Types xmlns="{PACKAGE}/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Default Extension="xml" ContentType="application/xml"/>'
    f'<Override PartName="/xl/workbook.xml" ContentType="{TYPE}.sheet.main+xml"/>'
    f'<Override PartName="/xl/styles.xml" ContentType="{TYPE}.styles+xml"/>'
    + "".join(
        f'<Override PartName="/xl/worksheets/sheet{number}.xml" ContentType="{TYPE}.worksheet+xml"/>'
        for number in range(1, len(SHEETS) + 1)
    )
    + "</Types>",
    "_rels/.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships"><Relationship Id="rId1" '
    f'Type="{OFFICE}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": f'{XML}<workbook xmlns="{MAIN}" xmlns:r="{OFFICE}"><sheets>'
    + "".join(f'<sheet name="{name}" sheetId="{number}" r:id="rId{number}"/>' for number, name in enumerate(SHEETS, 1))
    + "</sheets></workbook>",
    "xl/_rels/workbook.xml.rels": f'{XML}<Relationships xmlns="{PACKAGE}/relationships">'
    + "".join(
        f'<Relationship Id="rId{number}" Type="{OFFICE}/worksheet" Target="worksheets/sheet{number}.xml"/>'
        for number in range(1, len(SHEETS) + 1)
    )
    + f'<Relationship Id="rId9" Type="{OFFICE}/styles" Target="styles.xml"/></Relationships>',
    "xl/styles.xml": f'{XML}<styleSheet xmlns="{MAIN}">'
    '<fonts count="2"><font><sz val="11"/><name val="Calibri"/></font>'
    '<font><b/><sz val="11"/><name val="Calibri"/></font></fonts>'
    '<fills count="2"><fill><patternFill patternType="none"/></fill>'
    '<fill><patternFill patternType="gray125"/></fill></fills>'
    '<borders count="1"><border><left/><right/><top/><bottom/><diagonal/></border></borders>'
    '<cellStyleXfs count="1"><xf numFmtId="0" fontId="0" fillId="0" borderId="0"/></cellStyleXfs>'
    '<cellXfs count="3"><xf numFmtId="0" fontId="0" fillId="0" borderId="0" xfId="0"/>'
    '<xf numFmtId="49" fontId="1" fillId="0" borderId="0" xfId="0" applyFont="1" applyNumberFormat="1"/>'
    '<xf numFmtId="49" fontId="0" fillId="0" borderId="0" xfId="0" applyNumberFormat="1"/></cellXfs>'
    '<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>',
}
FROZEN = (
    '<sheetViews><sheetView workbookViewId="0"><pane ySplit="1" topLeftCell="A2" activePane="bottomLeft" '
    'state="frozen"/></sheetView></sheetViews>'
)


def write_workbook(dataset: Dataset, target: IO[bytes]) -> None:
    """Whoever calls has seen to it that the dataset has no more than ``ROWS_AT_MOST`` rows."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in PARTS.items():
            archive.writestr(entry(name), content)
        for number, rows in enumerate((_lines(dataset), _about(dataset)), 1):
            with archive.open(entry(f"xl/worksheets/sheet{number}.xml"), "w", force_zip64=True) as sheet:
                sheet.write(f'{XML}<worksheet xmlns="{MAIN}">{FROZEN}<sheetData>'.encode())
                while batch := "".join(islice(rows, LINES_AT_ONCE)):
                    sheet.write(batch.encode())
                sheet.write(b"</sheetData></worksheet>")


def _lines(dataset: Dataset) -> Iterator[str]:
    yield _row(_text(column.name, BOLD) for column in dataset.columns)
    is_text = [column.kind is Kind.STRING for column in dataset.columns]
    for record in dataset.records():
        yield _row(
            _text(guarded(value)) if texts else _number(value) for value, texts in zip(record, is_text, strict=True)
        )


def _about(dataset: Dataset) -> Iterator[str]:
    description = about(dataset)
    yield _row(_text(text, BOLD) for text in ("column", "meaning", "meaning_en"))
    for column in dataset.columns:
        yield _row(_text(text) for text in (column.name, column.meaning, column.meaning_en))
    for name in ("title", "title_en", "licence", "cite"):
        yield _row(_text(guarded(text)) for text in (name, description[name]))


def _row(cells: Iterable[str]) -> str:
    return f"<row>{''.join(cells)}</row>"


def _text(text: str, style: int = TEXT) -> str:
    if not text:
        return "<c/>"
    if len(text) > CELL_CHARS_AT_MOST:
        text = text[: CELL_CHARS_AT_MOST - len(CUT)] + CUT
    shown = escape(NOT_IN_XML.sub("\ufffd", text))
    return f'<c s="{style}" t="inlineStr"><is><t xml:space="preserve">{shown}</t></is></c>'


def _number(value: Any) -> str:
    if value is None:
        return "<c/>"
    text = str(value)
    if sum(character.isdigit() for character in text) > EXACT_DIGITS:
        return _text(text)
    return f"<c><v>{text}</v></c>"
