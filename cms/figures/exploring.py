"""The explorer: one release regrouped by whoever reads, in every phase."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import Count, Max
from django.db.models.functions import Left
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.budget.figures import group_name
from cms.budget.models import Phase, Release
from cms.budget.queries import (
    UNASSIGNED,
    Dimension,
    Group,
    Reader,
    execution_rate,
    groups_by,
    phase_sums,
    phases_of,
    size_phase,
    visible_release,
)
from cms.budget.reading import reading_of
from cms.classification.models import Scheme
from cms.classification.queries import names_of
from cms.figures.of_releases import amount_cell, source_of
from cms.figures.registry import Cell
from portal.currency import in_major_units
from portal.ui.furniture import local
from portal.ui.money import MoneyUnit, unit_for

GROUPINGS = {
    Dimension.FUNCTION: gettext_lazy("Function"),
    Dimension.DEPARTMENT: gettext_lazy("Department"),
    Dimension.PROGRAMME: gettext_lazy("Programme"),
    Dimension.ECONOMIC: gettext_lazy("Type of spending"),
}
RATE = "rate"
# More than anybody reads in a table or a chart on one page; the CSV has all of them.
SHOWN = 60
# Class (类), group (款) and item (项) of China's functional classification.
LEVELS = (3, 5, 7)


@dataclass(frozen=True)
class ExploredRow:
    group: Group
    name: str
    url: str
    cells: tuple[Cell, ...]
    values: tuple[float | None, ...]


@dataclass(frozen=True)
class Exploration:
    """``rows``: largest first. The values of a row stand in the order of ``phases``, in ``unit``; then the rate."""

    release: Release
    group: Dimension
    groupings: list[tuple[Dimension, str]]
    measure: str
    phases: list[Phase]
    rows: list[ExploredRow]
    unit: MoneyUnit
    has_rate: bool
    within: str = ""
    # The way down from all functions to what is shown, as names and addresses.
    crumbs: tuple[tuple[str, str], ...] = ()

    @property
    def shown(self) -> list[ExploredRow]:
        return self.rows[:SHOWN]

    @property
    def left_out(self) -> int:
        return max(0, len(self.rows) - SHOWN)

    @property
    def group_label(self) -> str:
        return str(GROUPINGS[self.group])

    @property
    def measures(self) -> list[tuple[str, str]]:
        return [(str(phase), str(phase.label)) for phase in self.phases] + (
            [(RATE, _("Execution rate"))] if self.has_rate else []
        )

    @property
    def source(self) -> str:
        return source_of(self.release)

    def _address(self, name: str) -> str:
        return _address(name, self.release, self.group, self.within)

    @property
    def csv_url(self) -> str:
        return self._address("explore_csv")

    @property
    def json_url(self) -> str:
        return reverse("cms:figures:explore_json", args=[self.release.row_id])

    def as_json(self) -> dict[str, Any]:
        """What the chart in the browser draws."""
        return {
            "group": self.group,
            "group_label": self.group_label,
            "unit": str(self.unit),
            "measures": [{"key": key, "label": label} for key, label in self.measures],
            "rows": [{"name": row.name, "url": row.url, "values": list(row.values)} for row in self.shown],
            "csv_url": self.csv_url,
        }

    def data_rows(self) -> list[list[str]]:
        header = [self.group_label, *(label for _key, label in self.measures)]
        return [header, *([row.name, *(cell.plain for cell in row.cells)] for row in self.rows)]


def exploration(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Exploration:
    """``group`` and ``measure`` come from the address; whatever is unknown there is left out."""
    release = visible_release(row_id, reader)
    reading = reading_of(release)
    offered = [dimension for dimension in GROUPINGS if dimension in reading.facts.dimensions]
    asked = parameters.get("group", "")
    group = next(
        (dimension for dimension in offered if dimension == asked), offered[0] if offered else Dimension.FUNCTION
    )
    size = size_phase(release)
    within = _within(release, group, parameters.get("within", ""))
    if within:
        groups = _below(release, within, size)
    elif group in (Dimension.FUNCTION, Dimension.DEPARTMENT):
        groups = reading.groups(group, size)
    else:
        groups = groups_by(release, group, release.lines.all())
    phases = phases_of(release)
    largest = max((abs(g.amounts.get(size) or 0) for g in groups), default=0) if size else 0
    unit = unit_for(largest, release.currency)
    has_rate = Phase.EXECUTED in phases and size not in (None, Phase.EXECUTED)
    rows = [_row(release, group, each, phases, unit, size if has_rate else None) for each in groups]
    measures = [str(phase) for phase in phases] + ([RATE] if has_rate else [])
    measure = parameters.get("measure", "")
    if measure not in measures:
        measure = str(size) if size else ""
    if measure == RATE:
        rows.sort(key=lambda row: -(row.values[-1] if row.values[-1] is not None else -1))
    elif measure and measure != size:
        place = measures.index(measure)
        rows.sort(key=lambda row: -(row.values[place] or 0))
    labels = [(dimension, str(GROUPINGS[dimension])) for dimension in offered]
    crumbs = _crumbs(release, within) if within else ()
    return Exploration(release, group, labels, measure, phases, rows, unit, has_rate, within, crumbs)


def _address(name: str, release: Release, group: Dimension, within: str) -> str:
    narrowed = f"&within={within}" if within else ""
    return f"{reverse(f'cms:figures:{name}', args=[release.row_id])}?group={group}{narrowed}"


def _within(release: Release, group: Dimension, code: str) -> str:
    """A class or group of functions to look into, or nothing."""
    is_code = code.isascii() and code.isdigit() and len(code) in LEVELS[:-1]
    return code if is_code and group is Dimension.FUNCTION and release.jurisdiction else ""


def _below(release: Release, within: str, size: Phase | None) -> list[Group]:
    """What a class or group of functions is divided into, the largest first; two queries."""
    phases = phases_of(release)
    lines = release.lines.filter(is_leaf=True, functional_code__startswith=within)
    rows: list[Any] = list(
        lines.annotate(key=Left("functional_code", LEVELS[LEVELS.index(len(within)) + 1]))
        .values("key")
        .annotate(line_count=Count("pk"), said=Max("functional_name"), **phase_sums(phases))
        .order_by("key")
    )
    official = names_of(Scheme.FUNCTIONAL, [row["key"] for row in rows], release.fiscal_year, release.jurisdiction)
    groups = []
    for row in rows:
        name = official.get(row["key"])
        said = row["said"] if len(row["key"]) == LEVELS[-1] else row["key"]
        amounts = {str(phase): row[phase] for phase in phases}
        groups.append(
            Group(
                row["key"],
                name.name if name else said,
                name.name_en if name else "",
                lines=row["line_count"],
                amounts=amounts,
            )
        )
    return sorted(groups, key=lambda group: -(group.amounts.get(size) or 0) if size else 0)


def _crumbs(release: Release, within: str) -> tuple[tuple[str, str], ...]:
    codes = [within[:length] for length in LEVELS if length <= len(within)]
    official = names_of(Scheme.FUNCTIONAL, codes, release.fiscal_year, release.jurisdiction)
    steps = [(_("All functions"), "")] + [
        (local(official[code], "name") if code in official else code, code) for code in codes
    ]
    return tuple(
        (name, "" if code == within else _address("explore", release, Dimension.FUNCTION, code)) for name, code in steps
    )


def _row(
    release: Release, dimension: Dimension, group: Group, phases: list[Phase], unit: MoneyUnit, base: Phase | None
) -> ExploredRow:
    cells = [amount_cell(group.amounts.get(phase), release.currency, unit) for phase in phases]
    values = [_in_unit(group.amounts.get(phase), unit) for phase in phases]
    if base:
        rate = execution_rate(group.amounts.get(base), group.amounts.get(Phase.EXECUTED))
        cells.append(Cell("—") if rate is None else Cell(f"{rate:.1%}", f"{rate:.4f}"))
        values.append(None if rate is None else round(float(rate) * 100, 2))
    url = f"{release.get_absolute_url()}?{dimension}={group.key}#lines" if group.key != UNASSIGNED else ""
    if _within(release, dimension, group.key):
        url = _address("explore", release, dimension, group.key)
    elif dimension is Dimension.FUNCTION and len(group.key) > LEVELS[0] and release.jurisdiction:
        url = f"{release.get_absolute_url()}?q={group.key}#lines"
    return ExploredRow(group, group_name(group), group.url or url, tuple(cells), tuple(values))


def _in_unit(amount: int | None, unit: MoneyUnit) -> float | None:
    return None if amount is None else float(round(in_major_units(amount, unit.currency) / unit.divisor, 4))
