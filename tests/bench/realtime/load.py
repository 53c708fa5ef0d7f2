"""The load generator, a process of its own: ``python -m tests.bench.realtime.load`` with a plan as JSON on standard
input; prints what it saw as JSON.

``{"port", "pid", "path", "listeners", "seconds", "outstanding", "payload", "cookies": [...], "frame": "tutorial" | "send",
"stalled": 0, "until": "all" | "own"}``. One epoll loop over raw sockets; messages are known by a mark in their text,
whatever frames carry them. A message is complete when all listeners have it, or with ``until`` "own" when its sender
knows that it is stored: by the ack, of the tutorial's chat by its echo.
"""

from __future__ import annotations

import base64
import json
import os
import re
import select
import socket
import struct
import sys
import time
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import psutil

MARK = re.compile(rb"~T([0-9a-f]{8})")
MARK_SIZE = 10
ACK, ERROR = b'"type":"ack"', b'"type":"error"'
WARM_SECONDS = 0.5
WARM_ROUNDS = 5


@dataclass(eq=False)
class Client:
    link: socket.socket
    number: int
    # The end of what came last: a mark, or an ack, may be cut in two.
    tail: bytes = b""
    cut: bytes = b""


def connect(plan: dict[str, Any], cookie: str) -> socket.socket:
    link = socket.create_connection(("127.0.0.1", plan["port"]), timeout=30)
    link.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {plan['path']} HTTP/1.1",
        f"Host: 127.0.0.1:{plan['port']}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        f"Origin: http://127.0.0.1:{plan['port']}",
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    link.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
    answer = b""
    while b"\r\n\r\n" not in answer:
        answer += link.recv(4096)
    if b" 101 " not in answer.split(b"\r\n")[0]:
        raise RuntimeError(answer.decode())
    return link


def frame_of(text: str) -> bytes:
    data = text.encode()
    size = bytes((0x81, 0x80 | len(data))) if len(data) < 126 else b"\x81\xfe" + struct.pack("!H", len(data))
    # A mask of zeros is a mask.
    return size + b"\0\0\0\0" + data


class Load:
    def __init__(self, plan: dict[str, Any]) -> None:
        self.plan = plan
        cookies = plan.get("cookies") or [""]
        self.clients = [Client(connect(plan, cookies[n % len(cookies)]), n) for n in range(plan["listeners"])]
        self.stalled = [connect(plan, "") for _number in range(plan.get("stalled", 0))]
        self.poll = select.epoll()
        self.by_file = {client.link.fileno(): client for client in self.clients}
        self.is_acked = plan["frame"] == "send"
        self.is_own = plan.get("until") == "own"
        self.senders = plan.get("senders", 1)
        if self.is_acked:
            for client in self.clients:
                client.link.sendall(frame_of('{"type":"hello","v":1}'))
            for link in self.stalled:
                link.sendall(frame_of('{"type":"hello","v":1}'))
            time.sleep(1)
        for client in self.clients:
            client.link.setblocking(False)
            self.poll.register(client.link, select.EPOLLIN)
        self.aborted: list[float] = []
        for link in self.stalled:
            # Never read: what is heard of it is that the server has given it up.
            self.poll.register(link, select.EPOLLHUP | select.EPOLLERR)
        self.sent: list[float] = []
        self.seen: list[int] = []
        self.delays: list[float] = []
        self.delivered = self.completed = 0

    def send(self) -> None:
        number = len(self.sent)
        text = f"~T{number:08x}" + "x" * (self.plan["payload"] - MARK_SIZE)
        body = {"type": "send", "cid": str(uuid4()), "body": text} if self.is_acked else {"message": text}
        self.sent.append(time.perf_counter())
        self.seen.append(0)
        self.clients[number % self.senders].link.sendall(frame_of(json.dumps(body, ensure_ascii=False)))

    def take(self, client: Client) -> None:
        try:
            data = client.link.recv(1 << 18)
        except BlockingIOError:
            return
        if not data:
            raise RuntimeError("the server closed a connection")
        now = time.perf_counter()
        if self.is_acked and ERROR in data:
            raise RuntimeError(data.decode(errors="replace"))
        if self.is_own and self.is_acked:
            self.completed += (client.cut + data).count(ACK)
            client.cut = (client.cut + data)[-len(ACK) + 1 :]
        data = client.tail + data
        last = 0
        for mark in MARK.finditer(data):
            number = int(mark[1], 16)
            last = mark.end()
            self.delivered += 1
            self.seen[number] += 1
            self.delays.append(now - self.sent[number])
            if self.is_own:
                self.completed += not self.is_acked and client.number == number % self.senders
            elif self.seen[number] == len(self.clients):
                self.completed += 1
        client.tail = data[max(last, len(data) - MARK_SIZE + 1) :]

    def turn(self, seconds: float) -> None:
        for file, _events in self.poll.poll(seconds):
            if file in self.by_file:
                self.take(self.by_file[file])
            else:
                self.poll.unregister(file)
                self.aborted.append(time.perf_counter())

    def run(self) -> dict[str, Any]:
        self.begun = time.perf_counter()
        self.until(WARM_SECONDS)
        # The first words of each person cost what later ones do not.
        while self.completed < WARM_ROUNDS * self.plan["outstanding"]:
            self.until(0.1)
        started, processor = time.perf_counter(), time.process_time()
        delivered, completed = self.delivered, self.completed
        self.delays.clear()
        server = self.server_seconds()
        self.until(self.plan["seconds"])
        server = self.server_seconds() - server
        took = time.perf_counter() - started
        delays = sorted(self.delays) or [0.0]
        return {
            "deliveries_per_second": round((self.delivered - delivered) / took),
            "messages_per_second": round((self.completed - completed) / took, 1),
            "p50_ms": round(1000 * delays[len(delays) // 2], 2),
            "p99_ms": round(1000 * delays[int(len(delays) * 0.99)], 2),
            "stalled_aborted_after": [round(moment - self.begun, 2) for moment in self.aborted],
            "load_processor": round((time.process_time() - processor) / took, 2),
            "server_processor_seconds": round(server, 2),
            "server_processor_ms_per_message": round(1000 * server / max(self.completed - completed, 1), 3),
            "deliveries_per_processor_second": round((self.delivered - delivered) / max(server, 0.01)),
        }

    def server_seconds(self) -> float:
        # Taken here and not by whoever started us: it is read in the same moment as the rest.
        times = psutil.Process(self.plan["pid"]).cpu_times()
        return float(times.user + times.system)

    def until(self, seconds: float) -> None:
        ends = time.perf_counter() + seconds
        while time.perf_counter() < ends:
            while len(self.sent) - self.completed < self.plan["outstanding"]:
                self.send()
            self.turn(0.05)


if __name__ == "__main__":
    print(json.dumps(Load(json.loads(sys.stdin.readline())).run()))
