"""Counting the vote on an award: one person one vote, every group weighs the same, and nobody can be picked out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from statistics import median
from typing import Any

from participation.small_cells import LEAST, Published, share, without_small_cells

HUNDRED = Decimal(100)
TENTH = Decimal("0.1")
# Groups of fewer than five who voted are counted as one.
TOGETHER = "together"

# A group, and the cases that somebody of it voted for.
Vote = tuple[str, frozenset[int]]


@dataclass(frozen=True)
class CaseCount:
    """``public`` and ``jury`` are from 0 to 100, with one decimal; None where there is nothing to count.

    ``by_group``: the share of each counted group that voted for the case; None where it would tell of fewer than five.
    """

    nomination: int
    public: Decimal | None
    jury: Decimal | None
    judges: int
    total: Decimal | None
    by_group: dict[str, float | None]

    @property
    def percents(self) -> list[tuple[str, int | None]]:
        return [(group, None if part is None else round(part * 100)) for group, part in self.by_group.items()]


@dataclass(frozen=True)
class Count:
    """``cases`` are the best first. ``ballots``: how many voted in each group, without small numbers."""

    cases: list[CaseCount]
    ballots: Published[str]
    groups: tuple[str, ...]

    def as_json(self) -> dict[str, Any]:
        return {
            "groups": list(self.groups),
            "ballots": self.ballots.cells,
            "all": self.ballots.total,
            "cases": [
                {
                    "nomination": case.nomination,
                    "public": _text(case.public),
                    "jury": _text(case.jury),
                    "judges": case.judges,
                    "total": _text(case.total),
                    "by_group": dict(case.percents),
                }
                for case in self.cases
            ],
        }


def _text(number: Decimal | None) -> str | None:
    return None if number is None else str(number)


def groups_counted(votes: Sequence[Vote]) -> dict[str, list[frozenset[int]]]:
    """The votes by what weighs the same: groups of five and more, and all smaller ones together if they make five."""
    sizes = Counter(group for group, _cases in votes)
    cells: dict[str, list[frozenset[int]]] = {}
    for group, cases in votes:
        cells.setdefault(group if sizes[group] >= LEAST else TOGETHER, []).append(cases)
    if len(cells.get(TOGETHER, ())) < LEAST:
        cells.pop(TOGETHER, None)
    return dict(sorted(cells.items(), key=lambda cell: (cell[0] == TOGETHER, cell[0])))


def count_of(
    nominations: Collection[int],
    votes: Sequence[Vote],
    opinions: Mapping[int, Sequence[Decimal]],
    *,
    jury_percent: int,
    groups: Collection[str],
) -> Count:
    """``opinions``: the scores of the jury by nomination; who has a conflict of interest gives none.

    The public score of a case is the mean over the groups of the share that voted for it, times 100; the jury's is the
    median. Where one of the two is missing, the other stands alone.
    """
    cells = groups_counted(votes)
    cases = []
    for nomination in nominations:
        shares = {
            group: Fraction(sum(nomination in chosen for chosen in ballots), len(ballots))
            for group, ballots in cells.items()
        }
        public = _rounded(sum(shares.values(), Fraction(0)) / len(shares) * 100) if shares else None
        scores = opinions.get(nomination, ())
        jury = median(scores).quantize(TENTH, ROUND_HALF_UP) if scores else None
        by_group = {
            group: share(sum(nomination in chosen for chosen in ballots), len(ballots))
            for group, ballots in cells.items()
        }
        total = _total(public, jury, jury_percent)
        cases.append(CaseCount(nomination, public, jury, len(scores), total, by_group))
    cases.sort(key=lambda case: (case.total is None, -(case.total or 0), case.nomination))
    sizes = Counter(group for group, _cases in votes)
    ballots = without_small_cells({group: sizes[group] for group in groups})
    return Count(cases, ballots, tuple(cells))


def _rounded(number: Fraction) -> Decimal:
    return (Decimal(number.numerator) / Decimal(number.denominator)).quantize(TENTH, ROUND_HALF_UP)


def _total(public: Decimal | None, jury: Decimal | None, jury_percent: int) -> Decimal | None:
    if public is None or jury is None:
        return jury if public is None else public
    weighed = (jury * jury_percent + public * (100 - jury_percent)) / HUNDRED
    return weighed.quantize(TENTH, ROUND_HALF_UP)
