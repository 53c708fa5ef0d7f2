"""How an action item of a meeting becomes a task."""

from __future__ import annotations

from participation.meetings.minutes.models import ActionItem
from participation.rectification.actions import open_task_from
from participation.rectification.models import Finding, RectificationTask
from participation.stakeholders.models import Role, User


def task_of_action_item(item: ActionItem, officer: User, acting_user: User) -> RectificationTask:
    """What was agreed, with the day that was agreed. Of whoever is no moderator it is a draft for the desk."""
    return open_task_from(
        Finding.Source.MEETING,
        finding=item.text,
        title=item.text,
        department=item.department,
        officer=officer,
        due_on=item.due_on,
        source_name=str(item.meeting),
        source_url=item.get_absolute_url(),
        cause=f"meeting action {item.row_id}",
        drafted=not acting_user.has_role(Role.MODERATOR),
        acting_user=acting_user,
    )
