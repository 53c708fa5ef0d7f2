"""Regular work for opinion maps."""

from __future__ import annotations

from participation.consultations.stages import current_stage
from participation.deliberation.actions import OVER, close_conversation
from participation.deliberation.models import Conversation


def close_ended() -> None:
    """Close the maps of consultations that no longer take input."""
    found = Conversation.objects.open().select_related("consultation").prefetch_related("consultation__stages")
    for conversation in found:
        stage = current_stage(conversation.consultation)
        if stage is not None and stage.kind in OVER:
            close_conversation(conversation, acting_user=None)
