"""Asks a server for one page again and again over a few connections that stay open, in a process of its own.

Reads its plan from standard input: port, path, headers, connections, seconds, and the process of the server. Prints
JSON: answers, those with another status than wanted, processor seconds of the server and of itself.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from typing import Any

import psutil


async def reader(plan: dict[str, Any], until: float, found: dict[str, int]) -> None:
    stream, sink = await asyncio.open_connection("127.0.0.1", plan["port"], limit=2**22)
    lines = [
        f"GET {plan['path']} HTTP/1.1",
        f"Host: localhost:{plan['port']}",
        *(f"{k}: {v}" for k, v in plan["headers"].items()),
    ]
    asked = ("\r\n".join(lines) + "\r\n\r\n").encode()
    while time.monotonic() < until:
        sink.write(asked)
        head = await stream.readuntil(b"\r\n\r\n")
        length = next(
            (int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")), 0
        )
        status = int(head.split(b" ", 2)[1])
        if status == 200:
            await stream.readexactly(length)
        found["answers"] += 1
        if status != plan["status"]:
            found["others"] += 1
            found["status"] = status
    sink.close()


async def main(plan: dict[str, Any]) -> dict[str, Any]:
    found = {"answers": 0, "others": 0}
    server = psutil.Process(plan["pid"])
    before, started, own = server.cpu_times(), time.monotonic(), time.process_time()
    until = started + plan["seconds"]
    await asyncio.gather(*(reader(plan, until, found) for _number in range(plan["connections"])))
    taken, after = time.monotonic() - started, server.cpu_times()
    processor = after.user + after.system - before.user - before.system
    return {
        **found,
        "per_second": round(found["answers"] / taken, 1),
        "processor_ms": round(1000 * processor / max(1, found["answers"]), 3),
        "load_processor": round((time.process_time() - own) / taken, 2),
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(main(json.loads(sys.stdin.readline())))))
