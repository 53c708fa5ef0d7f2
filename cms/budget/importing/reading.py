"""From a file to rows of text. What the mapping leaves out is found out here; nothing holds more than some rows."""

from __future__ import annotations

import csv
import io
from collections import Counter
from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass, field
from functools import cached_property
from itertools import islice
from pathlib import Path

from django.utils.translation import gettext as _

from cms.budget.importing.budget_file import BudgetFile, open_budget_file
from cms.budget.importing.encoding import CONTROL, SAMPLE_BYTES, examine_text
from cms.budget.importing.headers import Header, find_header, said_above
from cms.budget.importing.mapping import ColumnRef, FileSection
from cms.budget.importing.problems import Problem, Severity, refusal, shown

DELIMITERS = ",;\t|"
SAMPLE_ROWS = 200
# Blank rows may stand above everything else, but not without end.
MOST_SAMPLED = 5000

Row = tuple[int, list[str]]


@dataclass
class Meter:
    """How far a reader has come, from 0 to 1."""

    done: float = 0.0


@dataclass(frozen=True)
class Source:
    """A table that can be read row by row, more than once. ``header.names`` is None for a table without a header.

    ``records`` starts again at the first row of the file. ``sheet`` and ``delimiter`` are empty where there is none.
    """

    file: BudgetFile
    records: Callable[[Meter], Iterator[list[str]]]
    header: Header
    width: int
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    problems: tuple[Problem, ...] = ()
    meter: Meter = field(default_factory=Meter)

    @property
    def name(self) -> str:
        return self.file.name

    @property
    def names(self) -> list[str] | None:
        return self.header.names

    def rows(self) -> Iterator[Row]:
        """Data rows with their number, from 1. Blank rows are passed over but keep their number."""
        self.meter.done = 0.0
        records = islice(self.records(self.meter), self.header.data_starts, None)
        for number, cells in enumerate(records, start=1):
            # Most rows begin with something: only the others are looked at to their end.
            if (cells and cells[0].strip()) or any(cell.strip() for cell in cells):
                yield number, cells

    @cached_property
    def _positions(self) -> dict[str, list[int]]:
        positions: dict[str, list[int]] = {}
        for index, name in enumerate(self.names or []):
            positions.setdefault(name, []).append(index)
        return positions

    def position(self, column: ColumnRef) -> int | None:
        """Where a column is, from 0, or None. Raises ``Invalid`` when the header has the name twice."""
        if isinstance(column, str):
            found = self._positions.get(" ".join(column.split()), [])
            if len(found) > 1:
                raise refusal(
                    "ambiguous_column",
                    _("The header has the column “%(name)s” %(times)d times. Give its position, counted from 0.")
                    % {"name": column, "times": len(found)},
                )
            if found:
                return found[0]
            if not (column.isascii() and column.isdigit()):
                return None
        index = int(column)
        return index if index < self.width else None

    def label(self, position: int) -> str:
        """A column as people speak of it."""
        if self.names and position < len(self.names) and self.names[position]:
            return self.names[position]
        return _("column %(number)d") % {"number": position + 1}

    def describe_columns(self) -> str:
        if self.names is None:
            return _("no header, %(width)d columns counted from 0") % {"width": self.width}
        return ", ".join(shown(name) for name in self.names)


def read_budget_file(path: Path) -> bytes:
    """The bytes of a file. Its size is looked at before anything is read."""
    with open_budget_file(path).open() as file:
        return file.read()


def opened(
    file: BudgetFile,
    records: Callable[[Meter], Iterator[list[str]]],
    *,
    declared: FileSection,
    wanted: Collection[str],
    problems: tuple[Problem, ...] = (),
    encoding: str = "",
    delimiter: str = "",
    sheet: str = "",
) -> Source:
    """The table that ``records`` holds, once its header is found. Raises ``Invalid`` where it holds nothing."""
    first_rows = sampled(records(Meter()))
    header = find_header(first_rows, declared, wanted)
    if header.names:
        width = len(header.names)
    else:
        width = Counter(len(row) for row in first_rows[header.data_starts :] or first_rows).most_common(1)[0][0]
    if above := said_above(header):
        message = _("%(count)d rows above the table were passed over: “%(text)s”.")
        values = {"count": sum(1 for text in header.above if text), "text": above}
        problems = (*problems, Problem(None, Severity.INFO, "rows_above", message % values))
    if header.names and header.rows > 1:
        message = _("The header goes over %(count)d rows, which were joined: %(names)s.")
        values = {"count": header.rows, "names": ", ".join(f"“{shown(name)}”" for name in header.names if "/" in name)}
        problems = (*problems, Problem(None, Severity.INFO, "joined_header", message % values))
    return Source(
        file=file,
        records=records,
        header=header,
        width=width,
        encoding=encoding.removesuffix("-sig"),
        delimiter=delimiter,
        sheet=sheet,
        problems=problems,
    )


def sampled(records: Iterator[list[str]]) -> list[list[str]]:
    """The rows up to the 200th that is not blank."""
    found: list[list[str]] = []
    filled = 0
    for row in islice(records, MOST_SAMPLED):
        found.append(row)
        filled += any(cell.strip() for cell in row)
        if filled == SAMPLE_ROWS:
            break
    return found


# Text -------------------------------------------------------------------------------------------


def open_text(file: BudgetFile, *, declared: FileSection, wanted: Collection[str]) -> Source:
    written = examine_text(file, declared.encoding)
    delimiter = declared.delimiter or _delimiter(_beginning(file, written.encoding, written.controls))

    def records(meter: Meter) -> Iterator[list[str]]:
        return _records(file, written.encoding, delimiter, written.controls, meter)

    return opened(
        file,
        records,
        declared=declared,
        wanted=wanted,
        problems=written.problems,
        encoding=written.encoding,
        delimiter=delimiter,
    )


def _lines(file: BudgetFile, encoding: str, controls: bool, meter: Meter) -> Iterator[str]:
    size = file.size or 1
    with file.open() as raw, io.TextIOWrapper(raw, encoding=encoding, newline="") as text:
        for number, line in enumerate(text):
            if number % 4096 == 0:
                meter.done = raw.tell() / size
            yield CONTROL.sub("", line) if controls else line


def _records(file: BudgetFile, encoding: str, delimiter: str, controls: bool, meter: Meter) -> Iterator[list[str]]:
    """All records. Raises ``Invalid`` where the quoting is broken."""
    # Strict: a quotation mark that is never closed must not swallow the rest of the file in silence.
    reader = csv.reader(_lines(file, encoding, controls, meter), delimiter=delimiter, strict=True)
    while True:
        try:
            yield from reader
        except csv.Error as error:
            raise refusal(
                "quoting",
                _("The quotation marks do not match at or before line %(line)d, or a cell there is too long.")
                % {"line": reader.line_num},
                line=reader.line_num,
            ) from error
        return


def _beginning(file: BudgetFile, encoding: str, controls: bool) -> str:
    taken, size = [], 0
    for line in _lines(file, encoding, controls, Meter()):
        taken.append(line)
        size += len(line)
        if size > SAMPLE_BYTES * 4:
            break
    return "".join(taken)


def _delimiter(text: str) -> str:
    """The mark that splits the first rows most evenly, and into most columns."""

    def evenness(delimiter: str) -> tuple[float, int]:
        reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
        try:
            widths = [len(cells) for cells in islice(reader, SAMPLE_ROWS) if cells]
        except csv.Error:
            return 0.0, 0
        # The sample may end in the middle of a row.
        widths = widths[:-1] or widths
        width, times = Counter(widths).most_common(1)[0] if widths else (0, 0)
        return (times / len(widths), width) if width > 1 else (0.0, 0)

    return max(DELIMITERS, key=evenness)
