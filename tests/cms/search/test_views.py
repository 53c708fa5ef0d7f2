"""The search over everything that is published, against what really stands in the texts."""

from __future__ import annotations

from itertools import count as count_from
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from cms.classification.actions import declare_department_alias
from cms.pages.actions import publish_disclosure
from cms.pages.content.glossary import GlossaryTerm
from participation.stakeholders.models import Role
from tests.factories import (
    make_code,
    make_department,
    make_line,
    make_officeholder,
    make_programme,
    make_release,
    make_user,
)

pytestmark = [pytest.mark.django_db]
TITLES = (
    ("交通运输局花钱偏慢", "Roads fall behind"),
    ("教育局：小学新建扩建进度", "Education: new primary schools"),
    ("老旧小区改造与电梯加装补助", "Old estates and lifts"),
    ("卫生健康局绩效自评结果", "Health: self-evaluation"),
)
DEPARTMENTS = ("交通运输局", "教育局", "住房和城乡建设局", "卫生健康局")
PROGRAMMES = ("公路养护", "小学扩建", "老旧小区改造", "绩效管理")
FUNCTIONS = ("公路养护", "小学教育", "老旧小区改造", "卫生健康管理事务")
CODES = (("205", "教育支出"), ("2050202", "小学教育"), ("214", "交通运输支出"), ("210", "卫生健康支出"))
# What stands in the site before anything is published.
FRAME = ("预算公开", "共治")
QUERIES = (
    "预算",
    "教育",
    "交通运输",
    "运输局",
    "小区改造",
    "电梯",
    "绩效",
    "自评结果",
    "小学",
    "局小",
    "养护 公路",
    "卫生健康",
)


def publish(release: Any, title: str, title_en: str) -> Any:
    return publish_disclosure(
        release=release, title=title, title_en=title_en, summary="", summary_en="", acting_user=None
    )


@pytest.fixture
def published(site: Any) -> None:
    for scheme_code, name in CODES:
        make_code("functional", scheme_code, name, valid_from=2020)
    for number, (title, title_en) in enumerate(TITLES):
        programme = make_programme(make_department(name=DEPARTMENTS[number], name_en=""), name=PROGRAMMES[number])
        release = make_release(fiscal_year=2022 + number)
        make_line(release, programme, functional_name=FUNCTIONS[number], functional_code=f"99{number}")
        publish(release, title, title_en)


def found(client: Client, **asked: str) -> dict[str, Any]:
    response = client.get(reverse("cms:budget:search"), asked)
    assert response.status_code == 200
    return {group.kind.value: group for group in response.context["groups"]}


def plain(marked: str) -> str:
    return str(marked).replace("<mark>", "").replace("</mark>", "")


def having(texts: tuple[str, ...], query: str) -> set[str]:
    return {text for text in texts if all(term in text for term in query.split())}


def standing(query: str) -> dict[str, set[str]]:
    """What ``query`` stands in, by plain comparison."""
    texts_of_lines = {
        programme: f"{programme} {DEPARTMENTS[number]} {FUNCTIONS[number]}"
        for number, programme in enumerate(PROGRAMMES)
    }
    return {
        "page": having((*(title for title, _english in TITLES), *FRAME), query),
        "department": having(DEPARTMENTS, query),
        "programme": having(PROGRAMMES, query),
        "code": having(tuple(name for _code, name in CODES), query),
        "line": {name for name, text in texts_of_lines.items() if all(term in text for term in query.split())},
    }


def found_by(client: Client, query: str) -> dict[str, set[str]]:
    groups = found(client, q=query)
    titles = {kind: {plain(hit.title) for hit in group.hits} for kind, group in groups.items() if kind != "glossary"}
    return titles | {"line": {row.line.programme.name for row in groups["line"].rows}}


# One test for all: writing the pages takes longer than searching them.
@pytest.mark.both
def test_chinese_queries_find_exactly_what_they_stand_in(client: Client, published: None) -> None:
    assert {query: found_by(client, query) for query in QUERIES} == {query: standing(query) for query in QUERIES}


ODD = ['"', "%", "😀", "a" * 10_000, "文" * 10_000, "' OR 1=1 --", "NEAR(", "*", "\x00", "。，、", "\\", "[", "ﬁ"]


@pytest.mark.both
def test_odd_queries_are_answered(client: Client, published: None) -> None:
    address = reverse("cms:budget:search")
    statuses = {
        client.get(address, {"q": query, "kind": kind}).status_code for query in ODD for kind in ("", "line", "page")
    }
    assert statuses == {200}


def test_unknown_wishes_in_the_address_are_left_out(client: Client) -> None:
    make_line(programme=make_programme(make_department(name="教育局")))
    for name, value in (("kind", "x"), ("year", "x"), ("year", "99999"), ("department", "x"), ("page", "-1")):
        assert found(client, **{"q": "教育", name: value})["department"].count == 1


@pytest.mark.both
def test_a_page_is_found_in_either_language_and_shown_in_the_readers(client: Client, published: None) -> None:
    shown = {}
    for language in ("zh-hans", "en"):
        for query in ("交通", "通运", "roads", "Fall beh"):
            with override(language):
                hits = found(client, q=query)["page"].hits
            shown[language, query] = [plain(hit.title) for hit in hits]
    assert shown == {key: [TITLES[0][key[0] == "en"]] for key in shown}


@pytest.mark.both
def test_accents_case_and_width_make_no_difference(client: Client) -> None:
    line = make_line(programme=make_programme(name="Educación infantil"), functional_name="Ｐrimaria")
    for query in ("EDUCACION", "educación INFANTIL", "primaria", "Ｐｒｉｍａｒｉａ"):
        assert [row.line for row in found(client, q=query)["line"].rows] == [line]


def test_a_choice_of_year_and_department_narrows_every_kind_it_fits(client: Client, published: None) -> None:
    groups = found(client, q="教育", year="2023")
    assert {kind: group.count for kind, group in groups.items()} == {
        "page": 1,
        "department": 1,
        "programme": 0,
        "code": 2,
        "line": 1,
    }
    assert all(group.count == 0 for group in found(client, q="教育", year="2022").values() if group.kind != "code")
    other = make_department(name="教育督导局")
    make_line(programme=make_programme(other, name="教育督导"))
    groups = found(client, q="教育", department=str(other.row_id))
    assert {kind: group.count for kind, group in groups.items()} == {"department": 1, "programme": 1, "line": 1}


def test_one_kind_alone_is_paged_and_the_others_are_only_counted(client: Client) -> None:
    release = make_release()
    for _number in range(25):
        make_line(release, fund="专项资金")
    few = found(client, q="专项")["line"]
    page = found(client, q="专项", kind="line", page="2")["line"]
    assert (few.count, len(few.rows), len(page.rows)) == (25, 5, 5)


def test_lines_are_found_in_the_newest_version_only(client: Client) -> None:
    old = make_line(make_release(version=1), fund="专项资金")
    new = make_line(make_release(version=2), old.programme, fund="专项资金")
    make_line(make_release(version=3, published=False), old.programme, fund="专项资金")
    assert [row.line for row in found(client, q="专项")["line"].rows] == [new]


def test_nothing_of_a_draft_is_found(client: Client, site: Any) -> None:
    department = make_department(name="保密局")
    programme = make_programme(department, name="秘密项目")
    make_line(make_release(published=False), programme, fund="秘密资金")
    declare_department_alias(department, name="秘密处", acting_user=None)
    assert {kind: group.count for kind, group in found(client, q="密").items()} == dict.fromkeys(
        ("page", "glossary", "department", "programme", "code", "line"), 0
    )
    client.force_login(make_officeholder(Role.EDITOR))
    assert {kind: group.count for kind, group in found(client, q="密").items() if group.count} == {
        "department": 1,
        "programme": 1,
        "line": 1,
    }


def test_a_department_is_found_by_what_it_was_called_before(client: Client) -> None:
    department = make_line(programme=make_programme(make_department(name="教育体育局"))).department
    declare_department_alias(department, name="体育运动委员会", valid_until=2018, acting_user=None)
    assert [plain(hit.title) for hit in found(client, q="运动委员会")["department"].hits] == ["教育体育局"]


def test_terms_are_marked_and_what_was_typed_is_escaped(client: Client, published: None) -> None:
    content = client.get(reverse("cms:budget:search"), {"q": "<script>教育"}).content.decode()
    assert ("<script>教育" in content, "&lt;script&gt;教育" in content) == (False, True)
    assert "<mark>教育</mark>局" in client.get(reverse("cms:budget:search"), {"q": "教育"}).content.decode()


def test_an_empty_result_suggests_the_nearest_names(client: Client, published: None) -> None:
    response = client.get(reverse("cms:budget:search"), {"q": "交通运输厅"})
    assert (response.context["shown"], response.context["suggestions"][0]) == ([], "交通运输局")


def test_without_a_query_the_page_says_how_to_search(client: Client) -> None:
    response = client.get(reverse("cms:budget:search"))
    assert (response.status_code, response.context["groups"], response.context["shown"]) == (200, [], [])


def test_a_search_takes_as_many_queries_with_thirty_results_as_with_one(client: Client, site: Any) -> None:
    numbers = count_from(1)

    def queries_at(results: int) -> int:
        for number in (next(numbers) for _result in range(results)):
            department = make_department(name=f"卫生局{number}")
            release = make_release(fiscal_year=2000 + number)
            make_line(release, make_programme(department, name=f"卫生{number}"), functional_name="卫生")
            make_code("functional", f"{number}", f"卫生{number}")
            publish(release, f"卫生{number}", f"Health {number}")
        with CaptureQueriesContext(connection) as captured:
            client.get(reverse("cms:budget:search"), {"q": "卫生"})
        return len(captured)

    queries_at(1)
    assert queries_at(1) == queries_at(8)


def term(name: str, name_en: str, definition: str) -> GlossaryTerm:
    values = {"topic": "budget", "definition": definition, "definition_en": definition}
    return GlossaryTerm.objects.create(slug=name_en.lower(), name=name, name_en=name_en, **values)


@pytest.mark.both
def test_a_term_is_found_by_its_name_and_by_what_it_means(client: Client) -> None:
    meaning, named = term("决算", "Accounts", "预算执行的结果"), term("预算", "Budget", "一年的收支计划")
    hits = found(client, q="预算")["glossary"].hits
    assert [plain(hit.title) for hit in hits] == [named.name, meaning.name]


def proposed(client: Client, text: str) -> list[str]:
    return client.get(reverse("cms:budget:suggest"), {"q": text}).json()["names"]


@pytest.mark.both
def test_names_are_proposed_while_somebody_types(client: Client, published: None) -> None:
    term("绩效目标", "Goal", "要做到什么")
    assert proposed(client, "教育") == ["教育局", "教育支出", "小学教育"]
    assert proposed(client, "绩效") == ["绩效目标", "绩效管理"]


@pytest.mark.both
def test_odd_beginnings_are_answered_with_nothing(client: Client, published: None) -> None:
    assert [proposed(client, text) for text in ODD] == [[]] * len(ODD)


def test_nothing_of_a_draft_is_proposed(client: Client) -> None:
    make_line(make_release(published=False), make_programme(make_department(name="保密局"), name="秘密项目"))
    assert proposed(client, "密") == []


def test_proposals_are_counted(client: Client, settings: Any) -> None:
    settings.WRITE_RATES = {**settings.WRITE_RATES, "suggestion": "1/minute"}
    assert [client.get(reverse("cms:budget:suggest"), {"q": "教"}).status_code for _time in range(2)] == [200, 429]


@pytest.mark.both
@pytest.mark.parametrize("query", ["交通", "运输局", "通运", "Roads"])
def test_editors_find_pages_by_any_part_of_a_chinese_title(client: Client, published: None, query: str) -> None:
    client.force_login(make_user(is_staff=True, is_superuser=True))
    for name in ("wagtailadmin_pages:search_results", "wagtailadmin_choose_page_search"):
        page = client.get(reverse(name), {"q": query}).content.decode()
        assert (name, TITLES[0][query == "Roads"] in page) == (name, True)
