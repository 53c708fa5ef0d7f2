"""Small counts done by hand, and properties that every count has."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participation.allocation.counting.certificate import NotCertified, certify, exact_winners
from participation.allocation.counting.completion import Completion, Count, Stop, count
from participation.allocation.counting.election import (
    Election,
    Project,
    UnreadableElection,
    Utility,
    by_cost_votes_and_lot,
    by_id,
)
from participation.allocation.counting.equal_shares import Outcome, equal_shares
from participation.allocation.counting.lot import commitment, drawn, new_seed
from participation.allocation.counting.reference_rules import greedy, phragmen
from tests.participation.allocation.elections import election, ids, naive


def plain(one: Election, utility: Utility = Utility.COST, lot: str = "") -> Outcome:
    return equal_shares(one, one.equal_share, utility, by_cost_votes_and_lot(one, lot))


def enlarged(one: Election, stop: Stop, completion: Completion = Completion.ADD1) -> Count:
    return count(one, utility=Utility.COST, completion=completion, ties=by_id(one), stop=stop)


def test_who_has_less_than_the_price_gives_all_and_the_others_pay_more() -> None:
    # Share 10. A costs 12 and takes 4 each of three. B costs 22: two have 6, one has 10; 6 + 6 + 10 = 22.
    found = plain(election({"A": 12, "B": 22}, ["AB", "AB", "A", "B"], 40))
    first, second = found.rounds()
    assert (first.price, second.price) == (4, 10)
    assert sorted((one.before, one.amount, one.people, one.is_all) for one in second.payments) == [
        (6, 6, 2, True),
        (10, 10, 1, True),
    ]


def test_cost_utilities_choose_what_most_people_back_and_cardinality_what_is_cheapest_for_each() -> None:
    one = election({"A": 30, "B": 4}, ["A", "A", "AB", "AB"], 40)
    assert ids(one, plain(one, Utility.COST).winners) == "AB"
    assert ids(one, plain(one, Utility.CARDINALITY).winners) == "BA"


def test_points_weigh_what_each_pays() -> None:
    # 9 is paid 6 to 3: the one who gave two points pays twice as much.
    one = election({"A": 9}, [{"A": 2}, {"A": 1}], 20)
    (only,) = plain(one, Utility.POINTS).rounds()
    assert (only.price, sorted(payment.amount for payment in only.payments)) == (3, [3, 6])


def test_a_project_that_costs_nothing_wins_with_one_vote_and_never_without() -> None:
    one = election({"A": 0, "B": 5, "C": 0}, ["AB", "B"], 10)
    found = plain(one)
    assert (ids(one, found.winners), len(found.rounds())) == ("AB", 1)


def test_a_project_without_support_never_wins() -> None:
    one = election({"A": 1, "B": 1}, ["A"], 10)
    assert ids(one, enlarged(one, Stop.OVERSPEND, Completion.ADD1U).winners) == "A"


def test_nothing_can_be_paid_for() -> None:
    one = election({"A": 11}, ["A"], 10)
    assert (plain(one).winners, enlarged(one, Stop.EXHAUSTIVE).runs) == ((), 1)


def test_a_ballot_without_a_project_counts_as_a_vote() -> None:
    assert election({"A": 5}, ["A", ""], 10).equal_share == 5


@pytest.mark.parametrize(
    ("costs", "ballots", "lot", "first"),
    [
        # Each supporter of A and B counts fully: two each. The cheaper one comes first.
        ({"A": 8, "B": 6}, ["A", "A", "B", "B"], "AB", "B"),
        # Effective support 2 for both, as one supporter of B has nothing left after C; B has three votes.
        ({"C": 20, "A": 8, "B": 8}, ["C", "C", "C", "BC", "A", "A", "B", "B"], "CAB", "B"),
        ({"A": 8, "B": 8}, ["A", "A", "B", "B"], "BA", "B"),
        ({"A": 8, "B": 8}, ["A", "A", "B", "B"], "AB", "A"),
        ({"A": 8, "B": 8}, ["A", "A", "B", "B"], "", "A"),
    ],
    ids=["cost", "votes", "lot", "other-lot", "ids"],
)
def test_ties_go_to_the_lower_cost_then_to_more_votes_then_to_the_lot(
    costs: dict[str, int], ballots: list[str], lot: str, first: str
) -> None:
    one = election(costs, ballots, 5 * len(ballots))
    found = plain(one, lot=lot)
    assert ids(one, [position for position in found.winners if one.projects[position].id != "C"])[0] == first
    assert found.tie_breaks == 1


@pytest.mark.parametrize("lot", ["A", "AAB", "ABX"])
def test_a_lot_has_every_project_once(lot: str) -> None:
    with pytest.raises(UnreadableElection, match="every project once"):
        by_cost_votes_and_lot(election({"A": 1, "B": 1}, ["A"], 1), lot)


def test_the_stop_rules_differ_where_a_larger_share_swaps_projects() -> None:
    # With 5 each, B and C are paid for; nothing fits into the rest of 2. With 6 each A comes before B: A and C cost all.
    # From 10 on B is paid for as well, which is too much.
    one = election({"A": 6, "B": 4, "C": 4}, ["AB", "C"], 10)
    short, long = enlarged(one, Stop.EXHAUSTIVE), enlarged(one, Stop.OVERSPEND)
    assert (ids(one, short.winners), short.outcome.share, short.runs, short.next_outcome) == ("BC", 5, 1, None)
    assert (ids(one, long.winners), long.outcome.share, long.runs) == ("AC", 9, 6)
    assert long.next_outcome is not None
    assert (ids(one, long.next_outcome.winners), long.next_outcome.share) == ("ABC", 10)


def test_what_fits_beside_the_winners_is_added_by_votes() -> None:
    one = election({"A": 8, "B": 6, "C": 5}, ["A", "A", "B", "C", "C"], 20)
    found = enlarged(one, Stop.OVERSPEND, Completion.UTILITARIAN)
    assert (ids(one, found.outcome.winners), ids(one, found.completed)) == ("AC", "B")


def test_greedy_skips_what_does_not_fit_and_phragmen_ends_there() -> None:
    one = election({"A": 6, "B": 6, "C": 3}, ["A", "A", "A", "B", "B", "C"], 9)
    assert ids(one, greedy(one, Utility.COST, by_id(one))) == "AC"
    assert ids(one, phragmen(one, by_id(one))) == "A"


def test_a_share_must_grow() -> None:
    one = election({"A": 1}, ["A"], 1)
    with pytest.raises(ValueError, match="above zero"):
        count(one, utility=Utility.COST, completion=Completion.ADD1, ties=by_id(one), step=Fraction(0))


def test_a_result_that_was_altered_is_not_certified() -> None:
    one = election({"A": 4, "B": 6}, ["A", "B"], 20)
    true = enlarged(one, Stop.OVERSPEND)
    altered = Outcome(one, Utility.COST, true.outcome.share, (1,), 0)
    with pytest.raises(NotCertified):
        certify(Count(altered, None, (), 1), by_id(one))


def test_the_lot_is_the_same_for_everybody_who_draws_it_and_fits_only_its_commitment() -> None:
    # Both by sha256sum, as the published description says.
    seed, committed = "5f0e", "e49ebe79d3ec0725b14f8dac0bcb6f9e1565d61654aa5245fb18aa2e5e0bbbda"
    assert commitment(seed) == committed
    assert drawn(seed, committed, "ABCDE") == drawn(seed, committed, "EDCBA") == list("CEDBA")
    with pytest.raises(ValueError, match="not the one"):
        drawn("5f0f", committed, "ABCDE")
    assert len({new_seed() for _ in range(3)}) == 3


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([Project("A", Fraction(1))], [{0: 1}], Fraction(0)), "budget must be above zero"),
        (([Project("A", Fraction(1))], [{0: 1}], Fraction(-5)), "budget must be above zero"),
        (([Project("A", Fraction(-1))], [{0: 1}], Fraction(5)), "cannot be negative"),
        (([Project("A", Fraction(1))] * 2, [{0: 1}], Fraction(5)), "listed twice"),
        (([Project("A,B", Fraction(1))], [{0: 1}], Fraction(5)), "is no id"),
        (([Project("A", Fraction(1))], [], Fraction(5)), "no ballot"),
        (([Project("A", Fraction(1))], [{1: 1}], Fraction(5)), "not on the list"),
        (([Project("A", Fraction(1))], [{0: 0}], Fraction(5)), "points are above zero"),
    ],
    ids=["zero-budget", "negative-budget", "negative-cost", "twice", "comma", "no-ballot", "unknown", "no-points"],
)
def test_an_election_that_cannot_be_counted_says_why(arguments: tuple, message: str) -> None:
    with pytest.raises(UnreadableElection, match=message):
        Election(*arguments)


@st.composite
def elections(draw: st.DrawFn) -> Election:
    number = draw(st.integers(1, 6))
    costs = draw(st.lists(st.sampled_from([0, 1, 2, 3, 6, 6, 7, "0.01", 30, 1000]), min_size=number, max_size=number))
    ballot = st.dictionaries(st.integers(0, number - 1), st.sampled_from([1, 1, 1, 2, 3, 10]))
    return Election(
        [Project(f"p{position}", Fraction(cost)) for position, cost in enumerate(costs)],
        draw(st.lists(ballot, min_size=1, max_size=12)),
        Fraction(draw(st.integers(1, 90)), draw(st.sampled_from([1, 1, 100]))),
    )


@settings(max_examples=40)
@given(elections(), st.sampled_from(list(Utility)))
def test_the_count_is_that_of_the_rule_done_person_by_person_in_fractions(one: Election, utility: Utility) -> None:
    ties = by_cost_votes_and_lot(one)
    winners, money = naive(one, one.equal_share, utility, ties)
    found = equal_shares(one, one.equal_share, utility, ties)
    assert found.winners == tuple(winners) == exact_winners(one, one.equal_share, utility, ties)
    assert sum(money) == one.budget - found.cost


@settings(max_examples=40)
@given(elections(), st.sampled_from(list(Utility)))
def test_the_payments_for_a_project_are_its_cost_and_nobody_pays_more_than_there_is(
    one: Election, utility: Utility
) -> None:
    found = plain(one, utility)
    for bought in found.rounds():
        assert sum(paid.amount * paid.people for paid in bought.payments) == one.projects[bought.project].cost
        assert all(0 <= paid.amount <= paid.before <= found.share for paid in bought.payments)
    assert found.cost <= one.budget


@settings(max_examples=40)
@given(elections(), st.sampled_from(list(Utility)), st.integers(0, 99))
def test_the_order_of_ballots_does_not_matter(one: Election, utility: Utility, seed: int) -> None:
    shuffled = random.Random(seed).sample(one.ballots, len(one.ballots))
    other = Election(one.projects, shuffled, one.budget)
    assert plain(one, utility).winners == plain(other, utility).winners


@settings(max_examples=40)
@given(elections(), st.sampled_from(list(Stop)), st.sampled_from(list(Completion)))
def test_a_completed_result_fits_into_the_budget_and_is_certified(
    one: Election, stop: Stop, completion: Completion
) -> None:
    ties = by_cost_votes_and_lot(one)
    found = count(
        one,
        utility=Utility.COST,
        completion=completion,
        ties=ties,
        stop=stop,
        step=max(one.equal_share / 4, Fraction(20)),
    )
    assert found.cost <= one.budget
    assert len(set(found.winners)) == len(found.winners)
    assert certify(found, ties).winners == found.outcome.winners
