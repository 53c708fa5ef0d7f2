"""What a reader sees of checks: each rule with its outcome, findings in words, and what was overridden and why."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from django.urls import reverse

from cms.budget.checks.models import CheckFinding, CheckOverride, CheckResult, FindingQuerySet, Outcome, Severity
from cms.budget.checks.permissions import may_override
from cms.budget.checks.rules import rules_for
from cms.budget.checks.wording import reason_in_words, sentence_of, sides_of
from cms.budget.models import Department, Release
from cms.budget.queries import Reader
from cms.budget.tables import Column, DisclosureTable, TableRow
from portal.errors import NotFound

# More findings of one rule than anybody reads; how many there are in all is always told.
SHOWN_PER_RULE = 50


@dataclass(frozen=True)
class FindingInWords:
    """A finding with what its two values are, or the sentence that tells it, and the way to the place it is about."""

    finding: CheckFinding
    left: str
    right: str
    sentence: str
    url: str
    may_override: bool
    override: CheckOverride | None

    @property
    def has_amounts(self) -> bool:
        return self.finding.difference is not None


@dataclass
class RuleInWords:
    """One rule, what it came to over all departments, and everything it found that the reader may see."""

    rule: Any
    results: list[CheckResult] = field(default_factory=list)
    findings: list[FindingInWords] = field(default_factory=list)
    count: int = 0

    @property
    def outcome(self) -> Outcome:
        outcomes = {result.outcome for result in self.results}
        for outcome in (Outcome.FOUND, Outcome.PASSED):
            if outcome in outcomes:
                return outcome
        return Outcome.NOT_APPLICABLE

    @property
    def severity(self) -> str:
        """The gravest of its findings."""
        found = {shown.finding.severity for shown in self.findings}
        return next((severity.value for severity in Severity if severity in found), "")

    @property
    def compared(self) -> int:
        return sum(result.compared for result in self.results)

    @property
    def reasons(self) -> list[str]:
        told = [reason_in_words(reason) for result in self.results for reason in result.reasons]
        return list(dict.fromkeys(told))


@dataclass(frozen=True)
class Summary:
    """The checks of a release in numbers, for the page that leads to them."""

    passed: int
    not_applicable: int
    by_severity: dict[str, int]
    blocking: int
    overridden: int
    has_tables: bool

    @property
    def findings(self) -> int:
        return sum(self.by_severity.values())

    @property
    def were_run(self) -> bool:
        return bool(self.passed or self.not_applicable or self.findings)

    @property
    def counted(self) -> list[tuple[Severity, int]]:
        """Severities that occur, the gravest first."""
        return [(severity, count) for severity in Severity if (count := self.by_severity.get(severity, 0))]


def checked_release(row_id: UUID, reader: Reader) -> Release:
    """The release whose checks somebody may read. Raises ``NotFound``.

    Officers read of a draft the findings about the department of their office, so that they can answer for them.
    """
    found = Release.objects.select_related("government").filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    is_visible = Release.objects.visible_to(reader).filter(pk=found.pk).exists()
    if not is_visible and not CheckFinding.objects.visible_to(reader).filter(release=found).exists():
        raise NotFound
    return found


def visible_finding(row_id: UUID, reader: Reader) -> CheckFinding:
    found = CheckFinding.objects.visible_to(reader).current().filter(row_id=row_id)
    finding = found.select_related(
        "release__government", "table", "table_row", "line", "department", "override"
    ).first()
    if finding is None:
        raise NotFound
    return finding


def summary_of(release: Release) -> Summary:
    """Two queries. A rule counts once, however many departments it was applied to."""
    results = CheckResult.objects.filter(release=release).values_list("rule_id", "outcome", "department")
    return _summary(list(results), CheckFinding.objects.filter(release=release))


def summary_for(release: Release, reader: Reader) -> Summary:
    """The same for somebody who may not see the release yet, over the findings that concern them."""
    if Release.objects.visible_to(reader).filter(pk=release.pk).exists():
        return summary_of(release)
    return _summary([], CheckFinding.objects.visible_to(reader).filter(release=release))


def _summary(results: list[tuple[str, str, int | None]], findings: FindingQuerySet) -> Summary:
    outcomes: dict[str, set[str]] = {}
    for rule_id, outcome, _department in results:
        outcomes.setdefault(rule_id, set()).add(outcome)
    found = list(findings.current().values_list("severity", "override"))
    return Summary(
        passed=sum(Outcome.PASSED in of and Outcome.FOUND not in of for of in outcomes.values()),
        not_applicable=sum(of == {Outcome.NOT_APPLICABLE.value} for of in outcomes.values()),
        by_severity=dict(Counter(severity for severity, _override in found)),
        blocking=sum(severity == Severity.ERROR and override is None for severity, override in found),
        overridden=sum(override is not None for _severity, override in found),
        has_tables=any(department is not None for _rule, _outcome, department in results),
    )


def rules_in_words(release: Release, reader: Reader) -> list[RuleInWords]:
    """Every rule that was applied to a release, in the order of the rule file; a fixed number of queries."""
    rules = rules_for(release)
    if rules is None:
        return []
    found = CheckFinding.objects.visible_to(reader).filter(release=release).current()
    findings = found.select_related("table", "table_row", "line", "department", "override__made_by").order_by("pk")
    is_readable = Release.objects.visible_to(reader).filter(pk=release.pk).exists()
    results = CheckResult.objects.filter(release=release).select_related("department") if is_readable else []
    told = {rule.id: RuleInWords(rule) for rule in rules.rules}
    for result in results:
        if result.rule_id in told:
            told[result.rule_id].results.append(result)
    allowed = _allowed(reader)
    for finding in findings:
        shown = told.get(finding.rule_id)
        if shown is None:
            continue
        shown.count += 1
        if len(shown.findings) < SHOWN_PER_RULE:
            finding.release = release
            shown.findings.append(in_words(finding, shown.rule.kind, allowed(finding)))
    return [rule for rule in told.values() if rule.results or rule.findings]


def gravest_first(rule: RuleInWords) -> int:
    """Key to sort rules by that found something."""
    return list(Severity).index(Severity(rule.severity))


def _allowed(reader: Reader) -> Any:
    """Whether the reader may override, asked of the database once for each department and not for each finding."""
    known: dict[int | None, bool] = {}

    def ask(finding: CheckFinding) -> bool:
        if not finding.blocks:
            return False
        if finding.department_id not in known:
            known[finding.department_id] = may_override(reader, finding)
        return known[finding.department_id]

    return ask


def in_words(finding: CheckFinding, kind: str, allowed: bool) -> FindingInWords:
    left, right = sides_of(finding, kind)
    return FindingInWords(
        finding=finding,
        left=left,
        right=right,
        sentence=sentence_of(finding, kind),
        url=place_of(finding),
        may_override=allowed,
        override=getattr(finding, "override", None),
    )


def place_of(finding: CheckFinding) -> str:
    """The row, table or line that a finding is about, on the page that shows it; empty for the text."""
    if finding.line_id and finding.line:
        return finding.line.get_absolute_url()
    if finding.table_id and finding.table:
        place = f"r{finding.table_row_id}" if finding.table_row_id else f"t{finding.table_id}"
        return f"{tables_url(finding.release, finding.department)}#{place}"
    return ""


def tables_url(release: Release, department: Department | None) -> str:
    url = reverse("cms:budget:tables", args=[release.row_id])
    return f"{url}?department={department.row_id}" if department else url


@dataclass(frozen=True)
class LaidOut:
    """A table as it is shown: its columns in words, and every row with each of them and the amount in it."""

    table: DisclosureTable
    columns: list[str]
    rows: list[tuple[TableRow, list[tuple[str, int | None]]]]
    findings: int

    @property
    def is_empty(self) -> bool:
        return not any(row.amounts for row, _amounts in self.rows)


def departments_with_tables(release: Release) -> list[Department]:
    with_tables = DisclosureTable.objects.filter(release=release).values("department")
    return list(Department.objects.filter(pk__in=with_tables).order_by("code", "name", "pk"))


def laid_out(release: Release, department: Department) -> list[LaidOut]:
    """The tables of one department in the order of its document; three queries."""
    tables = DisclosureTable.objects.filter(release=release, department=department).prefetch_related("rows")
    counts = Counter(
        CheckFinding.objects.filter(release=release, table__department=department)
        .current()
        .values_list("table_id", flat=True)
    )
    return [
        LaidOut(
            table=table,
            columns=[str(Column(column).label) for column in table.columns],
            rows=[
                (row, [(str(Column(column).label), row.amount(column)) for column in table.columns])
                for row in table.rows.all()
            ],
            findings=counts[table.pk],
        )
        for table in tables.order_by("position")
    ]
