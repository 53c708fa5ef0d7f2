"""The ballot file (``.pb``) of a round: projects, costs in the unit of the currency, and ballots without names."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction

from participation.allocation.counting import pabulib
from participation.allocation.counting.election import Election, Project
from participation.allocation.counting.report import STEP_KEY, usual_step
from participation.allocation.models import Allocation
from participation.allocation.proposals.models import ProjectProposal
from portal.currency import in_major_units


def amount_of(minor_units: int, currency: str) -> Fraction:
    return Fraction(in_major_units(minor_units, currency))


def ballot_file(
    allocation: Allocation,
    proposals: Sequence[ProjectProposal],
    ballots: Sequence[tuple[str, Mapping[int, int]]],
) -> str:
    """``ballots``: (receipt, number of a project -> points). A receipt takes the place of the voter's id."""
    currency = allocation.currency
    projects = [
        Project(
            str(one.number),
            amount_of(one.cost or 0, currency),
            " ".join(one.title.split()),
            {"category": one.category},
        )
        for one in proposals
    ]
    positions = {one.number: position for position, one in enumerate(proposals)}
    budget = amount_of(allocation.amount, currency)
    election = Election(
        projects,
        [{positions[number]: points for number, points in votes.items()} for _receipt, votes in ballots],
        budget,
        {
            "description": " ".join(allocation.title.split()),
            "currency": currency,
            "vote_type": "cumulative" if allocation.has_points else "approval",
            "rule": "equalshares",
            "date_begin": allocation.voting_from.date().isoformat(),
            "date_end": allocation.voting_until.date().isoformat(),
            STEP_KEY: str(usual_step(budget / len(ballots))),
        },
        [receipt for receipt, _votes in ballots],
    )
    return pabulib.write(election)
