"""Telling open pages that something has changed. The database is the truth; what is sent here is only a hint."""

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction

# What every process listens to: that the rights of a person have changed.
PEOPLE = "people"
# The page that shows numbers of the whole site.
SITE = UUID(int=0)


def channel_group(row_id: UUID) -> str:
    """The group of the open pages about one record."""
    return f"about.{row_id.hex}"


def announce(row_id: UUID, hint: dict[str, Any]) -> None:
    """Send ``hint`` to every open page about the record once the present transaction has committed.

    Whatever is neither said, voted nor a step of a meeting may change the numbers of the whole site.
    """
    about = [row_id] if hint["kind"] in ("event", "opinions", "opinion_map", "meeting") else [row_id, SITE]
    send_on_commit({channel_group(each): {"type": "live.hint", "about": each.hex, "hint": hint} for each in about})


def announce_person(pk: int) -> None:
    """Have the open pages of a person asked again what they may show."""
    send_on_commit({PEOPLE: {"type": "live.person", "person": pk}})


def send_on_commit(messages: dict[str, dict[str, Any]]) -> None:
    """``messages``: group -> message."""

    async def send() -> None:
        layer = get_channel_layer()
        for group, message in messages.items():
            await layer.group_send(group, message)

    # Robust: what was committed stays committed, whatever becomes of the hint.
    transaction.on_commit(lambda: async_to_sync(send)(), robust=True)
