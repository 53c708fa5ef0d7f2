"""Sheets of spreadsheets (.xlsx, .xls, .ods), once it is sure that reading them takes no more than it may."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from django.utils.translation import gettext as _
from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from cms.budget.importing.budget_file import BudgetFile, Kind
from cms.budget.importing.cells import text_of
from cms.budget.importing.headers import joined_names
from cms.budget.importing.mapping import FileSection
from cms.budget.importing.packages import examine_package
from cms.budget.importing.problems import Problem, Severity, refusal, shown
from cms.budget.importing.reading import MOST_SAMPLED, Meter, Source, opened
from portal.errors import Invalid

ROWS_AT_ONCE = 4096
BLOCK_BYTES = 4 * 1024 * 1024
# The name of the stream in which spreadsheet programs put a workbook with a password.
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def open_sheet(file: BudgetFile, *, declared: FileSection, wanted: Collection[str]) -> Source:
    """The declared sheet, or the only one that fits. Raises ``Invalid`` or ``TooLarge`` with what to do."""
    for key in ("encoding", "delimiter"):
        if getattr(declared, key) is not None:
            raise refusal("sheet", _("The mapping names an encoding or a delimiter: a spreadsheet has neither."))
    workbook = open_workbook(file)
    name = _chosen(workbook, declared, wanted)
    sheet = workbook.get_sheet_by_name(name)
    problems: tuple[Problem, ...] = ()
    hidden = [meta.name for meta in workbook.sheets_metadata if meta.visible != SheetVisibleEnum.Visible]
    if name in hidden:
        message = _("The sheet “%(sheet)s” is hidden in the workbook.")
        problems = (Problem(None, Severity.WARNING, "hidden_sheet", message % {"sheet": shown(name)}),)
    others = [other for other in sheet_names(workbook) if other != name]
    if declared.sheet is None and others:
        message = _("Only the sheet “%(sheet)s” was read; the others are %(others)s.")
        values = {"sheet": shown(name), "others": ", ".join(f"“{shown(other)}”" for other in others)}
        problems = (*problems, Problem(None, Severity.WARNING, "other_sheets", message % values))
    return opened(
        file,
        lambda meter: sheet_records(sheet, meter),
        declared=declared,
        wanted=wanted,
        problems=problems,
        sheet=name,
    )


def open_workbook(file: BudgetFile) -> CalamineWorkbook:
    """Raises ``Invalid`` or ``TooLarge`` for what cannot be read, or is not safe to read."""
    if file.kind is not Kind.XLS:
        examine_package(file)
    elif _is_locked(file):
        raise locked()
    try:
        return CalamineWorkbook.from_filelike(file.open())
    except PasswordError as error:
        raise locked() from error
    except (CalamineError, OSError, ValueError) as error:
        if "password" in str(error).lower() or "encrypt" in str(error).lower():
            raise locked() from error
        raise unreadable() from error


def _is_locked(file: BudgetFile) -> bool:
    """Whether the compound file only holds an encrypted workbook."""
    with file.open() as opened:
        while block := opened.read(BLOCK_BYTES):
            if ENCRYPTED in block:
                return True
    return False


def locked() -> Invalid:
    return refusal(
        "password", _("The workbook is locked with a password. Please save it without one and send it again.")
    )


def unreadable() -> Invalid:
    return refusal(
        "not_text",
        _("This file cannot be read as a spreadsheet. Please open it in your spreadsheet program and save it again."),
    )


def sheet_names(workbook: CalamineWorkbook) -> list[str]:
    """Names of the visible sheets that hold something; all that hold something where none is visible."""
    shown_ones = [meta.name for meta in workbook.sheets_metadata if meta.visible == SheetVisibleEnum.Visible]
    filled = [name for name in workbook.sheet_names if _sheet(workbook, name).end is not None]
    return [name for name in filled if name in shown_ones] or filled


def _sheet(workbook: CalamineWorkbook, name: str) -> CalamineSheet:
    try:
        return workbook.get_sheet_by_name(name)
    except (CalamineError, ValueError) as error:
        raise unreadable() from error


def _chosen(workbook: CalamineWorkbook, declared: FileSection, wanted: Collection[str]) -> str:
    names = workbook.sheet_names
    if isinstance(declared.sheet, int):
        if declared.sheet < len(names):
            return names[declared.sheet]
    elif declared.sheet is not None:
        found = [name for name in names if name.strip() == declared.sheet.strip()]
        if found:
            return found[0]
    if declared.sheet is not None:
        raise refusal(
            "sheet",
            _("There is no sheet “%(sheet)s”. The sheets are: %(names)s.")
            % {"sheet": declared.sheet, "names": ", ".join(shown(name) for name in names)},
        )
    filled = sheet_names(workbook)
    if not filled:
        raise refusal("empty_file", _("The workbook holds no data."))
    fitting = [name for name in filled if wanted and _names_all(workbook.get_sheet_by_name(name), wanted)]
    if len(fitting) > 1:
        raise refusal(
            "sheet",
            _(
                "Several sheets have these columns: %(names)s. Say in [file] which one is meant, or list them "
                "as [[tables]]."
            )
            % {"names": ", ".join(f"“{shown(name)}”" for name in fitting)},
        )
    return (fitting or filled)[0]


def _names_all(sheet: CalamineSheet, wanted: Collection[str]) -> bool:
    rows = [[text_of(value) for value in row] for row in sheet.to_python(skip_empty_area=False, nrows=40)]
    names = {name for height in (1, 2) for at in range(len(rows)) for name in joined_names(rows[at : at + height])}
    return set(wanted) <= names


def sheet_records(sheet: CalamineSheet, meter: Meter) -> Iterator[list[str]]:
    """Rows from the first row of the sheet, with as many empty cells before them as the sheet has."""
    if sheet.start is None:
        return
    top, left = sheet.start
    height = max(1, sheet.height)
    yield from ([] for _row in range(min(top, MOST_SAMPLED)))
    margin = [""] * left
    for number, row in enumerate(sheet.iter_rows()):
        if number % ROWS_AT_ONCE == 0:
            meter.done = number / height
        yield margin + [text_of(value) for value in row]
