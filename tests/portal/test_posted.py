"""Whoever comes back to an address that takes a form is led to the page it belongs to."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse

from tests.participation.decisions.rooms import make_public_room

pytestmark = pytest.mark.django_db
BROWSER = {"HTTP_ACCEPT": "text/html,application/xhtml+xml"}


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_a_reader_is_led_to_the_page_above(prefix: str) -> None:
    room = make_public_room()
    page, posted = room.get_absolute_url(), reverse("participation:decisions:join", args=[room.row_id])
    answer = Client().get(prefix + posted, **BROWSER)
    assert (answer.status_code, answer["Location"]) == (302, prefix + page)


def test_a_program_is_told_that_the_address_does_not_do_this() -> None:
    room = make_public_room()
    address = reverse("participation:decisions:join", args=[room.row_id])
    assert Client().get(address).status_code == 405
    assert Client().put(address, **BROWSER).status_code == 405


def test_where_its_room_has_no_page_above_the_reader_comes_to_the_front_page() -> None:
    address = reverse("participation:notes:remove", args=[make_public_room().row_id])
    assert Client().get(address, **BROWSER)["Location"] == "/"
