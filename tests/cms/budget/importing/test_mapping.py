from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest
from django.utils.translation import override

from cms.budget.importing.mapping import parse_mapping
from portal.errors import Invalid
from tests.cms.budget.importing.made_up import AMOUNTS, COLUMNS, PLAIN, RELEASE

READY = sorted((Path(__file__).parents[4] / "docs" / "mappings").glob("*.toml"))

# The format that later work keeps.
WHOLE = """
[file]
encoding = "cp1252"
delimiter = ";"
header = true
decimal = ","
thousands = "."
[release]
government = "..."
fiscal_year = 2024
currency = "EUR"
unit = 1
[columns]
department_code = "Seccion"
department = "Descripcion Seccion"
programme_code = "Programa"
programme = "Descripcion Programa"
functional_code = "..."
functional = "..."
economic_code = "Economico"
economic = "..."
fund = "..."
note = "..."
[amounts]
adopted = "CRED_INICIAL"
adjusted = "C_DEFINITIVO"
executed = "OBL_RECONOC"
[leaf]
column = "code_len"
equals = 7
"""


def refused(text: str | bytes) -> str:
    with override("en"), pytest.raises(Invalid) as caught:
        parse_mapping(text)
    assert caught.value.data["problem"] == "mapping"
    return str(caught.value.message)


def test_the_whole_format_is_read() -> None:
    mapping = parse_mapping(WHOLE)
    assert mapping.as_json()["amounts"] == {
        "adopted": "CRED_INICIAL",
        "adjusted": "C_DEFINITIVO",
        "executed": "OBL_RECONOC",
    }
    assert mapping.leaf is not None
    assert mapping.leaf.equals == 7


def test_only_release_one_name_and_one_amount_are_needed() -> None:
    assert parse_mapping(PLAIN).as_json() == {
        "file": {},
        "release": {"government": "云川市", "fiscal_year": 2024, "currency": "CNY", "unit": 1},
        "columns": {"department": "department"},
        "amounts": {"adopted": "amount"},
    }


def test_everything_about_the_release_may_come_from_a_column() -> None:
    text = """
    [release]
    government = { column = "gov" }
    fiscal_year = { column = 0 }
    currency = { column = "cur" }
    unit = { column = "unit" }
    """
    assert parse_mapping(text + COLUMNS + AMOUNTS).as_json()["release"] == {
        "government": {"column": "gov"},
        "fiscal_year": {"column": 0},
        "currency": {"column": "cur"},
        "unit": {"column": "unit"},
    }


def test_a_fractional_unit_is_exact() -> None:
    assert parse_mapping(RELEASE + "unit = 0.1\n" + COLUMNS + AMOUNTS).release.unit == Decimal("0.1")


def test_a_byte_order_mark_before_the_mapping_does_no_harm() -> None:
    assert parse_mapping(b"\xef\xbb\xbf" + PLAIN.encode()) == parse_mapping(PLAIN)


@pytest.mark.parametrize("equals", ["7", '"项"', '[7, "项"]'])
def test_leaves_equal_a_number_a_text_or_one_of_a_list(equals: str) -> None:
    assert parse_mapping(PLAIN + f'[leaf]\ncolumn = "level"\nequals = {equals}\n').leaf is not None


def test_comments_and_spacing_do_not_change_what_a_mapping_says() -> None:
    assert parse_mapping(PLAIN).sha256 == parse_mapping("# a comment\n" + PLAIN.replace(" = ", "=")).sha256


def test_another_year_is_another_mapping() -> None:
    assert parse_mapping(PLAIN).sha256 != parse_mapping(PLAIN.replace("2024", "2025")).sha256


def test_an_unknown_section_is_named() -> None:
    assert refused(PLAIN + "[checks]\nx = 1\n") == (
        "There is no section [checks]. The sections are [file], [release], [columns], [amounts], [leaf], [tables]."
    )


def test_every_unknown_key_is_named() -> None:
    message = refused(PLAIN.replace("[columns]", '[columns]\ndepartmant = "x"\nproject = 3'))
    assert "“departmant”" in message
    assert "“project”" in message


def test_an_unknown_phase_is_named() -> None:
    assert "“planned”" in refused(PLAIN + 'planned = "x"\n')


def test_a_missing_key_is_named() -> None:
    assert refused(PLAIN.replace('currency = "CNY"', "")) == "[release] needs the key “currency”."


def test_a_missing_section_is_named() -> None:
    assert refused(COLUMNS + AMOUNTS) == "The section [release] is missing or is not a section."


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (PLAIN.replace("2024", '"2024"'), "[release] fiscal_year has to be a year such as 2024, or { column = … }."),
        (PLAIN.replace("2024", "24"), "[release] fiscal_year has to be a year such as 2024, or { column = … }."),
        (
            PLAIN.replace('"CNY"', '"yuan"'),
            "[release] currency has to be three capital letters such as “CNY”, or { column = … }.",
        ),
        (
            RELEASE + "unit = 0\n" + COLUMNS + AMOUNTS,
            "[release] unit has to be a number above 0 such as 10000, or { column = … }.",
        ),
        (
            PLAIN.replace('"amount"', "-1"),
            "[amounts] adopted has to be a column: its name in the header, or its position counted from 0.",
        ),
        (
            PLAIN.replace('"amount"', "true"),
            "[amounts] adopted has to be a column: its name in the header, or its position counted from 0.",
        ),
        (
            PLAIN.replace('"amount"', "1.5"),
            "[amounts] adopted has to be a column: its name in the header, or its position counted from 0.",
        ),
        ('[file]\nheader = "yes"\n' + PLAIN, "[file] header has to be true or false."),
        (
            PLAIN + "[leaf]\ncolumn = 1\nequals = []\n",
            "[leaf] equals has to be a whole number, a text, or a list of them.",
        ),
        (
            '[file]\ndecimal = ","\nthousands = ","\n' + PLAIN,
            "[file] decimal and thousands have to be two different marks.",
        ),
        (
            RELEASE + '[columns]\nnote = "x"\n' + AMOUNTS,
            "[columns] needs at least one of department, programme and functional.",
        ),
        (
            RELEASE + COLUMNS + "[amounts]\n",
            "[amounts] needs at least one of proposed, adopted, adjusted, committed and executed.",
        ),
        (PLAIN + 'executed = "amount"\n', "[amounts] reads two phases from the same column."),
        (b"\xff\xfe", "The mapping is not UTF-8 text."),
    ],
)
def test_an_unusable_value_is_explained(text: str | bytes, message: str) -> None:
    assert refused(text) == message


@pytest.mark.parametrize("delimiter", ["", "::", "a", '\\"', "\\n", "."])
def test_a_delimiter_is_one_mark(delimiter: str) -> None:
    assert refused(f'[file]\ndelimiter = "{delimiter}"\n' + PLAIN).startswith(
        "[file] delimiter has to be one character"
    )


@pytest.mark.parametrize("text", ["[release", "a = 1\na = 2", '[release]\n[release]\nx = ""'])
def test_broken_toml_is_refused_with_the_reason(text: str) -> None:
    assert refused(text).startswith("The mapping is not valid TOML: ")


def test_an_empty_mapping_names_all_it_lacks() -> None:
    message = refused("")
    assert [section in message for section in ("[release]", "[columns]", "[amounts]")] == [True, True, True]


@pytest.mark.parametrize("path", READY, ids=lambda path: path.stem)
def test_the_mappings_in_the_documentation_are_valid(path: Path) -> None:
    assert parse_mapping(path.read_bytes()).amounts.columns()
