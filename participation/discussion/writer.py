"""Messages from sockets are stored together: while one batch commits, the next one gathers."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID
from weakref import WeakKeyDictionary

from asgiref.sync import sync_to_async
from django.db import close_old_connections

from participation.discussion.closing import why_gone
from participation.discussion.entries import Entry, entries_of
from participation.discussion.frames import Send
from participation.discussion.hub import hub
from participation.discussion.posting import Draft, Said, post_messages
from participation.discussion.sessions import Somebody, people_of_sessions
from participation.live import channel_group
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.pace import spend_by
from participation.stakeholders.permissions import require_person
from participation.stakeholders.queries import Standing, standing_for
from portal.errors import GongzhiError, ServerFault
from portal.rates import spend

logger = logging.getLogger(__name__)

AT_ONCE = 200
# Seconds. Those who were answered together speak again at nearly the same moment, and are waited for.
GATHER = 0.004
# For as long the connection to the database is kept for whoever comes next: opening SQLite costs as much as twenty
# messages.
LINGER = 0.05


@dataclass(eq=False)
class Spoken:
    """What came through a socket. ``about``: what the page is about; ``person``: who opened it, by primary key."""

    about: Any
    session_key: str | None
    person: int | None
    frame: Send
    outcome: asyncio.Future[Said | GongzhiError] = field(repr=False)


Stored = tuple[list[tuple[Spoken, Said | GongzhiError]], dict[UUID, list[Entry]]]


def store(batch: Sequence[Spoken]) -> Stored:
    """Store all of it, one transaction for each room. Who speaks, and whether they may, is asked anew."""
    people = people_of_sessions({spoken.session_key for spoken in batch})
    outcomes: list[tuple[Spoken, Said | GongzhiError]] = []
    rooms: dict[UUID, list[tuple[Spoken, Draft]]] = {}
    for spoken in batch:
        try:
            draft = _draft(spoken, people[spoken.session_key])
            rooms.setdefault(spoken.about.row_id, []).append((spoken, draft))
        except GongzhiError as error:
            outcomes.append((spoken, error))
    entries: dict[UUID, list[Entry]] = {}
    for row_id, said in rooms.items():
        found = post_messages(said[0][0].about, [draft for _spoken, draft in said])
        outcomes += zip((spoken for spoken, _draft in said), found, strict=True)
        new = [each.event for each in found if isinstance(each, Said) and not each.is_duplicate]
        if new:
            entries[row_id] = entries_of(new[0].room, new)
    return outcomes, entries


def _draft(spoken: Spoken, user: Somebody) -> Draft:
    if spoken.person is not None and user.pk != spoken.person:
        raise why_gone(spoken.person)
    author, frame = require_person(user), spoken.frame
    spend_by("message", author)
    spend("room", spoken.about.row_id.hex)
    standing = Standing(StakeholderGroup.CITIZEN)
    if frame.organisation is not None:
        standing = standing_for(author, frame.organisation)
    return Draft(author, standing, frame.body, frame.cid, frame.reply_to, frame.line)


class Writer:
    def __init__(self) -> None:
        self.waiting: list[Spoken] = []
        self.came = asyncio.Event()
        self.task: asyncio.Task[None] | None = None
        # A thread of its own: others wait for the database elsewhere.
        self.thread = ThreadPoolExecutor(1, thread_name_prefix="discussion")

    def submit(self, spoken: Spoken) -> None:
        """Its ``outcome`` is set once it is committed, or refused."""
        self.waiting.append(spoken)
        self.came.set()
        if self.task is None:
            self.task = asyncio.ensure_future(self._write())

    async def _write(self) -> None:
        try:
            while self.waiting:
                batch, self.waiting = self.waiting[:AT_ONCE], self.waiting[AT_ONCE:]
                await self._store(batch)
                gather = GATHER if len(batch) > 1 else 0
                await asyncio.sleep(gather)
                if not self.waiting:
                    await self._wait()
                    await asyncio.sleep(gather)
        finally:
            self.task = None

    async def _wait(self) -> None:
        self.came.clear()
        with suppress(TimeoutError):
            await asyncio.wait_for(self.came.wait(), LINGER)
        if not self.waiting:
            await self._in_thread(close_old_connections)

    async def _in_thread(self, work: Callable[..., Any], *given: Any) -> Any:
        return await sync_to_async(work, thread_sensitive=False, executor=self.thread)(*given)

    async def _store(self, batch: list[Spoken]) -> None:
        try:
            outcomes, entries = await self._in_thread(_stored, batch)
        except Exception:
            logger.exception("Messages could not be stored; their pages send them again.")
            outcomes, entries = [(spoken, ServerFault(retry_after=2)) for spoken in batch], {}
        for spoken, outcome in outcomes:
            if not spoken.outcome.done():
                spoken.outcome.set_result(outcome)
        for row_id, new in entries.items():
            hub().publish(row_id, new)
            # Told after this process has passed it on: it need not read what it has just written.
            hint = {"kind": "event", "seq": new[-1].seq}
            await hub().tell(channel_group(row_id), {"type": "live.hint", "about": row_id.hex, "hint": hint})


def _stored(batch: list[Spoken]) -> Stored:
    try:
        return store(batch)
    except Exception:
        # A connection that has broken is let go.
        close_old_connections()
        raise


_writers: WeakKeyDictionary[asyncio.AbstractEventLoop, Writer] = WeakKeyDictionary()


def writer() -> Writer:
    loop = asyncio.get_running_loop()
    if loop not in _writers:
        _writers[loop] = Writer()
    return _writers[loop]
