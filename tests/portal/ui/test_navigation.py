from types import SimpleNamespace
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import resolve
from django.utils.functional import SimpleLazyObject
from django.utils.translation import override

from portal.ui import navigation
from portal.ui.navigation import LanguageLink, home_path, language_links, language_tag, site_furniture


def request_for(path: str, *, roles: frozenset[str] | None = None, **extra: Any) -> HttpRequest:
    """A request to ``path``; ``roles`` signs somebody in who holds these offices."""
    request = RequestFactory().get(path, **extra)
    request.resolver_match = resolve(request.path)
    if roles is None:
        request.user = AnonymousUser()
    else:
        request.user = SimpleNamespace(is_authenticated=True, role_names=roles)  # type: ignore[assignment]
    return request


def labels(items: Any) -> list[str]:
    return [item.label for item in items]


def test_a_visitor_sees_the_rooms_and_the_way_in() -> None:
    with override("en"):
        furniture = site_furniture(request_for("/en/log/"))
        assert labels(furniture["nav"]) == ["Open budgets", "Have your say", "Promises kept", "Verify"]
        assert [(item.label, item.url) for item in furniture["account_nav"]] == [
            ("Sign in", "/en/accounts/login/?next=%2Fen%2Flog%2F"),
            ("Sign up", "/en/accounts/signup/?next=%2Fen%2Flog%2F"),
        ]


def test_the_room_one_is_in_is_marked() -> None:
    with override("en"):
        nav = site_furniture(request_for("/en/log/"))["nav"]
        assert [item.label for item in nav if item.is_current] == ["Verify"]


def test_signing_in_does_not_lead_back_to_a_page_about_signing_in() -> None:
    with override("en"):
        furniture = site_furniture(request_for("/en/accounts/login/"))
        assert [item.url for item in furniture["account_nav"]] == ["/en/accounts/login/", "/en/accounts/signup/"]


@pytest.mark.parametrize(
    ("roles", "has_desk"), [(frozenset(), False), (frozenset({"officer"}), False), (frozenset({"moderator"}), True)]
)
def test_only_moderators_see_the_desk(roles: frozenset[str], has_desk: bool) -> None:
    with override("en"):
        furniture = site_furniture(request_for("/en/log/", roles=roles))
        assert ("Desk" in labels(furniture["nav"])) is has_desk
        assert labels(furniture["account_nav"]) == ["My page", "My data", "Sign out"]


def test_a_room_that_is_not_there_is_left_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(navigation, "path_to", lambda name: None if "log" in name else "/somewhere/")
    with override("en"):
        assert "Verify" not in labels(site_furniture(request_for("/en/log/"))["nav"])


def test_a_visitor_costs_neither_a_query_nor_the_session(django_assert_num_queries: Any, db: Any) -> None:
    request = RequestFactory().get("/log/")
    request.session = SessionStore()
    request.user = SimpleLazyObject(lambda: pytest.fail("the user was looked up"))  # type: ignore[assignment]
    with django_assert_num_queries(0):
        furniture = site_furniture(request)
        for name in ("nav", "account_nav", "language_links", "alternates"):
            bool(furniture[name])
    assert (request.session.accessed, furniture["show_messages"]) == (False, False)


def test_the_language_link_leads_to_the_same_page_and_keeps_the_query() -> None:
    with override("zh-hans"):
        assert language_links(request_for("/log/?ref=1&q=%E7%94%B5")) == [
            LanguageLink("zh-Hans", "简体中文", "/log/?ref=1&q=%E7%94%B5", True),
            LanguageLink("en", "English", "/en/log/?ref=1&q=%E7%94%B5", False),
        ]
    with override("en"):
        assert [link.url for link in language_links(request_for("/en/log/"))] == ["/log/", "/en/log/"]


def test_a_page_in_one_language_only_links_to_the_other_front_page() -> None:
    with override("zh-hans"):
        assert [link.url for link in language_links(request_for("/api/v1/openapi.json"))] == [
            "/api/v1/openapi.json",
            "/en/",
        ]


def test_alternates_name_every_language_and_a_default() -> None:
    with override("en"):
        assert list(site_furniture(request_for("/en/log/?x=1"))["alternates"]) == [
            ("zh-Hans", "http://testserver/log/"),
            ("en", "http://testserver/en/log/"),
            ("x-default", "http://testserver/log/"),
        ]


def test_a_forged_host_is_never_repeated() -> None:
    with override("en"):
        assert list(site_furniture(request_for("/en/log/", HTTP_HOST="evil.example"))["alternates"]) == []


def test_front_pages_and_language_tags() -> None:
    assert (home_path("zh-hans"), home_path("en")) == ("/", "/en/")
    assert (language_tag("zh-hans"), language_tag("en")) == ("zh-Hans", "en")
