"""Who is told of a message: whoever it answers, and those whom it names."""

from __future__ import annotations

from participation.discussion.models import Event
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.stakeholders.models import User


def announce_message(message: Event) -> None:
    """Part of the action that makes a message public; one that is hidden or held is told when it is shown, once.

    Named is whoever spoke in the room before, and whose public name stands behind an @ in the message.
    """
    if message.is_hidden or not (message.reply_to or "@" in message.body):
        return
    spoken = Event.objects.filter(room=message.room_id, kind=Event.Kind.MESSAGE, seq__lt=message.seq)
    answered = spoken.filter(seq=message.reply_to).select_related("actor").first() if message.reply_to else None
    if answered is not None:
        announce(Kind.REPLY, message, to=answered.actor, key="reply", acting_user=message.actor)
    if "@" not in message.body:
        return
    others = User.objects.filter(pk__in=spoken.values("actor")).exclude(pk=answered.actor_id if answered else 0)
    named = [person for person in others if f"@{person.display_name}" in message.body]
    if named:
        announce(Kind.REPLY, message, to=named, words={"step": "named"}, key="named", acting_user=message.actor)
