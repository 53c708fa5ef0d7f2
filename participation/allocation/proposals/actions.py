"""Proposing projects, what departments say to them, withdrawing them, and moderation."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.allocation.ballots.opening import votes_for
from participation.allocation.locking import locked_round
from participation.allocation.models import Allocation, Phase
from participation.allocation.notices import officers_of
from participation.allocation.permissions import (
    may_keep,
    require_allocation_keeper,
    require_participant,
    require_reviewer,
)
from participation.allocation.proposals.models import FeasibilityReview, ProjectProposal
from participation.attachments import attachment_fields, checked_upload
from participation.consultations.stages import Deed
from participation.following.actions import announce, follow_own
from participation.following.kinds import Kind
from participation.moderation.items import require_moderator_for
from participation.photos import without_metadata
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.permissions import require_person, require_uninvolved
from participation.stakeholders.sides import take_side
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Step, Status = ProjectProposal.Step, ProjectProposal.Status


def _locked(proposal: ProjectProposal) -> ProjectProposal:
    return (
        ProjectProposal.objects.select_for_update(of=("self",))
        .select_related("allocation__consultation", "allocation__department", "department", "author")
        .get(pk=proposal.pk)
    )


def _told(proposal: ProjectProposal) -> dict[str, Any]:
    return {"allocation": str(proposal.allocation.row_id), "number": proposal.number}


@transaction.atomic
def propose_project(
    allocation: Allocation,
    *,
    title: str,
    place: str,
    description: str,
    category: str,
    estimate: int,
    attachment: UploadedFile[Any] | None = None,
    acting_user: User,
) -> ProjectProposal:
    """Propose a project. ``estimate`` in fen. A picture is kept without what the camera wrote into it."""
    person = require_participant(acting_user, Deed.PROPOSE_PROJECT, allocation)
    texts = _typed(title, place, description)
    locked = locked_round(allocation)
    _require_proposing(locked)
    _check(locked, category, estimate)
    own = locked.proposals.filter(author=person).exclude(step=Step.WITHDRAWN).count()
    # A list of one voice is nobody's choice.
    if locked.rule is not None and own >= locked.rule.proposals_most:
        most = locked.rule.proposals_most
        raise Conflict(_("You have proposed %(most)d projects here. Others want a turn.") % {"most": most})
    consultation = locked.consultation
    if consultation is not None:
        take_side(person, consultation, StakeholderGroup.CITIZEN)
    last = locked.proposals.aggregate(last=Max("number"))["last"] or 0
    proposal = ProjectProposal(
        allocation=locked,
        number=last + 1,
        author=person,
        category=category,
        estimate=estimate,
        department=locked.department,
        status=consultation.first_status if consultation else Status.VISIBLE,
        **texts,
        **_attached(attachment),
    )
    with acting(person):
        proposal.save()
    append_leaf(
        LeafKind.PROJECT_PROPOSED,
        proposal,
        public={**_told(proposal), "estimate": estimate, "attachment_sha256": proposal.attachment_sha256 or None},
        committed=texts,
    )
    follow_own(locked, acting_user=person)
    if locked.department is not None and not proposal.is_held:
        _ask(proposal, locked.department, person)
    return proposal


@transaction.atomic
def change_project(
    proposal: ProjectProposal,
    *,
    title: str,
    place: str,
    description: str,
    category: str,
    estimate: int,
    attachment: UploadedFile[Any] | None = None,
    acting_user: User,
) -> ProjectProposal:
    """Change an own proposal while proposals are taken and no department has said anything about it. What was before
    stays in the history. Without an ``attachment`` the one that is there stays."""
    person = require_participant(acting_user, Deed.PROPOSE_PROJECT, proposal.allocation)
    if person.pk != proposal.author_id:
        raise NotAllowed(_("Only the proposer changes this."))
    texts = _typed(title, place, description)
    allocation = locked_round(proposal.allocation)
    _require_proposing(allocation)
    _check(allocation, category, estimate)
    locked = _locked(proposal)
    if locked.step != Step.PROPOSED or locked.is_hidden:
        raise Conflict(_("This project cannot be changed any more."))
    changed = {**texts, "category": category, "estimate": estimate, **_attached(attachment)}
    if attachment is None and all(getattr(locked, name) == value for name, value in changed.items()):
        raise Conflict(_("Nothing was changed."))
    for name, value in changed.items():
        setattr(locked, name, value)
    locked.changed_at = timezone.now()
    consultation = allocation.consultation
    if consultation is not None and consultation.first_status == Status.HELD:
        # What a moderator has to look at first is looked at again.
        locked.status = Status.HELD
    with acting(person):
        locked.save()
    append_leaf(
        LeafKind.PROJECT_CHANGED,
        locked,
        public={**_told(locked), "estimate": estimate, "attachment_sha256": locked.attachment_sha256 or None},
        committed=texts,
    )
    return locked


def _typed(title: str, place: str, description: str) -> dict[str, str]:
    return {
        "title": typed_text(title, field="title", limit=120, missing=_("Please give it a title.")),
        "place": typed_text(place, field="place", limit=200, missing=_("Please say where it is.")),
        "description": typed_text(
            description, field="description", limit=4000, missing=_("Please say what is to be done, and for whom.")
        ),
    }


def _check(allocation: Allocation, category: str, estimate: int) -> None:
    if category not in ProjectProposal.Category.values:
        raise Invalid(_("Please choose a field."), field="category")
    if not 0 < estimate <= allocation.amount:
        raise Invalid(_("Please give an estimate above zero and within the money of this round."), field="estimate")


def _require_proposing(allocation: Allocation) -> None:
    phase = allocation.phase
    if phase == Phase.ANNOUNCED:
        raise Closed(_("Projects cannot be proposed yet."))
    if phase != Phase.PROPOSING:
        raise Closed(_("The time for proposing projects is over."))


def _attached(upload: UploadedFile[Any] | None) -> dict[str, Any]:
    if upload is None:
        return {}
    name, media_type, _digest = checked_upload(upload)
    if not media_type.startswith("image/"):
        return attachment_fields(upload)
    return {**attachment_fields(without_metadata(upload)), "attachment_name": name}


def _ask(proposal: ProjectProposal, department: Department, acting_user: User) -> None:
    announce(Kind.PROJECT, proposal, to=officers_of(department), words={"step": "asked"}, acting_user=acting_user)


@transaction.atomic
def assign_department(proposal: ProjectProposal, *, department: Department, acting_user: User) -> ProjectProposal:
    """Ask a department whether a project is feasible, and what it costs."""
    keeper = require_allocation_keeper(acting_user, proposal.allocation)
    locked_round(proposal.allocation, Phase.PROPOSING, Phase.REVIEW)
    locked = _locked(proposal)
    if locked.step != Step.PROPOSED:
        raise Conflict(_("A department has looked at this project already."))
    if locked.department_id == department.pk:
        raise Conflict(_("That department has been asked already."))
    locked.department = department
    with acting(keeper):
        locked.save()
    told = {**_told(locked), "department": str(department.row_id)}
    append_leaf(LeafKind.PROJECT_ASSIGNED, locked, public=told, committed={})
    _ask(locked, department, keeper)
    return locked


@transaction.atomic
def review_project(
    proposal: ProjectProposal, *, is_feasible: bool, reason: str, cost: int | None = None, acting_user: User
) -> FeasibilityReview:
    """Say whether a project is feasible and what it costs (fen), with a reason that is published.

    A department may look again, for instance once the proposer has answered, until the list is final.
    """
    officer = require_reviewer(acting_user, proposal)
    reason = typed_text(
        reason, field="reason", limit=2000, missing=_("Please give the reason: the proposer may answer it.")
    )
    locked_round(proposal.allocation, Phase.PROPOSING, Phase.REVIEW)
    locked = _locked(proposal)
    require_reviewer(officer, locked)
    if locked.step not in (Step.PROPOSED, Step.FEASIBLE, Step.UNFEASIBLE):
        raise Conflict(_("This project is not waiting for a department."))
    if is_feasible and (cost is None or not 0 < cost <= locked.allocation.amount):
        raise Invalid(
            _("Please give a cost above zero and within the money of this round; what costs more is not feasible."),
            field="cost",
        )
    department = locked.department
    if department is None:
        raise Closed
    locked.step, locked.cost = (Step.FEASIBLE, cost) if is_feasible else (Step.UNFEASIBLE, None)
    with acting(officer, reason=reason):
        locked.save()
        review = FeasibilityReview.objects.create(
            proposal=locked,
            department=department,
            is_feasible=is_feasible,
            cost=cost if is_feasible else None,
            reason=reason,
            reviewed_by=officer,
        )
    outcome = "feasible" if is_feasible else "unfeasible"
    append_leaf(
        LeafKind.PROJECT_REVIEWED,
        review,
        public={**_told(locked), "department": str(department.row_id), "outcome": outcome, "cost": review.cost},
        committed={"reason": reason},
        also=[locked],
    )
    announce(Kind.PROJECT, locked, to=locked.author, words={"step": outcome}, acting_user=officer)
    return review


@transaction.atomic
def answer_review(proposal: ProjectProposal, *, reply: str, acting_user: User) -> FeasibilityReview:
    """The proposer says something to what a department found not feasible: once, until the list is final."""
    person = require_person(acting_user)
    if person.pk != proposal.author_id:
        raise NotAllowed(_("Only the proposer answers to this."))
    reply = typed_text(reply, field="reply", limit=2000, missing=_("Please write your answer."))
    locked_round(proposal.allocation, Phase.PROPOSING, Phase.REVIEW)
    locked = _locked(proposal)
    if locked.step != Step.UNFEASIBLE:
        raise Conflict(_("There is nothing to answer."))
    if locked.reviews.filter(replied_at__isnull=False).exists():
        raise Conflict(_("You have answered once. The department has the last word before the list is final."))
    review = locked.reviews.select_for_update(of=("self",)).latest("pk")
    review.reply, review.replied_at = reply, timezone.now()
    with acting(person):
        review.save()
    append_leaf(LeafKind.PROJECT_REVIEW_ANSWERED, review, public=_told(locked), committed={"reply": reply})
    told = officers_of(review.department)
    announce(Kind.PROJECT, locked, to=told, words={"step": "replied"}, acting_user=person)
    return review


@transaction.atomic
def withdraw_project(proposal: ProjectProposal, *, reason: str, acting_user: User) -> ProjectProposal:
    """Take a project back, by its proposer or by whoever keeps the round, with a published reason.

    During voting its votes are archived: they stay in the ballots and their receipts hold, but are not counted. Whoever
    had voted for it is told, and may change the ballot.
    """
    person = require_person(acting_user)
    if person.pk != proposal.author_id and not may_keep(person, proposal.allocation):
        raise NotAllowed
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason: it is public."))
    allocation = locked_round(
        proposal.allocation, Phase.PROPOSING, Phase.REVIEW, Phase.LISTED, Phase.VOTING, Phase.CLOSING
    )
    locked = _locked(proposal)
    if locked.step == Step.WITHDRAWN:
        raise Conflict(_("This project was withdrawn already."))
    phase = allocation.phase
    voters = votes_for(allocation, locked.number) if phase in (Phase.VOTING, Phase.CLOSING) else []
    locked.step, locked.withdrawn_at, locked.withdrawal_reason = Step.WITHDRAWN, timezone.now(), reason
    with acting(person, reason=reason):
        locked.save()
    told = {**_told(locked), "phase": phase.value}
    append_leaf(LeafKind.PROJECT_WITHDRAWN, locked, public=told, committed={"reason": reason})
    people = [*voters, locked.author]
    announce(Kind.PROJECT, locked, to=people, words={"step": "withdrawn"}, acting_user=person)
    return locked


# Steps of ``moderation.actions``, which know the rule and ask a second person -------------------------------------


@transaction.atomic
def hide_project(proposal: ProjectProposal, *, rule: int, reason: str, acting_user: User) -> ProjectProposal:
    """Take a proposal out of public view under a house rule; its proposer keeps seeing it, with the reason."""
    locked = _moderated(proposal, acting_user, Status.HIDDEN)
    # Once the vote is closed nobody can vote for it any more, nor withdraw it.
    if locked.step == Step.LISTED and locked.allocation.closed_at is None:
        raise Closed(_("It is on the ballot. Withdraw it instead, with a reason, so that its voters are told."))
    locked.status, locked.hidden_reason = Status.HIDDEN, reason.strip()
    with acting(acting_user, reason=locked.hidden_reason):
        locked.save()
    told = {**_told(locked), "rule": rule}
    append_leaf(LeafKind.PROJECT_HIDDEN, locked, public=told, committed={"reason": locked.hidden_reason})
    return locked


@transaction.atomic
def restore_project(proposal: ProjectProposal, *, reason: str, acting_user: User) -> ProjectProposal:
    """Show a proposal again, or one that was held until somebody had looked at it."""
    locked = _moderated(proposal, acting_user, Status.VISIBLE)
    was_held = locked.is_held
    locked.status, locked.hidden_reason = Status.VISIBLE, ""
    with acting(acting_user, reason=reason.strip()):
        locked.save()
    append_leaf(LeafKind.PROJECT_RESTORED, locked, public=_told(locked), committed={"reason": reason.strip()})
    if was_held and locked.department is not None:
        _ask(locked, locked.department, acting_user)
    return locked


def _moderated(proposal: ProjectProposal, acting_user: User, status: str) -> ProjectProposal:
    require_moderator_for(acting_user, proposal)
    locked = _locked(proposal)
    require_uninvolved(acting_user, author_id=locked.author_id, organisation=None)
    if locked.status == status:
        raise Conflict
    return locked
