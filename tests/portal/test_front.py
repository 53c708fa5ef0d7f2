"""What is handed out before Django is woken: what everybody may see, as long as it is true, and to nobody else's eyes."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from asgiref.testing import ApplicationCommunicator
from django.conf import settings as configured
from django.core.asgi import get_asgi_application
from django.core.cache import caches
from django.test import Client

from cms.budget.models import Government
from cms.open_data import edition
from portal.front import MARK, KeptPages, carries_ours, is_known
from tests.factories import make_release, make_user

pytestmark = pytest.mark.django_db(transaction=True)
PATH = "/budget/"


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


class Site:
    """The portal with what stands in front of it; counts how often Django was woken."""

    def __init__(self) -> None:
        self.django = get_asgi_application()
        self.woken = 0
        self.front = KeptPages(self._counted)

    async def _counted(self, scope: Any, receive: Any, send: Any) -> None:
        self.woken += 1
        await self.django(scope, receive, send)

    async def get(self, path: str = PATH, method: str = "GET", **headers: str) -> tuple[int, dict[str, str], bytes]:
        sent = {"host": "testserver", "accept": "text/html", **{k.replace("_", "-"): v for k, v in headers.items()}}
        scope = {
            "type": "http",
            "http_version": "1.1",
            "method": method,
            "scheme": "http",
            "path": path,
            "query_string": b"",
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }
        asking = ApplicationCommunicator(self.front, scope)
        await asking.send_input({"type": "http.request", "body": b""})
        start = await asking.receive_output(10)
        body = b""
        while True:
            part = await asking.receive_output(10)
            body += part.get("body", b"")
            if not part.get("more_body"):
                break
        found = {name.decode().lower(): value.decode() for name, value in start["headers"]}
        assert MARK.lower() not in found
        return start["status"], found, body


@pytest.fixture
def site() -> Site:
    make_release()
    return Site()


def cookie_of(client: Client) -> str:
    return f"{configured.SESSION_COOKIE_NAME}={client.cookies[configured.SESSION_COOKIE_NAME].value}"


async def test_a_page_that_is_kept_is_given_without_waking_django(site: Site) -> None:
    first, second = await site.get(), await site.get()
    assert (first, site.woken) == (second, 1)


async def test_who_has_it_is_told_so(site: Site) -> None:
    _status, headers, _body = await site.get()
    status, told, body = await site.get(if_none_match=headers["etag"])
    assert (status, told["etag"], body, site.woken) == (304, headers["etag"], b"", 1)


async def test_another_kind_of_answer_is_another_page(site: Site) -> None:
    _status, _headers, plain = await site.get()
    _status, headers, packed = await site.get(accept_encoding="gzip")
    assert (headers["content-encoding"], packed != plain, site.woken) == ("gzip", True, 2)


async def test_what_is_published_is_seen_at_once(site: Site) -> None:
    await site.get()
    await sync_to_async(Government.objects.update)(name="改名市")
    _status, _headers, body = await site.get()
    assert "改名市" in body.decode()


async def test_a_page_that_is_past_its_time_is_made_anew(site: Site) -> None:
    await site.get()
    for key, page in list(site.front.pages.items()):
        site.front.pages[key] = type(page)(page.edition, 0.0, page.etag, page.headers, page.body)
    await site.get()
    assert site.woken == 2


async def test_nobody_sees_the_page_of_somebody_else_however_they_take_turns(site: Site) -> None:
    clients = [Client(), Client()]
    for client in clients:
        await sync_to_async(client.force_login)(await sync_to_async(make_user)())
    asked: list[dict[str, str]] = [{}, *({"cookie": cookie_of(client)} for client in clients)]
    for _round in range(3):
        seen = []
        for headers in asked:
            status, answered, body = await site.get(**headers)
            seen.append((status, "private" in answered.get("cache-control", ""), b"/accounts/logout/" in body))
        assert seen == [(200, False, False), (200, True, True), (200, True, True)]
    # Only the visitor's page was given again.
    assert site.woken == 1 + 3 * 2


async def test_a_place_that_no_site_answers_to_is_not_kept(site: Site) -> None:
    for _time in range(2):
        status, _headers, _body = await site.get(host="evil.example")
        assert status == 400
    assert (site.woken, len(site.front.pages)) == (2, 0)


@pytest.mark.parametrize(
    "asked",
    [{"authorization": "Bearer x"}, {"range": "bytes=0-9"}, {"hx_request": "true"}, {"cookie": "messages=x"}],
    ids=["authorization", "range", "htmx", "message"],
)
async def test_whoever_asks_for_more_is_answered_by_django(site: Site, asked: dict[str, str]) -> None:
    await site.get()
    await site.get(**asked)
    assert site.woken == 2


@pytest.mark.parametrize("method", ["HEAD", "POST"])
async def test_only_get_is_answered_from_what_is_kept(site: Site, method: str) -> None:
    await site.get()
    await site.get(method=method)
    assert site.woken == 2


async def test_where_the_operator_wants_nothing_kept_nothing_is(site: Site, settings: Any) -> None:
    settings.PAGE_CACHE_SECONDS = 0
    await site.get()
    await site.get()
    assert (site.woken, len(site.front.pages)) == (2, 0)


@pytest.mark.parametrize(
    ("cookie", "expected"),
    [
        (b"", False),
        (b"a=1; csrftoken=x", False),
        (b"a=1; sessionid=x", True),
        (b"messages=x", True),
        (b"sessionid", True),
    ],
)
def test_cookies_of_ours(cookie: bytes, expected: bool) -> None:
    assert carries_ours(cookie) is expected


@pytest.mark.parametrize(
    ("known", "expected"),
    [(b'W/"a"', True), (b'"a"', True), (b'"b", W/"a"', True), (b"*", True), (b'W/"b"', False), (b"a", False)],
)
def test_an_entity_tag_is_compared_weakly(known: bytes, expected: bool) -> None:
    assert is_known(b'W/"a"', known) is expected
