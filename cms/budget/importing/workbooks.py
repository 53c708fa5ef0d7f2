"""Spreadsheets (.xlsx, .xls, .ods), read by a process of their own (``sheet_process``), whose end is not ours."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import tempfile
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from django.conf import settings
from django.utils.translation import gettext as _

from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.cells import unmarked
from cms.budget.importing.headers import joined_names
from cms.budget.importing.mapping import FileSection
from cms.budget.importing.packed import Unfit
from cms.budget.importing.problems import Problem, Severity, refusal, shown
from cms.budget.importing.reading import Meter, Source, opened
from cms.budget.importing.refusals import refused

READER = "cms.budget.importing.sheet_process"
ROWS_AT_ONCE = 4096
# Rows in which the columns of a mapping are looked for.
HEADER_WITHIN = 40
# What ends a process that takes more than it may, or that a panic of its reader leaves behind.
ENDS = {-signal.SIGABRT: "memory", -signal.SIGKILL: "memory", -signal.SIGSEGV: "memory", -signal.SIGXCPU: "time"}


@dataclass
class Sheet:
    """``head``: its first rows. ``is_whole``: there are no others."""

    name: str
    is_visible: bool
    is_filled: bool
    height: int
    head: list[list[str]] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        return len(self.head) >= self.height


@dataclass(frozen=True)
class Book:
    """A workbook that can be read: its sheets with their first rows. All rows are read when they are asked for, and
    kept in a temporary file for the next time."""

    path: Path
    kind: str
    sheets: list[Sheet]
    keep: object = field(default=None, repr=False)
    kept: dict[str, Any] = field(default_factory=dict, repr=False)

    def rows(self, sheet: Sheet, meter: Meter) -> Iterator[list[str]]:
        """All rows of a sheet, from its first one. Holds no more than a few of them at a time."""
        meter.done = 0.0
        yield from sheet.head
        if sheet.is_whole:
            return
        for number, row in enumerate(self._all(sheet.name)):
            if number % ROWS_AT_ONCE == 0:
                meter.done = number / sheet.height
            if number >= len(sheet.head):
                yield list(map(unmarked, json.loads(row)))

    def _all(self, name: str) -> Iterator[bytes]:
        if name in self.kept:
            with Path(self.kept[name].name).open("rb") as rows:
                yield from rows
            return
        file = tempfile.NamedTemporaryFile(prefix="gongzhi-import-")  # noqa: SIM115
        for row in _read(self.path, self.kind, name):
            file.write(row)
            yield row
        file.flush()
        self.kept[name] = file

    def filled(self) -> list[Sheet]:
        """Visible sheets that hold something; all that hold something where none is visible."""
        found = [sheet for sheet in self.sheets if sheet.is_filled]
        return [sheet for sheet in found if sheet.is_visible] or found


def open_book(file: BudgetFile) -> Book:
    """Raises ``Invalid`` or ``TooLarge`` for what cannot be read, or is not safe to read. Looks at a file once."""
    if file.book is None:
        path, keep = _on_disk(file)
        sheets: list[Sheet] = []
        for line in map(json.loads, _read(path, file.kind.value, None)):
            if isinstance(line, dict):
                sheets.append(Sheet(line["sheet"], line["visible"], line["filled"], line["height"]))
            else:
                sheets[-1].head.append(list(map(unmarked, line)))
        file.book = Book(path, file.kind.value, sheets, keep)
    book: Book = file.book
    return book


def _on_disk(file: BudgetFile) -> tuple[Path, object]:
    if isinstance(file.content, Path):
        return file.content.absolute(), file.keep
    kept = tempfile.NamedTemporaryFile(prefix="gongzhi-import-")  # noqa: SIM115
    kept.write(file.content)
    kept.flush()
    return Path(kept.name), kept


def _read(path: Path, kind: str, sheet: str | None) -> Iterator[bytes]:
    """What the reading process answers, line by line, while it reads. Raises ``Invalid`` or ``TooLarge``."""
    request = {
        "path": str(path),
        "kind": kind,
        "sheet": sheet,
        "memory": settings.BUDGET_READING_MAX_BYTES,
        "unpacked": settings.BUDGET_UNPACKED_MAX_BYTES,
        "seconds": settings.BUDGET_READING_MAX_SECONDS,
    }
    with subprocess.Popen(  # noqa: S603 - our own module, and a request in which nothing is run
        [sys.executable, "-m", READER, json.dumps(request)],
        cwd=settings.BASE_DIR,
        # None of our secrets.
        env={},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        try:
            yield from _lines(process.stdout, process)
        finally:
            # Whoever asks for the first rows only does not wait for the others.
            process.kill()


def _lines(answer: IO[bytes] | None, process: subprocess.Popen[bytes]) -> Iterator[bytes]:
    for text in answer or ():
        if not text.endswith(b"\n"):
            break
        if text.startswith((b"[", b'{"sheet"')):
            yield text
            continue
        last: dict[str, Any] = json.loads(text)
        if "end" in last:
            return
        raise refused(Unfit(last.pop("why"), **last))
    why = ENDS.get(process.wait(), "unreadable")
    limits = {"memory": settings.BUDGET_READING_MAX_BYTES, "time": settings.BUDGET_READING_MAX_SECONDS}
    raise refused(Unfit(why, **({"limit": limits[why]} if why in limits else {})))


def open_sheet(file: BudgetFile, *, declared: FileSection, wanted: Collection[str]) -> Source:
    """The declared sheet, or the only one that fits. Raises ``Invalid`` or ``TooLarge`` with what to do."""
    for key in ("encoding", "delimiter"):
        if getattr(declared, key) is not None:
            raise refusal("sheet", _("The mapping names an encoding or a delimiter: a spreadsheet has neither."))
    book = open_book(file)
    sheet = _chosen(book, declared, wanted)
    problems: tuple[Problem, ...] = ()
    if not sheet.is_visible:
        message = _("The sheet “%(sheet)s” is hidden in the workbook.")
        problems = (Problem(None, Severity.WARNING, "hidden_sheet", message % {"sheet": shown(sheet.name)}),)
    others = [other.name for other in book.filled() if other is not sheet]
    if declared.sheet is None and others:
        message = _("Only the sheet “%(sheet)s” was read; the others are %(others)s.")
        values = {"sheet": shown(sheet.name), "others": ", ".join(f"“{shown(other)}”" for other in others)}
        problems = (*problems, Problem(None, Severity.WARNING, "other_sheets", message % values))
    return opened(
        file,
        lambda meter: book.rows(sheet, meter),
        declared=declared,
        wanted=wanted,
        problems=problems,
        sheet=sheet.name,
    )


def _chosen(book: Book, declared: FileSection, wanted: Collection[str]) -> Sheet:
    if isinstance(declared.sheet, int):
        if declared.sheet < len(book.sheets):
            return book.sheets[declared.sheet]
    elif declared.sheet is not None:
        found = [sheet for sheet in book.sheets if sheet.name.strip() == declared.sheet.strip()]
        if found:
            return found[0]
    if declared.sheet is not None:
        raise refusal(
            "sheet",
            _("There is no sheet “%(sheet)s”. The sheets are: %(names)s.")
            % {"sheet": declared.sheet, "names": ", ".join(shown(sheet.name) for sheet in book.sheets)},
        )
    filled = book.filled()
    if not filled:
        raise refusal("empty_file", _("The workbook holds no data."))
    fitting = [sheet for sheet in filled if wanted and _names_all(sheet, wanted)]
    if len(fitting) > 1:
        raise refusal(
            "sheet",
            _(
                "Several sheets have these columns: %(names)s. Say in [file] which one is meant, or list them "
                "as [[tables]]."
            )
            % {"names": ", ".join(f"“{shown(sheet.name)}”" for sheet in fitting)},
        )
    return (fitting or filled)[0]


def _names_all(sheet: Sheet, wanted: Collection[str]) -> bool:
    rows = sheet.head[:HEADER_WITHIN]
    names = {name for height in (1, 2) for at in range(len(rows)) for name in joined_names(rows[at : at + height])}
    return set(wanted) <= names
