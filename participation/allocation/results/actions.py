"""Recording a count, and carrying winners out: each becomes a programme, with a task that is followed to its end."""

from __future__ import annotations

from datetime import date, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from cms.budget.actions import start_programme
from participation.allocation.ballots.models import FrozenBallots
from participation.allocation.locking import locked_round
from participation.allocation.models import Phase
from participation.allocation.permissions import require_allocation_keeper
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.results.followup import task_opener
from participation.allocation.results.models import AllocationResult, ProjectResult
from participation.allocation.results.queueing import count_after_commit
from participation.allocation.results.tallying import Tally, figures_of
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.stakeholders.models import User
from portal.errors import Closed, Conflict, Invalid
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

State, How = AllocationResult.State, ProjectResult.How
# A count that has not moved for so long was interrupted.
INTERRUPTED_AFTER = timedelta(minutes=10)


@transaction.atomic
def record_failure(result: AllocationResult, *, state: str, problem: str, acting_user: User | None) -> AllocationResult:
    """Record that there was nothing to count, or why it could not be counted. ``acting_user`` None: background work."""
    locked = AllocationResult.objects.select_for_update(of=("self",)).get(pk=result.pk)
    locked.state, locked.problem = state, problem
    if state == State.EMPTY:
        locked.finished_at = timezone.now()
        allocation = locked_round(locked.allocation, Phase.CLOSED)
        allocation.counted_at = locked.finished_at
        with acting(acting_user):
            allocation.save()
    with acting(acting_user):
        locked.save()
    told = {"allocation": str(result.allocation.row_id), "state": str(state)}
    also = [allocation] if state == State.EMPTY else []
    append_leaf(LeafKind.ALLOCATION_COUNT_FAILED, locked, public=told, committed={"problem": problem}, also=also)
    return locked


@sensitive_variables("secret")
@transaction.atomic
def record_result(
    result: AllocationResult,
    frozen: FrozenBallots,
    found: Tally,
    accounts: dict[str, dict[str, object]],
    secret: bytes,
    *,
    acting_user: User | None,
) -> AllocationResult:
    """Publish what was counted, and open the lot. ``acting_user`` None: background work."""
    allocation = locked_round(result.allocation, Phase.CLOSED)
    locked = AllocationResult.objects.select_for_update(of=("self",)).get(pk=result.pk)
    now = timezone.now()
    locked.state, locked.progress, locked.finished_at = State.COUNTED, 100, now
    locked.figures, locked.sha256 = figures_of(found), found.sha256
    allocation.lot_opened, allocation.lot_secret, allocation.counted_at = secret.hex(), None, now
    rows = _rows(locked, found, accounts)
    with acting(acting_user):
        locked.save()
        allocation.save()
        for row in rows:
            row.save()
    winners = [row for row in rows if row.is_winner]
    append_leaf(
        LeafKind.ALLOCATION_COUNTED,
        locked,
        public={
            "allocation": str(allocation.row_id),
            "ballots_sha256": frozen.sha256,
            "result_sha256": locked.sha256,
            "secret": allocation.lot_opened,
            "decided_by": "shares" if found.result.instead is None else "votes",
            "winners": [row.proposal.number for row in sorted(winners, key=lambda row: row.place or 0)],
        },
        committed={},
        also=[allocation, *rows],
    )
    matters = [record for record in (allocation.consultation, allocation.department) if record is not None]
    announce(Kind.ALLOCATION, allocation, of=matters, words={"step": "counted"}, url=locked.get_absolute_url())
    for row in rows:
        step = "won" if row.is_winner else "lost"
        announce(Kind.PROJECT, row.proposal, to=row.proposal.author, words={"step": step})
    return locked


def _rows(result: AllocationResult, found: Tally, accounts: dict[str, dict[str, object]]) -> list[ProjectResult]:
    proposals = {
        str(one.number): one
        for one in ProjectProposal.objects.filter(allocation=result.allocation).select_related("author", "allocation")
    }
    places = {position: place for place, position in enumerate(found.result.winners, 1)}
    by_shares, is_instead = set(found.result.outcome.winners), found.result.instead is not None
    rows = []
    for position, project in enumerate(found.election.projects):
        won = How.MAJORITY if is_instead else How.SHARES if position in by_shares else How.VOTES
        rows.append(
            ProjectResult(
                result=result,
                proposal=proposals[project.id],
                how=won if position in places else How.LOST,
                place=places.get(position),
                votes=found.election.supports[position].votes,
                account=accounts[project.id],
            )
        )
    return rows


@transaction.atomic
def count_again(result: AllocationResult, *, acting_user: User) -> AllocationResult:
    """Begin a count again that failed or was interrupted. A result that was found stands."""
    keeper = require_allocation_keeper(acting_user, result.allocation)
    locked = AllocationResult.objects.select_for_update(of=("self",)).get(pk=result.pk)
    is_late = timezone.now() - locked.created > INTERRUPTED_AFTER
    if locked.state != State.FAILED and not (is_late and locked.state in (State.WAITING, State.COUNTING)):
        raise Conflict(_("There is nothing to count again."))
    locked.state, locked.progress, locked.problem = State.WAITING, 0, ""
    with acting(keeper):
        locked.save()
    told = {"allocation": str(result.allocation.row_id), "state": str(State.WAITING)}
    append_leaf(LeafKind.ALLOCATION_COUNT_FAILED, locked, public=told, committed={"problem": ""})
    count_after_commit(locked)
    return locked


def _locked_winner(row: ProjectResult, acting_user: User) -> tuple[ProjectResult, User]:
    locked = (
        ProjectResult.objects.select_for_update(of=("self",))
        .select_related("proposal__allocation__department", "proposal__department", "programme")
        .get(pk=row.pk)
    )
    keeper = require_allocation_keeper(acting_user, locked.proposal.allocation)
    if not locked.is_winner:
        raise Closed(_("This project was not funded."))
    return locked, keeper


def _told(row: ProjectResult) -> dict[str, object]:
    return {"allocation": str(row.proposal.allocation.row_id), "number": row.proposal.number}


@transaction.atomic
def adopt_winner(row: ProjectResult, *, acting_user: User) -> ProjectResult:
    """Make a winner a programme of its department, under which it will stand in the budget."""
    locked, keeper = _locked_winner(row, acting_user)
    proposal = locked.proposal
    if locked.programme_id is not None:
        raise Conflict(_("This project is a programme already."))
    if proposal.department is None:
        raise Invalid(_("The project has no department."))
    year = timezone.localtime(proposal.allocation.voting_until).year
    locked.programme = start_programme(
        proposal.department,
        name=proposal.title,
        code=f"PB{year}-{proposal.allocation.pk}-{proposal.number}",
        acting_user=keeper,
    )
    with acting(keeper):
        locked.save()
    told = {**_told(locked), "programme": str(locked.programme.row_id)}
    append_leaf(LeafKind.PROJECT_ADOPTED, locked, public=told, committed={})
    return locked


@transaction.atomic
def open_task_of_winner(row: ProjectResult, *, officer: User, due_on: date, acting_user: User) -> ProjectResult:
    """Make a task of a winner, for an officer of its department, by a day."""
    locked, keeper = _locked_winner(row, acting_user)
    if locked.task_id is not None:
        raise Conflict(_("This project has a task already."))
    if locked.programme_id is None:
        raise Closed(_("First the project becomes a programme."))
    opener = task_opener()
    if opener is None:
        raise Closed(_("Tasks are not kept here."))
    if due_on <= timezone.localdate():
        raise Invalid(_("Please choose a day in the future."), field="due_on")
    locked.task = opener(locked, officer, due_on, keeper)
    with acting(keeper):
        locked.save()
    told = {**_told(locked), "task": str(locked.task.row_id)}
    append_leaf(LeafKind.PROJECT_TASK_OPENED, locked, public=told, committed={})
    return locked
