"""What editors compose: pages answer, figures follow the data, pictures have words, cases can be narrowed."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.exceptions import ValidationError
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from wagtail.images.models import Image
from wagtail.images.tests.utils import get_test_image_file

from cms.budget.models import Release
from cms.pages.blocks import BodyBlock, QuizBlock
from cms.pages.content.defaults import build_content
from cms.pages.content.models import (
    CaseIndexPage,
    CasePage,
    CoursePage,
    GuideIndexPage,
    LessonPage,
    NewsIndexPage,
    NewsPage,
    StandardPage,
)
from cms.pages.models import HomePage
from cms.performance.schemes import ScoringScheme
from participation.stakeholders.models import Role
from tests.factories import make_line, make_officeholder, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]

DATA_BLOCKS: list[tuple[str, Any]] = [
    ("key_figure", {"release": "newest", "measure": "budget", "says": ""}),
    ("data_table", {"caption": "钱", "release": "newest", "dimension": "department", "rows": 5}),
    ("comparison", {"earlier": "before", "later": "newest"}),
    ("downloads", {"release": "newest"}),
    ("figure", {"figure": "execution", "release": "newest", "programme": "", "note": ""}),
]
WORD_BLOCKS: list[tuple[str, Any]] = [
    ("text", "<p>正文</p>"),
    ("callout", {"tone": "warn", "text": "<p>注意</p>"}),
    ("steps", {"steps": [{"title": "一", "text": "先"}, {"title": "二", "text": ""}]}),
    ("faq", {"questions": [{"question": "问", "answer": "<p>答</p>"}]}),
    ("quote", {"text": "话", "who": "某人", "source": ""}),
]


def standard(home: HomePage, body: list[tuple[str, Any]]) -> StandardPage:
    page: StandardPage = home.add_child(
        instance=StandardPage(title="说明", slug="about", body=body, locale=home.locale)
    )
    return page


def test_every_block_is_drawn_from_what_is_published(client: Client, site: HomePage) -> None:
    make_line(make_release(fiscal_year=2024))
    line = make_line(make_release(fiscal_year=2025, totals={"adopted": 100_000_00, "executed": 60_000_00}))
    html = client.get(standard(site, DATA_BLOCKS + WORD_BLOCKS).url).content.decode()
    for words in ("正文", "注意", "话", line.department.name, "10.0"):
        assert words in html


def test_figures_follow_a_new_release(client: Client, site: HomePage) -> None:
    page = standard(site, [DATA_BLOCKS[1]])
    first = make_line(make_release(fiscal_year=2024))
    assert first.department.name in client.get(page.url).content.decode()
    second = make_line(make_release(fiscal_year=2025))
    html = client.get(page.url).content.decode()
    assert (second.department.name in html, first.department.name in html) == (True, False)


def test_a_draft_shows_in_no_block(client: Client, site: HomePage) -> None:
    line = make_line(make_release(published=False))
    html = client.get(standard(site, DATA_BLOCKS).url).content.decode()
    assert line.department.name not in html
    assert Release.objects.visible_to(make_officeholder(Role.EDITOR)).count() == 1


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        ("comparison", {"earlier": "newest", "later": "newest"}),
        ("figure", {"figure": "programme-money", "release": "newest", "programme": "", "note": ""}),
        ("figure", {"figure": "execution", "release": "newest", "programme": "not-a-number", "note": ""}),
        ("quote", {"text": "话", "who": "某人", "source": "no address"}),
        ("steps", {"steps": [{"title": "一", "text": ""}]}),
    ],
    ids=["with-itself", "about-nothing", "no-number", "no-address", "one-step"],
)
def test_a_block_that_makes_no_sense_is_refused_with_a_reason(kind: str, value: dict[str, Any]) -> None:
    block = BodyBlock().child_blocks[kind]
    with pytest.raises(ValidationError):
        block.clean(block.to_python(value))


@pytest.mark.parametrize("right", [(False, False), (True, True)], ids=["none-right", "all-right"])
def test_a_question_has_right_and_wrong_answers(right: tuple[bool, bool]) -> None:
    block = QuizBlock().child_blocks["question"]
    options = [{"text": str(place), "is_right": each} for place, each in enumerate(right)]
    with pytest.raises(ValidationError):
        block.clean(block.to_python({"question": "问", "options": options, "explanation": "因为"}))


def test_a_picture_needs_words_that_say_what_it_shows(site: HomePage) -> None:
    image = Image.objects.create(title="图", file=get_test_image_file())
    form_class = StandardPage.get_edit_handler().get_form_class()

    def errors(words: str) -> list[str]:
        given = {"title": "页", "slug": "p", "teaser": image.pk, "teaser_alt": words, "body-count": "0"}
        form = form_class(given, instance=StandardPage(locale=site.locale), parent_page=site)
        form.full_clean()
        return list(form.errors)

    assert (errors(""), errors("一座桥")) == (["teaser_alt"], [])


@pytest.fixture
def cases(site: HomePage) -> CaseIndexPage:
    library = site.add_child(instance=CaseIndexPage(title="案例", slug="cases", locale=site.locale))
    line = make_line(make_release(fiscal_year=2024))
    for title, year, outcome, programme in (
        ("一", 2024, "kept", line.programme),
        ("二", 2025, "kept", None),
        ("三", 2025, "not_kept", None),
    ):
        case = CasePage(
            title=title, slug=f"c{title}", year=year, outcome=outcome, programme=programme, locale=site.locale
        )
        library.add_child(instance=case)
    return library


@pytest.mark.parametrize(
    ("query", "titles"),
    [
        ("", ["三", "二", "一"]),
        ("?year=2025", ["三", "二"]),
        ("?outcome=kept", ["二", "一"]),
        ("?year=2025&outcome=kept", ["二"]),
        ("?year=1999&outcome=nonsense", ["三", "二", "一"]),
        (f"?year={'9' * 5000}", ["三", "二", "一"]),
    ],
    ids=["all", "year", "outcome", "both", "nonsense", "endless"],
)
def test_cases_are_narrowed(client: Client, cases: CaseIndexPage, query: str, titles: list[str]) -> None:
    shown = client.get(f"/cases/{query}").context["page_obj"]
    assert sorted(case.title for case in shown) == sorted(titles)


def test_a_case_leads_to_its_programme_unless_that_is_not_public(client: Client, cases: CaseIndexPage) -> None:
    case = CasePage.objects.get(title="一")
    assert case.programme.get_absolute_url() in client.get(case.url).content.decode()
    case.programme = make_line(make_release(published=False)).programme
    case.save()
    assert client.get(case.url).context["programme"] is None


def test_a_list_takes_as_many_queries_with_many_pages_as_with_one(client: Client, site: HomePage) -> None:
    index = site.add_child(instance=NewsIndexPage(title="动态", slug="news", locale=site.locale))

    def count() -> int:
        client.get("/news/")
        with CaptureQueriesContext(connection) as captured:
            client.get("/news/")
        return len(captured)

    index.add_child(instance=NewsPage(title="1", slug="n1", locale=site.locale))
    one = count()
    for number in range(2, 10):
        index.add_child(instance=NewsPage(title=str(number), slug=f"n{number}", locale=site.locale))
    assert count() == one


def test_a_new_installation_has_sections_courses_terms_and_schemes_in_both_languages(client: Client, db: Any) -> None:
    call_command("build_site", verbosity=0)
    assert (GuideIndexPage.objects.count(), CoursePage.objects.count(), LessonPage.objects.count()) == (2, 6, 18)
    assert ScoringScheme.objects.exists()
    for address in ("/guides/", "/glossary/", "/calendar/", "/cases/", "/news/", "/guides/read-a-budget/"):
        assert [client.get(prefix + address).status_code for prefix in ("", "/en")] == [200, 200]
    for course in CoursePage.objects.all():
        assert (len(course.questions()) >= 4, len(course.lessons())) == (True, 3)
    before = CoursePage.objects.values_list("pk", "latest_revision")
    build_content()
    assert list(CoursePage.objects.values_list("pk", "latest_revision")) == list(before)


def test_the_feed_tells_of_news_in_the_language_of_its_address(client: Client, site: HomePage) -> None:
    index = site.add_child(instance=NewsIndexPage(title="动态", slug="news", locale=site.locale))
    index.add_child(
        instance=NewsPage(title="新的", slug="new", summary="摘要", locale=site.locale)
    ).save_revision().publish()
    assert "新的" in client.get("/budget/news.atom").content.decode()
    assert "新的" not in client.get("/en/budget/news.atom").content.decode()
