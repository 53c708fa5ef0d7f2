"""The city's call for evaluations: two evaluators, one of whom has published with the reply of the department."""

from __future__ import annotations

from decimal import Decimal
from typing import Any
from uuid import UUID, uuid5

from django.db import transaction

from cms.performance.schemes import ScoringScheme
from participation.evaluations.calls.actions import apply_for_seat, decide_application, declare_interest, open_call
from participation.evaluations.opinions.actions import announce_reevaluation, record_official_score
from participation.evaluations.reports.actions import check_form, hand_in, reply_to_finding, save_page
from participation.following.telling import of_the_past
from participation.models import (
    Consultation,
    Evaluation,
    EvaluationAuthor,
    EvaluationCall,
    EvaluationFinding,
    EvaluationReport,
    EvaluationVersion,
    EvaluatorSeat,
    FindingReply,
    OfficialScore,
    Organisation,
    Reevaluation,
    User,
)
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import Standing
from portal.demo.backdate import at
from portal.demo.city import City

PROGRAMME, OFFICER = "102009", "officer.health"
EVALUATORS = ("research", "socialscience")
ABOUT = {
    "method": "实地走访 16 间咨询室，工作日与周末各一次；调取预约与接待记录；匿名问卷。",
    "sample": "16 间中走访 16 间；问卷 312 份，按街道人口抽取。",
    "summary": "选址和投入有依据，建成数量属实；但开放时间没有保证，走访时 7 间关门，利用率低。",
}
# Shares of the points of each indicator, and the reasons where they are due.
SHARES = {
    "A1": "0.9",
    "A2": "0.7",
    "B1": "0.7",
    "C1": "1",
    "C3": "0.6",
    "D1": "0.45",
    "D3": "0.8",
}
REASONS = {
    "C1": "16 间全部建成，逐间核对。",
    "D1": "走访时 7 间关门，接待人次只有登记数的四成。",
}
FINDINGS: tuple[dict[str, Any], ...] = (
    {
        "title": "挂牌时间无人值守",
        "explanation": "两次走访中，16 间咨询室有 7 间在公示的开放时间关门。",
        "recommendation": "两个街道合用一名专职咨询师，排班在网上公开。",
        "severity": "major",
        "line": "",
        "reply": ("accepts", "属实。已与街道商定合用人员，排班下月起在网上公开。"),
    },
    {
        "title": "接待人次登记口径不一",
        "explanation": "电话、讲座和一对一咨询混在一起登记，人次不可比。",
        "recommendation": "按三类分开登记并公布。",
        "severity": "minor",
        "line": "",
        "reply": ("partly", "同意分开登记；讲座人次按市里统一口径另报。"),
    },
)


def load_evaluations(city: City) -> None:
    """Tell it once."""
    programme, release = city.programmes[PROGRAMME], city.releases[-1]
    consultation = Consultation.objects.filter(release=release, department=programme.department).first()
    if consultation is None or EvaluationCall.objects.filter(consultation=consultation).exists():
        return
    with of_the_past():
        _tell(city, consultation)


@transaction.atomic
def _tell(city: City, consultation: Consultation) -> None:
    on, moderator, second = city.calendar.on, city.people["moderator"], city.people["moderator2"]
    programme = city.programmes[PROGRAMME]
    with at(on(-50), EvaluationCall):
        call = open_call(
            consultation,
            programmes=[programme],
            scheme=ScoringScheme.objects.get(code="third-party-evaluation", version=1),
            title=f"{programme.name}第三方评价",
            title_en=f"Third-party evaluation: {programme.name_en}",
            eligibility="有公共服务评价经验、与卫健局没有合同关系的机构。",
            accredited_only=False,
            places=2,
            due_on=city.calendar.date_on(12),
            paid_by="市财政局，每家 6 万元",
            acting_user=moderator,
        )
    reports = [_seated(city, call, key) for key in EVALUATORS]
    lead, officer = city.people[EVALUATORS[0]], city.people[OFFICER]
    findings: list[dict[str, Any]] = [{**told, "id": str(_number(call, place))} for place, told in enumerate(FINDINGS)]
    _write(reports[0], lead, findings)
    begun = {"method": "入户访谈，正在进行。"}
    save_page(reports[1], page="about", typed=begun, revision=None, acting_user=city.people[EVALUATORS[1]])
    hand_in(reports[0], acting_user=lead)
    check_form(reports[0], acting_user=second)
    written = (FindingReply, Evaluation, EvaluationVersion, EvaluationFinding)
    with at(on(-12), *written):
        for finding in findings:
            stance, text = finding["reply"]
            reply_to_finding(
                reports[0], finding=UUID(str(finding["id"])), stance=stance, text=text, acting_user=officer
            )
    with at(on(-6), OfficialScore, Reevaluation):
        record_official_score(
            programme,
            fiscal_year=consultation.fiscal_year,
            kind=OfficialScore.Kind.FINANCE,
            score=Decimal("78.50"),
            summary="抽查 4 间咨询室的台账与支付凭证。",
            acting_user=city.people["reviewer"],
        )
        announce_reevaluation(
            fiscal_year=consultation.fiscal_year,
            count=2,
            reason="复核评价的样本与计算。",
            acting_user=city.people["reviewer"],
        )


def _number(call: EvaluationCall, place: int) -> UUID:
    return uuid5(call.row_id, str(place))


def _seated(city: City, call: EvaluationCall, key: str) -> EvaluationReport:
    person = city.people[key]
    organisation = Organisation.objects.get(mandates__person=person)
    standing = Standing(StakeholderGroup(organisation.group), organisation)
    with at(city.calendar.on(-46), EvaluatorSeat):
        seat = apply_for_seat(
            call, standing=standing, statement="做过多次公共服务评价，有固定的调查队伍。", acting_user=person
        )
    with at(city.calendar.on(-43), EvaluatorSeat, EvaluationAuthor):
        decide_application(seat, is_chosen=True, reason="方案具体，抽样清楚。", acting_user=city.people["moderator"])
        declare_interest(seat, interest="none", undertakes=True, acting_user=person)
    return seat.reports.get()


def _write(report: EvaluationReport, lead: User, findings: list[dict[str, Any]]) -> None:
    indicators = list(report.seat.call.scheme.indicators.all())
    scores = {
        indicator.code: {
            "points": f"{indicator.weight * Decimal(SHARES.get(indicator.code, '0.75')):.2f}",
            "reason": REASONS.get(indicator.code, ""),
            "evidence": indicator.evidence,
        }
        for indicator in indicators
    }
    pages: list[tuple[str, dict[str, Any]]] = [("about", dict(ABOUT)), ("findings", {"findings": findings})]
    pages += [(page, {"scores": scores}) for page in dict.fromkeys(i.dimension for i in indicators)]
    for page, typed in pages:
        save_page(report, page=page, typed=typed, revision=None, acting_user=lead)
