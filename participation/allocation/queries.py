"""Reads of allocations."""

from __future__ import annotations

from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.allocation.ballots.models import AllocationBallot, FrozenBallots
from participation.allocation.models import Allocation, AllocationRule, Phase, moment_told
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.results.models import AllocationResult, ProjectResult
from participation.consultations.models import Consultation
from participation.stakeholders.models import Role, User
from portal.errors import Closed, NotFound

Reader = User | AnonymousUser
Step = ProjectProposal.Step


def allocations_for(user: Reader) -> QuerySet[Allocation]:
    found = Allocation.objects.visible_to(user).select_related("consultation", "department", "release", "rule")
    public = Q(proposals__status=ProjectProposal.Status.VISIBLE) & ~Q(proposals__step=Step.WITHDRAWN)
    return found.annotate(project_count=Count("proposals", filter=public))


def allocation_for(user: Reader, row_id: UUID) -> Allocation:
    """One round. Raises ``NotFound`` where ``user`` may not see it."""
    found = allocations_for(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def allocations_of(consultation: Consultation, user: Reader) -> QuerySet[Allocation]:
    return allocations_for(user).filter(consultation=consultation)


def proposals_for(user: Reader) -> QuerySet[ProjectProposal]:
    return ProjectProposal.objects.visible_to(user).select_related(
        "allocation__consultation", "allocation__department", "author", "department", "result"
    )


def proposal_for(user: Reader, row_id: UUID) -> ProjectProposal:
    found = proposals_for(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def proposals_in(allocation: Allocation, user: Reader) -> QuerySet[ProjectProposal]:
    return proposals_for(user).filter(allocation=allocation)


def matching(
    proposals: QuerySet[ProjectProposal], *, words: str = "", category: str = "", step: str = "", outcome: str = ""
) -> QuerySet[ProjectProposal]:
    """Of these, those with all the words, of a field, in a state; ``outcome``: won or lost."""
    for word in words.split()[:8]:
        proposals = proposals.filter(
            Q(title__icontains=word) | Q(place__icontains=word) | Q(description__icontains=word)
        )
    if category in ProjectProposal.Category.values:
        proposals = proposals.filter(category=category)
    if step in Step.values:
        proposals = proposals.filter(step=step)
    if outcome == "won":
        proposals = proposals.exclude(result__isnull=True).exclude(result__how=ProjectResult.How.LOST)
    elif outcome == "lost":
        proposals = proposals.filter(result__how=ProjectResult.How.LOST)
    return proposals


def ballot_of(allocation: Allocation, user: Reader) -> AllocationBallot | None:
    """The own ballot, sealed as it is."""
    found: AllocationBallot | None = AllocationBallot.objects.visible_to(user).filter(allocation=allocation).first()
    return found


def ballots_cast(allocation: Allocation) -> int:
    """How many ballots there are; what they say is nobody's to know before the count."""
    return allocation.ballots.count()


def frozen_of(allocation: Allocation, user: Reader) -> FrozenBallots | None:
    found: FrozenBallots | None = FrozenBallots.objects.visible_to(user).filter(allocation=allocation).first()
    return found


def result_of(allocation: Allocation, user: Reader) -> AllocationResult | None:
    found: AllocationResult | None = AllocationResult.objects.visible_to(user).filter(allocation=allocation).first()
    return found


def rows_of(result: AllocationResult) -> list[ProjectResult]:
    """Winners in the order of their selection, then the others by their votes."""
    rows = list(result.rows.select_related("proposal__department", "proposal__author", "programme", "task"))
    for row in rows:
        row.proposal.allocation = result.allocation
    return sorted(rows, key=lambda row: (row.place is None, row.place or 0, -row.votes, row.proposal.number))


def winner_for(allocation: Allocation, row_id: UUID) -> ProjectResult:
    found = ProjectResult.objects.won().filter(proposal__allocation=allocation, row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def waiting_for_department(person: User) -> QuerySet[ProjectProposal]:
    """What departments of an officer have been asked about, the oldest first; the own proposals are somebody else's."""
    own = person.appointments.current().filter(role=Role.OFFICER).values("department")
    found = proposals_for(person).filter(department__in=own, allocation__listed_at__isnull=True)
    return found.exclude(status=ProjectProposal.Status.HIDDEN).exclude(author=person).order_by("created", "pk")


def rounds_of_voter(person: User) -> QuerySet[AllocationBallot]:
    return AllocationBallot.objects.visible_to(person).select_related("allocation").order_by("-cast_at")


def is_open(allocation: Allocation) -> bool:
    return allocation.phase not in (Phase.COUNTED, Phase.CLOSED)


def rule_now() -> AllocationRule:
    """The rules for rounds that are opened now. Raises ``Closed`` where there are none."""
    rule = AllocationRule.objects.on(timezone.localdate(moment_told()))
    if rule is None:
        raise Closed(_("There are no rules for allocations yet. Whoever runs the portal enters them."))
    return rule
