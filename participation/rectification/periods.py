"""Periods of the last mile that a city sets: dated rows of ``StatutoryClock``, and what holds where none is there."""

from __future__ import annotations

from datetime import date

from django.utils import timezone

from cms.budget.models import Department
from cms.calendars.clocks import clock_on, deadline_of
from cms.calendars.models import CHINA
from cms.calendars.working_days import add_working_days

ACCEPT, ANSWER_A_QUESTION, APPEAL, VOLUNTEER, VOTE = "R1", "R2", "R3", "R4", "R5"
# Working days where no rule is on record.
DEFAULTS = {ACCEPT: 5, ANSWER_A_QUESTION: 10, APPEAL: 15, VOLUNTEER: 5, VOTE: 10}


def jurisdiction_of(department: Department) -> str:
    """Whose calendar and periods hold for the work of a department."""
    return department.government.jurisdiction or CHINA


def last_day(rule_id: str, department: Department, start: date | None = None) -> date:
    """The last day of a period that begins on ``start``, by the rule of that day."""
    start = start or timezone.localdate()
    place = jurisdiction_of(department)
    clock = clock_on(rule_id, start, place)
    return deadline_of(clock, start, place).due_on if clock else add_working_days(start, DEFAULTS[rule_id], place)
