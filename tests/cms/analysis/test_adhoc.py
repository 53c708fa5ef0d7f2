"""Ad-hoc questions: a closed vocabulary, exact sums, and nothing but the lines within reach."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser

from cms.analysis import column_store
from cms.analysis.adhoc import Answer, Dimension, Measure, Question, ask, group_by_snapshots
from cms.analysis.snapshots import release_parquet
from cms.budget.models import Government, Release
from portal.errors import Invalid
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = pytest.mark.django_db
PUBLIC = AnonymousUser()


@pytest.fixture(params=["snapshots", "store"])
def asked(request: pytest.FixtureRequest) -> Any:
    """Asking, once of the snapshots and once of the store: the answers are the same."""

    def answer(question: Question, **narrowed: Any) -> Answer:
        if request.param == "store":
            column_store.refresh()
        return ask(question, PUBLIC, **narrowed)

    return answer


@pytest.fixture
def two_years() -> list[Release]:
    releases = [make_release(fiscal_year=year) for year in (2024, 2025)]
    department = make_department(releases[0].government)
    for release in releases:
        for code, amount in (("2050202", 10), ("2050203", 20), ("2010101", 2**61)):
            programme = make_programme(department)
            make_line(release, programme, functional_code=code, adopted=amount, executed=None)
    return releases


def test_sums_are_exact_and_what_is_missing_stays_missing(two_years: list[Release], asked: Any) -> None:
    question = Question((Dimension.FISCAL_YEAR,), (Measure.ADOPTED, Measure.EXECUTED, Measure.LINES))
    assert asked(question).rows == [
        {"fiscal_year": year, "currency": "CNY", "adopted": 2**61 + 30, "executed": None, "lines": 3}
        for year in (2024, 2025)
    ]


def test_a_filter_narrows_by_its_values(two_years: list[Release], asked: Any) -> None:
    question = Question(
        (Dimension.FUNCTION,), (Measure.ADOPTED,), {Dimension.FUNCTION_CLASS: ["205"], Dimension.FISCAL_YEAR: [2025]}
    )
    found = [(row["function"], row["adopted"]) for row in asked(question).rows]
    assert found == [("2050202", 10), ("2050203", 20)]


def test_only_the_newest_public_version_of_a_year_is_asked(two_years: list[Release], asked: Any) -> None:
    make_line(make_release(fiscal_year=2025), adopted=7)
    make_line(make_release(fiscal_year=2025, published=False), adopted=9)
    question = Question((), (Measure.ADOPTED,))
    assert [row["adopted"] for row in asked(question, years=[2025]).rows] == [7]


def test_currencies_are_never_summed_together(two_years: list[Release], asked: Any) -> None:
    other = Government.objects.create(name="Madrid")
    make_line(make_release(government=other, currency="EUR"), adopted=5)
    rows = asked(Question((), (Measure.ADOPTED,)), years=[2025]).rows
    assert [(row["currency"], row["adopted"]) for row in rows] == [("CNY", 2**61 + 30), ("EUR", 5)]


def test_no_public_release_gives_no_rows(asked: Any) -> None:
    make_line(make_release(published=False))
    assert asked(Question((Dimension.FUND,))).rows == []


def test_a_median_is_the_amount_of_a_line(two_years: list[Release], asked: Any) -> None:
    question = Question((Dimension.FUNCTION_CLASS,), (Measure.MEDIAN_ADOPTED, Measure.MEDIAN_EXECUTED))
    found = [tuple(row.values()) for row in asked(question, years=[2025]).rows]
    assert found == [("201", "CNY", 2**61, None), ("205", "CNY", 10, None)]


def test_a_filter_without_values_finds_nothing(two_years: list[Release], asked: Any) -> None:
    assert asked(Question((), (Measure.LINES,), {Dimension.FUND: []})).rows == []


def test_a_year_that_is_typed_is_a_number(two_years: list[Release], asked: Any) -> None:
    question = Question.parse([], ["lines"], {"fiscal_year": ["2025"]})
    assert [row["lines"] for row in asked(question).rows] == [3]


@pytest.mark.parametrize(
    ("dimensions", "measures", "filters"),
    [(["note"], [], {}), ([], ["max(adopted)"], {}), ([], [], {"1=1; --": ["x"]})],
    ids=["dimension", "measure", "filter"],
)
def test_what_is_not_in_the_vocabulary_is_refused(
    dimensions: list[str], measures: list[str], filters: dict[str, list[str]]
) -> None:
    with pytest.raises(Invalid):
        Question.parse(dimensions, measures, filters)


def test_a_value_is_a_value_whatever_it_says(two_years: list[Release], asked: Any) -> None:
    question = Question((), (Measure.LINES,), {Dimension.FUND: ["') OR 1=1 --", "{{", "😀"]})
    assert asked(question).rows == []


# Statements that no question makes, in the place of the one that is made of the question.
ENDLESS = "SELECT count(*) FROM range(1000000000) a, range(1000000000) b"
ELSEWHERE = "SELECT * FROM read_text('/etc/hostname')"


def statement_is(sql: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("cms.analysis.adhoc._statement", lambda *args, **kwargs: (sql, []))


def test_a_question_that_takes_too_long_is_refused(
    two_years: list[Release], asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("cms.analysis.adhoc.SECONDS", 0.05)
    asked(Question(()))
    statement_is(ENDLESS, monkeypatch)
    with pytest.raises(Invalid):
        asked(Question(()))


def test_nothing_but_the_lines_can_be_read(
    two_years: list[Release], asked: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    import duckdb

    asked(Question(()))
    statement_is(ELSEWHERE, monkeypatch)
    with pytest.raises(duckdb.PermissionException):
        asked(Question(()))


def test_snapshots_are_asked_alone(two_years: list[Release]) -> None:
    paths = [str(release_parquet(release)) for release in two_years]
    assert [row["lines"] for row in group_by_snapshots(paths[:1], Question(())).rows] == [3]
