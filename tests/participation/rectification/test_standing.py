"""A right to act on a task ends with what it came from."""

from __future__ import annotations

import pytest
from django.utils import timezone

from participation.consultations.actions import hide_contribution
from participation.rectification.models import RectificationTask
from participation.rectification.permissions import may_verify, may_work_on
from participation.stakeholders.models import Organisation, User
from tests.factories import make_answer, make_consultation, make_evaluation, make_moderator, make_task_in, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def submitted() -> tuple[RectificationTask, User]:
    evaluator = make_user()
    evaluation = make_evaluation(make_consultation(), acting_user=evaluator)
    return make_task_in(RectificationTask.Status.SUBMITTED, make_answer(evaluations=[evaluation])), evaluator


def test_an_officer_who_left_the_department_no_longer_works_on_its_tasks() -> None:
    task, _evaluator = submitted()
    task.officer.appointments.update(revoked_at=timezone.now())
    assert may_work_on(task.officer, task) is False


def test_the_officer_who_did_the_work_does_not_check_it_after_leaving_either() -> None:
    task, _evaluator = submitted()
    task.officer.appointments.update(revoked_at=timezone.now())
    task.officer.appointments.create(person=task.officer, role="moderator")
    assert may_verify(User.objects.get(pk=task.officer_id), task) is False


def test_an_evaluator_verifies_while_acting_for_the_organisation() -> None:
    task, evaluator = submitted()
    assert may_verify(evaluator, task) is True
    evaluator.mandates.update(revoked_at=timezone.now())
    assert may_verify(evaluator, task) is False


def test_a_hidden_evaluation_gives_no_right_to_verify() -> None:
    task, evaluator = submitted()
    hide_contribution(evaluator.evaluation_set.get(), rule=1, reason="与事实不符", acting_user=make_moderator())
    assert may_verify(evaluator, task) is False


def test_an_organisation_that_is_not_verified_gives_no_right_to_verify() -> None:
    task, evaluator = submitted()
    Organisation.objects.update(status=Organisation.Status.REJECTED)
    assert may_verify(evaluator, task) is False
