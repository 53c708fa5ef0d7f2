"""What must hold for every decision."""

from dataclasses import replace
from fractions import Fraction

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from participation.decisions.deciding.choosing import Grade, choose, is_dominated, winners
from participation.decisions.deciding.decision import Decision
from participation.decisions.deciding.figures import count
from participation.decisions.deciding.reporting import decide, report
from tests.participation.decisions.deciding.ballots import SQ, always_the_same, columns, decision, same

Rated = dict[str, dict[str, list[int | None]]]
ROUNDS = st.integers(1, 3)


def decided(made: Decision) -> tuple[object, ...]:
    supports = count(made)
    found = choose(made, supports)
    figures = {option: (s.balanced, s.leximin, s.gap, s.means) for option, s in supports.items()}
    return found.status, found.option, found.grades, found.eligible, winners(made, supports), figures


@always_the_same
@given(columns(), ROUNDS, st.data())
def test_ten_times_the_ballots_of_one_group_change_no_result(rated: Rated, round_: int, data: st.DataObject) -> None:
    crowd = data.draw(st.sampled_from(sorted(rated)))
    crowded = {g: {o: r * 10 if g == crowd else r for o, r in held.items()} for g, held in rated.items()}
    before, after = (decided(decision(c, round=round_)) for c in (rated, crowded))
    # The pooled mean is shown because it does follow headcount.
    without_pooled = [{k: v for k, v in found[4].items() if k != "pooled"} for found in (before, after)]
    assert (before[:4], before[5], without_pooled[0]) == (after[:4], after[5], without_pooled[1])


@always_the_same
@given(columns(3), ROUNDS, st.data())
def test_higher_ratings_never_make_a_winner_lose(rated: Rated, round_: int, data: st.DataObject) -> None:
    before = decision(rated, round=round_)
    raised = {
        g: {
            o: [r if r is None else data.draw(st.integers(r, 10)) for r in held[o]] if o == "A" else held[o]
            for o in held
        }
        for g, held in rated.items()
    }
    after = decision(raised, round=round_)
    won, wins = winners(before, count(before)), winners(after, count(after))
    for rule in ("balanced", "leximin", "nash", "nash_vs_status_quo"):
        assert won[rule] != "A" or wins[rule] == "A"
    assert choose(before, count(before)).option != "A" or choose(after, count(after)).option == "A"


@always_the_same
@given(columns(), ROUNDS, st.data())
def test_names_and_order_of_groups_do_not_matter(rated: Rated, round_: int, data: st.DataObject) -> None:
    order = data.draw(st.permutations(sorted(rated)))
    names = dict(zip(order, (f"renamed {n}" for n in range(len(order))), strict=True))
    renamed = {names[g]: rated[g] for g in order}
    assert decided(decision(rated, round=round_))[:5] == decided(decision(renamed, round=round_))[:5]


@always_the_same
@given(columns(3), ROUNDS)
def test_dominated_option_never_wins(rated: Rated, round_: int) -> None:
    made = decision(rated, round=round_)
    supports = count(made)
    won, found = winners(made, supports), choose(made, supports)
    for option in (won["balanced"], won["leximin"], found.option if found.option != SQ else None):
        assert option is None or not is_dominated(option, supports)


@always_the_same
@given(columns(3), ROUNDS, st.data())
def test_order_of_options_and_of_ballots_does_not_matter(rated: Rated, round_: int, data: st.DataObject) -> None:
    order = data.draw(st.permutations(list(next(iter(rated.values())))))
    turned = {g: {o: held[o][::-1] for o in order} for g, held in rated.items()}
    before, after = (decide(decision(c, round=round_), resamples=2) for c in (rated, turned))
    assert report(before)["decision"] == report(after)["decision"]
    assert before.robustness == after.robustness


@always_the_same
@given(columns(3), ROUNDS)
def test_unanimous_ten_wins_if_anybody_wants_something_else_than_the_status_quo(rated: Rated, round_: int) -> None:
    for held in rated.values():
        held["A"] = same(10, len(held["A"]))
    made = decision(rated, round=round_)
    supports = count(made)
    before = supports[SQ].means
    assume(before is None or any(mean < 1 for mean in before.values()))
    # Another one that everybody rates 10 is just as good.
    assert choose(made, supports).option in {o for o, s in supports.items() if s.balanced == 1}


@always_the_same
@given(columns(), ROUNDS)
def test_copy_of_the_status_quo_changes_nothing(rated: Rated, round_: int) -> None:
    copied = {g: {**held, "copy": held[SQ]} for g, held in rated.items()}
    before, after = (choose(d, count(d)) for d in (decision(c, round=round_) for c in (rated, copied)))
    blank = any(all(r is None for r in held[SQ]) for held in rated.values())
    assert after.grades.pop("copy") in {Grade.NOT_ACCEPTABLE, Grade.RETURN if blank else None}  # type: ignore[attr-defined]
    assert after == before


@always_the_same
@given(columns(), st.data())
def test_weights_do_not_move_options_that_everybody_rates_the_same(rated: Rated, data: st.DataObject) -> None:
    first = next(iter(rated.values()))
    alike = dict.fromkeys(rated, first)
    parts = [data.draw(st.integers(1, 9)) for _ in rated]
    weights = {g: Fraction(part, sum(parts)) for g, part in zip(rated, parts, strict=True)}
    made = decision(alike, weights=weights)
    assert [s.balanced for s in count(made).values()] == [
        s.leximin[0] if s.leximin else None for s in count(made).values()
    ]


@always_the_same
@given(columns())
def test_figures_are_those_of_plain_fractions(rated: Rated) -> None:
    supports = count(decision(rated))
    for g, held in rated.items():
        for option, ratings in held.items():
            given_ = [r for r in ratings if r is not None]
            mean = Fraction(sum(given_), 10 * len(given_)) if given_ else None
            accept = Fraction(sum(r >= 5 for r in given_), len(given_)) if given_ else None
            figures = supports[option].groups[g]
            assert (figures.mean, figures.accept) == (mean, accept)


def test_ballots_of_a_frozen_decision_are_not_changed_by_deciding() -> None:
    made = decision({"g": {"A": [9, 8, 7], SQ: [3, 3, 3]}})
    before = [np.array(group.ratings) for group in made.groups]
    decide(replace(made, round=2), resamples=3)
    assert all((old == group.ratings).all() for old, group in zip(before, made.groups, strict=True))
