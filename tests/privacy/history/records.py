"""One of each model that has a history, and the page on which it stands."""

from __future__ import annotations

from datetime import date
from typing import Any

from cms.analysis.actions import enter_statistics
from cms.analysis.models import StatisticsImport
from cms.analysis.statistics_tables import read_table
from cms.performance.models import ProgrammeYear
from participation.rectification.models import RectificationTask
from tests.factories import (
    make_answer,
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_house_rule,
    make_line,
    make_meeting,
    make_organisation,
    make_release,
    make_task,
    make_task_in,
)
from tests.participation.allocation.rounds import make_allocation, make_proposal
from tests.participation.automation.test_rules import make_rule
from tests.participation.decisions.rooms import make_public_room
from tests.participation.deliberation.conversations import make_conversation
from tests.participation.evaluations.panels import make_call, make_lot, make_official_score
from tests.participation.recognition.awards import make_award


def make_programme_year() -> ProgrammeYear:
    line = make_line()
    return ProgrammeYear.objects.create(programme=line.programme, fiscal_year=line.release.fiscal_year)


def make_statistics(series: Any) -> StatisticsImport:
    table = read_table("2023,100", series=series, government=make_department().government)
    return enter_statistics(table, source="统计公报", published_on=date(2025, 1, 17), acting_user=None)


# One of each model with a history in the log that the public may read and a page of its own.
RECORDS: dict[str, Any] = {
    "cms.Release": make_release,
    "cms.ProgrammeYear": make_programme_year,
    "cms.StatisticsImport": lambda: make_statistics("prices"),
    "cms.PriceIndex": lambda: make_statistics("prices").prices.get(),
    "cms.Population": lambda: make_statistics("population").population.get(),
    "participation.Consultation": make_consultation,
    "participation.Feedback": make_feedback,
    "participation.Evaluation": make_evaluation,
    "participation.EvaluationCall": make_call,
    "participation.OfficialScore": make_official_score,
    "participation.Reevaluation": make_lot,
    "participation.Answer": make_answer,
    "participation.HouseRule": make_house_rule,
    "participation.RectificationTask": make_task,
    "participation.Organisation": make_organisation,
    "participation.Meeting": make_meeting,
    "participation.DecisionRoom": make_public_room,
    "participation.Allocation": make_allocation,
    "participation.ProjectProposal": lambda: make_proposal(make_allocation()),
    "participation.Conversation": make_conversation,
    "participation.Statement": lambda: make_conversation().statements.first(),
    "participation.Award": make_award,
    "participation.AutomationRule": lambda: make_rule("check_task"),
}
# They stand on the page of another record.
WITH_OTHERS = (
    *("Finding", "BudgetLinkage", "Extension", "Panel", "PlacePhoto", "RecommendationQuestion", "Consequence"),
    "Instruction",
    *("EvaluatorSeat", "EvaluationAuthor", "EvaluationVersion", "EvaluationFinding"),
    *("MeetingSeries", "AgendaItem", "MeetingMaterial", "MeetingLot", "MeetingPoll", "MeetingMinutes"),
    *("DecisionOption", "DecisionMeasure", "DecisionSeat", "DecisionRound", "DecisionObjection", "DecisionPetition"),
    *("DecisionCommitment", "MinorityReport"),
    *("FeasibilityReview", "FrozenBallots", "AllocationResult", "ProjectResult"),
    *("Resolution", "ActionItem", "Nomination", "Juror", "Commendation", "AwardAppeal", "AutomationDeed"),
)
# Told in the history of the record whose page they stand on.
PARTS: dict[str, Any] = {
    "participation.ProgressReport": lambda: make_task_in(RectificationTask.Status.VERIFIED).progress_reports.first(),
    "participation.Verification": lambda: make_task_in(RectificationTask.Status.VERIFIED).verifications.first(),
    **dict.fromkeys(f"participation.{name}" for name in WITH_OTHERS),
}
