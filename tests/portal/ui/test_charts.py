import re
from collections.abc import Sequence
from itertools import combinations
from types import SimpleNamespace
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.ui.charts import Rect, bar_pair, fitting_lines, share, squarify, text_width, treemap, voice_bar

FRAME = Rect(10, 20, 400, 300)
sizes = st.lists(st.floats(min_value=0.01, max_value=1e6), min_size=1, max_size=40)


def drawn(svg: str) -> ElementTree.Element:
    return ElementTree.fromstring(svg)  # noqa: S314  our own drawing


def overlap(one: Rect, other: Rect) -> float:
    width = min(one.x + one.width, other.x + other.width) - max(one.x, other.x)
    height = min(one.y + one.height, other.y + other.height) - max(one.y, other.y)
    return max(0.0, width) * max(0.0, height)


@given(sizes)
def test_areas_are_in_proportion_to_the_values(values: Sequence[float]) -> None:
    for value, rect in zip(values, squarify(values, FRAME), strict=True):
        assert rect.area == pytest.approx(value / sum(values) * FRAME.area, rel=1e-6, abs=1e-6)


@given(sizes)
def test_every_rectangle_lies_inside_the_frame(values: Sequence[float]) -> None:
    for rect in squarify(values, FRAME):
        assert rect.x >= FRAME.x - 1e-9
        assert rect.y >= FRAME.y - 1e-9
        assert rect.x + rect.width <= FRAME.x + FRAME.width + 1e-6
        assert rect.y + rect.height <= FRAME.y + FRAME.height + 1e-6


@given(sizes)
def test_no_two_rectangles_overlap(values: Sequence[float]) -> None:
    rects = squarify(values, FRAME)
    assert sum(overlap(one, other) for one, other in combinations(rects, 2)) == pytest.approx(0, abs=1e-3)


def test_equal_values_make_squares() -> None:
    assert {(rect.width, rect.height) for rect in squarify([1, 1, 1, 1], Rect(0, 0, 100, 100))} == {(50, 50)}


@pytest.mark.parametrize("values", [[], [0, 0], [-1]])
def test_nothing_to_show_takes_no_area(values: list[float]) -> None:
    assert [rect.area for rect in squarify(values, FRAME)] == [0.0] * len(values)


@pytest.mark.parametrize(
    ("value", "maximum", "expected"),
    [(50, 200, 25), (300, 200, 100), (-5, 200, 0), (None, 200, 0), (5, None, 0), (5, 0, 0)],
)
def test_a_share_stays_between_nothing_and_all(value: object, maximum: object, expected: float) -> None:
    assert share(value, maximum) == expected


def test_chinese_characters_are_wider_than_latin_ones() -> None:
    assert text_width("教育", 10) == 20
    assert text_width("ab", 10) == 12


@pytest.mark.parametrize(
    ("rect", "expected"),
    [
        (Rect(0, 0, 200, 80), ["住房和城乡建设局", "141.6 亿元"]),
        (Rect(0, 0, 200, 30), ["住房和城乡建设局"]),
        (Rect(0, 0, 80, 50), ["住房和城", "乡建设局"]),
        (Rect(0, 0, 100, 90), ["住房和城", "乡建设局", "141.6 亿元"]),
        (Rect(0, 0, 40, 300), []),
        (Rect(0, 0, 200, 10), []),
    ],
)
def test_a_label_stands_only_where_it_fits(rect: Rect, expected: list[str]) -> None:
    assert fitting_lines("住房和城乡建设局", "141.6 亿元", rect) == expected


def test_an_english_label_breaks_at_a_space() -> None:
    assert fitting_lines("Health Commission", "", Rect(0, 0, 110, 60)) == ["Health", "Commission"]


def items(url: str = "") -> list[SimpleNamespace]:
    return [
        SimpleNamespace(label="<教育>", value=30, url=url, detail="30 亿元"),
        SimpleNamespace(label="交通", value=60, url=url, detail="60 亿元"),
        SimpleNamespace(label="无", value=0, url=url, detail=""),
    ]


def test_a_treemap_has_a_variant_for_phones_and_one_for_wide_pages() -> None:
    root = drawn(treemap(items(), "交通最多", "面积是预算"))
    assert [(svg.get("class"), svg.get("role"), len(svg.findall("svg"))) for svg in root] == [
        ("narrow", "img", 2),
        ("wide", "img", 2),
    ]


def test_a_treemap_starts_with_the_largest_and_names_itself() -> None:
    root = drawn(treemap(items(), "交通最多", "面积是预算"))
    wide = root[1]
    titles = [title.text for title in wide.iter("title")]
    assert titles == ["交通最多", "交通 60 亿元", "<教育> 30 亿元"]
    by_id = {element.get("id"): element.text for element in wide.iter() if element.get("id")}
    assert (by_id[wide.get("aria-labelledby")], by_id[wide.get("aria-describedby")]) == ("交通最多", "面积是预算")


def test_a_treemap_with_links_is_a_group_because_an_image_has_no_parts() -> None:
    root = drawn(treemap(items("/x/?a=1&b=2"), "t", "d"))
    assert root[0].get("role") == "group"
    assert [(link.get("href"), link.get("aria-label")) for link in root[0].findall("a")] == [
        ("/x/?a=1&b=2", "交通 60 亿元"),
        ("/x/?a=1&b=2", "<教育> 30 亿元"),
    ]


def test_the_two_variants_share_no_id() -> None:
    ids = re.findall(r' id="([^"]+)"', treemap(items(), "t", "d"))
    assert len(ids) == len(set(ids)) == 4


def test_a_treemap_takes_mappings_and_shows_nothing_for_nothing() -> None:
    assert treemap([{"label": "a", "value": 0}], "t", "d") == ""
    assert "<text" in treemap([{"label": "a", "value": 1}], "t", "d")


def test_a_bar_pair_measures_both_bars_and_the_mark_against_the_maximum() -> None:
    root = drawn(bar_pair(100, 50, 200, 83))
    assert [rect.get("width") for rect in root.findall("rect")] == ["50.00", "25.00"]
    assert root.find("line").get("x1") == "41.50"  # type: ignore[union-attr]


def test_a_bar_without_expectation_has_no_mark() -> None:
    assert drawn(bar_pair(100, None, 200)).find("line") is None


def test_a_voice_bar_wears_the_colour_of_its_group() -> None:
    root = drawn(voice_bar(1, 4, "social_organisation"))
    assert (root.get("class"), root.findall("rect")[1].get("width")) == ("voice g-social", "25.00")


def test_no_chart_carries_a_style_attribute() -> None:
    drawn = treemap(items("/x/"), "t", "d") + bar_pair(1, 1, 2, 1) + voice_bar(1, 2, "citizen")
    assert "style=" not in drawn
