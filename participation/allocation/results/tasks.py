"""Counting in the background, with progress."""

from __future__ import annotations

from django_tasks import task

from participation.allocation.ballots.models import FrozenBallots
from participation.allocation.counting.certificate import NotCertified
from participation.allocation.counting.election import UnreadableElection
from participation.allocation.results.actions import record_failure, record_result
from participation.allocation.results.meter import Meter
from participation.allocation.results.models import AllocationResult
from participation.allocation.results.tallying import NotAsCommitted, accounts_of, tally
from participation.lot_secrets import opened_secret

State = AllocationResult.State


@task()
def count_ballots(result_pk: int) -> None:
    """Count a round whose vote is closed: once, however often it is asked for."""
    waiting = AllocationResult.objects.filter(pk=result_pk, state=State.WAITING)
    # Progress is no record of its own: the result is.
    if waiting.update(state=State.COUNTING, progress=5):
        count_and_record(AllocationResult.objects.select_related("allocation__rule").get(pk=result_pk))


def count_and_record(result: AllocationResult) -> AllocationResult:
    """Count, and record what was found; where it cannot be counted, why."""
    frozen = FrozenBallots.objects.get(allocation=result.allocation)
    if not frozen.text:
        return record_failure(result, state=State.EMPTY, problem="", acting_user=None)
    secret = opened_secret(result.allocation, "lot_secret", acting_user=None)
    meter = Meter(lambda percent: _progress(result, percent))
    try:
        found = tally(result.allocation, frozen, secret, meter.run)
    except (UnreadableElection, NotCertified, NotAsCommitted) as error:
        return record_failure(result, state=State.FAILED, problem=str(error), acting_user=None)
    meter.at(40)
    accounts = accounts_of(found, lambda done: meter.at(40 + 55 * done // len(found.election.projects)))
    return record_result(result, frozen, found, accounts, secret, acting_user=None)


def _progress(result: AllocationResult, percent: int) -> None:
    AllocationResult.objects.filter(pk=result.pk).update(progress=percent)
