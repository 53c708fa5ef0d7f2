"""Imports in the background: what takes longer than a visitor waits."""

from __future__ import annotations

from django_tasks import task


@task()
def do_work(row_id: str, attempt: int, user_pk: int, language: str) -> None:
    """``attempt`` says which run this is: one that was stopped, or started again, finds that it is not wanted."""
    from cms.budget.drafts.work import run

    run(row_id, attempt, user_pk, language)
