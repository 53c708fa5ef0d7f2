"""How fast the Method of Equal Shares counts large real elections, beside another program; and that both agree."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from fractions import Fraction
from statistics import median
from typing import TypeVar

import pytest

from participation.allocation.counting.certificate import certify
from participation.allocation.counting.completion import Completion, Stop, count
from participation.allocation.counting.election import Election, Utility, by_id
from participation.allocation.counting.equal_shares import equal_shares
from tests.data import SHARED
from tests.participation.allocation.elections import needs_elections, real

pytestmark = needs_elections
LODZ, WIELICZKA = "Poland_Lodz_2022", "Poland_Wieliczka_2023_Green_Budget"
TOULOUSE, AMSTERDAM = "France_Toulouse_2022", "Netherlands_Amsterdam_621"
Result = TypeVar("Result")


def timed(do: Callable[[], Result], times: int = 1) -> tuple[Result, float]:
    """The result and the median CPU time in seconds."""
    seconds = []
    for _ in range(times):
        started = time.process_time()
        result = do()
        seconds.append(time.process_time() - started)
    return result, median(seconds)


def fresh(name: str) -> Election:
    """Read once, but with nothing computed yet."""
    one = real(name)
    return Election(one.projects, one.ballots, one.budget, one.meta, one.voters)


def add1(one: Election, stop: Stop) -> list[str]:
    found = count(one, utility=Utility.COST, completion=Completion.ADD1, ties=by_id(one), stop=stop)
    return [one.projects[position].id for position in found.winners]


def by_pabutools(name: str, *, increment: int | None) -> tuple[list[str], float]:
    pytest.importorskip("pabutools", reason="the program to compare with is not installed: make bench")
    from pabutools.election import Cost_Sat, parse_pabulib
    from pabutools.rules import method_of_equal_shares
    from pabutools.tiebreaking import lexico_tie_breaking

    instance, profile = parse_pabulib(str(SHARED / "data" / "pb" / f"{name}.pb"))
    winners, seconds = timed(
        lambda: method_of_equal_shares(
            instance, profile, sat_class=Cost_Sat, voter_budget_increment=increment, tie_breaking=lexico_tie_breaking
        )
    )
    return [project.name for project in winners], seconds


def test_a_plain_run_of_lodz_is_200_times_as_fast_as_pabutools() -> None:
    def plain() -> list[str]:
        one = real(LODZ)
        return [
            one.projects[position].id
            for position in equal_shares(one, one.equal_share, Utility.COST, by_id(one)).winners
        ]

    one = fresh(LODZ)
    _, grouping = timed(lambda: one.supports)
    # Both are given the ballots already read; grouping identical ones is done once for every run of an election.
    real(LODZ).supports  # noqa: B018
    winners, seconds = timed(plain, times=5)
    theirs, their_seconds = by_pabutools(LODZ, increment=None)
    print(
        json.dumps(
            {
                "election": LODZ, "run": "plain", "cpu_s": round(seconds, 4), "grouping_cpu_s": round(grouping, 3),
                "pabutools_cpu_s": round(their_seconds, 2), "times": round(their_seconds / seconds),
                "times_with_grouping": round(their_seconds / (seconds + grouping)),
            }
        )
    )  # fmt: skip
    assert winners == theirs
    assert their_seconds / seconds >= 200


def test_larger_shares_of_wieliczka_are_8_times_as_fast_as_pabutools() -> None:
    winners, seconds = timed(lambda: add1(fresh(WIELICZKA), Stop.EXHAUSTIVE), times=3)
    theirs, their_seconds = by_pabutools(WIELICZKA, increment=1)
    print(
        json.dumps(
            {
                "election": WIELICZKA, "run": "add1", "cpu_s": round(seconds, 3),
                "pabutools_cpu_s": round(their_seconds, 2), "times": round(their_seconds / seconds, 1),
            }
        )
    )  # fmt: skip
    assert winners == theirs
    assert their_seconds / seconds >= 8


@pytest.mark.parametrize(("name", "most"), [(LODZ, 3), (TOULOUSE, 20)])
def test_larger_shares_of_a_large_city_are_counted_in_time(name: str, most: float) -> None:
    winners, seconds = timed(lambda: add1(fresh(name), Stop.OVERSPEND))
    print(json.dumps({"election": name, "run": "add1", "cpu_s": round(seconds, 2), "winners": len(winners)}))
    assert seconds <= most


@pytest.mark.parametrize("name", [LODZ, TOULOUSE, AMSTERDAM])
def test_large_elections_have_the_winners_of_the_other_programs(name: str) -> None:
    one = real(name)
    ties, ids = by_id(one), [project.id for project in one.projects]
    runs = json.loads((SHARED / f"data/oracle/pb/{name}.json").read_text("utf-8"))["runs"]
    for run, utility in [("mes_cost_plain", Utility.COST), ("mes_card_plain", Utility.CARDINALITY)]:
        if "selection_order" in runs.get(run, {}):
            winners = equal_shares(one, one.equal_share, utility, ties).winners
            assert [ids[position] for position in winners] == runs[run]["selection_order"], run
    found = count(one, utility=Utility.COST, completion=Completion.ADD1, ties=ties, stop=Stop.EXHAUSTIVE)
    certificate, seconds = timed(lambda: certify(found, ties, step=Fraction(1)))
    print(json.dumps({"election": name, "run": "certificate", "cpu_s": round(seconds, 2)}))
    exact = SHARED / f"data/oracle/pb_exact/{name}.json"
    if exact.exists():
        expected = json.loads(exact.read_text("utf-8"))
        assert [ids[position] for position in certificate.winners] == expected["add1_order"]
        assert str(certificate.share) == expected["add1_beta"][0]
