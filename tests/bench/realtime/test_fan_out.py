"""One message to many open pages: the tutorial's chat, our hub, and the limit, in turn on the same machine."""

from __future__ import annotations

import json
import os
from typing import Any

import pytest

from tests.bench.realtime.measuring import load, served

LISTENERS = [int(number) for number in os.environ.get("BENCH_LISTENERS", "100,500").split(",")]
SERVERS = [("tutorial", "daphne"), ("hub", "daphne"), ("hub", "uvicorn"), ("picows", "picows")]


def told(capsys: pytest.CaptureFixture[str], **figures: Any) -> None:
    with capsys.disabled():
        print(json.dumps({"bench": "realtime", **figures}))


@pytest.mark.parametrize("listeners", LISTENERS)
def test_fan_out(capsys: pytest.CaptureFixture[str], listeners: int) -> None:
    found: dict[str, dict[str, Any]] = {}
    for what, server in SERVERS:
        with served(what, server) as (port, process):
            name = f"{what}/{server}"
            found[name] = load(port, process, listeners=listeners)
            alone = load(port, process, listeners=listeners, outstanding=1)
            found[name]["p99_ms_one_in_flight"] = alone["p99_ms"]
    with served("hub", "uvicorn", BATCHED="1") as (port, process):
        found["hub/uvicorn, batched"] = load(port, process, listeners=listeners, outstanding=80)
    each = {name: figures["deliveries_per_processor_second"] for name, figures in found.items()}
    tutorial = each["tutorial/daphne"]
    told(
        capsys,
        what="fan-out",
        listeners=listeners,
        found=found,
        ratios={
            "daphne": round(each["hub/daphne"] / tutorial, 1),
            "uvicorn": round(each["hub/uvicorn"] / tutorial, 1),
            "of_picows": round(each["hub/uvicorn"] / each["picows/picows"], 2),
            "batched": round(
                found["hub/uvicorn, batched"]["deliveries_per_second"]
                / found["tutorial/daphne"]["deliveries_per_second"],
                1,
            ),
            "p99_one_in_flight": round(
                found["tutorial/daphne"]["p99_ms_one_in_flight"] / found["hub/uvicorn"]["p99_ms_one_in_flight"], 1
            ),
        },
    )
    assert each["hub/daphne"] > tutorial
    assert each["hub/uvicorn"] > each["hub/daphne"]


@pytest.mark.parametrize("server", ["daphne", "uvicorn"])
def test_a_stalled_page_costs_the_others_nothing(capsys: pytest.CaptureFixture[str], server: str) -> None:
    with served("hub", server) as (port, process):
        alone = load(port, process, listeners=50, payload=2000)
        before = process.memory_info().rss
        beside = load(port, process, listeners=50, payload=2000, stalled=1)
        grown = (process.memory_info().rss - before) / 2**20
    told(
        capsys,
        what="stalled page",
        server=server,
        p99_ratio=round(beside["p99_ms"] / alone["p99_ms"], 2),
        grown_mib=round(grown, 2),
        aborted_after_seconds=beside["stalled_aborted_after"],
    )
    assert beside["messages_per_second"] > alone["messages_per_second"] / 3
