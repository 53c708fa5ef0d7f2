"""The servers that are measured: ``python -m tests.bench.realtime.servers WHAT SERVER PORT``.

``tutorial``: the chat of the Channels tutorial. ``hub``: our hub and outlets, told the same way. ``durable-tutorial``:
the tutorial's chat with a row for each message. ``portal``: the whole application. ``picows``: a broadcast written
against the socket library itself, the limit of what Python can do here.
"""

from __future__ import annotations

import asyncio
import json
import os
import sys
from typing import Any
from uuid import UUID, uuid4

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tests.bench.realtime.settings")


def tutorial(*, is_durable: bool) -> Any:
    from channels.db import database_sync_to_async
    from channels.generic.websocket import AsyncWebsocketConsumer
    from django.contrib.sessions.models import Session
    from django.utils import timezone

    class Chat(AsyncWebsocketConsumer):
        async def connect(self) -> None:
            await self.channel_layer.group_add("chat_room", self.channel_name)
            await self.accept()

        async def disconnect(self, code: int) -> None:
            await self.channel_layer.group_discard("chat_room", self.channel_name)

        async def receive(self, text_data: str = "", bytes_data: bytes | None = None) -> None:
            message = json.loads(text_data)["message"]
            if is_durable:
                await database_sync_to_async(Session.objects.create)(
                    session_key=uuid4().hex, session_data=message, expire_date=timezone.now()
                )
            await self.channel_layer.group_send("chat_room", {"type": "chat.message", "message": message})

        async def chat_message(self, event: dict[str, Any]) -> None:
            await self.send(text_data=json.dumps({"message": event["message"]}))

    return Chat.as_asgi()


def room_hub() -> Any:
    """Every socket is a listener of one topic; what comes in goes out by the topic, not into the database."""
    from participation.discussion.entries import encoded
    from participation.discussion.hub import Hub
    from participation.discussion.outlets import Message, outlet_for
    from participation.discussion.topics import Listener, Topic, joined

    topics: list[Topic] = []
    pending: list[str] = []

    def flush(topic: Topic) -> None:
        message, pending[:] = joined(pending), []
        topic.flush_timer = None
        topic.flushed_at = topic.hub.loop.time()
        for listener in list(topic.listeners):
            listener.outlet.send(message)

    async def listen(scope: Any, receive: Any, send: Any) -> None:
        if not topics:
            topics.append(Topic(Hub(asyncio.get_running_loop()), None, UUID(int=1)))
        topic = topics[0]
        await receive()
        await send({"type": "websocket.accept"})
        listener = Listener(outlet_for(scope, send), "en", None)
        task = asyncio.current_task()
        listener.outlet.on_gone = lambda: task.cancel() if task else None
        topic.add(listener)
        try:
            while (message := await receive())["type"] == "websocket.receive":
                text = encoded({"message": json.loads(message["text"])["message"]})
                if os.environ.get("BATCHED"):
                    pending.append(text)
                    topic.flush_timer = topic.flush_timer or topic.hub.loop.call_later(0.02, flush, topic)
                else:
                    made = Message(text)
                    for each in list(topic.listeners):
                        each.outlet.send(made)
        finally:
            topic.remove(listener)

    return listen


def picows_broadcast(port: int) -> None:
    import picows

    listeners: set[Any] = set()

    class Broadcast(picows.WSListener):  # type: ignore[misc]
        def on_ws_connected(self, transport: Any) -> None:
            self.transport = transport
            listeners.add(transport)

        def on_ws_disconnected(self, transport: Any) -> None:
            listeners.discard(transport)

        def on_ws_frame(self, transport: Any, frame: Any) -> None:
            if frame.msg_type == picows.WSMsgType.TEXT:
                text = json.dumps({"message": json.loads(frame.get_payload_as_utf8_text())["message"]}).encode()
                for each in listeners:
                    each.send(picows.WSMsgType.TEXT, text)

    async def run() -> None:
        server = await picows.ws_create_server(lambda request: Broadcast(), "127.0.0.1", port)
        await server.serve_forever()

    asyncio.run(run())


async def application(scope: Any, receive: Any, send: Any) -> None:
    await _chosen()(scope, receive, send)


_made: list[Any] = []


def _chosen() -> Any:
    if not _made:
        what = os.environ["WHAT"]
        if what == "hub":
            _made.append(room_hub())
        elif what == "portal":
            from participation.discussion import consumers
            from portal.asgi import application as portal

            # As the rates in the settings: the load comes from few pages.
            consumers.FRAMES = 10**9
            _made.append(portal)
        else:
            _made.append(tutorial(is_durable=what.startswith("durable")))
    return _made[0]


if __name__ == "__main__":
    what, server, port = sys.argv[1], sys.argv[2], int(sys.argv[3])
    os.environ["WHAT"] = what
    if what == "picows":
        picows_broadcast(port)
    else:
        import django

        django.setup()
        _chosen()
        if server == "uvicorn":
            import uvicorn

            sockets = "portal.uvicorn_sockets:Sockets" if what in ("hub", "portal") else "websockets-sansio"
            uvicorn.run(
                "tests.bench.realtime.servers:application",
                host="127.0.0.1",
                port=port,
                ws=sockets,
                log_level="warning",
                lifespan="off",
            )
        else:
            from daphne.cli import CommandLineInterface

            CommandLineInterface().run(
                [
                    "-v",
                    os.environ.get("V", "0"),
                    "-b",
                    "127.0.0.1",
                    "-p",
                    str(port),
                    "tests.bench.realtime.servers:application",
                ]
            )
