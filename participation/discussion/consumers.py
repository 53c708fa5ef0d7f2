"""The socket of a consultation's page: replays what was missed, passes on what is new, takes messages."""

from __future__ import annotations

import json
from typing import Any

from channels.db import database_sync_to_async
from channels.generic.websocket import AsyncWebsocketConsumer
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from pydantic import ValidationError

from participation.consultations.models import Consultation
from participation.consultations.queries import consultation_for
from participation.discussion.actions import post_message
from participation.discussion.frames import INCOMING, Hello, Send, ack, welcome
from participation.discussion.models import Room
from participation.discussion.queries import REPLAY_LIMIT, frames_since, head_of
from participation.discussion.sessions import person_of_session
from participation.live import channel_group
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_person
from participation.stakeholders.queries import standing_for
from portal.errors import GongzhiError, Invalid, NotFound, SignInRequired, TooLarge, TooManyRequests
from portal.rates import client_address_of_scope, spend

CLOSE_SIGNED_OUT = 4401
CLOSE_NOT_FOUND = 4404
CLOSE_TOO_MANY = 4029
CLOSE_TOO_BIG = 4413
FRAGMENTS = {
    "feedback": "participation:feedback:card",
    "evaluation": "participation:evaluations:card",
}


class SignedOut(SignInRequired):
    """The page was opened by somebody who is no longer signed in with it."""


class ConsultationConsumer(AsyncWebsocketConsumer):
    """One open page. Anybody who may read the consultation may listen; speaking asks for the same as the form.

    Nothing that decides about access is remembered from when the socket was opened: a session, an account, an office
    or the consultation may have ended since. See ``_present``.
    """

    consultation: Consultation | None = None
    person_pk: int | None = None
    last_seq: int | None = None

    async def connect(self) -> None:
        await self.accept()
        # The language of the page rides in the query: a socket's address carries no prefix.
        self.language = "en" if b"lang=en" in self.scope.get("query_string", b"") else settings.LANGUAGE_CODE
        self.session_key: str | None = self.scope["session"].session_key
        try:
            spend("connect", client_address_of_scope(self.scope))
            self.consultation = await self._find()
        except TooManyRequests as error:
            await self._refuse(error, CLOSE_TOO_MANY)
        except NotFound as error:
            await self._refuse(error, CLOSE_NOT_FOUND)
        else:
            self.group = channel_group(self.consultation.row_id)
            await self.channel_layer.group_add(self.group, self.channel_name)

    async def disconnect(self, code: int) -> None:
        await self._leave()

    async def _leave(self) -> None:
        """Take nothing more, neither from the page nor from the layer."""
        if self.consultation is not None:
            self.consultation = None
            await self.channel_layer.group_discard(self.group, self.channel_name)

    async def receive(self, text_data: str | None = None, bytes_data: bytes | None = None) -> None:
        if self.consultation is not None:
            with translation.override(self.language):
                await self._take(text_data, bytes_data)

    async def _take(self, text_data: str | None, bytes_data: bytes | None) -> None:
        cid = None
        try:
            try:
                spend("frame", self.channel_name)
            except TooManyRequests as error:
                await self._refuse(error, CLOSE_TOO_MANY)
                return
            if len((text_data or "").encode()) > settings.SOCKET_FRAME_MAX_BYTES or bytes_data:
                raise TooLarge(_("This message is too long to send. Please shorten it."))
            try:
                frame = INCOMING.validate_json(text_data or "")
            except ValidationError:
                raise Invalid(_("This page and the server do not understand each other. Reload it.")) from None
            if isinstance(frame, Hello):
                await self._welcome(frame)
            elif isinstance(frame, Send):
                cid = str(frame.cid)
                await self._post(frame)
            else:
                await self._send({"type": "pong"})
        except SignedOut as error:
            await self._refuse(error, CLOSE_SIGNED_OUT, cid)
        except NotFound as error:
            await self._refuse(error, CLOSE_NOT_FOUND, cid)
        except GongzhiError as error:
            if isinstance(error, TooLarge) and cid is None:
                await self._refuse(error, CLOSE_TOO_BIG)
            else:
                await self._send(error.as_frame(cid))

    async def live_hint(self, message: dict[str, Any]) -> None:
        """The layer says that something changed: what is sent comes from the database."""
        if self.consultation is None:
            return
        hint = message["hint"]
        with translation.override(self.language):
            try:
                if hint["kind"] == "event":
                    await self._send_news()
                else:
                    await database_sync_to_async(self._present)()
                    await self._send({"type": "hint", **hint, **self._fragment(hint)})
            except SignedOut as error:
                await self._refuse(error, CLOSE_SIGNED_OUT)
            except NotFound as error:
                await self._refuse(error, CLOSE_NOT_FOUND)

    def _fragment(self, hint: dict[str, Any]) -> dict[str, str]:
        name = FRAGMENTS.get(hint["kind"])
        if name is None:
            return {}
        return {"html_url": reverse(name, args=[hint["row_id"]])}

    async def _welcome(self, hello: Hello) -> None:
        if self.last_seq is not None:
            # A page says hello when it connects; more would make each of its frames cost a replay.
            raise Invalid(_("This page and the server do not understand each other. Reload it."))
        user, consultation, head, room = await self._head()
        # A room that nobody has spoken in yet has its consultation's id for an epoch.
        same_epoch = room is None or hello.epoch in (None, room.epoch, consultation.row_id)
        since = min(hello.since, head) if same_epoch else 0
        recovered = head - since <= REPLAY_LIMIT
        self.last_seq = since if recovered else head
        epoch = room.epoch if room else consultation.row_id
        role = "member" if isinstance(user, User) else "reader"
        await self._send(welcome(head=head, epoch=epoch, role=role, recovered=recovered))
        await self._send_news()

    async def _send_news(self) -> None:
        """Send every event after the last one sent. Before the page has said hello there is nothing to go on from."""
        if self.last_seq is None:
            return
        while frames := await self._news(self.last_seq):
            for frame in frames:
                self.last_seq = frame["seq"]
                await self._send(frame)
            if len(frames) < REPLAY_LIMIT:
                break

    async def _post(self, frame: Send) -> None:
        event, duplicate = await self._store(frame)
        await self._send(ack(cid=frame.cid, seq=event.seq, duplicate=duplicate))

    def _present(self) -> tuple[User | AnonymousUser, Consultation]:
        """Who looks at the page now, and the consultation as it is now.

        Raises ``SignedOut`` where somebody else opened it, ``NotFound`` where it is no longer for this person.
        """
        user = person_of_session(self.session_key)
        if self.person_pk is not None and user.pk != self.person_pk:
            raise SignedOut
        return user, consultation_for(user, self.scope["url_route"]["kwargs"]["row_id"])

    @database_sync_to_async
    def _find(self) -> Consultation:
        user, consultation = self._present()
        self.person_pk = user.pk
        return consultation

    @database_sync_to_async
    def _head(self) -> tuple[User | AnonymousUser, Consultation, int, Room | None]:
        user, consultation = self._present()
        return user, consultation, *head_of(consultation)

    @database_sync_to_async
    def _news(self, since: int) -> list[dict[str, Any]]:
        return frames_since(*self._present(), since)

    @database_sync_to_async
    def _store(self, frame: Send) -> Any:
        user, consultation = self._present()
        person = require_person(user)
        spend("message", str(person.pk))
        return post_message(
            consultation,
            body=frame.body,
            client_id=frame.cid,
            standing=standing_for(person, frame.organisation),
            acting_user=person,
        )

    async def _refuse(self, error: GongzhiError, code: int, cid: str | None = None) -> None:
        with translation.override(self.language):
            await self._send(error.as_frame(cid))
        await self._leave()
        await self.close(code=code)

    async def _send(self, frame: dict[str, Any]) -> None:
        await self.send(text_data=json.dumps(frame, ensure_ascii=False))
