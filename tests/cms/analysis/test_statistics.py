"""Tables of prices and population: read with every fault named, looked at first, taken over once, and used exactly."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from cms.analysis.actions import enter_statistics
from cms.analysis.models import Population, PriceIndex, StatisticsImport
from cms.analysis.statistics_tables import State, Table, Unit, read_table
from cms.analysis.terms import Deflator, Terms, deflator
from cms.budget.models import Government
from participation.stakeholders.models import Role
from portal.errors import Conflict, Invalid, NotAllowed, SignInRequired
from tests.data import BUDGETS, needs_shared_data
from tests.factories import make_department, make_government, make_officeholder, make_officer, make_user
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]
D = Decimal
PRICES, POPULATION = StatisticsImport.Series.PRICES, StatisticsImport.Series.POPULATION
PUBLISHED = date(2025, 1, 17)
MADRID = BUDGETS / "madrid"


def values(table: Table) -> dict[int, Decimal]:
    return {entry.year: entry.value for entry in table.entries}


def enter(text: str, *, government: Government | None = None, series: Any = PRICES, **more: Any) -> StatisticsImport:
    table = read_table(text, series=series, government=government)
    user = more.pop("acting_user", None)
    return enter_statistics(table, source="统计公报", published_on=PUBLISHED, acting_user=user, **more)


@pytest.fixture
def city() -> Government:
    return make_government()


@pytest.mark.parametrize(
    "text",
    [
        "2023,100.2\n2024,100.5",
        "年份\t指数\n2023年\t100.2\n2024年\t100.5",
        "\ufeffyear;index\r\n2023;100.2\r\n\r\n2024;100.5\r\n",
    ],
    ids=["bare", "chinese", "header"],
)
def test_tables_are_read_as_they_come(text: str) -> None:
    table = read_table(text, series=PRICES)
    assert (table.errors, values(table)) == ((), {2023: D("100.2"), 2024: D("100.5")})


def test_a_change_in_per_cent_becomes_an_index() -> None:
    assert values(read_table("2015,-0.5\n2022,8.4", series=PRICES, unit=Unit.CHANGE)) == {
        2015: D("99.5"),
        2022: D("108.4"),
    }


def test_columns_are_found_by_their_names(city: Government) -> None:
    text = '"#Id","#Entidad","#Año","#Población"\n"1","Madrid","2011","3265038"'
    assert values(read_table(text, series=POPULATION, government=city)) == {2011: D(3265038)}


@pytest.mark.parametrize(
    ("text", "series", "error"),
    [
        ("2023,abc", PRICES, "Line 1: “abc” is no number; write it like 103.2."),
        ("2023,100\n2023,101", PRICES, "Line 2: the year 2023 stands there twice."),
        ("2023,100\nMMXXIV,101", PRICES, "Line 2: “MMXXIV” is no year."),
        ("2023,0", PRICES, "Line 1: the number has to be above 0."),
        ("2023,100.12345", PRICES, "Line 1: an index has at most four digits before the point and four after it."),
        ("2023,1.5", POPULATION, "Line 1: people are counted in whole persons."),
        ("2023,1e9", POPULATION, "Line 1: “1e9” is no number; write it like 103.2."),
        ("2023", PRICES, "Line 1 has no second column."),
        ("", PRICES, "There is no row with a year and a number."),
    ],
    ids=["text", "twice", "year", "zero", "digits", "half", "power", "column", "empty"],
)
def test_every_fault_is_named_with_its_line(text: str, series: Any, error: str, settings: Any) -> None:
    from django.utils.translation import override

    with override("en"):
        assert read_table(text, series=series).errors == (error,)


def test_what_looks_like_another_base_year_is_remarked_on(city: Government) -> None:
    assert len(read_table("2023,612.7", series=PRICES).warnings) == 1
    assert len(read_table("2022,1000000\n2023,10000000", series=POPULATION, government=city).warnings) == 1


@given(st.text(max_size=200))
def test_any_text_is_read_or_refused_and_never_breaks(text: str) -> None:
    table = read_table(text, series=PRICES, government=None)
    assert table.entries or table.errors


def test_entering_keeps_source_history_and_leaf(city: Government) -> None:
    user = make_officeholder(Role.EDITOR)
    batch = enter("2023,1000000\n2024,1010000", series=POPULATION, government=city, acting_user=user)
    rows = Population.objects.order_by("year")
    assert [(row.year, row.persons, row.entered_with) for row in rows] == [
        (2023, 1000000, batch),
        (2024, 1010000, batch),
    ]
    assert [row.history.count() for row in rows] == [1, 1]
    [leaf] = entries(kind="statistics.entered")
    assert leaf.record_ref == batch.row_id


def test_a_corrected_year_replaces_the_number_and_keeps_the_old_one_in_its_history() -> None:
    enter("2023,100.2\n2024,100.5")
    table = read_table("2023,100.2\n2024,100.6", series=PRICES)
    assert [entry.state for entry in table.entries] == [State.SAME, State.CHANGED]
    second = enter_statistics(table, source="修订", published_on=PUBLISHED, acting_user=None)
    price = PriceIndex.objects.get(year=2024)
    assert (price.previous_year_100, price.entered_with, price.history.count()) == (D("100.6"), second, 2)
    assert PriceIndex.objects.get(year=2023).entered_with != second


def test_a_table_that_says_nothing_new_is_a_conflict() -> None:
    enter("2023,100.2")
    with pytest.raises(Conflict):
        enter("2023,100.2")


def test_a_table_with_errors_or_without_its_government_is_refused() -> None:
    with pytest.raises(Invalid):
        enter("2023,abc")
    with pytest.raises(Invalid):
        enter("2023,1000", series=POPULATION)


@pytest.mark.parametrize(
    ("role", "error"), [(None, SignInRequired), ("citizen", NotAllowed), (Role.OFFICER, NotAllowed)]
)
def test_only_those_who_prepare_budgets_enter_statistics(role: Any, error: type[Exception]) -> None:
    user: Any = AnonymousUser()
    if role:
        user = make_user() if role == "citizen" else make_officer(make_department())
    with pytest.raises(error):
        enter("2023,100.2", acting_user=user)


def test_real_amounts_go_through_every_year_between() -> None:
    prices = Deflator({(None, 2023): D(102), (None, 2024): D(110)})
    told = [prices.told(1_000_000, Terms.REAL, government=1, year=year, base=2024) for year in (2022, 2023, 2024)]
    assert told == [1_122_000, 1_100_000, 1_000_000]
    assert prices.told(1_122_000, Terms.REAL, government=1, year=2024, base=2022) == 1_000_000


def test_the_governments_own_index_goes_before_the_general_one() -> None:
    prices = Deflator({(None, 2024): D(110), (7, 2024): D(120)})
    assert [prices.price_factor(government, 2023, 2024) for government in (1, 7)] == [D("1.1"), D("1.2")]


def test_what_is_missing_is_never_guessed() -> None:
    nothing = Deflator()
    assert [nothing.told(100, terms, government=1, year=2023, base=2024) for terms in Terms] == [100, None, None, None]
    assert nothing.told(None, Terms.NOMINAL, government=1, year=2023, base=2023) is None


def test_per_head_rounds_half_up() -> None:
    people = Deflator(people={(1, 2024): 8})
    assert people.told(100, Terms.PER_HEAD, government=1, year=2024, base=2024) == 13
    assert people.told(-100, Terms.PER_HEAD, government=1, year=2024, base=2024) == -13


@given(st.integers(-(2**60), 2**60), st.lists(st.integers(9000, 12000), min_size=3, max_size=3))
def test_there_and_back_again_is_the_same_amount(amount: int, indices: list[int]) -> None:
    prices = Deflator({(None, 2021 + place): D(index) / 100 for place, index in enumerate(indices)})
    there = prices.price_factor(1, 2020, 2023)
    back = prices.price_factor(1, 2023, 2020)
    assert there is not None
    assert back is not None
    assert abs(amount * there * back - amount) < 1


def test_only_what_the_terms_need_is_asked_for(city: Government) -> None:
    enter("2024,101")
    enter("2024,5000", series=POPULATION, government=city)
    public = AnonymousUser()
    found = {terms: deflator(public, [city.pk], terms) for terms in Terms}
    assert [len(found[terms].prices) for terms in Terms] == [0, 1, 0, 1]
    assert [len(found[terms].people) for terms in Terms] == [0, 0, 1, 1]
    assert [len(found[terms].sources) for terms in Terms] == [0, 1, 1, 2]


def post(client: Client, **fields: Any) -> Any:
    values = {
        "series": "prices",
        "unit": "index",
        "table": "2023,100.2",
        "source": "统计公报",
        "published_on": "2025-01-17",
    }
    return client.post(reverse("cms:analysis:statistics"), {**values, **fields})


def test_a_table_is_looked_at_before_it_is_taken_over(client: Client) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    preview = post(client)
    assert (preview.status_code, PriceIndex.objects.count(), preview.context["table"].entries[0].state) == (
        200,
        0,
        "new",
    )
    assert post(client, confirm="1").status_code == 302
    assert client.get(reverse("cms:analysis:statistics")).context["prices"][0].previous_year_100 == D("100.2")


def test_a_faulty_table_keeps_what_was_typed(client: Client) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    page = post(client, table="2023,abc", confirm="1")
    assert (page.status_code, PriceIndex.objects.count()) == (400, 0)
    assert page.context["form"]["table"].value() == "2023,abc"


@pytest.mark.parametrize(("role", "status"), [(None, 401), ("citizen", 403), (Role.EDITOR, 200), (Role.REVIEWER, 200)])
def test_everybody_reads_statistics_and_few_enter_them(client: Client, role: Any, status: int) -> None:
    if role:
        client.force_login(make_user() if role == "citizen" else make_officeholder(role))
    page = client.get(reverse("cms:analysis:statistics"))
    assert (page.status_code, page.context["form"] is not None, post(client).status_code) == (
        200,
        status == 200,
        status,
    )


@needs_shared_data
def test_the_real_tables_of_madrid_are_read(city: Government) -> None:
    prices = read_table((MADRID / "inflacion.csv").read_text("utf-8"), series=PRICES, unit=Unit.CHANGE)
    assert (prices.errors, values(prices)[2010]) == ((), D("103.0"))
    # The file names two governments; one table is of one.
    rows = (MADRID / "poblacion.csv").read_text("utf-8").splitlines()
    of_one = "\n".join([rows[0], *(row for row in rows if row.startswith('"1",'))])
    people = read_table(of_one, series=POPULATION, government=city)
    assert (people.errors, values(people)[2011]) == ((), D(3265038))
