"""Statements are moderated as everything else that is said: under a house rule, looked at twice, with an appeal."""

from __future__ import annotations

from participation.deliberation.models import Statement
from participation.deliberation.queries import statement_found
from participation.moderation.items import LaterKind, register


def register_statements() -> None:
    kind = LaterKind(
        model=Statement,
        find=statement_found,
        text="body",
        place="conversation",
        related=("author", "organisation", "conversation", "consultation"),
    )
    register("statement", kind)
