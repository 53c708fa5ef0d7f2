"""The numbers that the home page and the pages of consultations show live."""

from __future__ import annotations

from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from participation.balance.models import Answer
from participation.consultations.models import Consultation
from participation.consultations.queries import open_consultations
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.rectification.models import RectificationTask
from participation.rectification.queries import in_consultation


def live_numbers(about: Any) -> dict[str, dict[str, int | None]]:
    """Of a consultation, or with None of the whole site: what anybody may count on public pages, one by one."""
    if about is not None and not isinstance(about, Consultation):
        return {}
    public = AnonymousUser()
    within: dict[str, Any] = {} if about is None else {"consultation": about}
    feedback = Feedback.objects.visible_to(public).filter(**within)
    answers = Answer.objects.visible_to(public).filter(**within)
    tasks = RectificationTask.objects.visible_to(public)
    if about is not None:
        tasks = tasks.filter(in_consultation(about))
    numbers: dict[str, int | None] = {
        "feedback": feedback.count(),
        "evaluations": Evaluation.objects.visible_to(public).filter(**within).count(),
        "answers": answers.count(),
        "unanswered_late": feedback.filter(answered__isnull=True, due_on__lt=timezone.localdate()).count(),
        "overdue": tasks.overdue().count(),
    }
    if about is None:
        numbers["open"] = open_consultations(public).count()
    return {"numbers": numbers}
