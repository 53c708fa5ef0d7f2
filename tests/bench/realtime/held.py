"""Many open pages that only listen, a process of its own: ``python -m tests.bench.realtime.held`` with a plan as JSON on
standard input; prints what they saw as JSON.

``{"port", "pid", "path", "connections", "seconds"}``: opens them, holds them, closes them, and looks at the memory of
the server each time.
"""

from __future__ import annotations

import json
import resource
import select
import sys
import time
from typing import Any

import psutil

from tests.bench.realtime.load import connect, frame_of

PING_EVERY = 20.0


def run(plan: dict[str, Any]) -> dict[str, Any]:
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = psutil.Process(plan["pid"])
    # The first connections pay for what all share.
    links = [connect(plan, "") for _number in range(10)]
    before = server.memory_info().rss
    started = time.monotonic()
    for _number in range(plan["connections"]):
        links.append(connect(plan, ""))
        links[-1].sendall(frame_of('{"type":"hello","v":1}'))
    opened = time.monotonic() - started
    poll = select.epoll()
    by_file = {link.fileno(): link for link in links}
    for file in by_file:
        poll.register(file, select.EPOLLIN)
    gone = 0
    memory: list[int] = []
    ends, pinged = time.monotonic() + plan["seconds"], time.monotonic()
    while time.monotonic() < ends:
        for file, _events in poll.poll(0.2):
            if not by_file[file].recv(1 << 16):
                poll.unregister(file)
                gone += 1
        if time.monotonic() - pinged > PING_EVERY or not memory:
            pinged = time.monotonic()
            for link in links:
                link.sendall(frame_of('{"type":"ping"}'))
            memory.append(server.memory_info().rss)
    held = server.memory_info().rss
    middle = memory[len(memory) // 2]
    for link in links:
        link.close()
    return {
        "connections": plan["connections"],
        "gone": gone,
        "seconds_to_open": round(opened, 1),
        "kib_each": round((held - before) / 1024 / plan["connections"], 1),
        "grown_in_the_second_half_kib_each": round((held - middle) / 1024 / plan["connections"], 2),
    }


if __name__ == "__main__":
    print(json.dumps(run(json.loads(sys.stdin.readline()))))
