"""Giving feedback."""

from __future__ import annotations

from uuid import UUID

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.budget.models import Line
from participation.consultations.models import Consultation
from participation.consultations.queries import check_line_in_scope
from participation.consultations.stages import Deed, require
from participation.feedback.models import Feedback
from participation.live import announce
from participation.stakeholders.actions import hand_in_confidential
from participation.stakeholders.confidential import NOTHING, Confidential
from participation.stakeholders.models import User
from participation.stakeholders.phone import checked_phone
from participation.stakeholders.queries import Standing
from participation.stakeholders.revealing import Opened, open_values
from portal.errors import Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@sensitive_variables("callback_phone", "feedback", "confidential")
@transaction.atomic
def submit_feedback(
    consultation: Consultation,
    *,
    line: Line | None,
    kind: str,
    body: str,
    standing: Standing,
    is_anonymous: bool = False,
    callback_phone: str = "",
    confidential: Confidential = NOTHING,
    client_id: UUID | None = None,
    acting_user: User,
) -> Feedback:
    """Publish feedback on one line, or on the consultation as a whole when ``line`` is None.

    The same ``client_id`` sent again by the same author returns what was stored the first time. A citizen may
    withhold the name from the public; an organisation has to stand by what it says, and only it may hand in something
    ``confidential``.
    """
    author = require(acting_user, Deed.GIVE_FEEDBACK, consultation, group=standing.group)
    if is_anonymous and standing.organisation is not None:
        raise Invalid(_("An organisation speaks under its own name."), field="is_anonymous")
    if kind not in Feedback.Kind.values:
        raise Invalid(_("Please choose what this is: a question, a problem, a suggestion or praise."), field="kind")
    body = body.strip()
    if not body:
        raise Invalid(_("Please write what you want to say."), field="body")
    if len(body) > settings.MESSAGE_MAX_CHARS:
        raise Invalid(
            _("Please shorten your text to %(limit)d characters.") % {"limit": settings.MESSAGE_MAX_CHARS}, field="body"
        )
    phone = checked_phone(callback_phone, field="callback_phone") if callback_phone.strip() else None
    if line is not None:
        check_line_in_scope(consultation, line)
    if client_id is not None:
        # Of a form that is sent twice at once, the second waits here for the first.
        User.objects.select_for_update().get(pk=author.pk)
        earlier = Feedback.objects.filter(author=author, client_id=client_id).first()
        if earlier is not None:
            return earlier
    feedback = Feedback(
        consultation=consultation,
        author=author,
        stakeholder_group=standing.group,
        organisation=standing.organisation,
        line=line,
        kind=kind,
        body=body,
        is_anonymous=is_anonymous,
        callback_phone=phone,
        client_id=client_id,
    )
    feedback.confidential = hand_in_confidential(
        feedback, confidential, organisation=standing.organisation, acting_user=author
    )
    with acting(author):
        feedback.save()
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
    announce(consultation.row_id, {"kind": "feedback", "row_id": str(feedback.row_id)})
    return feedback


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
