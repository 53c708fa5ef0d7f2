"""Statistics in plain words: what was measured, of how many, and by which method."""

from __future__ import annotations

from decimal import Decimal

from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from cms.analysis.distribution import FEWEST, Method, Outliers
from portal.ui.money import MINUS

STRONG, WEAK = Decimal("0.6"), Decimal("0.3")


def how_measured(found: Outliers, *, is_ratio_scale: bool = False) -> str:
    """The method, or why there is none."""
    words = {"n": found.n, "fewest": FEWEST}
    match found.method:
        case Method.TOO_FEW:
            return (
                ngettext(
                    "Only %(n)d value: with fewer than %(fewest)d nothing can be said to stand apart.",
                    "Only %(n)d values: with fewer than %(fewest)d nothing can be said to stand apart.",
                    found.n,
                )
                % words
            )
        case Method.ALL_EQUAL:
            return _("All %(n)d values are the same: none stands apart.") % words
        case Method.MEAN_DISTANCE:
            said = _(
                "Robust z of %(n)d values: the distance from the median over the mean distance, as more than half of "
                "the values are the same; beyond 3.5 a value stands apart."
            )
        case _:
            said = _(
                "Robust z of %(n)d values: 0.6745 times the distance from the median over the median distance (MAD); "
                "beyond 3.5 a value stands apart."
            )
    said %= words
    if is_ratio_scale:
        said += " " + _("Distances are measured in ratios (logarithms): twice and half as much are equally far.")
    return said


def stand_apart(found: Outliers) -> str:
    """How many do, as a sentence."""
    if found.method is Method.TOO_FEW:
        return _("Too few to say which stands apart")
    count = len(found.apart)
    if not count:
        return _("None of %(n)d stands apart") % {"n": found.n}
    return ngettext("%(count)d of %(n)d stands apart", "%(count)d of %(n)d stand apart", count) % {
        "count": count,
        "n": found.n,
    }


def with_sign(number: Decimal, places: int = 1) -> str:
    text = f"{abs(number):.{places}f}"
    return f"{MINUS}{text}" if number < 0 and Decimal(text) else text


def how_related(rho: Decimal | None, n: int, first: str, second: str) -> str:
    """A rank correlation as a sentence; says so where there is none to tell."""
    words = {"n": n, "first": first, "second": second, "fewest": FEWEST}
    if rho is None:
        if n < FEWEST:
            said = ngettext(
                "%(n)d programme is too few to say whether %(first)s and %(second)s go together.",
                "%(n)d programmes are too few to say whether %(first)s and %(second)s go together.",
                n,
            )
            return said % words
        return _("One of the two never varies: nothing can be said about %(first)s and %(second)s.") % words
    words["rho"] = with_sign(rho, 2)
    if abs(rho) < WEAK:
        said = _("%(first)s and %(second)s have little to do with each other (Spearman's ρ = %(rho)s, n = %(n)d).")
        return capfirst(said % words)
    if rho >= STRONG:
        said = _("Where %(first)s is high, %(second)s is usually high too (Spearman's ρ = %(rho)s, n = %(n)d).")
    elif rho > 0:
        said = _("Where %(first)s is high, %(second)s tends to be high too (Spearman's ρ = %(rho)s, n = %(n)d).")
    elif rho <= -STRONG:
        said = _("Where %(first)s is high, %(second)s is usually low (Spearman's ρ = %(rho)s, n = %(n)d).")
    else:
        said = _("Where %(first)s is high, %(second)s tends to be low (Spearman's ρ = %(rho)s, n = %(n)d).")
    return said % words
