"""What gives a rule something to do. Looking changes nothing: a dry run is looking without doing.

Everything is looked at with the eyes of a visitor: what is not public yet causes nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Q
from django.template.loader import render_to_string
from django.utils import timezone, translation

from cms.budget.checks.models import CheckFinding, Severity
from cms.budget.checks.rules import rules_for
from cms.budget.models import Department, Programme, Release
from cms.calendars.models import CHINA
from cms.calendars.working_days import add_working_days, working_days_between
from cms.performance.models import ProgrammeYear
from cms.performance.monitoring import Monitored, monitored, monitored_years
from participation.automation.models import AutomationDeed, AutomationRule
from participation.automation.paragraphs import drafted_paragraphs
from participation.automation.risk import programmes_to_evaluate
from participation.rectification.ladder.sweep import rungs_due
from participation.rectification.models import RectificationTask
from participation.rectification.periods import jurisdiction_of
from participation.stakeholders.models import Appointment, Role, User
from portal.ui.furniture import local

Does = AutomationRule.Does
VISITOR = AnonymousUser()
CHINESE, ENGLISH = "zh-hans", "en"


@dataclass(frozen=True)
class Cause:
    """One reason to do something, once. ``key`` names it for good; ``text`` is the draft in Chinese.

    Without ``notice`` a proposal or draft waits for a decision. With it, ``people`` are told and that is all:
    ``notice`` is the step, of those in ``following.kinds``, with the day that it names.
    """

    key: str
    found: dict[str, Any] = field(default_factory=dict)
    department: Department | None = None
    programme: Programme | None = None
    release: Release | None = None
    task: RectificationTask | None = None
    text: str = ""
    text_en: str = ""
    notice: tuple[str, date] | None = None
    people: tuple[User, ...] = ()
    # The room of tasks does it, and tells people.
    by_ladder: bool = False

    @property
    def is_decided_by_people(self) -> bool:
        return self.notice is None and not self.by_ladder

    @property
    def subject(self) -> str:
        """What it is about, in the reader's language."""
        record = self.task or self.programme or self.department
        if record is not None:
            return local(record, "title") or local(record, "name")
        return str(self.release or self.key)


def causes_of(rule: AutomationRule, today: date) -> list[Cause]:
    """What the rule finds today, whether it was acted on before or not."""
    return list(FINDERS[rule.does](rule.options, today))


def new_causes(rule: AutomationRule, today: date) -> list[Cause]:
    """What the rule would do now, and has not done: the dry run. Nothing is written."""
    found = {cause.key: cause for cause in causes_of(rule, today)}
    known = AutomationDeed.objects.filter(does=rule.does, cause__in=found).values_list("cause", flat=True)
    for key in known:
        del found[key]
    return list(found.values())


def failed_checks(options: dict[str, int], today: date) -> Iterator[Cause]:
    """One cause for each rule of the checks that a department's part of a year's public budget breaks."""
    severities = [Severity.ERROR, *([Severity.WARN] if options["with_warnings"] else [])]
    newest = Release.objects.published().newest_versions()
    findings = CheckFinding.objects.filter(
        is_current=True, release__in=newest, severity__in=severities, department__isnull=False
    )
    groups: dict[tuple[int, int | None, str], list[CheckFinding]] = {}
    for finding in findings.select_related("release__government", "department").order_by("pk"):
        groups.setdefault((finding.release_id, finding.department_id, finding.rule_id), []).append(finding)
    titles: dict[int, dict[str, Any]] = {}
    for (release_id, _department, rule_id), found in groups.items():
        release, department = found[0].release, found[0].department
        if release_id not in titles:
            rules = rules_for(release)
            titles[release_id] = {rule.id: rule.title for rule in rules.rules} if rules else {}
        title = titles[release_id].get(rule_id)
        year, count = release.fiscal_year, len(found)
        assert department is not None  # noqa: S101
        yield Cause(
            key=f"{department.row_id} {year} {rule_id}",
            found={"year": year, "rule": rule_id, "findings": count},
            department=department,
            release=release,
            text=f"{year} 年公开的预算或决算没有通过核对 {rule_id}（{_in(CHINESE, title)}），共 {count} 处。",
            text_en=f"The figures published for {year} fail check {rule_id} ({_in(ENGLISH, title)}) in {count} places.",
        )


def _in(language: str, words: object) -> str:
    with translation.override(language):
        return str(words or "")


def newest_monitored(today: date) -> list[Monitored]:
    """Every programme of the newest year with goals; a fixed number of queries."""
    newest = ProgrammeYear.objects.visible_to(VISITOR).order_by("-fiscal_year").values_list("fiscal_year", flat=True)
    year = newest.first()
    return monitored(monitored_years(VISITOR, year), today=today) if year is not None else []


def monitoring_alerts(options: dict[str, int], today: date) -> Iterator[Cause]:
    """One cause for each alert of a programme in a year."""
    for row in newest_monitored(today):
        programme, year = row.year.programme, row.year.fiscal_year
        for alert in row.alerts:
            if not options[alert]:
                continue
            yield Cause(
                key=f"{row.year.row_id} {alert}",
                found={
                    "year": year,
                    "alert": str(alert),
                    "execution": _percent(row.execution),
                    "goals": _percent(row.goals),
                    "as_of": row.record.as_of.isoformat() if row.record else None,
                },
                department=programme.department,
                programme=programme,
                text=f"{year} 年“{programme.name}”触发双监控预警：{_alert(CHINESE, alert)}。",
                text_en=f"Dual monitoring of {year} raised an alert on {programme.name_en or programme.name}: "
                f"{_alert(ENGLISH, alert)}.",
            )


def _percent(rate: Any) -> str | None:
    return None if rate is None else f"{rate * 100:.1f}"


def _alert(language: str, alert: str) -> str:
    with translation.override(language):
        return render_to_string("cms/performance/alert.html", {"name": alert}).strip()


def unfinished_tasks() -> Any:
    tasks = RectificationTask.objects.visible_to(VISITOR).exclude(status__in=RectificationTask.AT_REST)
    return tasks.select_related("department", "officer").order_by("due_on", "pk")


def deadlines_near(options: dict[str, int], today: date) -> Iterator[Cause]:
    """Tasks that are due soon, and proposals that nobody has decided on."""

    @cache
    def last_near(place: str) -> date:
        return add_working_days(today, options["days_before"], place)

    for task in unfinished_tasks().filter(due_on__gte=today).select_related("department__government"):
        if task.due_on > last_near(jurisdiction_of(task.department)):
            continue
        yield Cause(
            key=f"{task.row_id} {task.due_on}",
            found={"due_on": task.due_on.isoformat()},
            department=task.department,
            task=task,
            notice=("near", task.due_on),
            people=(task.officer,),
        )
    waiting = AutomationDeed.objects.waiting().select_related(
        "department__government", "programme__department__government", "release__government"
    )
    for deed in waiting:
        since = timezone.localdate(deed.created)
        if working_days_between(since, today, _place_of(deed)) > options["days_waiting"]:
            yield Cause(
                key=f"waiting {deed.row_id}",
                found={"waits_since": since.isoformat()},
                department=deed.department,
                programme=deed.programme,
                release=deed.release,
                notice=("waiting", since),
                people=people_with(Q(role__in=(Role.MODERATOR, Role.REVIEWER))),
            )


def _place_of(deed: AutomationDeed) -> str:
    """Whose working days hold for a proposal."""
    department = deed.department or (deed.programme.department if deed.programme else None)
    if department is not None:
        return jurisdiction_of(department)
    return (deed.release.government.jurisdiction if deed.release else "") or CHINA


def rungs_reached(options: dict[str, int], today: date) -> Iterator[Cause]:
    """Rungs of the ladder of escalation that tasks have come to. The ladder says who is told and what follows."""
    for due in rungs_due(today):
        task = due.task
        yield Cause(
            key=f"{task.row_id} {task.due_on} {due.rung.row_id}",
            found={"due_on": task.due_on.isoformat(), "deed": str(due.rung.deed)},
            department=task.department,
            task=task,
            by_ladder=True,
        )


def people_with(offices: Q) -> tuple[User, ...]:
    holders = Appointment.objects.current().filter(offices, person__is_active=True).values("person")
    return tuple(User.objects.filter(pk__in=holders).order_by("pk"))


def paragraphs_due(options: dict[str, int], today: date) -> Iterator[Cause]:
    """A draft for each department whose figures are new since the last one."""
    waiting = set(
        AutomationDeed.objects.waiting().filter(does=Does.FUNNEL).values_list("department", flat=True).order_by()
    )
    for drafted in drafted_paragraphs():
        if drafted.department.pk not in waiting:
            yield Cause(
                key=drafted.key,
                found=drafted.found,
                department=drafted.department,
                text=drafted.text,
                text_en=drafted.text_en,
            )


def evaluations_due(options: dict[str, int], today: date) -> Iterator[Cause]:
    for candidate in programmes_to_evaluate(options, newest_monitored(today), today):
        yield Cause(
            key=f"{candidate.programme.row_id} {candidate.fiscal_year}",
            found=candidate.found,
            department=candidate.programme.department,
            programme=candidate.programme,
            text=candidate.text,
            text_en=candidate.text_en,
        )


FINDERS: dict[str, Callable[[dict[str, int], date], Iterator[Cause]]] = {
    Does.CHECK_TASK: failed_checks,
    Does.ALERT_TASK: monitoring_alerts,
    Does.REMIND: deadlines_near,
    Does.ESCALATE: rungs_reached,
    Does.FUNNEL: paragraphs_due,
    Does.EVALUATION: evaluations_due,
}
