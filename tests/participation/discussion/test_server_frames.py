"""What is refused before the application hears of it: by the server, with a clean close."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncIterator
from typing import Any

import pytest
from django.conf import settings
from uvicorn import Config
from uvicorn.protocols.http.h11_impl import H11Protocol
from uvicorn.server import ServerState

from portal.uvicorn_sockets import Sockets


@pytest.fixture
async def heard() -> list[Any]:
    return []


@pytest.fixture
async def link(heard: list[Any]) -> AsyncIterator[tuple[asyncio.StreamReader, asyncio.StreamWriter]]:
    """An open socket to uvicorn in this process."""

    async def listen(scope: Any, receive: Any, send: Any) -> None:
        await receive()
        await send({"type": "websocket.accept"})
        while (message := await receive())["type"] == "websocket.receive":
            heard.append(message.get("text"))

    config = Config(listen, ws=Sockets, lifespan="off", log_config=None)
    config.load()
    state = ServerState()
    server = await asyncio.get_running_loop().create_server(
        lambda: H11Protocol(config=config, server_state=state, app_state={}), "127.0.0.1", 0
    )
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    key = base64.b64encode(b"0123456789abcdef").decode()
    writer.write(
        "GET / HTTP/1.1\r\nHost: test\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        f"Sec-WebSocket-Key: {key}\r\nSec-WebSocket-Version: 13\r\n\r\n".encode()
    )
    assert b" 101 " in await reader.readuntil(b"\r\n\r\n")
    yield reader, writer
    writer.close()
    server.close()


def frame(opcode: int, data: bytes) -> bytes:
    """Masked with zeros (RFC 6455, 5.2)."""
    size = bytes((0x80 | len(data),)) if len(data) < 126 else b"\xff" + len(data).to_bytes(8, "big")
    return bytes((0x80 | opcode,)) + size + b"\0\0\0\0" + data


@pytest.mark.parametrize(
    ("sent", "code"),
    [
        pytest.param(frame(1, b"\xff\xfe"), 1007, id="invalid-utf-8"),
        pytest.param(frame(1, b'{"type":"ping"\xc3\x28}'), 1007, id="invalid-utf-8-in-json"),
        pytest.param(frame(1, b"a" * 1_000_000), 1009, id="a-megabyte"),
        pytest.param(frame(3, b""), 1002, id="reserved-opcode"),
    ],
)
async def test_it_is_closed_with_a_code_and_the_application_hears_nothing(
    link: tuple[asyncio.StreamReader, asyncio.StreamWriter], heard: list[Any], sent: bytes, code: int
) -> None:
    reader, writer = link
    writer.write(sent)
    head = await asyncio.wait_for(reader.readexactly(4), 5)
    assert (head[0], int.from_bytes(head[2:], "big")) == (0x88, code)
    assert heard == []


async def test_what_is_a_little_too_long_is_left_to_the_application_which_says_so_in_words(
    link: tuple[asyncio.StreamReader, asyncio.StreamWriter], heard: list[Any]
) -> None:
    text = b"a" * (settings.SOCKET_FRAME_MAX_BYTES + 1)
    link[1].write(frame(1, text))
    while not heard:
        await asyncio.sleep(0)
    assert heard == [text.decode()]
