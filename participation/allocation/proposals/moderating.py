"""What moderation has to know of proposed projects."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from participation.allocation.proposals.actions import hide_project, restore_project
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.queries import proposal_for
from participation.moderation import items


def _found(user: Any, row_id: UUID) -> ProjectProposal:
    return proposal_for(user, row_id)


def register() -> None:
    items.register(
        "proposal",
        items.LaterKind(
            model=ProjectProposal,
            find=_found,
            hide=hide_project,
            show=restore_project,
            text="description",
            place="allocation",
            related=("author", "allocation__consultation"),
        ),
    )
