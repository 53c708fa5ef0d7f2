"""A flow loses nothing and adds nothing, in numbers and on paper."""

from __future__ import annotations

import itertools
import re
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st

from portal.ui.charts import Flow, Hundred, Part, Series, Trend, flow_of, in_file, on_page
from portal.ui.charts.frame import NARROW_PX, WIDE_PX

KEYS = st.sampled_from("abcdefghijkl")
ROWS = st.lists(st.tuples(st.tuples(KEYS, KEYS, KEYS), st.floats(1, 1e9)), min_size=1, max_size=40)


def flow(rows: list[tuple[tuple[str, ...], float]], most: int = 8) -> Flow:
    return flow_of(("资金", "功能", "部门"), rows, {}, most=most)


@given(ROWS)
def test_what_enters_a_station_leaves_it(rows: list[tuple[tuple[str, ...], float]]) -> None:
    drawn = flow(rows)
    total = sum(value for _keys, value in rows)
    for layer in range(3):
        assert sum(node.value for node in drawn.layer(layer)) == pytest.approx(total)
        assert len(drawn.layer(layer)) <= 8
    for node in drawn.nodes:
        out = sum(link.value for link in drawn.links if (link.layer, link.source) == (node.layer, node.key))
        into = sum(link.value for link in drawn.links if (link.layer + 1, link.target) == (node.layer, node.key))
        if node.layer < 2:
            assert out == pytest.approx(node.value)
        if node.layer > 0:
            assert into == pytest.approx(node.value)


@given(ROWS)
def test_bands_fill_their_stations_exactly_and_do_not_overlap(rows: list[tuple[tuple[str, ...], float]]) -> None:
    drawn = flow(rows)
    height = 600.0
    left, right = drawn.boxes(0, height), drawn.boxes(1, height)
    ribbons = drawn.ribbons(0, left, right)
    for key, box in left.items():
        ends = sorted((r.top, r.top + r.thickness) for r in ribbons if r.link.source == key)
        assert ends[0][0] == pytest.approx(box.top)
        assert ends[-1][1] == pytest.approx(box.top + box.height)
        assert all(one[1] == pytest.approx(other[0]) for one, other in itertools.pairwise(ends))
    for key, box in right.items():
        ends = sorted((r.bottom_top, r.bottom_top + r.thickness) for r in ribbons if r.link.target == key)
        assert ends[0][0] == pytest.approx(box.top)
        assert ends[-1][1] == pytest.approx(box.top + box.height)


@given(ROWS)
def test_stations_of_a_layer_stand_apart_so_that_their_names_do(rows: list[tuple[tuple[str, ...], float]]) -> None:
    boxes = sorted(flow(rows).boxes(1, 600.0).values())
    middles = [box.top + box.height / 2 for box in boxes]
    assert all(other - one >= 16 - 1e-6 for one, other in itertools.pairwise(middles))
    assert all(box.top >= 0 and box.top + box.height <= 600 for box in boxes)


def test_what_does_not_flow_is_left_out_and_the_rest_of_a_layer_becomes_one() -> None:
    rows = [((f"f{n}", "x", "d"), float(10 - n)) for n in range(10)] + [(("neg", "x", "d"), -5.0)]
    drawn = flow_of(("a", "b", "c"), rows, {(0, "f0"): "最大"}, most=4, other="其他")
    assert [(node.label, node.value) for node in drawn.layer(0)] == [
        ("最大", 10.0),
        ("f1", 9.0),
        ("f2", 8.0),
        ("其他", 28.0),
    ]


def test_a_flow_of_nothing_draws_nothing() -> None:
    assert not flow([])


def numbers_of(svg: ElementTree.Element) -> list[float]:
    return [float(n) for n in re.findall(r"-?\d+(?:\.\d+)?", " ".join(p.get("d", "") for p in svg.iter("path")))]


@pytest.mark.parametrize("width", [NARROW_PX, WIDE_PX, 1000])
def test_no_band_leaves_its_frame(width: int) -> None:
    drawn = flow([((a, b, c), 3.0) for a in "ab" for b in "cdefg" for c in "hijk"])
    root = ElementTree.fromstring(f"<svg>{drawn.shapes(width, _ink())}</svg>")  # noqa: S314
    numbers = numbers_of(root)
    assert numbers
    assert min(numbers) >= 0
    assert max(numbers) <= max(width, drawn.height(width))


def _ink() -> object:
    from portal.ui.charts.ink import ON_PAGE

    return ON_PAGE


def test_on_a_phone_a_flow_goes_step_by_step() -> None:
    drawn = flow([(("a", "b", "c"), 3.0), (("a", "d", "c"), 2.0)])
    assert drawn.height(NARROW_PX) > drawn.height(WIDE_PX)
    page = on_page(drawn, "题", "述")
    titles = list(re.findall(r">(资金|功能|部门)</text>", page))
    assert titles == ["资金", "功能", "功能", "部门", "资金", "功能", "部门"]


@given(st.lists(st.floats(0.01, 1e6), min_size=1, max_size=5))
def test_there_are_always_a_hundred_coins(shares: list[float]) -> None:
    drawn = Hundred(tuple(Part(str(n), share, "") for n, share in enumerate(shares)))
    coins = drawn.coins()
    assert len(coins) == 100
    total = sum(shares)
    assert all(abs(coins.count(n) - share / total * 100) < 1 for n, share in enumerate(shares))


def test_a_trend_begins_at_zero_and_leaves_out_what_is_unknown() -> None:
    drawn = Trend(("2024", "2025", "2026"), (Series("预算", (50.0, None, 100.0), ("50", "—", "100")),))
    height = drawn.height(WIDE_PX)
    ground, half, top = drawn.y(0, height), drawn.y(50, height), drawn.y(100, height)
    assert half == pytest.approx((ground + top) / 2)
    root = ElementTree.fromstring(f"<svg>{drawn.shapes(WIDE_PX, _ink())}</svg>")  # noqa: S314
    assert len(root.findall(".//circle")) == 2
    assert len(root.find(".//polyline").get("points").split()) == 2  # type: ignore[union-attr]


def test_one_year_makes_no_line() -> None:
    assert not Trend(("2026",), (Series("预算", (1.0,), ("1",)),))


@pytest.mark.parametrize(
    "drawn",
    [
        flow([(("a", "b", "c"), 3.0)]),
        Trend(("2025", "2026"), (Series("预算 <b>", (1.0, 2.0), ("1", "2")),)),
        Hundred((Part("教育", 60, "60"), Part("其他", 40, "40"))),
    ],
    ids=["flow", "trend", "hundred"],
)
def test_a_file_is_whole_in_itself(drawn: Flow | Trend | Hundred) -> None:
    file = in_file(drawn, "钱去了哪里 & 为什么", "说明", "来源：决算.csv")
    root = ElementTree.fromstring(file)  # noqa: S314
    words = "".join(root.itertext())
    assert "钱去了哪里 & 为什么" in words
    assert "来源：决算.csv" in words
    assert re.findall(r'class="|style=|url\(|<image|<script|xlink', file) == []
    assert root.get("viewBox") == f"0 0 {root.get('width')} {root.get('height')}"
