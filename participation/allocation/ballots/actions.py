"""Casting a ballot, and closing the vote: two people, and the file of all ballots fixed before it is counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation.allocation.ballots.checking import check_votes, require_voting
from participation.allocation.ballots.file import ballot_file
from participation.allocation.ballots.models import AllocationBallot, FrozenBallots
from participation.allocation.ballots.opening import opened_ballots
from participation.allocation.ballots.receipts import new_salt, packed, receipt_of, votes_in
from participation.allocation.locking import locked_round
from participation.allocation.models import Allocation, Phase
from participation.allocation.permissions import require_allocation_keeper, require_participant
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.results.models import AllocationResult
from participation.allocation.results.queueing import count_after_commit
from participation.consultations.stages import Deed
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.sides import take_side
from portal.errors import Conflict, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@sensitive_variables("votes", "salt")
@transaction.atomic
def cast_ballot(allocation: Allocation, *, votes: Mapping[int, int], acting_user: User) -> AllocationBallot:
    """Cast a ballot, or change the one that was cast. ``votes``: number of a project -> points, 1 for an approval.

    Raises ``Closed`` before and after the vote, ``Invalid`` for more than the ballot takes and for what is not on it,
    ``Conflict`` for the same ballot again. Fewer projects than recommended are taken.
    """
    locked = locked_round(allocation)
    # Whether it is time is what somebody asks first, whatever else is missing.
    require_voting(locked)
    person = require_participant(acting_user, Deed.VOTE_ON_PROJECTS, locked)
    check_votes(locked, votes)
    if locked.consultation is not None:
        take_side(person, locked.consultation, StakeholderGroup.CITIZEN)
    known = locked.ballots.filter(voter=person).first()
    if known is not None and votes_in(known.choices) == dict(votes):
        raise Conflict(_("This is the ballot that you have cast already."))
    salt = new_salt()
    ballot = known or AllocationBallot(allocation=locked, voter=person, times_cast=0)
    ballot.choices = packed(salt, votes)
    ballot.times_cast, ballot.cast_at = ballot.times_cast + 1, timezone.now()
    with acting(person):
        ballot.save()
    append_leaf(
        LeafKind.ALLOCATION_BALLOT,
        ballot,
        public={"allocation": str(locked.row_id), "state": "cast" if known is None else "changed"},
        committed={"receipt": receipt_of(salt, votes)},
    )
    return ballot


@transaction.atomic
def ask_to_close(allocation: Allocation, *, acting_user: User) -> Allocation:
    """The first of two who close a vote, once its time is over."""
    keeper = require_allocation_keeper(acting_user, allocation)
    locked = locked_round(allocation, Phase.CLOSING)
    if locked.close_asked_by_id is not None:
        raise Conflict(_("Somebody has asked for it already. A second person closes the vote."))
    locked.close_asked_by, locked.close_asked_at = keeper, timezone.now()
    with acting(keeper):
        locked.save()
    append_leaf(LeafKind.ALLOCATION_CLOSE_ASKED, locked, public={}, committed={})
    return locked


@sensitive_variables("ballots", "votes")
@transaction.atomic
def close_voting(allocation: Allocation, *, acting_user: User) -> FrozenBallots:
    """The second of two closes the vote: ballots become a file without names, whose digest is in the log before
    anything is counted. Votes for withdrawn projects are archived: left out, and told by number."""
    keeper = require_allocation_keeper(acting_user, allocation)
    locked = locked_round(allocation, Phase.CLOSING)
    if locked.close_asked_by_id is None:
        raise Conflict(_("First somebody asks for it; a second person closes the vote."))
    if locked.close_asked_by_id == keeper.pk:
        raise NotAllowed(_("You asked for it yourself. A second person has to close the vote."))
    opened, erased = opened_ballots(locked, purpose=str(_("Writing the file of ballots without names")))
    projects = {one.number: one for one in locked.proposals.on_ballot()}
    gone = {one.number: one for one in locked.proposals.filter(step=ProjectProposal.Step.WITHDRAWN)}
    archived: Counter[int] = Counter()
    ballots = []
    for receipt, _voter, votes in opened:
        archived.update(number for number in votes if number in gone)
        ballots.append((receipt, {number: points for number, points in votes.items() if number in projects}))
    text = ballot_file(locked, list(projects.values()), ballots) if ballots and projects else ""
    frozen = FrozenBallots(
        allocation=locked,
        text=text,
        sha256=sha256(text.encode()).hexdigest(),
        ballots=len(ballots),
        erased=erased,
    )
    locked.closed_by, locked.closed_at = keeper, timezone.now()
    result = AllocationResult(allocation=locked)
    with acting(keeper):
        frozen.save()
        locked.save()
        result.save()
    for number, votes_archived in archived.items():
        # Follows from the ballots, and stands in the leaf below.
        ProjectProposal.objects.filter(pk=gone[number].pk).update(archived_votes=votes_archived)
    append_leaf(
        LeafKind.ALLOCATION_CLOSED,
        frozen,
        public={
            "allocation": str(locked.row_id),
            "ballots": len(ballots),
            "erased": erased,
            "ballots_sha256": frozen.sha256,
            "archived": sorted([number, votes] for number, votes in archived.items()),
        },
        committed={},
        also=[locked, result],
    )
    count_after_commit(result)
    return frozen
