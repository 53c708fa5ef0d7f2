"""Reads of automation: the queue, the rules with what they did, and one thing that a rule did."""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, QuerySet
from django.urls import reverse
from django.utils import timezone

from cms.budget.models import Department, Line
from participation.automation.models import AutomationDeed, AutomationRule
from participation.automation.options import OPTIONS, Option
from participation.evaluations.calls.models import EvaluationCall
from participation.evaluations.calls.queries import calls_about
from participation.stakeholders.models import User
from portal.errors import NotFound

Reader = User | AnonymousUser
Does, State = AutomationRule.Does, AutomationDeed.State


@dataclass(frozen=True)
class RuleShown:
    """A rule with its options in words, and how many things it did."""

    rule: AutomationRule
    options: list[tuple[Option, int]]
    deeds: int

    @property
    def state(self) -> str:
        today = timezone.localdate()
        if self.rule.is_stopped:
            return "stopped"
        if self.rule.valid_from > today:
            return "coming"
        return "ended" if self.rule.valid_until and self.rule.valid_until < today else "in_force"


def shown(rule: AutomationRule, deeds: int) -> RuleShown:
    values = [(option, rule.options.get(option.name, option.default)) for option in OPTIONS[rule.does]]
    return RuleShown(rule, values, deeds)


def rules_shown() -> list[RuleShown]:
    """Every rule, the newest of each kind first. One query."""
    rules = AutomationRule.objects.annotate(number=Count("deeds")).order_by("does", "-valid_from")
    return [shown(rule, rule.number) for rule in rules]


def rule_found(row_id: UUID) -> AutomationRule:
    rule: AutomationRule | None = AutomationRule.objects.filter(row_id=row_id).first()
    if rule is None:
        raise NotFound
    return rule


def deeds_for(user: Reader) -> QuerySet[AutomationDeed]:
    found: QuerySet[AutomationDeed] = AutomationDeed.objects.visible_to(user)
    return found.select_related(
        "rule", "department__government", "programme", "release__government", "task", "decided_by"
    ).order_by("-created", "-pk")


def deed_found(user: Reader, row_id: UUID) -> AutomationDeed:
    deed = deeds_for(user).filter(row_id=row_id).first()
    if deed is None:
        raise NotFound
    return deed


def newest_line_of(user: Reader, deed: AutomationDeed) -> Line | None:
    """A line of the programme that a proposal is about, of the newest year."""
    lines = Line.objects.visible_to(user).filter(programme=deed.programme, programme__isnull=False)
    line: Line | None = lines.order_by("-release__fiscal_year", "-release__version", "pk").first()
    return line


def calls_since(user: Reader, deed: AutomationDeed) -> QuerySet[EvaluationCall]:
    """The calls for evaluations of its programme that came after an evaluation was agreed to."""
    if deed.programme is None or deed.decided_at is None:
        return EvaluationCall.objects.none()
    return calls_about(user, deed.programme).filter(created__gte=deed.decided_at)


def paragraph_of(department: Department) -> AutomationDeed | None:
    """The paragraph that was confirmed last for a department."""
    confirmed = AutomationDeed.objects.filter(does=Does.FUNNEL, state=State.CONFIRMED, department=department)
    deed: AutomationDeed | None = confirmed.order_by("-decided_at", "-pk").first()
    return deed


def waiting_count(user: Reader) -> int:
    count: int = AutomationDeed.objects.visible_to(user).filter(state=State.WAITING).count()
    return count


def source_of(deed: AutomationDeed) -> str:
    """The path of the page that shows what caused a proposal."""
    if deed.does == Does.CHECK_TASK and deed.release is not None:
        return reverse("cms:budget:checks", args=[deed.release.row_id])
    record = deed.task or deed.programme or deed.department
    return record.get_absolute_url() if record is not None else ""
