"""Signing in with an account of another provider, against a real one in this process."""

from __future__ import annotations

from collections.abc import Iterator
from urllib.parse import urlsplit

import oidc_provider_mock
import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.conf import LazySettings
from django.test import Client
from django.urls import reverse

from participation.stakeholders.models import User
from tests.factories import make_user

pytestmark = pytest.mark.django_db

SUBJECT = "citizen-7"
REAL_NAME = "梅晨"


@pytest.fixture
def provider(settings: LazySettings) -> Iterator[str]:
    with oidc_provider_mock.run_server_in_thread() as server:
        address = f"http://localhost:{server.server_port}"
        requests.put(
            f"{address}/users/{SUBJECT}",
            json={"email": "mei@example.org", "email_verified": True, "name": REAL_NAME},
            timeout=5,
        ).raise_for_status()
        app = {
            "provider_id": "oidc",
            "name": "统一身份认证",
            "client_id": "gongzhi",
            "secret": "secret",
            "settings": {"server_url": address, "oauth_pkce_enabled": True},
        }
        settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
        yield address


def come_back_from(provider: str, client: Client) -> str:
    """Walk to the provider, sign in there, and return where the site leads next."""
    there = client.post(reverse("openid_connect_login", args=["oidc"]))
    assert there["Location"].startswith(provider)
    back = requests.post(there["Location"], data={"sub": SUBJECT}, allow_redirects=False, timeout=5)
    parts = urlsplit(back.headers["Location"])
    return str(client.get(f"{parts.path}?{parts.query}")["Location"])


def test_the_first_time_a_public_name_is_chosen_and_nothing_else_is_kept(provider: str) -> None:
    client = Client()
    assert come_back_from(provider, client) == reverse("socialaccount_signup")
    page = client.get(reverse("socialaccount_signup")).content.decode()
    assert ("mei@example.org" in page, REAL_NAME in page) == (True, False)
    data = {"email": "mei@example.org", "display_name": "河西居民"}
    assert client.post(reverse("socialaccount_signup"), data).status_code == 302
    person = User.objects.get()
    assert (person.display_name, person.has_verified_email) == ("河西居民", True)
    account = SocialAccount.objects.get(user=person)
    assert (account.uid, account.extra_data) == (SUBJECT, {})


def test_the_second_time_it_signs_in_at_once(provider: str) -> None:
    client = Client()
    come_back_from(provider, client)
    client.post(reverse("socialaccount_signup"), {"email": "mei@example.org", "display_name": "河西居民"})
    again = Client()
    assert come_back_from(provider, again) == reverse("participation:me")
    account = SocialAccount.objects.get()
    assert (again.session["_auth_user_id"], account.extra_data) == (str(account.user.pk), {})


def test_an_address_that_somebody_has_here_opens_no_account_of_theirs(provider: str) -> None:
    make_user(email="mei@example.org")
    client = Client()
    come_back_from(provider, client)
    data = {"email": "mei@example.org", "display_name": "河西居民"}
    client.post(reverse("socialaccount_signup"), data)
    assert ("_auth_user_id" in client.session, SocialAccount.objects.count()) == (False, 0)


def test_the_entrance_shows_a_provider_only_where_one_is_configured(provider: str, settings: LazySettings) -> None:
    shown = "统一身份认证" in Client().get(reverse("account_login")).content.decode()
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": []}}
    assert (shown, "统一身份认证" in Client().get(reverse("account_login")).content.decode()) == (True, False)
