"""How many queries, bytes and milliseconds the tracker takes with five thousand tasks."""

from __future__ import annotations

import gzip
import json
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from participation.rectification.models import RectificationTask
from tests.factories import make_department, make_officer, make_task

pytestmark = [pytest.mark.django_db, pytest.mark.both]
TASKS = 5000
MAX_QUERIES, MAX_BYTES, MAX_MILLISECONDS = 12, 75 * 1024, 300


@pytest.mark.parametrize("view", ["", "?view=list", "?view=timeline"])
def test_the_tracker_with_five_thousand_tasks(capsys: pytest.CaptureFixture[str], view: str) -> None:
    first = make_task()
    places = [(first.department, first.officer)]
    for _number in range(19):
        department = make_department(first.department.government)
        places.append((department, make_officer(department)))
    statuses = [status for status in RectificationTask.Status.values if status != "drafted"]
    today = timezone.localdate()
    RectificationTask.objects.bulk_create(
        RectificationTask(
            finding=first.finding,
            department=places[number % len(places)][0],
            officer=places[number % len(places)][1],
            title=f"整改任务 {number}：重新招标并在年内开工",
            due_on=today + timedelta(days=number % 400 - 200),
            status=statuses[number % len(statuses)],
            opened_by=first.opened_by,
            assigned_at=timezone.now(),
            verified_at=timezone.now() if statuses[number % len(statuses)] in RectificationTask.PROVEN else None,
        )
        for number in range(TASKS - 1)
    )
    client = Client()
    address = f"/rectification/{view}"
    with CaptureQueriesContext(connection) as queries:
        page = client.get(address)
    asked = len(queries)
    times, seconds = [], []
    for _round in range(3):
        began, cpu = time.perf_counter(), time.process_time()
        client.get(address)
        times.append((time.perf_counter() - began) * 1000)
        seconds.append((time.process_time() - cpu) * 1000)
    found = {
        "bench": "tracker",
        "view": view or "board",
        "database": connection.vendor,
        "tasks": TASKS,
        "queries": asked,
        "bytes": len(page.content),
        "gzip": len(gzip.compress(page.content)),
        "milliseconds": round(min(times)),
        "cpu_milliseconds": round(min(seconds)),
    }
    with capsys.disabled():
        print("\n" + json.dumps(found))
    assert page.status_code == 200
    assert 0 < asked <= MAX_QUERIES
    assert len(page.content) <= MAX_BYTES
    assert min(seconds) <= MAX_MILLISECONDS
