from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.search.text import QUERY_MAX_WORDS, index_text, pairs, query_words

HAN_TEXT = st.text(alphabet="交通运输局预算绩效管理老旧小区改造电梯", min_size=1, max_size=30)


def test_a_run_is_cut_into_overlapping_pairs() -> None:
    assert pairs("交通运输") == ["交通", "通运", "运输"]
    assert pairs("水") == ["水"]


def test_other_scripts_stay_whole_words() -> None:
    assert index_text("2025 Budget 预算 v2").split() == ["2025", "budget", "预算", "v2", "预", "算"]


@pytest.mark.parametrize("query", ["", "   ", '"', "%_%", "😀", "()*:-^", "\x00", "___"])
def test_a_query_without_letters_and_digits_has_no_words(query: str) -> None:
    assert query_words(query) == []


def test_a_query_is_words_only_and_never_syntax() -> None:
    assert query_words('交通" OR title:* NEAR(x)') == ["交通", "or", "title", "near", "x"]


def test_full_width_letters_are_read_as_plain_ones() -> None:
    assert query_words("ＡＢＣ２０２５") == ["abc2025"]


@pytest.mark.parametrize("query", ["文" * 10_000, "a b " * 5_000, "x" * 10_000])
def test_a_long_query_is_cut(query: str) -> None:
    assert len(query_words(query)) <= QUERY_MAX_WORDS


@given(HAN_TEXT, st.data())
def test_every_part_of_a_text_is_found_in_it(text: str, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(text) - 1))
    part = text[start : data.draw(st.integers(start + 1, len(text)))]
    assert set(query_words(part)) <= set(index_text(text).split())


@given(st.text())
def test_indexing_survives_any_text(text: str) -> None:
    assert "\x00" not in index_text(text)
