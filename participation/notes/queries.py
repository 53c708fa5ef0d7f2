"""Reads of moderators' private notes. Every list starts from ``visible_to``."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, Q, QuerySet
from django.views.decorators.debug import sensitive_variables

from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.moderation.items import kind_of
from participation.moderation.models import IN_ROOM
from participation.notes.models import ModeratorNote, Noted
from participation.stakeholders.models import User
from portal.errors import NotFound
from privacy.access.recording import reading
from privacy.sealing import ring
from privacy.sealing.errors import Shredded

PURPOSE = "moderation"


def notes_on(user: User | AnonymousUser, noted: Noted) -> QuerySet[ModeratorNote]:
    """The notes on it that ``user`` may read, oldest first; removed ones too, without their text."""
    found: QuerySet[ModeratorNote] = ModeratorNote.objects.visible_to(user).filter(**{kind_of(noted): noted})
    return found.select_related("written_by", "removed_by", "about")


def note_found(user: User | AnonymousUser, row_id: UUID) -> ModeratorNote:
    notes = ModeratorNote.objects.visible_to(user).select_related(
        "about", "feedback__consultation", "evaluation__consultation", "statement__consultation", *IN_ROOM
    )
    note: ModeratorNote | None = notes.filter(row_id=row_id).first()
    if note is None:
        raise NotFound
    return note


@sensitive_variables()
def opened_notes(user: User, noted: Noted) -> list[tuple[ModeratorNote, str, str]]:
    """(note, text, reason of its removal), both opened, on the record; None for what has been erased."""
    notes = list(notes_on(user, noted))
    ring.prefetch(notes)
    with reading(PURPOSE, acting_user=user):
        return [(note, _opened(note, "text"), _opened(note, "removal_reason")) for note in notes]


def _opened(note: ModeratorNote, field: str) -> Any:
    try:
        return getattr(note, field) or ""
    except Shredded:
        return None


def note_counts(user: User | AnonymousUser, said: Iterable[Feedback | Evaluation]) -> dict[UUID, int]:
    """How many notes that stand ``user`` may read on each of these, by its row id; by one query."""
    of_kind: dict[str, list[int]] = {"feedback": [], "evaluation": []}
    row_ids: dict[tuple[str, int], UUID] = {}
    for one in said:
        of_kind[kind_of(one)].append(one.pk)
        row_ids[kind_of(one), one.pk] = one.row_id
    if not row_ids:
        return {}
    notes = ModeratorNote.objects.visible_to(user).filter(removed_at__isnull=True)
    notes = notes.filter(Q(feedback__in=of_kind["feedback"]) | Q(evaluation__in=of_kind["evaluation"]))
    rows = notes.order_by().values_list("feedback", "evaluation").annotate(count=Count("pk"))
    return {
        row_ids["feedback" if feedback else "evaluation", feedback or evaluation]: count
        for feedback, evaluation, count in rows
    }


def count_about(person: User) -> int:
    """How many notes about a person there are. That much the person may know; not what they say."""
    return ModeratorNote.objects.filter(about=person, removed_at__isnull=True).count()
