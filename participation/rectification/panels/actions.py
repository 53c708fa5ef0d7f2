"""Calling a panel, volunteering, the draw, the votes, and the verdict."""

from __future__ import annotations

from collections import Counter
from datetime import date

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation import drawing
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.lot_secrets import opened_secret
from participation.rectification import moving
from participation.rectification.course import TaskStep
from participation.rectification.models import RectificationTask, Verification
from participation.rectification.notices import announce_step
from participation.rectification.panels.models import Panel, PanelMember
from participation.rectification.periods import VOLUNTEER, VOTE, last_day
from participation.rectification.permissions import may_join
from participation.rectification.transitions import Side
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_confirmed
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Status = RectificationTask.Status
Step = TaskStep.Kind
Outcome = Verification.Outcome
FEWEST, MOST = 3, 21


@transaction.atomic
def call_panel(
    task: RectificationTask, *, seats: int, volunteers_until: date | None = None, acting_user: User
) -> Panel:
    """Ask citizens to check a submitted task. The hash of the lot's secret is in the log before anybody volunteers."""
    found = moving.locked(task)
    moving.require_side(acting_user, found, Side.DESK)
    if not FEWEST <= seats <= MOST or seats % 2 == 0:
        raise Invalid(_("A panel has an odd number of seats, from 3 to 21."), field="seats")
    until = volunteers_until or last_day(VOLUNTEER, task.department)
    if until <= timezone.localdate():
        raise Invalid(_("Leave people a day at least to volunteer."), field="volunteers_until")
    moving.require_status(found, Status.SUBMITTED)
    if found.panels.filter(ended_at__isnull=True).exists():
        raise Conflict(_("A panel is called for this task already."))
    secret = drawing.new_secret()
    with acting(acting_user):
        panel: Panel = Panel.objects.create(
            task=found,
            seats=seats,
            commitment=drawing.commit(secret),
            secret=secret.hex(),
            volunteers_until=until,
            called_by=acting_user,
        )
    append_leaf(
        LeafKind.PANEL_CALLED,
        panel,
        public={
            "task": str(found.row_id),
            "seats": seats,
            "commitment": panel.commitment,
            "volunteers_until": until.isoformat(),
        },
        committed={},
    )
    announce_step(found, "panel_called", acting_user=acting_user)
    return panel


@transaction.atomic
def join_panel(panel: Panel, *, acting_user: User) -> PanelMember:
    """Volunteer. Twice is once; whoever stepped back may come again."""
    person = require_confirmed(acting_user)
    locked = _taking_volunteers(panel)
    if not may_join(person, locked.task):
        raise NotAllowed(_("Whoever holds an office here, or had a part in the task, does not sit in its panel."))
    member = locked.members.filter(person=person).first() or PanelMember(panel=locked, person=person)
    if member.pk is not None and member.left_at is None:
        return member
    member.left_at = None
    return _stand(member, "volunteer")


@transaction.atomic
def leave_panel(panel: Panel, *, acting_user: User) -> PanelMember:
    """Step back before the draw. Whoever was drawn stays: the others were drawn beside them."""
    locked = _taking_volunteers(panel)
    member: PanelMember | None = locked.members.filter(person=acting_user, left_at__isnull=True).first()
    if member is None:
        raise Conflict(_("You have not volunteered here."))
    member.left_at = timezone.now()
    return _stand(member, "left")


def _taking_volunteers(panel: Panel) -> Panel:
    locked: Panel = Panel.objects.select_for_update().get(pk=panel.pk)
    if locked.drawn_at or locked.ended_at or timezone.localdate() > locked.volunteers_until:
        raise Closed(_("No more volunteers are taken."))
    return locked


def _stand(member: PanelMember, status: str) -> PanelMember:
    with acting(member.person):
        member.save()
    panel = {"panel": str(member.panel.row_id), "status": status}
    append_leaf(LeafKind.PANEL_JOINED, member, public=panel, committed={})
    return member


def _panel_to_draw(panel: Panel) -> Panel:
    """The panel, locked after its task. Raises unless it may be drawn now."""
    task = moving.locked(panel.task)
    locked: Panel = Panel.objects.select_for_update().get(pk=panel.pk)
    locked.task = task
    if locked.drawn_at or locked.ended_at:
        raise Conflict(_("This panel was drawn already."))
    if timezone.localdate() <= locked.volunteers_until:
        raise Conflict(_("People can still volunteer."))
    return locked


@sensitive_variables("secret")
def draw_panel(panel: Panel, *, acting_user: User | None) -> Panel:
    """Draw the members and open the secret, once nobody can volunteer any more. None: the clock does it.

    That the secret was opened is on record first. With fewer volunteers than a panel needs it ends here, unopened, and
    somebody else checks the task.
    """
    with transaction.atomic():
        found = _panel_to_draw(panel)
        if acting_user is not None:
            moving.require_side(acting_user, found.task, Side.DESK)
        if found.members.filter(left_at__isnull=True).count() < FEWEST:
            return _end(found, found.task, votes=0, acting_user=acting_user)
    return _draw(panel, opened_secret(found, "secret", acting_user=acting_user), acting_user)


@sensitive_variables("secret")
@transaction.atomic
def _draw(panel: Panel, secret: bytes, acting_user: User | None) -> Panel:
    locked = _panel_to_draw(panel)
    task = locked.task
    members = {member.row_id.hex: member for member in locked.members.select_for_update().filter(left_at__isnull=True)}
    drawn = [members[name] for name in drawing.draw(secret, sorted(members), locked.seats)]
    locked.opened_secret, locked.secret = secret.hex(), None
    locked.drawn_at, locked.votes_until = timezone.now(), last_day(VOTE, task.department)
    with acting(acting_user):
        locked.save()
        for place, member in enumerate(drawn, start=1):
            member.place = place
            member.save()
    append_leaf(
        LeafKind.PANEL_DRAWN,
        locked,
        public={
            "task": str(task.row_id),
            "volunteers": len(members),
            "secret": locked.opened_secret,
            "votes_until": locked.votes_until.isoformat(),
        },
        committed={},
        also=drawn,
    )
    people = [member.person for member in drawn]
    announce(Kind.TASK, task, to=people, words={"step": "panel_drawn"}, key=f"panel {locked.row_id}")
    return locked


@transaction.atomic
def cast_vote(panel: Panel, *, vote: str, reason: str, acting_user: User) -> PanelMember:
    """A member who was drawn says whether it was put right, and why. The last vote brings the verdict."""
    if vote not in Outcome.values:
        raise Invalid(_("Please choose whether it was put right."), field="vote")
    if not reason.strip():
        raise Invalid(_("Please say what you checked and what you found."), field="reason")
    task = moving.locked(panel.task)
    locked: Panel = Panel.objects.select_for_update().get(pk=panel.pk)
    member: PanelMember | None = locked.members.filter(person=acting_user, place__isnull=False).first()
    if member is None or not may_join(acting_user, task):
        raise NotAllowed(_("Only members who were drawn vote here."))
    if locked.ended_at or (locked.votes_until and timezone.localdate() > locked.votes_until):
        raise Closed(_("No more votes are taken."))
    if member.vote:
        raise Conflict(_("You have voted already."))
    member.vote, member.reason, member.voted_at = vote, reason.strip(), timezone.now()
    with acting(acting_user):
        member.save()
    append_leaf(
        LeafKind.PANEL_VOTED,
        member,
        public={"panel": str(locked.row_id)},
        committed={"vote": member.vote, "reason": member.reason},
    )
    if not locked.members.filter(place__isnull=False, vote="").exists():
        conclude_panel(locked, acting_user=None)
    return member


@transaction.atomic
def conclude_panel(panel: Panel, *, acting_user: User | None) -> Panel:
    """The verdict, once everybody has voted or the time is over: more than half of those drawn vote, and more than
    half of the votes find it put right; otherwise it is returned. Too few votes: no verdict. None: the clock does it.
    """
    if acting_user is not None:
        moving.require_side(acting_user, panel.task, Side.DESK)
    task = moving.locked(panel.task)
    locked: Panel = Panel.objects.select_for_update().get(pk=panel.pk)
    if locked.ended_at or locked.votes_until is None:
        raise Conflict
    drawn = list(locked.members.filter(place__isnull=False))
    votes = Counter(member.vote for member in drawn if member.vote)
    if len(drawn) > votes.total() and timezone.localdate() <= locked.votes_until:
        raise Conflict(_("The members can still vote."))
    if votes.total() * 2 <= len(drawn):
        return _end(locked, task, votes=votes.total(), acting_user=acting_user)
    moving.require_status(task, Status.SUBMITTED)
    found = votes[Outcome.VERIFIED]
    outcome = Outcome.VERIFIED if found * 2 > votes.total() else Outcome.RETURNED
    with translation.override(settings.LANGUAGE_CODE):
        said = gettext("%(found)d of %(votes)d members found it put right; %(seats)d were drawn.")
    reason = said % {"found": found, "votes": votes.total(), "seats": len(drawn)}
    with acting(acting_user, reason=reason):
        check = Verification.objects.create(
            task=task, side=Verification.Side.PANEL, outcome=outcome, reason=reason, checked_by=None
        )
        locked.ended_at, locked.verification = timezone.now(), check
        locked.save()
    kind = Step.VERIFY if outcome == Outcome.VERIFIED else Step.RETURN
    moving.take(task, kind, reason=reason, acting_user=acting_user, also=[check, locked])
    return locked


def _end(panel: Panel, task: RectificationTask, *, votes: int, acting_user: User | None) -> Panel:
    panel.ended_at, panel.secret = timezone.now(), None
    with acting(acting_user):
        panel.save()
    append_leaf(LeafKind.PANEL_ENDED, panel, public={"task": str(task.row_id), "votes": votes}, committed={})
    return panel
