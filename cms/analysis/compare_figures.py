"""A comparison laid out as figures: each with its finding, its numbers, its method and its sources."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal

from django.urls import reverse
from django.utils.html import strip_tags
from django.utils.translation import gettext as _

from cms.analysis.asking import By
from cms.analysis.comparability import name_of
from cms.analysis.comparing import Compared, Value
from cms.analysis.drawing import Cell, Figure, Row
from cms.analysis.terms import Terms
from cms.budget.models import Department
from portal.currency import in_major_units
from portal.ui.charts import Series, Trend
from portal.ui.furniture import local
from portal.ui.money import MISSING, MoneyUnit, in_unit, money, ratio, signed, unit_for

DRIVERS_SHOWN = 12
DIGITS_KEPT = 100


def figures_of(compared: Compared) -> list[Figure]:
    """The bars of one year (or of the years), the years side by side, and what a change is made of."""
    found = [bars(compared), over_years(compared), drivers(compared)]
    return [figure for figure in found if figure is not None]


def address(compared: Compared, name: str = "compare") -> str:
    return reverse(f"cms:analysis:{name}") + compared.question.address(year=compared.year, base=_base(compared))


def _asked(compared: Compared) -> dict[str, str]:
    return replace(compared.question, year=compared.year, base=_base(compared)).parameters


def _base(compared: Compared) -> int | None:
    return compared.base if compared.question.terms.is_real else None


def subtitle(compared: Compared) -> str:
    """In which terms the amounts are."""
    base = {"base": compared.base}
    match compared.question.terms:
        case Terms.REAL:
            return _("in prices of %(base)d") % base
        case Terms.PER_HEAD:
            return _("per head")
        case Terms.REAL_PER_HEAD:
            return _("per head, in prices of %(base)d") % base
    return _("in nominal terms")


def bars(compared: Compared) -> Figure | None:
    shown = compared.shown
    values = [value for _item, _year, value in shown if value]
    if not values:
        return None
    amounts = [amount for value in values for amount in (value.told_budget, value.told_executed) if amount is not None]
    has_budget = any(value.phase for value in values)
    has_executed = any(value.executed is not None for value in values)
    unit = _unit(max(map(abs, amounts), default=0), compared.currency) if compared.currency else None
    columns = [_("Phase"), _("Budget for the year")] if has_budget else []
    columns += [_("Executed")] if has_executed else []
    columns += [_("Execution rate")] if has_budget and has_executed else []
    rows = []
    for item, _year, value in shown:
        label = Cell(name_of(item), name_of(item), _link(item.subject) or (_release_link(value)))
        rows.append(
            Row(
                label,
                tuple(_cells(value, unit, has_budget=has_budget, has_executed=has_executed)),
                (value.told_budget, value.told_executed, None) if value and unit else None,
            )
        )
    keys = [("", _("Budget for the year"))] if has_budget else []
    keys += [("e", _("Executed"))] if has_executed else []
    return Figure(
        anchor="side-by-side",
        finding=finding(compared),
        head=_head(compared),
        columns=tuple(columns),
        rows=tuple(rows),
        unit=_unit_words(compared, unit),
        maximum=max(amounts, default=0),
        keys=tuple(keys),
        method=_method(compared),
        sources=_sources(compared),
        url=address(compared) + "#side-by-side",
        csv_url=address(compared, "compare_csv"),
        kind="comparison",
        parameters=_asked(compared),
    )


def _unit(largest: int, currency: str) -> MoneyUnit:
    """Small enough for two years that differ by a hundredth to look different."""
    return unit_for(largest // DIGITS_KEPT, currency)


def _head(compared: Compared) -> str:
    match compared.question.by:
        case By.DEPARTMENT:
            return _("Department")
        case By.GOVERNMENT:
            return _("Government")
    return _("Year")


def _unit_words(compared: Compared, unit: MoneyUnit | None) -> str:
    year = [str(compared.year)] if compared.year else []
    return " · ".join([*year, *([str(unit)] if unit else []), subtitle(compared)])


def _link(subject: object) -> str:
    return subject.get_absolute_url() if isinstance(subject, Department) else ""


def _release_link(value: Value | None) -> str:
    return value.release.get_absolute_url() if value else ""


def _cells(value: Value | None, unit: MoneyUnit | None, *, has_budget: bool, has_executed: bool) -> Iterable[Cell]:
    if has_budget:
        yield Cell(
            str(value.phase.label) if value and value.phase else MISSING, str(value.phase or "") if value else ""
        )
        yield _amount(value.told_budget if value else None, value, unit)
    if has_executed:
        yield _amount(value.told_executed if value else None, value, unit)
    if has_budget and has_executed:
        rate = value.rate if value else None
        yield Cell(ratio(rate, 1), "" if rate is None else f"{rate:.6f}")


def _amount(amount: int | None, value: Value | None, unit: MoneyUnit | None) -> Cell:
    if amount is None or value is None:
        return Cell(MISSING)
    currency = value.release.currency
    exact = f"{in_major_units(amount, currency):f}"
    return Cell(in_unit(amount, unit) if unit else money(amount, currency), exact)


def finding(compared: Compared) -> str:
    """What the bars say, as a headline; that they say nothing where they cannot be held against each other."""
    if compared.currency is None:
        return _("Amounts in different currencies, side by side")
    if compared.question.by is By.YEAR:
        return _change(compared)
    sized = [(value.size, item) for item, _year, value in compared.shown if value and value.size is not None]
    if len(sized) < 2:
        return _("Too little is public for a comparison")
    sized.sort(key=lambda pair: -pair[0])
    (most, first), (least, last) = sized[0], sized[-1]
    words = {
        "first": name_of(first),
        "last": name_of(last),
        "year": compared.year,
        "amount": strip_tags(money(most, compared.currency)),
    }
    if least <= 0:
        return _("%(first)s has the most money in %(year)s: %(amount)s") % words
    if most == least:
        return _("%(first)s and %(last)s have the same money in %(year)s: %(amount)s") % words
    times = (Decimal(most) / least).quantize(Decimal("0.1"))
    if times < Decimal("1.1"):
        words["percent"] = ratio(Decimal(most) / least - 1, 1)
        return _("%(first)s has %(percent)s more money than %(last)s in %(year)s: %(amount)s") % words
    words["times"] = f"{times:f}"
    return _("%(first)s has %(times)s times the money of %(last)s in %(year)s: %(amount)s") % words


def _change(compared: Compared) -> str:
    ends = compared.ends
    sizes = [end.size for end in ends] if ends else []
    if ends is None or None in sizes:
        return _("Too little is public for a comparison")
    before, after = (size or 0 for size in sizes)
    words = {"first": ends[0].release.fiscal_year, "last": ends[1].release.fiscal_year, "terms": subtitle(compared)}
    if before <= 0:
        return _("From %(first)d to %(last)d the money changed, %(terms)s") % words
    words["percent"] = ratio(abs(Decimal(after) / before - 1), 1)
    if after > before:
        return _("From %(first)d to %(last)d the money grew by %(percent)s, %(terms)s") % words
    if after < before:
        return _("From %(first)d to %(last)d the money shrank by %(percent)s, %(terms)s") % words
    return _("From %(first)d to %(last)d the money stayed the same, %(terms)s") % words


def over_years(compared: Compared) -> Figure | None:
    """Every year of departments or governments; nothing to add where years themselves are compared."""
    if compared.question.by is By.YEAR or len(compared.years) < 2 or compared.currency is None:
        return None
    sizes = {item.key: [_size(item.values.get(year)) for year in compared.years] for item in compared.items}
    known = [abs(size) for row in sizes.values() for size in row if size is not None]
    if not known:
        return None
    unit = _unit(max(known), compared.currency)
    rows = []
    lines = []
    for item in compared.items:
        cells = tuple(_amount(_size(item.values.get(year)), item.values.get(year), unit) for year in compared.years)
        rows.append(Row(Cell(name_of(item), name_of(item), _link(item.subject)), cells))
        points = tuple(None if size is None else float(size) for size in sizes[item.key])
        lines.append(Series(name_of(item), points, tuple(strip_tags(cell.text) for cell in cells)))
    years = tuple(str(year) for year in compared.years)
    return Figure(
        anchor="over-the-years",
        finding=_fastest(compared) or _("The same over the years"),
        head=_head(compared),
        columns=years,
        rows=tuple(rows),
        unit=f"{unit} · {subtitle(compared)}",
        description=_("One line for each, one point for each year that is public; the scale begins at nought."),
        drawing=Trend(years, tuple(lines)),
        keys=tuple((f"s{place}", name_of(item)) for place, item in enumerate(compared.items)),
        method=_method(compared),
        sources=_sources(compared),
        url=address(compared) + "#over-the-years",
        csv_url=address(compared, "compare_csv"),
        kind="comparison-years",
        parameters=_asked(compared),
    )


def _size(value: Value | None) -> int | None:
    return value.size if value else None


def _fastest(compared: Compared) -> str:
    """Who grew the most, over the years that all of them have; empty where that cannot be told."""
    common = [year for year in compared.years if all(_size(item.values.get(year)) for item in compared.items)]
    if len(common) < 2:
        return ""
    first, last = common[0], common[-1]
    grown = []
    for item in compared.items:
        before, after = _size(item.values[first]) or 0, _size(item.values[last]) or 0
        if before > 0:
            grown.append((Decimal(after) / before - 1, name_of(item)))
    if len(grown) < 2:
        return ""
    rate, name = max(grown)
    words = {"name": name, "percent": signed(rate, "%"), "first": first, "last": last}
    return _("%(name)s changed the most from %(first)d to %(last)d: %(percent)s") % words


def drivers(compared: Compared) -> Figure | None:
    ends = compared.ends
    if not compared.drivers or ends is None or compared.currency is None:
        return None
    currency = compared.currency
    whole = sum(driver.part.change for driver in compared.drivers)
    unit = _unit(max(abs(driver.part.change) for driver in compared.drivers), currency)
    shown, others = compared.drivers[:DRIVERS_SHOWN], compared.drivers[DRIVERS_SHOWN:]

    def cells(before: int | None, after: int | None, change: int, share: Decimal | None) -> tuple[Cell, ...]:
        exact = [
            (amount, "" if amount is None else f"{in_major_units(amount, currency):f}") for amount in (before, after)
        ]
        sign = "+" if change > 0 else ""
        return (
            *(Cell(in_unit(amount, unit), plain) for amount, plain in exact),
            Cell(sign + strip_tags(in_unit(change, unit)), f"{in_major_units(change, currency):f}"),
            Cell(ratio(share, 1), "" if share is None else f"{share:.6f}"),
        )

    rows = []
    for driver in shown:
        name = local(driver.group, "name") or _("Not assigned")
        part = driver.part
        rows.append(
            Row(
                Cell(name, name, driver.group.url),
                cells(part.before, part.after, part.change, part.share),
                (part.change if part.change > 0 else None, -part.change if part.change < 0 else None, None),
            )
        )
    if others:
        before, after = (sum(getattr(driver.part, name) or 0 for driver in others) for name in ("before", "after"))
        name = _("%(number)d others") % {"number": len(others)}
        share = Decimal(after - before) / whole if whole else None
        rows.append(Row(Cell(name, name), cells(before, after, after - before, share)))
    before, after = (sum(getattr(d.part, name) or 0 for d in compared.drivers) for name in ("before", "after"))
    first, last = (str(end.release.fiscal_year) for end in ends)
    largest = shown[0]
    words = {
        "name": local(largest.group, "name") or _("Not assigned"),
        "amount": ("+" if largest.part.change > 0 else "") + strip_tags(money(largest.part.change, currency)),
        "whole": ("+" if whole > 0 else "") + strip_tags(money(whole, currency)),
    }
    return Figure(
        anchor="drivers",
        finding=_("%(name)s moved the most: %(amount)s of %(whole)s") % words,
        head=_("Part"),
        columns=(first, last, _("Change"), _("Share of the change")),
        rows=tuple(rows),
        unit=f"{unit} · {subtitle(compared)}",
        maximum=max(abs(driver.part.change) for driver in compared.drivers),
        keys=(("", _("more than before")), ("e", _("less than before"))),
        method=(
            _(
                "Each part's change is its amount in the last year less that in the first; a part that is missing in "
                "one of them counts as nothing there. The changes add up to the whole exactly. Shares are of the net "
                "change: where some parts grew and others shrank they go beyond 100% or below 0."
            ),
            _("It shows where the money moved, not why."),
        ),
        sources=_sources(compared),
        url=address(compared) + "#drivers",
        csv_url=address(compared, "compare_csv") + "&figure=drivers",
        kind="comparison-change",
        parameters=_asked(compared),
        total=Row(Cell(_("In all")), cells(before, after, whole, Decimal(1) if whole else None)),
    )


def _method(compared: Compared) -> tuple[str, ...]:
    said = [
        _(
            "Sums of the lines of the newest public version of each year. The budget for the year is the adjusted one "
            "or, before there is one, the adopted one or the draft; the execution rate is what was spent of it."
        )
    ]
    if compared.question.terms.is_real:
        said.append(
            _("Real amounts: multiplied by the rise of consumer prices up to %(base)d, year by year.")
            % {"base": compared.base}
        )
    if compared.question.terms.is_per_head:
        said.append(_("Per head: divided by the population of the government in the same year."))
    return tuple(said)


def _sources(compared: Compared) -> tuple[tuple[str, str], ...]:
    releases = sorted(compared.releases, key=lambda release: (release.government_id, release.fiscal_year))
    found = [
        (f"{local(release.government, 'name')} {release.fiscal_year} v{release.version}", release.get_absolute_url())
        for release in releases
    ]
    found += [
        (f"{entered.source} ({entered.published_on:%Y-%m-%d})", entered.get_absolute_url())
        for entered in compared.sources
    ]
    return tuple(found)


def csv_rows(compared: Compared) -> list[list[str]]:
    """Every item and year: amounts as published and in the chosen terms, in major units, with their release."""
    header = ["item", "fiscal_year", "currency", "phase", "budget", "executed", "execution_rate"]
    header += ["terms", "prices_of", "budget_in_terms", "executed_in_terms", "release"]
    rows = [header]
    for item in compared.items:
        for year, value in sorted(item.values.items()):
            currency = value.release.currency
            amounts = [
                "" if amount is None else f"{in_major_units(amount, currency):f}"
                for amount in (value.budget, value.executed, value.told_budget, value.told_executed)
            ]
            rate = value.rate
            name = (
                name_of(item) if item.subject else (local(compared.subject, "name") if compared.subject else item.key)
            )
            rows.append(
                [
                    *(name, str(year), currency, str(value.phase or "")),
                    *amounts[:2],
                    "" if rate is None else f"{rate:.6f}",
                    compared.question.terms.value,
                    str(compared.base) if compared.question.terms.is_real else "",
                    *amounts[2:],
                    str(value.release.row_id),
                ]
            )
    return rows
