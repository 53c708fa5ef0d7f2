import pytest

from participation.decisions.deciding.charter import Charter
from participation.decisions.deciding.objections import (
    NEXT_STATES,
    Harm,
    Objection,
    Petition,
    Signers,
    State,
    panel_admits,
)


@pytest.mark.parametrize(
    ("in_favour", "seats", "admits"), [(3, 4, True), (2, 4, False), (2, 3, False), (3, 3, True), (0, 0, False)]
)
def test_three_of_four_panel_members_admit(in_favour: int, seats: int, admits: bool) -> None:
    assert panel_admits(in_favour, seats, Charter().panel_share) is admits


def test_every_state_says_what_may_follow_and_ends_are_ends() -> None:
    assert set(NEXT_STATES) == set(State)
    assert {state for state, following in NEXT_STATES.items() if not following} == {State.RESOLVED, State.WITHDRAWN}


@pytest.mark.parametrize("harm", Harm)
def test_only_a_preference_is_no_harm(harm: Harm) -> None:
    assert Objection("A", "g", harm, "section 1", State.FILED).is_admissible is (harm is not Harm.PREFERENCE)


@pytest.mark.parametrize(
    ("signers", "signatures", "out_of", "enough"),
    [
        (Signers.ROSTER, 2, 9, False),
        (Signers.ROSTER, 3, 9, True),
        (Signers.ROSTER, 0, 0, False),
        (Signers.BALLOTS, 29, 100, False),
        (Signers.BALLOTS, 30, 100, True),
        (Signers.BALLOTS, 49, 5000, False),
        (Signers.BALLOTS, 50, 5000, True),
        (Signers.AREA, 50, 100, False),
        (Signers.AREA, 51, 100, True),
    ],
)
def test_petition_needs_signatures(signers: Signers, signatures: int, out_of: int, enough: bool) -> None:
    assert Petition("A", "g", signers, signatures, out_of).has_enough_signatures(Charter()) is enough


@pytest.mark.parametrize(
    ("used", "decisions", "substance", "valid"),
    [(1, 1, False, True), (2, 5, False, False), (2, 6, False, True), (3, 6, False, False), (3, 6, True, True)],
)
def test_petitions_beyond_a_third_of_the_year_need_substance(
    used: int, decisions: int, substance: bool, valid: bool
) -> None:
    assert Petition("A", "g", Signers.ROSTER, 5, 10, used, decisions, substance).is_valid(Charter()) is valid
