"""What stands in the way of a decision, or of carrying it out."""

from __future__ import annotations

from participation.decisions.carrying.models import DecisionCommitment
from participation.decisions.models import DecisionRoom
from participation.decisions.objecting.models import DecisionObjection, DecisionPetition
from participation.decisions.voting.models import DecisionRound


def objections_moved_since(room: DecisionRoom, counted: DecisionRound) -> bool:
    """Whether the file that was counted says something else of objections or petitions than is so now."""
    if counted.counted_at is None:
        return True
    histories = (DecisionObjection.history, DecisionPetition.history)
    return any(history.filter(room=room, history_date__gt=counted.counted_at).exists() for history in histories)


def overdue_in(room: DecisionRoom) -> list[DecisionCommitment]:
    days = room.charter["more"]["suspended_after_days"]
    return [one for one in room.commitments.select_related("task") if one.suspends(days)]
