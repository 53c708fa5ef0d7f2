"""The rules of a decision, published and frozen before the first ballot."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from fractions import Fraction
from typing import Any, Self

LARGEST_RATING = 10


@dataclass(frozen=True)
class Charter:
    """Shares and utilities are exact ratios from 0 to 1, ratings whole numbers from 0 to 10.

    ``accept_min``, ``strong_max``, ``floor``: a group passes an option if at least / at most so many accept it,
    oppose it, and if its mean utility is at least the floor. ``open_accept_min`` with ``wilson_z``: in an open group
    the lower Wilson bound of the accepting share is tested instead. ``duties_*``: the weaker test of "accepted with
    duties". ``accept_from``: the rating "I can live with it"; ``oppose_to``: the highest one that counts as strong
    opposition. ``tie``: utilities of two options that differ by less are the same to the choice. ``quorum_share``,
    ``quorum_ballots``: the part of a roster, and the number of ballots, that a group needs to be heard.
    ``panel_share``: the part of a panel that admits an objection. ``petition_*``: who has to sign a petition: a part of
    a roster; a part of the ballots of an open group, and ``petition_least`` of them; more than a part of an area.
    ``petitions_a_year``: the part of a year's decisions on which a group may hold one. Raises
    ``ValueError`` for values that are out of range.
    """

    accept_min: Fraction = Fraction(1, 2)
    strong_max: Fraction = Fraction(1, 4)
    floor: Fraction = Fraction(2, 5)
    open_accept_min: Fraction = Fraction(9, 20)
    wilson_z: Fraction = Fraction(32, 25)
    duties_balanced_min: Fraction = Fraction(3, 5)
    duties_accept_min: Fraction = Fraction(2, 5)
    duties_strong_max: Fraction = Fraction(1, 3)
    tie: Fraction = Fraction(1, 100)
    quorum_share: Fraction = Fraction(1, 2)
    quorum_ballots: int = 3
    accept_from: int = 5
    oppose_to: int = 1
    rounds: int = 3
    extensions: int = 2
    integration_rounds: int = 2
    panel_share: Fraction = Fraction(3, 4)
    petition_of_roster: Fraction = Fraction(1, 4)
    petition_of_ballots: Fraction = Fraction(1, 100)
    petition_least: int = 30
    petition_of_area: Fraction = Fraction(1, 2)
    petitions_a_year: Fraction = Fraction(1, 3)

    def __post_init__(self) -> None:
        for name, value in self.values().items():
            if isinstance(value, Fraction) and not 0 <= value <= 1 and name != "wilson_z":
                raise ValueError(f"The parameter {name} must be between 0 and 1, not {value}.")
            if value < 0:
                raise ValueError(f"The parameter {name} cannot be negative.")
        if not self.oppose_to < self.accept_from <= LARGEST_RATING:
            raise ValueError("The parameter accept_from must be above oppose_to, and at most 10.")
        if self.quorum_ballots < 1 or self.rounds < 1:
            raise ValueError("The parameters quorum_ballots and rounds must be at least 1.")

    def values(self) -> Mapping[str, Fraction | int]:
        return {field.name: getattr(self, field.name) for field in fields(self)}

    def with_threshold(self, name: str, value: Fraction) -> Self:
        changed: dict[str, Any] = {name: min(max(value, Fraction(0)), Fraction(1))}
        return replace(self, **changed)


def wilson_at_least(accepting: int, ballots: int, least: Fraction, z: Fraction) -> bool:
    """Whether the lower Wilson bound of ``accepting / ballots`` is at least ``least``, without taking a root.

    The bound L solves (p - L)^2 = z^2 L (1 - L) / n with L <= p (Wilson 1927), and grows as the test below gets easier.
    """
    share = Fraction(accepting, ballots)
    return share >= least and (share - least) ** 2 >= z**2 * least * (1 - least) / ballots
