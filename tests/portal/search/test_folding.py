from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.budget.models import Department
from portal.search import lookups as _lookups  # noqa: F401 - registers folded_contains
from portal.search.folding import contains_all, fold, highlight, snippet, variants
from tests.factories import make_department


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("Educación", "educacion"),
        ("ＡＢＣ２０２５（护）", "abc2025(护)"),
        ("ŘÍJEN", "rijen"),
        ("教育局", "教育局"),
        ("ΑΘΉΝΑ", "αθηνα"),
        ("ﬁne ½", "ﬁne ½"),
        ("教育　局", "教育 局"),
    ],
)
def test_case_accents_and_width_are_folded(text: str, plain: str) -> None:
    assert fold(text) == plain


def test_simplified_and_traditional_characters_are_not_folded() -> None:
    assert fold("預算") != fold("预算")


@given(st.text())
def test_folding_keeps_the_length_and_doing_it_twice_changes_nothing(text: str) -> None:
    assert (len(fold(text)), fold(fold(text))) == (len(text), fold(text))


def test_every_variant_folds_to_the_same() -> None:
    assert {fold(one) for one in variants("a")} == {"a"}
    assert {"a", "A", "á", "Ａ", "ã"} <= set(variants("Á"))


def test_terms_are_marked_and_the_rest_is_escaped() -> None:
    assert highlight("<b>Educación</b> 教育局", ["educacion", "教育"]) == (
        "&lt;b&gt;<mark>Educación</mark>&lt;/b&gt; <mark>教育</mark>局"
    )


def test_overlapping_terms_share_one_mark() -> None:
    assert highlight("交通运输局", ["交通运", "运输"]) == "<mark>交通运输</mark>局"


def test_a_snippet_shows_the_part_with_the_term() -> None:
    shown = snippet("前" * 300 + "电梯" + "后" * 300, ["电梯"], length=60)
    assert ("<mark>电梯</mark>" in shown, shown[0], shown[-1], len(shown) < 90) == (True, "…", "…", True)


NAMES = (
    "Educación y Cultura",
    "云川市教育局",
    "维修（护）费",
    "a*b",
    "a?b",
    "[x]",
    "^start",
    "back\\slash",
    "50%_off",
    "A-B",
)
QUERIES = (
    "educacion",
    "CULTURA",
    "教育",
    "(护)",
    "（护",
    "*",
    "?",
    "[",
    "]",
    "^",
    "\\",
    "%",
    "_",
    "-",
    ".",
    "x]",
    "a-b",
    "é",
)


@pytest.mark.django_db
@pytest.mark.both
@pytest.mark.parametrize("query", QUERIES)
def test_the_database_finds_what_stands_in_the_text(query: str) -> None:
    for name in NAMES:
        make_department(name=name)
    found = set(Department.objects.filter(name__folded_contains=query).values_list("name", flat=True))
    assert found == {name for name in NAMES if contains_all(name, [query])}
