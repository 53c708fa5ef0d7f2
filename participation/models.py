"""Every model of the app, so that Django finds them; the rooms hold the code."""

from participation.allocation.ballots.models import AllocationBallot, FrozenBallots
from participation.allocation.models import Allocation, AllocationRule
from participation.allocation.proposals.models import FeasibilityReview, ProjectProposal
from participation.allocation.results.models import AllocationResult, FileCount, ProjectResult
from participation.automation.models import AutomationDeed, AutomationRule, AutomationRun
from participation.balance.drafts import AnswerDraft, DraftInput, PartAsked
from participation.balance.models import Answer, AnsweredInput, AnswerPart
from participation.balance.themes import Theme, ThemeTag
from participation.consultations.models import ClockStep, Consultation, Stage, WayIn
from participation.decisions.carrying.models import DecisionCommitment, MinorityReport
from participation.decisions.models import (
    DecisionMeasure,
    DecisionOption,
    DecisionRoom,
    DecisionRule,
    PopulationPart,
)
from participation.decisions.objecting.models import (
    DecisionJuror,
    DecisionObjection,
    DecisionPetition,
    ObjectionVote,
    PetitionFinding,
    PetitionSignature,
)
from participation.decisions.voting.models import BallotJudgement, DecisionBallot, DecisionRound, DecisionSeat
from participation.deliberation.models import (
    Conversation,
    MapBan,
    MapBanLifting,
    MapParticipant,
    MapVote,
    OpinionMap,
    Statement,
)
from participation.discussion.models import Event, Mute, Opinion, ReadMark, Room
from participation.evaluations.calls.models import EvaluationAuthor, EvaluationCall, EvaluatorSeat
from participation.evaluations.models import Evaluation, EvaluationFinding, EvaluationVersion
from participation.evaluations.opinions.models import OfficialScore, PublicScore, Reevaluation
from participation.evaluations.reports.models import EvaluationEvidence, EvaluationReport, FindingReply
from participation.feedback.models import Draft, Feedback, Reaction
from participation.following.models import Announcement, Follow, Letter, Notification, Preference
from participation.meetings.minutes.models import (
    ActionItem,
    MeetingMinutes,
    MeetingRecording,
    MinutesOpinion,
    Resolution,
)
from participation.meetings.models import AgendaItem, Meeting, MeetingMaterial, MeetingPlaces, MeetingSeries
from participation.meetings.seats.models import MeetingLot, MeetingRegistration, MeetingRule
from participation.meetings.session.models import MeetingPoll, MeetingVote, SpeakingTurn
from participation.moderation.models import Appeal, Decision, HouseRule, Report
from participation.notes.models import ModeratorNote
from participation.recognition.models import (
    Award,
    AwardAppeal,
    AwardBallot,
    Commendation,
    Juror,
    JuryOpinion,
    Nomination,
    OptIn,
)
from participation.rectification.course import Extension, Instruction, TaskStep
from participation.rectification.ladder.models import Consequence, EscalationRung, EscalationStep
from participation.rectification.models import (
    BudgetLinkage,
    Finding,
    ProgressReport,
    RectificationTask,
    Verification,
    WantedEvidence,
)
from participation.rectification.panels.models import Panel, PanelMember
from participation.rectification.photos.models import PlacePhoto
from participation.rectification.questions.models import RecommendationQuestion
from participation.rectification.results.models import LinkageRule
from participation.stakeholders.confidential import ConfidentialPart
from participation.stakeholders.legal_basis import LegalBasis
from participation.stakeholders.levels.models import PhoneCode, ResidentCheck, Roster, RosterEntry
from participation.stakeholders.models import Appointment, Mandate, Organisation, User
from participation.stakeholders.registration.models import RegistrationDocument
from participation.stakeholders.sides import Side
from participation.whistleblowing.models import Case, CaseEntry, CaseFile, Recusal

__all__ = [
    "ActionItem",
    "AgendaItem",
    "Allocation",
    "AllocationBallot",
    "AllocationResult",
    "AllocationRule",
    "Announcement",
    "Answer",
    "AnswerDraft",
    "AnswerPart",
    "AnsweredInput",
    "Appeal",
    "Appointment",
    "AutomationDeed",
    "AutomationRule",
    "AutomationRun",
    "Award",
    "AwardAppeal",
    "AwardBallot",
    "BallotJudgement",
    "BudgetLinkage",
    "Case",
    "CaseEntry",
    "CaseFile",
    "ClockStep",
    "Commendation",
    "ConfidentialPart",
    "Consequence",
    "Consultation",
    "Conversation",
    "Decision",
    "DecisionBallot",
    "DecisionCommitment",
    "DecisionJuror",
    "DecisionMeasure",
    "DecisionObjection",
    "DecisionOption",
    "DecisionPetition",
    "DecisionRoom",
    "DecisionRound",
    "DecisionRule",
    "DecisionSeat",
    "Draft",
    "DraftInput",
    "EscalationRung",
    "EscalationStep",
    "Evaluation",
    "EvaluationAuthor",
    "EvaluationCall",
    "EvaluationEvidence",
    "EvaluationFinding",
    "EvaluationReport",
    "EvaluationVersion",
    "EvaluatorSeat",
    "Event",
    "Extension",
    "FeasibilityReview",
    "Feedback",
    "FileCount",
    "Finding",
    "FindingReply",
    "Follow",
    "FrozenBallots",
    "HouseRule",
    "Instruction",
    "Juror",
    "JuryOpinion",
    "LegalBasis",
    "Letter",
    "LinkageRule",
    "Mandate",
    "MapBan",
    "MapBanLifting",
    "MapParticipant",
    "MapVote",
    "Meeting",
    "MeetingLot",
    "MeetingMaterial",
    "MeetingMinutes",
    "MeetingPlaces",
    "MeetingPoll",
    "MeetingRecording",
    "MeetingRegistration",
    "MeetingRule",
    "MeetingSeries",
    "MeetingVote",
    "MinorityReport",
    "MinutesOpinion",
    "ModeratorNote",
    "Mute",
    "Nomination",
    "Notification",
    "ObjectionVote",
    "OfficialScore",
    "Opinion",
    "OpinionMap",
    "OptIn",
    "Organisation",
    "Panel",
    "PanelMember",
    "PartAsked",
    "PetitionFinding",
    "PetitionSignature",
    "PhoneCode",
    "PlacePhoto",
    "PopulationPart",
    "Preference",
    "ProgressReport",
    "ProjectProposal",
    "ProjectResult",
    "PublicScore",
    "Reaction",
    "ReadMark",
    "RecommendationQuestion",
    "RectificationTask",
    "Recusal",
    "Reevaluation",
    "RegistrationDocument",
    "Report",
    "ResidentCheck",
    "Resolution",
    "Room",
    "Roster",
    "RosterEntry",
    "Side",
    "SpeakingTurn",
    "Stage",
    "Statement",
    "TaskStep",
    "Theme",
    "ThemeTag",
    "User",
    "Verification",
    "WantedEvidence",
    "WayIn",
]
