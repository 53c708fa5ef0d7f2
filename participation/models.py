"""Every model of the app, so that Django finds them; the rooms hold the code."""

from participation.balance.models import Answer, AnsweredInput
from participation.consultations.models import Consultation, Stage, WayIn
from participation.discussion.models import Event, Room
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.rectification.models import (
    BudgetLinkage,
    Finding,
    ProgressReport,
    RectificationTask,
    Verification,
)
from participation.stakeholders.models import Appointment, Mandate, Organisation, User

__all__ = [
    "Answer",
    "AnsweredInput",
    "Appointment",
    "BudgetLinkage",
    "Consultation",
    "Evaluation",
    "Event",
    "Feedback",
    "Finding",
    "Mandate",
    "Organisation",
    "ProgressReport",
    "RectificationTask",
    "Room",
    "Stage",
    "User",
    "Verification",
    "WayIn",
]
