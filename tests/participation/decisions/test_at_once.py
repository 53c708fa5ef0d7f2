"""What several people do to a ballot at the same moment."""

from __future__ import annotations

import pytest

from participation.decisions.actions import change_seat
from participation.decisions.voting.models import DecisionBallot
from tests.factories import make_moderator
from tests.participation.allocation.test_at_once import at_once
from tests.participation.decisions.rooms import make_decision_room, open_round, rate, voters

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


def test_two_who_rate_for_branches_of_one_owner_at_once_cast_one_ballot() -> None:
    room = make_decision_room(groups=("citizen", "enterprise"), seats=2)
    first, second = room.seats.order_by("pk")
    change_seat(second, votes_with=first, reason="同一集团", acting_user=make_moderator())
    round_ = open_round(room)
    people = voters(room, "enterprise")
    met = at_once(
        *(
            lambda one=one, side=side, to=to: rate(round_, one, side, A=to)
            for (one, side), to in zip(people, (4, 8), strict=True)
        )
    )
    assert met == [None, None]
    assert list(DecisionBallot.objects.values_list("seat", flat=True)) == [first.pk]
