"""The open API as a whole: its rules for every answer. What each list holds is tested with its room."""

from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils.translation import gettext, override

from participation.stakeholders.models import Role
from portal import rates
from portal.api import api
from tests.factories import make_line, make_officeholder, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
BASE = "/api/v1"
OPERATIONS = [
    "/api/v1/governments",
    "/api/v1/releases",
    "/api/v1/releases/{row_id}",
    "/api/v1/releases/{row_id}/lines",
    "/api/v1/lines",
    "/api/v1/lines/{row_id}",
    "/api/v1/departments",
    "/api/v1/departments/{row_id}",
    "/api/v1/programmes",
    "/api/v1/programmes/{row_id}",
    "/api/v1/indicators",
    "/api/v1/scores",
    "/api/v1/checks",
    "/api/v1/tables",
    "/api/v1/tables/{row_id}/rows",
    "/api/v1/classifications",
    "/api/v1/classifications/{row_id}/codes",
    "/api/v1/sums",
    "/api/v1/consultations",
    "/api/v1/consultations/{row_id}",
    "/api/v1/feedback",
    "/api/v1/evaluations",
    "/api/v1/answers",
    "/api/v1/tasks",
    "/api/v1/response-times",
]


def test_the_description_for_machines_lists_every_operation(client: Client) -> None:
    response = client.get(f"{BASE}/openapi.json")
    assert (response.status_code, list(json.loads(response.content)["paths"])) == (200, OPERATIONS)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_plain_page_lists_every_operation_and_every_error(client: Client, language: str) -> None:
    content = client.get(f"{BASE}/", headers={"Accept-Language": language}).content.decode()
    assert [path for path in api.get_openapi_schema()["paths"] if path not in content] == []
    assert 'id="not_found"' in content
    assert f'lang="{ {"zh-hans": "zh-Hans"}.get(language, language) }"' in content


@pytest.mark.parametrize("path", ["/releases", "/scores"])
def test_nothing_can_be_written(client: Client, path: str) -> None:
    for method in ("post", "put", "patch", "delete"):
        response = getattr(client, method)(f"{BASE}{path}")
        assert (response.status_code, response.headers["Allow"]) == (405, "GET, HEAD, OPTIONS")
        assert json.loads(response.content)["code"] == "method_not_allowed"


@pytest.mark.parametrize("path", ["/releases/{}", "/lines/{}", "/nothing-here"])
def test_what_is_not_there_is_a_problem_with_a_code(client: Client, path: str) -> None:
    response = client.get(f"{BASE}{path.format(uuid4())}")
    problem = json.loads(response.content)
    assert (response.status_code, response.headers["Content-Type"]) == (404, "application/problem+json")
    assert (problem["status"], problem["code"], problem["type"]) == (404, "not_found", "/api/v1/#not_found")
    assert set(problem) == {"type", "title", "status", "detail", "code", "instance"}


def test_problems_are_told_in_the_language_of_the_reader(client: Client) -> None:
    told = {
        language: json.loads(client.get(f"{BASE}/lines/{uuid4()}", headers={"Accept-Language": language}).content)
        for language in ("zh-CN", "en-GB")
    }
    assert told["en-GB"]["title"] == "We could not find that. It may have moved, or the address may be mistyped."
    assert told["zh-CN"]["title"] != told["en-GB"]["title"]


def test_an_answer_says_in_which_language_it_is_and_what_it_depends_on(client: Client) -> None:
    response = client.get(f"{BASE}/releases", headers={"Accept-Language": "en"})
    assert response.headers["Content-Language"] == "en"
    assert {"accept-language", "cookie"} <= {part.strip().lower() for part in response.headers["Vary"].split(",")}


def test_who_has_an_answer_already_is_told_so_until_something_changes(client: Client) -> None:
    make_line()
    etag = client.get(f"{BASE}/releases").headers["ETag"]
    again = client.get(f"{BASE}/releases", headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    make_release()
    assert client.get(f"{BASE}/releases", headers={"If-None-Match": etag}).status_code == 200


def test_packed_answers_keep_a_tag_that_is_recognised(client: Client) -> None:
    for _number in range(3):
        make_release()
    packed = client.get(f"{BASE}/releases", headers={"Accept-Encoding": "gzip"})
    assert packed.headers["Content-Encoding"] == "gzip"
    headers = {"Accept-Encoding": "gzip", "If-None-Match": packed.headers["ETag"]}
    assert client.get(f"{BASE}/releases", headers=headers).status_code == 304


def test_a_head_has_the_headers_of_the_answer_and_no_body(client: Client) -> None:
    whole, head = client.get(f"{BASE}/releases"), client.head(f"{BASE}/releases")
    assert (head.status_code, head.content, head.headers["ETag"]) == (200, b"", whole.headers["ETag"])


def test_any_site_may_ask_and_no_cookie_is_set(client: Client) -> None:
    asked = client.get(f"{BASE}/releases", headers={"Origin": "https://elsewhere.example"})
    before = client.options(f"{BASE}/releases", headers={"Access-Control-Request-Method": "GET"})
    assert asked.headers["Access-Control-Allow-Origin"] == before.headers["Access-Control-Allow-Origin"] == "*"
    assert (before.status_code, before.headers["Access-Control-Allow-Methods"]) == (204, "GET, HEAD, OPTIONS")
    assert "Access-Control-Allow-Credentials" not in asked.headers
    assert (dict(asked.cookies), dict(before.cookies)) == ({}, {})
    assert client.options(f"{BASE}/nothing-here").status_code == 404


def test_an_answer_says_how_many_more_may_be_asked(client: Client) -> None:
    first, second = (client.get(f"{BASE}/releases") for _time in range(2))
    assert first.headers["RateLimit-Policy"] == '"api";q=300;w=60'
    assert [answer.headers["RateLimit"].partition(";t=")[0] for answer in (first, second)] == [
        '"api";r=299',
        '"api";r=298',
    ]


def test_who_asks_too_much_is_told_when_to_come_back(client: Client, settings: Any) -> None:
    settings.WRITE_RATES = {**settings.WRITE_RATES, "api": "2/minute"}
    rates._limiter.cache_clear()
    answers = [client.get(f"{BASE}/releases") for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    problem = json.loads(answers[-1].content)
    assert (problem["code"], answers[-1].headers["Retry-After"]) == ("too_many_requests", str(problem["retry_after"]))
    assert answers[-1].headers["RateLimit"].startswith('"api";r=0;t=')
    assert client.get(f"{BASE}/releases", REMOTE_ADDR="203.0.113.9").status_code == 200


@pytest.mark.parametrize(("role", "control"), [(None, "public, max-age=60"), (Role.EDITOR, "private, no-store")])
def test_only_answers_for_everybody_may_be_kept(client: Client, role: Role | None, control: str) -> None:
    if role:
        client.force_login(make_officeholder(role))
    assert client.get(f"{BASE}/releases").headers["Cache-Control"] == control


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_open_data_page_has_runnable_examples(client: Client, language: str) -> None:
    make_line(make_release(line_count=1))
    with override(language):
        content = client.get(reverse("cms:open_data:index")).content.decode()
    examples = [line.split("'")[1] for line in content.split("curl")[1:]]
    paths = [example.replace("http://testserver", "").replace("&amp;", "&") for example in examples]
    assert [client.get(path).status_code for path in paths] == [200, 200, 200]


def test_the_api_describes_itself_in_the_language_asked_for(client: Client) -> None:
    told = {
        language: client.get(f"{BASE}/openapi.json", headers={"Accept-Language": language}).json()["paths"]
        for language in ("zh-hans", "en", "zh-hans")
    }
    summaries = {language: paths[f"{BASE}/governments"]["get"]["summary"] for language, paths in told.items()}
    with override("zh-hans"):
        assert summaries == {
            "en": "Governments that have published a budget",
            "zh-hans": gettext("Governments that have published a budget"),
        }


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_page_of_operations_can_be_read_in_either_language(client: Client, language: str) -> None:
    page = client.get(f"{BASE}/", {"language": language}, headers={"Accept-Language": "en"}).content.decode()
    assert f'<html lang="{"zh-Hans" if language == "zh-hans" else "en"}">' in page
