"""Every model of the app, so that Django finds them; the rooms hold the code."""

from participation.balance.models import Answer, AnsweredInput
from participation.consultations.models import Consultation, Stage, WayIn
from participation.discussion.models import Event, Room
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.notes.models import ModeratorNote
from participation.rectification.models import (
    BudgetLinkage,
    Finding,
    ProgressReport,
    RectificationTask,
    Verification,
)
from participation.stakeholders.confidential import ConfidentialPart
from participation.stakeholders.models import Appointment, Mandate, Organisation, User
from participation.whistleblowing.models import Case, CaseEntry, CaseFile, Recusal

__all__ = [
    "Answer",
    "AnsweredInput",
    "Appointment",
    "BudgetLinkage",
    "Case",
    "CaseEntry",
    "CaseFile",
    "ConfidentialPart",
    "Consultation",
    "Evaluation",
    "Event",
    "Feedback",
    "Finding",
    "Mandate",
    "ModeratorNote",
    "Organisation",
    "ProgressReport",
    "RectificationTask",
    "Recusal",
    "Room",
    "Stage",
    "User",
    "Verification",
    "WayIn",
]
