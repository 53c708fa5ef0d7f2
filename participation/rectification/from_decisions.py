"""How a commitment of a decision becomes a task."""

from __future__ import annotations

from participation.decisions.carrying.models import DecisionCommitment
from participation.rectification.actions import open_task_from
from participation.rectification.models import Finding, RectificationTask
from participation.stakeholders.models import Role, User


def task_of_commitment(commitment: DecisionCommitment, officer: User, acting_user: User) -> RectificationTask:
    """What was promised, with its deadline and how one will see that it is done. Of whoever is no moderator it is a
    draft for the desk."""
    return open_task_from(
        Finding.Source.DECISION,
        finding=commitment.text,
        title=commitment.text,
        title_en=commitment.text_en,
        department=commitment.department,
        officer=officer,
        due_on=commitment.due_on,
        wanted=[(commitment.evidence, 1)],
        source_name=str(commitment.room),
        source_url=commitment.get_absolute_url(),
        cause=f"decision commitment {commitment.row_id}",
        drafted=not acting_user.has_role(Role.MODERATOR),
        acting_user=acting_user,
    )
