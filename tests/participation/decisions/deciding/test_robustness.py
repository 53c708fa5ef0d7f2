from fractions import Fraction
from itertools import combinations, product

from hypothesis import given, settings

from participation.decisions.deciding.choosing import Status, choose
from participation.decisions.deciding.figures import count
from participation.decisions.deciding.reporting import decide
from participation.decisions.deciding.robustness import Change, Variant, bootstrap, examine, smallest_change, trimmed
from tests.participation.decisions.deciding.ballots import SQ, columns, decision, same

CLEAR = {
    "g0": {"A": same(9, 10), "B": same(6, 10), SQ: same(3, 10)},
    "g1": {"A": same(7, 4), "B": same(6, 4), SQ: same(4, 4)},
}


def test_unanimous_groups_give_the_same_in_every_sample() -> None:
    assert dict(bootstrap(decision(CLEAR), resamples=20, seed=1)) == {"A": 20}


def test_same_seed_draws_the_same_and_another_seed_something_else() -> None:
    made = decision({"g0": {"A": [9, 9, 9, 9, 0, 0], SQ: same(3, 6)}})
    first, again, other = (bootstrap(made, resamples=50, seed=seed) for seed in (1, 1, 2))
    assert (first == again, first == other) == (True, False)
    # The stream itself is part of the published result.
    assert dict(first) == {"A": first["A"], None: 50 - first["A"]}


def test_without_a_group_its_refusal_is_gone() -> None:
    made = decision({**CLEAR, "g2": {"A": same(0), "B": same(6), SQ: same(3)}})
    variants = decide(made, resamples=1).robustness
    assert variants is not None
    assert [(v.what, v.option) for v in variants.variants if v.kind == "without_group"] == [
        ("g0", "B"),
        ("g1", "B"),
        ("g2", "A"),
    ]


def test_threshold_that_was_just_met_is_shown_to_matter() -> None:
    made = decision({"g0": {"A": [5, 5, 4, 4], SQ: same(3)}})
    supports = count(made)
    found = examine(made, supports, choose(made, supports), resamples=1)
    changed = [variant for variant in found.variants if variant.option != "A"]
    assert changed == [Variant("threshold", "accept_min +0.05", Status.REVISE, None)] + [
        variant for variant in changed if variant.what == "floor +0.05"
    ]


def test_weights_matter_where_balanced_support_decides() -> None:
    columns = {"g0": {"A": same(6), SQ: same(7)}, "g1": {"A": [7, 7, 4, 4, 4], SQ: same(3, 5)}}
    found = decide(decision(columns, round=3), resamples=1)
    assert found.outcome.status is Status.STATUS_QUO
    assert found.robustness is not None
    assert found.robustness.same == 1


def test_trimmed_means_leave_out_a_tenth_at_each_end() -> None:
    made = decision({"g0": {"A": [0, *[6] * 8, 10], SQ: same(3, 10)}, "g1": {"A": [0, *[6] * 7, 10], SQ: same(3, 9)}})
    means = trimmed(made, count(made))["A"].means
    assert means == {"g0": Fraction(6, 10), "g1": Fraction(52, 90)}


def test_smallest_change_makes_a_small_group_refuse() -> None:
    made = decision({group: {"A": held["A"], SQ: held[SQ]} for group, held in CLEAR.items()})
    # Two of four opposing are more than a quarter; ten citizens need three.
    assert smallest_change(made, choose(made, count(made))) == Change(2, "g1", "acceptance")


def test_smallest_change_may_be_that_a_rival_overtakes() -> None:
    made = decision({"g0": {"A": [7, *[6] * 19], "B": [6, 7, 7, 7, *[5] * 16], SQ: same(3, 20)}})
    change = smallest_change(made, choose(made, count(made)))
    assert change is not None
    assert (change.how, change.rival, change.ballots) == ("overtaken", "B", 2)


def test_nothing_chosen_has_no_change_to_flip_it_and_no_samples() -> None:
    found = decide(decision({"g0": {"A": same(2), SQ: same(1)}}))
    assert found.robustness is not None
    assert (found.robustness.smallest_change, found.robustness.same, dict(found.robustness.wins)) == (None, None, {})


@settings(max_examples=20, derandomize=True, deadline=None)
@given(columns())
def test_losing_acceptance_takes_no_fewer_ballots_than_trying_all_of_them(rated: dict) -> None:
    made = decision(rated)
    outcome = choose(made, count(made))
    if outcome.status is not Status.DECIDED:
        return
    change = smallest_change(made, outcome)
    assert change is not None
    option = str(outcome.option)
    for group, held in rated.items():
        for size in range(change.ballots):
            for ballots in combinations(range(len(held[option])), size):
                for ratings in product((None, 0, 4), repeat=size):
                    tried = list(held[option])
                    for ballot, rating in zip(ballots, ratings, strict=True):
                        tried[ballot] = rating
                    other = decision({**rated, group: {**held, option: tried}})
                    figures = count(other)[option].groups[group]
                    # A group that says nothing at all any more is not heard, which is another matter.
                    assert figures.passes(other.charter) or figures.mean is None
