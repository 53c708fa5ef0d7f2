"""A table of tasks as it comes in: CSV, or a workbook that a limited process of its own reads."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from io import StringIO

from django.utils.translation import gettext as _

from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.cells import NumberCell
from cms.budget.importing.reading import Meter
from cms.budget.importing.workbooks import open_book
from participation.rectification.tables.columns import IN, OUT
from portal.errors import Invalid, TooLarge

MOST_ROWS = 2000
MOST_BYTES = 5 * 2**20
# A spreadsheet keeps no more digits of a number; what came after them is lost.
DIGITS_KEPT = 15


def read_rows(name: str, content: bytes) -> list[dict[str, str]]:
    """The rows by the names of their columns, every value a text. Raises ``Invalid`` or ``TooLarge``."""
    if len(content) > MOST_BYTES:
        raise TooLarge(_("The file is larger than 5 MB."), field="file")
    file = BudgetFile(name, content)
    rows = _of_workbook(file) if file.kind.is_workbook else _of_text(content)
    head = [cell.strip().lower() for cell in next(rows, [])]
    missing = [name for name in ("finding", "title", "department") if name not in head]
    unknown = [name for name in head if name and name not in (*IN, *OUT)]
    if missing or unknown or len(set(head)) < len(head):
        raise Invalid(
            _("The first row names the columns. Missing: %(missing)s. Unknown: %(unknown)s.")
            % {"missing": ", ".join(missing) or "—", "unknown": ", ".join(unknown) or "—"},
            field="file",
        )
    found: list[dict[str, str]] = []
    for row in rows:
        if len(found) >= MOST_ROWS:
            raise TooLarge(_("At most %(count)d tasks at once.") % {"count": MOST_ROWS}, field="file")
        values = dict(zip(head, (cell.strip() for cell in row), strict=False))
        found.append({name: value.removeprefix("'") for name, value in values.items() if name in IN})
    while found and not any(found[-1].values()):
        found.pop()
    return found


def _of_text(content: bytes) -> Iterator[list[str]]:
    for encoding in ("utf-8-sig", "gb18030"):
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        try:
            yield from csv.reader(StringIO(text, newline=""), strict=True)
        except csv.Error as error:
            raise Invalid(_("This is no CSV file: %(why)s.") % {"why": error}, field="file") from error
        return
    raise Invalid(_("The encoding of this file is not known. Please save it as UTF-8."), field="file")


def _of_workbook(file: BudgetFile) -> Iterator[list[str]]:
    book = open_book(file)
    for number, row in enumerate(book.rows(book.filled()[0], Meter()), start=1):
        for cell in row:
            if isinstance(cell, NumberCell) and len(str(cell).strip("-").replace(".", "")) > DIGITS_KEPT:
                raise Invalid(
                    _(
                        "Row %(row)d: the spreadsheet kept a long number as a number and lost its last digits. "
                        "Please format that column as text."
                    )
                    % {"row": number},
                    field="file",
                )
        yield [str(cell).removesuffix(".0") if isinstance(cell, NumberCell) else str(cell) for cell in row]
