"""What people are told of decisions, and the regular work: reminders, closing in time, deadlines that have passed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.utils import timezone

from participation.decisions.models import DecisionRoom
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.stakeholders.models import User

# Days before the end of the ratings on which followers, and those on the roster, are reminded.
REMINDED_BEFORE = 2


def tell(
    room: DecisionRoom,
    step: str,
    *,
    to: Iterable[User] = (),
    on: datetime | None = None,
    key: str = "",
    acting_user: User | None = None,
) -> None:
    """Tell whoever follows the decision or its consultation, and ``to``."""
    words = {"step": step}
    if on is not None:
        words["on"] = timezone.localdate(on).isoformat()
    announce(Kind.DECISION, room, to=list(to), of=[room.consultation], words=words, key=key, acting_user=acting_user)


def people_on_roster(room: DecisionRoom) -> list[User]:
    """Everybody with a mandate of an organisation on the roster."""
    organisations = room.seats.filter(removed_at__isnull=True).values("organisation")
    from participation.stakeholders.models import Mandate

    people = Mandate.objects.current().filter(organisation__in=organisations).values("person")
    return list(User.objects.filter(pk__in=people))


def remind_of_ratings() -> None:
    """Once for each round and deadline."""
    from participation.decisions.voting.models import DecisionRound

    now = timezone.now()
    soon = DecisionRound.objects.filter(
        closed_at__isnull=True, ends_at__gt=now, ends_at__lte=now + timedelta(days=REMINDED_BEFORE)
    ).select_related("room__consultation")
    for each in soon:
        key = f"closing {each.number} {each.ends_at.isoformat()}"
        tell(each.room, "closing", to=people_on_roster(each.room), on=each.ends_at, key=key)


def look_after_decisions() -> None:
    """Close what has ended, admit objections that the panel left undecided, suspend what is overdue."""
    from participation.decisions.voting.actions import close_round
    from participation.decisions.voting.models import DecisionRound

    for each in DecisionRound.objects.filter(closed_at__isnull=True, ends_at__lte=timezone.now()):
        close_round(each, acting_user=None)
    admit_what_is_overdue()
    suspend_what_is_overdue()
    remind_of_ratings()


def admit_what_is_overdue() -> None:
    from participation.decisions.objecting.actions import admit_overdue
    from participation.decisions.objecting.models import DecisionObjection

    late = DecisionObjection.objects.filter(state__in=("filed", "appealed"), due_on__lt=timezone.localdate())
    for objection in late.filter(room__state__in=("rating", "closed", "revision")).select_related("room"):
        admit_overdue(objection, acting_user=None)


def suspend_what_is_overdue() -> None:
    from participation.decisions.carrying.actions import suspend_room
    from participation.decisions.carrying.queries import overdue_in

    for room in DecisionRoom.objects.filter(state=DecisionRoom.State.FOLLOW_UP):
        if overdue_in(room):
            suspend_room(room, acting_user=None)
