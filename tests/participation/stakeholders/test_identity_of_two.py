"""The identity number tells nobody whether somebody else has an account, and nobody can keep another from using it."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from participation.stakeholders.actions import change_profile, open_owner_values, register_organisation
from participation.stakeholders.models import User
from participation.stakeholders.sealed_values import holds
from portal.errors import NotAllowed
from privacy.access.models import AccessEvent
from tests.factories import make_moderator, make_organisation, make_user

NUMBER = "11010519491231002X"
SPELLED = "110105 19491231 002x"

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def profile(person: User, **sealed: str | None) -> User:
    return change_profile(
        display_name=person.display_name, preferred_language="zh-hans", sealed=sealed, acting_user=person
    )


def post(person: User, number: str) -> Any:
    client = Client()
    client.force_login(person)
    data = {"display_name": person.display_name, "preferred_language": "zh-hans", "identity_document": "resident_id"}
    return client.post(reverse("participation:stakeholders:profile"), {**data, "identity_number": number})


def test_a_number_that_another_account_holds_is_taken_like_any_other() -> None:
    first, second = make_user(), make_user(display_name="第二人")
    profile(first, identity_number=NUMBER)
    assert [holds(profile(second, identity_number=SPELLED), "identity_number"), holds(first, "identity_number")] == [
        True,
        False,
    ]
    assert post(make_user(display_name="第三人"), NUMBER).status_code == 302


def test_only_who_confirmed_an_address_enters_one() -> None:
    person = make_user(verified=False)
    with pytest.raises(NotAllowed):
        profile(person, identity_number=NUMBER)
    profile(person, real_name="梅晨", identity_number=None)
    assert holds(User.objects.get(pk=person.pk), "identity_number") is False


def test_numbers_are_entered_a_few_times_a_day() -> None:
    person = make_user()
    answers = [post(person, NUMBER) for _attempt in range(6)]
    assert [answer.status_code for answer in answers] == [302] * 5 + [429]
    assert post(person, "").status_code == 302


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_shared", [True, False])
def test_the_moderator_who_verifies_an_owner_learns_which_other_accounts_hold_the_number(is_shared: bool) -> None:
    owner, moderator = make_user(identity_number=NUMBER), make_moderator()
    other = make_user(display_name="第二人", identity_number=NUMBER if is_shared else "440524188001010014")
    organisation = register_organisation(
        group="enterprise", name="云川公司", credit_code="91350100M000100Y43", acting_user=owner
    )
    mandate = organisation.mandates.get()
    with translation.override("en"):
        opened = open_owner_values(mandate, ["identity_number"], purpose="核对", acting_user=moderator)
    shared = [(value.label, value.text) for value in opened[1:]]
    assert opened[0].text == NUMBER
    assert shared == ([("Other accounts with the same number", other.display_name)] if is_shared else [])
    assert AccessEvent.objects.count() == 1


def test_who_is_no_moderator_does_not_learn_who_owns_an_organisation() -> None:
    owner = make_user()
    organisation = make_organisation(member=owner)
    client = Client()
    client.force_login(make_user())
    answers = [
        client.post(
            reverse(
                "participation:stakeholders:open_owner", args=[organisation.row_id, person.row_id, "identity_number"]
            )
        ).status_code
        for person in (owner, make_user())
    ]
    assert answers == [403, 403]
