"""What a reader should know about a file that can be read: each check remarks, none rejects.

The faults are those that real disclosures have: subtotals among the facts, placeholders left in, personal numbers.
Rows with the same content are legitimate and are counted, never merged.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from datetime import date
from itertools import pairwise

from django.utils.translation import gettext as _

from cms.budget.importing.plan import Plan, PlannedLine
from cms.budget.importing.problems import shown

TOTAL = re.compile(
    r"(?:本[年期])?(?:收入|支出)?[合总小累總]\s*[计計]|(?:grand|sub)?[\s-]*totals?|total(?:es)? general(?:es)?|suma",
    re.IGNORECASE,
)
PLACEHOLDER = re.compile(r"(?<![A-Za-z])(?:XX|××|某某)(?![A-Za-z])|待填|此处填写", re.IGNORECASE)
# Resident identity number (GB 11643) and Spanish tax number; both carry a check digit, so chance hits are rare.
RESIDENT_ID = re.compile(r"(?<![0-9A-Za-z])([1-9][0-9]{5})((?:19|20)[0-9]{6})([0-9]{3})([0-9X])(?![0-9A-Za-z])")
RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
RESIDENT_CHECKS = "10X98765432"
EIGHT_DIGITS = re.compile("[0-9]{8}")
SPANISH_ID = re.compile(r"(?<![0-9A-Za-z])([0-9]{8})-?([A-Z])(?![0-9A-Za-z])")
SPANISH_CHECKS = "TRWAGMYFPDXBNJZSQVHLCKE"
NAMES = ("department", "programme", "functional", "economic", "fund")
MOST_EXAMPLES = 5


def check_plan(plan: Plan) -> None:
    """Add remarks to ``plan.problems``."""
    for line in plan.lines:
        _check_line(plan, line)
    _check_same_rows(plan)
    _check_stated(plan)
    _check_nested_codes(plan)


def _check_line(plan: Plan, line: PlannedLine) -> None:
    names = [name for key in NAMES if (name := line.texts.get(key))]
    if line.is_leaf:
        for name in names:
            if TOTAL.fullmatch(name):
                message = _("“%(name)s” looks like a total among the facts; [leaf] can set it aside.")
                plan.warn(line.row, "looks_like_total", message % {"name": shown(name)})
                break
    for name in names:
        if PLACEHOLDER.search(name):
            plan.warn(line.row, "placeholder", _("“%(name)s” looks like a placeholder.") % {"name": shown(name)})
            break
    if any(holds_personal_number(text) for text in line.texts.values()):
        # The number itself stays out of the message, which everybody may read.
        message = _("The row holds what looks like a personal identity number. Check before publishing.")
        plan.warn(line.row, "personal_number", message)


def holds_personal_number(text: str) -> bool:
    """Whether a text holds a resident identity number or a Spanish DNI with a right check digit."""
    if not EIGHT_DIGITS.search(text):
        return False
    for area, born, order, check in RESIDENT_ID.findall(text):
        digits = map(int, area + born + order)
        total = sum(weight * digit for weight, digit in zip(RESIDENT_WEIGHTS, digits, strict=True))
        if RESIDENT_CHECKS[total % 11] == check and _is_date(born):
            return True
    return any(SPANISH_CHECKS[int(number) % 23] == check for number, check in SPANISH_ID.findall(text))


def _is_date(digits: str) -> bool:
    try:
        date(int(digits[:4]), int(digits[4:6]), int(digits[6:]))
    except ValueError:
        return False
    return True


def _check_same_rows(plan: Plan) -> None:
    counts = Counter(line.fingerprint for line in plan.lines)
    repeated = sum(count - 1 for count in counts.values())
    if repeated:
        plan.note(None, "same_rows", _("%(count)d rows repeat another row; all are kept.") % {"count": repeated})


def _check_stated(plan: Plan) -> None:
    silent = [line.row for line in plan.leaves if all(amount is None for amount in line.amounts)]
    if silent:
        rows = ", ".join(map(str, silent[:MOST_EXAMPLES])) + (" …" if len(silent) > MOST_EXAMPLES else "")
        message = _("%(count)d rows state no amount at all (rows %(rows)s).") % {"count": len(silent), "rows": rows}
        plan.warn(None, "no_amount", message)


def _check_nested_codes(plan: Plan) -> None:
    """A class (201) beside its own items (2010601) in one table: their sum counts the money twice."""
    tables: defaultdict[tuple[object, ...], set[str]] = defaultdict(set)
    for line in plan.leaves:
        code = line.texts.get("functional_code", "")
        if code.isdigit():
            tables[line.named("department"), line.named("programme"), line.texts.get("fund")].add(code)
    examples: list[str] = []
    count = 0
    for codes in tables.values():
        ordered = sorted(codes)
        for code, following in pairwise(ordered):
            if following.startswith(code):
                count += 1
                examples.append(f"{code} / {following}")
    if count:
        message = _(
            "%(count)d functional codes contain other codes of the file (%(examples)s): totals may count money twice. "
            "[leaf] can set subtotals aside."
        )
        plan.warn(None, "nested_codes", message % {"count": count, "examples": ", ".join(examples[:3])})
