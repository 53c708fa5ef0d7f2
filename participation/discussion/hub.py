"""Everything that one process passes on to open pages.

One subscription of the channel layer for each record that somebody looks at, however many look. What the layer says
is only a hint: numbers are compared, and what is missing is read from the database. A frame is made once for all who
see the same.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from contextlib import suppress
from typing import Any
from uuid import UUID, uuid4
from weakref import WeakKeyDictionary

from channels.db import database_sync_to_async
from channels.layers import get_channel_layer

from participation.discussion.entries import Entry
from participation.discussion.queries import head_of
from participation.discussion.topics import Listener, Topic
from participation.live import PEOPLE, SITE, channel_group

logger = logging.getLogger(__name__)

# Seconds: presence and counters at most once in each, numbers that may have been missed, rights that may have ended.
PRESENCE_EVERY, HEAD_EVERY, AUDIT_EVERY = 1.0, 20.0, 60.0


class Hub:
    """The topics of one process, and its ear at the channel layer."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self.loop = loop
        self.name = f"{os.getpid()}-{uuid4().hex[:8]}"
        self.topics: dict[UUID, Topic] = {}
        self.groups: dict[str, UUID | None] = {}
        self.channel = ""
        self.tasks: list[asyncio.Task[None]] = []
        self.opening = asyncio.Lock()
        self.fetching: set[asyncio.Task[None]] = set()

    async def join(self, about: Any, row_id: UUID, listener: Listener) -> Topic:
        """Have a page listen. The first one of a record subscribes to it."""
        async with self.opening:
            topic = self.topics.get(row_id)
            if topic is None:
                topic = Topic(self, about, row_id)
                # Subscribed before the number of the last event is read: nothing falls in between.
                await self._subscribe(channel_group(row_id), row_id)
                if about is not None:
                    topic.head, topic.room = await database_sync_to_async(head_of)(about)
                self.topics[row_id] = topic
            topic.add(listener)
            return topic

    async def leave(self, topic: Topic, listener: Listener) -> None:
        topic.remove(listener)
        if topic.listeners or self.topics.get(topic.row_id) is not topic:
            return
        del self.topics[topic.row_id]
        if topic.flush_timer is not None:
            topic.flush_timer.cancel()
        await self._unsubscribe(channel_group(topic.row_id))
        if not self.topics:
            await self._stop()

    async def _subscribe(self, group: str, row_id: UUID | None) -> None:
        layer = get_channel_layer()
        if not self.tasks:
            self.channel = await layer.new_channel()
            self.tasks = [self.loop.create_task(self._listen()), self.loop.create_task(self._look_around())]
            await self._subscribe(PEOPLE, None)
        self.groups[group] = row_id
        await layer.group_add(group, self.channel)

    async def _unsubscribe(self, group: str) -> None:
        self.groups.pop(group, None)
        with suppress(Exception):
            await get_channel_layer().group_discard(group, self.channel)

    async def _stop(self) -> None:
        await self._unsubscribe(PEOPLE)
        tasks, self.tasks = self.tasks, []
        for task in tasks:
            if task is not asyncio.current_task():
                task.cancel()

    async def tell(self, group: str, message: dict[str, Any]) -> None:
        """To the other processes. They manage without, if the layer is away."""
        with suppress(Exception):
            await get_channel_layer().group_send(group, message)

    def publish(self, row_id: UUID, entries: list[Entry]) -> None:
        """What this process has just stored needs not be read again."""
        topic = self.topics.get(row_id)
        if topic is None:
            return
        topic.publish(entries)
        if topic.head < entries[-1].seq:
            # Another process has stored what lies in between.
            task = self.loop.create_task(topic.fetch())
            self.fetching.add(task)
            task.add_done_callback(self.fetching.discard)

    async def _listen(self) -> None:
        layer = get_channel_layer()
        while True:
            try:
                await self._heard(await layer.receive(self.channel))
            except asyncio.CancelledError:
                raise
            except Exception:
                logger.exception("The channel layer cannot be heard; pages are told from the database.")
                await asyncio.sleep(1)
                await self._rejoin()

    async def _rejoin(self) -> None:
        with suppress(Exception):
            for group in list(self.groups):
                await get_channel_layer().group_add(group, self.channel)
        await self.catch_up()

    async def _heard(self, message: dict[str, Any]) -> None:
        if message["type"] == "live.person":
            await self._person_changed(message["person"])
            return
        if message["type"] == "live.present":
            self._others_present(message)
            return
        hint = message["hint"]
        for topic in self._topics_of(message):
            if hint["kind"] == "event":
                if hint["seq"] > topic.head:
                    await topic.fetch()
            elif hint["kind"] == "opinions":
                await topic.tell_opinions(hint["seq"])
            else:
                topic.is_dirty = True
                # The page of the whole site shows numbers only.
                if topic.row_id != SITE:
                    topic.hint(hint)

    def _topics_of(self, message: dict[str, Any]) -> list[Topic]:
        topic = self.topics.get(UUID(message["about"]))
        return [topic] if topic else []

    def _others_present(self, message: dict[str, Any]) -> None:
        if message["process"] != self.name:
            for topic in self._topics_of(message):
                told = message["people"], message["visitors"], message["typed_at"]
                topic.others[message["process"]] = (time.time(), *told)

    async def _person_changed(self, person: int) -> None:
        for topic in list(self.topics.values()):
            await topic.recheck(topic.by_person.get(person, ()))

    async def _look_around(self) -> None:
        """Now and then: presence, numbers that may have been missed, rights that may have ended unheard."""
        headed = audited = self.loop.time()
        while True:
            await asyncio.sleep(PRESENCE_EVERY)
            try:
                now = self.loop.time()
                for topic in list(self.topics.values()):
                    await topic.tell_present()
                if now - headed > HEAD_EVERY:
                    headed = now
                    await self.catch_up()
                if now - audited > AUDIT_EVERY:
                    audited = now
                    for topic in list(self.topics.values()):
                        await topic.recheck(topic.listeners)
            except asyncio.CancelledError:
                raise
            except Exception:
                logger.exception("Open pages could not be looked after; it is tried again.")

    async def catch_up(self) -> None:
        for topic in list(self.topics.values()):
            if topic.about is not None:
                await topic.fetch()
                topic.broadcast({"type": "head", "head": topic.head}, is_hint=True)


_hubs: WeakKeyDictionary[asyncio.AbstractEventLoop, Hub] = WeakKeyDictionary()


def hub() -> Hub:
    """The hub of the running loop: one for each process in service, one for each test."""
    loop = asyncio.get_running_loop()
    if loop not in _hubs:
        _hubs[loop] = Hub(loop)
    return _hubs[loop]


def pages_open() -> int:
    """How many pages listen to this process now."""
    return sum(len(topic.listeners) for each in list(_hubs.values()) for topic in list(each.topics.values()))
