"""Checks of the lines of a release: the subtotals that its source printed, and the names of codes."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from typing import Any

from django.utils import timezone

from cms.budget.checks.documents import Checked, Found, Verdict
from cms.budget.checks.rules import CodeNames, Deadline, RollUp
from cms.budget.checks.tables import official_names, same_name
from cms.budget.models import Line
from cms.budget.queries import phases_of
from cms.calendars.clocks import deadline

# By what a subtotal may be told apart, besides its code.
TOLD_APART = ("department_id", "programme_id", "fund", "economic_code")
LINES_AT_ONCE = 5000
# A fault that repeats on every line is told this often.
MOST_FOUND = 200


def check_lines_rollup(rule: RollUp, checked: Checked) -> Verdict:
    """A subtotal of the source is the sum of the facts whose codes begin with its code.

    A subtotal that names a department, programme, fund or economic type is about the facts that have the same. One
    pass over the facts, in memory no more than the sums that are asked for.
    """
    verdict = Verdict()
    release, phases = checked.release, phases_of(checked.release)
    lines = Line.objects.filter(release=release)
    subtotals = list(
        lines.filter(is_leaf=False, functional_code__gt="").values(
            "pk", "row_number", "functional_code", *TOLD_APART, *phases
        )
    )
    if not subtotals:
        verdict.cannot("no_subtotals")
        return verdict
    # Which of the four a subtotal states: for each such pattern one table of sums.
    patterns: dict[tuple[str, ...], set[tuple[Any, ...]]] = defaultdict(set)
    for subtotal in subtotals:
        pattern = _pattern(subtotal)
        patterns[pattern].add(_key(subtotal, pattern, subtotal["functional_code"]))
    sums: dict[tuple[Any, ...], list[int | None]] = {}
    lengths = sorted({len(subtotal["functional_code"]) for subtotal in subtotals})
    leaves = lines.filter(is_leaf=True, functional_code__gt="").values("functional_code", *TOLD_APART, *phases)
    for leaf in leaves.order_by().iterator(chunk_size=LINES_AT_ONCE):
        for pattern, wanted in patterns.items():
            for length in lengths:
                if length < len(leaf["functional_code"]):
                    key = _key(leaf, pattern, leaf["functional_code"][:length])
                    if key in wanted:
                        _add(sums.setdefault(key, [None] * len(phases)), leaf, phases)
    for subtotal in subtotals:
        pattern = _pattern(subtotal)
        total = sums.get(_key(subtotal, pattern, subtotal["functional_code"]))
        if total is None:
            verdict.cannot("subtotals_without_lines")
            continue
        for phase, amount in zip(phases, total, strict=True):
            if subtotal[phase] is None:
                continue
            detail = {"phase": str(phase), "code": subtotal["functional_code"], "row_number": subtotal["row_number"]}
            verdict.compare(
                subtotal[phase],
                amount or 0,
                rule.tolerance * checked.line_unit,
                rule.severity,
                line_id=subtotal["pk"],
                detail=detail,
            )
    return verdict


def _pattern(subtotal: dict[str, Any]) -> tuple[str, ...]:
    return tuple(name for name in TOLD_APART if subtotal[name] not in (None, ""))


def _key(row: dict[str, Any], pattern: tuple[str, ...], code: str) -> tuple[Any, ...]:
    return (pattern, code, *(row[name] for name in pattern))


def _add(total: list[int | None], leaf: dict[str, Any], phases: list[Any]) -> None:
    for place, phase in enumerate(phases):
        if leaf[phase] is not None:
            total[place] = (total[place] or 0) + leaf[phase]


def check_line_names(rule: CodeNames, checked: Checked) -> Verdict:
    """Each pair of functional or economic code and name, against the official list of the year."""
    verdict = Verdict()
    release = checked.release
    asked = False
    for scheme in ("functional", "economic"):
        code, name = f"{scheme}_code", f"{scheme}_name"
        pairs = list(
            Line.objects.filter(release=release, **{f"{code}__gt": "", f"{name}__gt": ""})
            .values_list(code, name)
            .distinct()
            .order_by(code, name)
        )
        if not pairs:
            continue
        asked = True
        names = official_names(scheme, (pair[0] for pair in pairs), release)
        if not names:
            verdict.cannot("no_official_names", scheme=scheme, year=release.fiscal_year)
        for number, says in pairs:
            if (official := names.get(number)) is None:
                continue
            verdict.compared += 1
            if not same_name(says, official) and len(verdict.found) < MOST_FOUND:
                detail = {"code": number, "says": says, "expected": official, "by": "list"}
                verdict.found.append(Found(rule.severity, detail=detail))
    if not asked:
        verdict.cannot("no_codes")
    return verdict


def check_deadline(rule: Deadline, checked: Checked) -> Verdict:
    """Publication, or today while it waits, is in time by the statutory period as it stood on the day of approval."""
    verdict = Verdict()
    release = checked.release
    if release.approved_on is None:
        verdict.cannot("no_approval_date")
        return verdict
    clock = rule.clock if checked.documents else rule.without_tables or rule.clock
    due = deadline(clock, release.approved_on, release.jurisdiction)
    if due is None:
        verdict.cannot("no_clock", clock=clock)
        return verdict
    day = timezone.localdate(release.published_at) if release.published_at else timezone.localdate()
    verdict.compared += 1
    if not due.is_kept_on(day):
        detail = {
            "approved_on": release.approved_on.isoformat(),
            "due": due.due_on.isoformat(),
            "says": (day - release.approved_on).days,
            "clock": clock,
        }
        verdict.found.append(Found(rule.severity, detail=detail))
    return verdict


LINE_CHECKS: dict[str, Callable[..., Verdict]] = {
    "rollup": check_lines_rollup,
    "code_names": check_line_names,
}
RELEASE_CHECKS: dict[str, Callable[..., Verdict]] = {"deadline": check_deadline}
