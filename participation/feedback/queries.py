"""Reads of feedback. Every list starts from ``visible_to``."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from functools import reduce
from operator import and_
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, F, OuterRef, Q, QuerySet, Subquery, Window
from django.db.models.functions import Coalesce, RowNumber

from cms.budget.models import Line, Release
from participation.consultations.models import Consultation, Contribution
from participation.consultations.queries import scope_lines
from participation.feedback.models import Draft, Feedback
from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import NotFound
from privacy.history.queries import Change, history_of
from privacy.sealing.errors import Shredded

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
    return (
        feedback.select_related(
            "author",
            "organisation",
            "confidential__organisation",
            "consultation__release",
            "line__programme",
            "line__department",
            "programme",
            "indicator__goal__programme_year__programme",
            "task",
            "merged_into",
            "answered__answer__department",
        )
        .annotate(merged_number=_merged_number())
        .prefetch_related("answered__answer__findings__tasks")
    )


def _merged_number() -> Coalesce:
    """How many others say the same, of what is public."""
    tied = Feedback.objects.filter(merged_into=OuterRef("pk"), status=Contribution.Status.VISIBLE).order_by()
    return Coalesce(Subquery(tied.values("merged_into").annotate(number=Count("pk")).values("number")), 0)


def merged_into(feedback: Feedback, user: Reader) -> QuerySet[Feedback]:
    """Those that say the same as ``feedback``, the first on top."""
    return feedback_for(user).filter(merged_into=feedback).order_by("created", "pk")


def with_merged(chosen: Iterable[Feedback]) -> list[Feedback]:
    """What was chosen, and everything that is tied to it: an answer reaches all. Locked, in the order of the keys.

    The chosen are locked first: nothing can be tied to them after that.
    """
    own = Feedback.objects.select_for_update(of=("self",)).filter(pk__in=[each.pk for each in chosen])
    first = {each.pk: each for each in own.order_by("pk")}
    tied = Feedback.objects.select_for_update(of=("self",)).filter(
        merged_into__in=first, status=Contribution.Status.VISIBLE, answered__isnull=True
    )
    everything = first | {each.pk: each for each in tied.order_by("pk")}
    return [everything[pk] for pk in sorted(everything)]


def task_found(user: Reader, row_id: UUID) -> Any:
    """A rectification task, which is a record of a later room. Raises ``NotFound`` where ``user`` may not see it."""
    model: Any = Feedback._meta.get_field("task").related_model
    found = model._default_manager.visible_to(user).select_related("finding__answer__consultation")
    task = found.filter(row_id=row_id).first()
    if task is None:
        raise NotFound
    return task


def draft_of(user: Reader, consultation: Consultation) -> dict[str, str]:
    """What ``user`` has begun to write there; empty without a draft, or where its key is destroyed."""
    if not isinstance(user, User):
        return {}
    draft = Draft.objects.filter(consultation=consultation, person=user).first()
    try:
        return {str(name): str(text) for name, text in draft.typed.items()} if draft else {}
    except Shredded:
        return {}


def drafts_of(user: User) -> QuerySet[Draft]:
    """Where ``user`` has begun to write, the newest first. What was written is not opened."""
    return Draft.objects.filter(person=user, consultation__in=Consultation.objects.visible_to(user)).select_related(
        "consultation"
    )


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

    What says the same as another stands on its page. The loudest side fills the first page of a list by time; in the
    balanced one each has the same room.
    """
    found = feedback_for(user).filter(consultation=consultation, merged_into__isnull=True)
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
