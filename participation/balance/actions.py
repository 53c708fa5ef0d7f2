"""Answering what was heard: written, completed by departments, looked at by a second person, published, corrected."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, cast

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.balance.drafts import AnswerDraft, DraftInput, PartAsked
from participation.balance.models import Answer, AnsweredInput, AnswerPart
from participation.balance.permissions import require_contributor, require_second_officer, require_writer
from participation.consultations.models import Consultation, Contribution
from participation.consultations.stages import Deed, require
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.feedback.queries import with_merged
from participation.following import actions as following
from participation.following.kinds import Kind
from participation.live import announce
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_uninvolved
from portal.errors import Closed, Conflict, Invalid, TooLarge
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.log.tiles import LeafTooLarge

State = AnswerDraft.State
REASON_MAX_CHARS = 4000


def _checked(outcome: str, reason: str) -> dict[str, str]:
    if outcome not in Answer.Outcome.values:
        raise Invalid(_("Please choose what was made of the input."), field="outcome")
    missing = _("Please give the reasons: an answer without them is not an answer.")
    return {"outcome": outcome, "reason": typed_text(reason, field="reason", limit=REASON_MAX_CHARS, missing=missing)}


@transaction.atomic
def draft_answer(
    consultation: Consultation,
    *,
    feedback: Sequence[Feedback] = (),
    evaluations: Sequence[Evaluation] = (),
    outcome: str,
    reason: str,
    department: Department | None = None,
    parts_from: Iterable[Department] = (),
    acting_user: User,
) -> AnswerDraft:
    """Begin an answer to one or many contributions of a consultation, and ask departments for their part of it.

    Raises ``Conflict``, naming who was first, when any of them has an answer or is being answered already: the inputs
    are locked before they are looked at, so of two people answering at once one wins and the other keeps the text.
    """
    moderator = require(acting_user, Deed.ANSWER, consultation)
    values = _checked(outcome, reason)
    inputs: list[Contribution] = [*_locked(Feedback, feedback), *_locked(Evaluation, evaluations)]
    if not inputs:
        raise Invalid(_("Please choose the input that this answers."), field="inputs")
    for contribution in inputs:
        _check_answerable(contribution, consultation, moderator)
    draft = AnswerDraft.objects.create(consultation=consultation, department=department, written_by=moderator, **values)
    DraftInput.objects.bulk_create(DraftInput(draft=draft, **_link(contribution)) for contribution in inputs)
    _ask(draft, parts_from, moderator)
    return draft


@transaction.atomic
def draft_correction(
    answer: Answer,
    *,
    why: str,
    outcome: str,
    reason: str,
    department: Department | None = None,
    parts_from: Iterable[Department] = (),
    acting_user: User,
) -> AnswerDraft:
    """Begin the next version of an answer. What was said first stays in its history; ``why`` is published."""
    moderator = require(acting_user, Deed.ANSWER, answer.consultation)
    why = typed_text(why, field="why", limit=1000, missing=_("Please say what was wrong: it is published."))
    values = _checked(outcome, reason)
    locked = Answer.objects.select_for_update(of=("self",)).get(pk=answer.pk)
    if AnswerDraft.objects.open().filter(answer=locked).exists():
        raise Conflict(_("Somebody is correcting this answer already."))
    draft = AnswerDraft.objects.create(
        consultation=locked.consultation,
        answer=locked,
        department=department,
        why=why,
        written_by=moderator,
        **values,
    )
    _ask(draft, parts_from, moderator)
    return draft


def _ask(draft: AnswerDraft, departments: Iterable[Department], moderator: User) -> None:
    PartAsked.objects.bulk_create(
        PartAsked(draft=draft, department=department, asked_by=moderator) for department in dict.fromkeys(departments)
    )


def _link(contribution: Contribution) -> dict[str, Any]:
    return {str(contribution._meta.model_name): contribution}


def _locked(model: type[Contribution], chosen: Sequence[Contribution]) -> list[Contribution]:
    primary_keys = sorted(contribution.pk for contribution in chosen)
    rows = model._default_manager.select_for_update().filter(pk__in=primary_keys).order_by("pk")
    return list(rows)


def _check_answerable(contribution: Contribution, consultation: Consultation, moderator: User) -> None:
    if contribution.consultation_id != consultation.pk:
        raise Invalid(_("All input of one answer belongs to one consultation."), field="inputs")
    require_uninvolved(moderator, author_id=contribution.author_id, organisation=contribution.organisation)
    _check_unanswered(contribution)
    begun = AnswerDraft.objects.open().filter(**{f"inputs__{contribution._meta.model_name}": contribution}).first()
    if begun is not None:
        raise Conflict(
            _("%(who)s is writing an answer to %(reference)s already. Your text is kept below.")
            % {"who": begun.written_by.display_name, "reference": str(contribution)},
            draft=str(begun.row_id),
        )


def _check_unanswered(contribution: Contribution) -> None:
    earlier = AnsweredInput.objects.filter(**_link(contribution)).first()
    if earlier is not None:
        raise Conflict(
            _("%(who)s answered %(reference)s while you were writing. Your text is kept below.")
            % {"who": earlier.answer.answered_by.display_name, "reference": str(contribution)},
            answer=str(earlier.answer.row_id),
        )


def _locked_draft(draft: AnswerDraft, *states: str) -> AnswerDraft:
    """The draft, nobody else changing it. Raises ``Conflict`` where it has moved on from all of ``states``."""
    locked = AnswerDraft.objects.select_for_update(of=("self",)).select_related("consultation").get(pk=draft.pk)
    if locked.state not in states:
        raise Conflict(
            _("This answer has moved on in the meantime: %(state)s.") % {"state": locked.get_state_display()}
        )
    return locked


@transaction.atomic
def change_draft(
    draft: AnswerDraft, *, outcome: str, reason: str, department: Department | None = None, acting_user: User
) -> AnswerDraft:
    """Write an answer anew, before it is handed in. It stands under the name of whoever wrote it last."""
    moderator = require_writer(acting_user, draft)
    values = _checked(outcome, reason)
    locked = _locked_draft(draft, State.WRITING)
    for link in locked.inputs.select_related("feedback__organisation", "evaluation__organisation"):
        said = link.contribution
        require_uninvolved(moderator, author_id=said.author_id, organisation=said.organisation)
    locked.outcome, locked.reason, locked.department = values["outcome"], values["reason"], department
    locked.written_by, locked.reviewed_by = moderator, None
    locked.save()
    return locked


@transaction.atomic
def contribute_part(part: PartAsked, *, text: str, acting_user: User) -> PartAsked:
    """What a department says to an answer, by one of its officers, until the answer is handed in."""
    officer = require_contributor(acting_user, part.department, part.draft)
    text = typed_text(
        text, field="text", limit=REASON_MAX_CHARS, missing=_("Please write the part of your department.")
    )
    _locked_draft(part.draft, State.WRITING)
    part.text, part.written_by, part.given_at = text, officer, timezone.now()
    part.save()
    return part


@transaction.atomic
def submit_draft(draft: AnswerDraft, *, acting_user: User) -> AnswerDraft:
    """Hand an answer in for a second person to look at. Parts that were asked for have to be there."""
    require_writer(acting_user, draft)
    locked = _locked_draft(draft, State.WRITING)
    missing = locked.parts.filter(text="").select_related("department")
    if missing:
        names = ", ".join(part.department.name for part in missing)
        raise Invalid(_("Still missing is the part of: %(departments)s.") % {"departments": names})
    locked.state, locked.submitted_at = State.SUBMITTED, timezone.now()
    locked.save()
    return locked


@transaction.atomic
def withdraw_part(part: PartAsked, *, acting_user: User) -> None:
    """No longer ask a department for its part."""
    require_writer(acting_user, part.draft)
    _locked_draft(part.draft, State.WRITING)
    if part.text:
        raise Conflict(_("The department has written its part already."))
    part.delete()


@transaction.atomic
def review_draft(draft: AnswerDraft, *, is_approved: bool, note: str = "", acting_user: User) -> AnswerDraft:
    """A second person approves an answer, or gives it back with a note. Never whoever wrote it or a part of it."""
    moderator = require_second_officer(acting_user, draft)
    note = typed_text(
        note, field="note", limit=1000, missing=None if is_approved else _("Please say what has to be changed.")
    )
    locked = _locked_draft(draft, State.SUBMITTED)
    require_second_officer(moderator, locked)
    locked.state = State.APPROVED if is_approved else State.WRITING
    locked.reviewed_by, locked.review_note = moderator, note
    locked.save()
    return locked


@transaction.atomic
def drop_draft(draft: AnswerDraft, *, acting_user: User) -> AnswerDraft:
    """Give an answer up before it is published: its inputs wait again."""
    require_writer(acting_user, draft)
    locked = _locked_draft(draft, *AnswerDraft.OPEN)
    locked.state = State.DROPPED
    locked.save()
    return locked


@transaction.atomic
def publish_answers(drafts: Sequence[AnswerDraft], *, acting_user: User) -> list[Answer]:
    """Publish approved answers, all or none of them, and tell the authors of what they answer."""
    if not drafts:
        raise Invalid(_("Please choose the answers to publish."), field="drafts")
    published = []
    for draft in sorted(drafts, key=lambda each: each.pk):
        require_writer(acting_user, draft)
        locked = _locked_draft(draft, State.APPROVED)
        if locked.reviewed_by_id is None or locked.reviewed_by_id == locked.written_by_id:
            raise Closed(_("A second person has to look at it before it is published."))
        published.append(_corrected(locked, acting_user) if locked.is_correction else _published(locked, acting_user))
        locked.answer, locked.state = published[-1], State.PUBLISHED
        locked.save()
    return published


def _published(draft: AnswerDraft, publisher: User) -> Answer:
    links = draft.inputs.all()
    feedback = [link.feedback for link in links if link.feedback is not None]
    inputs: list[Contribution] = [
        # What was brought together with something that is answered gets the same answer; each keeps its own number.
        *with_merged(feedback),
        *_locked(Evaluation, [link.evaluation for link in links if link.evaluation is not None]),
    ]
    for contribution in inputs:
        _check_unanswered(contribution)
    answer = Answer(
        consultation=draft.consultation,
        department=draft.department,
        outcome=draft.outcome,
        reason=draft.reason,
        answered_by=draft.written_by,
        reviewed_by=draft.reviewed_by,
    )
    with acting(publisher):
        answer.save()
        parts = _parts(draft, answer)
        for contribution in inputs:
            AnsweredInput.objects.create(answer=answer, **_link(contribution))
            if contribution.accepted_at is None:
                contribution.accepted_at = timezone.now()
                contribution.save()
    try:
        append_leaf(
            LeafKind.ANSWER_PUBLISHED,
            answer,
            public={"outcome": answer.outcome, "inputs": sorted(str(contribution.row_id) for contribution in inputs)},
            committed={"reason": answer.reason},
            also=[*inputs, *parts],
        )
    except LeafTooLarge as error:
        raise TooLarge(
            _("This answers more input than one entry of the public log can name. Please answer it in several parts."),
            field="inputs",
        ) from error
    announce(draft.consultation.row_id, {"kind": "answer", "row_id": str(answer.row_id)})
    _tell(answer, inputs, publisher)
    return answer


def _corrected(draft: AnswerDraft, publisher: User) -> Answer:
    assert draft.answer_id is not None  # noqa: S101 - a correction is a draft of a published answer
    answer = Answer.objects.select_for_update(of=("self",)).get(pk=draft.answer_id)
    answer.outcome, answer.reason, answer.department = draft.outcome, draft.reason, draft.department
    answer.answered_by, answer.reviewed_by = draft.written_by, draft.reviewed_by
    answer.version, answer.corrected_at = answer.version + 1, timezone.now()
    with acting(publisher, reason=draft.why):
        answer.save()
        parts = _parts(draft, answer)
    append_leaf(
        LeafKind.ANSWER_CORRECTED,
        answer,
        public={"outcome": answer.outcome, "version": answer.version},
        committed={"reason": answer.reason, "why": draft.why},
        also=parts,
    )
    announce(draft.consultation.row_id, {"kind": "answer", "row_id": str(answer.row_id)})
    inputs = [link.contribution for link in answer.inputs.select_related("feedback__author", "evaluation__author")]
    _tell(answer, inputs, publisher, step="corrected")
    return answer


def _parts(draft: AnswerDraft, answer: Answer) -> list[AnswerPart]:
    return [
        AnswerPart.objects.create(
            answer=answer,
            department=part.department,
            text=part.text,
            written_by=cast(User, part.written_by),
            version=answer.version,
        )
        for part in draft.parts.select_related("department", "written_by")
    ]


def _tell(answer: Answer, inputs: Iterable[Any], publisher: User, step: str = "") -> None:
    """Each author, and whoever follows one of the inputs, hears of the input that they know."""
    for contribution in inputs:
        following.announce(
            Kind.ANSWERED,
            contribution,
            to=contribution.author,
            words={"step": step} if step else None,
            url=answer.get_absolute_url(),
            key=f"{answer.row_id} {answer.version}",
            acting_user=publisher,
        )
