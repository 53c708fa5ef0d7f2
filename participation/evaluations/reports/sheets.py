"""A report as a workbook to fill in without a connection, and back: two sheets, one row an indicator or a finding.

A workbook that comes back is read by a process of its own, with little memory and time (``cms.budget.importing``).
"""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

from django.utils.translation import gettext as _
from openpyxl import Workbook
from openpyxl.cell.cell import ILLEGAL_CHARACTERS_RE
from openpyxl.styles import Alignment, Font
from openpyxl.worksheet.worksheet import Worksheet

from cms.budget.importing.budget_file import BudgetFile, Kind
from cms.budget.importing.reading import Meter
from cms.budget.importing.workbooks import Book, open_book
from participation.evaluations.reports import content as contents
from participation.evaluations.reports.models import EvaluationReport
from portal.errors import Invalid, TooLarge

MAX_BYTES = 1024 * 1024
SCORES, FINDINGS = "评分", "问题"
SCORE_COLUMNS = ("code", "name", "weight", "evidence_wanted", "points", "reason", "evidence")
FINDING_COLUMNS = ("id", "title", "severity", "explanation", "recommendation")
# What stands above the columns; found by these words when the file comes back.
WORDS = {
    "code": "编号 Code",
    "name": "指标 Indicator",
    "weight": "分值 Points",
    "evidence_wanted": "所需佐证 Evidence wanted",
    "points": "得分 Score",
    "reason": "理由 Reason",
    "evidence": "佐证 Evidence",
    "id": "勿改 Do not change",
    "title": "问题 Finding",
    "severity": "程度 Severity (minor, major, critical)",
    "explanation": "说明 Explanation",
    "recommendation": "建议 Recommendation",
}
WIDTHS = {"code": 8, "weight": 10, "points": 10, "id": 10, "severity": 16}
USUAL_WIDTH = 36
EMPTY_FINDINGS = 10
ROWS_MAX = 200


def write_report(report: EvaluationReport) -> bytes:
    """The workbook with what the draft holds so far."""
    book = Workbook()
    given = report.draft.get("scores", {})
    scores = [
        {
            "code": indicator.code,
            "name": indicator.name,
            "weight": indicator.weight,
            "evidence_wanted": indicator.evidence,
            **given.get(indicator.code, {}),
        }
        for indicator in contents.indicators_of(report)
    ]
    sheet = book.active
    sheet.title = SCORES
    _fill(sheet, SCORE_COLUMNS, scores)
    findings = [*report.draft.get("findings", []), *({} for _row in range(EMPTY_FINDINGS))]
    _fill(book.create_sheet(FINDINGS), FINDING_COLUMNS, findings)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def _fill(sheet: Worksheet, columns: tuple[str, ...], rows: Iterable[dict[str, Any]]) -> None:
    for column, name in enumerate(columns, start=1):
        cell = sheet.cell(1, column, WORDS[name])
        cell.font = Font(bold=True)
        sheet.column_dimensions[cell.column_letter].width = WIDTHS.get(name, USUAL_WIDTH)
    for number, row in enumerate(rows, start=2):
        for column, name in enumerate(columns, start=1):
            cell = sheet.cell(number, column)
            cell.value = ILLEGAL_CHARACTERS_RE.sub("", str(row.get(name, "")))
            # Never a formula, whatever somebody typed.
            cell.data_type = "s"
            cell.alignment = Alignment(wrap_text=True, vertical="top")
    sheet.freeze_panes = "A2"


def read_report(content: bytes, name: str) -> dict[str, Any]:
    """``scores`` and ``findings`` as ``content.cleaned`` takes them. Raises ``Invalid`` or ``TooLarge``."""
    if len(content) > MAX_BYTES:
        raise TooLarge(_("A sheet has at most 1 MB. Remove pictures and other sheets from it."), field="file")
    file = BudgetFile(name, content)
    if file.kind is not Kind.XLSX:
        raise Invalid(_("Please send the workbook that you took from here (.xlsx)."), field="file")
    book = open_book(file)
    scores = {row.pop("code"): row for row in _rows(book, SCORES, SCORE_COLUMNS) if row.get("code")}
    findings = [row for row in _rows(book, FINDINGS, FINDING_COLUMNS) if any(row[n] for n in FINDING_COLUMNS[1:])]
    return {"scores": scores, "findings": findings}


def _rows(book: Book, title: str, columns: tuple[str, ...]) -> list[dict[str, str]]:
    sheet = next((sheet for sheet in book.sheets if sheet.name.strip() == title), None)
    if sheet is None:
        raise Invalid(_("There is no sheet “%(sheet)s”.") % {"sheet": title}, field="file")
    rows = book.rows(sheet, Meter())
    header = [cell.strip() for cell in next(rows, [])]
    missing = [WORDS[name] for name in columns if WORDS[name] not in header]
    if missing:
        raise Invalid(_("There is no column “%(column)s”.") % {"column": missing[0]}, field="file")
    places = {name: header.index(WORDS[name]) for name in columns}
    found = []
    for number, row in enumerate(rows):
        if number >= ROWS_MAX:
            raise TooLarge(_("The workbook has more rows than an evaluation needs."), field="file")
        found.append({name: row[place].strip() if place < len(row) else "" for name, place in places.items()})
    return found
