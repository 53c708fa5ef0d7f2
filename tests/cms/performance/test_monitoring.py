"""Money and goals side by side, and what a department's funnel counts."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.budget.models import Department
from cms.performance.actions import record_monitoring
from cms.performance.assessments import divergence, scheme_for
from cms.performance.funnel import funnel_of
from cms.performance.models import Goal, Indicator, ProgrammeYear
from cms.performance.monitoring import Alert, alerts_of, monitored, monitored_years, time_progress
from cms.performance.schemes import ScoringScheme
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
D = Decimal
PUBLIC = AnonymousUser()


@pytest.fixture
def scheme() -> ScoringScheme:
    call_command("scheme_publish", verbosity=0)
    return ScoringScheme.objects.with_rules().get(code="self-evaluation-2020")


def make_years(
    department: Department, count: int = 1, *, published: bool = True, **fields: object
) -> list[ProgrammeYear]:
    release = make_release(fiscal_year=2023, government=department.government, published=published)
    years = []
    for _number in range(count):
        programme = make_programme(department)
        make_line(release, programme)
        values = {"full_year": 1000, "executed": 950, "self_score": D(95), **fields}
        year = ProgrammeYear.objects.create(programme=programme, fiscal_year=2023, **values)
        goal = Goal.objects.create(programme_year=year, text="加装电梯")
        Indicator.objects.create(
            goal=goal, dimension="output", name="台数", operator="ge", target=100, actual=90, weight=90
        )
        years.append(year)
    return years


@pytest.mark.parametrize(
    ("day", "passed"),
    [
        (date(2023, 12, 31), D(1)),
        (date(2024, 12, 31), D(1)),
        (date(2023, 1, 1), D(1) / 365),
        (date(2024, 6, 30), D(182) / 366),
    ],
)
def test_the_part_of_a_year_that_has_passed(day: date, passed: Decimal) -> None:
    assert time_progress(day) == passed


@pytest.mark.parametrize(
    ("execution", "goals", "as_of", "today", "alerts"),
    [
        ("0.7", "0.5", date(2023, 7, 31), date(2023, 8, 1), ()),
        ("0.71", "0.5", date(2023, 7, 31), date(2023, 8, 1), (Alert.MONEY_AHEAD,)),
        ("0.5", "0.71", date(2023, 7, 31), date(2023, 8, 1), (Alert.GOALS_AHEAD,)),
        ("0.39", "0.4", date(2023, 6, 29), date(2023, 7, 1), ()),
        ("0.39", "0.4", date(2023, 6, 30), date(2023, 7, 1), (Alert.STALE,)),
        ("0.4", "0.4", date(2023, 6, 30), date(2023, 7, 1), ()),
        ("0.6", "0.6", date(2023, 9, 30), date(2023, 10, 1), (Alert.STALE,)),
        ("0.6", "0.6", date(2023, 8, 31), date(2023, 12, 30), (Alert.SILENT,)),
        (None, None, None, date(2023, 7, 1), (Alert.SILENT,)),
    ],
    ids=["fine", "money", "goals", "before", "stale", "pace", "september", "silent", "none"],
)
def test_alerts_follow_the_thresholds_of_the_scheme(
    scheme: ScoringScheme,
    execution: str | None,
    goals: str | None,
    as_of: date | None,
    today: date,
    alerts: tuple[Alert, ...],
) -> None:
    rates = [None if rate is None else D(rate) for rate in (execution, goals)]
    assert alerts_of(scheme, execution=rates[0], goals=rates[1], as_of=as_of, today=today) == alerts


def test_a_programme_stands_as_its_latest_record_tells(scheme: ScoringScheme) -> None:
    (year,) = make_years(make_department(), executed=None)
    indicator = Indicator.objects.get()
    for month, executed, reached in ((3, 200, D(10)), (6, 800, D(50))):
        record_monitoring(
            year, as_of=date(2023, month, 30), executed=executed, readings={indicator: reached}, acting_user=None
        )
    (row,) = monitored(monitored_years(PUBLIC, 2023), today=date(2023, 7, 1))
    assert (row.execution, row.goals) == (D("0.8"), D("0.5"))
    assert (row.pace_gap, row.alerts) == (D("0.8") - D(181) / 365, (Alert.MONEY_AHEAD,))


def test_a_year_of_a_draft_is_not_monitored_in_public(scheme: ScoringScheme) -> None:
    department = make_department()
    make_years(department, published=False)
    assert (monitored(monitored_years(PUBLIC, 2023), today=date(2023, 7, 1)), funnel_of(department, PUBLIC)) == (
        [],
        None,
    )


def test_the_funnel_counts_each_step_with_its_amount(scheme: ScoringScheme) -> None:
    department = make_department()
    make_years(department, 2, tracked_on=date(2023, 7, 1), problems_found=3, problems_fixed=2, problems_open=1)
    make_years(department, 1, self_score=None, full_year=500)
    funnel = funnel_of(department, PUBLIC)
    assert funnel is not None
    steps = (funnel.programmes, funnel.with_goals, funnel.tracked, funnel.self_evaluated)
    assert [(step.count, step.amount) for step in steps] == [(3, 2500), (3, 2500), (2, 2000), (2, 2000)]
    assert (funnel.mean, [(grade.code, count) for grade, count in funnel.grades]) == (
        D("95.00"),
        [("excellent", 2), ("good", 0), ("fair", 0), ("poor", 0)],
    )
    assert (funnel.problems_found, funnel.problems_fixed, funnel.problems_open) == (6, 4, 2)


@pytest.mark.parametrize(
    ("fields", "is_too_good"),
    [
        ({}, True),
        ({"problems_found": 0, "problems_fixed": 0, "problems_open": 0}, True),
        ({"problems_found": 1, "problems_fixed": 1, "problems_open": 0}, False),
        ({"self_score": D(89)}, False),
        ({"self_score": None}, False),
    ],
    ids=["unreported", "none", "one", "good", "unscored"],
)
def test_all_excellent_and_no_problem_is_remarked(
    scheme: ScoringScheme, fields: dict[str, object], is_too_good: bool
) -> None:
    department = make_department()
    make_years(department, 2, **fields)
    funnel = funnel_of(department, PUBLIC)
    assert funnel is not None
    assert funnel.is_too_good is is_too_good


def test_the_funnel_names_what_deserves_a_look(scheme: ScoringScheme) -> None:
    department = make_department()
    make_years(department, 1, executed=500)
    Indicator.objects.update(actual=200)
    funnel = funnel_of(department, PUBLIC)
    assert funnel is not None
    assert [len(found) for found in (funnel.differing, funnel.too_easy, funnel.without_reason)] == [0, 1, 1]


@pytest.mark.parametrize(
    ("first", "second", "flagged"),
    [("95", "91", False), ("95", "89", True), ("79", "69", False), ("79", "68.99", True)],
)
def test_two_scores_diverge_by_points_or_by_grade(
    scheme: ScoringScheme, first: str, second: str, flagged: bool
) -> None:
    assert divergence(D(first), D(second), scheme).is_flagged is flagged


def test_a_governments_own_scheme_goes_before_the_general_one(scheme: ScoringScheme) -> None:
    schemes = list(ScoringScheme.objects.with_rules())
    chosen = [
        scheme_for(schemes, year, place) for year, place in ((2023, "上海市"), (2023, "云川市"), (2019, "云川市"))
    ]
    assert [found.code if found else None for found in chosen] == [
        "shanghai-self-evaluation",
        "self-evaluation-2020",
        None,
    ]


@pytest.mark.parametrize("kind", ["funnel", "monitoring"])
def test_thirty_programmes_take_as_many_queries_as_one(scheme: ScoringScheme, kind: str) -> None:
    def count(programmes: int) -> int:
        department = make_department()
        for year in make_years(department, programmes):
            indicator = Indicator.objects.get(goal__programme_year=year)
            record_monitoring(year, as_of=date(2023, 6, 30), executed=1, readings={indicator: D(1)}, acting_user=None)
        with CaptureQueriesContext(connection) as captured:
            if kind == "funnel":
                funnel_of(department, PUBLIC)
            else:
                monitored(monitored_years(PUBLIC, 2023), today=date(2023, 7, 1))
        return len(captured)

    assert (count(1), count(30)) == (9, 9)
