from fractions import Fraction

import pytest

from participation.decisions.deciding.charter import Charter, wilson_at_least
from participation.decisions.deciding.figures import count
from participation.decisions.deciding.objections import Harm, Objection, State
from tests.participation.decisions.deciding.ballots import SQ, decision, group, same

RATED = {"citizens": {"A": [10, 5, None, 0], SQ: same(3)}, "offices": {"A": [8, 6], SQ: same(4, 2)}}


def test_abstentions_are_left_out_of_means_and_shares() -> None:
    found = count(decision(RATED))["A"].groups["citizens"]
    assert (found.mean, found.accept, found.strong) == (Fraction(1, 2), Fraction(2, 3), Fraction(1, 3))


def test_each_group_weighs_the_same_however_many_it_is() -> None:
    support = count(decision(RATED))["A"]
    assert (support.balanced, support.pooled, support.gap) == (Fraction(3, 5), Fraction(29, 50), Fraction(1, 5))
    assert support.leximin == (Fraction(1, 2), Fraction(7, 10))


def test_sustained_objection_counts_as_opposition_whatever_the_rating() -> None:
    objection = Objection("A", "citizens", Harm.UNEQUAL_BURDEN, "section 3", State.SUSTAINED, ballot=1)
    found = count(decision(RATED, objections=[objection]))["A"].groups["citizens"]
    assert (found.mean, found.accept, found.strong) == (Fraction(1, 2), Fraction(2, 3), Fraction(2, 3))


def test_objection_of_an_abstainer_counts_among_those_who_were_heard() -> None:
    objection = Objection("A", "citizens", Harm.SAFETY, "section 3", State.SUSTAINED, ballot=2)
    found = count(decision(RATED, objections=[objection]))["A"].groups["citizens"]
    assert (found.accept, found.strong) == (Fraction(2, 3), Fraction(2, 4))


@pytest.mark.parametrize(
    "objection",
    [
        Objection("A", "citizens", Harm.PREFERENCE, "section 3", State.SUSTAINED, ballot=1),
        Objection("A", "citizens", Harm.SAFETY, " ", State.SUSTAINED, ballot=1),
        Objection("A", "citizens", Harm.SAFETY, "section 3", State.WITHDRAWN, ballot=1),
        Objection("A", "citizens", Harm.SAFETY, "section 3", State.REJECTED, ballot=1),
    ],
    ids=["preference", "no part", "withdrawn", "rejected"],
)
def test_objection_that_is_not_admissible_or_not_sustained_changes_no_figure(objection: Objection) -> None:
    assert count(decision(RATED, objections=[objection]))["A"] == count(decision(RATED))["A"]


def test_strata_weigh_as_many_people_as_they_have_within_a_third_and_three() -> None:
    strata = {"strata": ["north", "north", "north", "south"], "population": {"north": 500, "south": 500}}
    citizens = group("citizens", {"A": [8, 8, 8, 4], SQ: same(3)}, **strata)
    found = count(decision({"citizens": {"A": [], SQ: []}}, groups=[citizens]))["A"].groups["citizens"]
    # Weights 2/3 and 2: (3 * 8 * 2/3 + 4 * 2) / (10 * 4).
    assert (found.mean, found.unweighted) == (Fraction(3, 5), Fraction(7, 10))
    assert group("g", {"A": same(1)}, strata=["n", "n", "n", "s"], population={"n": 1, "s": 999}).stratum_weights == {
        "n": Fraction(1, 3),
        "s": Fraction(3),
    }


@pytest.mark.parametrize("ballots", [1, 3, 40, 1000])
def test_wilson_bound_is_compared_without_roots_as_with_them(ballots: int) -> None:
    z, least = 1.28, 0.45
    for accepting in range(ballots + 1):
        p = accepting / ballots
        root = (p * (1 - p) / ballots + z**2 / (4 * ballots**2)) ** 0.5
        bound = (p + z**2 / (2 * ballots) - z * root) / (1 + z**2 / ballots)
        assert wilson_at_least(accepting, ballots, Fraction(9, 20), Fraction(32, 25)) == (bound >= least)


def test_open_group_is_tested_by_its_wilson_bound() -> None:
    half = {"A": [5] * 50 + [4] * 50, SQ: same(3, 100)}
    closed, opened = (
        count(decision({"citizens": half}, groups=[group("citizens", half, is_open=is_open)]))["A"].groups["citizens"]
        for is_open in (False, True)
    )
    assert (closed.passes(Charter()), opened.passes(Charter())) == (True, False)
    assert opened.shortfall(Charter()) == {"accept": Fraction(0)}


def test_option_that_a_group_left_blank_has_no_balanced_support() -> None:
    support = count(decision({"citizens": {"A": [None] * 3, SQ: same(3, 3)}}))["A"]
    assert (support.means, support.balanced, support.leximin, support.gap, support.pooled) == (None,) * 5
    assert support.passes(Charter()) == {"citizens": False}


def test_a_ballot_of_no_stratum_counts_once() -> None:
    columns = {"A": [10, 10, 0, 5], SQ: same(5)}
    made = decision(
        columns={"g": columns}, groups=[group("g", columns, strata=["n", "n", "s", ""], population={"n": 1, "s": 1})]
    )
    assert made.groups[0].stratum_weights == {"n": Fraction(3, 4), "s": Fraction(3, 2), "": Fraction(1)}
    # (10 x 3/4 x 2 + 0 x 3/2 + 5) / (3/4 x 2 + 3/2 + 1), in tenths.
    assert count(made)["A"].groups["g"].mean == Fraction(20, 40)
