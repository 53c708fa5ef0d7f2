"""Tables of prices and of population as statistical offices publish them: a year and a number in each row."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from django.utils.translation import gettext as _

from cms.analysis.models import Population, PriceIndex, StatisticsImport
from cms.budget.models import Government

CHARACTERS_AT_MOST = 64 * 1024
YEARS = range(1900, 2101)
# Prices that a year more than doubles or halves are more likely an index with another base year.
LIKELY_INDEX = (Decimal(50), Decimal(200))
# A population that moves by more than a fifth in a year is more likely a slip of a digit.
LIKELY_GROWTH = Decimal("0.2")
YEAR_COLUMNS = ("year", "年份", "年度", "年", "año")
VALUE_COLUMNS = {
    StatisticsImport.Series.PRICES: (
        "index",
        "cpi",
        "指数",
        "居民消费价格指数",
        "change",
        "涨跌幅",
        "变化",
        "variación",
    ),
    StatisticsImport.Series.POPULATION: ("population", "persons", "人口", "常住人口", "población"),
}
NUMBER = re.compile(r"[+-]?(\d+|\d{1,3}(,\d{3})+)(\.\d+)?")


class Unit(StrEnum):
    """How a table of prices writes them; what is stored is always the index."""

    INDEX = "index"
    CHANGE = "change"


class State(StrEnum):
    """What taking over a row would do."""

    NEW = "new"
    CHANGED = "changed"
    SAME = "same"


@dataclass(frozen=True)
class Entry:
    """One year. ``before``: what is stored now; None where nothing is."""

    year: int
    value: Decimal
    before: Decimal | None = None

    @property
    def state(self) -> State:
        if self.before is None:
            return State.NEW
        return State.SAME if self.before == self.value else State.CHANGED


@dataclass(frozen=True)
class Table:
    """``errors`` keep a table from being taken over; ``warnings`` ask for a second look."""

    series: StatisticsImport.Series
    government: Government | None
    entries: tuple[Entry, ...]
    errors: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()


def read_table(
    text: str, *, series: StatisticsImport.Series, unit: Unit = Unit.INDEX, government: Government | None = None
) -> Table:
    """What a pasted or uploaded table says, beside what is stored. Never raises: every fault is named with its line."""
    if len(text) > CHARACTERS_AT_MOST:
        message = _("The table has more than %(number)d characters.") % {"number": CHARACTERS_AT_MOST}
        return Table(series, government, (), (message,))
    errors: list[str] = []
    found: dict[int, Decimal] = {}
    for line, year_text, value_text in _rows(text, series, errors):
        year, value = _year(year_text), _number(value_text)
        if year is None:
            errors.append(_("Line %(line)d: “%(text)s” is no year.") % {"line": line, "text": year_text[:40]})
        elif value is None:
            words = {"line": line, "text": value_text[:40]}
            errors.append(_("Line %(line)d: “%(text)s” is no number; write it like 103.2.") % words)
        elif year in found:
            errors.append(_("Line %(line)d: the year %(year)d stands there twice.") % {"line": line, "year": year})
        else:
            found[year] = value + 100 if unit is Unit.CHANGE and series == StatisticsImport.Series.PRICES else value
            errors += _impossible(series, line, found[year])
    if not found and not errors:
        errors.append(_("There is no row with a year and a number."))
    stored = stored_values(series, government)
    entries = tuple(Entry(year, value, stored.get(year)) for year, value in sorted(found.items()))
    return Table(series, government, entries, tuple(errors), tuple(_doubts(series, entries)))


def stored_values(series: StatisticsImport.Series, government: Government | None) -> dict[int, Decimal]:
    """What is known now, by year."""
    if series == StatisticsImport.Series.PRICES:
        prices = PriceIndex.objects.filter(government=government)
        return dict(prices.values_list("year", "previous_year_100"))
    people = Population.objects.filter(government=government)
    return {year: Decimal(persons) for year, persons in people.values_list("year", "persons")}


def _rows(text: str, series: StatisticsImport.Series, errors: list[str]) -> Iterable[tuple[int, str, str]]:
    """Line number, year and value of every row that is not blank and not the header."""
    lines = text.lstrip("\ufeff").splitlines()
    sample = next((line for line in lines if line.strip()), "")
    rows = csv.reader(lines, delimiter=max(("\t", ";", ","), key=sample.count))
    columns: tuple[int, int] | None = None
    for number, row in enumerate(rows, start=1):
        cells = [cell.strip() for cell in row]
        if not any(cells):
            continue
        if columns is None:
            columns = _columns(cells, series)
            if _year(cells[0]) is None:
                continue
        if max(columns) >= len(cells):
            errors.append(_("Line %(line)d has no second column.") % {"line": number})
            continue
        yield number, cells[columns[0]], cells[columns[1]]


def _columns(header: list[str], series: StatisticsImport.Series) -> tuple[int, int]:
    """The places of year and value by their names; the first two columns where they have none that is known."""
    names = [cell.lstrip("#").casefold() for cell in header]
    year = next((place for place, name in enumerate(names) if name in YEAR_COLUMNS), 0)
    value = next((place for place, name in enumerate(names) if name in VALUE_COLUMNS[series]), 1)
    return year, value


def _year(text: str) -> int | None:
    digits = text.removesuffix("年")
    return int(digits) if digits.isascii() and digits.isdigit() and int(digits[:5]) in YEARS else None


def _number(text: str) -> Decimal | None:
    plain = text.replace("\N{MINUS SIGN}", "-").removesuffix("%").strip()
    if len(plain) > 30 or not NUMBER.fullmatch(plain):
        return None
    return Decimal(plain.replace(",", ""))


def _impossible(series: StatisticsImport.Series, line: int, value: Decimal) -> list[str]:
    if value <= 0:
        return [_("Line %(line)d: the number has to be above 0.") % {"line": line}]
    if series == StatisticsImport.Series.POPULATION:
        if value != value.to_integral_value() or value >= 10**11:
            return [_("Line %(line)d: people are counted in whole persons.") % {"line": line}]
    elif value >= 10**4 or value != value.quantize(Decimal("0.0001")):
        return [
            _("Line %(line)d: an index has at most four digits before the point and four after it.") % {"line": line}
        ]
    return []


def _doubts(series: StatisticsImport.Series, entries: tuple[Entry, ...]) -> Iterable[str]:
    for place, entry in enumerate(entries):
        if series == StatisticsImport.Series.PRICES:
            if not LIKELY_INDEX[0] <= entry.value <= LIKELY_INDEX[1]:
                message = _("%(year)d: %(value)s is far from 100. Is this an index with another base year?")
                yield message % {"year": entry.year, "value": f"{entry.value.normalize():f}"}
        elif place and entries[place - 1].value and entries[place - 1].year == entry.year - 1:
            last = entries[place - 1].value
            if abs(entry.value - last) > LIKELY_GROWTH * last:
                message = _("%(year)d: the population differs by more than a fifth from the year before.")
                yield message % {"year": entry.year}
