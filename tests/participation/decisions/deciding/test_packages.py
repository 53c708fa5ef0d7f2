from fractions import Fraction
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participation.decisions.deciding import packages
from participation.decisions.deciding.decision import UnreadableDecision
from participation.decisions.deciding.package_program import cheapest_by_program
from participation.decisions.deciding.packages import Compensation, Condition, Measure
from tests.participation.decisions.deciding.ballots import SQ, decision, group, same

RATED = {"g0": {"A": [8, 8, 2, 0], SQ: same(3)}, "g1": {"A": [4, 4, 4, 4], SQ: same(3)}}
COSTS = {"wall": 40, "bus": 30, "rent": 70}
CONDITIONS = [
    Condition("g0", 3, "wall", 5),
    Condition("g1", 0, "bus", 6),
    Condition("g1", 1, "bus", 5),
    Condition("g1", 0, "rent", 9),
    Condition("g1", 1, "rent", 9),
]


def offered(
    costs: dict[str, int], conditions: list[Condition], limit: int | None = None, **about: object
) -> Compensation:
    measures = [Measure(id_, Fraction(cost)) for id_, cost in costs.items()]
    return Compensation(
        decision(RATED, **about),
        "A",
        measures,
        conditions,
        None if limit is None else Fraction(limit),  # type: ignore[arg-type]
    )


def test_cheapest_package_with_which_every_group_passes() -> None:
    found = offered(COSTS, CONDITIONS).cheapest_sufficient()
    assert found is not None
    assert (found.measures, found.cost, found.is_acceptable) == (("bus",), 30, True)
    assert [figures.mean for figures in found.figures.values()] == [Fraction(18, 40), Fraction(19, 40)]


def test_measures_do_not_add_up_in_one_ballot() -> None:
    package = offered(COSTS, CONDITIONS).with_package([1, 2])
    assert package.figures["g1"].mean == Fraction(9 + 9 + 4 + 4, 40)


def test_nothing_is_needed_where_everybody_passes() -> None:
    rated = {"g0": {"A": same(8), SQ: same(3)}}
    found = Compensation(decision(rated), "A", [Measure("bus", Fraction(0))], []).cheapest_sufficient()
    assert found is not None
    assert found.measures == ()


def test_limit_is_kept_and_hopeless_cases_are_said_to_be() -> None:
    assert offered(COSTS, CONDITIONS, limit=29).cheapest_sufficient() is None
    assert offered(COSTS, CONDITIONS[:1]).cheapest_sufficient() is None


def test_ties_go_to_fewer_measures_and_then_to_the_first_listed() -> None:
    conditions = [Condition("g1", ballot, measure, 6) for ballot in (0, 1) for measure in ("one", "two")]
    halves = [Condition("g1", 0, "left", 6), Condition("g1", 1, "right", 6)]
    costs = {"left": 10, "right": 10, "two": 20, "one": 20}
    compensation = offered(costs, conditions + halves)
    found = compensation.cheapest_sufficient()
    assert found is not None
    assert (found.measures, cheapest_by_program(compensation)) == (("two",), (2,))


@pytest.mark.parametrize("is_open", [False, True])
@settings(max_examples=8, derandomize=True)
@given(st.data())
def test_integer_program_finds_what_trying_every_package_finds(is_open: bool, data: st.DataObject) -> None:
    rating = st.integers(0, 8)
    rated = {name: {"A": data.draw(st.lists(rating, min_size=5, max_size=5)), SQ: same(3, 5)} for name in ("g0", "g1")}
    strata = {"strata": ["n", "n", "n", "s", "s"], "population": {"n": 2, "s": 3}}
    groups = [group("g0", rated["g0"], is_open=is_open, **strata), group("g1", rated["g1"])]
    costs = data.draw(st.lists(st.integers(0, 5), min_size=1, max_size=5))
    measures = [Measure(f"m{n}", Fraction(cost, 3)) for n, cost in enumerate(costs)]
    condition = st.builds(
        Condition,
        st.sampled_from(["g0", "g1"]),
        st.integers(0, 4),
        st.sampled_from([m.id for m in measures]),
        st.integers(0, 10),
    )
    limit = data.draw(st.none() | st.integers(0, 5).map(Fraction))
    said = {(c.group, c.ballot, c.measure): c for c in data.draw(st.lists(condition, max_size=20))}
    compensation = Compensation(decision(rated, groups=groups), "A", measures, list(said.values()), limit)
    subsets = [chosen for size in range(len(measures) + 1) for chosen in combinations(range(len(measures)), size)]
    suffice = [chosen for chosen in subsets if compensation.with_package(chosen).is_acceptable]
    cost = {chosen: sum(measures[n].cost for n in chosen) for chosen in suffice}
    allowed = [chosen for chosen in suffice if limit is None or cost[chosen] <= limit]
    best = min(allowed, key=lambda chosen: cost[chosen]) if allowed else None
    found = compensation.cheapest_sufficient()
    assert (best, best) == (
        cheapest_by_program(compensation),
        None if found is None else tuple(int(m[1:]) for m in found.measures),
    )


def test_many_measures_are_searched_by_the_program(monkeypatch: pytest.MonkeyPatch) -> None:
    costs = {f"m{number}": 10 + number for number in range(packages.BRUTE_FORCE + 5)}
    conditions = [Condition("g1", 0, "m18", 6), Condition("g1", 1, "m18", 6), Condition("g1", 1, "m0", 6)]
    found = offered(costs, conditions).cheapest_sufficient()
    assert found is not None
    assert (found.measures, found.cost) == (("m18",), 28)


@pytest.mark.parametrize(
    ("condition", "message"),
    [
        (Condition("g1", 0, "tunnel", 6), "tunnel"),
        (Condition("nobody", 0, "bus", 6), "nobody"),
        (Condition("g1", 4, "bus", 6), "Ballot 4 of g1"),
        (Condition("g1", 0, "bus", 11), "above 10"),
    ],
)
def test_condition_about_nothing_is_refused(condition: Condition, message: str) -> None:
    with pytest.raises(UnreadableDecision, match=message):
        offered(COSTS, [condition])


def test_condition_of_an_abstainer_is_refused() -> None:
    rated = {"g0": {"A": [None, 5, 5], SQ: same(3, 3)}}
    with pytest.raises(UnreadableDecision, match="Ballot 0 of g0 has no rating of A to raise"):
        Compensation(decision(rated), "A", [Measure("bus", Fraction(1))], [Condition("g0", 0, "bus", 6)])
