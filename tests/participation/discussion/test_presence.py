"""How many people are here: people, not pages."""

from __future__ import annotations

import asyncio
import time
from typing import Any
from uuid import UUID

import pytest

from participation.discussion.hub import Hub
from participation.discussion.outlets import Message, Outlet
from participation.discussion.topics import PRESENCE_ENDS, Listener, Topic


class Kept(Outlet):
    def __init__(self) -> None:
        super().__init__(_nowhere)
        self.texts: list[str] = []

    def send(self, message: Message, *, is_hint: bool = False) -> None:
        self.texts.append(message.text)


async def _nowhere(message: dict[str, Any]) -> None:
    return None


@pytest.fixture
async def topic() -> Topic:
    found = Topic(Hub(asyncio.get_running_loop()), None, UUID(int=7))
    found.is_dirty = False
    return found


def open_page(topic: Topic, person: int | None) -> Kept:
    outlet = Kept()
    listener = Listener(outlet, "en", person)
    listener.is_ready = True
    topic.add(listener)
    return outlet


async def test_somebody_with_many_pages_is_one_person(topic: Topic) -> None:
    for person in (1, 1, 1, 2):
        open_page(topic, person)
    assert topic.present() == (2, False)


async def test_of_visitors_each_page_counts(topic: Topic) -> None:
    for person in (1, None, None):
        open_page(topic, person)
    assert topic.present() == (3, False)


async def test_somebody_who_is_here_by_two_processes_is_one_person(topic: Topic) -> None:
    open_page(topic, 1)
    topic.others["elsewhere"] = (time.time(), [1, 2], 3, 0.0)
    assert topic.present() == (5, False)


async def test_a_process_that_is_gone_counts_no_more(topic: Topic) -> None:
    topic.others["elsewhere"] = (time.time() - PRESENCE_ENDS - 1, [1, 2], 3, 0.0)
    assert topic.present() == (0, False)


@pytest.mark.parametrize(("people", "shown"), [(4, "null"), (5, "5")])
async def test_fewer_than_five_are_not_told(topic: Topic, people: int, shown: str) -> None:
    pages = [open_page(topic, person) for person in range(1, people + 1)]
    await topic.tell_present()
    assert pages[0].texts == [f'{{"type":"eph","here":{shown},"typing":false}}']


async def test_somebody_who_opens_a_second_page_changes_no_number(topic: Topic) -> None:
    pages = [open_page(topic, person) for person in range(1, 6)]
    await topic.tell_present()
    open_page(topic, 5)
    await topic.tell_present()
    assert len(pages[0].texts) == 1
