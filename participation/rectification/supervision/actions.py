"""What the supervising leader (分管领导) of a task may do: demand something of those who carry it out, in public."""

from __future__ import annotations

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from participation.rectification import moving
from participation.rectification.course import Instruction
from participation.rectification.models import RectificationTask
from participation.rectification.notices import announce_step
from participation.rectification.permissions import may_supervise
from participation.stakeholders.models import User
from portal.errors import Closed, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@transaction.atomic
def instruct_department(task: RectificationTask, *, text: str, acting_user: User) -> Instruction:
    """Say what has to be done now. It changes neither the state nor the deadline of the task."""
    found = moving.locked(task)
    if not may_supervise(acting_user, found):
        raise NotAllowed(_("Only the supervising leader of the task does this."))
    if not text.strip():
        raise Invalid(_("Please write what has to be done."), field="text")
    if found.is_at_rest or found.status == RectificationTask.Status.DRAFTED:
        raise Closed(_("Nothing is to be done about this task now."))
    with acting(acting_user):
        given: Instruction = Instruction.objects.create(task=found, text=text.strip(), given_by=acting_user)
    append_leaf(LeafKind.TASK_INSTRUCTED, given, public={"task": str(found.row_id)}, committed={"text": given.text})
    announce_step(found, "instructed", acting_user=acting_user)
    return given
