"""Every model of the app, so that Django finds them; the rooms hold the code."""

from participation.balance.drafts import AnswerDraft, DraftInput, PartAsked
from participation.balance.models import Answer, AnsweredInput, AnswerPart
from participation.balance.themes import Theme, ThemeTag
from participation.consultations.models import ClockStep, Consultation, Stage, WayIn
from participation.discussion.models import Event, Mute, Opinion, ReadMark, Room
from participation.evaluations.models import Evaluation
from participation.feedback.models import Draft, Feedback, Reaction
from participation.following.models import Announcement, Follow, Letter, Notification, Preference
from participation.moderation.models import Appeal, Decision, HouseRule, Report
from participation.notes.models import ModeratorNote
from participation.rectification.models import (
    BudgetLinkage,
    Finding,
    ProgressReport,
    RectificationTask,
    Verification,
)
from participation.stakeholders.confidential import ConfidentialPart
from participation.stakeholders.legal_basis import LegalBasis
from participation.stakeholders.levels.models import PhoneCode, ResidentCheck, Roster, RosterEntry
from participation.stakeholders.models import Appointment, Mandate, Organisation, User
from participation.stakeholders.registration.models import RegistrationDocument
from participation.stakeholders.sides import Side
from participation.whistleblowing.models import Case, CaseEntry, CaseFile, Recusal

__all__ = [
    "Announcement",
    "Answer",
    "AnswerDraft",
    "AnswerPart",
    "AnsweredInput",
    "Appeal",
    "Appointment",
    "BudgetLinkage",
    "Case",
    "CaseEntry",
    "CaseFile",
    "ClockStep",
    "ConfidentialPart",
    "Consultation",
    "Decision",
    "Draft",
    "DraftInput",
    "Evaluation",
    "Event",
    "Feedback",
    "Finding",
    "Follow",
    "HouseRule",
    "LegalBasis",
    "Letter",
    "Mandate",
    "ModeratorNote",
    "Mute",
    "Notification",
    "Opinion",
    "Organisation",
    "PartAsked",
    "PhoneCode",
    "Preference",
    "ProgressReport",
    "Reaction",
    "ReadMark",
    "RectificationTask",
    "Recusal",
    "RegistrationDocument",
    "Report",
    "ResidentCheck",
    "Room",
    "Roster",
    "RosterEntry",
    "Side",
    "Stage",
    "Theme",
    "ThemeTag",
    "User",
    "Verification",
    "WayIn",
]
