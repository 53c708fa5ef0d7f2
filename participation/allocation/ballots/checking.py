"""Whether a round takes ballots now, and such a one."""

from __future__ import annotations

from collections.abc import Mapping

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext_lazy as _

from participation.allocation.models import Allocation, Phase
from participation.allocation.proposals.models import ProjectProposal
from portal.errors import Closed, Invalid


def require_voting(allocation: Allocation) -> None:
    """Raises ``Closed`` with the day before and after the vote."""
    phase = allocation.phase
    if phase == Phase.VOTING:
        return
    if phase in (Phase.ANNOUNCED, Phase.PROPOSING, Phase.REVIEW, Phase.LISTED):
        day = date_format(timezone.localtime(allocation.voting_from), "DATETIME_FORMAT")
        raise Closed(_("The vote begins on %(day)s.") % {"day": day})
    day = date_format(timezone.localtime(allocation.voting_until), "DATETIME_FORMAT")
    raise Closed(_("The vote ended on %(day)s. No ballot is taken or changed any more.") % {"day": day})


def check_votes(allocation: Allocation, votes: Mapping[int, int]) -> None:
    """Whether the round takes such a ballot. Raises ``Invalid`` with the reason."""
    if not votes:
        raise Invalid(_("Please choose at least one project."), field="votes")
    steps = dict(allocation.proposals.filter(number__in=votes).values_list("number", "step"))
    for number in sorted(votes):
        if steps.get(number) == ProjectProposal.Step.WITHDRAWN:
            raise Invalid(
                _("Project no. %(number)d was withdrawn. Please take it off your ballot.") % {"number": number},
                field="votes",
            )
        if steps.get(number) != ProjectProposal.Step.LISTED:
            raise Invalid(_("Project no. %(number)d is not on the ballot.") % {"number": number}, field="votes")
    if allocation.most_projects is not None and len(votes) > allocation.most_projects:
        raise Invalid(
            _("You chose %(chosen)d projects; a ballot takes %(most)d at most.")
            % {"chosen": len(votes), "most": allocation.most_projects},
            field="votes",
        )
    if any(points < 1 for points in votes.values()):
        raise Invalid(_("Points are whole numbers from 1."), field="votes")
    if not allocation.has_points:
        if any(points != 1 for points in votes.values()):
            raise Invalid(_("A project is supported once."), field="votes")
        return
    given = sum(votes.values())
    if allocation.points is not None and given > allocation.points:
        raise Invalid(
            _("You gave %(given)d points; you have %(points)d.") % {"given": given, "points": allocation.points},
            field="votes",
        )
