"""What is done by a frame other than a message: by the same actions as on the pages."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from django.utils.translation import gettext_lazy as _

from participation.discussion import keeping
from participation.discussion.actions import edit_message, post_message
from participation.discussion.frames import Edit, Moderate
from participation.discussion.models import Event, Room
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.pace import spend_by
from participation.stakeholders.queries import Standing
from portal.errors import Invalid, NotFound
from portal.rates import spend

# How a message is hidden under a rule (None: shown again). The room of moderation, which is a later one, says.
Judge = Callable[..., object]
_judges: list[Judge] = []


def register(judge: Judge) -> None:
    """``judge(message, rule=number or None, reason=, acting_user=)`` hides a message, or shows it again."""
    _judges[:] = [judge]


def change(frame: Edit | Moderate, room: Room | None, person: User) -> tuple[int, bool]:
    """Do what the frame asks for. Returns the number to acknowledge, and whether it had been done before.

    That is the number of the new event; of somebody asked to be silent, which is no event, the message's own.
    """
    if room is None:
        raise NotFound
    if isinstance(frame, Edit):
        spend_by("message", person)
        return edit_message(_message(room, frame.seq), body=frame.body, acting_user=person).seq, False
    spend("moderation", str(person.pk))
    if frame.deed == "announce":
        said, is_duplicate = post_message(
            room.about,
            body=frame.body,
            client_id=frame.cid,
            standing=Standing(StakeholderGroup.CITIZEN),
            form=Event.Form.ANNOUNCEMENT,
            acting_user=person,
        )
        return said.seq, is_duplicate
    if frame.deed == "unpin":
        return keeping.unpin_message(room, acting_user=person).seq, False
    if frame.deed in ("lock", "unlock", "slow", "hold"):
        return keeping.change_rules(room, reason=frame.reason, acting_user=person, **_rules(frame, room)).seq, False
    message = _message(room, frame.seq)
    if frame.deed == "pin":
        return keeping.pin_message(message, acting_user=person).seq, False
    if frame.deed == "mute":
        keeping.mute_author(message, hours=frame.hours, reason=frame.reason, acting_user=person)
        return message.seq, False
    return _judged(frame, message, person), False


def _rules(frame: Moderate, room: Room) -> dict[str, Any]:
    rules: dict[str, Any] = {"is_locked": room.is_locked, "slow_seconds": room.slow_seconds, "holds": room.holds}
    if frame.deed == "slow":
        return rules | {"slow_seconds": frame.seconds}
    return rules | ({"holds": frame.holds} if frame.deed == "hold" else {"is_locked": frame.deed == "lock"})


def _judged(frame: Moderate, message: Event, person: User) -> int:
    if frame.deed == "hide" and frame.rule is None:
        raise Invalid(_("Please name the house rule."), field="rule")
    rule = frame.rule if frame.deed == "hide" else None
    for judge in _judges:
        judge(message, rule=rule, reason=frame.reason, acting_user=person)
    return message.room.events.filter(target_seq=message.seq).latest("seq").seq


def _message(room: Room, seq: int | None) -> Event:
    messages = room.events.filter(kind=Event.Kind.MESSAGE).select_related("room", "actor")
    found = None if seq is None else messages.filter(seq=seq).first()
    if found is None:
        raise Invalid(_("That message is not in this discussion."), field="seq")
    return found
