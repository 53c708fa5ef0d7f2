"""Terms are explained once on a page, where they occur, and nothing else of the text is touched."""

from __future__ import annotations

from typing import Any

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils.safestring import SafeString
from django.utils.translation import override

from cms.pages.content.glossary import GlossaryTerm, load_terms
from cms.pages.content.popovers import explained

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def terms() -> None:
    for slug, name, name_en, alias in (
        ("rate", "执行率", "Execution rate", ""),
        ("goal", "绩效目标", "Performance goal", ""),
        ("target", "目标", "Target", ""),
        ("budget", "预算", "Budget", "budget plan"),
    ):
        GlossaryTerm.objects.create(
            slug=slug,
            topic="budget",
            name=name,
            name_en=name_en,
            aliases_en=alias,
            definition=f"{name}的意思。",
            definition_en=f"What {name_en} means.",
        )


def opened(html: str) -> list[str]:
    """The words that became buttons."""
    return [piece.split("</button>")[0].split(">", 1)[1] for piece in html.split('class="term"')[1:]]


def test_only_the_first_occurrence_becomes_a_button(terms: None) -> None:
    assert opened(explained("执行率高，执行率低。", "zh-hans", set())) == ["执行率"]


def test_what_was_explained_further_up_the_page_is_not_explained_again(terms: None) -> None:
    seen: set[str] = set()
    explained("执行率", "zh-hans", seen)
    assert opened(explained("执行率和预算", "zh-hans", seen)) == ["预算"]


def test_the_longest_term_wins(terms: None) -> None:
    assert opened(explained("绩效目标要具体。", "zh-hans", set())) == ["绩效目标"]


@pytest.mark.parametrize(
    "html",
    [
        '<a href="/执行率/">执行率</a>',
        "<h2>执行率</h2>",
        "<button>执行率</button>",
        "<code>执行率</code>",
        "<a><b>执行率</b></a>",
        "<!-- 执行率 -->",
        '<img alt="执行率">',
    ],
)
def test_links_headings_buttons_and_attributes_stay_as_they_are(terms: None, html: str) -> None:
    assert explained(SafeString(html), "zh-hans", set()) == html


def test_after_a_link_terms_are_explained_again(terms: None) -> None:
    assert opened(explained(SafeString("<p><a>执行率</a>，执行率</p>"), "zh-hans", set())) == ["执行率"]


def test_text_that_is_no_html_is_escaped(terms: None) -> None:
    assert explained("<script>预算", "zh-hans", set()).startswith("&lt;script&gt;<button")


def test_english_words_are_whole_words_in_any_case_with_their_plural(terms: None) -> None:
    assert opened(explained("The BUDGETS, not the budgetary.", "en", set())) == ["BUDGETS"]
    assert opened(explained("Two budgetary rates.", "en", set())) == []


def test_the_language_of_the_page_decides_over_the_words(terms: None) -> None:
    assert opened(explained("执行率 execution rate", "en", set())) == ["execution rate"]


def test_an_entity_stays_what_it_was(terms: None) -> None:
    assert "A &amp; B &#39;" in explained(SafeString("A &amp; B &#39; 预算"), "zh-hans", set())


def test_a_popover_names_the_term_its_meaning_and_the_way_to_the_glossary(terms: None) -> None:
    html = explained("预算", "zh-hans", set())
    assert html.count('popovertarget="term-budget"') == html.count('popover class="termcard" id="term-budget"') == 1
    assert "预算的意思。" in html
    assert 'href="/budget/glossary/#budget"' in html


def test_a_second_text_asks_the_database_nothing(terms: None, django_assert_num_queries: Any) -> None:
    with django_assert_num_queries(1):
        explained("预算", "zh-hans", set())
        explained("执行率", "zh-hans", set())


def test_the_terms_of_the_product_are_whole_and_loaded_once() -> None:
    number = load_terms()
    assert (number, load_terms(), GlossaryTerm.objects.count()) == (number, 0, number)
    assert number > 40
    lacking = [term.slug for term in GlossaryTerm.objects.all() if not (term.definition and term.definition_en)]
    assert lacking == []


def test_what_an_editor_changed_survives_loading_again() -> None:
    load_terms()
    GlossaryTerm.objects.filter(slug="budget").update(definition="改过的。")
    load_terms()
    assert GlossaryTerm.objects.get(slug="budget").definition == "改过的。"


@pytest.mark.parametrize(
    ("query", "slugs"),
    [
        ({}, ["rate", "goal", "target", "budget"]),
        ({"q": "绩效"}, ["goal"]),
        ({"q": "EXECUTION"}, ["rate"]),
        ({"q": "没有这个词"}, []),
        ({"topic": "money"}, []),
        ({"topic": "nonsense"}, ["rate", "goal", "target", "budget"]),
    ],
    ids=["all", "chinese", "english", "nothing", "topic", "unknown-topic"],
)
def test_the_list_is_narrowed_by_word_and_topic(
    client: Client, terms: None, query: dict[str, str], slugs: list[str]
) -> None:
    groups = client.get("/budget/glossary/", query).context["groups"]
    assert [term.slug for _label, found in groups for term in found] == slugs


def test_without_a_page_the_terms_stand_alone_in_both_languages(client: Client, terms: None) -> None:
    assert "预算的意思。" in client.get("/budget/glossary/").content.decode()
    with override("en"):
        assert "What Budget means." in client.get("/en/budget/glossary/").content.decode()


def test_a_label_is_explained_by_the_term_that_it_is_about_and_only_once(terms: None, rf: Any) -> None:
    request = rf.get("/")
    source = Template('{% load glossary %}{% term "rate" label %}')
    with override("zh-hans"):
        first, again = (source.render(Context({"request": request, "label": "支出进度"})) for _number in range(2))
    assert (opened(first), again) == (["支出进度"], "支出进度")


def test_a_label_without_a_term_stays_a_label(terms: None, rf: Any) -> None:
    shown = Template('{% load glossary %}{% term "unheard-of" label %}').render(
        Context({"request": rf.get("/"), "label": "a < b"})
    )
    assert shown == "a &lt; b"
