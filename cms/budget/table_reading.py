"""Reading the nine tables of a Chinese disclosure as they come out of its document.

One CSV for all tables: department, title of the table, page, and then the cells of the printed row, headers included.
Classes, sections and items (类、款、项) may stand in three cells or in one; a printed row may have two halves.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from decimal import Decimal

from django.utils.translation import gettext as _

from cms.budget.importing.amounts import AmountError, NumberStyle, parse_amount, to_minor_units
from cms.budget.tables import Column, Mark, Side, TableKind

# In the order in which titles are asked: the narrower ones first.
TITLES: tuple[tuple[TableKind, re.Pattern[str]], ...] = (
    (TableKind.THREE_PUBLIC, re.compile("三公|^经费支出")),
    (TableKind.FUND, re.compile("政府性基金")),
    (TableKind.CAPITAL, re.compile("国有资本")),
    (TableKind.BASIC, re.compile("基本支出")),
    (TableKind.GENERAL, re.compile("一般公共预算|功能分类")),
    (TableKind.APPROPRIATIONS, re.compile("财政拨款(?:收入支出|收支)")),
    (TableKind.SUMMARY, re.compile("收入支出|收支")),
    (TableKind.INCOME, re.compile("收入")),
    (TableKind.EXPENDITURE, re.compile("支出")),
)
# What the heading of a column says, the first that fits; each kind of table has its own words.
HEADINGS: dict[TableKind, tuple[tuple[str, Column], ...]] = {
    TableKind.INCOME: (
        ("合计", Column.TOTAL),
        ("财政拨款", Column.APPROPRIATION),
        ("附属单位", Column.FROM_SUBORDINATE),
        ("上级补助", Column.FROM_SUPERIOR),
        ("事业收入", Column.INSTITUTIONAL),
        ("经营收入", Column.BUSINESS),
        ("其他收入", Column.OTHER),
    ),
    TableKind.EXPENDITURE: (
        ("合计", Column.TOTAL),
        ("基本支出", Column.BASIC),
        ("项目支出", Column.PROJECT),
        ("上缴上级", Column.TO_SUPERIOR),
        ("经营支出", Column.BUSINESS),
        ("附属单位", Column.TO_SUBORDINATE),
    ),
    TableKind.GENERAL: (("合计", Column.TOTAL), ("基本支出", Column.BASIC), ("项目支出", Column.PROJECT)),
    TableKind.FUND: (
        ("年初结转", Column.OPENING),
        ("本年收入", Column.INCOME),
        ("年末结转", Column.CLOSING),
        ("基本支出", Column.BASIC),
        ("项目支出", Column.PROJECT),
        ("计", Column.TOTAL),
        ("本年支出", Column.TOTAL),
    ),
    TableKind.APPROPRIATIONS: (
        ("合计", Column.TOTAL),
        ("一般公共预算", Column.GENERAL),
        ("政府性基金", Column.FUND),
        ("国有资本", Column.CAPITAL),
    ),
    TableKind.BASIC: (("人员经费", Column.PERSONNEL), ("公用经费", Column.OPERATING), ("", Column.AMOUNT)),
}
HEADINGS[TableKind.CAPITAL] = HEADINGS[TableKind.FUND]
THREE_PUBLIC: tuple[tuple[str, Mark], ...] = (
    ("合计", Mark.TOTAL),
    ("出国", Mark.ABROAD),
    ("小计", Mark.VEHICLES),
    ("购置费", Mark.VEHICLE_PURCHASE),
    ("运行", Mark.VEHICLE_RUNNING),
    ("公务用车", Mark.VEHICLES),
    ("接待", Mark.RECEPTION),
)
MARKS: tuple[tuple[str, dict[Side | None, Mark]], ...] = (
    ("本年收入合计", {Side.INCOME: Mark.YEAR_INCOME}),
    ("本年支出合计", {Side.EXPENDITURE: Mark.YEAR_EXPENDITURE}),
    ("人员经费合计", {None: Mark.PERSONNEL}),
    ("公用经费合计", {None: Mark.OPERATING}),
    ("结转", {Side.INCOME: Mark.OPENING, Side.EXPENDITURE: Mark.CLOSING}),
    ("总计", {Side.INCOME: Mark.INCOME_TOTAL, Side.EXPENDITURE: Mark.EXPENDITURE_TOTAL, None: Mark.TOTAL}),
    ("合计", {None: Mark.TOTAL}),
)
UNIT = re.compile("单位[：:]\\s*(万元|元)")
UNITS = {"元": 1, "万元": 10_000}
# A PDF parts the characters of a justified cell.
GAP = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s+(?=[\u3000-\u9fff\uff00-\uffef])")
DIGITS = re.compile(r"\d{1,7}")
PAGE = re.compile(r"[0-9]{1,4}")
MOST_NAME, MOST_TITLE, MOST_CODE, MOST_ROWS = 300, 200, 16, 30_000
SHOWN = 40
STYLE = NumberStyle()
# A list of the units that the document is about may stand under the name of a table.
NO_TABLE = "序号"


@dataclass
class ReadRow:
    source_row: int
    page: int | None
    label: str
    amounts: dict[str, int]
    code: str = ""
    mark: str = ""
    side: str = ""


@dataclass
class ReadTable:
    department: str
    title: str
    kind: TableKind
    unit: int
    columns: list[str] = field(default_factory=list)
    note: str = ""
    rows: list[ReadRow] = field(default_factory=list)


@dataclass
class Reading:
    """``set_aside``: what was not taken over and why; ``problems``: what keeps the file from being taken over."""

    tables: list[ReadTable] = field(default_factory=list)
    set_aside: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass(frozen=True)
class Printed:
    """One printed row: its place in the source and its cells."""

    number: int
    page: int | None
    cells: list[str]

    def at(self, place: int) -> str:
        return self.cells[place] if place < len(self.cells) else ""

    @property
    def is_blank(self) -> bool:
        return not any(self.cells)


def read_tables(content: str, *, unit: int, currency: str) -> Reading:
    """Every table of a document. ``unit``: what amounts are printed in where the table does not say (1 or 10000)."""
    printed: dict[tuple[str, str], list[Printed]] = {}
    for number, row in enumerate(csv.reader(io.StringIO(content.removeprefix("\ufeff"), newline="")), 1):
        if len(row) > 3 and row[1].strip():
            page = int(row[2]) if PAGE.fullmatch(row[2].strip()) else None
            cells = [GAP.sub("", " ".join(cell.split())) for cell in row[3:]]
            printed.setdefault((row[0].strip(), row[1].strip()), []).append(Printed(number, page, cells))
    reading = Reading()
    taken: set[tuple[str, TableKind]] = set()
    for (department, title), rows in printed.items():
        for part in _without_lists(rows, title, reading):
            kind = kind_of(title)
            if kind is None or (department, kind) in taken:
                message = (
                    _("“%(title)s” is none of the nine tables.") if kind is None else _("“%(title)s” is there twice.")
                )
                reading.set_aside.append(message % {"title": title})
                continue
            table = ReadTable(department, title, kind, _unit_of(part) or unit)
            _Reader(table, currency, reading.problems).read(part)
            reading.problems.extend(_too_long(table))
            taken.add((department, kind))
            reading.tables.append(table)
    # A list of units under its title must not put a table before those that stand earlier in the document.
    reading.tables.sort(key=lambda table: min((row.source_row for row in table.rows), default=0))
    return reading


def kind_of(title: str) -> TableKind | None:
    return next((kind for kind, pattern in TITLES if pattern.search(title)), None)


def _without_lists(rows: list[Printed], title: str, reading: Reading) -> list[list[Printed]]:
    """The rows without a list of units that stands before the table under the same title."""
    start = next((place for place, row in enumerate(rows) if row.at(0) == NO_TABLE), None)
    if start is None:
        return [rows]
    rest = [place for place, row in enumerate(rows) if place > start and row.at(0) and not row.at(0).isdigit()]
    reading.set_aside.append(_("A list of units stands under “%(title)s”.") % {"title": title})
    return [part for part in (rows[:start] + (rows[rest[0] :] if rest else []),) if part]


def _too_long(table: ReadTable) -> Iterator[str]:
    """What no column of the database would hold."""
    message = _("%(title)s: “%(text)s…” is too long.")
    texts = [(MOST_NAME, table.department), (MOST_TITLE, table.title)]
    texts += [text for row in table.rows for text in ((MOST_NAME, row.label), (MOST_CODE, row.code))]
    for most, text in texts:
        if len(text) > most:
            yield message % {"title": table.title[:SHOWN], "text": text[:SHOWN]}
    if len(table.rows) > MOST_ROWS:
        yield _("%(title)s has more than %(most)d rows.") % {"title": table.title[:SHOWN], "most": MOST_ROWS}


def _unit_of(rows: list[Printed]) -> int | None:
    return next((UNITS[match[1]] for row in rows for cell in row.cells if (match := UNIT.search(cell))), None)


def _marked(label: str, side: Side | None) -> str:
    return next((marks[side].value for words, marks in MARKS if words in label and side in marks), "")


class _Reader:
    """Reads the printed rows of one table into it."""

    def __init__(self, table: ReadTable, currency: str, problems: list[str]) -> None:
        self.table, self.currency, self.problems = table, currency, problems

    def read(self, rows: list[Printed]) -> None:
        rows = [row for row in rows if not row.is_blank and not self._is_note(row)]
        readers: dict[TableKind, Callable[[list[Printed]], None]] = {
            TableKind.SUMMARY: self._two_sides,
            TableKind.APPROPRIATIONS: self._two_sides,
            TableKind.THREE_PUBLIC: self._three_public,
        }
        readers.get(self.table.kind, self._classified)(rows)

    def _is_note(self, row: Printed) -> bool:
        text = next(filter(None, row.cells))
        if text.startswith(("注", "备注")) or "本表为空" in text:
            self.table.note = "\n".join(filter(None, (self.table.note, text)))
            return True
        return UNIT.search(text) is not None

    def _amount(self, row: Printed, place: int) -> int | None:
        try:
            number = parse_amount(row.at(place), STYLE)
            if number is None:
                return None
            return to_minor_units(number, unit=Decimal(self.table.unit), currency=self.currency)
        except AmountError as error:
            where = _("%(title)s, row %(row)s of the file: %(fault)s")
            self.problems.append(where % {"title": self.table.title, "row": row.number, "fault": error})
            return None

    def _add(self, row: Printed, label: str, places: Sequence[tuple[str, int]], **named: str) -> None:
        amounts = {column: amount for column, place in places if (amount := self._amount(row, place)) is not None}
        self.table.rows.append(ReadRow(row.number, row.page, label, amounts, **named))

    def _column(self, heading: str) -> str:
        found = next((column for words, column in HEADINGS[self.table.kind] if words in heading), None)
        return found.value if found else ""

    def _two_sides(self, rows: list[Printed]) -> None:
        head = next((place for place, row in enumerate(rows) if row.at(0) == "项目"), -1)
        heading = rows[head] if head >= 0 else Printed(0, None, [])
        start = next((place for place in range(1, len(heading.cells)) if heading.at(place) == "项目"), 2)
        amounts = [(Column.AMOUNT.value, start + 1)]
        if self.table.kind == TableKind.APPROPRIATIONS:
            columns = [(self._column(heading.at(place)), place) for place in range(start + 1, len(heading.cells))]
            amounts = [(column, place) for column, place in columns if column]
        self.table.columns = list(dict.fromkeys([Column.AMOUNT.value, *(column for column, _place in amounts)]))
        halves = ((Side.INCOME, 0, [(Column.AMOUNT.value, 1)]), (Side.EXPENDITURE, start, amounts))
        for side, place, places in halves:
            for row in rows[head + 1 :]:
                if label := row.at(place):
                    self._add(row, label, places, side=side.value, mark=_marked(label, side))

    def _classified(self, rows: list[Printed]) -> None:
        """Codes, a name, and columns of amounts; the basic expenditure has two such halves."""
        named = next((row for row in rows if "科目名称" in row.cells), None)
        if named is None:
            self.problems.append(_("%(title)s has no column 科目名称.") % {"title": self.table.title})
            return
        names = [place for place, cell in enumerate(named.cells) if cell == "科目名称"]
        width = max(len(row.cells) for row in rows)
        starts = [0, *(self._start_of_half(rows, place) for place in names[1:]), width]
        for half, name in enumerate(names):
            self._half(rows, starts[half], name, starts[half + 1])

    @staticmethod
    def _start_of_half(rows: list[Printed], name: int) -> int:
        heading = next(row for row in rows if row.at(0))
        return next((place for place in range(name - 1, 0, -1) if heading.at(place)), name - 1)

    def _half(self, rows: list[Printed], start: int, name: int, end: int) -> None:
        headings, data = [""] * end, []
        for row in rows:
            code = "".join(cell for cell in row.cells[start:name] if DIGITS.fullmatch(cell))
            has_numbers = any(_is_number(row.at(place)) for place in range(name + 1, end))
            # A row without a code and without numbers may be a heading; elsewhere a word is no amount and is told.
            words = [place for place in range(name + 1, end) if _is_word(row.at(place)) and not (code or has_numbers)]
            label = row.at(name) or ("" if code else row.at(start))
            is_total = any(word in label for word in ("合计", "总计"))
            for place in words:
                headings[place] = row.at(place)
            if code or is_total or has_numbers:
                data.append((row, code, label, not words))
        columns = [(self._column(headings[place]), place) for place in range(name + 1, end)]
        places = [(column, place) for column, place in columns if column]
        self.table.columns = list(dict.fromkeys([*self.table.columns, *(column for column, _place in places)]))
        for row, code, label, has_amounts in data:
            mark = "" if code else _marked(label, None)
            self._add(row, label, places if has_amounts else (), code=code, mark=mark)
        self._totals_of_columns()

    def _totals_of_columns(self) -> None:
        """A budget tells personnel and operating funds apart in columns; checks name them by their rows."""
        total = next((row for row in self.table.rows if row.mark == Mark.TOTAL), None)
        if self.table.kind != TableKind.BASIC or total is None:
            return
        for mark in (Mark.PERSONNEL, Mark.OPERATING):
            if mark in total.amounts and all(row.mark != mark for row in self.table.rows):
                amounts = {Column.AMOUNT.value: total.amounts[mark]}
                label = {Mark.PERSONNEL: "人员经费合计", Mark.OPERATING: "公用经费合计"}[mark]
                self.table.rows.append(ReadRow(total.source_row, total.page, label, amounts, mark=mark.value))

    def _three_public(self, rows: list[Printed]) -> None:
        """Nested headings over one row of amounts; each kind of spending becomes a row of its own."""
        last = max((place for place, row in enumerate(rows) if {"预算数", "决算数"} & set(row.cells)), default=-1)
        if last < 0:
            self.problems.append(_("%(title)s does not say 预算数 or 决算数.") % {"title": self.table.title})
            return
        upper = next((row for row in rows[:last] if "合计" in row.cells), rows[0])
        lower = next((row for row in rows[:last] if "小计" in row.cells), None)
        data = rows[last + 1] if len(rows) > last + 1 else Printed(rows[last].number, rows[last].page, [])
        self.table.columns = [Column.PLANNED.value, Column.EXECUTED.value]
        places: dict[Mark, list[tuple[str, int]]] = {}
        labels: dict[Mark, str] = {}
        item = ""
        for place, measure in enumerate(rows[last].cells):
            item = (lower.at(place) if lower else "") or upper.at(place) or item
            mark = next((mark for words, mark in THREE_PUBLIC if words in item), None)
            column = {"预算数": Column.PLANNED, "决算数": Column.EXECUTED}.get(measure)
            if mark and column:
                places.setdefault(mark, []).append((column.value, place))
                labels.setdefault(mark, upper.at(place) or item)
        for mark, found in places.items():
            self._add(data, labels[mark], found, mark=mark.value)


def _is_number(cell: str) -> bool:
    try:
        return parse_amount(cell, STYLE) is not None
    except AmountError:
        return False


def _is_word(cell: str) -> bool:
    """Neither an amount, nor blank or the dash that stands for it."""
    try:
        parse_amount(cell, STYLE)
    except AmountError:
        return True
    return False
