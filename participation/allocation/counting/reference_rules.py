"""The rules that a result is compared with: most votes first, and Phragmén's."""

from fractions import Fraction

import numpy as np

from participation.allocation.counting.election import Election, TieOrder, Utility


def by_votes(election: Election, ties: TieOrder, funded: tuple[int, ...] = ()) -> tuple[int, ...]:
    """What still fits beside ``funded``, most votes (or points) first; what does not fit is skipped."""
    return greedy(election, Utility.COST, ties, funded)


def in_turn(election: Election, utility: Utility, ties: TieOrder) -> list[int]:
    """All projects, the most utility per unit of money first.

    With cost utilities that is the number of votes or points, else that number by cost.
    """

    def worth(position: int) -> Fraction:
        support = election.supports[position]
        points = support.people.sum() if utility is Utility.CARDINALITY else (support.people * support.points).sum()
        cost = election.projects[position].cost
        return Fraction(int(points)) / (1 if utility is Utility.COST or not cost else cost)

    return sorted(range(len(election.projects)), key=lambda position: (-worth(position), *ties(position)))


def greedy(election: Election, utility: Utility, ties: TieOrder, funded: tuple[int, ...] = ()) -> tuple[int, ...]:
    """Utilitarian greedy: projects in their turn; what does not fit is skipped."""
    left = election.budget - election.cost_of(funded)
    chosen = []
    for position in in_turn(election, utility, ties):
        cost = election.projects[position].cost
        if position not in funded and election.supports[position].votes and cost <= left:
            chosen.append(position)
            left -= cost
    return tuple(chosen)


def phragmen(election: Election, ties: TieOrder) -> tuple[int, ...]:
    """Phragmén's sequential rule for approvals, exactly: the project whose supporters bear the least load comes next.

    It ends at the first project that does not fit; nothing is skipped.
    """
    supports, projects = election.supports, election.projects
    # Everybody who supports a winner bears the same load after it, so the last supported winner says the load.
    loads = [Fraction(0)]
    last_winner = np.zeros(len(election.groups), dtype=np.int64)
    left, chosen = election.budget, []
    rest = {position for position, support in enumerate(supports) if support.votes}

    def load_with(position: int) -> Fraction:
        support = supports[position]
        people = np.bincount(last_winner[support.groups], weights=support.people)
        borne = sum((loads[winner] * int(people[winner]) for winner in np.flatnonzero(people)), Fraction(0))
        return (projects[position].cost + borne) / support.votes

    while rest:
        with_it = {position: load_with(position) for position in rest}
        least = min(with_it.values())
        tied = [position for position in rest if with_it[position] == least]
        if any(projects[position].cost > left for position in tied):
            break
        best = min(tied, key=ties)
        loads.append(least)
        last_winner[supports[best].groups] = len(loads) - 1
        left -= projects[best].cost
        chosen.append(best)
        rest.remove(best)
    return tuple(chosen)
