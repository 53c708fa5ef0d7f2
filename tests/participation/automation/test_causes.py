"""What rules look for: alerts, paragraphs drafted from the figures, and programmes worth a third party's look."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from cms.budget.models import Department
from cms.performance.models import Goal, Indicator, MonitoringRecord, ProgrammeYear
from participation.automation.actions import run_rule
from participation.automation.causes import new_causes
from participation.automation.models import AutomationDeed, AutomationRule
from tests.factories import make_consultation, make_department, make_evaluation, make_line, make_programme, make_release
from tests.participation.automation.test_rules import make_rule

pytestmark = pytest.mark.django_db

Does = AutomationRule.Does
YEAR = 2023
WAN = 1_000_000


def make_year(department: Department | None = None, **fields: Any) -> ProgrammeYear:
    department = department or make_department()
    programme = make_programme(department)
    release = make_release(fiscal_year=YEAR, government=department.government)
    make_line(release, programme)
    values = {"full_year": 2000 * WAN, "executed": 1900 * WAN, "self_score": Decimal("90.5"), **fields}
    year = ProgrammeYear.objects.create(programme=programme, fiscal_year=YEAR, **values)
    goal = Goal.objects.create(programme_year=year, text="加装电梯")
    Indicator.objects.create(
        goal=goal, dimension="output", name="台数", operator="ge", target=100, actual=90, weight=90
    )
    return year


@pytest.fixture
def scheme() -> None:
    call_command("scheme_publish", verbosity=0)


def causes(does: str, **options: int) -> list[Any]:
    return new_causes(make_rule(does, **options), timezone.localdate())


@pytest.mark.usefixtures("scheme")
def test_each_alert_of_a_programme_is_one_cause_in_both_languages() -> None:
    year = make_year()
    MonitoringRecord.objects.create(programme_year=year, as_of=f"{YEAR}-12-31", executed=200 * WAN)
    (cause,) = causes(Does.ALERT_TASK)
    assert (cause.key, cause.department) == (f"{year.row_id} stale", year.programme.department)
    assert "支出" in cause.text or "进度" in cause.text
    assert "spending behind its pace" in cause.text_en


@pytest.mark.usefixtures("scheme")
def test_an_alert_that_the_rule_does_not_ask_for_causes_nothing() -> None:
    year = make_year()
    MonitoringRecord.objects.create(programme_year=year, as_of=f"{YEAR}-12-31", executed=200 * WAN)
    assert causes(Does.ALERT_TASK, stale=0) == []


def test_a_paragraph_tells_the_funnel_in_both_languages() -> None:
    year = make_year(tracked_on=f"{YEAR}-07-01", problems_found=3, problems_fixed=2, problems_open=1)
    (cause,) = causes(Does.FUNNEL)
    name = year.programme.department.name
    assert cause.text == (
        f"{YEAR} 年度，{name}设定绩效目标的项目 1 个，涉及资金 2,000.00 万元；"
        "开展绩效跟踪的项目 1 个，涉及资金 2,000.00 万元；完成绩效自评的项目 1 个，涉及资金 2,000.00 万元；"
        "自评平均得分 90.50 分；发现问题 3 个，已整改 2 个，正在整改 1 个。"
    )
    assert cause.text_en == (
        f"{year.programme.department.name_en}, {YEAR}: programmes with goals 1 (CNY 20.00 million), "
        "tracked 1 (CNY 20.00 million), self-evaluated 1 (CNY 20.00 million). Mean self-evaluation score 90.50. "
        "Problems found 3, put right 2, being put right 1."
    )


def test_new_figures_are_drafted_again_once_the_last_draft_is_decided_on() -> None:
    year, rule = make_year(), make_rule(Does.FUNNEL)
    run_rule(rule, acting_user=None)
    ProgrammeYear.objects.filter(pk=year.pk).update(self_score=Decimal(80))
    assert new_causes(rule, timezone.localdate()) == []
    AutomationDeed.objects.all().delete()
    assert len(new_causes(rule, timezone.localdate())) == 1


@pytest.mark.parametrize(
    ("fields", "options", "proposed"),
    [
        ({"full_year": 1000 * WAN}, {"risk_from": 10}, True),
        ({"full_year": 1000 * WAN - 1}, {"risk_from": 10}, False),
        ({"full_year": None, "self_score": Decimal(96)}, {"risk_from": 2}, True),
        ({"full_year": None, "self_score": Decimal(94)}, {"risk_from": 2}, False),
    ],
    ids=["amount reached", "amount missed", "risk reached", "risk missed"],
)
def test_an_evaluation_is_proposed_by_amount_or_by_risk(
    fields: dict[str, Any], options: dict[str, int], proposed: bool
) -> None:
    make_year(**fields)
    assert bool(causes(Does.EVALUATION, **options)) is proposed


def test_what_was_evaluated_in_its_year_is_not_proposed() -> None:
    year = make_year()
    consultation = make_consultation(release=year.programme.lines.get().release)
    make_evaluation(consultation, programme=year.programme)
    assert causes(Does.EVALUATION) == []


def test_no_more_are_proposed_for_a_year_than_the_rule_allows_however_often_it_runs() -> None:
    department = make_department()
    for amount in (3000, 5000, 4000):
        make_year(department, full_year=amount * WAN)
    rule = make_rule(Does.EVALUATION, most=2)
    run_rule(rule, acting_user=None)
    run_rule(rule, acting_user=None)
    amounts = sorted(deed.found["amount"] // WAN for deed in AutomationDeed.objects.all())
    assert amounts == [4000, 5000]
