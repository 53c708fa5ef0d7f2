"""Giving feedback, reacting with one tap, keeping drafts, and bringing together what says the same."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.budget.models import Line, Programme
from cms.performance.models import Indicator
from participation.attachments import attachment_fields
from participation.consultations.clock import answer_due
from participation.consultations.models import Consultation
from participation.consultations.notices import announce_new
from participation.consultations.queries import check_line_in_scope, scope_lines
from participation.consultations.stages import Deed, require
from participation.feedback.models import Draft, Feedback, Reaction
from participation.following.actions import announce as tell_people
from participation.following.kinds import Kind as News
from participation.live import announce
from participation.stakeholders.actions import hand_in_confidential
from participation.stakeholders.confidential import NOTHING, Confidential
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from participation.stakeholders.phone import checked_phone
from participation.stakeholders.queries import Standing
from participation.stakeholders.revealing import Opened, open_values
from participation.stakeholders.sides import take_side
from portal.errors import Conflict, Invalid, NotAllowed, NotFound
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from participation.rectification.models import RectificationTask

PASSAGE_MAX_CHARS = 2000
DRAFT_CHARS = 8000
# What of the form is kept in a draft.
DRAFTED = ("body", "kind", "line", "programme", "indicator", "task")


@sensitive_variables("callback_phone", "sealed_passage", "feedback", "confidential")
@transaction.atomic
def submit_feedback(
    consultation: Consultation,
    *,
    line: Line | None = None,
    programme: Programme | None = None,
    indicator: Indicator | None = None,
    task: RectificationTask | None = None,
    kind: str,
    body: str,
    standing: Standing,
    is_anonymous: bool = False,
    callback_phone: str = "",
    sealed_passage: str = "",
    attachment: UploadedFile[Any] | None = None,
    confidential: Confidential = NOTHING,
    client_id: UUID | None = None,
    acting_user: User,
) -> Feedback:
    """Publish feedback on one line, programme, indicator or task, or else on the consultation as a whole.

    ``attachment`` is public; ``sealed_passage`` is for the moderators only. The same ``client_id`` sent again by the
    same author returns what was stored the first time. A citizen may withhold the name from the public; an
    organisation has to stand by what it says, and only it may hand in something ``confidential``.
    """
    deed = Deed.SPEAK_ON_TASK if task is not None else Deed.GIVE_FEEDBACK
    author = require(acting_user, deed, consultation, group=standing.group)
    if is_anonymous and standing.organisation is not None:
        raise Invalid(_("An organisation speaks under its own name."), field="is_anonymous")
    if kind not in Feedback.Kind.values:
        raise Invalid(_("Please choose what this is: a question, a problem, a suggestion or praise."), field="kind")
    missing = _("Please write what you want to say.")
    body = typed_text(body, field="body", limit=settings.MESSAGE_MAX_CHARS, missing=missing)
    phone = checked_phone(callback_phone, field="callback_phone") if callback_phone.strip() else None
    if len(sealed_passage) > PASSAGE_MAX_CHARS:
        raise Invalid(
            _("Please shorten your text to %(limit)d characters.") % {"limit": PASSAGE_MAX_CHARS},
            field="sealed_passage",
        )
    _check_subject(consultation, line=line, programme=programme, indicator=indicator, task=task)
    if client_id is not None:
        # Of a form that is sent twice at once, the second waits here for the first.
        User.objects.select_for_update().get(pk=author.pk)
        earlier = Feedback.objects.filter(author=author, client_id=client_id).first()
        if earlier is not None:
            return earlier
    take_side(author, consultation, standing.group)
    received = timezone.now()
    feedback = Feedback(
        consultation=consultation,
        author=author,
        stakeholder_group=standing.group,
        organisation=standing.organisation,
        status=consultation.first_status,
        line=line,
        programme=programme,
        indicator=indicator,
        task=task,
        kind=kind,
        body=body,
        is_anonymous=is_anonymous,
        callback_phone=phone,
        sealed_passage=sealed_passage.strip() or None,
        client_id=client_id,
        created=received,
        due_on=answer_due(received, consultation),
        **attachment_fields(attachment),
    )
    feedback.confidential = hand_in_confidential(
        feedback, confidential, organisation=standing.organisation, acting_user=author
    )
    with acting(author):
        feedback.save()
    Draft.objects.filter(consultation=consultation, person=author).delete()
    append_leaf(
        LeafKind.FEEDBACK_SUBMITTED,
        feedback,
        public={
            "consultation": str(consultation.row_id),
            "line": str(line.row_id) if line else None,
            "stakeholder_group": standing.group,
            "feedback_kind": kind,
        },
        committed={"body": body},
    )
    announce_new(feedback)
    if not feedback.is_held:
        announce(consultation.row_id, {"kind": "feedback", "row_id": str(feedback.row_id)})
    return feedback


def _check_subject(
    consultation: Consultation,
    *,
    line: Line | None,
    programme: Programme | None,
    indicator: Indicator | None,
    task: RectificationTask | None,
) -> None:
    """Raise ``Invalid`` where it is more than one, or nothing that the consultation is about."""
    if sum(subject is not None for subject in (line, programme, indicator, task)) > 1:
        raise Invalid(_("Please choose one thing that it is about."), field="line")
    if line is not None:
        check_line_in_scope(consultation, line)
    about = programme or (indicator.goal.programme_year.programme if indicator else None)
    if about is not None and not scope_lines(consultation).filter(programme=about).exists():
        raise Invalid(_("This consultation is not about that programme."), field="line")
    if task is not None and task.consultation != consultation:
        raise Invalid(_("That task belongs to another consultation."), field="line")


@transaction.atomic
def react_to_line(
    consultation: Consultation, *, line: Line, kind: str, standing: Standing, acting_user: User
) -> Reaction | None:
    """Say with one tap what one thinks of a line; the same again takes it back. One a person, changed at any time."""
    person = require(acting_user, Deed.REACT, consultation, group=standing.group)
    if kind not in Reaction.Kind.values:
        raise Invalid(_("Please choose what you want to say."), field="kind")
    check_line_in_scope(consultation, line)
    # Taps at once wait here for one another.
    User.objects.select_for_update().get(pk=person.pk)
    take_side(person, consultation, standing.group)
    earlier = Reaction.objects.filter(line=line, person=person).first()
    if earlier is not None and earlier.kind == kind:
        earlier.delete()
        return None
    values = {
        "consultation": consultation,
        "stakeholder_group": standing.group,
        "kind": kind,
        "changed": timezone.now(),
    }
    return Reaction.objects.update_or_create(line=line, person=person, defaults=values)[0]


@sensitive_variables("typed")
@transaction.atomic
def save_draft(consultation: Consultation, *, typed: dict[str, str], acting_user: User) -> Draft:
    """Keep what somebody has begun to write, sealed. One a consultation; it goes when feedback is given."""
    person = require_person(acting_user)
    if not Consultation.objects.visible_to(person).filter(pk=consultation.pk).exists():
        raise NotFound
    values = {"typed": {name: str(typed.get(name, ""))[:DRAFT_CHARS] for name in DRAFTED}, "saved_at": timezone.now()}
    User.objects.select_for_update().get(pk=person.pk)
    return Draft.objects.update_or_create(consultation=consultation, person=person, defaults=values)[0]


@transaction.atomic
def remove_draft(consultation: Consultation, *, acting_user: User) -> None:
    Draft.objects.filter(consultation=consultation, person=require_person(acting_user)).delete()


@transaction.atomic
def merge_feedback(feedback: Feedback, *, into: Feedback, reason: str, acting_user: User) -> Feedback:
    """Tie feedback to another that says the same. Each keeps author, number and page; the answer reaches both."""
    require(acting_user, Deed.MERGE, feedback.consultation)
    reason = _reason(reason)
    pair = {each.pk: each for each in _locked_feedback([feedback.pk, into.pk])}
    if len(pair) != 2 or pair[feedback.pk].consultation_id != pair[into.pk].consultation_id:
        raise Invalid(_("Please choose another piece of feedback in the same consultation."), field="into")
    locked, target = pair[feedback.pk], pair[into.pk]
    if acting_user.pk in (locked.author_id, target.author_id):
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if locked.merged_into_id is not None or locked.merged.exists():
        raise Conflict(_("This is tied to others already."))
    if target.merged_into is not None:
        message = _("That one is tied to %(reference)s. Please choose it instead.")
        raise Invalid(message % {"reference": target.merged_into.reference}, field="into")
    if locked.status != Feedback.Status.VISIBLE or target.status != Feedback.Status.VISIBLE:
        raise Conflict(_("Only what is public is brought together."))
    if any(getattr(each, "answered", None) is not None for each in (locked, target)):
        raise Conflict(_("This has been answered already."))
    _tie(locked, target, reason, acting_user)
    words = {"step": "merged"}
    tell_people(News.MODERATED, locked, to=locked.author, words=words, acting_user=acting_user)
    return locked


@transaction.atomic
def separate_feedback(feedback: Feedback, *, reason: str, acting_user: User) -> Feedback:
    """Take back that it says the same as another."""
    require(acting_user, Deed.MERGE, feedback.consultation)
    reason = _reason(reason)
    (locked,) = _locked_feedback([feedback.pk])
    if acting_user.pk == locked.author_id:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if locked.merged_into_id is None or getattr(locked, "answered", None) is not None:
        raise Conflict(_("This is not tied to another one, or answered together with it."))
    _tie(locked, None, reason, acting_user)
    return locked


def _reason(reason: str) -> str:
    if not reason.strip():
        raise Invalid(_("Please give the reason: the author will read it."), field="reason")
    return reason.strip()


def _locked_feedback(primary_keys: list[int]) -> list[Feedback]:
    rows = Feedback.objects.select_for_update(of=("self",)).filter(pk__in=primary_keys).order_by("pk")
    return list(rows)


def _tie(feedback: Feedback, target: Feedback | None, reason: str, acting_user: User) -> None:
    feedback.merged_into = target
    with acting(acting_user, reason=reason):
        feedback.save()
    append_leaf(
        LeafKind.FEEDBACK_MERGED,
        feedback,
        public={"into": str(target.row_id) if target else None},
        committed={"reason": reason},
    )


@sensitive_variables()
def reveal_passage(feedback: Feedback, *, purpose: str, acting_user: User) -> list[Opened]:
    """Open what is for the moderators only, on the record. Not within a transaction: the record must stand first."""
    _require_other_moderator(feedback, acting_user)
    return open_values(feedback, ["sealed_passage"], purpose=purpose, acting_user=acting_user)


@sensitive_variables()
def reveal_phone(feedback: Feedback, *, purpose: str, acting_user: User) -> list[Opened]:
    """Open the sealed number for a call back, on the record. Not within a transaction: the record must stand first."""
    _require_other_moderator(feedback, acting_user)
    return open_values(feedback, ["callback_phone"], purpose=purpose, acting_user=acting_user)


@sensitive_variables()
def reveal_address(feedback: Feedback, *, purpose: str, acting_user: User) -> list[Opened]:
    """Open the author's address for an answer on paper. Not within a transaction: the record must stand first.

    Who withholds the name from the public is not found out by way of the address.
    """
    _require_other_moderator(feedback, acting_user)
    if feedback.is_anonymous:
        raise NotAllowed(_("The author does not want to be known."))
    return open_values(feedback.author, ["contact_address"], purpose=purpose, acting_user=acting_user)


def _require_other_moderator(feedback: Feedback, person: User) -> None:
    require(person, Deed.MODERATE, feedback.consultation)
    if feedback.author_id == person.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
