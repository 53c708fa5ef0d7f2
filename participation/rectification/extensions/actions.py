"""More time for a task: asked for with a reason, decided by somebody else, and counted."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.calendars.working_days import add_working_days
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.rectification import moving
from participation.rectification.course import Extension
from participation.rectification.models import RectificationTask
from participation.rectification.notices import announce_step
from participation.rectification.opening import LONGEST_PERIOD
from participation.rectification.periods import jurisdiction_of
from participation.rectification.transitions import Side
from participation.stakeholders.models import User
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Status = RectificationTask.Status
RUNNING = (Status.ASSIGNED, Status.ACCEPTED, Status.IN_PROGRESS, Status.RETURNED)


@transaction.atomic
def ask_for_time(task: RectificationTask, *, working_days: int, reason: str, acting_user: User) -> Extension:
    """Ask for working days on top of the deadline. One request at a time."""
    found = moving.locked(task)
    moving.require_side(acting_user, found, Side.RESPONSIBLE)
    if not reason.strip():
        raise Invalid(_("Please say why it takes longer."), field="reason")
    if not 1 <= working_days <= LONGEST_PERIOD:
        raise Invalid(_("Please give a number of working days from 1 to 1000."), field="working_days")
    moving.require_status(found, *RUNNING)
    if found.extensions.filter(status=Extension.Status.ASKED).exists():
        raise Conflict(_("More time was asked for already, and is not decided on yet."))
    with acting(acting_user, reason=reason.strip()):
        extension: Extension = Extension.objects.create(
            task=found,
            due_before=found.due_on,
            working_days=working_days,
            reason=reason.strip(),
            asked_by=acting_user,
        )
    append_leaf(
        LeafKind.EXTENSION_ASKED,
        extension,
        public={"task": str(found.row_id), "working_days": working_days},
        committed={"reason": extension.reason},
    )
    announce_step(found, "extension_asked", acting_user=acting_user)
    return extension


@transaction.atomic
def decide_on_time(extension: Extension, *, is_approved: bool, reason: str, acting_user: User) -> Extension:
    """Give more time, or not. The days count from the deadline, or from today where it has passed."""
    found = moving.locked(extension.task)
    moving.require_side(acting_user, found, Side.DESK)
    if extension.asked_by_id == acting_user.pk:
        raise NotAllowed(moving.REFUSALS[Side.DESK])
    if not reason.strip():
        raise Invalid(_("Please give the reasons."), field="reason")
    locked: Extension = Extension.objects.select_for_update().get(pk=extension.pk)
    if locked.status != Extension.Status.ASKED:
        raise Conflict(_("This was decided already."))
    locked.status = Extension.Status.APPROVED if is_approved else Extension.Status.REFUSED
    locked.decided_by, locked.decided_at, locked.decision_reason = acting_user, timezone.now(), reason.strip()
    with acting(acting_user, reason=reason.strip()):
        locked.save()
        if is_approved:
            start = max(found.due_on, timezone.localdate())
            found.due_on = add_working_days(start, locked.working_days, jurisdiction_of(found.department))
            found.save()
    append_leaf(
        LeafKind.EXTENSION_DECIDED,
        locked,
        public={"task": str(found.row_id), "status": locked.status, "due_on": found.due_on.isoformat()},
        committed={"reason": locked.decision_reason},
        also=[found] if is_approved else [],
    )
    if is_approved:
        words = {"step": "extended", "on": found.due_on.isoformat()}
        announce(Kind.DEADLINE, found, to=found.officer, words=words, acting_user=acting_user)
    else:
        announce_step(found, "extension_refused", acting_user=acting_user)
    return locked
