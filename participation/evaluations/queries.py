"""Reads of third-party evaluations. Every list starts from ``visible_to``."""

from __future__ import annotations

from itertools import pairwise
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.db.models import OuterRef, QuerySet, Subquery

from cms.budget.models import Programme, Release
from cms.performance.models import ProgrammeYear
from participation.consultations.models import Consultation, Contribution
from participation.consultations.queries import scope_lines
from participation.evaluations.calls.models import EvaluationCall
from participation.evaluations.models import Evaluation, EvaluationVersion
from participation.evaluations.versions import Difference, differences
from participation.stakeholders.models import User
from portal.errors import NotFound

Reader = User | AnonymousUser


def evaluations_for(user: Reader) -> QuerySet[Evaluation]:
    """What ``user`` may read, the newest first, each with ``self_score``: what the department gave itself that year."""
    year = ProgrammeYear.objects.visible_to(user).filter(
        programme=OuterRef("programme"), fiscal_year=OuterRef("consultation__release__fiscal_year")
    )
    found: QuerySet[Evaluation] = (
        Evaluation.objects.visible_to(user)  # type: ignore[assignment]
        .select_related(
            "author",
            "organisation",
            "confidential__organisation",
            "consultation__release",
            "programme__department",
            "answered__answer__department",
        )
        .prefetch_related("answered__answer__findings__tasks")
        .annotate(self_score=Subquery(year.values("self_score")[:1]))
    )
    return found


def evaluation_found(user: Reader, row_id: UUID) -> Evaluation:
    """One evaluation. Raises ``NotFound`` where ``user`` may not see it."""
    try:
        return evaluations_for(user).get(row_id=row_id)
    except Evaluation.DoesNotExist:
        raise NotFound from None


def evaluations_of(user: Reader, consultation: Consultation) -> QuerySet[Evaluation]:
    return evaluations_for(user).filter(consultation=consultation)


def evaluations_by(user: User) -> QuerySet[Evaluation]:
    """What ``user`` submitted, hidden or not."""
    return evaluations_for(user).filter(author=user)


def public_evaluations_on(release: Release, user: Reader) -> QuerySet[Evaluation]:
    """Every public evaluation of a programme of a release."""
    found: QuerySet[Evaluation] = Evaluation.objects.visible_to(user).filter(
        consultation__release=release, status=Contribution.Status.VISIBLE
    )
    return found


def programmes_in_scope(consultation: Consultation) -> QuerySet[Programme]:
    """The programmes that the consultation is about, by department."""
    lines = scope_lines(consultation).filter(programme__isnull=False)
    return (
        Programme.objects.filter(pk__in=lines.order_by().values("programme"))
        .select_related("department")
        .order_by("department__code", "department__name", "code", "name")
    )


def public_evaluations_of_call(call: EvaluationCall, user: Reader) -> QuerySet[Evaluation]:
    """What came of a call, as far as it is published."""
    found: QuerySet[Evaluation] = evaluations_for(user).filter(
        report__seat__call=call, status=Contribution.Status.VISIBLE
    )
    return found


def versions_of(evaluation: Evaluation) -> list[tuple[EvaluationVersion, list[Difference]]]:
    """Every version, the newest first, with what it changed of the one before; none where nothing was ever corrected
    of an evaluation without a call."""
    found = list(evaluation.versions.all())
    if not found:
        return []
    changed = [differences(before.content, after.content) for before, after in pairwise(found)]
    return list(zip(found, [[], *changed], strict=True))[::-1]
