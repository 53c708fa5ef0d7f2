"""Reads of opinion maps: what is asked, what comes next for somebody, what they answered."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Exists, OuterRef, QuerySet, Subquery
from django.db.models.functions import Coalesce
from django.utils.crypto import salted_hmac

from participation.consultations.models import Consultation, Contribution
from participation.deliberation.models import Conversation, MapParticipant, MapVote, OpinionMap, Statement
from participation.deliberation.permissions import answers_needed
from participation.feedback.similar import most_alike
from participation.stakeholders.models import User
from portal.errors import NotFound
from portal.search.text import WORD, index_text

Reader = User | AnonymousUser

# Of a statement that no drawing knows yet (Polis, ``server.ts``).
UNKNOWN_PRIORITY = 1.0
SHOWN_ON_RECORD = 5


def conversations_for(user: Reader) -> QuerySet[Conversation]:
    """With how many statements each puts to the vote, and how many people have answered one."""
    shown = Statement.objects.filter(status=Contribution.Status.VISIBLE)
    return (
        Conversation.objects.visible_to(user)
        .select_related("consultation__release__government", "consultation__department", "consultation__programme")
        .annotate(statement_count=_number_of(shown), people_count=_number_of(MapParticipant.objects.all()))
    )


def _number_of(records: QuerySet[Any]) -> Coalesce:
    counts = records.filter(conversation=OuterRef("pk")).order_by().values("conversation").annotate(n=Count("pk"))
    return Coalesce(Subquery(counts.values("n")), 0)


def conversation_for(user: Reader, row_id: UUID) -> Conversation:
    """One conversation. Raises ``NotFound`` where ``user`` may not see it."""
    found = conversations_for(user).filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found


def conversations_of(consultation: Consultation, user: Reader) -> QuerySet[Conversation]:
    return conversations_for(user).filter(consultation=consultation)[:SHOWN_ON_RECORD]


def statement_found(user: Reader, row_id: UUID) -> Statement:
    """One statement: a public one, or one's own. Raises ``NotFound``."""
    found = Statement.objects.visible_to(user).select_related(
        "conversation", "consultation__department", "consultation__programme", "author", "organisation"
    )
    statement: Statement | None = found.filter(row_id=row_id).first()
    if statement is None:
        raise NotFound
    return statement


def shown_statements(conversation: Conversation) -> QuerySet[Statement]:
    found: QuerySet[Statement] = conversation.statements.filter(status=Contribution.Status.VISIBLE)
    return found


def held_statements(conversation: Conversation) -> QuerySet[Statement]:
    found: QuerySet[Statement] = conversation.statements.filter(status=Contribution.Status.HELD)
    return found.select_related("author", "organisation")


# Voting ------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Progress:
    """How far somebody is: ``answered`` of ``shown`` statements; ``needed`` answers open the result."""

    answered: int
    shown: int

    @property
    def needed(self) -> int:
        return answers_needed(self.shown)

    @property
    def missing(self) -> int:
        return max(0, self.needed - self.answered)


def progress_of(conversation: Conversation, participant: MapParticipant | None) -> Progress:
    shown = shown_statements(conversation)
    answered = shown.filter(votes__participant=participant).count() if participant else 0
    return Progress(answered, shown.count())


def may_see_result(conversation: Conversation, progress: Progress) -> bool:
    """Once it is closed everybody; until then who has answered enough not to be led by what others said."""
    return conversation.closed_at is not None or (progress.shown > 0 and progress.missing == 0)


def next_statement(conversation: Conversation, user: Reader, participant: MapParticipant | None) -> Statement | None:
    """The statement to ask somebody next, of those not answered yet: each as likely as its priority says, and the same
    one again when the page is reloaded.

    Weighted sampling by one key each (Efraimidis and Spirakis 2006): the smallest ``-log(u) / weight``, with ``u``
    from a keyed hash of person and statement.
    """
    waiting = shown_statements(conversation)
    if participant is not None:
        waiting = waiting.exclude(Exists(MapVote.objects.filter(participant=participant, statement=OuterRef("pk"))))
    numbers = list(waiting.values_list("number", flat=True))
    if not numbers:
        return None
    # Of a large map the rest is long, and this is asked with every answer.
    kept = OpinionMap.objects.filter(conversation=conversation).values_list("result__priority", flat=True)
    weights: dict[str, float] = kept.first() or {}

    def key(number: int) -> float:
        words = f"{conversation.row_id} {user.pk} {number}"
        digest = salted_hmac("participation.deliberation.next", words, algorithm="sha256").digest()
        share = (int.from_bytes(digest[:8], "big") + 1) / (2**64 + 1)
        return -math.log(share) / max(weights.get(str(number), UNKNOWN_PRIORITY), 1e-9)

    return shown_statements(conversation).get(number=min(numbers, key=key))


def answers_of(participant: MapParticipant) -> list[tuple[Statement, MapVote]]:
    """What somebody has answered, the latest first; of statements that are public now."""
    votes = participant.votes.filter(statement__status=Contribution.Status.VISIBLE).select_related("statement")
    return [(vote.statement, vote) for vote in votes.order_by("-cast_at", "-pk")]


# What says the same ------------------------------------------------------------------------------------------------


def _said(conversation: Conversation) -> Sequence[Statement]:
    return list(conversation.statements.exclude(status=Contribution.Status.HIDDEN))


def same_words(conversation: Conversation, text: str) -> Statement | None:
    """A statement, public or waiting, with the same words."""
    wanted = WORD.findall(index_text(text))
    return next((one for one in _said(conversation) if WORD.findall(index_text(one.body)) == wanted), None)


def much_the_same(conversation: Conversation, text: str) -> list[Statement]:
    """Public statements that say much the same, the most alike first."""
    return most_alike(text, [(one, one.body) for one in shown_statements(conversation)])
