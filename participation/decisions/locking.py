"""Rooms and rounds, locked before they are read and changed."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from participation.decisions.models import DecisionRoom
from participation.decisions.voting.models import DecisionRound
from portal.errors import Conflict


def locked_room(room: DecisionRoom, *states: str) -> DecisionRoom:
    """The room, locked, in one of these states; otherwise ``Conflict`` that says how it stands."""
    locked = DecisionRoom.objects.select_for_update(of=("self",)).get(pk=room.pk)
    if states and locked.state not in states:
        raise Conflict(
            _("The decision is now: %(state)s. That does not fit it.") % {"state": locked.get_state_display()}
        )
    return locked


def locked_round(round_: DecisionRound) -> DecisionRound:
    found: DecisionRound = (
        DecisionRound.objects.select_for_update(of=("self",)).select_related("room__consultation").get(pk=round_.pk)
    )
    return found
