"""Two to five departments, governments or years side by side, in the terms that somebody asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from cms.analysis.asking import By, Question
from cms.analysis.cube import CubeSum, department_cells, sums_by
from cms.analysis.drivers import Contribution, contributions
from cms.analysis.models import CellQuerySet, StatisticsImport
from cms.analysis.terms import Deflator, deflator
from cms.budget.models import Department, Government, Phase, Release
from cms.budget.queries import Dimension, Group, Reader, base_phase, execution_rate, names_of
from portal.errors import NotFound

YEARS_AT_MOST = 12


@dataclass(frozen=True)
class Value:
    """One year of one thing. ``budget`` and ``executed`` are as published, the ``told`` ones in the chosen terms.

    Minor units of the release's currency; None for what was not published or cannot be told in these terms.
    """

    release: Release
    budget: int | None
    executed: int | None
    told_budget: int | None
    told_executed: int | None

    @property
    def phase(self) -> Phase | None:
        return base_phase(self.release)

    @property
    def rate(self) -> Decimal | None:
        """Of the amounts as published: prices and people are the same above and below the line."""
        return execution_rate(self.budget, self.executed)

    @property
    def size(self) -> int | None:
        """What is ranked: the budget or, where only accounts were published, what was spent."""
        return self.told_budget if self.phase else self.told_executed


@dataclass(frozen=True)
class Item:
    """One of the things side by side. ``subject`` is None for a year. ``values``: by fiscal year."""

    key: str
    subject: Department | Government | None
    values: dict[int, Value] = field(default_factory=dict)


@dataclass(frozen=True)
class Driver:
    """A part of the change between two years. ``group`` has no name for lines that are not assigned to any part."""

    group: Group
    part: Contribution[Any]


@dataclass(frozen=True)
class Compared:
    """``years``: those that any item has, ascending. ``year``: the one whose bars are shown; None for years by years.

    ``currency`` is None where there are several. ``base``: in whose prices real amounts are.
    """

    question: Question
    items: list[Item]
    years: list[int]
    year: int | None
    base: int
    currency: str | None
    subject: Department | Government | None = None
    drivers: list[Driver] = field(default_factory=list)
    sources: tuple[StatisticsImport, ...] = ()
    deflator: Deflator = field(default_factory=Deflator)

    @property
    def shown(self) -> list[tuple[Item, int, Value | None]]:
        """What the bars show: each item in the chosen year, or each year of the subject."""
        if self.question.by is By.YEAR:
            return [(item, int(item.key), item.values.get(int(item.key))) for item in self.items]
        return [(item, self.year or 0, item.values.get(self.year or 0)) for item in self.items]

    @property
    def releases(self) -> list[Release]:
        found = {value.release.pk: value.release for item in self.items for value in item.values.values()}
        return list(found.values())

    @property
    def ends(self) -> tuple[Value, Value] | None:
        """The first and the last of the years compared, where both are there."""
        values = [value for _item, _year, value in self.shown if value]
        return (values[0], values[-1]) if self.question.by is By.YEAR and len(values) > 1 else None


def compare(question: Question, reader: Reader) -> Compared:
    """Raises ``NotFound`` for a department or government that the reader may not see. A fixed number of queries."""
    subjects, subject = _subjects(question, reader)
    cells = _cells(question, subjects, subject, reader)
    key = {By.DEPARTMENT: "department", By.GOVERNMENT: "government", By.YEAR: "fiscal_year"}[question.by]
    sums = sums_by(cells, key)
    years = sorted({found.year for found in sums})[-YEARS_AT_MOST:]
    base = question.base or max(years, default=0)
    terms = deflator(reader, {found.release.government_id for found in sums}, question.terms)
    values: dict[Any, dict[int, Value]] = {}
    for found in sums:
        values.setdefault(found.key, {})[found.year] = _value(found, question, terms, base)
    if question.by is By.YEAR:
        items = [Item(str(year), None, values.get(year, {})) for year in question.years]
    else:
        items = [Item(pick, subjects[pick], values.get(subjects[pick].pk, {})) for pick in question.picks]
    currencies = {found.release.currency for found in sums}
    compared = Compared(
        question=question,
        items=items,
        years=years,
        year=_year_shown(question, items, years),
        base=base,
        currency=currencies.pop() if len(currencies) == 1 else None,
        subject=subject,
        sources=terms.sources,
        deflator=terms,
    )
    drivers = _drivers(compared, cells) if compared.ends and compared.currency else []
    return Compared(**{**vars(compared), "drivers": drivers})


def _subjects(
    question: Question, reader: Reader
) -> tuple[dict[str, Department | Government], Department | Government | None]:
    """What was picked, by its key in the address; and whose years are asked for."""
    wanted = [question.of] if question.by is By.YEAR else list(question.picks)
    found: dict[str, Department | Government] = {}
    numbers = [int(key) for key in wanted if key.isdigit()]
    if numbers:
        for government in governments_for(reader).filter(pk__in=numbers):
            found[str(government.pk)] = government
    if others := [key for key in wanted if not key.isdigit()]:
        departments = Department.objects.visible_to(reader).select_related("government")
        for department in departments.filter(row_id__in=others):
            found[str(department.row_id)] = department
    if set(wanted) - set(found):
        raise NotFound
    return found, found[question.of] if question.by is By.YEAR else None


def governments_for(reader: Reader) -> Any:
    """Governments with something public."""
    public = Release.objects.visible_to(reader).published()
    return Government.objects.filter(pk__in=public.values("government")).order_by("pk")


def _cells(
    question: Question,
    subjects: dict[str, Department | Government],
    subject: Department | Government | None,
    reader: Reader,
) -> CellQuerySet:
    cells = department_cells(reader)
    if question.function:
        cells = cells.filter(function=question.function)
    chosen = [subject] if subject else list(subjects.values())
    name = "department" if isinstance(chosen[0], Department) else "government"
    cells = cells.filter(**{f"{name}__in": [one.pk for one in chosen]})
    return cells.filter(fiscal_year__in=question.years) if question.by is By.YEAR else cells


def _value(found: CubeSum, question: Question, terms: Deflator, base: int) -> Value:
    def told(amount: int | None) -> int | None:
        government = found.release.government_id
        return terms.told(amount, question.terms, government=government, year=found.year, base=base)

    of_year = found.comparison
    return Value(found.release, of_year.base, of_year.executed, told(of_year.base), told(of_year.executed))


def _year_shown(question: Question, items: Sequence[Item], years: Sequence[int]) -> int | None:
    """The year asked for or, failing that, the newest that all have; failing that the newest that any has."""
    if question.by is By.YEAR:
        return None
    if question.year is not None:
        return question.year
    common = [year for year in years if all(year in item.values for item in items)]
    return max(common or years, default=None)


def _drivers(compared: Compared, cells: CellQuerySet) -> list[Driver]:
    """The change from the first to the last year, by department of a government or by function of a department."""
    ends = compared.ends
    if ends is None:
        return []
    dimension = Dimension.DEPARTMENT if isinstance(compared.subject, Government) else Dimension.FUNCTION
    sums = sums_by(cells.filter(release__in=[end.release.pk for end in ends]), dimension.value)
    parts: list[dict[Any, int | None]] = [{}, {}]
    for found in sums:
        place = 0 if found.release.pk == ends[0].release.pk else 1
        parts[place][found.key] = _value(found, compared.question, compared.deflator, compared.base).size
    changes = contributions(*parts)
    names = names_of(ends[1].release, dimension, [part.key for part in changes if part.key])
    nameless = Group("", "", "")
    return [Driver(names.get(part.key, nameless), part) for part in changes]
