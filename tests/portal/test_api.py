from __future__ import annotations

import json
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from participation.stakeholders.models import Role
from portal.api import api
from tests.factories import make_line, make_officeholder, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
BASE = "/api/v1"


def ask(client: Client, path: str) -> tuple[int, Any]:
    response = client.get(f"{BASE}{path}")
    assert response.headers["Content-Type"].startswith("application/json")
    return response.status_code, json.loads(response.content)


def test_releases_are_listed_with_exact_totals(client: Client) -> None:
    release = make_release(totals={"adopted": 262130332500000, "executed": None}, line_count=7)
    status, answer = ask(client, "/releases")
    assert (status, answer["count"]) == (200, 1)
    (item,) = answer["items"]
    assert item["row_id"] == str(release.row_id)
    assert item["totals"] == {"adopted": 262130332500000, "executed": None}
    assert (item["lines"], item["government"]["name_en"]) == (7, "Yunchuan")
    assert item["url"] == release.get_absolute_url()


def test_lines_come_in_the_order_of_the_source_and_a_window_at_a_time(client: Client) -> None:
    release = make_release()
    lines = [make_line(release, adopted=amount, executed=None) for amount in (1, None, 3)]
    make_line(release, is_leaf=False)
    status, answer = ask(client, f"/releases/{release.row_id}/lines?limit=2&offset=1")
    assert (status, answer["count"], answer["currency"]) == (200, 3, "CNY")
    assert [(item["row"], item["amounts"]) for item in answer["items"]] == [
        (lines[1].row_number, {"adopted": None, "executed": None}),
        (lines[2].row_number, {"adopted": 3, "executed": None}),
    ]
    assert answer["items"][0]["department"]["row_id"] == str(lines[1].department.row_id)


def test_departments_are_listed_once_they_have_published(client: Client) -> None:
    public = make_line().department
    make_line(make_release(published=False))
    status, answer = ask(client, "/departments")
    assert (status, [item["row_id"] for item in answer["items"]]) == (200, [str(public.row_id)])


@pytest.mark.parametrize(("role", "sees"), [(None, False), (Role.MODERATOR, False), (Role.EDITOR, True)])
def test_drafts_are_only_for_those_who_prepare_budgets(client: Client, role: Role | None, sees: bool) -> None:
    release = make_line(make_release(published=False)).release
    if role:
        client.force_login(make_officeholder(role))
    assert ask(client, "/releases")[1]["count"] == int(sees)
    assert ask(client, "/departments")[1]["count"] == int(sees)
    for path in (f"/releases/{release.row_id}", f"/releases/{release.row_id}/lines"):
        assert ask(client, path)[0] == (200 if sees else 404)


def test_what_is_not_there_is_an_error_with_a_code(client: Client) -> None:
    status, answer = ask(client, f"/releases/{uuid4()}")
    assert (status, answer["error"]["code"]) == (404, "not_found")


@pytest.mark.parametrize("query", ["limit=501", "limit=0", "limit=x", "offset=-1", "offset=99999999999999999999"])
def test_a_window_out_of_bounds_is_refused_by_name(client: Client, query: str) -> None:
    status, answer = ask(client, f"/releases/{make_release().row_id}/lines?{query}")
    assert (status, answer["error"]["code"]) == (400, "invalid")
    assert [problem["field"] for problem in answer["error"]["problems"]] == [query.split("=")[0]]


def test_nothing_can_be_written(client: Client) -> None:
    assert client.post(f"{BASE}/releases").status_code == 405
    assert client.delete(f"{BASE}/releases/{make_release().row_id}").status_code == 405


@pytest.mark.parametrize("path", ["/releases", "/releases/{}/lines", "/departments"])
def test_thirty_rows_take_as_many_queries_as_one(client: Client, path: str) -> None:
    release = make_line().release

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ask(client, path.format(release.row_id))[0] == 200
        return len(captured)

    with_one = count()
    for _number in range(29):
        make_line(release)
        make_release()
    assert count() == with_one


def test_the_description_for_machines_lists_every_operation(client: Client) -> None:
    status, answer = ask(client, "/openapi.json")
    assert status == 200
    assert list(answer["paths"]) == [
        "/api/v1/releases",
        "/api/v1/releases/{row_id}",
        "/api/v1/releases/{row_id}/lines",
        "/api/v1/departments",
    ]


def test_the_plain_page_lists_every_operation(client: Client) -> None:
    content = client.get(f"{BASE}/").content.decode()
    for path in api.get_openapi_schema()["paths"]:
        assert path in content
