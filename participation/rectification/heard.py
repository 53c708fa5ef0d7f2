"""What was heard: public inputs counted once, for every part of a page that tells of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.db.models import Count, QuerySet

from cms.budget.models import Release
from participation.consultations.models import Contribution
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.stakeholders.models import User

# Public inputs by stakeholder group and by the outcome of their answer (None: not answered yet).
Heard = Counter[tuple[str, str | None]]


def heard_in(inputs: Iterable[QuerySet[Any]]) -> Heard:
    """One query for each kind of input."""
    found: Heard = Counter()
    for of_kind in inputs:
        public = of_kind.filter(status=Contribution.Status.VISIBLE).order_by()
        for group, outcome, count in public.values_list("stakeholder_group", "answered__answer__outcome").annotate(
            Count("pk")
        ):
            found[group, outcome] += count
    return found


def heard_about(release: Release, user: User | AnonymousUser) -> Heard:
    """Everything that was said about a release; two queries."""
    return heard_in(
        model.objects.visible_to(user).filter(consultation__release=release)  # type: ignore[attr-defined]
        for model in (Feedback, Evaluation)
    )
