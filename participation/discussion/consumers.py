"""The socket of an open page: plain ASGI. It replays what was missed, passes on what is new, takes messages."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from channels.db import database_sync_to_async
from django.conf import settings
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from participation.discussion import closing, frames
from participation.discussion.actions import mark_read
from participation.discussion.closing import Banned, SignedOut, why_gone
from participation.discussion.deeds import change
from participation.discussion.entries import encoded
from participation.discussion.hub import hub
from participation.discussion.models import Mute, Room
from participation.discussion.outlets import Message, Outlet, Send, outlet_for
from participation.discussion.places import WATCHED, may_moderate, place_found, require_watched, room_of
from participation.discussion.posting import Said
from participation.discussion.queries import REPLAY_LIMIT, mute_of, opinions_of
from participation.discussion.sessions import Somebody, person_of_session, session_key_of
from participation.discussion.topics import LANGUAGES, Listener, Topic
from participation.discussion.writer import Spoken, writer
from participation.live import SITE
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person, require_writing
from portal.errors import GongzhiError, Invalid, NotFound, ServerFault, TooLarge, TooManyRequests
from portal.rates import client_address_of_scope, spend

logger = logging.getLogger(__name__)

# Frames that a page may send, in how many seconds; sockets of one person in one process; numbers told at hello.
FRAMES, FRAMES_IN = 60, 10.0
SOCKETS_OF_ONE = 5
OPINIONS_TOLD = 100
MISUNDERSTOOD = _("This page and the server do not understand each other. Reload it.")


class Page:
    """One open page. Anybody who may read what it is about may listen; speaking asks for the same as the form.

    Nothing that decides about access is only remembered from when the socket was opened: whoever changes rights has
    the page asked again (``authority``), each message asks the database, and so does the hub every minute.
    """

    topic: Topic | None = None
    listener: Listener
    # What the page was told last of its rights: whether it reads what is hidden, its role, and who asked for silence.
    told: tuple[bool, str, int | None] | None = None

    def __init__(self, scope: Any, receive: Callable[[], Any], send: Send) -> None:
        self.scope, self.asgi_receive, self.asgi_send = scope, receive, send
        given = scope["url_route"]["kwargs"]
        self.kind: str | None = given.get("kind")
        self.row_id: UUID = given.get("row_id", SITE)
        # The language of the page rides in the query: a socket's address carries no prefix.
        query = scope.get("query_string", b"").decode("latin1")
        self.language = next((code for code in LANGUAGES if f"lang={code}" in query), settings.LANGUAGE_CODE)
        self.session_key = session_key_of(scope)
        self.outlet: Outlet
        self.has_greeted = False
        self.frames_left, self.frames_since = FRAMES, time.monotonic()

    async def run(self) -> None:
        if (await self.asgi_receive())["type"] != "websocket.connect":
            return
        await self.asgi_send({"type": "websocket.accept"})
        self.outlet = outlet_for(self.scope, self.asgi_send)
        task = cast(asyncio.Task[None], asyncio.current_task())
        self.outlet.on_gone = task.cancel
        try:
            await self._open()
            while (message := await self.asgi_receive())["type"] == "websocket.receive":
                if self.outlet.is_open:
                    with translation.override(self.language):
                        await self._take(message.get("text"), message.get("bytes"))
        except asyncio.CancelledError:
            if self.outlet.is_open:
                # The server ends. It waits for this task, and not for one that would be started now.
                self.outlet.is_open = False
                await self.asgi_send({"type": "websocket.close", "code": closing.RESTART})
                await asyncio.sleep(0)
                raise
        finally:
            self.outlet.is_open = False
            if self.topic is not None:
                await hub().leave(self.topic, self.listener)

    async def _open(self) -> None:
        try:
            user, about, is_checker = await database_sync_to_async(self._present)(arriving=True)
            self.listener = Listener(self.outlet, self.language, user.pk, is_checker=is_checker)
            self.listener.recheck = self._recheck
            topic = await hub().join(about, self.row_id, self.listener)
            self.topic = topic
            if len(topic.by_person.get(user.pk or 0, ())) > SOCKETS_OF_ONE:
                raise TooManyRequests(_("You have this page open many times. Close some of them."), retry_after=60)
            if about is None:
                self._welcome_to_watch()
        except GongzhiError as error:
            self._refuse(error)

    def _welcome_to_watch(self) -> None:
        self.listener.is_ready = self.has_greeted = True
        if self.topic is not None:
            self._tell_numbers(self.topic)

    # From the page ----------------------------------------------------------------------------------

    async def _take(self, text: str | None, data: bytes | None) -> None:
        cid = None
        try:
            self._count_frame()
            if data is not None or text is None:
                raise Invalid(MISUNDERSTOOD)
            if len(text) > settings.SOCKET_FRAME_MAX_BYTES or len(text.encode()) > settings.SOCKET_FRAME_MAX_BYTES:
                self._refuse(TooLarge(_("This message is too long to send. Please shorten it.")), closing.TOO_BIG)
                return
            try:
                frame = frames.INCOMING.validate_json(text)
            except ValidationError:
                raise Invalid(MISUNDERSTOOD) from None
            cid = getattr(frame, "cid", None)
            await self._answer(frame)
        except (SignedOut, Banned, NotFound) as error:
            self._refuse(error, cid=cid)
        except TooManyRequests as error:
            if cid is None:
                self._refuse(error)
            else:
                self._send(error.as_frame(str(cid)))
        except GongzhiError as error:
            self._send(error.as_frame(str(cid) if cid else None))
        except Exception:
            logger.exception("A frame could not be answered.")
            self._send(ServerFault(retry_after=2).as_frame(str(cid) if cid else None))

    def _count_frame(self) -> None:
        now = time.monotonic()
        if now - self.frames_since > FRAMES_IN:
            self.frames_left, self.frames_since = FRAMES, now
        self.frames_left -= 1
        if self.frames_left < 0:
            raise TooManyRequests(retry_after=max(1, round(FRAMES_IN - (now - self.frames_since))))

    async def _answer(self, frame: frames.Incoming) -> None:
        if isinstance(frame, frames.Ping):
            self._send({"type": "pong"})
        elif self.kind in WATCHED and isinstance(frame, frames.Hello):
            # Such a page only listens, and was welcomed when it came.
            return
        elif self.kind is None or self.kind in WATCHED:
            raise Invalid(MISUNDERSTOOD)
        elif isinstance(frame, frames.Hello):
            await self._welcome(frame)
        elif isinstance(frame, frames.Send):
            self._say(frame)
        elif isinstance(frame, frames.Typing):
            if self.listener.person is not None:
                self.listener.typed_at = time.time()
        elif isinstance(frame, frames.Read):
            if self.listener.person is not None:
                await database_sync_to_async(self._mark_read)(frame)
        else:
            seq, is_duplicate = await database_sync_to_async(self._change)(frame)
            self._send(frames.ack(cid=frame.cid, seq=seq, duplicate=is_duplicate))

    async def _welcome(self, hello: frames.Hello) -> None:
        topic = self.topic
        if self.has_greeted or topic is None:
            # A page says hello when it connects; more would make each of its frames cost a replay.
            raise Invalid(MISUNDERSTOOD)
        self.has_greeted = True
        role, room, mute = await database_sync_to_async(self._role)()
        # A room that nobody has spoken in yet has its subject's id for an epoch.
        epoch = room.epoch if room else self.row_id
        if room is not None and topic.head < room.last_seq:
            await topic.fetch()
        since = min(hello.since, topic.head) if hello.epoch in (None, epoch, self.row_id) else 0
        self._send(
            {
                "type": "welcome",
                "v": frames.PROTOCOL_VERSION,
                "head": topic.head,
                "epoch": str(epoch),
                "role": role,
                "recovered": topic.head - since <= REPLAY_LIMIT,
                "rules": _rules(room),
                "pinned": room.pinned_seq if room else None,
                "limits": {"body_chars": settings.MESSAGE_MAX_CHARS, "frame_bytes": settings.SOCKET_FRAME_MAX_BYTES},
            }
        )
        if mute is not None:
            self._send(you(role, mute))
        await topic.replay(self.listener, since)
        if hello.since:
            await self._tell_opinions(topic, room)
        self._tell_numbers(topic)

    def _tell_numbers(self, topic: Topic) -> None:
        for key, value in topic.counters.items():
            self._send(topic.counter(key, value))
        if "eph" in topic.shown:
            self._send(topic.shown["eph"])

    async def _tell_opinions(self, topic: Topic, room: Room | None) -> None:
        """What was tapped while the page was away: such numbers are not events."""
        if room is None:
            return
        newest = range(max(1, topic.head - OPINIONS_TOLD), topic.head + 1)
        for seq, value in (await database_sync_to_async(opinions_of)(room, newest)).items():
            self._send(topic.counter(f"opinions.{seq}", value))

    def _say(self, frame: frames.Send) -> None:
        if self.topic is None:
            raise NotFound
        outcome: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        outcome.add_done_callback(lambda done: self._said(frame, done.result()))
        writer().submit(Spoken(self.topic.about, self.session_key, self.listener.person, frame, outcome))

    def _said(self, frame: frames.Send, outcome: Said | GongzhiError) -> None:
        if isinstance(outcome, Said):
            self._send(frames.ack(cid=frame.cid, seq=outcome.event.seq, duplicate=outcome.is_duplicate))
        elif isinstance(outcome, SignedOut | Banned | NotFound):
            self._refuse(outcome, cid=frame.cid)
        else:
            with translation.override(self.language):
                self._send(outcome.as_frame(str(frame.cid)))

    # To the page ------------------------------------------------------------------------------------

    def _send(self, frame: dict[str, Any]) -> None:
        self.outlet.send(Message(encoded(frame)))

    def _refuse(self, error: GongzhiError, code: int | None = None, cid: UUID | None = None) -> None:
        """Say why, take nothing more, and close."""
        codes = {SignedOut: closing.SIGNED_OUT, Banned: closing.BANNED, NotFound: closing.NOT_FOUND}
        with translation.override(self.language):
            self._send(error.as_frame(str(cid) if cid else None))
        if self.topic is not None:
            self.topic.remove(self.listener)
            self.listener.is_ready = False
        self.outlet.close(code or codes.get(type(error), closing.TOO_MANY))

    # In a thread, asking the database -----------------------------------------------------------------

    def _present(self, *, arriving: bool = False) -> tuple[Somebody, Any, bool]:
        """Who looks at the page now, what it is about, and whether they read what is hidden.

        Raises ``SignedOut`` or ``Banned`` where it was opened by somebody else, ``NotFound`` where it is no longer for
        this person.
        """
        if arriving:
            spend("connect", client_address_of_scope(self.scope))
        user = person_of_session(self.session_key)
        if not arriving and user.pk != self.listener.person:
            raise why_gone(self.listener.person)
        about = None
        if self.kind in WATCHED:
            require_watched(user, self.kind, self.row_id)
        elif self.kind is not None:
            about = place_found(user, self.kind, self.row_id)
        return user, about, isinstance(user, User) and user.has_role("moderator", "auditor")

    def _role(self) -> tuple[str, Room | None, Mute | None]:
        user, about, is_checker = self._present()
        self.listener.is_checker = is_checker
        room = room_of(about) if about is not None else None
        mute = mute_of(user, room)
        role = _role_of(user, about, mute)
        self.told = is_checker, role, mute.pk if mute else None
        return role, room, mute

    def _mark_read(self, frame: frames.Read) -> None:
        user, about, _is_checker = self._present()
        mark_read(about, seq=frame.seq, acting_user=require_person(user))

    def _change(self, frame: frames.Edit | frames.Moderate) -> tuple[int, bool]:
        user, about, _is_checker = self._present()
        require_writing()
        return change(frame, room_of(about), require_person(user))

    async def _recheck(self) -> None:
        """Somebody's rights have changed, or a minute has passed: may this page go on as it is?"""
        if not self.outlet.is_open:
            return
        try:
            told = self.told
            role, _room, mute = await database_sync_to_async(self._role)()
        except GongzhiError as error:
            self._refuse(error)
            return
        if self.has_greeted and told is not None and told != self.told:
            with translation.override(self.language):
                self._send(you(role, mute))


def _role_of(user: Somebody, about: Any, mute: Mute | None) -> str:
    if not isinstance(user, User) or mute is not None:
        return "reader"
    return "moderator" if about is not None and may_moderate(user, about) else "member"


def _rules(room: Room | None) -> dict[str, Any]:
    if room is None:
        return {"is_locked": False, "slow_seconds": 0, "holds": ""}
    return {"is_locked": room.is_locked, "slow_seconds": room.slow_seconds, "holds": room.holds}


def you(role: str, mute: Mute | None) -> dict[str, Any]:
    return {"type": "you", "role": role, "message": mute.reason if mute else ""}


async def open_page(scope: Any, receive: Any, send: Any) -> None:
    await Page(scope, receive, send).run()


async def nobody_here(scope: Any, receive: Any, send: Any) -> None:
    """Refuses every address that no room serves; without it the router raises, and the visitor reads of a fault."""
    await send({"type": "websocket.close", "code": closing.NOT_FOUND})
