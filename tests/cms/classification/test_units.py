"""Units of indicators in the reader's language."""

from __future__ import annotations

import pytest
from django.db import connection
from django.template import Context, Template
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from tests.cms.performance.test_monitoring import make_years
from tests.factories import make_code, make_department

pytestmark = [pytest.mark.django_db]


@pytest.fixture
def units() -> None:
    for words, english in (("人次", "person-times"), ("户", "households"), ("亩", "")):
        make_code("unit", words, words, english, jurisdiction="")


def written(language: str, *units: str) -> tuple[str, int]:
    """What a page in that language writes of these units, and how many queries it takes."""
    page = Template("{% load classification %}{% for one in units %}{% unit one %} {% endfor %}")
    with override(language), CaptureQueriesContext(connection) as captured:
        text = page.render(Context({"units": units, "request": RequestFactory().get("/")}))
    return text.strip(), len(captured)


def test_in_english_they_are_the_words_of_the_list_in_one_query(units: None) -> None:
    assert written("en", "人次", "户", "人次") == ("person-times households person-times", 1)


def test_what_the_list_has_no_words_for_is_marked_as_chinese(units: None) -> None:
    assert written("en", "亩", "座")[0] == '<span lang="zh-Hans">亩</span> <span lang="zh-Hans">座</span>'


def test_in_chinese_they_stay_as_printed_without_a_query(units: None) -> None:
    assert written("zh-hans", "人次", "亩") == ("人次 亩", 0)


@pytest.mark.parametrize("words", ["", "<b>%</b>"])
def test_nothing_is_no_unit_and_what_was_printed_is_escaped(words: str) -> None:
    assert written("zh-hans", words)[0] == words.replace("<", "&lt;").replace(">", "&gt;")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_monitoring_takes_as_many_queries_for_thirty_programmes_as_for_one(
    client: Client, units: None, language: str
) -> None:
    def count(programmes: int) -> int:
        make_years(make_department(), programmes)
        with override(language):
            address = reverse("cms:budget:monitoring")
        with CaptureQueriesContext(connection) as captured:
            assert client.get(address).status_code == 200
        return len(captured)

    client.get("/charter/")
    assert count(1) == count(30)
