"""The open pages of a meeting that goes on."""

from participation.live import announce
from participation.meetings.models import Meeting


def tell_room(meeting: Meeting) -> None:
    """Whoever looks at the room of the meeting is told, on commit, that something changed there."""
    announce(meeting.row_id, {"kind": "meeting", "row_id": str(meeting.row_id)})
