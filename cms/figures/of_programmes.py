"""Figures about one programme or department: its money and its scores, year after year."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from cms.analysis.departments import years_of_department
from cms.budget.models import Department, Line, Phase, Programme
from cms.budget.queries import (
    Reader,
    YearSum,
    largest_amount,
    phases_over,
    visible_department,
    visible_programme,
    years_of,
)
from cms.classification.identity import lines_of_programme
from cms.figures.of_releases import amount_cell, source_of
from cms.figures.registry import Cell, Figure, Key, Row, Table, figure_kind
from cms.performance.queries import years_of_programme
from portal.ui.charts import Bar, Bars, Series, Trend
from portal.ui.money import in_unit, ratio, unit_for

# What is drawn beside what was spent, the budget for the year first: each keeps the colour that it has elsewhere.
PLANNED = (Phase.ADJUSTED, Phase.ADOPTED)


@figure_kind("programme-money", gettext_lazy("A programme's money over the years"), "programme")
def programme_money_figure(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    found = visible_programme(row_id, reader)
    return money_over_years(found, "programme-money", years_of(Line.objects.filter(lines_of_programme(found)), reader))


@figure_kind("department-money", gettext_lazy("A department's money over the years"), "department")
def department_money_figure(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    found = visible_department(row_id, reader)
    return money_over_years(found, "department-money", years_of_department(found, reader))


def money_over_years(subject: Programme | Department, kind: str, years: list[YearSum]) -> Figure | None:
    """Every phase of every year as a table; planned, adjusted and spent as lines where there are several years."""
    if not years:
        return None
    newest = years[-1].release
    years = [year for year in years if year.release.currency == newest.currency]
    unit = unit_for(largest_amount(years), newest.currency)
    phases = phases_over(years)
    rows = tuple(
        Row(
            Cell(str(year.release.fiscal_year), url=year.release.get_absolute_url()),
            (
                *(amount_cell(year.amounts.get(phase), newest.currency, unit) for phase in phases),
                Cell(ratio(year.comparison.rate), _plain_rate(year)),
                Cell(str(year.lines), str(year.lines)),
            ),
        )
        for year in years
    )
    planned = [phase for phase in PLANNED if phase in phases]
    executed = [Phase.EXECUTED] if Phase.EXECUTED in phases else []
    series = tuple(
        Series(
            str(phase.label),
            tuple(_float(year.amounts.get(phase)) for year in years),
            tuple(strip_tags(in_unit(year.amounts.get(phase), unit)) for year in years),
        )
        for phase in (*planned[:1], *executed, *planned[1:])
    )
    drawn = Trend(tuple(str(year.release.fiscal_year) for year in years), series)
    return Figure(
        kind=kind,
        subject=subject.row_id,
        finding=_money_finding(years),
        description=_("Amounts as published in each year, not corrected for prices. The scale begins at zero."),
        method=_("Sums of its lines in the newest version of each year's release. Rate = spent / budget for the year."),
        source=source_of(newest),
        source_url=newest.get_absolute_url(),
        release=newest,
        table=Table(
            _("Year"), (*(str(phase.label) for phase in phases), _("Execution rate"), _("Lines")), rows, str(unit)
        ),
        drawing=drawn if drawn else None,
        keys=tuple(Key(f"s{number}", line.label) for number, line in enumerate(series)) if drawn else (),
    )


def _float(value: Any) -> float | None:
    return None if value is None else float(value)


def _plain_rate(year: YearSum) -> str:
    rate = year.comparison.rate
    return "" if rate is None else f"{rate:.4f}"


def _money_finding(years: list[YearSum]) -> str:
    rated = [year for year in years if year.comparison.rate is not None]
    if not rated:
        return ngettext("%(count)d year of money", "%(count)d years of money", len(years)) % {"count": len(years)}
    least = min(rated, key=lambda year: year.comparison.rate or 0)
    words = {"year": rated[-1].release.fiscal_year, "rate": ratio(rated[-1].comparison.rate)}
    if len(rated) == 1 or least is rated[-1]:
        return _("%(rate)s of its money was spent in %(year)s") % words
    words |= {"least_year": least.release.fiscal_year, "least": ratio(least.comparison.rate)}
    return _("%(rate)s of its money was spent in %(year)s; least in %(least_year)s: %(least)s") % words


@figure_kind(
    "programme-scores", gettext_lazy("What a programme says of itself, and what the rules make of it"), "programme"
)
def programme_scores_figure(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    """Own and computed scores by year, out of 100. Scores by others are shown beside it where there are some."""
    found = visible_programme(row_id, reader)
    years = [year for year in years_of_programme(found, reader) if year.self_score is not None]
    if not years:
        return None
    lines = Line.objects.visible_to(reader).filter(programme=found).select_related("release__government")
    newest = lines.order_by("-release__fiscal_year", "-release__version")[0].release
    rows, bars = [], []
    for year in sorted(years, key=lambda year: year.year.fiscal_year):
        own, computed = year.self_score, year.assessment.score if year.assessment else None
        cells = tuple(
            Cell("—" if score is None else str(score), "" if score is None else str(score)) for score in (own, computed)
        )
        label = str(year.year.fiscal_year)
        rows.append(Row(Cell(label), cells, (_float(own), _float(computed), 100.0)))
        bars.append(Bar(label, _float(own), _float(computed), 100.0, cells[0].text))
    last = rows[-1]
    words = {"year": last.label.text, "own": last.cells[0].text, "computed": last.cells[1].text}
    return Figure(
        kind="programme-scores",
        subject=found.row_id,
        finding=_("%(year)s: %(own)s by its own account, %(computed)s by the published rules") % words,
        description=_("Above: by its own account. Below: computed by the published rules. The line: 100."),
        method=_("Own score from the self-evaluation sheet; the other one from the goals by the published scheme."),
        source=source_of(newest),
        source_url=reverse("cms:budget:schemes"),
        release=newest,
        table=Table(_("Year"), (_("Own score"), _("Computed")), tuple(rows)),
        drawing=Bars(tuple(bars)),
        is_table=True,
        keys=(Key("", _("by its own account")), Key("e", _("computed by the published rules"))),
    )
