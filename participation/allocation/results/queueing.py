"""Asking for a count in the background, once what it counts is committed."""

from __future__ import annotations

from functools import partial

from django.db import transaction

from participation.allocation.results.models import AllocationResult


def count_after_commit(result: AllocationResult) -> None:
    # The task needs the actions that record a count, and these ask for it again where it failed.
    from participation.allocation.results.tasks import count_ballots

    transaction.on_commit(partial(count_ballots.enqueue, result.pk), robust=True)
