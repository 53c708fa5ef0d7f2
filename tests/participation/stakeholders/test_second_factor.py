"""Who holds an office signs in with a second factor; sessions are listed and ended."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from participation.stakeholders.models import Appointment, Role, User
from participation.stakeholders.permissions import may_moderate
from tests.factories import PASSWORD, make_department, make_moderator, make_officeholder, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]

SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


@pytest.fixture
def required(settings: LazySettings) -> None:
    settings.REQUIRE_MFA = True


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def entered(user: User) -> Client:
    """Signed in by the password, which was typed once more for what concerns signing in."""
    client = Client()
    client.post(reverse("account_login"), {"login": user.email, "password": PASSWORD})
    client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def again(user: User) -> User:
    return User.objects.get(pk=user.pk)


def code_now(secret: str) -> str:
    return format_hotp_value(hotp_value(secret, next(yield_hotp_counters_from_time())))


@pytest.mark.parametrize("role", sorted(Role.values))
def test_no_office_can_be_used_without_a_second_factor(required: None, role: str) -> None:
    person = make_officeholder(Role(role), make_department() if role == Role.OFFICER else None)
    assert (person.role_names, person.held_roles) == (frozenset(), {role})
    TOTP.activate(person, SECRET)
    assert again(person).role_names == {role}


def test_a_demonstration_asks_for_none() -> None:
    assert may_moderate(make_moderator())


def test_the_desk_sends_to_set_it_up_and_public_pages_stay_open(required: None) -> None:
    client = signed_in(make_moderator())
    desk = client.get(reverse("participation:stakeholders:organisations"))
    assert (desk.status_code, desk["Location"]) == (302, reverse("mfa_index"))
    assert client.get(reverse("participation:consultations:index")).status_code == 200
    assert client.get(reverse("account_email")).status_code == 200


def test_my_page_says_what_the_office_waits_for(required: None) -> None:
    page = signed_in(make_moderator()).get(reverse("participation:me")).content.decode()
    assert f'class="btn" href="{reverse("mfa_index")}"' in page


@pytest.mark.parametrize("path", ["/admin/", "/en/", "/people/offices/"])
def test_an_administrator_gets_nowhere_but_to_set_it_up(required: None, path: str) -> None:
    person = User.objects.create_superuser("root@example.org", PASSWORD, display_name="Root")
    response = signed_in(person).get(path)
    assert (response.status_code, response["Location"].endswith("/accounts/2fa/")) == (302, True)
    TOTP.activate(person, SECRET)
    assert signed_in(person).get("/people/offices/").status_code == 200


def test_an_editor_without_it_is_kept_out_of_the_administration(required: None) -> None:
    response = signed_in(make_officeholder(Role.EDITOR)).get("/admin/")
    assert (response.status_code, response["Location"].endswith("/accounts/2fa/")) == (302, True)


def test_a_citizen_needs_none(required: None) -> None:
    response = signed_in(make_user()).get(reverse("participation:stakeholders:organisations"))
    assert response.status_code == 403


def test_an_app_is_set_up_on_the_page_and_its_secret_lies_encrypted() -> None:
    person = make_moderator()
    client = entered(person)
    page = client.get(reverse("mfa_activate_totp"))
    text = page.content.decode()
    assert ("<svg" in text, "data:image" in text) == (True, False)
    secret = client.session["mfa.totp.secret"]
    response = client.post(reverse("mfa_activate_totp"), {"code": code_now(secret)})
    assert response.status_code == 302
    held = Authenticator.objects.get(type="totp").data["secret"]
    assert (held == secret, decrypt(held)) == (False, secret)
    codes = Authenticator.objects.get(type="recovery_codes").data
    assert codes["seed"].startswith("gAAAA")


def test_signing_in_asks_for_the_code() -> None:
    person = make_moderator()
    TOTP.activate(person, SECRET)
    client = Client()
    response = client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    assert response["Location"].startswith(reverse("mfa_authenticate"))
    assert "_auth_user_id" not in client.session
    assert client.post(reverse("mfa_authenticate"), {"code": "000000"}).status_code == 200
    client.post(reverse("mfa_authenticate"), {"code": code_now(SECRET)})
    assert client.session["_auth_user_id"] == str(person.pk)


@pytest.mark.parametrize("name", ["mfa_index", "mfa_add_webauthn", "mfa_list_webauthn", "usersessions_list"])
def test_the_pages_of_the_account_are_drawn_without_inline_scripts(name: str) -> None:
    response = entered(make_user()).get(reverse(name))
    text = response.content.decode()
    inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>", text)
    assert (response.status_code, inline, " style=" in text) == (200, [], False)


def test_the_entrance_offers_passkeys() -> None:
    text = Client().get(reverse("account_login")).content.decode()
    assert ('id="passkey_login"' in text, "mfa/js/webauthn.js" in text) == (True, True)


def test_other_sessions_are_listed_and_ended() -> None:
    person = make_user()
    clients: list[Any] = [Client(headers={"user-agent": name}) for name in ("telephone", "library computer")]
    for client in clients:
        client.post(reverse("account_login"), {"login": person.email, "password": PASSWORD})
    page = clients[0].get(reverse("usersessions_list")).content.decode()
    assert ("telephone" in page, "library computer" in page) == (True, True)
    assert clients[0].post(reverse("usersessions_list")).status_code == 302
    found = [client.get(reverse("participation:me")).status_code for client in clients]
    assert found == [200, 302]


def test_granting_an_office_gives_the_groups_even_before_the_second_factor(required: None) -> None:
    from participation.stakeholders.actions import grant_appointment

    person = make_user()
    grant_appointment(person=person, role=Role.EDITOR, acting_user=None)
    assert (Appointment.objects.count(), person.groups.count()) == (1, 1)
