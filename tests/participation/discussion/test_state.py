"""Whatever is done in a room, and in whatever order it is heard: a page that has followed it shows what a page shows
that is opened at the end. After Zulip's ``verify_action``."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from asgiref.sync import async_to_sync, sync_to_async
from django.contrib.auth.models import AnonymousUser
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from participation.consultations.models import Consultation
from participation.discussion import keeping
from participation.discussion.actions import edit_message, give_opinion, post_message
from participation.discussion.hub import Hub
from participation.discussion.models import Event, Opinion, Room
from participation.discussion.outlets import Message, Outlet
from participation.discussion.queries import entries_since, frames_since, head_of, messages_for, opinions_of
from participation.discussion.topics import Listener, Topic
from participation.live_moderating import judge
from participation.stakeholders.models import User
from portal.errors import GongzhiError
from tests.factories import CITIZEN, make_consultation, make_house_rule, make_moderator, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]
REASON = "这是给作者看的理由，说得够清楚了。"


class World:
    """A room, those who speak and keep order in it, and the topic of one process that passes on what happens."""

    def __init__(self, author: User, member: User, moderator: User, second: User) -> None:
        self.author, self.member, self.moderator, self.second = author, member, moderator, second
        self.about: Consultation = make_consultation()

    def message(self, number: int) -> Event:
        found = list(Event.objects.filter(room=self.room, kind=Event.Kind.MESSAGE).order_by("seq"))
        return found[number % len(found)]

    @property
    def room(self) -> Room:
        return Room.objects.get(consultation=self.about)

    def do(self, deed: str, number: int) -> None:
        """What is refused changes nothing either."""
        if deed == "say":
            speaker = (self.author, self.member, self.moderator)[number % 3]
            body = f"第{number}句，见 https://example.org" if number % 2 else f"第{number}句"
            post_message(self.about, body=body, client_id=uuid4(), standing=CITIZEN, acting_user=speaker)
            return
        room, message = self.room, self.message(number)
        rules = {"is_locked": room.is_locked, "slow_seconds": room.slow_seconds, "holds": room.holds}
        change = {
            "lock": {"is_locked": not room.is_locked},
            "slow": {"slow_seconds": number % 2},
            "hold": {"holds": ("", "links", "all")[number % 3]},
        }
        acts: dict[str, Callable[[], object]] = {
            "edit": lambda: edit_message(message, body=f"改成{number}", acting_user=message.actor),
            "hide": lambda: judge(message, rule=1, reason=REASON, acting_user=self._judge(message)),
            "restore": lambda: judge(message, rule=None, reason=REASON, acting_user=self._judge(message)),
            "pin": lambda: keeping.pin_message(message, acting_user=self.moderator),
            "unpin": lambda: keeping.unpin_message(room, acting_user=self.moderator),
            "mute": lambda: keeping.mute_author(message, hours=1, reason=REASON, acting_user=self._judge(message)),
            "react": lambda: give_opinion(message, kind=Opinion.Kind.AGREE, acting_user=self.second),
        }
        if deed in change:
            keeping.change_rules(room, reason=REASON, acting_user=self.moderator, **rules | change[deed])
        else:
            acts[deed]()

    def _judge(self, message: Event) -> User:
        return self.second if message.actor_id == self.moderator.pk else self.moderator


class Held(Outlet):
    """Keeps what is sent to a page."""

    def __init__(self) -> None:
        super().__init__(_nowhere)
        self.frames: list[dict[str, Any]] = []

    def send(self, message: Message, *, is_hint: bool = False) -> None:
        found = json.loads(message.text)
        self.frames += found if isinstance(found, list) else [found]


async def _nowhere(message: dict[str, Any]) -> None:
    raise AssertionError("everything is held")


class Page:
    """What ``live.js`` makes of the page that it found, and of every frame."""

    def __init__(self, world: World, user: Any) -> None:
        self.world, self.user = world, user
        self.last, _room = head_of(world.about)
        self.messages, self.pinned, self.rules, self.opinions = shown(world, user)
        self.outlet = Held()
        is_checker = isinstance(user, User) and user.has_role("moderator", "auditor")
        self.listener = Listener(self.outlet, "zh-hans", user.pk, is_checker=is_checker)

    def take_all(self) -> None:
        found, self.outlet.frames = self.outlet.frames, []
        for frame in found:
            if frame["type"] == "counter":
                self.opinions[int(frame["key"].removeprefix("opinions."))] = frame["value"]
            elif frame["type"] == "ev" and frame["seq"] > self.last:
                assert frame["seq"] == self.last + 1
                self.last = frame["seq"]
                self.take(frame)

    def take(self, event: dict[str, Any]) -> None:
        target = event["target_seq"]
        if event["kind"] == "message":
            self.messages[event["seq"]] = event
        elif event["kind"] in ("pin", "unpin"):
            self.pinned = target if event["kind"] == "pin" else None
        elif event["kind"] == "state":
            self.rules = event["rules"]
        else:
            # Asks for the message as it is now.
            (self.messages[target],) = frames_since(self.user, self.world.about, target - 1, limit=1)


def shown(world: World, user: Any) -> tuple[dict[int, Any], int | None, Any, dict[int, Any]]:
    """Everything on a page that is opened now."""
    _head, room = head_of(world.about)
    messages = {frame["seq"]: frame for frame in messages_for(user, world.about)}
    if room is None:
        return messages, None, None, {}
    state = room.events.filter(kind=Event.Kind.STATE).last()
    return messages, room.pinned_seq, state.rules if state else None, opinions_of(room, messages)


DEEDS = ("say", "say", "say", "edit", "hide", "restore", "pin", "unpin", "lock", "slow", "hold", "mute", "react")
# What is done; whether this process hears of it at once, later, or has done it itself.
STEPS = st.lists(
    st.tuples(st.sampled_from(DEEDS), st.integers(0, 11), st.sampled_from(("at once", "later", "own"))), max_size=14
)
CHANGED_THEN_HIDDEN = [(deed, 0, "at once") for deed in ("say", "edit", "hide")]
# Before which step each page is opened, and how many later it has said hello.
PAGES = st.lists(st.tuples(st.integers(0, 10), st.integers(0, 3)), min_size=1, max_size=3)


async def followed(world: World, steps: list[tuple[str, int, str]], pages: list[tuple[int, int]]) -> None:
    topic = Topic(Hub(asyncio.get_running_loop()), world.about, world.about.row_id)
    topic.head, topic.room = await sync_to_async(head_of)(world.about)
    viewers = [AnonymousUser(), world.author, world.moderator]
    opened: list[tuple[int, Page]] = []
    for number, (deed, value, heard) in enumerate([*steps, ("say", 1, "at once")]):
        last = number == len(steps)
        for opens, waits in pages:
            if min(opens, len(steps)) == number:
                opened += [(number + waits, await sync_to_async(Page)(world, user)) for user in viewers]
        for says_hello, page in list(opened):
            if not page.listener.is_ready and (says_hello <= number or last):
                topic.add(page.listener)
                if topic.room is None:
                    await topic.fetch()
                await topic.replay(page.listener, min(page.last, topic.head))
                page.opinions |= await sync_to_async(opinions_of)(topic.room, page.messages) if topic.room else {}
        await sync_to_async(done)(world, topic, deed, value, heard)
        if heard == "at once":
            await topic.fetch()
        if deed == "react" and topic.room is not None:
            await topic.tell_opinions((await sync_to_async(world.message)(value)).seq)
        topic.flush()
    await sync_to_async(verify)(world, topic, [page for _hello, page in opened])


def done(world: World, topic: Topic, deed: str, value: int, heard: str) -> None:
    before, _room = head_of(world.about)
    try:
        if deed == "say" or before:
            world.do(deed, value)
    except GongzhiError:
        return
    if heard == "own" and deed == "say":
        # As the writer does: what it has stored is not read again.
        topic.publish(entries_since(world.room, before))


def verify(world: World, topic: Topic, pages: list[Page]) -> None:
    for page in pages:
        page.take_all()
        assert (page.messages, page.pinned, page.rules, page.opinions) == shown(world, page.user)
        # Whoever comes now is told from memory what the database would tell, and nothing that was hidden since.
        remembered = [json.loads(page.listener.text(entry)) for entry in topic.ring.values()]
        in_database = frames_since(page.user, world.about, 0)[-len(remembered) :]
        assert remembered == json.loads(json.dumps(in_database))


@pytest.mark.parametrize(
    "examples", [pytest.param(3, id="few"), pytest.param(40, id="many", marks=pytest.mark.thorough)]
)
def test_a_page_that_followed_shows_what_a_page_shows_that_is_opened_now(
    examples: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    # It would close the connection, and with it the transaction of the test.
    monkeypatch.setattr("channels.db.close_old_connections", lambda: None)
    make_house_rule(number=1)
    people = make_user(), make_user(), make_moderator(), make_moderator()

    # A failing walk is short already, and each one costs what ten tests cost.
    @settings(
        max_examples=examples,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(STEPS, PAGES)
    @example(CHANGED_THEN_HIDDEN, [(0, 0)])
    def walk(steps: list[tuple[str, int, str]], pages: list[tuple[int, int]]) -> None:
        for person in people:
            person.__dict__.pop("sides_taken", None)
        async_to_sync(followed)(World(*people), steps, pages)

    walk()
