"""The resident identity number (GB 11643-1999): what is taken, what is refused, and what other documents may hold."""

from __future__ import annotations

import pytest

from participation.stakeholders.identity_number import (
    Document,
    check_character,
    checked_number,
    is_resident_number,
)
from portal.errors import Invalid

# The two examples of the standard itself.
STANDARD = ("11010519491231002X", "440524188001010014")


@pytest.mark.parametrize("number", STANDARD)
def test_the_examples_of_the_standard_fit(number: str) -> None:
    assert (check_character(number), is_resident_number(number)) == (number[17], True)


@pytest.mark.parametrize(
    "number",
    [
        "110105194912310021",  # check character
        "11010519491231002",  # a character too few
        "11010519491231002XX",
        "110105194902300020",  # no such day
        "01010519491231002X",  # no such region
        "",
        "１１０１０５１９４９１２３１００２Ｘ",
    ],
)
def test_what_does_not_fit_is_no_resident_number(number: str) -> None:
    assert is_resident_number(number) is False


@pytest.mark.parametrize("place", range(17))
def test_any_single_digit_typed_wrongly_is_noticed(place: int) -> None:
    number = STANDARD[0]
    wrong = number[:place] + str((int(number[place]) + 1) % 10) + number[place + 1 :]
    assert is_resident_number(wrong) is False


def test_nobody_is_born_tomorrow() -> None:
    stem = "11010529991231002"
    assert is_resident_number(stem + check_character(stem)) is False


def test_a_number_is_kept_in_one_form() -> None:
    assert checked_number(" 110105 19491231 002x ", Document.RESIDENT_ID) == "11010519491231002X"


def test_a_resident_number_that_does_not_fit_is_refused_but_may_stand_on_another_document() -> None:
    with pytest.raises(Invalid) as refused:
        checked_number("110105194912310021", Document.RESIDENT_ID)
    assert refused.value.data == {"field": "identity_number"}
    assert checked_number("110105194912310021", Document.OTHER) == "110105194912310021"


@pytest.mark.parametrize(("text", "kept"), [("E12345678", "E12345678"), ("h0123456(7)", "H0123456(7)")])
def test_other_documents_have_letters_and_digits(text: str, kept: str) -> None:
    assert checked_number(text, Document.OTHER) == kept


@pytest.mark.parametrize("text", ["1234", "A" * 31, "护照12345", "<script>", "12345\x00"])
def test_what_is_no_number_of_any_document_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        checked_number(text, Document.OTHER)


def test_an_unknown_kind_of_document_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        checked_number(STANDARD[0], "library card")
    assert refused.value.data == {"field": "identity_document"}
