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
from participation.stakeholders.models import User
from participation.stakeholders.queries import Standing
from portal.errors import Invalid, NotAllowed
from privacy.access.actions import open_sealed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@sensitive_variables("callback_phone", "feedback")
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
    client_id: UUID | None = None,
    acting_user: User,
) -> Feedback:
    """Publish feedback on one line, or on the consultation as a whole when ``line`` is None.

    The same ``client_id`` sent again by the same author returns what was stored the first time. A citizen may
    withhold the name from the public; an organisation has to stand by what it says.
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
        callback_phone=callback_phone.strip() or None,
        client_id=client_id,
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
def reveal_phone(feedback: Feedback, *, purpose: str, acting_user: User) -> str:
    """Open the sealed number for a call back, on the record. Not within a transaction: the record must stand first."""
    require(acting_user, Deed.MODERATE, feedback.consultation)
    if feedback.author_id == acting_user.pk:
        raise NotAllowed(_("This is your own. Somebody else has to decide on it."))
    if not purpose.strip():
        raise Invalid(_("Please say what you need the number for: its owner will read it."), field="purpose")
    return open_sealed(feedback, "callback_phone", purpose=purpose, acting_user=acting_user)
