"""How much memory a file of twenty times as many lines takes to make and to send: as much as a short one."""

from __future__ import annotations

import json
import tracemalloc
from pathlib import Path

import pytest
from django.test import Client
from django.urls import reverse

from cms.budget.models import Line, Release
from cms.open_data.datasets import Dataset
from cms.open_data.formats.offered import FORMATS
from tests.factories import make_line, make_release

pytestmark = pytest.mark.django_db
SHORT, LONG = 1000, 20_000
MEGABYTE = 1024 * 1024
# Parquet is written by DuckDB, whose memory is limited by its own setting and is not Python's to measure.
MEASURED = ("csv", "json", "ndjson", "xlsx", "datapackage")
# What the longer one may take more, whatever it holds.
MORE_AT_MOST = 2 * MEGABYTE


def release_of(lines: int) -> Release:
    release = make_release(line_count=lines)
    first = make_line(release, note="说明" * 20)
    Line.objects.bulk_create(
        (
            Line(
                release=release, row_number=first.row_number + number, department=first.department,
                programme=first.programme, functional_code="2050202", functional_name="小学教育", note="说明" * 20,
                adopted=number, executed=-number,
            )
            for number in range(1, lines)
        ),
        batch_size=1000,
    )  # fmt: skip
    return release


def peak(dataset: Dataset, key: str, path: Path) -> int:
    tracemalloc.start()
    try:
        with path.open("w+b") as target:
            FORMATS[key].write(dataset, target)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


def test_a_long_release_takes_no_more_memory_than_a_short_one(
    tmp_path: Path, client: Client, capsys: pytest.CaptureFixture[str]
) -> None:
    short, long = Dataset.of_release(release_of(SHORT)), Dataset.of_release(release_of(LONG))
    peaks = {key: [peak(dataset, key, tmp_path / key) for dataset in (short, long)] for key in MEASURED}
    path = reverse("data:release", args=[long.releases[0].row_id, "lines.json"])
    client.get(path)
    tracemalloc.start()
    size = sum(len(piece) for piece in client.get(path).streaming_content)
    sending = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    figures = {key: [round(value / MEGABYTE, 2) for value in values] for key, values in peaks.items()}
    figures["sending"] = [round(size / MEGABYTE, 2), round(sending / MEGABYTE, 2)]
    with capsys.disabled():
        print("\n" + json.dumps({"open_data_peak_megabytes": {"lines": [SHORT, LONG], **figures}}))
    assert {key: values[1] - values[0] < MORE_AT_MOST for key, values in peaks.items()} == dict.fromkeys(MEASURED, True)
    assert sending < MORE_AT_MOST
