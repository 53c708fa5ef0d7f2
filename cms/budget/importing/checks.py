"""What a reader should know about a file that can be read: each check remarks, none rejects.

The faults are those that real disclosures have: subtotals among the facts, placeholders left in, personal numbers.
Rows with the same content are legitimate and are counted, never merged.
"""

from __future__ import annotations

from itertools import pairwise

from django.utils import timezone
from django.utils.translation import gettext as _

from cms.budget.importing.plan import Plan
from cms.budget.importing.problems import shown
from cms.budget.models import Phase

MOST_EXAMPLES = 5


def check_plan(plan: Plan) -> None:
    """Add remarks to ``plan.problems``."""
    _check_texts(plan)
    _check_same_rows(plan)
    _check_stated(plan)
    _check_nested_codes(plan)
    _check_year_is_over(plan)


def _check_texts(plan: Plan) -> None:
    found: list[tuple[int, int, str, str]] = []
    message = _("“%(name)s” looks like a total among the facts. Say which column tells them apart ([leaf] in a file).")
    found += [(row, 0, "looks_like_total", message % {"name": shown(name)}) for row, name in plan.remarks.totals]
    message = _("“%(name)s” looks like a placeholder.")
    found += [(row, 1, "placeholder", message % {"name": shown(name)}) for row, name in plan.remarks.placeholders]
    # The number itself stays out of the message, which everybody may read.
    message = _("The row holds what looks like a personal identity number. Check before publishing.")
    found += [(row, 2, "personal_number", message) for row in plan.remarks.personal]
    for row, _order, code, text in sorted(found):
        plan.warn(row, code, text)


def _check_same_rows(plan: Plan) -> None:
    if repeated := plan.repeats.count():
        plan.note(None, "same_rows", _("%(count)d rows repeat another row; all are kept.") % {"count": repeated})


def _check_stated(plan: Plan) -> None:
    silent, count = plan.remarks.silent, plan.remarks.silent_count
    if count:
        rows = ", ".join(map(str, silent[:MOST_EXAMPLES])) + (" …" if count > MOST_EXAMPLES else "")
        message = _("%(count)d rows state no amount at all (rows %(rows)s).") % {"count": count, "rows": rows}
        plan.warn(None, "no_amount", message)


def _check_nested_codes(plan: Plan) -> None:
    """A class (201) beside its own items (2010601) in one table: their sum counts the money twice."""
    examples: list[str] = []
    count = 0
    for codes in plan.remarks.codes.values():
        for code, following in pairwise(sorted(codes)):
            if following.startswith(code):
                count += 1
                examples.append(f"{code} / {following}")
    if count:
        message = _(
            "%(count)d functional codes contain other codes of the file (%(examples)s): totals may count money twice. "
            "Say which column tells sums from facts ([leaf] in a file)."
        )
        plan.warn(None, "nested_codes", message % {"count": count, "examples": ", ".join(examples[:3])})


def _check_year_is_over(plan: Plan) -> None:
    if Phase.EXECUTED in plan.phases and plan.fiscal_year >= timezone.localdate().year:
        message = _("%(year)d is not over: what was executed is only so far, and is no full year.")
        plan.note(None, "partial_year", message % {"year": plan.fiscal_year})
