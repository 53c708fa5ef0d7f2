"""Programmes of one class: what is spread how, what stands apart and why, and what others say."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.utils.translation import override

from cms.analysis import class_figures, cube
from cms.analysis.classes import ClassReading, Member, read_class
from cms.analysis.scores import OutsideScore, outside_scores
from cms.budget.models import Government, Programme, Release
from cms.performance.models import Goal, Indicator, MonitoringRecord, ProgrammeYear
from participation.stakeholders.models import StakeholderGroup
from tests.factories import (
    make_consultation,
    make_department,
    make_evaluation,
    make_line,
    make_organisation,
    make_programme,
    make_release,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
D = Decimal
PUBLIC = AnonymousUser()
TODAY = date(2025, 12, 31)


def publish_class(
    executed: list[int], *, adopted: int = 100_000_00, code: str = "2050202"
) -> tuple[Release, list[Programme]]:
    """Programmes of one class, each with a line; what is executed is given in per cent of the budget."""
    release = make_release(fiscal_year=2025, version=1)
    department = make_department(release.government)
    programmes = []
    for share in executed:
        programme = make_programme(department)
        make_line(release, programme, adopted=adopted, executed=adopted * share // 100, functional_code=code)
        programmes.append(programme)
    cube.fill(release)
    return release, programmes


def make_year(programme: Programme, **fields: object) -> ProgrammeYear:
    return ProgrammeYear.objects.create(programme=programme, fiscal_year=2025, **fields)


def read(code: str = "2050202") -> ClassReading:
    return read_class(code, PUBLIC, today=TODAY)


def member(reading: ClassReading, programme: Programme) -> Member:
    return next(found for found in reading.members if found.programme == programme)


def test_a_class_holds_the_programmes_below_its_code() -> None:
    _release, programmes = publish_class([90, 80])
    assert [found.programme for found in read("205").members] == programmes
    assert [found.money.rate for found in read("20502").members] == [D("0.9"), D("0.8")]


def test_a_low_rate_among_many_stands_apart_and_says_why() -> None:
    _release, programmes = publish_class([90, 91, 92, 93, 94, 95, 96, 20])
    make_year(programmes[-1], execution_reason="招标两次流标")
    with override("en"):
        reading = read()
        execution = next(m for m in class_figures.measures_of(reading) if m.measure.key == "execution")
        apart = class_figures.apart(reading, execution)
        spread = class_figures.distribution(reading, execution)
    [row] = apart.rows
    assert apart.finding == "Execution rate: 1 of 8 stands apart"
    assert row.label.value == programmes[-1].name
    assert row.cells[3].text == (
        "20.0%, while half of the class lies between 90.8% and 94.3%: unusually low. "
        "The department says: “招标两次流标”"
    )
    assert spread.finding == "Execution rate: half of 8 programmes lie between 90.8% and 94.3%"
    assert [row.cells[0].value for row in spread.rows] == ["1", "0", "0", "0", "0", "0", "0", "7"]


def test_below_eight_nothing_stands_apart_and_the_figure_says_why() -> None:
    publish_class([90, 91, 92, 20])
    with override("en"):
        reading = read()
        execution = next(m for m in class_figures.measures_of(reading) if m.measure.key == "execution")
        figures = class_figures.figures_of(reading, execution)
    assert [(figure.anchor, figure.note) for figure in figures] == [
        ("execution-spread", "Only 4 values: with fewer than 8 nothing can be said to stand apart.")
    ]


def test_unit_cost_goal_rate_and_pace_come_from_the_programmes_year() -> None:
    call_command("scheme_publish", verbosity=0)
    _release, [programme, *_others] = publish_class([50, 90])
    year = make_year(programme, full_year=100_000_00, executed=50_000_00, self_score=D(90))
    goal = Goal.objects.create(programme_year=year, text="加装电梯")
    values = {"goal": goal, "dimension": "output", "operator": "ge", "target": 100}
    lifts = Indicator.objects.create(**values, category="quantity", name="台数", unit="台", actual=25, weight=60)
    Indicator.objects.create(**values, category="quality", name="合格率", unit="%", actual=100, weight=30)
    MonitoringRecord.objects.create(programme_year=year, as_of=date(2025, 12, 31), executed=50_000_00)
    found = member(read(), programme)
    assert found.unit_cost is not None
    assert (found.unit_cost.indicator, found.unit_cost.cost) == (lifts, D(2_000_00))
    assert (found.goal_rate, found.pace_gap) == (D(45) / 90, D("-0.5"))


def test_two_quantities_of_the_same_weight_give_no_unit_cost() -> None:
    _release, [programme] = publish_class([50])
    goal = Goal.objects.create(programme_year=make_year(programme, executed=100), text="目标")
    for name in ("台数", "户数"):
        Indicator.objects.create(
            goal=goal,
            dimension="output",
            category="quantity",
            name=name,
            unit="台",
            operator="ge",
            target=1,
            actual=1,
            weight=30,
        )
    assert member(read(), programme).unit_cost is None


def test_what_evaluators_found_stands_beside_the_own_score() -> None:
    call_command("scheme_publish", verbosity=0)
    release, [programme, other] = publish_class([90, 90])
    for one in (programme, other):
        make_year(one, self_score=D(95))
    consultation = make_consultation(release=release)
    for score in (60, 70):
        person = make_user()
        organisation = make_organisation(StakeholderGroup.RESEARCH, member=person)
        make_evaluation(consultation, programme=programme, score=score, organisation=organisation, acting_user=person)
    reading = read()
    found = member(reading, programme)
    assert found.divergence is not None
    assert (found.outside_score, found.divergence.difference, found.divergence.is_flagged) == (D(65), D(30), True)
    assert member(reading, other).divergence is None


def test_scores_are_asked_of_every_source_once_registered() -> None:
    release, [programme] = publish_class([90])
    evaluation = make_evaluation(make_consultation(release=release), programme=programme, score=66)
    assert outside_scores([programme.pk], [2025], PUBLIC) == {
        (programme.pk, 2025): [
            OutsideScore(programme.pk, 2025, D(66), evaluation.organisation.name, evaluation.get_absolute_url())
        ]
    }
    assert outside_scores([programme.pk], [2024], PUBLIC) == {}


def test_only_amounts_in_the_currency_of_most_are_held_against_each_other() -> None:
    _release, programmes = publish_class([90, 80])
    government = Government.objects.create(name="Madrid")
    other = make_release(fiscal_year=2025, government=government, currency="EUR")
    make_line(other, functional_code="2050202")
    cube.fill(other)
    reading = read()
    assert (reading.currency, reading.currencies, reading.count) == ("CNY", ("CNY", "EUR"), 3)
    assert {found.programme for found in reading.comparable} == set(programmes)


def test_regions_departments_and_years_of_a_class_are_summed() -> None:
    publish_class([90, 80])
    reading = read()
    assert [(found.amounts["adopted"], found.lines) for found in reading.regions] == [(200_000_00, 2)]
    assert [(found.amounts["executed"], department is not None) for found, department in reading.departments] == [
        (170_000_00, True)
    ]


def test_what_goes_together_is_said_with_its_n() -> None:
    release = make_release(fiscal_year=2025, version=1)
    department = make_department(release.government)
    for place in range(1, 9):
        make_line(release, make_programme(department), adopted=place * 1000, executed=place * place * 100)
    cube.fill(release)
    with override("en"):
        sentences = class_figures.relations(read("205"))
    assert sentences == [
        "Where the budget is high, the execution rate is usually high too (Spearman's ρ = 1.00, n = 8)."
    ]
