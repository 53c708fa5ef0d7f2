"""When an answer is due, and the steps of the clock."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from django.utils import timezone

from cms.calendars.models import CalendarDay
from cms.calendars.working_days import add_working_days
from participation.consultations.actions import extend_answer
from participation.consultations.clock import (
    answer_due,
    extended_due,
    people_to_tell,
    step_reached,
    steps_due,
    take_steps,
)
from participation.consultations.models import ClockStep, Consultation, Stage
from participation.feedback.models import Feedback
from participation.following.models import Announcement
from participation.stakeholders.models import Role
from portal.errors import Closed, Conflict
from tests.factories import (
    make_answer,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_government,
    make_line,
    make_moderator,
    make_officeholder,
    make_officer,
    make_release,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

BEGAN, DUE = date(2025, 3, 3), date(2025, 3, 31)


@pytest.mark.parametrize("make", [make_feedback, make_evaluation])
def test_an_answer_is_due_after_the_working_days_of_the_consultation(make) -> None:  # type: ignore[no-untyped-def]
    said = make(make_consultation(answer_within_days=15))
    assert said.due_on == add_working_days(timezone.localdate(said.created), 15)


def test_working_days_are_those_of_the_government_that_is_asked() -> None:
    received = timezone.make_aware(datetime(2025, 5, 29, 12))
    CalendarDay.objects.create(jurisdiction="ES", date=date(2025, 5, 30), is_workday=False)
    madrid = make_government("Madrid", jurisdiction="ES", name_en="Madrid")
    asked = [
        make_consultation(release=make_release(government=government), answer_within_days=2)
        for government in (madrid, make_government())
    ]
    assert [answer_due(received, consultation) for consultation in asked] == [date(2025, 6, 3), date(2025, 6, 2)]
    assert [extended_due(received.date(), each.jurisdiction) for each in asked] == [
        date(2025, 6, 27),
        date(2025, 6, 26),
    ]


@pytest.mark.parametrize(
    ("today", "step"),
    [
        (date(2025, 3, 16), None),
        (date(2025, 3, 17), "50"),
        (date(2025, 3, 25), "50"),
        (date(2025, 3, 26), "80"),
        (date(2025, 3, 31), "100"),
        (date(2025, 4, 1), "late"),
    ],
)
def test_the_clock_reminds_at_half_at_four_fifths_and_at_the_end(today: date, step: str | None) -> None:
    assert step_reached(BEGAN, DUE, today) == step


def late_feedback() -> Feedback:
    feedback = make_feedback()
    yesterday = timezone.localdate() - timedelta(days=1)
    Feedback.objects.filter(pk=feedback.pk).update(due_on=yesterday, created=timezone.now() - timedelta(days=30))
    feedback.refresh_from_db()
    return feedback


def test_each_step_is_taken_once_and_tells_people() -> None:
    feedback = late_feedback()
    taken = [len(take_steps()), len(take_steps())]
    told = Announcement.objects.get(row_id=feedback.row_id, kind="deadline")
    assert (taken, told.kind, told.words["step"]) == ([1, 0], "deadline", "escalated")


def test_what_is_answered_or_hidden_is_not_late() -> None:
    answered, hidden = late_feedback(), late_feedback()
    make_answer(feedback=[answered])
    Feedback.objects.filter(pk=hidden.pk).update(status=Feedback.Status.HIDDEN)
    assert take_steps() == []


def test_what_is_late_is_passed_on_to_the_auditors_too() -> None:
    line = make_line()
    consultation = make_consultation(release=line.release, department=line.department)
    moderator, officer = consultation.opened_by, make_officer(line.department)
    auditor, _stranger = make_officeholder(Role.AUDITOR), make_officer(make_line().department)
    feedback = make_feedback(consultation)
    Feedback.objects.filter(pk=feedback.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    (due,) = steps_due(timezone.localdate())
    assert people_to_tell(due) == [moderator, officer, auditor]


def test_a_forgotten_outcome_is_passed_on_once() -> None:
    consultation = make_consultation(stage=Stage.Kind.CLOSED)
    Consultation.objects.filter(pk=consultation.pk).update(outcome="", outcome_at=None)
    take_steps()
    take_steps()
    assert [(step.step, step.record_ref) for step in ClockStep.objects.all()] == [("forgotten", consultation.row_id)]


def test_the_time_is_extended_once_with_a_reason_that_the_author_reads() -> None:
    feedback, moderator = make_feedback(), make_moderator()
    extended = extend_answer(feedback, reason="要等第三方测算。", acting_user=moderator)
    assert (extended.due_on, extended.extension_reason) == (add_working_days(feedback.due_on, 20), "要等第三方测算。")
    with pytest.raises(Conflict):
        extend_answer(feedback, reason="还要等。", acting_user=moderator)


def test_what_is_late_already_is_not_extended() -> None:
    with pytest.raises(Closed):
        extend_answer(late_feedback(), reason="忘了。", acting_user=make_moderator())


@pytest.mark.parametrize("many", [1, 30])
def test_the_clock_asks_as_many_questions_however_much_is_open(many: int, django_assert_num_queries) -> None:  # type: ignore[no-untyped-def]
    first = make_feedback()
    Feedback.objects.bulk_create(
        Feedback(
            consultation=first.consultation,
            author=first.author,
            stakeholder_group="citizen",
            kind="question",
            body="问",
            due_on=timezone.localdate() - timedelta(days=1),
        )
        for _ in range(many)
    )
    with django_assert_num_queries(4):
        assert len(steps_due(timezone.localdate())) == many
