"""Asking what a recommendation means, and making it clearer."""

from __future__ import annotations

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.rectification import moving
from participation.rectification.models import Finding, RectificationTask
from participation.rectification.notices import announce_step
from participation.rectification.periods import ANSWER_A_QUESTION, last_day
from participation.rectification.permissions import is_officer_of, may_ask_about, may_explain
from participation.rectification.questions.models import RecommendationQuestion
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind


@transaction.atomic
def ask_question(task: RectificationTask, *, question: str, acting_user: User) -> RecommendationQuestion:
    """A department that is responsible or helps asks what the recommendation means, one question at a time."""
    found = moving.locked(task)
    if not may_ask_about(acting_user, found):
        raise NotAllowed(_("Only the departments that carry out the task ask here."))
    if not question.strip():
        raise Invalid(_("Please write your question."), field="question")
    if found.is_at_rest:
        raise Conflict(_("This task is finished: there is nothing to ask any more."))
    department = found.department
    if not is_officer_of(acting_user, department.pk):
        own = acting_user.appointments.current().filter(role=Role.OFFICER).values("department")
        department = found.co_departments.filter(pk__in=own).order_by("pk")[0]
    if found.questions.filter(department=department, answered_at__isnull=True).exists():
        raise Conflict(_("Your department has asked already, and waits for the answer."))
    with acting(acting_user):
        asked: RecommendationQuestion = RecommendationQuestion.objects.create(
            task=found,
            department=department,
            question=question.strip(),
            asked_by=acting_user,
            due_on=last_day(ANSWER_A_QUESTION, department),
        )
    append_leaf(
        LeafKind.QUESTION_ASKED,
        asked,
        public={"task": str(found.row_id), "due_on": asked.due_on.isoformat()},
        committed={"question": asked.question},
    )
    announce_step(found, "question", acting_user=acting_user)
    return asked


@transaction.atomic
def answer_question(
    question: RecommendationQuestion, *, answer: str, clarified: str = "", acting_user: User
) -> RecommendationQuestion:
    """Say what is meant. ``clarified`` takes the place of the recommendation, whose earlier words stay on record."""
    if not may_explain(acting_user, question.task):
        raise NotAllowed(_("Whoever evaluated answers here; where nobody did, a moderator."))
    if not answer.strip():
        raise Invalid(_("Please write the answer."), field="answer")
    task = moving.locked(question.task)
    locked: RecommendationQuestion = RecommendationQuestion.objects.select_for_update().get(pk=question.pk)
    if locked.answered_at is not None:
        raise Conflict(_("This question has its answer already."))
    finding: Finding = Finding.objects.select_for_update().get(pk=task.finding_id)
    locked.answer, locked.answered_by, locked.answered_at = answer.strip(), acting_user, timezone.now()
    also = []
    clarified = clarified.strip()
    with acting(acting_user):
        if clarified and clarified != finding.recommendation:
            locked.before, locked.clarified = finding.recommendation, clarified
            finding.recommendation, finding.version = clarified, finding.version + 1
            locked.version = finding.version
            finding.save()
            also = [finding]
        locked.save()
    append_leaf(
        LeafKind.QUESTION_ANSWERED,
        locked,
        public={"task": str(task.row_id), "version": locked.version},
        committed={"answer": locked.answer, "clarified": locked.clarified},
        also=also,
    )
    announce_step(task, "explained", acting_user=acting_user)
    return locked
