"""Reads of feedback. Every list starts from ``visible_to``."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, Q, QuerySet, Window
from django.db.models.functions import RowNumber

from cms.budget.models import Line, Release
from participation.consultations.models import Consultation, Contribution
from participation.consultations.queries import scope_lines
from participation.feedback.models import Feedback
from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import NotFound
from privacy.history.queries import Change, history_of

Reader = User | AnonymousUser
LINES_FOUND = 20
SEARCHED = (
    "programme__name",
    "programme__name_en",
    "programme__code",
    "department__name",
    "department__name_en",
    "functional_name",
    "functional_code",
    "economic_name",
    "economic_code",
    "fund",
)


def public_author(contribution: Contribution) -> str:
    """The name beside a contribution."""
    return contribution.public_name


def public_history(contribution: Contribution) -> list[Change]:
    """The history of a contribution, its author under the name that the public sees."""
    changes = history_of(contribution)
    own_name, shown_name = contribution.author.display_name, public_author(contribution)
    return [replace(change, who=shown_name) if change.who == own_name else change for change in changes]


def with_context(feedback: QuerySet[Feedback]) -> QuerySet[Feedback]:
    """With all that a card shows, in a fixed number of queries."""
    return feedback.select_related(
        "author",
        "organisation",
        "confidential__organisation",
        "consultation__release",
        "line__programme",
        "line__department",
        "answered__answer__department",
    ).prefetch_related("answered__answer__findings__task")


def feedback_for(user: Reader) -> QuerySet[Feedback]:
    """What ``user`` may read, the newest first."""
    found: QuerySet[Feedback] = with_context(Feedback.objects.visible_to(user))
    return found


def feedback_found(user: Reader, row_id: UUID) -> Feedback:
    """One piece of feedback. Raises ``NotFound`` where ``user`` may not see it."""
    try:
        return feedback_for(user).get(row_id=row_id)
    except Feedback.DoesNotExist:
        raise NotFound from None


def feedback_of(user: Reader, consultation: Consultation, *, balanced: bool) -> QuerySet[Feedback]:
    """The feedback of a consultation by time, or ``balanced``: the newest of every side, then the second of every side.

    The loudest side fills the first page of a list by time; in the balanced one each has the same room.
    """
    found = feedback_for(user).filter(consultation=consultation)
    if not balanced:
        return found
    turn = Window(RowNumber(), partition_by=F("stakeholder_group"), order_by=[F("created").desc(), F("pk").desc()])
    return found.annotate(turn=turn).order_by("turn", "stakeholder_group")


def feedback_about(user: Reader, line: Line) -> QuerySet[Feedback]:
    return feedback_for(user).filter(line=line)


def feedback_by(user: User) -> QuerySet[Feedback]:
    """What ``user`` said, hidden or not."""
    return feedback_for(user).filter(author=user)


def counts_by_group(contributions: QuerySet[Any]) -> dict[str, int]:
    """Side -> how many, of what is public."""
    rows = contributions.filter(status=Contribution.Status.VISIBLE).order_by().values_list("stakeholder_group")
    return dict(rows.annotate(number=Count("pk")))


def public_feedback_on(release: Release, user: Reader) -> QuerySet[Feedback]:
    """Every public word on a release, whichever consultation asked for it."""
    found: QuerySet[Feedback] = Feedback.objects.visible_to(user).filter(
        consultation__release=release, status=Contribution.Status.VISIBLE
    )
    return found


def find_lines(consultation: Consultation, text: str) -> list[Line]:
    """Lines of the consultation whose names or codes hold every word of ``text``, at most ``LINES_FOUND``."""
    words = text.split()[:8]
    if not words:
        return []
    asked = reduce(and_, (_holds(word) for word in words))
    return list(
        scope_lines(consultation).filter(asked).select_related("programme", "department", "release")[:LINES_FOUND]
    )


def _holds(word: str) -> Q:
    asked = Q()
    for name in SEARCHED:
        asked |= Q(**{f"{name}__icontains": word})
    return asked


def line_of(consultation: Consultation, row_id: UUID) -> Line:
    """A line that the consultation is about. Raises ``NotFound`` for any other."""
    try:
        return scope_lines(consultation).select_related("programme", "department", "release").get(row_id=row_id)
    except Line.DoesNotExist:
        raise NotFound from None


def sides_of(counts: dict[str, int]) -> Sequence[tuple[str, int]]:
    """Every side with its count, in the order of the charter: one that was not heard stands there with a zero."""
    return [(group, counts.get(group, 0)) for group in StakeholderGroup.values]
