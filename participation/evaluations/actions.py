"""Submitting a third-party evaluation, and correcting one."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.budget.models import Programme
from participation.attachments import attachment_fields
from participation.consultations.clock import answer_due
from participation.consultations.models import Consultation
from participation.consultations.notices import announce_new
from participation.consultations.queries import scope_lines
from participation.consultations.stages import ACCREDITED_ONLY, Deed, may_evaluate, require
from participation.evaluations.models import Evaluation, EvaluationVersion
from participation.evaluations.versions import add_version, keep_first_version
from participation.following.actions import announce as announce_news
from participation.following.kinds import Kind
from participation.live import announce
from participation.stakeholders.actions import hand_in_confidential
from participation.stakeholders.confidential import NOTHING, Confidential
from participation.stakeholders.models import User
from participation.stakeholders.permissions import acts_for, require_person
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import take_side
from portal.errors import Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

REASONING_MAX_CHARS = 8000


@sensitive_variables("confidential")
@transaction.atomic
def submit_evaluation(
    consultation: Consultation,
    *,
    programme: Programme,
    score: Decimal,
    reasoning: str,
    standing: Standing,
    attachment: UploadedFile[Any] | None = None,
    confidential: Confidential = NOTHING,
    acting_user: User,
) -> Evaluation:
    """Publish an organisation's evaluation of one programme of the consultation. ``score`` is 0 to 100.

    ``attachment`` is public; what is not goes into ``confidential``.
    """
    author = require(acting_user, Deed.SUBMIT_EVALUATION, consultation, group=standing.group)
    if standing.organisation is None:
        raise NotAllowed(_("An evaluation is given by an organisation. Ask its owner for a mandate to act for it."))
    if not may_evaluate(standing, consultation):
        raise NotAllowed(ACCREDITED_ONLY)
    if not Decimal(0) <= score <= Decimal(100):
        raise Invalid(_("The score is a number from 0 to 100."), field="score")
    missing = _("Please explain how you came to this score.")
    reasoning = typed_text(reasoning, field="reasoning", limit=REASONING_MAX_CHARS, missing=missing)
    if not scope_lines(consultation).filter(programme=programme).exists():
        raise Invalid(_("This consultation is not about that programme."), field="programme")
    already = Conflict(
        _("%(organisation)s has evaluated this programme already.") % {"organisation": standing.organisation.name},
        field="programme",
    )
    if Evaluation.objects.filter(
        consultation=consultation, programme=programme, organisation=standing.organisation
    ).exists():
        # Before anything is stored in files, which a transaction does not take back.
        raise already
    take_side(author, consultation, standing.group)
    received = timezone.now()
    evaluation = Evaluation(
        consultation=consultation,
        author=author,
        stakeholder_group=standing.group,
        organisation=standing.organisation,
        status=consultation.first_status,
        created=received,
        due_on=answer_due(received, consultation),
        programme=programme,
        score=score,
        reasoning=reasoning,
        **attachment_fields(attachment),
    )
    evaluation.confidential = hand_in_confidential(
        evaluation, confidential, organisation=standing.organisation, acting_user=author
    )
    try:
        with transaction.atomic(), acting(author):
            evaluation.save()
    except IntegrityError:
        raise already from None
    append_leaf(
        LeafKind.EVALUATION_SUBMITTED,
        evaluation,
        public={
            "consultation": str(consultation.row_id),
            "programme": str(programme.row_id),
            "organisation": str(standing.organisation.row_id),
            "score": str(score),
            "attachment_sha256": evaluation.attachment_sha256 or None,
        },
        committed={"reasoning": reasoning},
    )
    announce_new(evaluation)
    if not evaluation.is_held:
        announce(consultation.row_id, {"kind": "evaluation", "row_id": str(evaluation.row_id)})
    return evaluation


@transaction.atomic
def correct_evaluation(
    evaluation: Evaluation, *, score: Decimal, reasoning: str, reason: str, acting_user: User
) -> EvaluationVersion:
    """Correct an evaluation that was given without a call: a new version beside the ones before, none of which goes.

    One that follows a call is corrected where it was written (``reports.actions.begin_correction``).
    """
    locked = Evaluation.objects.select_for_update(of=("self",)).get(pk=evaluation.pk)
    person = require_person(acting_user)
    if locked.organisation is None or not acts_for(person, locked.organisation):
        raise NotAllowed(_("Only people who act for the organisation do this."))
    if hasattr(locked, "report"):
        raise Conflict(_("This evaluation follows a call. Its lead corrects it there."))
    if not Decimal(0) <= score <= Decimal(100):
        raise Invalid(_("The score is a number from 0 to 100."), field="score")
    reasoning = typed_text(
        reasoning,
        field="reasoning",
        limit=REASONING_MAX_CHARS,
        missing=_("Please explain how you came to this score."),
    )
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please say in public why it is corrected."))
    if (score, reasoning) == (locked.score, locked.reasoning):
        raise Invalid(_("Nothing has been changed."), field="score")
    if not locked.versions.exists():
        keep_first_version(locked)
    locked.score, locked.reasoning = score, reasoning
    with acting(person, reason=reason):
        locked.save()
    content = {"score": str(score), "summary": reasoning}
    version = add_version(locked, content, reason=reason, by=person, also=[locked])
    announce_news(
        Kind.EVALUATION,
        locked,
        of=[locked.programme, locked.consultation],
        words={"step": "corrected"},
        key=f"version {version.number}",
        acting_user=person,
    )
    return version
