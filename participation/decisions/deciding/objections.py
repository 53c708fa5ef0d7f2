"""Reasoned objections and petitions of concern: what they are, when they count, what they require.

After sociocratic consent and the ISO/IEC Directives (opposition counts with its reason) and the petition of concern
of Northern Ireland, without its permanent block.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from participation.decisions.deciding.charter import Charter


class Harm(StrEnum):
    """What an objection says would be harmed. A preference is no harm."""

    RIGHTS = "rights"
    SAFETY = "safety"
    LAW = "law"
    ABILITY_TO_WORK = "ability_to_work"
    UNEQUAL_BURDEN = "unequal_burden"
    PREFERENCE = "preference"


class State(StrEnum):
    FILED = "filed"
    ADMISSIBLE = "admissible"
    IN_INTEGRATION = "in_integration"
    WITHDRAWN = "withdrawn"
    RESOLVED = "resolved"
    SUSTAINED = "sustained"
    REJECTED = "rejected"
    APPEALED = "appealed"


# From where an objection may go where.
NEXT_STATES: dict[State, frozenset[State]] = {
    State.FILED: frozenset({State.ADMISSIBLE, State.REJECTED, State.WITHDRAWN}),
    State.ADMISSIBLE: frozenset({State.IN_INTEGRATION, State.WITHDRAWN}),
    State.IN_INTEGRATION: frozenset({State.RESOLVED, State.SUSTAINED, State.WITHDRAWN}),
    State.SUSTAINED: frozenset({State.RESOLVED, State.WITHDRAWN}),
    State.REJECTED: frozenset({State.APPEALED}),
    State.APPEALED: frozenset({State.ADMISSIBLE, State.REJECTED, State.WITHDRAWN}),
    State.RESOLVED: frozenset(),
    State.WITHDRAWN: frozenset(),
}
UNSETTLED = {State.FILED, State.ADMISSIBLE, State.IN_INTEGRATION, State.APPEALED}
ADMITTED = {State.ADMISSIBLE, State.IN_INTEGRATION, State.SUSTAINED}


class LegalFinding(StrEnum):
    """What the legal unit has written on an objection about rights, safety or law."""

    OPEN = "open"
    CLOSED = "closed"
    UPHELD = "upheld"


@dataclass(frozen=True)
class Objection:
    """``part``: the part of the plan it refers to. ``ballot``: the position of its author's ballot in the group, from
    0; None for one that belongs to no ballot, which then blocks or is reported, but is not counted. What is still in
    integration after the last round that the charter allows counts as sustained (consent minus)."""

    option: str
    group: str
    harm: Harm
    part: str
    state: State
    ballot: int | None = None
    legal: LegalFinding = LegalFinding.OPEN
    integration_rounds: int = 0

    @property
    def is_admissible(self) -> bool:
        """It names a harm, and the part of the plan that does it; a mere preference does not count."""
        return self.harm != Harm.PREFERENCE and bool(self.part.strip())

    def is_sustained(self, most_rounds: int) -> bool:
        was_not_resolved = self.state == State.IN_INTEGRATION and self.integration_rounds >= most_rounds
        return self.is_admissible and (self.state == State.SUSTAINED or was_not_resolved)

    def is_unsettled(self, most_rounds: int) -> bool:
        return self.state in UNSETTLED and not self.is_sustained(most_rounds)

    @property
    def is_legal(self) -> bool:
        return self.harm in {Harm.RIGHTS, Harm.SAFETY, Harm.LAW}

    @property
    def blocks(self) -> bool:
        """Rights, safety and law block until the legal unit has closed the objection in writing."""
        return self.is_legal and self.is_admissible and self.state in ADMITTED and self.legal != LegalFinding.CLOSED

    @property
    def is_upheld(self) -> bool:
        return self.blocks and self.legal == LegalFinding.UPHELD


def panel_admits(in_favour: int, seats: int, share: Fraction) -> bool:
    """The panel has one drawn member of each group; ``share`` of them admits an objection."""
    return seats > 0 and Fraction(in_favour, seats) >= share


class Signers(StrEnum):
    """Who signs a petition: members on a roster, citizens who voted, or people of an area that the plan affects."""

    ROSTER = "roster"
    BALLOTS = "ballots"
    AREA = "area"


@dataclass(frozen=True)
class Petition:
    """``out_of``: members on the roster, ballots of the group, or people of the affected area, by ``signers``.

    ``used_this_year``: petitions of this group with this one, ``decisions_this_year``: decisions in which it took part.
    ``integration_rounds``: how many have been held about the option since.
    """

    option: str
    group: str
    signers: Signers
    signatures: int
    out_of: int
    used_this_year: int = 1
    decisions_this_year: int = 1
    has_substance: bool = False
    integration_rounds: int = 0

    def has_enough_signatures(self, charter: Charter) -> bool:
        if self.signers is Signers.ROSTER:
            return self.signatures > 0 and self.signatures >= charter.petition_of_roster * self.out_of
        if self.signers is Signers.BALLOTS:
            return self.signatures >= max(Fraction(charter.petition_least), charter.petition_of_ballots * self.out_of)
        return self.signatures > charter.petition_of_area * self.out_of

    def is_within_the_year(self, charter: Charter) -> bool:
        """A part of the year's decisions, one at least; beyond that a panel has to find substance."""
        allowed = max(Fraction(1), charter.petitions_a_year * self.decisions_this_year)
        return self.has_substance or self.used_this_year <= allowed

    def is_valid(self, charter: Charter) -> bool:
        return self.has_enough_signatures(charter) and self.is_within_the_year(charter)
