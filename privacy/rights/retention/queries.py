"""What has been kept for as long as it may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.db.models import Q, QuerySet
from django.utils import timezone

from privacy.rights.deadlines import LegalRule
from privacy.rights.erasing.models import LegalHold
from privacy.rights.registry import Empty, PersonalData, Subject, Way, personal_data
from privacy.rights.removing import NOTHING
from privacy.rights.retention.periods import rule_of

_LONGEST = timedelta(days=366 * 100)


@dataclass(frozen=True)
class Due:
    """Rows of one kind that are past their time: those from before ``before``. Without a rule there are none."""

    declared: PersonalData
    rule: LegalRule | None
    way: Way
    before: datetime | None
    rows: QuerySet[Any]


def all_due(now: datetime | None = None) -> list[Due]:
    """Every kind that has an end, with what is past it; the rows are not asked for yet."""
    moment = now or timezone.now()
    holds = list(LegalHold.objects.in_force())
    return [_due(one, moment, holds) for one in personal_data() if one.since]


def _due(declared: PersonalData, now: datetime, holds: list[LegalHold]) -> Due:
    way = declared.on_expiry or declared.ways[0]
    rule = rule_of(declared)
    rows = declared.model_class._base_manager.order_by("pk")
    if rule is None:
        return Due(declared, None, way, None, rows.none())
    before = cutoff(rule, now)
    is_day = declared.dated_field.get_internal_type() == "DateField"
    rows = rows.filter(**{f"{declared.since}__lt": timezone.localdate(before) if is_day else before})
    if way.of:
        rows = rows.filter(way.of)
    if isinstance(way, Empty):
        rows = rows.filter(_holds_something(declared.model_class, way.fields))
    for hold in holds:
        rows = _without(rows, declared, hold)
    return Due(declared, rule, way, before, rows)


def cutoff(rule: LegalRule, now: datetime) -> datetime:
    """What began before this moment has come to the end of the period."""
    if rule.unit == LegalRule.Unit.HOURS:
        return now - timedelta(hours=rule.amount)
    # The first day from which the period still lasts; periods end in the order in which they begin.
    over, lasts = timezone.localdate(now) - _LONGEST, timezone.localdate(now)
    while (lasts - over).days > 1:
        middle = over + (lasts - over) // 2
        if rule.after(_midnight(middle)) >= now:
            lasts = middle
        else:
            over = middle
    return _midnight(lasts)


def _midnight(day: date) -> datetime:
    return timezone.make_aware(datetime.combine(day, time.min))


def _holds_something(model: type[models.Model], names: tuple[str, ...]) -> Q:
    found = Q(pk__in=())
    for name in names:
        if model._meta.get_field(name).null:
            found |= Q(**{f"{name}__isnull": False})
        else:
            found |= ~Q(**{f"{name}__in": ("", NOTHING)})
    return found


def _without(rows: QuerySet[Any], declared: PersonalData, hold: LegalHold) -> QuerySet[Any]:
    """What is under a legal hold stays."""
    if hold.scope_ref is not None:
        condition = declared.rows.condition(Subject(hold.scope_type, hold.scope_ref))
        return rows if condition is None else rows.exclude(condition)
    if hold.record_label == declared.model_class._meta.label_lower:
        return rows.exclude(row_id=hold.record_ref)
    return rows
