"""What is approved of goals, and what is to change."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING
from uuid import UUID

from django.db.models import QuerySet

from cms.performance.approval.models import GoalApproval, GoalChange
from cms.performance.models import Indicator, ProgrammeYear
from portal.errors import NotFound

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


def is_approved(year: ProgrammeYear) -> bool:
    return bool(year.pk) and GoalApproval.objects.filter(programme_year=year).exists()


@dataclass(frozen=True)
class Standing:
    """Whether the goals of a year are approved, and what was to change of them since, newest first."""

    approval: GoalApproval | None
    changes: list[GoalChange]

    @property
    def waiting(self) -> GoalChange | None:
        return next((change for change in self.changes if change.status == GoalChange.Status.PROPOSED), None)


def standings_of(years: Iterable[ProgrammeYear], reader: User | AnonymousUser) -> dict[int, Standing]:
    """By the key of the year; two queries."""
    keys = [year.pk for year in years]
    if not keys:
        return {}
    approvals = {
        row.programme_year_id: row for row in GoalApproval.objects.visible_to(reader).filter(programme_year__in=keys)
    }
    changes: dict[int, list[GoalChange]] = {}
    for change in GoalChange.objects.visible_to(reader).filter(programme_year__in=keys):
        changes.setdefault(change.programme_year_id, []).append(change)
    return {key: Standing(approvals.get(key), changes.get(key, [])) for key in keys}


def waiting_changes(user: User) -> QuerySet[GoalChange]:
    """Changes that somebody has to decide."""
    waiting = GoalChange.objects.visible_to(user).filter(status=GoalChange.Status.PROPOSED)
    return waiting.select_related("programme_year__programme__department").order_by("proposed_at")


def change_found(row_id: UUID, reader: User | AnonymousUser) -> GoalChange:
    """Raises ``NotFound`` where there is none that the reader may see."""
    changes = GoalChange.objects.visible_to(reader).select_related("programme_year__programme__department__government")
    change = changes.filter(row_id=row_id).first()
    if change is None:
        raise NotFound
    return change


def indicators_of(year: ProgrammeYear) -> list[Indicator]:
    return list(Indicator.objects.filter(goal__programme_year=year).select_related("goal").order_by("goal", "pk"))
