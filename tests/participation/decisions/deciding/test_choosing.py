from fractions import Fraction
from typing import Any

import pytest

from participation.decisions.deciding.charter import Charter
from participation.decisions.deciding.choosing import Grade, Outcome, Status, Step, choose, winners
from participation.decisions.deciding.figures import count
from participation.decisions.deciding.objections import Harm, LegalFinding, Objection, Petition, Signers, State
from tests.participation.decisions.deciding.ballots import SQ, Columns, decision, group, same


def outcome(columns: Columns, **about: Any) -> Outcome:
    made = decision(columns, **about)
    return choose(made, count(made))


def flat(**ratings: list[int]) -> Columns:
    """Groups of four ballots each: ``A=[8, 6]`` is rated 8 by every member of the first group, 6 of the second."""
    return {f"g{n}": {o: same(r[n]) for o, r in ratings.items()} for n in range(len(next(iter(ratings.values()))))}


NEARLY = {  # 45 % accept in the second group: too few for all, enough with duties
    "g0": {"A": same(9, 20), SQ: same(3, 20)},
    "g1": {"A": [7] * 9 + [4] * 11, SQ: same(3, 20)},
}
OBJECTION = Objection("A", "g0", Harm.LAW, "section 2", State.SUSTAINED)
PETITION = Petition("A", "g1", Signers.ROSTER, signatures=5, out_of=20)


def test_worst_off_group_decides_among_options_that_all_accept() -> None:
    found = outcome(flat(A=[10, 5], B=[6, 6], SQ=[3, 3]))
    assert (found.status, found.option) == (Status.DECIDED, "B")
    assert found.steps == (Step("acceptable", ("A", "B")), Step("leximin_1", ("B",)))


def test_difference_below_a_hundredth_goes_to_the_next_group() -> None:
    # Worst-off groups: .600 and .605; best-off: .90 and .70.
    columns = {
        "g0": {"A": same(6, 20), "B": [6] * 19 + [7], SQ: same(3, 20)},
        "g1": {"A": same(9), "B": same(7), SQ: same(3)},
    }
    assert outcome(columns).steps[-1] == Step("leximin_2", ("A",))
    assert outcome(columns, charter=Charter(tie=Fraction(0))).steps[-1] == Step("leximin_1", ("B",))


def test_ties_go_to_the_lower_cost_and_then_by_lot() -> None:
    equal = flat(A=[7, 6], B=[7, 6], SQ=[3, 3])
    assert outcome(equal, costs={"A": 5, "B": 4}).steps[-1] == Step("cost", ("B",))
    assert outcome(equal, lot=["B", "SQ", "A"]).steps[-1] == Step("lot", ("B",))


def test_gain_over_the_status_quo_decides_between_equal_vectors() -> None:
    # Sorted, both are (.6, .8); over the status quo A gains (.3, .3), B (.5, .1).
    found = outcome(flat(A=[6, 8], B=[8, 6], SQ=[3, 5]))
    assert found.steps[-1] == Step("nash", ("A",))


def test_option_that_one_group_fails_is_returned_with_nothing_decided() -> None:
    found = outcome(flat(A=[10, 4], SQ=[3, 3]))
    assert (found.status, found.option, found.grades) == (Status.REVISE, None, {"A": Grade.RETURN, SQ: None})


def test_option_by_which_nobody_gains_is_not_acceptable() -> None:
    found = outcome(flat(A=[6, 6], SQ=[7, 6]), round=3)
    assert (found.status, found.option, found.grades["A"]) == (Status.STATUS_QUO, SQ, Grade.NOT_ACCEPTABLE)


@pytest.mark.parametrize(
    ("round_", "status", "option"),
    [(1, Status.REVISE, None), (2, Status.REVISE, None), (3, Status.DECIDED_WITH_DUTIES, "A")],
)
def test_acceptance_with_duties_is_the_last_rounds_way_out(round_: int, status: Status, option: str | None) -> None:
    found = outcome(NEARLY, round=round_)
    assert (found.status, found.option, found.grades["A"]) == (status, option, Grade.WITH_DUTIES)


def test_petition_of_concern_requires_the_higher_grade() -> None:
    found = outcome(NEARLY, round=3, petitions=[PETITION])
    assert (found.status, found.grades["A"]) == (Status.STATUS_QUO, Grade.RETURN)


def test_petition_requires_one_round_of_integration() -> None:
    accepted = flat(A=[8, 8], SQ=[3, 3])
    before = outcome(accepted, petitions=[PETITION])
    after = outcome(accepted, petitions=[Petition("A", "g1", Signers.ROSTER, 5, 20, integration_rounds=1)])
    assert [(o.status, o.option) for o in (before, after)] == [(Status.INTEGRATE, "A"), (Status.DECIDED, "A")]


@pytest.mark.parametrize(
    ("legal", "grade"),
    [
        (LegalFinding.OPEN, Grade.RETURN),
        (LegalFinding.CLOSED, Grade.ACCEPTED_BY_ALL),
        (LegalFinding.UPHELD, Grade.NOT_ACCEPTABLE),
    ],
)
def test_legal_objection_blocks_until_the_legal_unit_closes_it(legal: LegalFinding, grade: Grade) -> None:
    objection = Objection("A", "g0", Harm.LAW, "section 2", State.SUSTAINED, legal=legal)
    assert outcome(flat(A=[8, 8], SQ=[3, 3]), objections=[objection]).grades["A"] is grade


@pytest.mark.parametrize(
    ("state", "rounds", "status"),
    [
        (State.FILED, 0, Status.INTEGRATE),
        (State.IN_INTEGRATION, 1, Status.INTEGRATE),
        (State.IN_INTEGRATION, 2, Status.DECIDED),
        (State.APPEALED, 0, Status.INTEGRATE),
        (State.RESOLVED, 1, Status.DECIDED),
    ],
)
def test_decision_waits_for_objections_and_for_two_rounds_at_most(state: State, rounds: int, status: Status) -> None:
    objection = Objection("A", "g0", Harm.UNEQUAL_BURDEN, "section 2", state, ballot=0, integration_rounds=rounds)
    assert outcome(flat(A=[8, 8], SQ=[3, 3]), objections=[objection]).status is status


@pytest.mark.parametrize(("used", "status"), [(0, Status.EXTEND), (1, Status.EXTEND), (2, Status.AUTHORITY)])
def test_missed_quorum_extends_twice_and_weight_goes_to_nobody_else(used: int, status: Status) -> None:
    columns = {"g0": {"A": same(9), SQ: same(3)}, "g1": {"A": same(9, 2), SQ: same(3, 2)}}
    found = outcome(columns, extensions_used=used)
    assert (found.status, found.option, found.not_heard) == (status, None, ("g1",))


@pytest.mark.parametrize(("roster", "heard"), [(8, ()), (9, ("g0",))])
def test_half_of_a_roster_has_to_vote(roster: int, heard: tuple[str, ...]) -> None:
    columns = flat(A=[9], SQ=[3])
    assert outcome(columns, groups=[group("g0", columns["g0"], roster=roster)]).not_heard == heard


def test_empty_group_is_a_missed_quorum_and_no_rule_has_a_winner() -> None:
    made = decision({"g0": {"A": same(9), SQ: same(3)}, "g1": {"A": [], SQ: []}}, groups=None)
    found = choose(made, count(made))
    assert (found.status, set(winners(made, count(made)).values())) == (Status.EXTEND, {None})


def test_when_no_option_improves_for_everybody_nash_falls_back_to_utilities() -> None:
    # Sorted (.6, .8) both; neither gains for everybody; equal products go on to balanced, cost and lot.
    found = outcome(flat(A=[6, 8], B=[8, 6], SQ=[7, 7]), weights={"g0": Fraction(3, 4), "g1": Fraction(1, 4)})
    assert found.steps[-1] == Step("nash", ("B",))
