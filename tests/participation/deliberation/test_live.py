"""Open pages hear that a map was drawn anew."""

from __future__ import annotations

import pytest
from asgiref.sync import sync_to_async

from participation.deliberation.models import Conversation
from participation.deliberation.snapshots import redraw
from tests.participation.deliberation.conversations import make_conversation, two_camps
from tests.participation.discussion.pages import opened

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


@sync_to_async
def conversation_made() -> Conversation:
    conversation = make_conversation()
    two_camps(conversation, each=2)
    return conversation


async def test_whoever_looks_at_the_consultation_hears_that_the_map_was_drawn() -> None:
    conversation = await conversation_made()
    async with opened(conversation.consultation) as page:
        await sync_to_async(redraw.call)(conversation.pk)
        assert await page.next() == {"type": "hint", "kind": "opinion_map", "row_id": str(conversation.row_id)}
