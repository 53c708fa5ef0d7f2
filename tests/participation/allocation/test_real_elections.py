"""Real elections: the results that cities published, and those of two other programs."""

from __future__ import annotations

import json
from fractions import Fraction
from functools import cache
from typing import Any

import pytest

from participation.allocation.counting.certificate import certify
from participation.allocation.counting.completion import Completion, Count, Stop, count
from participation.allocation.counting.election import Election, Utility, by_cost_votes_and_lot, by_id
from participation.allocation.counting.explaining import comparison
from participation.allocation.counting.reference_rules import greedy, phragmen
from tests.data import SHARED
from tests.participation.allocation.elections import needs_elections, real

pytestmark = needs_elections
ASSEN, ZURICH, WIELICZKA = "Netherlands_Assen_2024", "Switzerland_Zurich_SN", "Poland_Wieliczka_2023_Green_Budget"
UTILITIES = {"cost": Utility.COST, "card": Utility.CARDINALITY, "points": Utility.POINTS}
COMPLETIONS = {
    "plain": Completion.NONE,
    "greedy": Completion.UTILITARIAN,
    "add1": Completion.ADD1,
    "add1_greedy": Completion.ADD1U,
}


def counted(election: Election, name: str) -> list[str]:
    ties = by_id(election)
    if name == "phragmen":
        winners = phragmen(election, ties)
    elif name.startswith("greedy_"):
        winners = greedy(election, UTILITIES[name.removeprefix("greedy_")], ties)
    else:
        _, utility, completion = name.split("_", 2)
        winners = count(
            election,
            utility=UTILITIES[utility],
            completion=COMPLETIONS[completion],
            ties=ties,
            stop=Stop.EXHAUSTIVE,
        ).winners
    return [election.projects[position].id for position in winners]


@cache
def overspend(name: str) -> Count:
    election = real(name)
    return count(election, utility=Utility.COST, completion=Completion.ADD1, ties=by_id(election), stop=Stop.OVERSPEND)


@pytest.mark.parametrize("name", [ASSEN, ZURICH, WIELICZKA])
def test_every_rule_gives_the_winners_of_pabutools_in_the_same_order(name: str) -> None:
    election = real(name)
    runs: dict[str, Any] = json.loads((SHARED / f"data/oracle/pb/{name}.json").read_text("utf-8"))["runs"]
    expected = {run: found["selection_order"] for run, found in runs.items() if "selection_order" in found}
    found = {run: counted(election, run) for run in expected}
    if "phragmen" in found:
        # It is stored as a sorted list.
        found["phragmen"] = sorted(found["phragmen"])
    assert len(expected) >= 10
    assert found == expected


@pytest.mark.parametrize("name", [ASSEN, WIELICZKA])
def test_larger_shares_end_where_the_count_in_fractions_ended(name: str) -> None:
    election = real(name)
    expected = json.loads((SHARED / f"data/oracle/pb_exact/{name}.json").read_text("utf-8"))
    result = count(
        election, utility=Utility.COST, completion=Completion.ADD1, ties=by_id(election), stop=Stop.EXHAUSTIVE
    )
    assert [election.projects[position].id for position in result.winners] == expected["add1_order"]
    assert str(result.outcome.share) == expected["add1_beta"][0]
    assert (result.runs, result.cost) == (expected["add1_iters"], expected["add1_cost"])
    result = overspend(name)
    assert {election.projects[one].id for one in result.winners} == set(expected["add1_noexh_winners"])
    assert result.cost == expected["add1_noexh_cost"]


@pytest.mark.parametrize("name", [ASSEN, WIELICZKA])
def test_the_winners_are_those_the_city_published(name: str) -> None:
    election = real(name)
    published = {position for position, one in enumerate(election.projects) if one.details["selected"] == "1"}
    assert set(overspend(name).winners) == published


def test_wieliczka_with_the_other_stop_rule_would_have_built_three_projects_differently() -> None:
    election = real(WIELICZKA)
    other = count(
        election, utility=Utility.COST, completion=Completion.ADD1, ties=by_id(election), stop=Stop.EXHAUSTIVE
    )
    differing = {election.projects[one].id for one in set(other.winners) ^ set(overspend(WIELICZKA).winners)}
    assert (differing, len(other.winners), other.cost) == ({"46", "66", "67"}, 31, 984_579)
    step = comparison(other, by_id(election))
    assert (step.prefer_result, step.prefer_greedy, step.keeps_result) == (1625, 885, True)


def test_wieliczka_is_certified_with_the_share_one_step_above() -> None:
    election = real(WIELICZKA)
    certificate = certify(overspend(WIELICZKA), by_id(election), step=Fraction(1))
    assert (int(certificate.share), certificate.cost, len(certificate.winners)) == (315, 995_079, 30)
    assert certificate.next_share == certificate.share + 1
    assert certificate.next_overspends


def test_the_order_of_ties_of_the_portal_gives_the_published_winners_of_assen_too() -> None:
    election = real(ASSEN)
    result = count(election, utility=Utility.COST, completion=Completion.ADD1, ties=by_cost_votes_and_lot(election))
    assert set(result.winners) == set(overspend(ASSEN).winners)
