"""What a load balancer and Prometheus are told."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.db import OperationalError, connection
from django.test import Client
from django.utils import timezone
from prometheus_client.parser import text_string_to_metric_families

from portal.operations.measuring import part_of
from portal.operations.metrics import as_text
from privacy.log.models import PendingLeaf
from tests.factories import make_consultation, make_feedback

pytestmark = pytest.mark.django_db


def test_a_process_that_answers_is_alive_without_asking_the_database(
    client: Client, django_assert_num_queries: Any
) -> None:
    with django_assert_num_queries(0):
        assert client.get("/-/alive/").content == b"alive\n"


def test_a_process_that_can_serve_says_so(client: Client) -> None:
    response = client.get("/-/ready/")
    assert (response.status_code, response.json()) == (
        200,
        {"ready": True, "database": "ok", "migrations": "ok", "cache": "ok", "keys": "ok", "log": "ok"},
    )


def test_a_process_whose_cache_is_away_is_not_ready_and_does_not_say_why(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away(*args: Any, **kwargs: Any) -> None:
        raise OSError("redis://secret@cache:6379 does not answer")

    monkeypatch.setattr(cache, "set", away)
    response = client.get("/-/ready/")
    assert (response.status_code, response.json()["cache"], b"secret" in response.content) == (503, "failed", False)


def test_a_database_that_does_not_answer_takes_the_process_out_of_service(
    client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    def away() -> None:
        raise OperationalError("the server closed the connection")

    monkeypatch.setattr(connection, "cursor", away)
    response = client.get("/-/ready/")
    assert (response.status_code, response.json()["ready"]) == (503, False)


def test_a_log_that_nobody_numbers_is_told_and_turns_nobody_away(client: Client) -> None:
    make_consultation()
    PendingLeaf.objects.update(created=timezone.now() - timedelta(hours=1))
    response = client.get("/-/ready/")
    assert (response.status_code, response.json()["log"]) == (200, "failed")


@pytest.mark.parametrize("shown", ["", "Bearer", "Bearer wrong", "Basic token"])
def test_metrics_are_for_whoever_has_the_token(client: Client, settings: Any, shown: str) -> None:
    settings.METRICS_TOKEN = "token"
    assert client.get("/-/metrics/", headers={"Authorization": shown}).status_code == 404
    assert client.get("/-/metrics/", headers={"Authorization": "Bearer token"}).status_code == 200


def test_without_a_token_there_are_no_metrics(client: Client, settings: Any) -> None:
    settings.METRICS_TOKEN = ""
    assert client.get("/-/metrics/", headers={"Authorization": "Bearer "}).status_code == 404


def samples() -> dict[tuple[str, str], float]:
    """(name, values of the labels) -> number."""
    return {
        (sample.name, " ".join(sample.labels.values())): sample.value
        for family in text_string_to_metric_families(as_text().decode())
        for sample in family.samples
    }


def test_what_is_promised_and_what_waits_are_numbers() -> None:
    late = make_feedback()
    type(late).objects.update(due_on=timezone.localdate() - timedelta(days=1))
    found = samples()
    assert found["gongzhi_feedback_open", "late"] == 1
    assert found["gongzhi_log_waiting", ""] == PendingLeaf.objects.count()
    assert found["gongzhi_rectification_tasks_overdue", ""] == 0


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/", "page"),
        ("/en/log/", "page"),
        ("/log/checkpoint", "log"),
        ("/api/v1/releases", "api"),
        ("/static/a", "static"),
    ],
)
def test_requests_are_counted_by_the_part_of_the_portal_and_never_by_their_path(path: str, part: str) -> None:
    assert part_of(path) == part
