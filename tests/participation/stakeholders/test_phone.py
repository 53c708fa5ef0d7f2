"""Telephone numbers: one form for what can be dialled, a refusal for the rest."""

from __future__ import annotations

import pytest

from participation.stakeholders.phone import checked_phone
from portal.errors import Invalid


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("13800138000", "+8613800138000"),
        (" +86 138-0013-8000 ", "+8613800138000"),
        ("0571-12345678", "+8657112345678"),
        ("+44 20 7946 0018", "+442079460018"),
        ("１３８００１３８０００", "+8613800138000"),
    ],
)
def test_a_number_is_kept_in_its_international_form(typed: str, kept: str) -> None:
    assert checked_phone(typed) == kept


@pytest.mark.parametrize("typed", ["", "12345", "call me", "+", "0571-12345678 ext. 9", "1" * 40, "+999 123456"])
def test_what_cannot_be_dialled_is_refused_with_its_field(typed: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_phone(typed, field="callback_phone")
    assert refused.value.data == {"field": "callback_phone"}
