"""Answering what was heard."""

from __future__ import annotations

from collections.abc import Sequence

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.balance.models import Answer, AnsweredInput
from participation.consultations.models import Consultation, Contribution
from participation.consultations.stages import Deed, require
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.live import announce
from participation.stakeholders.models import User
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@transaction.atomic
def publish_answer(
    consultation: Consultation,
    *,
    feedback: Sequence[Feedback] = (),
    evaluations: Sequence[Evaluation] = (),
    outcome: str,
    reason: str,
    department: Department | None = None,
    acting_user: User,
) -> Answer:
    """Answer one or many contributions of a consultation at once.

    Raises ``Conflict``, naming who was first, when any of them has an answer already: the inputs are locked before
    they are looked at, so of two people answering at once one wins and the other keeps the text.
    """
    require(acting_user, Deed.ANSWER, consultation)
    reason = reason.strip()
    if not reason:
        raise Invalid(_("Please give the reasons: an answer without them is not an answer."), field="reason")
    if outcome not in Answer.Outcome.values:
        raise Invalid(_("Please choose what was made of the input."), field="outcome")
    inputs: list[Contribution] = [*_locked(Feedback, feedback), *_locked(Evaluation, evaluations)]
    if not inputs:
        raise Invalid(_("Please choose the input that this answers."), field="inputs")
    for contribution in inputs:
        _check_answerable(contribution, consultation, acting_user)
    answer = Answer(
        consultation=consultation, department=department, outcome=outcome, reason=reason, answered_by=acting_user
    )
    with acting(acting_user):
        answer.save()
        for contribution in inputs:
            link = {str(contribution._meta.model_name): contribution}
            AnsweredInput.objects.create(answer=answer, **link)
            if contribution.accepted_at is None:
                contribution.accepted_at = timezone.now()
                contribution.save()
    append_leaf(
        LeafKind.ANSWER_PUBLISHED,
        answer,
        public={"outcome": outcome, "inputs": sorted(str(contribution.row_id) for contribution in inputs)},
        committed={"reason": reason},
        also=inputs,
    )
    announce(consultation.row_id, {"kind": "answer", "row_id": str(answer.row_id)})
    return answer


def _locked(model: type[Contribution], chosen: Sequence[Contribution]) -> list[Contribution]:
    primary_keys = sorted(contribution.pk for contribution in chosen)
    rows = model._default_manager.select_for_update().filter(pk__in=primary_keys).order_by("pk")
    return list(rows)


def _check_answerable(contribution: Contribution, consultation: Consultation, acting_user: User) -> None:
    if contribution.consultation_id != consultation.pk:
        raise Invalid(_("All input of one answer belongs to one consultation."), field="inputs")
    if contribution.author_id == acting_user.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    earlier = AnsweredInput.objects.filter(**{str(contribution._meta.model_name): contribution}).first()
    if earlier is not None:
        raise Conflict(
            _("%(who)s answered %(reference)s while you were writing. Your text is kept below.")
            % {"who": earlier.answer.answered_by.display_name, "reference": str(contribution)},
            answer=str(earlier.answer.row_id),
        )
