"""Kept pages: the same for every visitor without an account, never those of anybody else, and never outdated."""

from __future__ import annotations

import gzip
from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib.messages import success
from django.core.cache import caches
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import get_token
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils.translation import override

from cms.budget.actions import publish_release
from cms.budget.models import Government, Release
from cms.open_data import edition
from participation.stakeholders.models import Role
from portal.page_cache import PageCacheMiddleware
from tests.factories import make_feedback, make_line, make_officeholder, make_release, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def _pages_are_kept(settings: Any) -> Iterator[None]:
    settings.PAGE_CACHE_SECONDS = 60
    for name in ("pages", "asked_pages"):
        caches[name].clear()
    edition._seen = None
    yield
    for name in ("pages", "asked_pages"):
        caches[name].clear()
    edition._seen = None


def asked(path: str = "/budget/", **headers: Any) -> HttpRequest:
    return RequestFactory().get(path, headers={"Accept": "text/html", **headers})


class Site:
    """A site with one page, which counts how often it was made."""

    def __init__(self, make: Any = None) -> None:
        self.made = 0
        self.make = make or (lambda request: HttpResponse(f"page {self.made}" + " " * 1000))
        self.middleware = PageCacheMiddleware(self)

    def __call__(self, request: HttpRequest) -> HttpResponse:
        self.made += 1
        return self.make(request)

    def get(self, request: HttpRequest) -> Any:
        return self.middleware(request)


def test_a_page_is_made_once_and_the_same_afterwards() -> None:
    site = Site()
    first, second = site.get(asked()), site.get(asked())
    assert (site.made, first.content, first.headers["ETag"]) == (1, second.content, second.headers["ETag"])
    assert second.headers["Cache-Control"] == "public, max-age=0, s-maxage=30"
    assert second.headers["Vary"] == "Accept-Encoding, Cookie"


def test_a_page_is_packed_for_those_who_take_it_packed() -> None:
    site = Site()
    plain, packed = site.get(asked()), site.get(asked(**{"Accept-Encoding": "br, gzip"}))
    assert gzip.decompress(packed.content) == plain.content
    assert (packed.headers["Content-Encoding"], packed.headers["Content-Length"]) == ("gzip", str(len(packed.content)))
    assert not plain.has_header("Content-Encoding")


def test_who_has_the_page_already_is_told_so() -> None:
    site = Site()
    etag = site.get(asked()).headers["ETag"]
    again = site.get(asked(**{"If-None-Match": etag}))
    assert (again.status_code, again.content, again.headers["ETag"], site.made) == (304, b"", etag, 1)


def test_a_head_is_answered_from_what_is_kept() -> None:
    site = Site()
    site.get(asked())
    assert site.get(RequestFactory().head("/budget/", headers={"Accept": "text/html"})).status_code == 200
    assert site.made == 1


@pytest.mark.parametrize(
    "other",
    [
        asked("/en/budget/"),
        asked("/budget/?year=2024"),
        asked(**{"HX-Request": "true"}),
        asked(Accept="application/json"),
        asked(Host="localhost"),
    ],
    ids=["language", "query", "part", "json", "host"],
)
def test_another_question_is_another_page(other: HttpRequest) -> None:
    site = Site()
    site.get(asked())
    site.get(other)
    assert site.made == 2


@pytest.mark.parametrize(
    "question",
    [
        asked("/budget/?utm=1"),
        asked("/budget/?year=2024&x=1"),
        asked("/budget/search/?q=桥"),
        asked("/budget/?" + "&".join(["year=2024"] * 6)),
        asked(**{"HX-Request": "true"}),
        asked(**{"HX-Target": "made-up"}),
    ],
    ids=["unknown", "known and unknown", "typed", "many values", "part", "place of a part"],
)
def test_what_anybody_can_make_up_is_made_anew_and_not_kept(question: HttpRequest) -> None:
    site = Site()
    site.get(question)
    site.get(question)
    assert site.made == 2


def test_no_number_of_questions_pushes_out_a_page() -> None:
    site = Site()
    site.get(asked())
    for number in range(1, 700):
        site.get(asked(f"/budget/?page={number}"))
        site.get(asked(f"/budget/?page=1&x={number}"))
    made = site.made
    site.get(asked())
    site.get(asked("/budget/?page=699"))
    assert site.made == made


def with_cookie(request: HttpRequest) -> HttpResponse:
    response = HttpResponse("page")
    response.set_cookie("seen", "1")
    return response


def with_token(request: HttpRequest) -> HttpResponse:
    return HttpResponse(get_token(request))


def with_header(name: str, value: str) -> Any:
    return lambda request: HttpResponse("page", headers={name: value})


@pytest.mark.parametrize(
    "make",
    [
        with_cookie,
        with_token,
        with_header("Cache-Control", "private"),
        with_header("Cache-Control", "no-store"),
        with_header("Vary", "User-Agent"),
        with_header("Vary", "*"),
        with_header("Content-Security-Policy", "script-src 'nonce-abc'"),
        with_header("Content-Type", "application/pdf"),
        lambda request: HttpResponse("page", status=404),
        lambda request: HttpResponse("page", status=302),
    ],
    ids=["cookie", "token", "private", "no-store", "user-agent", "anything", "nonce", "file", "missing", "elsewhere"],
)
def test_what_was_made_for_one_reader_is_not_kept(make: Any) -> None:
    site = Site(make)
    site.get(asked())
    response = site.get(asked())
    assert (site.made, "public" in response.headers.get("Cache-Control", "")) == (2, False)


@pytest.mark.parametrize("cookie", ["sessionid", "messages", "django_language"])
def test_who_carries_a_cookie_of_ours_gets_a_page_of_their_own(cookie: str) -> None:
    site = Site()
    site.get(asked())
    request = asked()
    request.COOKIES[cookie] = "x"
    site.get(request)
    site.get(request)
    assert site.made == 3


@pytest.mark.parametrize("method", ["post", "put", "delete"])
def test_what_writes_is_never_answered_from_what_is_kept(method: str) -> None:
    site = Site()
    site.get(asked())
    site.get(getattr(RequestFactory(), method)("/budget/", headers={"Accept": "text/html"}))
    assert site.made == 2


def test_a_page_made_while_something_changed_is_not_kept() -> None:
    def changing(request: HttpRequest) -> HttpResponse:
        edition.rise()
        return HttpResponse("page")

    site = Site(changing)
    site.get(asked())
    site.get(asked())
    assert site.made == 2


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_visitors_share_pages_in_their_language(client: Client, language: str) -> None:
    line = make_line()
    with override(language):
        path = line.department.get_absolute_url()
    first, second = client.get(path), Client().get(path, headers={"Accept-Language": "fr"})
    assert (first.content, first.headers["ETag"]) == (second.content, second.headers["ETag"])
    assert first.headers["Content-Language"] == language
    assert (dict(first.cookies), first.headers["Cache-Control"]) == (
        {},
        "public, max-age=0, s-maxage=30",
    )


@pytest.mark.parametrize(
    "room", ["", "budget/", "consultations/", "rectification/", "open-data/", "log/", "budget/?year=2024"]
)
def test_the_rooms_that_everybody_reads_are_kept(client: Client, site: Any, room: str) -> None:
    response = client.get(f"/{room}", follow=True)
    assert (response.status_code, response.headers.get("Cache-Control", "").partition(",")[0]) == (200, "public")


def test_nobody_is_shown_the_page_of_somebody_who_is_signed_in(client: Client) -> None:
    line = make_line()
    path = line.department.get_absolute_url()
    person, other = make_officeholder(Role.EDITOR), make_user()
    signed_in, second = Client(), Client()
    signed_in.force_login(person)
    second.force_login(other)
    sign_out, sign_in = reverse("account_logout"), reverse("account_login")
    for reader, wanted, unwanted in (
        (signed_in, sign_out, sign_in), (client, sign_in, sign_out), (second, sign_out, sign_in),
        (client, sign_in, sign_out), (signed_in, sign_out, sign_in),
    ):  # fmt: skip
        response = reader.get(path)
        content = response.content.decode()
        assert (wanted in content, unwanted in content) == (True, False)
        assert ("private" in response.headers["Cache-Control"]) is (reader is not client)


def test_drafts_read_by_an_editor_are_not_kept_for_others(client: Client) -> None:
    line = make_line(make_release(published=False))
    editor = Client()
    editor.force_login(make_officeholder(Role.EDITOR))
    path = line.get_absolute_url()
    assert [reader.get(path).status_code for reader in (editor, client, editor, client)] == [200, 404, 200, 404]


def test_a_message_is_for_whom_it_was_left(client: Client) -> None:
    site = Site()

    def told(request: HttpRequest) -> HttpResponse:
        request._messages = []  # type: ignore[attr-defined]
        return HttpResponse("done")

    site.make = told
    request = asked()
    request.COOKIES["messages"] = "kept"
    site.get(request)
    site.get(asked())
    assert (site.made, callable(success)) == (2, True)


def test_a_form_has_a_token_of_its_own_for_every_visitor() -> None:
    path = reverse("account_login")
    first, second = (Client(enforce_csrf_checks=True) for _time in range(2))
    tokens = set()
    for reader in (first, second):
        response = reader.get(path)
        tokens.add(response.cookies["csrftoken"].value)
        token = response.context["csrf_token"]
        sent = reader.post(path, {"login": "x@example.org", "password": "x", "csrfmiddlewaretoken": str(token)})
        assert sent.status_code == 200
    assert len(tokens) == 2


def test_a_visitor_who_saw_a_form_still_shares_pages(client: Client) -> None:
    path = make_line().department.get_absolute_url()
    etag = Client().get(path).headers["ETag"]
    client.get(reverse("account_login"))
    assert "csrftoken" in client.cookies
    assert client.get(path).headers["ETag"] == etag


@pytest.mark.django_db(transaction=True)
def test_what_is_published_is_seen_at_once(client: Client) -> None:
    line = make_line(make_release(published=False))
    path = line.department.get_absolute_url()
    index = reverse("cms:budget:index")
    assert client.get(path).status_code == 404
    before = client.get(index, follow=True).content
    publish_release(line.release, acting_user=None)
    assert client.get(path).status_code == 200
    assert client.get(index, follow=True).content != before


@pytest.mark.django_db(transaction=True)
def test_what_is_said_is_seen_at_once(client: Client) -> None:
    feedback = make_feedback()
    path = reverse("participation:consultations:index")
    before, known = client.get(path, follow=True), edition.current()
    assert client.get(path, follow=True).content == before.content
    make_feedback(feedback.consultation)
    assert edition.current() > known


@pytest.mark.django_db(transaction=True)
def test_every_way_of_writing_raises_the_edition_once_a_transaction() -> None:
    from django.db import connection, transaction

    release = make_release()
    writes = [
        lambda: Release.objects.filter(pk=release.pk).update(version=90),
        lambda: Government.objects.bulk_create([Government(name=f"g{number}") for number in range(3)]),
        lambda: connection.cursor().execute("UPDATE cms_release SET version = 91"),
        lambda: release.delete(),
    ]
    for write in writes:
        before = edition.current()
        write()
        assert edition.current() == before + 1
    before = edition.current()
    with transaction.atomic():
        make_release()
        make_release()
    assert edition.current() == before + 1


@pytest.mark.django_db(transaction=True)
def test_what_is_taken_back_raises_nothing() -> None:
    from django.db import transaction

    make_release()
    before = edition.current()
    with transaction.atomic():
        make_release()
        transaction.set_rollback(True)
    assert edition.current() == before


@pytest.mark.django_db(transaction=True)
def test_signing_in_raises_nothing(client: Client) -> None:
    person = make_user()
    before = edition.current()
    client.force_login(person)
    client.get(reverse("participation:me"))
    assert edition.current() == before


@pytest.mark.parametrize(
    ("sql", "shows"),
    [
        ('INSERT INTO "cms_line" ("id") VALUES (1)', True),
        ('UPDATE "participation_feedback" SET "body" = %s', True),
        ('DELETE FROM "wagtailcore_page" WHERE 1', True),
        ("INSERT OR REPLACE INTO t VALUES (1)", True),
        ("WITH a AS (SELECT 1) UPDATE t SET x = 1", True),
        ("COPY cms_line FROM STDIN", True),
        ('UPDATE "participation_user" SET "last_login" = %s WHERE "id" = %s', False),
        ('UPDATE "participation_user" SET "display_name" = %s WHERE "id" = %s', True),
        ('INSERT INTO "django_session" ("key") VALUES (1)', False),
        ('UPDATE "cms_publicedition" SET "number" = 1', False),
        ('SELECT "x" FROM "cms_line" FOR UPDATE', False),
        ("SAVEPOINT s1", False),
        ("WITH a AS (SELECT 1) SELECT * FROM a", False),
    ],
)
def test_a_statement_counts_by_what_it_may_change(sql: str, shows: bool) -> None:
    assert edition.changes_public(sql) is shows


def test_nothing_is_kept_where_the_operator_wants_nothing_kept(settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    site = Site()
    site.get(asked())
    site.get(asked())
    assert site.made == 2
