"""What a result says to a voter, to those who proposed a project, and to the city."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participation.allocation.counting.completion import Completion, count
from participation.allocation.counting.election import Election, Utility, by_id
from participation.allocation.counting.equal_shares import Outcome, equal_shares
from participation.allocation.counting.explaining import (
    Flow,
    Paid,
    Reason,
    ballot_account,
    city_level,
    comparison,
    effective_support,
    who_paid,
    why_not,
)
from tests.participation.allocation.elections import election, ids
from tests.participation.allocation.test_counting import elections


def plain(one: Election) -> Outcome:
    return equal_shares(one, one.equal_share, Utility.COST, by_id(one))


@pytest.fixture
def town() -> Election:
    """Share 10. A (12, 4 each) and B (18: 6 + 6 + 6) win; C and D do not."""
    return election({"A": 12, "B": 18, "C": 15, "D": 40}, ["ABC", "ABC", "AC", "B", "D"], 50)


def test_the_account_of_a_ballot_says_where_its_share_went(town: Election) -> None:
    outcome = plain(town)
    rounds = outcome.rounds()
    assert ids(town, outcome.winners) == "AB"
    first, _, third, fourth, fifth = (ballot_account(outcome, rounds, ballot) for ballot in town.ballots)
    assert (first.paid, first.left) == ({0: 4, 1: 6, 2: 0}, 0)
    assert (third.paid, third.left) == ({0: 4, 2: 0}, 6)
    assert (fourth.paid, fourth.left) == ({1: 6}, 4)
    assert (fifth.paid, fifth.left) == ({3: 0}, 10)


@settings(max_examples=40)
@given(elections(), st.sampled_from(list(Utility)))
def test_what_a_ballot_paid_and_what_is_left_is_its_share(one: Election, utility: Utility) -> None:
    outcome = equal_shares(one, one.equal_share, utility, by_id(one))
    rounds = outcome.rounds()
    accounts = [ballot_account(outcome, rounds, ballot) for ballot in one.ballots]
    assert all(sum(account.paid.values(), account.left) == outcome.share for account in accounts)
    assert all(account.left >= 0 for account in accounts)
    assert sum(sum(account.paid.values()) for account in accounts) == outcome.cost


def test_for_a_winner_it_says_who_paid_what(town: Election) -> None:
    first, second = plain(town).rounds()
    assert who_paid(first) == [Paid(Fraction(4), 3, is_all=False)]
    assert who_paid(second) == [Paid(Fraction(6), 2, is_all=True), Paid(Fraction(6), 1, is_all=False)]


def test_too_few_people_held_the_cost_of_a_project(town: Election) -> None:
    found = why_not(plain(town), by_id(town), 3)
    assert (found.reason, found.votes, found.held_at_first, found.missing) == (Reason.TOO_FEW, 1, 10, 30)
    assert (found.flows, found.support.level) == ((), Fraction(1, 4))


def test_another_project_was_ahead_in_the_round_in_which_a_project_came_nearest(town: Election) -> None:
    found = why_not(plain(town), by_id(town), 2)
    # At first it was level with A, which comes first by its id.
    assert (found.reason, found.support.level, found.support.ahead) == (Reason.OUTRANKED, 1, 0)
    assert found.flows == (Flow(0, 3, Fraction(12)), Flow(1, 2, Fraction(12)))
    assert (found.held_at_first, found.left) == (30, 6)


def test_the_supporters_had_spent_their_money_on_other_projects() -> None:
    # A takes 9 from each supporter of B; they have 1 + 1 left of the 19, but nobody else ranks close: B came nearest at the end.
    one = election({"A": 40, "B": 19}, ["AB", "A", "A", "A", "B"], 50)
    found = why_not(plain(one), by_id(one), 1)
    assert (found.reason, found.left, found.support.round) == (Reason.SPENT, 10, None)


def test_a_winner_has_no_reason_for_losing(town: Election) -> None:
    with pytest.raises(ValueError, match="won"):
        why_not(plain(town), by_id(town), 0)


@settings(max_examples=40)
@given(elections(), st.sampled_from(list(Utility)))
def test_effective_support_is_above_one_only_for_winners(one: Election, utility: Utility) -> None:
    outcome = equal_shares(one, one.equal_share, utility, by_id(one))
    for position, project in enumerate(one.projects):
        if not project.cost:
            continue
        level = effective_support(outcome, by_id(one), position).level
        assert level >= 1 if position in outcome.winners else level <= 1
        if position not in outcome.winners:
            why = why_not(outcome, by_id(one), position)
            assert why.left < why.cost
            assert sum(flow.amount for flow in why.flows) <= why.held_at_first - why.left


@settings(max_examples=40)
@given(elections())
def test_so_many_more_votes_for_a_project_alone_would_have_been_enough(one: Election) -> None:
    outcome = equal_shares(one, one.equal_share, Utility.CARDINALITY, by_id(one))
    for position, project in enumerate(one.projects):
        if position in outcome.winners or not project.cost:
            continue
        short = effective_support(outcome, by_id(one), position).votes_short

        def wins(more: int, position: int = position) -> bool:
            larger = Election(one.projects, [*one.ballots, *[{position: 1}] * more], one.budget)
            return position in equal_shares(larger, one.equal_share, Utility.CARDINALITY, by_id(one)).winners

        # Level with another is a tie, which the order of ties decides.
        assert wins(short) or wins(short + 1)
        assert short == 0 or not wins(short - 1)


def test_the_city_is_compared_with_most_votes_first() -> None:
    # Two of five people support B alone; A is supported by three and takes the whole budget when votes alone count.
    one = election({"A": 10, "B": 4, "C": 5}, ["AC", "AC", "AC", "B", "B"], 10)
    ties = by_id(one)
    result = count(one, utility=Utility.COST, completion=Completion.ADD1, ties=ties)
    step = comparison(result, ties)
    assert (ids(one, result.winners), ids(one, step.greedy)) == ("CB", "A")
    assert (step.prefer_result, step.prefer_greedy, step.keeps_result) == (2, 0, True)
    level = city_level(one, result.winners)
    assert (level.cost, level.voters_with_one, level.projects_per_voter) == (9, 5, 1)
    assert level.spending == {"": 9}
