"""People in a room whose connections and servers fail, a process of its own: ``python -m tests.bench.realtime.chaos``
with a plan as JSON on standard input; prints what they saw as JSON.

``{"ports", "path", "events", "cookies": [...], "messages", "outstanding", "session_seconds"}``. Each keeps to the rules
of the protocol: a message stays in the outbox until its ack and is sent again under the same ``cid``; an event is taken
only as the next number; what is missing is fetched.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import random
import sys
import time
import urllib.request
from contextlib import suppress
from typing import Any
from uuid import uuid4

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import WebSocketException

SETTLE_SECONDS = 120.0


class Person:
    def __init__(self, plan: dict[str, Any], cookie: str, quota: int) -> None:
        self.plan, self.cookie, self.quota = plan, cookie, quota
        self.outbox: dict[str, str] = {}
        self.acked: dict[str, int] = {}
        self.ahead: dict[int, str] = {}
        self.last, self.head, self.losses = 0, 0, 0
        self.seen = hashlib.sha256()
        self.epoch: str | None = None
        self.faults: list[str] = []
        self.fetching: asyncio.Task[None] | None = None
        self.is_ready = False

    @property
    def has_said_all(self) -> bool:
        return not self.outbox and len(self.acked) == self.quota

    async def live(self) -> None:
        while True:
            port = random.choice(self.plan["ports"])
            headers = {"Cookie": self.cookie}
            address = f"ws://127.0.0.1:{port}{self.plan['path']}"
            try:
                async with connect(
                    address, additional_headers=headers, origin=f"http://127.0.0.1:{port}", open_timeout=10
                ) as link:
                    await self.talk(link)
            except (OSError, WebSocketException, TimeoutError):
                pass
            self.losses += 1
            self.is_ready = False
            await asyncio.sleep(0.5 * random.random())

    async def talk(self, link: ClientConnection) -> None:
        hello: dict[str, Any] = {"type": "hello", "v": 1, "since": self.last}
        await link.send(json.dumps(hello | ({"epoch": self.epoch} if self.epoch else {})))
        ends = time.monotonic() + random.expovariate(1 / self.plan["session_seconds"])
        while time.monotonic() < ends:
            with suppress(TimeoutError):
                text = await asyncio.wait_for(link.recv(), 1)
                found = json.loads(text)
                for frame in found if isinstance(found, list) else [found]:
                    await self.take(frame, link)
            await self.speak(link)
        # As a network does: without a word.
        link.transport.abort()

    async def speak(self, link: ClientConnection) -> None:
        while self.is_ready and len(self.outbox) < self.plan["outstanding"]:
            if len(self.acked) + len(self.outbox) >= self.quota:
                return
            cid = str(uuid4())
            self.outbox[cid] = f"{len(self.acked)} of {self.quota}"
            await self.send(cid, link)

    async def send(self, cid: str, link: ClientConnection) -> None:
        await link.send(json.dumps({"type": "send", "cid": cid, "body": self.outbox[cid]}))

    async def take(self, frame: dict[str, Any], link: ClientConnection) -> None:
        kind = frame["type"]
        if kind == "welcome":
            if self.epoch not in (None, frame["epoch"]) and self.epoch not in self.plan["path"]:
                self.faults.append("the epoch has changed")
            self.epoch, self.head, self.is_ready = frame["epoch"], frame["head"], True
            for cid in list(self.outbox):
                await self.send(cid, link)
        elif kind == "ev":
            self.heard(frame)
        elif kind == "ack":
            if self.acked.setdefault(frame["cid"], frame["seq"]) != frame["seq"]:
                self.faults.append(f"{frame['cid']} was stored twice")
            self.outbox.pop(frame["cid"], None)
        elif kind == "error":
            # Who is asked to wait comes back: the server may not have noticed yet that earlier connections are gone.
            if frame.get("retry_after") is None:
                self.faults.append(json.dumps(frame))
            elif frame["cid"] in self.outbox:
                await asyncio.sleep(random.random())
                await self.send(frame["cid"], link)
        self.head = max(self.head, frame.get("head", 0))
        if self.last < self.head or self.ahead:
            self.fetch()

    def heard(self, event: dict[str, Any]) -> None:
        if event["seq"] > self.last:
            self.ahead[event["seq"]] = event["row_id"]
        while self.last + 1 in self.ahead:
            self.last += 1
            self.seen.update(f"{self.last} {self.ahead.pop(self.last)}\n".encode())
        self.head = max(self.head, self.last)

    def fetch(self) -> None:
        if self.fetching is None or self.fetching.done():
            self.fetching = asyncio.ensure_future(self._fetch())

    async def _fetch(self) -> None:
        with suppress(OSError, ValueError):
            before = -1
            while before < self.last:
                before = self.last
                for event in await asyncio.to_thread(self._events, before):
                    self.heard(event)

    def _events(self, since: int) -> list[dict[str, Any]]:
        port = random.choice(self.plan["ports"])
        request = urllib.request.Request(
            f"http://127.0.0.1:{port}{self.plan['events']}?since={since}", headers={"Cookie": self.cookie}
        )
        with urllib.request.urlopen(request, timeout=10) as answer:
            return json.load(answer)["events"]  # type: ignore[no-any-return]


async def run(plan: dict[str, Any]) -> dict[str, Any]:
    started = time.monotonic()
    cookies = plan["cookies"]
    people = [Person(plan, cookie, plan["messages"] // len(cookies)) for cookie in cookies]
    lives = [asyncio.ensure_future(person.live()) for person in people]
    while not all(person.has_said_all for person in people) and not any(life.done() for life in lives):
        await asyncio.sleep(0.1)
    took = time.monotonic() - started
    total = sum(len(person.acked) for person in people)
    ends = time.monotonic() + SETTLE_SECONDS
    while any(person.last < total for person in people) and time.monotonic() < ends:
        for person in people:
            person.fetch()
        await asyncio.sleep(1)
    for life in lives:
        if life.done():
            life.result()
        life.cancel()
    return {
        "seconds": round(took, 1),
        "messages_per_second": round(total / took, 1),
        "acked": {cid: seq for person in people for cid, seq in person.acked.items()},
        "last": sorted({person.last for person in people}),
        "sequences": len({person.seen.hexdigest() for person in people}),
        "connections_lost": sum(person.losses for person in people),
        "faults": [fault for person in people for fault in person.faults],
    }


if __name__ == "__main__":
    print(json.dumps(asyncio.run(run(json.loads(sys.stdin.readline())))))
