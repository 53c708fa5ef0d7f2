"""How a project that residents funded becomes a task."""

from __future__ import annotations

from datetime import date

from django.utils.translation import gettext as _

from participation.allocation.results.models import ProjectResult
from participation.rectification.actions import open_task_from
from participation.rectification.models import Finding, RectificationTask
from participation.stakeholders.models import Role, User
from portal.errors import Invalid


def task_of_winner(row: ProjectResult, officer: User, due_on: date, acting_user: User) -> RectificationTask:
    """What residents funded, with the day that was promised. Of whoever is no moderator it is a draft for the desk."""
    proposal = row.proposal
    if proposal.department is None:
        raise Invalid(_("The project has no department."))
    return open_task_from(
        Finding.Source.ALLOCATION,
        finding=proposal.description,
        title=proposal.title,
        department=proposal.department,
        officer=officer,
        due_on=due_on,
        severity=Finding.Severity.MINOR,
        source_name=str(proposal.allocation),
        source_url=row.get_absolute_url(),
        cause=f"allocation project {proposal.row_id}",
        programme=row.programme,
        drafted=not acting_user.has_role(Role.MODERATOR),
        acting_user=acting_user,
    )
