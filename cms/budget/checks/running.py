"""Running the rules over a release, and keeping what they found."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any

from django.db import transaction
from django.urls import reverse
from django.utils.translation import ngettext

from cms.budget.checks.documents import Checked, Verdict, fingerprint
from cms.budget.checks.lines import LINE_CHECKS, RELEASE_CHECKS
from cms.budget.checks.models import CheckFinding, CheckResult, Outcome, Severity
from cms.budget.checks.prose import PROSE_CHECKS, TEXT_CHECKS
from cms.budget.checks.rules import RuleSet, rules_for
from cms.budget.checks.tables import TABLE_CHECKS
from cms.budget.models import Department, Release
from portal.errors import Conflict
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

ROWS_AT_ONCE = 500
Judged = tuple[Any, Department | None, Verdict]


@transaction.atomic
def run_checks(release: Release) -> list[CheckFinding]:
    """Apply every rule that is valid for the release, keep what it says, and answer with the current findings.

    A finding that is still there keeps its row, and with it its override; one that went away is over. Each run that
    changes anything leaves a leaf, so that nobody can say later what was known at publication. Where no rules are at
    hand for the release's jurisdiction nothing is checked, and there are no results.
    """
    Release.objects.select_for_update().get(pk=release.pk)
    rules = rules_for(release)
    if rules is None:
        return []
    judged = list(_judge(rules, Checked(release)))
    changed = _keep_findings(release, judged)
    changed |= _keep_results(release, judged)
    findings = current_findings(release)
    if changed:
        _record(release, rules, findings)
    return findings


def current_findings(release: Release) -> list[CheckFinding]:
    found = CheckFinding.objects.filter(release=release).current()
    return list(found.select_related("table", "table_row", "line", "department", "override").order_by("pk"))


def blocking(release: Release) -> list[CheckFinding]:
    """The errors of the last run that nobody answers for: with any of them the release is not published."""
    return list(
        CheckFinding.objects.filter(release=release).blocking().select_related("table", "table_row", "department")
    )


def _judge(rules: RuleSet, checked: Checked) -> Iterator[Judged]:
    """Every rule for every department's tables and, where it asks them, for the lines and the text."""
    documents = checked.documents
    for rule in rules.valid_for(checked.release.fiscal_year):
        kind = rule.kind
        whole = Verdict()
        if kind in TEXT_CHECKS:
            whole = TEXT_CHECKS[kind](rule, checked)
        elif kind in RELEASE_CHECKS:
            whole = RELEASE_CHECKS[kind](rule, checked)
        elif kind in PROSE_CHECKS and len(documents) > 1:
            # One text about many departments: which of them a sentence is about cannot be told.
            whole.cannot("several_departments")
        elif documents:
            for document in documents:
                yield rule, document.department, (TABLE_CHECKS | PROSE_CHECKS)[kind](rule, document, checked)
            if kind not in LINE_CHECKS:
                continue
        elif kind not in LINE_CHECKS:
            whole.cannot("no_tables")
        if kind in LINE_CHECKS:
            whole = LINE_CHECKS[kind](rule, checked)
            if documents and not whole.compared:
                continue
        yield rule, None, whole


def _keep_findings(release: Release, judged: list[Judged]) -> bool:
    stored = {finding.fingerprint: finding for finding in CheckFinding.objects.filter(release=release)}
    new: dict[str, CheckFinding] = {}
    seen: set[str] = set()
    for rule, department, verdict in judged:
        for found in verdict.found:
            mark = fingerprint(rule.id, department.pk if department else None, found)
            seen.add(mark)
            if mark not in stored and mark not in new:
                new[mark] = CheckFinding(
                    release=release,
                    department=department,
                    rule_id=rule.id,
                    severity=found.severity,
                    table=found.table,
                    table_row=found.row,
                    line_id=found.line_id,
                    left_amount=found.left,
                    right_amount=found.right,
                    detail=found.detail,
                    fingerprint=mark,
                )
    CheckFinding.objects.bulk_create(new.values(), batch_size=ROWS_AT_ONCE)
    turned = [finding for mark, finding in stored.items() if finding.is_current != (mark in seen)]
    for finding in turned:
        finding.is_current = not finding.is_current
    CheckFinding.objects.bulk_update(turned, ["is_current"], batch_size=ROWS_AT_ONCE)
    return bool(new or turned)


def _keep_results(release: Release, judged: list[Judged]) -> bool:
    results = [
        CheckResult(
            release=release,
            department=department,
            rule_id=rule.id,
            outcome=_outcome(verdict),
            compared=verdict.compared,
            reasons=[reason.as_json() for reason in verdict.reasons],
        )
        for rule, department, verdict in judged
    ]
    stored = [_told(result) for result in CheckResult.objects.filter(release=release)]
    if stored == [_told(result) for result in results]:
        return False
    CheckResult.objects.filter(release=release).delete()
    CheckResult.objects.bulk_create(results, batch_size=ROWS_AT_ONCE)
    return True


def _told(result: CheckResult) -> tuple[Any, ...]:
    return result.department_id, result.rule_id, str(result.outcome), result.compared, result.reasons


def _outcome(verdict: Verdict) -> Outcome:
    if verdict.found:
        return Outcome.FOUND
    return Outcome.PASSED if verdict.compared else Outcome.NOT_APPLICABLE


def _record(release: Release, rules: RuleSet, findings: list[CheckFinding]) -> None:
    counts = Counter(finding.severity for finding in findings)
    append_leaf(
        LeafKind.RELEASE_CHECKED,
        release,
        public={
            "rules_sha256": rules.sha256,
            "findings": {severity.value: counts[severity.value] for severity in Severity},
        },
        # Findings of a draft are not public yet; each names its place and values by its fingerprint.
        committed={"findings": canonical({"findings": sorted(finding.fingerprint for finding in findings)})},
    )


@transaction.atomic
def require_publishable(release: Release) -> None:
    """Check a release once more. Raises ``Conflict`` with the number of errors and the page that tells them.

    A release that is public stays so: then only what its text got wrong since is in the way, of that text.
    """
    run_checks(release)
    errors = blocking(release)
    if release.published_at:
        rules = rules_for(release)
        about_text = PROSE_CHECKS | TEXT_CHECKS
        errors = [error for error in errors if rules and (rule := rules.get(error.rule_id)) and rule.kind in about_text]
    if errors:
        message = ngettext(
            "The checks found %(count)d error (%(rules)s). Before this can be published it has to be put right, or an "
            "officer or reviewer has to answer for it with a reason that everybody can read.",
            "The checks found %(count)d errors (%(rules)s). Before this can be published they have to be put right, or "
            "an officer or reviewer has to answer for each with a reason that everybody can read.",
            len(errors),
        )
        rules_told = ", ".join(sorted({error.rule_id for error in errors}, key=lambda rule_id: (len(rule_id), rule_id)))
        raise Conflict(
            message % {"count": len(errors), "rules": rules_told},
            errors=len(errors),
            url=reverse("cms:budget:checks", args=[release.row_id]),
        )
