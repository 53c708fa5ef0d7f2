from __future__ import annotations

import pytest
from wagtail.models import Page
from wagtail.search.backends import get_search_backend
from wagtail.search.utils import parse_query_string

from cms.pages.models import HomePage

pytestmark = [pytest.mark.django_db, pytest.mark.both]

TITLES = (
    "云川市2025年部门预算公开",
    "交通运输局花钱偏慢，效果也落在后面",
    "教育局：小学新建扩建进度",
    "老旧小区改造与电梯加装补助",
    "卫生健康局绩效自评结果",
    "水利工程维护",
    "Budget execution of Yunchuan in 2025",
    "绩效管理办法（试行）",
)
QUERIES = (
    "预算",
    "部门预算",
    "交通运输",
    "运输局",
    "小区改造",
    "电梯",
    "绩效",
    "自评结果",
    "水",
    "2025",
    "execution",
    "试行",
    "教育局小学",
    "预算 2025",
)


@pytest.fixture
def pages(site: HomePage) -> list[Page]:
    for number, title in enumerate(TITLES):
        site.add_child(instance=HomePage(title=title, slug=f"page-{number}", locale=site.locale))
        site.refresh_from_db()
    return list(site.get_children())


@pytest.mark.parametrize("query", QUERIES)
def test_chinese_and_english_words_are_found_where_they_stand(pages: list[Page], query: str) -> None:
    found = {page.title for page in Page.objects.search(query)}
    parts = query.replace("教育局小学", "教育局 小学").split()
    expected = {title for title in TITLES if all(part.lower() in title.lower() for part in parts)}
    if query == "教育局小学":
        # The pair across the two words stands nowhere: a run is looked for as it was typed.
        expected = set()
    assert found & set(TITLES) == expected


@pytest.mark.parametrize("query", ['"', "'", "%", "*", "😀", "(", "NEAR", "a AND", "-x", "文" * 10_000, "\x00", "\\"])
def test_odd_queries_find_nothing_and_break_nothing(pages: list[Page], query: str) -> None:
    assert list(Page.objects.search(query)) == []
    assert list(Page.objects.autocomplete(query)) == []


def test_typing_the_beginning_of_a_word_is_enough_in_the_administration(pages: list[Page]) -> None:
    assert [page.title for page in Page.objects.autocomplete("Yunch")] == ["Budget execution of Yunchuan in 2025"]
    assert [page.title for page in Page.objects.autocomplete("电梯加")] == ["老旧小区改造与电梯加装补助"]


def test_a_changed_page_is_found_by_its_new_words_only(pages: list[Page]) -> None:
    page = pages[0].specific
    page.title = "民政局养老服务"
    page.save()
    assert [found.pk for found in Page.objects.search("养老")] == [page.pk]
    assert page.pk not in {found.pk for found in Page.objects.search("部门预算")}


def test_the_index_can_be_rebuilt(pages: list[Page]) -> None:
    from django.core.management import call_command

    get_search_backend().reset_indexes()
    assert list(Page.objects.search("电梯")) == []
    call_command("update_index", verbosity=0)
    assert [page.title for page in Page.objects.search("电梯")] == ["老旧小区改造与电梯加装补助"]


@pytest.mark.parametrize(
    ("typed", "found"),
    [("运输局", 1), ('"花钱偏慢"', 1), ('改造 "电梯加装"', 1), ("预算公开", 1), ("局运输", 0), ('"', 0), ("😀", 0)],
)
def test_what_the_administration_takes_apart_is_cut_as_texts_are(pages: list[Page], typed: str, found: int) -> None:
    _filters, query = parse_query_string(typed, operator="and")
    for way in (Page.objects.search, Page.objects.autocomplete):
        assert len([page for page in way(query) if page.title in TITLES]) == found
