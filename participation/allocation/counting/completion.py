"""What is done with money that the first run leaves: larger shares, and projects by their votes."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from participation.allocation.counting.election import Election, TieOrder, Utility
from participation.allocation.counting.equal_shares import EqualShares, Outcome
from participation.allocation.counting.reference_rules import by_votes


class Completion(StrEnum):
    """``ADD1``: larger shares, as long as the winners fit into the budget. ``UTILITARIAN``: then the others by votes,
    as far as they fit. ``ADD1U``: both, one after the other."""

    NONE = "none"
    ADD1 = "add1"
    ADD1U = "add1u"
    UTILITARIAN = "utilitarian"


class Stop(StrEnum):
    """When larger shares end: ``OVERSPEND`` only with a share whose winners cost more than the budget (as Wieliczka
    counted in 2023); ``EXHAUSTIVE`` also as soon as no further project fits (as published descriptions have it)."""

    OVERSPEND = "overspend"
    EXHAUSTIVE = "exhaustive"


@dataclass(frozen=True)
class Count:
    """The result. ``outcome`` is the last run that fits, ``next_outcome`` the run that ended the enlargement (None if
    nothing more could be won), ``completed`` what was added by votes, ``runs`` how many shares were tried. ``instead``
    are the winners by most votes first where the comparison step put them in the place of all that."""

    outcome: Outcome
    next_outcome: Outcome | None
    completed: tuple[int, ...]
    runs: int
    instead: tuple[int, ...] | None = None

    @property
    def by_shares(self) -> tuple[int, ...]:
        """What equal shares and their completion select, whether it holds or not."""
        return (*self.outcome.winners, *self.completed)

    @property
    def winners(self) -> tuple[int, ...]:
        return self.by_shares if self.instead is None else self.instead

    @property
    def cost(self) -> Fraction:
        return self.outcome.election.cost_of(self.winners)


def count(
    election: Election,
    *,
    utility: Utility,
    completion: Completion,
    ties: TieOrder,
    stop: Stop = Stop.OVERSPEND,
    step: Fraction = Fraction(1),
    on_run: Callable[[Outcome], None] = lambda outcome: None,
) -> Count:
    """Count the election. ``step`` is what each enlargement adds to the share of a vote, in the currency's unit.

    ``on_run`` hears of every run; what it raises ends the count. Raises ``ValueError`` for a step that is not above
    zero.
    """
    if step <= 0:
        raise ValueError("The step must be above zero.")
    rule = EqualShares(election, utility, ties)
    outcome, following, runs = rule.outcome(election.equal_share), None, 1
    on_run(outcome)
    if completion in (Completion.ADD1, Completion.ADD1U):
        for larger in _enlarged(rule, outcome, stop, step):
            runs += 1
            on_run(larger)
            if larger.cost > election.budget:
                following = larger
                break
            outcome = larger
    by_votes_added: tuple[int, ...] = ()
    if completion in (Completion.UTILITARIAN, Completion.ADD1U):
        by_votes_added = by_votes(election, ties, funded=outcome.winners)
    return Count(outcome, following, by_votes_added, runs)


def _enlarged(rule: EqualShares, outcome: Outcome, stop: Stop, step: Fraction) -> Iterator[Outcome]:
    election = rule.election
    supported = {position for position, support in enumerate(election.supports) if support.votes}
    while supported - set(outcome.winners):
        rest = set(range(len(election.projects))) - set(outcome.winners)
        if stop is Stop.EXHAUSTIVE and not any(election.fits(position, outcome.winners) for position in rest):
            return
        outcome = rule.outcome(outcome.share + step)
        yield outcome


def prefers_more(election: Election, one: tuple[int, ...], other: tuple[int, ...]) -> tuple[int, int]:
    """How many people support more winners of ``one`` than of ``other``, and the other way round (comparison step)."""
    first, second = set(one), set(other)
    for_one = for_other = 0
    for ballot, people in election.groups.items():
        supported = {position for position, _ in ballot}
        difference = len(supported & first) - len(supported & second)
        for_one += people * (difference > 0)
        for_other += people * (difference < 0)
    return for_one, for_other
