"""The way out to one open page. Nothing waits for a slow page: it is told so behind what waits for it already, is cut
off when it does not take that either, and comes back for what it missed.

Any ASGI server serves; with Daphne, and with uvicorn under ``portal.uvicorn_sockets.Sockets``, a frame that is the
same for everybody is made once and written to each connection as it is.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from functools import cached_property, partial
from typing import Any

from participation.discussion.closing import SLOW

# Bytes that may wait for one page: above the first what is only a hint is left out, above the second the page goes.
DROP_HINTS = 64 * 1024
LET_GO = 256 * 1024
# Seconds that a slow page has to take what is on its way.
GRACE = 5.0
RAW = "gongzhi.connection"

Send = Callable[[dict[str, Any]], Awaitable[None]]


class Message:
    """One text for any number of pages, encoded once."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def data(self) -> bytes:
        return self.text.encode()

    @cached_property
    def frame(self) -> bytes:
        """The text as an unmasked WebSocket frame (RFC 6455, 5.2)."""
        size = len(self.data)
        if size < 126:
            head = bytes((0x81, size))
        elif size < 1 << 16:
            head = b"\x81\x7e" + size.to_bytes(2, "big")
        else:
            head = b"\x81\x7f" + size.to_bytes(8, "big")
        return head + self.data


def close_frame(code: int) -> bytes:
    return b"\x88\x02" + code.to_bytes(2, "big")


class Outlet:
    """For every ASGI server: a queue of its own, so that nobody waits for this page."""

    def __init__(self, send: Send) -> None:
        self.asgi_send = send
        self.is_open = True
        self.waiting: deque[Message | int] = deque()
        self.bytes_waiting = 0
        self.pump: asyncio.Task[None] | None = None
        self.on_gone: Callable[[], object] = lambda: None

    def send(self, message: Message, *, is_hint: bool = False) -> None:
        if not self.is_open or (is_hint and self.bytes_waiting > DROP_HINTS):
            return
        self.waiting.append(message)
        self.bytes_waiting += len(message.data)
        if self.bytes_waiting > LET_GO:
            self.let_go()
        else:
            self._run()

    def close(self, code: int) -> None:
        """After everything that was sent before."""
        if self.is_open:
            self.is_open = False
            self.waiting.append(code)
            self._run()

    def let_go(self) -> None:
        self.waiting.clear()
        self.close(SLOW)
        asyncio.get_running_loop().call_later(GRACE, self.abort)

    def abort(self) -> None:
        """At once, and without a word: the page does not take any."""
        self.waiting.clear()
        if self.pump is not None:
            self.pump.cancel()
        self.on_gone()

    def _run(self) -> None:
        if self.pump is None:
            self.pump = asyncio.ensure_future(self._drain())

    async def _drain(self) -> None:
        try:
            while self.waiting:
                message = self.waiting.popleft()
                if isinstance(message, int):
                    await self.asgi_send({"type": "websocket.close", "code": message})
                else:
                    await self.asgi_send({"type": "websocket.send", "text": message.text})
                    self.bytes_waiting -= len(message.data)
        except asyncio.CancelledError:
            raise
        except Exception:
            # Servers say in different ways that nobody is there any more.
            self.is_open = False
            self.on_gone()
        finally:
            self.pump = None


class RawOutlet(Outlet):
    """Writes to the connection itself. ``Sockets`` of uvicorn offers it in the scope."""

    def __init__(self, send: Send, connection: Any) -> None:
        super().__init__(send)
        self.connection = connection

    def send(self, message: Message, *, is_hint: bool = False) -> None:
        transport = self.connection.transport
        if not self.is_open or self.connection.close_sent or transport.is_closing():
            return
        size = transport.get_write_buffer_size()
        if size > DROP_HINTS:
            if size > LET_GO:
                self.let_go()
                return
            if is_hint:
                return
        transport.write(message.frame)

    def let_go(self) -> None:
        self.is_open = False
        self.connection.transport.write(close_frame(SLOW))
        asyncio.get_running_loop().call_later(GRACE, self.abort)

    def abort(self) -> None:
        self.connection.transport.abort()


class DaphneOutlet(Outlet):
    """The same for Daphne, whose transport tells by the producer protocol of Twisted when a page is slow."""

    def __init__(self, send: Send, connection: Any) -> None:
        super().__init__(send)
        self.connection = connection
        self.is_slow = False
        # Of the page that has become a socket the HTTP channel no longer has to know.
        connection.transport.unregisterProducer()
        connection.transport.registerProducer(self, True)

    def send(self, message: Message, *, is_hint: bool = False) -> None:
        if not self.is_open or self.connection.state != self.connection.STATE_OPEN:
            return
        if self.is_slow:
            if is_hint:
                return
            self.bytes_waiting += len(message.frame)
            if self.bytes_waiting > LET_GO - DROP_HINTS:
                self.let_go()
                return
        self.connection.transport.write(message.frame)

    def let_go(self) -> None:
        self.is_open = False
        # It cuts the connection itself when it hears no answer.
        self.connection.sendClose(code=SLOW)

    def abort(self) -> None:
        self.connection.transport.abortConnection()

    def pauseProducing(self) -> None:  # noqa: N802
        self.is_slow = True

    def resumeProducing(self) -> None:  # noqa: N802
        self.is_slow, self.bytes_waiting = False, 0

    def stopProducing(self) -> None:  # noqa: N802
        self.is_open = False


def outlet_for(scope: Mapping[str, Any], send: Send) -> Outlet:
    """The best way out that the server has. Called once the socket is accepted."""
    connection = scope.get("extensions", {}).get(RAW) if scope.get("extensions") else None
    if connection is not None:
        return RawOutlet(send, connection)
    # Daphne hands out its own method with the connection bound to it.
    if isinstance(send, partial) and send.args and type(send.args[0]).__module__ == "daphne.ws_protocol":
        return DaphneOutlet(send, send.args[0])
    return Outlet(send)
