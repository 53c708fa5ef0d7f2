"""What a file seems to be, and which of its columns seem to mean what, each with the reason.

Nothing here decides: an editor sees every suggestion before it is used.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from cms.budget.importing import synonyms
from cms.budget.importing.amounts import AmountError, NumberStyle, parse_amount, sniff_style
from cms.budget.importing.budget_file import BudgetFile, Kind
from cms.budget.importing.cells import NumberCell, OtherCell
from cms.budget.importing.headers import looks_like_header, second_header_row
from cms.budget.importing.mapping import FileSection
from cms.budget.importing.packages import table_names
from cms.budget.importing.problems import refusal, shown
from cms.budget.importing.reading import Meter, Source, sampled
from cms.budget.importing.tables import read_source, unpacked_table
from cms.budget.importing.units import UNIT_WORDS, unit_in_names, unit_said
from cms.budget.importing.workbooks import open_book
from portal.errors import Invalid

YEAR = re.compile(r"(?<![0-9])((?:19|20)[0-9]{2})(?![0-9])")
NUMBER = re.compile(r"[-+(]?[0-9][0-9.,' ]*[)-]?")
CODE = re.compile(r"[0-9A-Za-z]{1,24}")
SAMPLES = 4
ROWS_SHOWN = 8


@dataclass(frozen=True)
class Suggestion:
    """A value and why it is suggested."""

    value: Any
    reason: str


@dataclass(frozen=True)
class Column:
    position: int
    name: str
    samples: tuple[str, ...]
    is_amount: bool
    is_code: bool

    @property
    def label(self) -> str:
        return self.name or _("column %(number)d") % {"number": self.position + 1}


@dataclass(frozen=True)
class Sniffed:
    """``settings``: keys of [file]; ``release``: keys of [release]; ``columns``: keys of [columns] and [amounts], whose
    value is the position of a column."""

    kind: Kind
    members: tuple[str, ...]
    sheets: tuple[str, ...]
    columns: tuple[Column, ...]
    first_rows: tuple[tuple[str, ...], ...]
    above: tuple[str, ...]
    has_header: bool
    names_are_unique: bool
    settings: dict[str, Suggestion] = field(default_factory=dict)
    release: dict[str, Suggestion] = field(default_factory=dict)
    meanings: dict[str, Suggestion] = field(default_factory=dict)
    leaf: Suggestion | None = None


def sniff(file: BudgetFile, declared: FileSection | None = None) -> Sniffed:
    """Look at the beginning of a file. What is ``declared`` is taken as given. Raises like reading the file."""
    declared = declared or FileSection()
    members: list[str] = []
    table = file
    if file.kind is Kind.ARCHIVE:
        members = table_names(file)
        if not members:
            raise refusal("archive", _("The archive holds no table: no CSV file and no spreadsheet."))
        table = unpacked_table(file, declared.member if declared.member in members else members[0])
    source = read_source(table, declared=declared, wanted=())
    if declared.header_rows is None and declared.header is None:
        rows, skip = sampled(source.records(Meter())), source.header.skip
        if second_header_row(rows, skip) and (source.names is not None or looks_like_header(rows[skip + 1 :])):
            declared = declared.model_copy(update={"header_rows": 2, "skip_rows": skip, "header": True})
            source = read_source(table, declared=declared, wanted=())
    return _sniffed(file, members, table, source)


def _sniffed(file: BudgetFile, members: Sequence[str], table: BudgetFile, source: Source) -> Sniffed:
    rows = sampled(source.records(Meter()))[source.header.data_starts :]
    names = source.names or [""] * source.width
    style, style_reason = _style(rows, source)
    columns = tuple(_column(position, name, rows, style) for position, name in enumerate(names))
    header = source.header
    settings: dict[str, Suggestion] = {}
    if source.sheet:
        settings["sheet"] = Suggestion(source.sheet, _("The first sheet that holds a table."))
    else:
        settings["encoding"] = Suggestion(source.encoding, _("All bytes of the file fit this encoding."))
        settings["delimiter"] = Suggestion(source.delimiter, _("It parts most rows into the same number of columns."))
    settings["skip_rows"] = Suggestion(header.skip, _title_reason(source))
    settings["header"] = Suggestion(source.names is not None, _header_reason(source))
    settings["header_rows"] = Suggestion(max(1, header.rows), _header_reason(source))
    settings["decimal"] = Suggestion(style.decimal if style else None, style_reason)
    meanings = suggest_meanings(columns)
    return Sniffed(
        kind=file.kind,
        members=tuple(members),
        sheets=tuple(sheet.name for sheet in open_book(table).filled()) if table.kind.is_workbook else (),
        columns=columns,
        first_rows=tuple(tuple(shown(cell, 60) for cell in row) for row in rows[:ROWS_SHOWN]),
        above=tuple(text for text in header.above if text),
        has_header=source.names is not None,
        names_are_unique=len(set(names)) == len(names) and all(names),
        settings=settings,
        release=_release(file, source, columns, rows),
        meanings=meanings,
        leaf=_leaf(columns, rows),
    )


def _title_reason(source: Source) -> str:
    if source.header.skip:
        return _("Above the table stands “%(text)s”.") % {"text": shown(" · ".join(filter(None, source.header.above)))}
    return _("Nothing stands above the table.")


def _header_reason(source: Source) -> str:
    if source.names is None:
        return _("The first row has numbers where the following rows have them.")
    if source.header.rows > 1:
        return _("The second row fills what merged cells of the first left empty.")
    return _("The first row names what the following rows hold.")


def _style(rows: list[list[str]], source: Source) -> tuple[NumberStyle | None, str]:
    numbers: list[str] = []
    for position in range(source.width):
        cells = [row[position].strip() for row in rows if position < len(row)]
        texts = [cell for cell in cells if cell and not isinstance(cell, NumberCell | OtherCell)]
        alike = [text for text in texts if NUMBER.fullmatch(text)]
        # A few numbers among words are no amounts: references, dates, numbers in notes.
        numbers += alike if len(alike) >= 0.9 * len(texts) else []
    if source.sheet and not numbers:
        return None, _("The sheet holds its amounts as numbers, which have no marks.")
    try:
        return sniff_style(numbers, None, None), _("All numbers of the first rows can be read so.")
    except Invalid as error:
        return None, str(error.message)


def _column(position: int, name: str, rows: list[list[str]], style: NumberStyle | None) -> Column:
    cells = [row[position] for row in rows if position < len(row) and row[position].strip()]
    samples = tuple(dict.fromkeys(shown(cell, 30) for cell in cells))[:SAMPLES]
    return Column(
        position,
        name,
        samples,
        is_amount=bool(cells) and sum(_is_amount(cell, style) for cell in cells) >= 0.9 * len(cells),
        is_code=bool(cells) and all(CODE.fullmatch(cell.strip()) for cell in cells),
    )


def _is_amount(cell: str, style: NumberStyle | None) -> bool:
    if isinstance(cell, OtherCell):
        return False
    try:
        parse_amount(cell, style if style and not isinstance(cell, NumberCell) else NumberStyle(".", ","))
    except AmountError:
        return False
    return True


def suggest_meanings(columns: Sequence[Column]) -> dict[str, Suggestion]:
    """Key of [columns] or [amounts] -> position. Whole names count more than parts of joined names, and an amount has
    to hold numbers."""
    found: dict[str, Suggestion] = {}
    taken: set[int] = set()
    for whole in (True, False):
        for key, spellings in synonyms.NAMES.items():
            if key in found:
                continue
            for column in columns:
                if column.position in taken or (key in synonyms.AMOUNTS and not column.is_amount):
                    continue
                names = synonyms.parts_of(column.name)
                match = next((name for name in (names[:1] if whole else names) if name in spellings), None)
                if match:
                    reason = _("It is called “%(name)s”.") % {"name": column.name}
                    found[key] = Suggestion(column.position, reason)
                    taken.add(column.position)
                    break
    if not set(found) & set(synonyms.AMOUNTS):
        numbers = [column for column in columns if column.is_amount and not column.is_code]
        numbers = [column for column in numbers if column.position not in taken]
        if len(numbers) == 1:
            reason = _("It is the only column that holds nothing but amounts.")
            found["adopted"] = Suggestion(numbers[0].position, reason)
    return found


def _named(columns: Sequence[Column], spellings: Sequence[str]) -> Column | None:
    return next((column for column in columns if synonyms.plain(column.name) in spellings), None)


def _release(
    file: BudgetFile, source: Source, columns: Sequence[Column], rows: list[list[str]]
) -> dict[str, Suggestion]:
    found: dict[str, Suggestion] = {}
    called = _("It is called “%(name)s”.")
    for key, spellings in (
        ("fiscal_year", synonyms.YEAR),
        ("government", synonyms.GOVERNMENT),
        ("currency", synonyms.CURRENCY),
        ("unit", synonyms.UNIT),
    ):
        if column := _named(columns, spellings):
            found[key] = Suggestion({"column": column.name}, called % {"name": column.name})
    if "fiscal_year" not in found:
        for text, reason in [
            *((text, _("It stands above the table: “%(text)s”.")) for text in source.header.above),
            (file.name, _("It stands in the name of the file, “%(text)s”.")),
        ]:
            if match := YEAR.search(text):
                found["fiscal_year"] = Suggestion(int(match[1]), reason % {"text": shown(text)})
                break
    if "unit" not in found:
        if said := unit_said([*source.header.above, *(" ".join(row) for row in rows[-3:])]):
            reason = _("“%(word)s” is said above or under the table.")
            found["unit"] = Suggestion(UNIT_WORDS[said], reason % {"word": said})
        elif said := unit_in_names(column.name for column in columns):
            reason = _("“%(word)s” stands in the names of the columns.")
            found["unit"] = Suggestion(UNIT_WORDS[said], reason % {"word": said})
    return found


def _leaf(columns: Sequence[Column], rows: list[list[str]]) -> Suggestion | None:
    """The column that tells subtotals from facts: levels as small numbers, of which the highest are facts."""
    column = _named(columns, synonyms.LEVEL)
    if column is None:
        return None
    cells = {row[column.position].strip() for row in rows if column.position < len(row)} - {""}
    levels = {int(cell) for cell in cells if cell.isdigit() and len(cell) < 3}
    if len(levels) < 2 or len(levels) < len(cells):
        return None
    reason = _("“%(name)s” tells levels; rows of the deepest one are facts, the others sums of them.")
    return Suggestion({"column": column.position, "equals": max(levels)}, reason % {"name": column.name})
