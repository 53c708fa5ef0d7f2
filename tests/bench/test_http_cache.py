"""How many more warm pages a second come from the cache than are made, in one run: the disclosure of 1,500 lines."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from statistics import median
from typing import Any

import pytest
from django.core.cache import caches
from django.test import Client

from cms.budget.models import Line
from cms.open_data import edition
from cms.pages.actions import publish_disclosure
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = pytest.mark.django_db
LINES = 1500
DEPARTMENTS = 30
MADE = 10
KEPT = 500
AT_LEAST = 20


@pytest.fixture(autouse=True)
def _empty() -> Iterator[None]:
    caches["pages"].clear()
    edition._seen = None
    yield
    caches["pages"].clear()


def rate(client: Client, path: str, times: int) -> float:
    """Answers a second, by the median time of one."""
    taken = []
    for _time in range(times):
        started = time.perf_counter()
        response = client.get(path, headers={"Accept-Encoding": "gzip"})
        taken.append(time.perf_counter() - started)
        assert response.status_code == 200
    return 1 / median(taken)


def test_a_warm_page_against_one_that_is_made(site: Any, settings: Any, capsys: pytest.CaptureFixture[str]) -> None:
    release = make_release(line_count=LINES, totals={"adopted": LINES * 100, "executed": LINES * 60})
    programmes = [make_programme(make_department(release.government)) for _number in range(DEPARTMENTS)]
    template = make_line(release, programmes[0])
    Line.objects.bulk_create(
        Line(
            release=release, row_number=10_000 + number, department=programmes[number % DEPARTMENTS].department,
            programme=programmes[number % DEPARTMENTS], functional_code=template.functional_code, adopted=100, executed=60,
        )
        for number in range(LINES - 1)
    )  # fmt: skip
    page = publish_disclosure(
        release=release, title="公开", title_en="Open", summary="概要", summary_en="Summary", acting_user=None
    )
    client = Client()
    client.get(page.url)
    made = rate(client, page.url, MADE)
    settings.PAGE_CACHE_SECONDS = 600
    client.get(page.url)
    kept = rate(client, page.url, KEPT)
    figures = {
        "lines": LINES,
        "made_per_second": round(made, 1),
        "kept_per_second": round(kept, 1),
        "kept_over_made": round(kept / made, 1),
    }
    with capsys.disabled():
        print("\n" + json.dumps({"http_cache": figures}))
    assert figures["kept_over_made"] >= AT_LEAST
