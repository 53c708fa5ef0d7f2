from decimal import Decimal

import pytest
from django.template import Context, Template
from django.utils.translation import override
from hypothesis import given
from hypothesis import strategies as st

from portal.ui.money import in_unit, money, money_exact, money_unit, ratio, signed

YI = 10**10  # 一亿元 in fen
WAN = 10**6


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (1102 * YI + 3 * YI // 10, "CNY", '<data value="110230000000.00">1,102.3 亿元</data>'),
        (123_450_000, "CNY", '<data value="1234500.00">123.5 万元</data>'),
        (123_450, "CNY", '<data value="1234.50">1,234.50 元</data>'),
        (120_000, "CNY", '<data value="1200.00">1,200 元</data>'),
        (0, "CNY", '<data value="0.00">0 元</data>'),
        (2 * YI, "TWD", '<data value="200000000.00">新台币 2.0 亿元</data>'),
        (5 * WAN, "EUR", '<data value="50000.00">5.0 万欧元</data>'),
        (5 * WAN, "XYZ", '<data value="50000.00">XYZ 5.0 万</data>'),
        (-3 * YI, "CNY", '<data value="-300000000.00">−3.0 亿元</data>'),
        (-1, "CNY", '<data value="-0.01">−0.01 元</data>'),
    ],
)
def test_chinese_money_counts_in_ten_thousands(amount: int, currency: str, expected: str) -> None:
    with override("zh-hans"):
        assert money(amount, currency) == expected


@pytest.mark.parametrize(
    ("amount", "currency", "expected"),
    [
        (120_000_000, "CNY", '<data value="1200000.00">CNY 1.2 million</data>'),
        (262_130_332_500_000, "TWD", '<data value="2621303325000.00">TWD 2,621.3 billion</data>'),
        (99_995_000, "EUR", '<data value="999950.00">EUR 999,950</data>'),
        (123_456, "EUR", '<data value="1234.56">EUR 1,234.56</data>'),
        (-120_000_000, "CNY", '<data value="-1200000.00">−CNY 1.2 million</data>'),
    ],
)
def test_english_money_counts_in_millions(amount: int, currency: str, expected: str) -> None:
    with override("en"):
        assert money(amount, currency) == expected


def test_an_amount_that_rounds_up_to_the_next_unit_is_written_in_it() -> None:
    with override("zh-hans"):
        assert money(9_999_960_000, "CNY") == '<data value="99999600.00">1.0 亿元</data>'
        assert money(9_999_940_000, "CNY") == '<data value="99999400.00">9,999.9 万元</data>'
    with override("en"):
        assert money(99_995_000_000, "CNY") == '<data value="999950000.00">CNY 1.0 billion</data>'


def test_halves_round_up() -> None:
    with override("zh-hans"):
        assert money(125_000 * 100 + 500 * 100, "CNY") == '<data value="125500.00">12.6 万元</data>'


@pytest.mark.parametrize("missing", [None, "", "not a number", float("nan")])
def test_what_is_missing_is_a_dash_and_never_zero(missing: object) -> None:
    assert [money(missing), money_exact(missing), ratio(missing), signed(missing)] == ["—"] * 4


def test_exact_money_shows_every_minor_unit() -> None:
    with override("zh-hans"):
        assert money_exact(110_230_000_001, "CNY") == '<data value="1102300000.01">1,102,300,000.01 元</data>'
    with override("en"):
        assert money_exact(-5, "EUR") == '<data value="-0.05">−EUR 0.05</data>'


def test_a_table_has_one_unit() -> None:
    with override("zh-hans"):
        unit = money_unit(312 * YI, "CNY")
        assert (unit.label, in_unit(YI // 2, unit), in_unit(-YI, unit)) == (
            "亿元",
            '<data value="50000000.00">0.5</data>',
            '<data value="-100000000.00">−1.0</data>',
        )
    with override("en"):
        assert money_unit(312 * YI, "CNY").label == "CNY billion"


def test_money_in_a_template() -> None:
    template = Template('{% load money %}{% money_unit top "CNY" as unit %}{{ unit }} {{ amount|in_unit:unit }}')
    with override("zh-hans"):
        assert template.render(Context({"top": 3 * YI, "amount": YI})) == '亿元 <data value="100000000.00">1.0</data>'


@pytest.mark.parametrize(
    ("value", "places", "expected"),
    [
        ("0.83", 0, "83%"),
        ("0.835", 0, "84%"),
        ("0.835", 1, "83.5%"),
        (-0.1, 0, "−10%"),
        ("-0.001", 0, "0%"),
        (1, 0, "100%"),
    ],
)
def test_a_ratio_becomes_per_cent_only_on_the_page(value: object, places: int, expected: str) -> None:
    assert ratio(value, places) == expected


@pytest.mark.parametrize(
    ("value", "style", "expected"),
    [(3, 0, "+3"), (-3, 0, "−3"), (0, 0, "0"), ("2.25", 1, "+2.3"), ("-0.17", "%", "−17%"), ("0.001", "%", "0%")],
)
def test_a_difference_shows_its_sign(value: object, style: int | str, expected: str) -> None:
    assert signed(value, style) == expected


@given(st.integers(min_value=-(10**16), max_value=10**16), st.sampled_from(["zh-hans", "en"]))
def test_what_is_written_is_within_half_a_step_of_the_amount(amount: int, language: str) -> None:
    scales = {"亿": 10**8, "万": 10**4, "billion": 10**9, "million": 10**6}
    with override(language):
        html = money(amount, "CNY")
    exact, text = html.removeprefix('<data value="').removesuffix("</data>").split('">')
    assert Decimal(exact) == Decimal(amount) / 100
    scale = next((factor for word, factor in scales.items() if word in text), 1)
    digits = "".join(character for character in text if character in "0123456789.")
    written = Decimal(digits) * scale * (-1 if "−" in text else 1)
    assert abs(written - Decimal(exact)) <= (Decimal(scale) / 20 if scale > 1 else 0)
