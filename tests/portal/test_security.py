from __future__ import annotations

import os
import subprocess
import sys
from typing import Any

import pytest
from channels.testing import WebsocketCommunicator
from django.test import Client, RequestFactory
from django.urls import reverse

from cms.pages.site import sync_editor_groups
from participation.stakeholders.models import Role
from portal.rates import client_address, client_address_of_scope
from portal.security import from_this_site
from tests.factories import make_officeholder, make_user

pytestmark = pytest.mark.django_db
PASSWORD = "a-long-enough-one"


def directives(response: Any) -> dict[str, str]:
    policy = response.headers["Content-Security-Policy"]
    return {name: rest for name, _space, rest in (part.strip().partition(" ") for part in policy.split(";"))}


@pytest.mark.parametrize("address", ["/", "/en/", "/budget/search/", "/api/v1/", "/accounts/login/", "/no-such-page/"])
def test_public_pages_run_nothing_but_our_own_files(client: Client, site: Any, address: str) -> None:
    found = directives(client.get(address))
    assert (found["default-src"], found["script-src"], found["style-src"]) == ("'none'", "'self'", "'self'")
    assert "unsafe-inline" not in str(found)


def test_the_administration_may_use_its_inline_parts(client: Client, site: Any) -> None:
    client.force_login(make_user(is_superuser=True))
    found = directives(client.get("/admin/"))
    assert found["script-src"] == "'self' 'unsafe-inline'"
    assert found["frame-ancestors"] == "'self'"


def test_a_page_whose_name_begins_like_the_administration_is_still_strict(client: Client, site: Any) -> None:
    assert directives(client.get("/administration/"))["script-src"] == "'self'"


@pytest.mark.parametrize(
    ("asked", "answer"),
    [
        ("/admin/login/?next=/admin/pages/", "/accounts/login/?next=/admin/pages/"),
        ("/_util/login/?next=/budget/", "/accounts/login/?next=/budget/"),
        ("/en/_util/login/?next=/en/budget/", "/en/accounts/login/?next=/en/budget/"),
        ("/admin/password_reset/", "/accounts/password/reset/"),
        ("/admin/password_reset/confirm/MQ/set-password/", "/accounts/password/reset/"),
    ],
)
@pytest.mark.parametrize("method", ["get", "post"])
def test_there_is_one_place_to_sign_in(client: Client, site: Any, asked: str, answer: str, method: str) -> None:
    response = getattr(client, method)(asked)
    assert (response.status_code, response.headers["Location"]) == (302, answer)


def test_a_visitor_of_the_administration_is_led_to_sign_in_and_back(client: Client, site: Any) -> None:
    editor = make_officeholder(Role.EDITOR)
    editor.set_password(PASSWORD)
    editor.save()
    sync_editor_groups(editor, {"editor"})
    sign_in = client.get("/admin/", follow=True).redirect_chain[-1][0]
    assert sign_in == "/accounts/login/?next=%2Fadmin%2F"
    response = client.post(sign_in, {"login": editor.email, "password": PASSWORD, "next": "/admin/"}, follow=True)
    assert (response.status_code, response.redirect_chain[-1][0]) == (200, "/admin/")


def test_somebody_without_an_office_is_refused_the_administration(client: Client, site: Any) -> None:
    client.force_login(make_user())
    assert client.get("/admin/", follow=True).status_code == 403


def test_an_administrator_who_is_signed_in_needs_no_sign_in_page(client: Client, site: Any) -> None:
    client.force_login(make_user(is_superuser=True))
    assert client.get("/admin/login/").headers["Location"] == reverse("wagtailadmin_home")


def test_pages_for_somebody_signed_in_are_kept_by_no_cache(client: Client, site: Any) -> None:
    assert "Cache-Control" not in client.get("/budget/search/").headers
    assert not client.cookies.get("sessionid")
    client.force_login(make_user())
    assert client.get("/budget/search/").headers["Cache-Control"] == "private, no-store"


@pytest.mark.parametrize(
    ("proxies", "forwarded", "address"),
    [
        (0, "198.51.100.7", "127.0.0.1"),
        (1, "203.0.113.5, 198.51.100.7", "198.51.100.7"),
        (2, "203.0.113.5, 198.51.100.7", "203.0.113.5"),
        (3, "203.0.113.5, 198.51.100.7", "127.0.0.1"),
        (1, "", "127.0.0.1"),
    ],
)
def test_an_address_is_believed_as_far_as_the_proxies_are_ours(
    settings: Any, proxies: int, forwarded: str, address: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies
    request = RequestFactory().get("/", headers={"X-Forwarded-For": forwarded})
    scope = {"client": ["127.0.0.1", 5000], "headers": [(b"x-forwarded-for", forwarded.encode())]}
    assert (client_address(request), client_address_of_scope(scope)) == (address, address)


@pytest.mark.parametrize(
    ("origin", "taken"),
    [
        ("https://budget.example.org", True),
        ("http://budget.example.org", False),
        ("https://budget.example.org:8443", False),
        ("https://example.org", False),
    ],
)
async def test_sockets_are_taken_from_our_own_origin_only(settings: Any, origin: str, taken: bool) -> None:
    settings.SOCKET_ORIGINS = ["https://budget.example.org"]

    async def accepting(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "websocket.accept"})

    socket = WebsocketCommunicator(from_this_site(accepting), "/ws/", headers=[(b"origin", origin.encode())])
    connected, _detail = await socket.connect()
    assert connected is taken


@pytest.mark.parametrize(
    ("peer", "counted"),
    [
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2::9", "2001:db8:1:2::/64"),
        ("2001:db8:1:3::9", "2001:db8:1:3::/64"),
        ("::ffff:198.51.100.7", "198.51.100.7"),
        ("198.51.100.7", "198.51.100.7"),
        ("unix:", "unix:"),
    ],
)
def test_addresses_of_one_household_count_as_one(settings: Any, peer: str, counted: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    request = RequestFactory().get("/", headers={"X-Forwarded-For": peer})
    assert client_address(request) == counted


@pytest.mark.parametrize(("count", "is_refused"), [("0", True), ("1", False)])
def test_behind_a_proxy_the_proxies_have_to_be_counted(count: str, is_refused: bool) -> None:
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "portal.settings.production",
        "BEHIND_PROXY": "true",
        "TRUSTED_PROXY_COUNT": count,
    }
    found = subprocess.run(
        [sys.executable, "-c", "import django; django.setup()"], env=environment, capture_output=True, text=True
    )
    assert ("TRUSTED_PROXY_COUNT" in found.stderr) is is_refused
