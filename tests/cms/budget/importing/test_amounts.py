from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.budget.importing.amounts import (
    AmountError,
    NumberStyle,
    format_minor_units,
    minor_units_behind_noise,
    parse_amount,
    sniff_style,
    to_minor_units,
)
from portal.errors import Invalid

POINT = NumberStyle(".", ",")
COMMA = NumberStyle(",", ".")
ONE = Decimal(1)


@pytest.mark.parametrize(
    ("text", "style", "number"),
    [
        ("0", POINT, "0"),
        ("0.0", POINT, "0.0"),
        ("1234.5", POINT, "1234.5"),
        ("1,234.50", POINT, "1234.50"),
        ("99598,95", COMMA, "99598.95"),
        ("333.620,93", COMMA, "333620.93"),
        ("1.234.567", COMMA, "1234567"),
        ("-156201", COMMA, "-156201"),
        ("(1,234.5)", POINT, "-1234.5"),
        ("1234.5-", POINT, "-1234.5"),
        ("+5", POINT, "5"),
        ("−5", POINT, "-5"),
        ("１，２３４．５６", POINT, "1234.56"),
        ("（１２）", POINT, "-12"),
        (" 12 ", POINT, "12"),
        (".5", POINT, "0.5"),
        ("12.", POINT, "12.0"),
        ("-0", POINT, "0"),
    ],
)
def test_reads_the_exact_number(text: str, style: NumberStyle, number: str) -> None:
    assert str(parse_amount(text, style)) in {number, f"{number}.0"}


@pytest.mark.parametrize("text", ["", "  ", "-", "—", "——", "－", "–", "\u3000"])
def test_a_blank_or_a_dash_is_not_stated(text: str) -> None:
    assert parse_amount(text, POINT) is None


@pytest.mark.parametrize(
    "text",
    [
        "完成",
        "NaN",
        "Infinity",
        "1e5",
        "0x10",
        "1_000",
        "12 万",
        "≥100百分比",
        "12.5%",
        "10²",
        "٣",
        "--5",
        "-5-",
        "-(5)",
        "()",
        "+",
        ".",
        "1.2.3",
        "9" * 41,
        "1\n2",
        "=1+1",
    ],
)
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(AmountError) as caught:
        parse_amount(text, POINT)
    assert caught.value.code == "not_a_number"


@pytest.mark.parametrize(
    ("text", "style"),
    [("1,23", POINT), ("12,34,567", POINT), ("1,2345", POINT), ("1234,567", POINT), ("8159.01", COMMA), ("1.5", COMMA)],
)
def test_a_misplaced_thousands_mark_is_refused(text: str, style: NumberStyle) -> None:
    with pytest.raises(AmountError):
        parse_amount(text, style)


def test_no_thousands_mark_where_none_is_declared() -> None:
    with pytest.raises(AmountError):
        parse_amount("1,234", NumberStyle(".", ""))


def test_two_kinds_of_thousands_marks_in_one_number_are_refused() -> None:
    with pytest.raises(AmountError):
        parse_amount("1,234 567", NumberStyle())


amounts = st.decimals(min_value=-(10**14), max_value=10**14, places=2, allow_nan=False, allow_infinity=False)


@given(amount=amounts, style=st.sampled_from([POINT, COMMA]), grouped=st.booleans(), wide=st.booleans())
def test_reads_back_what_was_written(amount: Decimal, style: NumberStyle, grouped: bool, wide: bool) -> None:
    text = f"{amount:,.2f}" if grouped else f"{amount:.2f}"
    text = text.translate({ord("."): style.decimal, ord(","): style.thousands})
    if wide:
        text = "".join(chr(ord(character) + 0xFEE0) for character in text)
    assert parse_amount(text, style) == amount


@given(amount=amounts)
def test_the_sign_may_be_written_in_three_ways(amount: Decimal) -> None:
    digits = f"{abs(amount):.2f}"
    assert {
        parse_amount(f"-{digits}", POINT),
        parse_amount(f"({digits})", POINT),
        parse_amount(f"{digits}-", POINT),
    } == {-abs(amount)}


@given(text=st.text(max_size=20))
def test_any_text_is_a_number_or_nothing_or_an_amount_error(text: str) -> None:
    try:
        number = parse_amount(text, NumberStyle())
    except AmountError:
        return
    assert number is None or number.is_finite()


@given(minor=st.integers(-(2**63 - 1), 2**63 - 1), currency=st.sampled_from(["CNY", "JPY", "KWD"]))
def test_minor_units_survive_the_way_through_text(minor: int, currency: str) -> None:
    written = format_minor_units(minor, currency)
    assert to_minor_units(Decimal(written), unit=ONE, currency=currency) == minor


def test_ten_thousands_become_fen() -> None:
    assert to_minor_units(Decimal("2106.66"), unit=Decimal(10000), currency="CNY") == 2_106_660_000


def test_the_currency_decides_how_many_digits_are_minor() -> None:
    assert [to_minor_units(Decimal(7), unit=ONE, currency=currency) for currency in ("CNY", "JPY", "KWD")] == [
        700,
        7,
        7000,
    ]


def test_totals_are_written_with_all_minor_digits() -> None:
    assert [
        format_minor_units(262130332500000, "TWD"),
        format_minor_units(-5, "CNY"),
        format_minor_units(5, "JPY"),
    ] == [
        "2621303325000.00",
        "-0.05",
        "5",
    ]


def test_trailing_zeros_are_not_too_fine() -> None:
    assert to_minor_units(Decimal("12.5000"), unit=ONE, currency="CNY") == 1250


@pytest.mark.parametrize(("amount", "currency"), [("0.005", "CNY"), ("0.5", "JPY"), ("12.3456", "EUR")])
def test_an_amount_finer_than_the_minor_unit_is_refused(amount: str, currency: str) -> None:
    with pytest.raises(AmountError) as caught:
        to_minor_units(Decimal(amount), unit=ONE, currency=currency)
    assert caught.value.code == "too_fine"


def test_an_amount_beyond_64_bits_is_refused() -> None:
    with pytest.raises(AmountError) as caught:
        to_minor_units(Decimal(10**18), unit=ONE, currency="CNY")
    assert caught.value.code == "too_large"


@pytest.mark.parametrize(
    ("amount", "meant"),
    [
        ("1799593.5100000002", 179959351),
        ("0.30000000000000004", 30),
        ("1799593.51", None),
        ("1799593.515", None),
        ("1799593.5123456789", None),
        ("0.0000001", None),
    ],
)
def test_only_the_noise_of_binary_numbers_is_seen_through(amount: str, meant: int | None) -> None:
    assert minor_units_behind_noise(Decimal(amount), unit=ONE, currency="EUR") == meant


@pytest.mark.parametrize(
    ("cells", "mark"),
    [
        (["107195", "99598,95"], ","),
        (["333.620,93", "1.234"], ","),
        (["1,234.5", "1,234"], "."),
        (["2,940.05"], "."),
        (["1.234.567"], ","),
        (["1,234,567"], "."),
        (["0.125"], "."),
        (["1234.567"], "."),
        (["8159.01", "-", "完成"], "."),
        (["12", "7"], "."),
        ([], "."),
    ],
)
def test_finds_the_decimal_mark(cells: list[str], mark: str) -> None:
    assert sniff_style(cells, None, None).decimal == mark


@pytest.mark.parametrize("cells", [["1.234"], ["1,234", "7"], ["1.5", "1,5"], ["1,234.5", "1.234,5"]])
def test_a_decimal_mark_that_is_not_certain_has_to_be_declared(cells: list[str]) -> None:
    with pytest.raises(Invalid) as caught:
        sniff_style(cells, None, None)
    assert caught.value.data["problem"] == "decimal_mark"


def test_declaring_one_mark_settles_the_other() -> None:
    assert [
        parse_amount("1.234", sniff_style(["1.234"], ",", None)),
        parse_amount("1.234", sniff_style(["1.234"], ".", None)),
        parse_amount("1.234", sniff_style(["1.234"], None, ".")),
        parse_amount("1.234", sniff_style(["1.234"], None, "")),
        parse_amount("1 234,5", sniff_style(["1 234,5"], None, " ")),
        parse_amount("1\u202f234,5", sniff_style(["1\u202f234,5"], None, " ")),
    ] == [1234, Decimal("1.234"), 1234, Decimal("1.234"), Decimal("1234.5"), Decimal("1234.5")]
