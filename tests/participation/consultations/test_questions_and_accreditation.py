"""A question without a release, evaluations of accredited evaluators only, and input from before it had its last day."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.calendars.working_days import add_working_days
from participation.consultations.clock import give_days_due, take_steps
from participation.consultations.models import ClockStep, Consultation
from participation.consultations.stages import Deed, offer
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.stakeholders.models import Organisation
from portal.errors import Invalid, NotAllowed
from tests import log_entries
from tests.factories import (
    make_answer,
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_moderator,
    make_organisation,
    make_task,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def make_question(**fields: Any) -> Consultation:
    consultation = make_consultation(scope="question", **fields)
    Consultation.objects.filter(pk=consultation.pk).update(release=None)
    consultation.refresh_from_db()
    return consultation


@pytest.mark.parametrize("scope", ["", "release", "department", "programme"])
def test_only_a_question_does_without_a_release(scope: str) -> None:
    from participation.consultations.planning import checked_scope

    with pytest.raises(Invalid) as refused:
        checked_scope(scope, None, make_department(), None)
    assert refused.value.data == {"field": "release"}
    assert checked_scope("question", None, None, None) == "question"


def test_a_moderator_asks_a_question_of_its_own_on_the_page() -> None:
    client = Client()
    client.force_login(make_moderator())
    today = timezone.localdate()
    sent = {
        "release": "",
        "scope": "question",
        "title": "预算公开的版面怎么改",
        "purpose": "请说说哪里看不懂。",
        "decided_by": "市财政局",
        "limits": "版面可以改，数字不变。",
        "answer_within_days": 10,
        "required_level": 1,
        "opens_on": today.isoformat(),
        "closes_on": (today + timedelta(days=20)).isoformat(),
        "feedback": ["citizen"],
    }
    assert client.post(reverse("participation:consultations:new"), {**sent, "scope": "release"}).status_code == 400
    assert client.post(reverse("participation:consultations:new"), sent).status_code == 302
    asked = Consultation.objects.get()
    assert (asked.release, asked.scope, asked.government_id) == (None, "question", None)
    assert '"release":null' in log_entries.entry(record_ref=asked.row_id).leaf


@pytest.mark.parametrize("reader", ["visitor", "moderator"])
def test_every_page_of_a_question_without_a_release_can_be_read(reader: str) -> None:
    question = make_question(stage="open")
    feedback = make_feedback(question)
    answer = make_answer(feedback=[feedback])
    task = make_task(answer, department=make_department())
    client = Client()
    pages = [
        question.get_absolute_url(),
        reverse("participation:consultations:index"),
        reverse("participation:feedback:new", args=[question.row_id]),
        reverse("participation:discussion:room", args=["consultation", question.row_id]),
        reverse("participation:balance:report", args=[question.row_id]),
        feedback.get_absolute_url(),
        answer.get_absolute_url(),
        task.get_absolute_url(),
        reverse("participation:rectification:index"),
        f"/api/v1/consultations/{question.row_id}",
        "/",
    ]
    if reader == "moderator":
        client.force_login(make_moderator())
        pages += [
            reverse("participation:balance:board", args=[question.row_id]),
            reverse("participation:balance:balance", args=[question.row_id]),
            reverse("participation:consultations:keep", args=[question.row_id]),
            reverse("participation:rectification:open", args=[answer.row_id]),
        ]
    found = {path: client.get(path, follow=True).status_code for path in pages}
    assert {path: status for path, status in found.items() if status != 200} == {}


# Accredited evaluators ----------------------------------------------------------------------------


def accredited(organisation: Organisation, days: int) -> None:
    until = timezone.localdate() + timedelta(days=days)
    Organisation.objects.filter(pk=organisation.pk).update(accredited_until=until)


@pytest.mark.parametrize("days", [None, -1])
def test_where_it_asks_for_accreditation_no_other_evaluation_is_taken(days: int | None) -> None:
    consultation = make_consultation(accredited_only=True)
    member = make_user()
    organisation = make_organisation(member=member)
    if days is not None:
        accredited(organisation, days)
        organisation.refresh_from_db()
    assert isinstance(offer(member, Deed.SUBMIT_EVALUATION, consultation).verdict.error, NotAllowed)
    with pytest.raises(NotAllowed):
        make_evaluation(consultation, acting_user=member, organisation=organisation)
    assert not Evaluation.objects.exists()


def test_an_accredited_evaluator_submits_there() -> None:
    consultation = make_consultation(accredited_only=True)
    member = make_user()
    organisation = make_organisation(member=member)
    accredited(organisation, 1)
    organisation.refresh_from_db()
    assert offer(member, Deed.SUBMIT_EVALUATION, consultation).standings
    assert make_evaluation(consultation, acting_user=member, organisation=organisation).pk


def test_elsewhere_every_invited_organisation_evaluates() -> None:
    assert make_evaluation().pk


# Input from before it had its last day ------------------------------------------------------------


def test_the_clock_counts_input_from_before_it_had_its_last_day() -> None:
    feedback = make_feedback()
    long_ago = timezone.now() - timedelta(days=90)
    Feedback.objects.filter(pk=feedback.pk).update(due_on=None, created=long_ago)
    feedback.refresh_from_db()
    due = add_working_days(timezone.localdate(long_ago), 20)
    assert feedback.answer_due_on == due
    take_steps()
    feedback.refresh_from_db()
    assert feedback.due_on == due
    assert ClockStep.objects.filter(record_ref=feedback.row_id).get().step == ClockStep.Step.LATE
    assert log_entries.entry(record_ref=feedback.row_id, kind="feedback.dated").kind == "feedback.dated"
    assert give_days_due() == 0


def test_an_evaluation_from_before_gets_its_day_too() -> None:
    evaluation = make_evaluation()
    day = evaluation.due_on
    Evaluation.objects.filter(pk=evaluation.pk).update(due_on=None)
    assert give_days_due() == 1
    evaluation.refresh_from_db()
    assert evaluation.due_on == day
