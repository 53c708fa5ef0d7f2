"""What the owner of a sealed value sees of it."""

from __future__ import annotations

import pytest

from participation.stakeholders.sealed_values import CLOSED, DOTS, ends_of, own_values
from privacy.sealing.ring import shred
from tests.factories import make_user


@pytest.mark.parametrize(
    ("text", "first", "last", "shown"),
    [
        ("+8613800138000", 0, 4, f"{DOTS}8000"),
        ("1234567", 0, 4, DOTS),
        ("", 1, 1, DOTS),
        ("梅晨", 1, 0, f"梅{DOTS}"),
        ("梅", 1, 0, DOTS),
    ],
)
def test_a_mask_never_shows_more_than_half(text: str, first: int, last: int, shown: str) -> None:
    assert ends_of(text, first=first, last=last) == shown


@pytest.mark.django_db
def test_a_value_whose_key_is_destroyed_is_held_and_empty() -> None:
    person = make_user(phone="+8613800138000")
    shred(person.sealing_subject())
    person = type(person).objects.get(pk=person.pk)
    value = own_values(person, {"phone": CLOSED}, shown="phone")["phone"]
    assert (value.is_held, value.text) == (True, "")


@pytest.mark.django_db
def test_only_what_is_masked_can_be_asked_for() -> None:
    person = make_user(phone="+8613800138000")
    values = own_values(person, {"real_name": CLOSED}, shown="password")
    assert {name: value.text for name, value in values.items()} == {"real_name": ""}
