"""Calls, evaluators and reports for the tests of this room."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

from django.utils import timezone

from cms.budget.models import Programme
from cms.performance.actions import publish_scheme
from cms.performance.scheme_files import FOLDER, read_scheme
from cms.performance.schemes import ScoringScheme
from participation.consultations.models import Consultation
from participation.evaluations.calls.actions import apply_for_seat, decide_application, declare_interest, open_call
from participation.evaluations.calls.models import EvaluationCall, EvaluatorSeat
from participation.evaluations.opinions.actions import announce_reevaluation, record_official_score
from participation.evaluations.opinions.models import OfficialScore, Reevaluation
from participation.evaluations.reports.actions import check_form, hand_in, save_page
from participation.evaluations.reports.models import EvaluationReport
from participation.stakeholders.models import Organisation, Role, StakeholderGroup, User
from participation.stakeholders.queries import Standing
from tests.factories import (
    make_consultation,
    make_line,
    make_moderator,
    make_officeholder,
    make_organisation,
    make_user,
)

FINDING = {
    "title": "满意度样本不足",
    "explanation": "只问了 200 人。",
    "recommendation": "每个小区至少问 50 户。",
    "severity": "major",
    "line": "",
}


def make_scheme() -> ScoringScheme:
    return publish_scheme(read_scheme((FOLDER / "third-party-evaluation.toml").read_bytes()), acting_user=None)


def make_call(consultation: Consultation | None = None, **fields: Any) -> EvaluationCall:
    """A call about one programme, with two places, for which accreditation is not asked unless it is told so."""
    consultation = consultation or make_consultation()
    programmes: list[Programme | None] = fields.pop("programmes", None) or [make_line(consultation.release).programme]
    values: dict[str, Any] = {
        "scheme": fields.pop("scheme", None) or make_scheme(),
        "title": "老旧小区改造评价",
        "eligibility": "有评价经验的机构",
        "accredited_only": False,
        "places": 2,
        "due_on": timezone.localdate() + timedelta(days=30),
        "paid_by": "市财政局，8 万元",
        "acting_user": fields.pop("acting_user", None) or make_moderator(),
    }
    return open_call(consultation, programmes=programmes, **{**values, **fields})  # type: ignore[arg-type]


def standing_of(organisation: Organisation) -> Standing:
    return Standing(StakeholderGroup(organisation.group), organisation)


def make_applicant(call: EvaluationCall, person: User | None = None) -> tuple[EvaluatorSeat, User]:
    person = person or make_user()
    organisation = make_organisation("research", member=person)
    seat = apply_for_seat(call, standing=standing_of(organisation), statement="做过三次。", acting_user=person)
    return seat, person


def make_seat(call: EvaluationCall | None = None) -> tuple[EvaluatorSeat, User]:
    """An evaluator who was chosen, with a lead who has declared no interest."""
    seat, person = make_applicant(call or make_call())
    decide_application(seat, is_chosen=True, reason="合适。", acting_user=make_moderator())
    declare_interest(seat, interest="none", undertakes=True, acting_user=person)
    seat.refresh_from_db()
    return seat, person


def full_scores(report: EvaluationReport, share: str = "0.8") -> dict[str, dict[str, str]]:
    indicators = report.seat.call.scheme.indicators.all()
    return {i.code: {"points": f"{i.weight * Decimal(share):.2f}", "reason": "", "evidence": ""} for i in indicators}


def write(report: EvaluationReport, *, share: str = "0.8", findings: int = 1, by: User) -> list[UUID]:
    """A complete draft. Returns the numbers of its findings."""
    typed = {"method": "访谈与抽查", "sample": "12 个小区", "summary": "总体良好，满意度样本不足。"}
    save_page(report, page="about", typed=typed, revision=None, acting_user=by)
    scores = full_scores(report, share)
    for dimension in ("decision", "process", "output", "benefit"):
        save_page(report, page=dimension, typed={"scores": scores}, revision=None, acting_user=by)
    numbers = [uuid4() for _number in range(findings)]
    entries = [{**FINDING, "id": str(number)} for number in numbers]
    save_page(report, page="findings", typed={"findings": entries}, revision=None, acting_user=by)
    report.refresh_from_db()
    return numbers


def make_report(call: EvaluationCall | None = None, **given: Any) -> tuple[EvaluationReport, User, list[UUID]]:
    """A complete report, not handed in."""
    seat, person = make_seat(call)
    report = seat.reports.get()
    return report, person, write(report, by=person, **given)


def make_replying(call: EvaluationCall | None = None, **given: Any) -> tuple[EvaluationReport, User, list[UUID]]:
    """A report that a moderator has passed on to the department, or published where there is nothing to reply to."""
    report, person, findings = make_report(call, **given)
    hand_in(report, acting_user=person)
    check_form(report, acting_user=make_moderator())
    report.refresh_from_db()
    return report, person, findings


def make_lot(fiscal_year: int = 2025) -> Reevaluation:
    reviewer = make_officeholder(Role.REVIEWER)
    return announce_reevaluation(fiscal_year=fiscal_year, count=2, reason="重点复核", acting_user=reviewer)


def make_official_score() -> OfficialScore:
    """Of a programme that is in a public budget."""
    line = make_line()
    return record_official_score(
        line.programme,  # type: ignore[arg-type]
        fiscal_year=line.release.fiscal_year,
        kind="finance",
        score=Decimal("72.50"),
        summary="抽查三个标段。",
        acting_user=make_officeholder(Role.REVIEWER),
    )
