"""The answer to a question over lines, laid out for reading: a table with bars, a finding in words, files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.analysis.adhoc import Answer, Dimension, Measure
from cms.analysis.adhoc_asking import OFFERED, Asked, measure_label
from cms.analysis.drawing import Cell, Figure, Row
from cms.budget.models import Department, Government, Programme, Release
from cms.classification.models import Scheme
from cms.classification.queries import Name, names_of
from portal.currency import in_major_units
from portal.ui.furniture import local
from portal.ui.money import MISSING, MoneyUnit, in_unit, money, ratio, unit_for

SOURCES_SHOWN = 20
OF_SCHEME = {
    Dimension.FUNCTION_CLASS: Scheme.FUNCTIONAL,
    Dimension.FUNCTION_GROUP: Scheme.FUNCTIONAL,
    Dimension.FUNCTION: Scheme.FUNCTIONAL,
    Dimension.ECONOMIC_CLASS: Scheme.ECONOMIC,
    Dimension.ECONOMIC: Scheme.ECONOMIC,
    Dimension.FUND: Scheme.FUND,
}
RECORDS: dict[Dimension, type[Department] | type[Programme]] = {
    Dimension.DEPARTMENT: Department,
    Dimension.PROGRAMME: Programme,
}


@dataclass(frozen=True)
class Label:
    """What a value of a dimension is called, and the page about it. A code is kept beside its name."""

    name: str
    code: str = ""
    url: str = ""

    @property
    def text(self) -> str:
        return f"{self.code} {self.name}".strip() if self.code != self.name else self.name


Labels = Callable[[Dimension, dict[str, Any]], Label]


def labels_of(asked: Asked, answer: Answer) -> Labels:
    """How to call what rows are grouped by; a fixed number of queries, however many rows there are."""
    records: dict[Dimension, dict[str, Any]] = {}
    official: dict[Dimension, dict[str, dict[str, Name]]] = {}
    year = max((row[Dimension.FISCAL_YEAR] for row in answer.rows if Dimension.FISCAL_YEAR in row), default=0)
    for dimension in asked.by:
        keys = {row[dimension] for row in answer.rows if row[dimension] is not None}
        if model := RECORDS.get(dimension):
            found = model._default_manager.in_bulk(keys, field_name="row_id")
            records[dimension] = {str(key): record for key, record in found.items()}
        elif dimension is Dimension.GOVERNMENT:
            records[dimension] = {found.name: found for found in Government.objects.filter(name__in=keys)}
        elif dimension in OF_SCHEME:
            places, newest = _read_by(answer)
            official[dimension] = {
                currency: names_of(OF_SCHEME[dimension], keys, year or newest, place)
                for currency, place in places.items()
            }

    def label(dimension: Dimension, row: dict[str, Any]) -> Label:
        key = row[dimension]
        if key is None or key == "":
            return Label(_("Not assigned"))
        if dimension in records:
            record = records[dimension].get(key)
            address = getattr(record, "get_absolute_url", lambda: "")
            return Label(local(record, "name"), url=address()) if record else Label(str(key))
        if dimension in official:
            known = official[dimension].get(row["currency"], {}).get(key)
            name = local(known, "name") if known else answer.names.get(dimension, {}).get(key, "")
            if dimension is Dimension.FUND:
                return Label(name or str(key))
            return Label(name or str(key), code=str(key) if name else "")
        return Label(str(key))

    return label


def _read_by(answer: Answer) -> tuple[dict[str, str], int]:
    """Currency -> by whose classifications its codes are read, and the newest year; one query.

    Codes of others look alike and mean something else: where governments of several jurisdictions share a currency
    their codes are not named.
    """
    found = Release.objects.filter(row_id__in=answer.releases).values_list(
        "currency", "government__jurisdiction", "fiscal_year"
    )
    places: dict[str, set[str]] = defaultdict(set)
    newest = 0
    for currency, place, year in found:
        places[currency].add(place)
        newest = max(newest, year)
    return {currency: of.pop() for currency, of in places.items() if len(of) == 1 and "" not in of}, newest


def _in_order(asked: Asked, answer: Answer) -> list[dict[str, Any]]:
    """Years as they follow each other; everything else the largest first, one currency after the other."""
    if Dimension.FISCAL_YEAR in asked.by:
        return answer.rows
    first = asked.measures[0]
    return sorted(answer.rows, key=lambda row: (row["currency"], row[first] is None, -(row[first] or 0)))


def figure_of(asked: Asked, answer: Answer, *, most: int | None = None) -> Figure:
    """``most``: how many rows are shown; the files have all of them."""
    label = labels_of(asked, answer)
    rows = _in_order(asked, answer)
    currencies = sorted({row["currency"] for row in rows})
    amounts: list[Measure] = [measure for measure in asked.measures if measure is not Measure.LINES]
    sizes = [abs(row[measure]) for row in rows for measure in amounts if row[measure] is not None]
    unit = unit_for(max(sizes, default=0) // 100, currencies[0]) if len(currencies) == 1 and amounts else None
    drawn: list[Measure] = amounts[:2] if unit else [Measure.LINES] if asked.measures == (Measure.LINES,) else []
    told = [_told(asked, row, label, unit, drawn, len(currencies)) for row in rows[:most]]
    others = [str(OFFERED[dimension]) for dimension in asked.by[1:]] + ([_("Currency")] if len(currencies) > 1 else [])
    return Figure(
        anchor="answer",
        finding=_finding(asked, rows, label, len(currencies)),
        head=str(OFFERED[asked.by[0]]),
        columns=(*others, *(measure_label(measure) for measure in asked.measures)),
        rows=tuple(told),
        unit=str(unit) if unit else "",
        maximum=max((abs(row[measure]) for row in rows for measure in drawn if row[measure] is not None), default=0),
        keys=tuple(zip(("", "e"), map(measure_label, drawn), strict=False)) if len(drawn) > 1 else (),
        method=(
            _(
                "The lines of the newest public version of every year that was asked for, summed in whole minor units. "
                "Nothing published is not zero and stays a dash; currencies are never summed together."
            ),
            _("A median is the amount of a line: the lower of the two in the middle where lines are even in number.")
            if any(measure.startswith("median_") for measure in asked.measures)
            else "",
        ),
        sources=_sources(answer),
        url=reverse("cms:analysis:ask") + asked.address,
        csv_url=reverse("cms:analysis:ask_csv") + asked.address,
        kind="answer",
        parameters=asked.parameters,
    )


def _told(
    asked: Asked, row: dict[str, Any], label: Labels, unit: MoneyUnit | None, drawn: list[Measure], currencies: int
) -> Row:
    first, *others = (label(dimension, row) for dimension in asked.by)
    cells = [Cell(found.text, found.text, found.url, is_words=True) for found in others]
    cells += [Cell(row["currency"], row["currency"], is_words=True)] if currencies > 1 else []
    cells += [_amount(measure, row, unit) for measure in asked.measures]
    bar = tuple(row[measure] for measure in drawn)
    whole = (*bar, None, None, None)[:3]
    return Row(Cell(first.text, first.text, first.url), tuple(cells), whole if drawn else None)  # type: ignore[arg-type]


def _amount(measure: Measure, row: dict[str, Any], unit: MoneyUnit | None) -> Cell:
    value = row[measure]
    if value is None:
        return Cell(MISSING)
    if measure is Measure.LINES:
        return Cell(f"{value:,}", str(value))
    exact = f"{in_major_units(value, row['currency']):f}"
    return Cell(strip_tags(in_unit(value, unit) if unit else money(value, row["currency"])), exact)


def _finding(asked: Asked, rows: list[dict[str, Any]], label: Labels, currencies: int) -> str:
    first = asked.measures[0]
    sized = [row for row in rows if (row[first] or 0) > 0]
    if currencies != 1 or not sized:
        return ngettext("%(count)d row", "%(count)d rows", len(rows)) % {"count": len(rows)}
    most = max(sized, key=lambda row: row[first])
    words = {
        "name": " · ".join(label(dimension, most).name for dimension in asked.by),
        "measure": measure_label(first),
        "amount": strip_tags(money(most[first], most["currency"])) if first is not Measure.LINES else most[first],
        "share": ratio(Decimal(most[first]) / sum(row[first] for row in sized), 1),
    }
    if first.startswith("median_") or len(rows) == 1:
        return _("%(measure)s, the most: %(name)s with %(amount)s") % words
    return _("%(measure)s, the most: %(name)s with %(amount)s, %(share)s of all") % words


def _sources(answer: Answer) -> tuple[tuple[str, str], ...]:
    asked = Release.objects.filter(row_id__in=answer.releases).select_related("government")
    newest = asked.order_by("-fiscal_year", "government", "pk")[:SOURCES_SHOWN]
    found = [
        (f"{local(release.government, 'name')} {release.fiscal_year} v{release.version}", release.get_absolute_url())
        for release in newest
    ]
    if more := len(answer.releases) - len(found):
        said = ngettext("and %(count)d more release", "and %(count)d more releases", more) % {"count": more}
        found.append((said, reverse("cms:open_data:index")))
    return tuple(found)


def labelled_rows(asked: Asked, answer: Answer) -> list[dict[str, Any]]:
    """Every row for programs: keys, names where keys are none, the currency and the measures, in minor units."""
    label = labels_of(asked, answer)
    rows = []
    for row in _in_order(asked, answer):
        told: dict[str, Any] = {}
        for dimension in asked.by:
            told[dimension.value] = row[dimension]
            if dimension in RECORDS or dimension in OF_SCHEME:
                told[f"{dimension}_name"] = label(dimension, row).name
        rows.append(told | {name: row[name] for name in ("currency", *asked.measures)})
    return rows


def table_rows(asked: Asked, answer: Answer) -> list[list[str | int | Decimal]]:
    """The same for a file, under a header: amounts in major units, nothing for what is missing."""
    rows = labelled_rows(asked, answer)
    amounts = {measure.value for measure in asked.measures} - {Measure.LINES.value}

    def cell(row: dict[str, Any], name: str) -> str | int | Decimal:
        value: str | int | None = row[name]
        if value is None:
            return ""
        return in_major_units(int(value), row["currency"]) if name in amounts else value

    names = list(rows[0]) if rows else [*asked.by, "currency", *asked.measures]
    return [[str(name) for name in names], *([cell(row, name) for name in names] for row in rows)]


def csv_rows(asked: Asked, answer: Answer) -> Iterable[list[str]]:
    return (
        [f"{cell:f}" if isinstance(cell, Decimal) else str(cell) for cell in row] for row in table_rows(asked, answer)
    )
