"""The closed vocabulary of the log. A kind is never renamed or reused: old entries keep it for good."""

from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _


class LeafKind(models.TextChoices):
    RELEASE_IMPORTED = "release.imported", _("Budget release imported")
    RELEASE_PUBLISHED = "release.published", _("Budget release published")
    CONSULTATION_OPENED = "consultation.opened", _("Consultation opened")
    CONSULTATION_STAGE_CHANGED = "consultation.stage_changed", _("Consultation moved to another stage")
    FEEDBACK_SUBMITTED = "feedback.submitted", _("Feedback submitted")
    FEEDBACK_ACCEPTED = "feedback.accepted", _("Feedback accepted for handling")
    FEEDBACK_HIDDEN = "feedback.hidden", _("Feedback hidden")
    FEEDBACK_RESTORED = "feedback.restored", _("Feedback restored")
    MESSAGE_POSTED = "message.posted", _("Message posted")
    MESSAGE_HIDDEN = "message.hidden", _("Message hidden")
    MESSAGE_RESTORED = "message.restored", _("Message restored")
    EVALUATION_SUBMITTED = "evaluation.submitted", _("Evaluation submitted")
    EVALUATION_ACCEPTED = "evaluation.accepted", _("Evaluation accepted for handling")
    EVALUATION_HIDDEN = "evaluation.hidden", _("Evaluation hidden")
    EVALUATION_RESTORED = "evaluation.restored", _("Evaluation restored")
    ANSWER_PUBLISHED = "answer.published", _("Answer published")
    FINDING_RECORDED = "finding.recorded", _("Finding recorded")
    TASK_OPENED = "task.opened", _("Rectification task opened")
    TASK_ACCEPTED = "task.accepted", _("Rectification task accepted")
    TASK_PROGRESS_POSTED = "task.progress_posted", _("Progress on a task posted")
    TASK_SUBMITTED = "task.submitted", _("Task submitted for verification")
    TASK_VERIFIED = "task.verified", _("Task verified")
    TASK_RETURNED = "task.returned", _("Task returned")
    MANDATE_GRANTED = "mandate.granted", _("Mandate granted")
    BUDGET_LINKED = "budget.linked", _("Task linked to a later budget")
    SEALED_OPENED = "sealed.opened", _("Sealed value opened")
    ORGANISATION_VERIFIED = "organisation.verified", _("Organisation verified")
    ORGANISATION_REGISTERED = "organisation.registered", _("Organisation registered")
    APPOINTMENT_GRANTED = "appointment.granted", _("Office granted")
    APPOINTMENT_REVOKED = "appointment.revoked", _("Office revoked")


def leaf_kinds() -> list[tuple[str, Any]]:
    """The choices of the column, asked for when needed: a new kind is no change of the table."""
    return LeafKind.choices
