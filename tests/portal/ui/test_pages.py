import re
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest
from django.template.loader import get_template, render_to_string
from django.test import Client, RequestFactory
from django.urls import resolve
from django.utils.translation import override

from portal.errors import (
    Closed,
    Conflict,
    GongzhiError,
    Invalid,
    NotAllowed,
    NotFound,
    SignInRequired,
    TooLarge,
    TooManyRequests,
    error_response,
    server_error,
)
from tests.factories import make_user

pytestmark = pytest.mark.django_db

OWN_TEMPLATES = [
    "login", "signup", "logout", "email", "email_confirm", "verification_sent", "verified_email_required",
    "password_change", "password_set", "password_reset", "password_reset_done", "password_reset_from_key",
    "password_reset_from_key_done", "reauthenticate",
]  # fmt: skip


def request_for(path: str, **extra: Any) -> HttpRequest:
    request = RequestFactory().get(path, **extra)
    request.resolver_match = resolve(request.path)
    request.user = AnonymousUser()
    return request


def page(language: str = "en", **context: Any) -> str:
    path = "/en/log/" if language == "en" else "/log/"
    with override(language):
        return render_to_string("base.html", context, request=request_for(path))


@pytest.mark.parametrize(("language", "tag"), [("zh-hans", "zh-Hans"), ("en", "en")])
def test_a_page_says_which_language_it_is_in(language: str, tag: str) -> None:
    assert f'<html lang="{tag}">' in page(language)


def test_a_page_links_to_itself_in_the_other_language() -> None:
    assert '<a class="language" href="/log/" lang="zh-Hans" hreflang="zh-Hans">简体中文</a>' in page("en")
    assert '<link rel="alternate" hreflang="en" href="http://testserver/en/log/">' in page("zh-hans")


def test_a_page_with_a_refused_form_says_error_first_in_its_title() -> None:
    from django import forms

    assert re.search(r"<title>Error: ", page(form=type("F", (forms.Form,), {"x": forms.CharField()})({})))
    assert not re.search(r"<title>Error: ", page())


def test_the_way_past_the_navigation_comes_first() -> None:
    assert re.search(r'<body>\s*<a class="skip" href="#main">', page())


def test_a_made_up_city_is_announced_on_every_page() -> None:
    assert "made up" not in page()
    assert "the city of Yunchuan (云川市), its people and its figures are made up" in page(fictitious_city=True)


def test_no_template_or_stylesheet_of_ours_breaks_the_strict_policy() -> None:
    html = page() + server_error(request_for("/log/")).content.decode()
    assert re.findall(r"<style|\sstyle=|\son[a-z]+=|<script(?![^>]*\ssrc=)|javascript:|src=\"data:", html) == []


@pytest.mark.parametrize(
    ("error", "status", "title"),
    [
        (Invalid("M"), 400, "That could not be understood"),
        (SignInRequired("M"), 401, "Please sign in first"),
        (NotAllowed("M"), 403, "You may not do this"),
        (NotFound("M"), 404, "This page is not here"),
        (Conflict("M"), 409, "Things have changed in the meantime"),
        (Closed("M"), 409, "Things have changed in the meantime"),
        (TooLarge("M"), 413, "That is too large"),
        (TooManyRequests("M", retry_after=12), 429, "A little slower, please"),
    ],
)
def test_an_error_page_says_what_happened_and_where_to_go(error: GongzhiError, status: int, title: str) -> None:
    with override("en"):
        response = error_response(request_for("/en/log/?x=1"), error)
    html = response.content.decode()
    assert response.status_code == status
    assert f"<h1>{title}</h1>" in html
    assert f"<title>{title} · " in html
    assert '<p class="lead">M</p>' in html
    assert '<a class="btn quiet" href="/en/">To the front page</a>' in html
    assert 'rel="alternate"' not in html


def test_who_has_to_sign_in_comes_back_to_where_they_were() -> None:
    with override("en"):
        html = error_response(request_for("/en/log/?x=1"), SignInRequired()).content.decode()
    assert '<a class="btn" href="/en/accounts/login/?next=/en/log/%3Fx%3D1">Sign in</a>' in html


def test_who_was_too_fast_learns_how_long_to_wait() -> None:
    with override("en"):
        html = error_response(request_for("/en/log/"), TooManyRequests(retry_after=12)).content.decode()
    assert "You can try again in 12 seconds." in html


@pytest.mark.parametrize(
    ("referer", "link"),
    [
        ("http://testserver/en/budget/?q=1", '<a class="btn" href="/en/budget/?q=1">Go back</a>'),
        ("http://evil.example/en/budget/", None),
        ("http://testserver/en/log/", None),
        ("", None),
    ],
)
def test_the_way_back_stays_on_this_site(referer: str, link: str | None) -> None:
    request = request_for("/en/log/", HTTP_REFERER=referer, HTTP_HOST="testserver")
    with override("en"):
        html = error_response(request, NotFound()).content.decode()
    assert ("Go back" in html) is bool(link)
    assert (link or "") in html


def test_a_forged_host_still_gets_a_page() -> None:
    with override("en"):
        response = error_response(request_for("/en/log/", HTTP_HOST="evil.example"), Invalid())
    assert (response.status_code, b"evil" in response.content) == (400, False)


def test_the_page_of_a_broken_server_needs_nothing_and_speaks_both_languages() -> None:
    html = get_template("errors/500.html").render({})
    assert "我们这边出错了" in html
    assert '<div lang="en">' in html
    assert 'href="/static/gongzhi/css/gongzhi.css"' in html


@pytest.mark.parametrize("prefix", ["", "/en"])
@pytest.mark.parametrize(
    "path", ["login/", "signup/", "password/reset/", "password/reset/done/", "confirm-email/", "confirm-email/x/"]
)
def test_the_pages_on_the_way_in_are_ours(client: Client, prefix: str, path: str) -> None:
    response = client.get(f"{prefix}/accounts/{path}")
    html = response.content.decode()
    assert response.status_code == 200
    assert html.count("<h1>") == 1
    assert '<div class="entrance card">' in html


@pytest.mark.parametrize("path", ["email/", "password/change/", "logout/"])
def test_the_pages_of_an_account_are_ours(client: Client, path: str) -> None:
    client.force_login(make_user())
    html = client.get(f"/en/accounts/{path}").content.decode()
    assert html.count("<h1>") == 1
    assert f'<li><a href="/en/accounts/{path}" aria-current="page">' in html


def test_a_refused_sign_in_tells_why_beside_the_form(client: Client) -> None:
    response = client.post("/en/accounts/login/", {"login": "nobody@example.org", "password": "wrong wrong"})
    html = response.content.decode()
    assert "<title>Error: Sign in" in html
    assert html.count("data-error-summary") == 1
    assert 'value="nobody@example.org"' in html


def test_a_visitor_is_given_no_cookie_and_no_page_for_cookies_only(client: Client) -> None:
    response = client.get(f"/en/log/verify/{UUID(int=0)}/")
    assert (response.status_code, response.cookies.output()) == (404, "")
    assert "Cookie" not in response.get("Vary", "")


@pytest.mark.parametrize("name", OWN_TEMPLATES)
def test_our_account_template_comes_before_the_one_of_the_library(name: str) -> None:
    assert "/templates/account/" in get_template(f"account/{name}.html").origin.name  # type: ignore[union-attr]
    assert "site-packages" not in get_template(f"account/{name}.html").origin.name  # type: ignore[union-attr]
