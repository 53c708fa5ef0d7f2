"""Opening sealed ballots: to tell voters that a project was withdrawn, and to write the file that is counted.

Every opening stands in the readings of whoever it belongs to.
"""

from __future__ import annotations

from typing import NamedTuple

from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_variables

from participation.allocation.ballots.receipts import votes_in
from participation.allocation.models import Allocation
from participation.stakeholders.models import User
from privacy.access.recording import reading
from privacy.history.actor import acting
from privacy.sealing import ring
from privacy.sealing.errors import Shredded


class Opened(NamedTuple):
    receipt: str
    voter: User
    votes: dict[int, int]


@sensitive_variables()
def opened_ballots(allocation: Allocation, *, purpose: str) -> tuple[list[Opened], int]:
    """All ballots in the order of their receipts, which tells nothing of when they were cast; and how many
    cannot be opened any more, because their voters had their data erased."""
    ballots = list(allocation.ballots.select_related("voter"))
    ring.prefetch(ballots)
    found: list[Opened] = []
    erased = 0
    # The service opens them; nobody is shown what they say.
    with acting(None), reading(purpose) as readings:
        for ballot in ballots:
            try:
                found.append(Opened(ballot.receipt, ballot.voter, votes_in(ballot.choices)))
            except Shredded:
                erased += 1
        readings.write(durable=False)
    return sorted(found, key=lambda one: one.receipt), erased


@sensitive_variables()
def votes_for(allocation: Allocation, number: int) -> list[User]:
    """Who has voted for a project, in order to tell them of its withdrawal; nobody sees the list."""
    purpose = _("Telling voters that a project was withdrawn")
    ballots, _erased = opened_ballots(allocation, purpose=purpose)
    return [one.voter for one in ballots if number in one.votes]
