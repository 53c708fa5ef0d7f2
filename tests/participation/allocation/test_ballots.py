"""Ballots, the two-person close, the file, the count, and what follows: by the actions."""

from __future__ import annotations

import json
from hashlib import sha256
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import connection
from django.utils import timezone, translation

from participation.allocation.actions import publish_list
from participation.allocation.ballots.actions import ask_to_close, cast_ballot, close_voting
from participation.allocation.ballots.models import AllocationBallot, FrozenBallots
from participation.allocation.ballots.receipts import receipt_of, votes_in
from participation.allocation.counting import pabulib
from participation.allocation.models import Allocation, Phase
from participation.allocation.proposals.actions import withdraw_project
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.results.actions import adopt_winner, count_again, open_task_of_winner
from participation.allocation.results.models import AllocationResult, ProjectResult
from participation.allocation.results.showing import ballot_shown, result_shown
from participation.allocation.results.tallying import lot_order
from participation.allocation.results.tasks import count_ballots
from participation.models import Notification
from participation.stakeholders.levels.queries import Level
from portal.errors import Closed, Conflict, GongzhiError, Invalid, NotAllowed
from privacy.access.models import AccessEvent
from privacy.log.models import PendingLeaf
from tests.factories import make_moderator, make_officer, make_user
from tests.participation.allocation.rounds import (
    DAY,
    approving,
    close,
    listed_round,
    make_rule,
    move_to,
    vote,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def leaves(kind: str) -> list[dict[str, Any]]:
    return [json.loads(leaf.leaf) for leaf in PendingLeaf.objects.filter(kind=kind).order_by("pk")]


def counted_round(*ballots: Any, costs: tuple[int, ...] = (600, 400, 300), **fields: Any) -> Allocation:
    allocation = listed_round(*costs, **fields)
    vote(allocation, *ballots)
    close(allocation)
    count_ballots.func(AllocationResult.objects.get().pk)
    allocation.refresh_from_db()
    return allocation


# Casting ---------------------------------------------------------------------------------------------------------


@pytest.mark.both
def test_a_ballot_is_sealed_and_its_receipt_is_that_of_its_votes() -> None:
    allocation, person = listed_round(100, 200), make_user()
    ballot = cast_ballot(allocation, votes=approving(1, 2), acting_user=person)
    with connection.cursor() as cursor:
        cursor.execute("SELECT choices FROM participation_allocationballot")
        assert b"votes" not in bytes(cursor.fetchone()[0])
    read = AllocationBallot.objects.get(pk=ballot.pk)
    assert (votes_in(read.choices), receipt_of(str(read.choices["salt"]), {1: 1, 2: 1})) == ({1: 1, 2: 1}, read.receipt)


def test_a_ballot_is_changed_and_the_last_one_counts() -> None:
    allocation, person = listed_round(100, 200), make_user()
    first = cast_ballot(allocation, votes=approving(1), acting_user=person).receipt
    second = cast_ballot(allocation, votes=approving(2), acting_user=person)
    assert AllocationBallot.objects.count() == 1
    assert (second.times_cast, second.receipt != first, votes_in(second.choices)) == (2, True, {2: 1})
    assert [leaf["public"]["state"] for leaf in leaves("allocation.ballot")] == ["cast", "changed"]


def test_the_same_ballot_again_is_refused() -> None:
    allocation, person = listed_round(100), make_user()
    cast_ballot(allocation, votes=approving(1), acting_user=person)
    with pytest.raises(Conflict, match="cast already"):
        cast_ballot(allocation, votes=approving(1), acting_user=person)


@pytest.mark.parametrize(
    ("votes", "rules", "said"),
    [
        ({}, {}, "at least one"),
        ({9: 1}, {}, "no. 9 is not on the ballot"),
        ({1: 2}, {}, "supported once"),
        ({1: 1, 2: 1}, {"most_projects": 1}, "1 at most"),
        ({1: 6, 2: 5}, {"ballot_kind": "points", "points": 10}, "You gave 11 points; you have 10"),
        ({1: 0}, {"ballot_kind": "points", "points": 10}, "whole numbers from 1"),
    ],
    ids=["empty", "unknown", "twice", "too many", "too many points", "no points"],
)
def test_a_ballot_over_the_limits_is_refused_with_the_reason(votes: Any, rules: Any, said: str) -> None:
    allocation = listed_round(100, 200, rules=rules)
    with pytest.raises(Invalid, match=said):
        cast_ballot(allocation, votes=votes, acting_user=make_user())
    assert not AllocationBallot.objects.exists()


@pytest.mark.parametrize(
    ("phase", "said"), [(Phase.LISTED, "begins on"), (Phase.CLOSING, "ended on")], ids=["early", "late"]
)
def test_a_ballot_out_of_time_is_refused_with_the_reason(phase: Phase, said: str) -> None:
    allocation = move_to(listed_round(100), phase)
    with pytest.raises(Closed, match=said):
        cast_ballot(allocation, votes=approving(1), acting_user=make_user())


def test_somebody_below_the_level_does_not_vote() -> None:
    allocation = listed_round(100)
    Allocation.objects.update(required_level=Level.RESIDENT)
    allocation.refresh_from_db()
    with pytest.raises(NotAllowed, match="residents"):
        cast_ballot(allocation, votes=approving(1), acting_user=make_user())


def test_a_ballot_is_nobodys_but_the_voters() -> None:
    allocation = listed_round(100)
    (voter,) = vote(allocation, approving(1))
    assert AllocationBallot.objects.visible_to(voter).count() == 1
    assert not AllocationBallot.objects.visible_to(make_moderator()).exists()


# Withdrawing during the vote ---------------------------------------------------------------------------------------


def test_votes_for_a_withdrawn_project_are_archived_and_their_voters_told(
    django_capture_on_commit_callbacks: Any,
) -> None:
    allocation = listed_round(600, 400)
    voters = vote(allocation, approving(1, 2), approving(1), approving(2))
    before = {ballot.receipt for ballot in AllocationBallot.objects.all()}
    gone = allocation.proposals.get(number=1)
    with django_capture_on_commit_callbacks(execute=True):
        withdraw_project(gone, reason="换了别的办法。", acting_user=gone.author)
    told = Notification.objects.filter(announcement__kind="project", announcement__words__step="withdrawn")
    assert set(told.values_list("recipient", flat=True)) == {voters[0].pk, voters[1].pk}
    with pytest.raises(Invalid, match="was withdrawn"):
        cast_ballot(allocation, votes=approving(1), acting_user=make_user())
    frozen = close(allocation)
    gone.refresh_from_db()
    election = pabulib.read(frozen.text)
    assert gone.archived_votes == 2
    assert [project.id for project in election.projects] == ["2"]
    assert (len(election.ballots), set(election.voters)) == (3, before)
    assert leaves("allocation.closed")[0]["public"]["archived"] == [[1, 2]]


# Closing -----------------------------------------------------------------------------------------------------------


def test_nobody_closes_a_vote_alone() -> None:
    allocation, keeper = move_to(listed_round(100), Phase.CLOSING), make_moderator()
    with pytest.raises(Conflict, match="First somebody asks"):
        close_voting(allocation, acting_user=keeper)
    ask_to_close(allocation, acting_user=keeper)
    with pytest.raises(NotAllowed, match="second person"):
        close_voting(allocation, acting_user=keeper)
    with pytest.raises(Conflict):
        ask_to_close(allocation, acting_user=make_moderator())
    close_voting(allocation, acting_user=make_moderator())


def test_a_vote_is_closed_only_once_its_time_is_over() -> None:
    with pytest.raises(Closed):
        ask_to_close(listed_round(100), acting_user=make_moderator())


def test_the_file_names_nobody_and_its_digest_is_in_the_log_before_the_count() -> None:
    allocation = listed_round(600, 400)
    voters = vote(allocation, approving(1), approving(1, 2))
    frozen = close(allocation)
    assert frozen.sha256 == sha256(frozen.text.encode()).hexdigest()
    assert [leaf["public"]["ballots_sha256"] for leaf in leaves("allocation.closed")] == [frozen.sha256]
    assert leaves("allocation.counted") == []
    receipts = sorted(ballot.receipt for ballot in AllocationBallot.objects.all())
    assert pabulib.read(frozen.text).voters == receipts
    assert not any(voter.display_name in frozen.text or voter.email in frozen.text for voter in voters)


def test_opening_the_ballots_stands_in_the_readings_of_their_voters() -> None:
    allocation = listed_round(100)
    (voter,) = vote(allocation, approving(1))
    close(allocation)
    event = AccessEvent.objects.get(subject_ref=voter.row_id)
    assert (event.actor, event.fields) == (None, ["choices"])


# Counting ----------------------------------------------------------------------------------------------------------


@pytest.mark.both
def test_the_count_opens_the_lot_and_explains_every_project() -> None:
    allocation = counted_round(*[approving(1)] * 4, *[approving(2)] * 3, *[approving(2, 3)] * 2, approving(3))
    result = AllocationResult.objects.get()
    rows = {row.proposal.number: row for row in ProjectResult.objects.all()}
    assert (result.state, allocation.phase, result.progress) == ("counted", Phase.COUNTED, 100)
    assert allocation.lot_commitment == sha256(bytes.fromhex(allocation.lot_opened)).hexdigest()
    assert allocation.lot_secret is None
    opened = AccessEvent.objects.get(record_ref=allocation.row_id)
    assert (opened.actor, opened.purpose, opened.fields) == (
        None,
        translation.gettext("To draw the lot"),
        ["lot_secret"],
    )
    assert {number: row.is_winner for number, row in rows.items()} == {1: True, 2: True, 3: False}
    assert sum(row.proposal.cost or 0 for row in rows.values() if row.is_winner) <= allocation.amount
    assert rows[3].account["reason"] in ("too_few", "spent", "outranked")
    counted = leaves("allocation.counted")[0]["public"]
    assert (counted["result_sha256"], sorted(counted["winners"])) == (result.sha256, [1, 2])


@pytest.mark.parametrize("compared", ["shown", "decides"])
def test_the_published_result_is_what_the_command_prints_for_the_published_files(compared: str, tmp_path: Path) -> None:
    make_rule(comparison=compared)
    allocation = counted_round(approving(1, 2), *[approving(3)] * 2, costs=(500, 300, 800))
    frozen, result = FrozenBallots.objects.get(), AllocationResult.objects.get()
    ids = [project.id for project in pabulib.read(frozen.text).projects]
    (tmp_path / "ballots.pb").write_text(frozen.text)
    (tmp_path / "lot.txt").write_text("\n".join(lot_order(bytes.fromhex(allocation.lot_opened), ids)) + "\n")
    printed = StringIO()
    call_command(
        "allocate",
        tmp_path / "ballots.pb",
        utility=allocation.utility,
        completion=allocation.completion,
        stop=allocation.stop,
        comparison=compared,
        ties=str(tmp_path / "lot.txt"),
        json=True,
        stdout=printed,
    )
    assert printed.getvalue() == result.figures["text"]
    assert sha256(printed.getvalue().encode()).hexdigest() == result.sha256


def test_a_count_is_made_once() -> None:
    counted_round(approving(1))
    result = AllocationResult.objects.get()
    count_ballots.func(result.pk)
    assert len(leaves("allocation.counted")) == 1
    with pytest.raises(Conflict):
        count_again(result, acting_user=make_moderator())


def test_a_round_in_which_nobody_votes_ends_without_a_result() -> None:
    allocation = counted_round()
    assert (AllocationResult.objects.get().state, allocation.phase) == ("empty", Phase.COUNTED)


def test_a_file_that_is_not_the_one_in_the_log_is_not_counted() -> None:
    allocation = listed_round(100)
    vote(allocation, approving(1))
    close(allocation)
    FrozenBallots.objects.update(text=FrozenBallots.objects.get().text + "\n")
    result = AllocationResult.objects.get()
    count_ballots.func(result.pk)
    result.refresh_from_db()
    assert (result.state, "digest" in result.problem) == ("failed", True)
    assert count_again(result, acting_user=make_moderator()).state == "waiting"


def test_what_a_ballot_paid_and_what_is_left_is_its_share() -> None:
    counted_round(approving(1), approving(1, 2), approving(2), approving(2, 3))
    result = AllocationResult.objects.select_related("allocation").get()
    shown = ballot_shown(result, approving(1, 2))
    assert abs(sum(line.paid for line in shown.lines) + shown.left - shown.share) <= 1


def test_a_result_is_shown_beside_most_votes_first() -> None:
    allocation = counted_round(*[approving(1)] * 4, *[approving(2)] * 3)
    shown = result_shown(AllocationResult.objects.get(), allocation)
    assert (shown.voters, len(shown.rows), shown.winners[0].row.place) == (7, 3, 1)


def test_where_the_rules_say_so_the_result_that_more_people_prefer_holds() -> None:
    make_rule(comparison="decides")
    # Two of three pay too little for the third project at any share that fits, and no other fits beside it.
    allocation = counted_round(approving(1, 2), *[approving(3)] * 2, costs=(500, 300, 800))
    result = AllocationResult.objects.get()
    rows = {row.proposal.number: row for row in ProjectResult.objects.all()}
    assert {number: row.how for number, row in rows.items()} == {1: "lost", 2: "lost", 3: "majority"}
    assert (result.figures["prefer_greedy"], result.figures["prefer_result"]) == (2, 1)
    assert rows[2].account == {"reason": "no_room", "left": "200"}
    assert leaves("allocation.counted")[0]["public"]["decided_by"] == "votes"
    shown = result_shown(result, allocation)
    assert (shown.is_by_votes, shown.here.voters_with_one, shown.other.voters_with_one) == (True, 2, 1)
    assert ballot_shown(result, approving(2)).share is None


def test_elsewhere_both_results_are_shown_and_that_by_shares_holds() -> None:
    allocation = counted_round(approving(1, 2), *[approving(3)] * 2, costs=(500, 300, 800))
    shown = result_shown(AllocationResult.objects.get(), allocation)
    assert ([one.row.proposal.number for one in shown.winners], shown.is_by_votes) == ([2, 1], False)


def test_points_are_counted() -> None:
    rules = {"ballot_kind": "points", "points": 10}
    counted_round({1: 8, 2: 2}, {2: 10}, {3: 10}, rules=rules)
    assert "cumulative" in FrozenBallots.objects.get().text
    assert AllocationResult.objects.get().state == "counted"


# Carrying out ------------------------------------------------------------------------------------------------------


def test_a_winner_becomes_a_programme_with_a_task() -> None:
    allocation = counted_round(*[approving(1)] * 3)
    row = ProjectResult.objects.won().get()
    keeper = make_moderator()
    assert allocation.department is not None
    officer = make_officer(allocation.department)
    due_on = timezone.localdate() + 30 * DAY
    with pytest.raises(Closed):
        open_task_of_winner(row, officer=officer, due_on=due_on, acting_user=keeper)
    row = adopt_winner(row, acting_user=keeper)
    assert row.programme is not None
    assert (row.programme.name, row.programme.department) == (row.proposal.title, allocation.department)
    row = open_task_of_winner(row, officer=officer, due_on=due_on, acting_user=keeper)
    assert (row.task.department, row.task.due_on, row.task.finding.source) == (
        allocation.department,
        due_on,
        "allocation",
    )
    with pytest.raises(Conflict):
        adopt_winner(row, acting_user=keeper)


def test_what_was_not_funded_is_not_carried_out() -> None:
    counted_round(*[approving(1)] * 3)
    lost = ProjectResult.objects.filter(how="lost").first()
    assert lost is not None
    with pytest.raises(Closed):
        adopt_winner(lost, acting_user=make_moderator())


# Who, when ---------------------------------------------------------------------------------------------------------

PHASES = (Phase.PROPOSING, Phase.REVIEW, Phase.VOTING, Phase.CLOSING)
WHEN = {
    "list": {Phase.REVIEW},
    "vote": {Phase.VOTING},
    "ask to close": {Phase.CLOSING},
}


@pytest.mark.parametrize("who", ["citizen", "officer", "moderator"])
@pytest.mark.parametrize("deed", list(WHEN))
def test_every_deed_has_its_time_and_its_people(deed: str, who: str) -> None:
    allocation = listed_round(100)
    assert allocation.department is not None
    person = {
        "citizen": make_user,
        "officer": lambda: make_officer(allocation.department),  # type: ignore[arg-type]
        "moderator": make_moderator,
    }[who]()
    deeds: dict[str, Any] = {
        "list": lambda: publish_list(allocation, acting_user=person),
        "vote": lambda: cast_ballot(allocation, votes=approving(1), acting_user=person),
        "ask to close": lambda: ask_to_close(allocation, acting_user=person),
    }
    done = set()
    for phase in PHASES:
        is_listed = phase in (Phase.VOTING, Phase.CLOSING)
        Allocation.objects.update(listed_at=timezone.now() if is_listed else None)
        ProjectProposal.objects.update(step="listed" if is_listed else "feasible")
        move_to(allocation, phase)
        try:
            deeds[deed]()
        except GongzhiError:
            continue
        done.add(phase)
    assert done == (WHEN[deed] if deed == "vote" or who != "citizen" else set())
