"""The public page of a code."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from cms.classification.actions import correct_entry
from cms.classification.models import ClassificationEntry, ClassificationMatch
from cms.pages.site import sync_editor_groups
from participation.stakeholders.models import Role
from tests.factories import make_code, make_government, make_line, make_officeholder, make_programme, make_release

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def education() -> ClassificationEntry:
    entry = make_code("functional", "205", "教育支出", "Education")
    make_code("functional", "20502", "普通教育")
    make_code("functional", "2050202", "小学教育")
    return entry


def test_a_code_shows_what_is_spent_under_it_and_below_it(client: Client, education: ClassificationEntry) -> None:
    old, new = make_release(fiscal_year=2024), make_release(fiscal_year=2025)
    make_line(old, functional_code="2050202", adopted=1, executed=None)
    for code, amount in (("2050202", 10), ("2050299", 20), ("20508", 40), ("2080501", 80)):
        make_line(new, functional_code=code, adopted=amount, executed=amount)
    make_line(new, functional_code="20502", adopted=999, is_leaf=False)
    make_line(make_release(published=False), functional_code="2050202", adopted=999)
    make_line(
        make_release(fiscal_year=2023, government=make_government("Madrid", jurisdiction="ES")),
        functional_code="2050202",
        adopted=999,
    )
    page = client.get(education.get_absolute_url()).context["page"]
    assert {one.release.fiscal_year: one.comparison.base for one in page.years} == {2024: 1, 2025: 70}
    assert [(child.entry.code, child.base) for child in page.below] == [("20502", 30)]


def test_the_page_names_what_stands_above(client: Client, education: ClassificationEntry) -> None:
    page = client.get(reverse("cms:classification:code", args=["functional", "2050202"])).context["page"]
    assert [entry.code for entry in page.above] == ["205", "20502"]


def test_a_code_that_no_list_has_leads_to_the_nearest_above(client: Client, education: ClassificationEntry) -> None:
    response = client.get(reverse("cms:classification:code", args=["functional", "2050299"]))
    assert (response.status_code, response.url) == (
        302,
        reverse("cms:classification:code", args=["functional", "20502"]),
    )


@pytest.mark.parametrize("path", ["functional/999/", "magic/205/", "magic/", "cofog/"])
def test_there_is_no_such_code(client: Client, education: ClassificationEntry, path: str) -> None:
    assert client.get(f"/classification/{path}").status_code == 404


def test_correspondences_are_shown_from_both_sides(client: Client, education: ClassificationEntry) -> None:
    cofog = make_code("cofog", "09", "教育", "Education", jurisdiction="")
    ClassificationMatch.objects.create(entry=education, scheme="cofog", code="09")
    there = client.get(education.get_absolute_url()).context["page"].elsewhere
    back = client.get(cofog.get_absolute_url()).context["page"].elsewhere
    assert ([one.entry for one in there], [one.entry for one in back]) == ([cofog], [education])


def test_a_year_without_its_own_list_says_so(client: Client) -> None:
    entry = make_code("functional", "205", "教育支出", label="2024", valid_from=2024)
    shown = {
        year: client.get(entry.get_absolute_url(), {"year": year}).context["page"].is_exact for year in (2020, 2024)
    }
    assert shown == {2020: False, 2024: True}


def test_lists_and_their_codes_can_be_browsed(client: Client, education: ClassificationEntry) -> None:
    assert "functional" in client.get(reverse("cms:classification:index")).content.decode()
    entries = client.get(reverse("cms:classification:scheme", args=["functional"])).context["entries"]
    assert [entry.code for entry in entries] == ["205", "20502", "2050202"]


def test_a_correction_is_shown_with_its_reason(client: Client, education: ClassificationEntry) -> None:
    correct_entry(education, name="教育", reason="与文件一致", acting_user=None)
    page = client.get(education.get_absolute_url()).content.decode()
    assert all(words in page for words in ("教育支出", "与文件一致"))


def test_editors_correct_codes_in_their_administration(
    client: Client, education: ClassificationEntry, site: object
) -> None:
    editor = make_officeholder(Role.EDITOR)
    sync_editor_groups(editor, ["editor"])
    client.force_login(editor)
    address = reverse("classification_codes:edit", args=[education.pk])
    values = {"name": "教育", "name_en": "Education", "meaning": "", "meaning_en": ""}
    assert client.post(address, values).status_code == 200
    assert client.post(address, {**values, "reason": "与文件一致"}).status_code == 302
    education.refresh_from_db()
    assert (education.name, education.corrections.get().reason) == ("教育", "与文件一致")


def test_a_code_takes_as_many_queries_with_many_children_and_years_as_with_one(client: Client) -> None:
    entry = make_code("functional", "205", "教育支出")

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(entry.get_absolute_url())
        return len(captured)

    def grow(first: int, last: int) -> None:
        for number in range(first, last):
            make_code("functional", f"205{number:02}", f"款{number}")
            make_line(make_release(fiscal_year=2000 + number), make_programme(), functional_code=f"205{number:02}01")

    grow(1, 2)
    count()
    few = count()
    grow(2, 12)
    assert count() == few


@pytest.mark.parametrize("code", ["205" + "0" * 62, "205%00"], ids=["longer than any code", "unprintable"])
def test_what_cannot_be_a_code_is_not_looked_for(client: Client, education: ClassificationEntry, code: str) -> None:
    assert client.get(f"/classification/functional/{code}/").status_code == 404
