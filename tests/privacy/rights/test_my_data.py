"""One page tells a person everything that is held about them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from participation.stakeholders.models import Role, User
from privacy.access.actions import open_sealed
from privacy.history.actor import acting
from privacy.rights.my_data.queries import held_about
from privacy.rights.purposes import Audience, Basis, Purpose
from tests.factories import make_feedback, make_moderator, make_officeholder, make_organisation, make_user

pytestmark = pytest.mark.django_db
PHONE = "+8613800138000"


@pytest.fixture(autouse=True)
def in_english() -> None:
    translation.activate("en")


def page_of(person: User, query: str = "") -> str:
    client = Client()
    client.force_login(person)
    return client.get(f"/en/my-data/{query}").content.decode()


def kinds(person: User) -> dict[str, Any]:
    return {kind.title: kind for group in held_about(person.sealing_subject()) for kind in group.kinds}


def test_each_kind_says_how_much_why_and_who_can_see_it() -> None:
    person = make_user(display_name="阿云")
    make_feedback(acting_user=person, body="路灯晚上不亮。")
    said = kinds(person)["Feedback you gave"]
    assert (said.number, said.basis, said.seen_by) == (1, Basis.CONSENT, Audience.PUBLIC)
    assert said.period == "as long as the public record that it belongs to"
    assert said.example.startswith("路灯晚上不亮。")


def test_what_there_is_nothing_of_is_not_named() -> None:
    assert "Feedback you gave" not in kinds(make_user())


def test_what_is_sealed_is_said_to_be_and_not_opened() -> None:
    person = make_user()
    with acting(person):
        person.phone = PHONE
        person.save()
    reach = kinds(person)["How you can be reached"]
    assert (reach.is_sealed, reach.example) == (True, "")
    assert PHONE not in page_of(person)


def test_acts_in_office_are_one_kind() -> None:
    person = make_officeholder(Role.AUDITOR)
    make_feedback(acting_user=person)
    groups = {group.purpose: [kind.title for kind in group.kinds] for group in held_about(person.sealing_subject())}
    assert groups[Purpose.OFFICE] == ["Offices you hold or held", "What you may do"]


def test_the_page_shows_who_read_it_and_leads_on() -> None:
    person = make_user()
    with acting(person):
        person.phone = PHONE
        person.save()
    open_sealed(person, "phone", purpose="回访", acting_user=make_moderator())
    page = page_of(person)
    assert "回访" in page
    assert {"/en/my-data/readings/", "/en/my-data/erasure/", "/en/my-data/agreements/", "/en/my-data/requests/"} <= set(
        re.findall(r'href="([^"#?]+)"', page)
    )


def test_what_can_be_put_right_says_where() -> None:
    page = page_of(make_user())
    assert 'href="/en/accounts/email/"' in page


def test_the_owner_of_an_organisation_sees_what_is_held_about_it() -> None:
    owner = make_user()
    organisation = make_organisation(member=owner, name="云川公益中心")
    page = page_of(owner, f"?of={organisation.row_id}")
    assert "What is held about 云川公益中心" in page


@pytest.mark.parametrize("asked", ["?of=nonsense", "?of=6ba7b810-9dad-11d1-80b4-00c04fd430c8"])
def test_the_page_of_somebody_else_is_not_there(asked: str) -> None:
    client = Client()
    client.force_login(make_user())
    assert client.get(f"/en/my-data/{asked}").status_code == 404


def test_a_visitor_is_sent_to_sign_in() -> None:
    assert Client().get("/en/my-data/").status_code == 302


def test_the_account_menu_leads_to_it() -> None:
    assert 'href="/en/my-data/"' in page_of(make_user())


def test_asking_for_somebody_elses_data_is_not_there() -> None:
    client = Client()
    client.force_login(make_user())
    assert client.get("/en/my-data/export/6ba7b810-9dad-11d1-80b4-00c04fd430c8/").status_code == 404


def test_more_rows_take_no_more_queries() -> None:
    person = make_user()
    numbers = []
    for _more in range(2):
        make_feedback(acting_user=person)
        with CaptureQueriesContext(connection) as queries:
            held_about(person.sealing_subject())
        numbers.append(len(queries))
    assert numbers[0] == numbers[1]
