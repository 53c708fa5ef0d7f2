"""Who writes, completes, looks at and publishes answers. Whoever wrote an answer does not approve it."""

from __future__ import annotations

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.balance.drafts import AnswerDraft
from participation.consultations.stages import Deed, require
from participation.stakeholders.models import Role, User
from participation.stakeholders.permissions import require_role
from portal.errors import NotAllowed

Reader = User | AnonymousUser


def require_writer(user: Reader | None, draft: AnswerDraft) -> User:
    """Any moderator goes on with a draft: answers belong to the office, not to a person."""
    return require(user, Deed.ANSWER, draft.consultation)


def require_second_officer(user: Reader | None, draft: AnswerDraft) -> User:
    """A moderator who neither wrote the answer nor a part of it."""
    moderator = require(user, Deed.ANSWER, draft.consultation)
    writers = {draft.written_by_id, *draft.parts.values_list("written_by", flat=True)}
    if moderator.pk in writers:
        raise NotAllowed(_("You wrote this yourself. A second person has to look at it before it is published."))
    return moderator


def require_contributor(user: Reader | None, department: Department, draft: AnswerDraft) -> User:
    """An officer of the department now, while answers can be given."""
    person = require_role(user, Role.OFFICER)
    if not person.appointments.current().filter(role=Role.OFFICER, department=department).exists():
        raise NotAllowed(_("Only officers of that department can write its part."))
    return person
