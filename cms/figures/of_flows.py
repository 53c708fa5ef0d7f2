"""Figures of money on its way: from where it comes, through what it is for, to who has it."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from uuid import UUID

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext, pgettext

from cms.budget.models import Release
from cms.budget.queries import Reader, size_phase, visible_release
from cms.budget.reading import Reading, reading_of
from cms.figures.of_releases import about, amount_cell
from cms.figures.registry import Cell, Figure, Row, Table, figure_kind
from portal.ui.charts import flow_of
from portal.ui.furniture import local
from portal.ui.money import ratio

Flowing = list[tuple[tuple[str, ...], float]]


@figure_kind("flow", gettext_lazy("The way of the money"), "release")
def flow_figure(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    release = visible_release(row_id, reader)
    return flow_through(release, reading_of(release))


def flow_through(release: Release, reading: Reading) -> Figure | None:
    """From revenue, where every department has handed in its income table, or else from the fund, where the source
    names it, through functions to departments."""
    size = size_phase(release)
    if size is None or not reading.departments or not reading.functions:
        return None
    if {income.department for income in reading.income} >= set(reading.departments):
        return _income_flow(release, reading, "flow")
    place = reading.phases.index(size)
    has_funds = any(cell.fund for cell in reading.cells)
    labels: dict[tuple[int, str], str] = {}
    rows: Flowing = []
    shift = 1 if has_funds else 0
    for cell in reading.cells:
        unit = reading.departments.get(cell.department or 0)
        keys: tuple[str, ...] = (cell.function, unit.row_id if unit else "")
        name, name_en = reading.functions.get(cell.function, ("", ""))
        labels[shift, keys[0]] = _local(name, name_en)
        labels[shift + 1, keys[1]] = local(unit, "name") if unit else _("Not assigned")
        if has_funds:
            labels[0, cell.fund] = _local(cell.fund, reading.funds.get(cell.fund, "")) or _("Not assigned")
            keys = (cell.fund, *keys)
        rows.append((keys, float(cell.amounts[place] or 0)))
    titles = ([_("Fund")] if has_funds else []) + [_("Function"), _("Department")]
    start = (
        _("From the fund that pays, through what it is for, to who spends it. This release names no revenue.")
        if has_funds
        else _("From what it is for to who spends it. This release names neither revenue nor funds.")
    )
    if reading.income:
        start = _("From what it is for to who spends it. Only some departments have published where it comes from.")
        if has_funds:
            start = _(
                "From the fund that pays, through what it is for, to who spends it. Only some departments have "
                "published their revenue."
            )
    method = _(
        "Lines summed by fund, function and department. Bands are as thick as their money: what enters a station "
        "leaves it. The largest stations of each layer are named, the rest are one."
    )
    return _flow(release, "flow", titles, rows, labels, str(size.label), (start, method))


@figure_kind("income", gettext_lazy("Where departments have their money from"), "release")
def income_figure(row_id: UUID, parameters: Mapping[str, str], reader: Reader) -> Figure | None:
    release = visible_release(row_id, reader)
    return _income_flow(release, reading_of(release), "income")


def income_of_some(release: Release, reading: Reading) -> Figure | None:
    """The same beside a flow that begins elsewhere; None where the flow itself begins with revenue."""
    if {income.department for income in reading.income} >= set(reading.departments):
        return None
    return _income_flow(release, reading, "income")


def _income_flow(release: Release, reading: Reading, kind: str) -> Figure | None:
    """From each source of revenue through functions to departments, as the income tables have it."""
    if not reading.income:
        return None
    labels: dict[tuple[int, str], str] = {}
    rows: Flowing = []
    for income in reading.income:
        unit = reading.departments.get(income.department or 0)
        name, name_en = reading.functions.get(income.function, (income.name, ""))
        keys = (income.source.value, income.function, unit.row_id if unit else "")
        labels[0, keys[0]] = str(income.source.label)
        labels[1, keys[1]] = _local(name, name_en)
        labels[2, keys[2]] = local(unit, "name") if unit else local(release.government, "name")
        rows.append((keys, float(income.amount)))
    told = len({income.department for income in reading.income})
    words = {"told": told, "all": max(told, len(reading.departments))}
    start = ngettext(
        "From where it comes, through what it is for, to who receives it: the income table of %(told)d of %(all)d "
        "department.",
        "From where it comes, through what it is for, to who receives it: the income tables of %(told)d of %(all)d "
        "departments.",
        words["all"],
    )
    method = _(
        "Rows of the income tables summed by source, function and department; codes that are divided further are left "
        "out, so that nothing counts twice. Bands are as thick as their money: what enters a station leaves it."
    )
    titles = [_("Revenue"), _("Function"), _("Department")]
    return _flow(release, kind, titles, rows, labels, _("Received"), (start % words, method))


def _flow(
    release: Release,
    kind: str,
    titles: list[str],
    rows: Flowing,
    labels: dict[tuple[int, str], str],
    measured: str,
    said: tuple[str, str],
) -> Figure | None:
    drawn = flow_of(titles, rows, labels, other=_("Others"))
    if not drawn:
        return None
    total = sum(value for _keys, value in rows if value > 0)
    links = sorted(drawn.links, key=lambda link: (link.layer, -link.value))
    names = {(node.layer, node.key): node.label for node in drawn.nodes}
    table_rows = tuple(
        Row(
            Cell(names[link.layer, link.source]),
            (Cell(names[link.layer + 1, link.target]), amount_cell(round(link.value), release.currency)),
        )
        for link in links
    )
    last = len(titles) - 1
    strongest = max((link for link in links if link.layer == last - 1), key=lambda link: link.value)
    words = {
        "function": names[last - 1, strongest.source],
        "department": names[last, strongest.target],
        "share": ratio(Decimal(strongest.value) / Decimal(total)),
    }
    finding = _("The broadest stream: %(share)s goes through %(department)s for %(function)s") % words
    if titles[0] == _("Revenue"):
        sources = [node for node in drawn.nodes if node.layer == 0]
        largest = max(sources, key=lambda node: node.value)
        words = {"source": largest.label, "share": ratio(Decimal(largest.value) / Decimal(total))}
        finding = _("%(share)s of what was received comes from: %(source)s") % words
    return Figure(
        **about(release, kind),
        finding=finding,
        description=said[0],
        method=said[1],
        table=Table(pgettext("money", "From"), (pgettext("money", "To"), measured), table_rows),
        drawing=drawn,
    )


def _local(name: str, name_en: str) -> str:
    return local({"name": name, "name_en": name_en}, "name") or _("Not assigned")
