"""One record that pages are open about: who looks, what they have, what is passed on to them."""

from __future__ import annotations

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.urls import reverse
from django.utils import translation

from participation.discussion.closing import RESYNC
from participation.discussion.counters import counters_of
from participation.discussion.entries import Entry, encoded
from participation.discussion.outlets import Message, Outlet
from participation.discussion.places import room_of, visible_in_public
from participation.discussion.queries import REPLAY_LIMIT, entries_of_numbers, entries_since, head_of, opinions_of
from participation.live import SITE, channel_group
from participation.small_cells import LEAST

if TYPE_CHECKING:
    from participation.discussion.hub import Hub

RING = 512
# Seconds. A burst is passed on in arrays, one for each turn.
TURN, CALM = 0.02, 0.05
PRESENCE_ENDS, TYPING_ENDS = 45.0, 5.0
# Languages that a page may ask for.
LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)
CARDS = {"feedback": "participation:feedback:card", "evaluation": "participation:evaluations:card"}


class Listener:
    """One open page. ``person`` is a primary key; ``is_checker``: a moderator or auditor, who reads what is hidden."""

    __slots__ = (
        "backlog", "is_checker", "is_ready", "language", "last_seq", "outlet", "person", "recheck", "typed_at"
    )  # fmt: skip

    def __init__(self, outlet: Outlet, language: str, person: int | None, *, is_checker: bool = False) -> None:
        self.outlet = outlet
        self.language = language
        self.person = person
        self.is_checker = is_checker
        self.last_seq = 0
        # Until a page has said hello, and while its replay is read, what comes in waits.
        self.is_ready = False
        self.backlog: list[Entry] | None = None
        self.typed_at = 0.0
        self.recheck: Callable[[], Awaitable[None]] | None = None

    def text(self, entry: Entry) -> str:
        """The entry as this page may see it."""
        is_concerned = self.is_checker or (self.person is not None and entry.author == self.person)
        return entry.text(self.language, is_concerned=is_concerned, is_mine=entry.event.actor_id == self.person)


class Topic:
    """One record that pages are open about, with the last events of its room."""

    def __init__(self, hub: Hub, about: Any, row_id: UUID) -> None:
        self.hub, self.about, self.row_id = hub, about, row_id
        self.listeners: dict[Listener, None] = {}
        self.by_person: dict[int, set[Listener]] = {}
        self.ring: OrderedDict[int, Entry] = OrderedDict()
        self.head = 0
        self.room: Any = None
        self.pending: list[Entry] = []
        self.flush_timer: asyncio.TimerHandle | None = None
        self.flushed_at = 0.0
        self.fetching = asyncio.Lock()
        # Process -> when it told, whose pages it has, how many pages of visitors, when somebody typed.
        self.others: dict[str, tuple[float, list[int], int, float]] = {}
        self.shown: dict[str, Any] = {}
        self.counters: dict[str, dict[str, int | None]] = {}
        self.is_dirty = True
        self.version = int(time.time() * 1000)

    # Coming and going -------------------------------------------------------------------------------

    def add(self, listener: Listener) -> None:
        self.listeners[listener] = None
        if listener.person is not None:
            self.by_person.setdefault(listener.person, set()).add(listener)

    def remove(self, listener: Listener) -> None:
        self.listeners.pop(listener, None)
        if listener.person is not None:
            mine = self.by_person.get(listener.person, set())
            mine.discard(listener)
            if not mine:
                self.by_person.pop(listener.person, None)

    async def replay(self, listener: Listener, since: int) -> bool:
        """Send what came after ``since``; from now on the page gets what is new. False: it was too much."""
        if self.head - since > REPLAY_LIMIT:
            listener.last_seq, listener.is_ready = self.head, True
            return False
        missing = range(since + 1, self.head + 1)
        listener.last_seq = since
        if all(seq in self.ring for seq in missing):
            self._deliver_to(listener, [self.ring[seq] for seq in missing])
        else:
            listener.backlog = []
            found = await database_sync_to_async(entries_since)(self.room, since, until=self.head)
            late, listener.backlog = listener.backlog, None
            self._deliver_to(listener, [*found, *late])
        listener.is_ready = True
        return True

    # What is new ------------------------------------------------------------------------------------

    def publish(self, entries: Iterable[Entry]) -> None:
        """Pass on events in the order of their numbers. A gap waits for ``fetch``."""
        for entry in entries:
            if entry.seq != self.head + 1:
                continue
            self.head = entry.seq
            self.ring[entry.seq] = entry
            if len(self.ring) > RING:
                self.ring.popitem(last=False)
            self.pending.append(entry)
        if self.pending and self.flush_timer is None:
            if self.hub.loop.time() - self.flushed_at > CALM:
                self.flush()
            else:
                self.flush_timer = self.hub.loop.call_later(TURN, self.flush)

    async def fetch(self) -> None:
        """Read what the database has and this process has not."""
        async with self.fetching:
            while True:
                found, is_public, room = await database_sync_to_async(self._read)()
                if self._is_another(room):
                    self._begin_anew(room)
                    break
                self.room = room
                if not is_public:
                    await self.recheck(self.listeners)
                # First: nobody who comes now is told from memory what was hidden.
                await self._refresh([entry.event.target_seq for entry in found])
                self.publish(found)
                if len(found) < REPLAY_LIMIT:
                    break

    def _read(self) -> tuple[list[Entry], bool, Any]:
        is_public = self.about is None or visible_in_public(self.about)
        room = None if self.about is None else room_of(self.about)
        found = [] if room is None or self._is_another(room) else entries_since(room, self.head)
        return found, is_public, room

    def _is_another(self, room: Any) -> bool:
        """Whether the room was set back, to an older copy of the database for instance: its numbers count anew."""
        known = self.room
        if known is None:
            return False
        return room is None or room.epoch != known.epoch or room.last_seq < self.head

    def _begin_anew(self, room: Any) -> None:
        self.broadcast({"type": "resync"})
        for listener in list(self.listeners):
            listener.is_ready = False
            listener.outlet.close(RESYNC)
        self.room, self.head = room, room.last_seq if room else 0
        self.ring.clear()
        self.pending.clear()

    async def _refresh(self, targets: Iterable[int | None]) -> None:
        """What was moderated or changed must not be replayed from memory as it was, nor what it was changed to."""
        known = {seq for seq in targets if seq is not None}
        stale = [seq for seq, entry in self.ring.items() if known & {seq, entry.event.target_seq}]
        if stale:
            self.ring.update(await database_sync_to_async(entries_of_numbers)(self.room, stale))

    def flush(self) -> None:
        self.flush_timer = None
        self.flushed_at = self.hub.loop.time()
        entries, self.pending = self.pending, []
        if not entries:
            return
        # Person -> which of the entries are shown to them in another way than to everybody.
        own: dict[int | None, list[int]] = {}
        for place, entry in enumerate(entries):
            for pk in {entry.event.actor_id, entry.author} & self.by_person.keys():
                own.setdefault(pk, []).append(place)
        texts: dict[tuple[str, bool], list[str]] = {}
        made: dict[tuple[str, bool], Message] = {}
        for listener in list(self.listeners):
            if listener.backlog is not None:
                listener.backlog.extend(entries)
                continue
            if not listener.is_ready:
                continue
            if listener.last_seq != entries[0].seq - 1:
                self._deliver_to(listener, entries)
                continue
            listener.last_seq = entries[-1].seq
            key = (listener.language, listener.is_checker)
            if key not in made:
                texts[key] = [entry.text(key[0], is_concerned=key[1], is_mine=False) for entry in entries]
                made[key] = joined(texts[key])
            if listener.person not in own:
                listener.outlet.send(made[key])
                continue
            shown = texts[key].copy()
            for place in own[listener.person]:
                shown[place] = listener.text(entries[place])
            listener.outlet.send(joined(shown))

    def _deliver_to(self, listener: Listener, entries: list[Entry]) -> None:
        texts = []
        for entry in entries:
            if entry.seq > listener.last_seq:
                listener.last_seq = entry.seq
                texts.append(listener.text(entry))
        if texts:
            listener.outlet.send(joined(texts))

    def broadcast(self, frame: dict[str, Any], *, is_hint: bool = False) -> None:
        message = Message(encoded(frame))
        for listener in list(self.listeners):
            if listener.is_ready:
                listener.outlet.send(message, is_hint=is_hint)

    def hint(self, hint: dict[str, Any]) -> None:
        """Something changed that is kept elsewhere."""
        made: dict[str, Message] = {}
        for listener in list(self.listeners):
            if not listener.is_ready:
                continue
            if listener.language not in made:
                frame = {"type": "hint", **hint}
                if hint["kind"] in CARDS:
                    with translation.override(listener.language):
                        frame["html_url"] = reverse(CARDS[hint["kind"]], args=[hint["row_id"]])
                made[listener.language] = Message(encoded(frame))
            listener.outlet.send(made[listener.language])

    # Who is here, and what is counted ---------------------------------------------------------------

    def present(self) -> tuple[int, bool]:
        """How many people look, here and elsewhere, and whether somebody writes. Who is signed in counts once,
        however many pages they have open; of visitors each page counts."""
        now = time.time()
        self.others = {process: seen for process, seen in self.others.items() if now - seen[0] < PRESENCE_ENDS}
        people, visitors = set(self.by_person), self._visitors()
        typed = [self._typed_at()]
        for _seen, others, their_visitors, typed_at in self.others.values():
            people.update(others)
            visitors += their_visitors
            typed.append(typed_at)
        return len(people) + visitors, now - max(typed) < TYPING_ENDS

    def _visitors(self) -> int:
        return len(self.listeners) - sum(len(pages) for pages in self.by_person.values())

    def _typed_at(self) -> float:
        return max((listener.typed_at for listener in self.listeners), default=0.0)

    async def tell_present(self) -> None:
        """Presence and counters, where they have changed since they were told last."""
        here, is_typing = self.present()
        eph = {"type": "eph", "here": here if here >= LEAST else None, "typing": is_typing}
        if self.shown.get("eph") != eph:
            self.shown["eph"] = eph
            self.broadcast(eph, is_hint=True)
        people = sorted(self.by_person)
        mine = (people, self._visitors(), is_typing)
        if self.shown.get("mine") != mine or time.time() - self.shown.get("told", 0) > PRESENCE_ENDS / 3:
            self.shown |= {"mine": mine, "told": time.time()}
            await self.hub.tell(
                channel_group(self.row_id),
                {
                    "type": "live.present",
                    "about": self.row_id.hex,
                    "process": self.hub.name,
                    "people": people,
                    "visitors": self._visitors(),
                    "typed_at": self._typed_at(),
                },
            )
        if self.is_dirty:
            self.is_dirty = False
            await self.count()

    async def count(self) -> None:
        if self.about is None and self.row_id != SITE:
            return
        found = await database_sync_to_async(counters_of)(self.about)
        for key, value in found.items():
            if self.counters.get(key) != value:
                self.counters[key] = value
                self.tell_counter(key, value)

    def tell_counter(self, key: str, value: dict[str, int | None]) -> None:
        self.broadcast(self.counter(key, value), is_hint=True)

    def counter(self, key: str, value: dict[str, int | None]) -> dict[str, Any]:
        self.version = max(self.version + 1, int(time.time() * 1000))
        return {"type": "counter", "key": key, "value": value, "ver": self.version}

    async def tell_opinions(self, seq: int) -> None:
        room = self.room
        if room is None:
            _head, room = await database_sync_to_async(head_of)(self.about)
        found = await database_sync_to_async(opinions_of)(room, [seq])
        self.tell_counter(f"opinions.{seq}", found.get(seq, {}))

    # Authority --------------------------------------------------------------------------------------

    async def recheck(self, listeners: Iterable[Listener]) -> None:
        for listener in list(listeners):
            if listener.recheck is not None:
                await listener.recheck()


def joined(texts: list[str]) -> Message:
    return Message(texts[0] if len(texts) == 1 else f"[{','.join(texts)}]")
