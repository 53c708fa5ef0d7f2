"""Telling open pages that something has changed. The database is the truth; what is sent here is only a hint."""

from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import get_channel_layer
from django.db import transaction


def channel_group(consultation_row_id: UUID) -> str:
    return f"consultation.{consultation_row_id.hex}"


def announce(consultation_row_id: UUID, hint: dict[str, Any]) -> None:
    """Send ``hint`` to every open page of the consultation once the present transaction has committed."""
    layer = get_channel_layer()
    message = {"type": "live.hint", "hint": hint}
    # Robust: what was committed stays committed, whatever becomes of the hint.
    transaction.on_commit(
        lambda: async_to_sync(layer.group_send)(channel_group(consultation_row_id), message), robust=True
    )
