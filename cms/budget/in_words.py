"""What a release says, in sentences that need no training in finance. Every number in them is computed."""

from __future__ import annotations

from decimal import Decimal

from django.utils.formats import date_format
from django.utils.html import strip_tags
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.budget.figures import expected_rate, group_name
from cms.budget.models import Phase, Release
from cms.budget.queries import Dimension, base_phase, size_phase
from cms.budget.reading import Reading
from portal.ui.furniture import local
from portal.ui.money import money, ratio, rounded

NAMED = 3
# So far from the calendar counts as ahead of it or behind it (as a ratio).
PACE_MARGIN = Decimal("0.05")


def in_words(release: Release, reading: Reading, years: list[Release]) -> list[str]:
    """A few sentences, the most important first; fewer where the release says less."""
    found = (
        _how_much(release, reading),
        _on_what(release, reading),
        _how_far(release, reading),
        _since(release, years),
    )
    return [sentence for sentence in found if sentence]


def _amount(value: int, release: Release) -> str:
    return strip_tags(money(value, release.currency))


def _how_much(release: Release, reading: Reading) -> str:
    size = size_phase(release)
    total = reading.facts.amounts.get(size) if size else None
    if total is None:
        return ""
    departments, programmes = reading.facts.departments, reading.facts.programmes
    words = {
        "government": local(release.government, "name"),
        "year": release.fiscal_year,
        "amount": _amount(total, release),
        "departments": ngettext("%(n)d department", "%(n)d departments", departments) % {"n": departments},
        "programmes": ngettext("%(n)d programme", "%(n)d programmes", programmes) % {"n": programmes},
    }
    if base_phase(release) is None:
        return _("%(government)s spent %(amount)s in %(year)s.") % words
    if departments and programmes:
        return _("In %(year)s, %(government)s may spend %(amount)s, by %(departments)s on %(programmes)s.") % words
    if departments:
        return _("In %(year)s, %(government)s may spend %(amount)s, by %(departments)s.") % words
    return _("In %(year)s, %(government)s may spend %(amount)s.") % words


def _on_what(release: Release, reading: Reading) -> str:
    size = size_phase(release)
    total = reading.facts.amounts.get(size) if size else None
    groups = [group for group in reading.groups(Dimension.FUNCTION, size) if group.name]
    if not total or total <= 0 or len(groups) < 2:
        return ""
    parts = [
        _("%(name)s (%(share)s)")
        % {"name": group_name(group), "share": ratio(Decimal(group.amounts.get(str(size)) or 0) / Decimal(total))}
        for group in groups[:NAMED]
    ]
    return _("Most of it goes to %(list)s.") % {"list": _(", ").join(parts)}


def _how_far(release: Release, reading: Reading) -> str:
    comparison = reading.facts.comparison
    if comparison.rate is None or comparison.executed is None:
        return ""
    words = {"amount": _amount(comparison.executed, release), "rate": ratio(comparison.rate)}
    expected = expected_rate(release)
    if expected is None or release.as_of is None:
        return _("%(amount)s of it was spent: %(rate)s.") % words
    words |= {"day": date_format(release.as_of), "expected": ratio(expected)}
    if comparison.rate < expected - PACE_MARGIN:
        return _("By %(day)s %(rate)s was spent; %(expected)s of the year had gone, so spending is behind.") % words
    if comparison.rate > expected + PACE_MARGIN:
        return _("By %(day)s %(rate)s was spent; %(expected)s of the year had gone, so spending is ahead.") % words
    return _("By %(day)s %(rate)s was spent, in step with the year, of which %(expected)s had gone.") % words


def _since(release: Release, years: list[Release]) -> str:
    size = size_phase(release)
    earlier = [other for other in years if other.fiscal_year < release.fiscal_year]
    now, before = (release.totals.get(size), earlier[-1].totals.get(size)) if size and earlier else (None, None)
    if not now or not before or size == Phase.EXECUTED:
        return ""
    change = rounded(Decimal(now - before) / Decimal(abs(before)), 3)
    words = {"change": ratio(abs(change), 1), "year": earlier[-1].fiscal_year}
    if change > 0:
        return _("That is %(change)s more than in %(year)s, before any change of prices.") % words
    if change < 0:
        return _("That is %(change)s less than in %(year)s, before any change of prices.") % words
    return _("That is as much as in %(year)s.") % words
