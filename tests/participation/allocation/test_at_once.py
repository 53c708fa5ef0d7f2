"""What is done to a round by several people at the same moment."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any

import pytest
from django.db import connections

from participation.allocation.ballots.actions import ask_to_close, cast_ballot, close_voting
from participation.allocation.ballots.models import AllocationBallot, FrozenBallots
from participation.allocation.ballots.receipts import votes_in
from participation.allocation.models import Phase
from participation.allocation.proposals.actions import withdraw_project
from participation.allocation.proposals.models import ProjectProposal
from participation.models import Notification
from portal.errors import Closed, Invalid
from tests.factories import make_moderator, make_user
from tests.participation.allocation.rounds import approving, listed_round, make_allocation, make_proposal, move_to

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


def at_once(*deeds: Callable[[], Any]) -> list[type[Exception] | None]:
    """What each of them met."""
    barrier, met = Barrier(len(deeds)), [None] * len(deeds)  # type: ignore[var-annotated]

    def run(number: int) -> None:
        try:
            barrier.wait(10)
            deeds[number]()
        except Exception as error:
            met[number] = type(error)
        finally:
            connections.close_all()

    threads = [Thread(target=run, args=(number,)) for number in range(len(deeds))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    return met


def test_somebody_who_votes_twice_at_once_has_one_ballot() -> None:
    allocation, person = listed_round(100, 200, 300), make_user()
    met = at_once(
        *(
            lambda number=number: cast_ballot(allocation, votes=approving(number), acting_user=person)  # type: ignore[misc]
            for number in (1, 2, 3)
        )
    )
    ballot = AllocationBallot.objects.get()
    assert (met, ballot.times_cast) == ([None] * 3, 3)
    assert votes_in(ballot.choices) in ({1: 1}, {2: 1}, {3: 1})


def test_people_who_vote_at_once_all_have_a_ballot() -> None:
    allocation = listed_round(100, 200)
    people = [make_user() for _person in range(4)]
    met = at_once(
        *(
            lambda person=person: cast_ballot(allocation, votes=approving(1, 2), acting_user=person)  # type: ignore[misc]
            for person in people
        )
    )
    assert (met, AllocationBallot.objects.count()) == ([None] * 4, 4)


def test_whoever_votes_while_a_project_is_withdrawn_is_refused_or_told() -> None:
    allocation, person = listed_round(100, 200), make_user()
    gone = allocation.proposals.select_related("author", "allocation").get(number=1)
    voted, withdrawn = at_once(
        lambda: cast_ballot(allocation, votes=approving(1, 2), acting_user=person),
        lambda: withdraw_project(gone, reason="不做了。", acting_user=gone.author),
    )
    told = Notification.objects.filter(recipient=person, announcement__words__step="withdrawn").exists()
    assert withdrawn is None
    assert (voted, told) in ((None, True), (Invalid, False))


def test_a_vote_that_two_close_at_once_is_closed_once() -> None:
    allocation = listed_round(100)
    cast_ballot(allocation, votes=approving(1), acting_user=make_user())
    move_to(allocation, Phase.CLOSING)
    ask_to_close(allocation, acting_user=make_moderator())
    keepers = [make_moderator(), make_moderator()]
    met = at_once(*(lambda keeper=keeper: close_voting(allocation, acting_user=keeper) for keeper in keepers))  # type: ignore[misc]
    assert sorted(met, key=str) == sorted([None, Closed], key=str)
    assert FrozenBallots.objects.get().ballots == 1


def test_projects_that_are_proposed_at_once_have_numbers_of_their_own() -> None:
    allocation = make_allocation()
    people = [make_user() for _person in range(3)]
    met = at_once(*(lambda person=person: make_proposal(allocation, acting_user=person) for person in people))  # type: ignore[misc]
    assert met == [None] * 3
    assert sorted(ProjectProposal.objects.values_list("number", flat=True)) == [1, 2, 3]
