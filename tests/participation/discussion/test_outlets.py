"""Nobody waits for a slow page: it is let go, and the others never notice."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from participation.discussion import outlets
from participation.discussion.outlets import DROP_HINTS, LET_GO, Message, Outlet, RawOutlet

LONG = Message("x" * 1024)


class Transport:
    def __init__(self) -> None:
        self.written: list[bytes] = []
        self.size = 0
        self.is_aborted = False

    def write(self, data: bytes) -> None:
        self.written.append(data)

    def get_write_buffer_size(self) -> int:
        return self.size

    def is_closing(self) -> bool:
        return self.is_aborted

    def abort(self) -> None:
        self.is_aborted = True


class Connection:
    close_sent = False

    def __init__(self) -> None:
        self.transport = Transport()


async def never(message: dict[str, Any]) -> None:
    await asyncio.Event().wait()


@pytest.mark.parametrize(
    ("text", "head"),
    [
        ("a", b"\x81\x01"),
        ("a" * 125, b"\x81\x7d"),
        ("a" * 126, b"\x81\x7e\x00\x7e"),
        ("a" * 65536, b"\x81\x7f" + (65536).to_bytes(8, "big")),
    ],
    ids=["1", "125", "126", "65536"],
)
def test_a_frame_says_how_long_it_is(text: str, head: bytes) -> None:
    assert Message(text).frame == head + text.encode()


@pytest.fixture
def _no_grace(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(outlets, "GRACE", 0)


@pytest.mark.usefixtures("_no_grace")
async def test_a_page_that_takes_nothing_is_let_go_and_holds_a_bounded_number_of_bytes() -> None:
    outlet = Outlet(never)
    gone: list[bool] = []
    outlet.on_gone = lambda: gone.append(True)
    sent = 0
    while outlet.is_open:
        outlet.send(LONG)
        sent += 1
    assert (sent, gone, list(outlet.waiting)) == (LET_GO // 1024 + 1, [], [4008])
    await asyncio.sleep(0.001)
    assert (gone, list(outlet.waiting)) == ([True], [])


async def test_hints_to_a_slow_page_are_dropped_first() -> None:
    connection = Connection()
    outlet = RawOutlet(never, connection)
    connection.transport.size = DROP_HINTS + 1
    outlet.send(LONG, is_hint=True)
    outlet.send(LONG)
    assert connection.transport.written == [LONG.frame]


@pytest.mark.usefixtures("_no_grace")
async def test_a_connection_that_takes_nothing_is_told_that_it_is_slow_and_aborted() -> None:
    connection = Connection()
    outlet = RawOutlet(never, connection)
    connection.transport.size = LET_GO + 1
    outlet.send(LONG)
    outlet.send(LONG)
    # A close frame (RFC 6455, 5.5.1) with 4008.
    assert (connection.transport.is_aborted, connection.transport.written) == (False, [b"\x88\x02\x0f\xa8"])
    await asyncio.sleep(0.001)
    assert connection.transport.is_aborted


async def test_what_was_sent_before_a_close_goes_before_it() -> None:
    taken: list[dict[str, Any]] = []

    async def take(message: dict[str, Any]) -> None:
        taken.append(message)

    outlet = Outlet(take)
    outlet.send(Message("a"))
    outlet.close(4401)
    outlet.send(Message("b"))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    assert taken == [{"type": "websocket.send", "text": "a"}, {"type": "websocket.close", "code": 4401}]
