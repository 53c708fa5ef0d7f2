"""How far a release, a line, an input and a task have come, and the tracker's lists."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone, translation
from pytest_django import DjangoAssertNumQueries

from participation.balance.models import Answer
from participation.consultations.actions import accept_contribution, hide_contribution
from participation.feedback.models import Feedback
from participation.rectification.models import RectificationTask
from participation.rectification.one_task import chain_for_task, tracker_of_task
from participation.rectification.queries import (
    Station,
    TaskCounts,
    chain_for_line,
    chain_for_release,
    latest_verified,
    linkages_to,
    placed,
    task_counts,
    tracker_for,
    trackers_for,
)
from participation.rectification.results.actions import link_budget
from participation.rectification.tracker import TaskFilter, columns, lines_offered, matching, task_for
from participation.stakeholders.models import Role
from portal.ui.furniture import Step
from tests.factories import (
    make_answer,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_line,
    make_moderator,
    make_officeholder,
    make_release,
    make_task,
    make_task_in,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

VISITOR = AnonymousUser()
Status = RectificationTask.Status


@pytest.fixture(autouse=True)
def _english() -> Any:
    with translation.override("en"):
        yield


def states(steps: list[Step]) -> str:
    return " ".join(step.state for step in steps)


def fresh(feedback: Feedback) -> Feedback:
    return Feedback.objects.get(pk=feedback.pk)


@pytest.mark.parametrize(
    ("done", "expected"),
    [
        ([], ""),
        ([True, True], "ok ok"),
        ([True, False, False], "ok now todo"),
        ([False, True, False], "now ok todo"),
        ([True, None, None], "ok todo todo"),
        ([True, None, False], "ok todo now"),
    ],
)
def test_the_first_step_that_is_not_done_is_now(done: list[bool | None], expected: str) -> None:
    assert states(placed(Station(str(number), "", flag) for number, flag in enumerate(done))) == expected


# The tracker of an input ---------------------------------------------------------------------------


def test_a_new_input_is_received_and_waits_to_be_accepted() -> None:
    steps = tracker_for(make_feedback())
    assert [step.key for step in steps] == ["received", "accepted", "answered", "rectification", "verified"]
    assert states(steps) == "ok now todo todo todo"
    assert steps[2].detail.startswith("Due on ")


def test_an_accepted_input_waits_for_its_answer() -> None:
    feedback = accept_contribution(make_feedback(), acting_user=make_moderator())
    assert states(tracker_for(feedback)) == "ok ok now todo todo"


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        (Status.ASSIGNED, "ok ok ok now todo"),
        (Status.IN_PROGRESS, "ok ok ok now todo"),
        (Status.SUBMITTED, "ok ok ok ok now"),
        (Status.RETURNED, "ok ok ok now todo"),
        (Status.VERIFIED, "ok ok ok ok ok"),
    ],
)
def test_the_tracker_follows_the_task(status: str, expected: str) -> None:
    feedback = make_feedback()
    task = make_task_in(status, make_answer(feedback=[feedback]))
    steps = tracker_for(fresh(feedback))
    assert states(steps) == expected
    assert steps[2].url == task.finding.answer.get_absolute_url()
    assert steps[3].url == task.get_absolute_url()


def test_the_task_furthest_behind_tells() -> None:
    feedback = make_feedback()
    answer = make_answer(feedback=[feedback])
    make_task_in(Status.VERIFIED, answer)
    behind = make_task_in(Status.IN_PROGRESS, answer)
    steps = tracker_for(fresh(feedback))
    assert states(steps) == "ok ok ok now todo"
    assert steps[3].url == behind.get_absolute_url()


def test_an_adopted_input_without_a_task_says_so() -> None:
    feedback = make_feedback()
    make_answer(feedback=[feedback])
    steps = tracker_for(fresh(feedback))
    assert (states(steps), steps[3].detail) == ("ok ok ok now todo", "No task opened yet")


def test_what_is_not_adopted_ends_with_its_answer() -> None:
    feedback = make_feedback()
    make_answer(feedback=[feedback], outcome=Answer.Outcome.NOT_ADOPTED)
    steps = tracker_for(fresh(feedback))
    assert (states(steps), steps[3].detail) == ("ok ok ok todo todo", "Nothing to put right")


@pytest.mark.parametrize("count", [1, 30])
def test_trackers_take_the_same_queries_for_one_and_for_many(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consultation = make_consultation()
    said = [make_feedback(consultation) for _number in range(count)]
    make_task(make_answer(feedback=said[:1]))
    for feedback in said[1:]:
        make_task(make_answer(feedback=[feedback]))
    loaded = list(Feedback.objects.all())
    with django_assert_num_queries(5):
        trackers = trackers_for(loaded)
    assert {states(steps) for _feedback, steps in trackers} == {"ok ok ok now todo"}


# The chain -----------------------------------------------------------------------------------------


def chain(steps: list[Step]) -> list[tuple[str, str, str]]:
    return [(step.key, step.state, step.detail) for step in steps][1:]


def test_an_unheard_release_waits_for_input() -> None:
    release = make_release()
    assert chain(chain_for_release(release, VISITOR)) == [
        ("heard", "now", "Nothing yet"),
        ("answered", "todo", ""),
        ("rectification", "todo", ""),
        ("verified", "todo", ""),
        ("budget", "todo", ""),
    ]


def test_the_chain_of_a_release_counts_what_became_of_everything() -> None:
    consultation = make_consultation()
    adopted, refused, waiting = (make_feedback(consultation) for _number in range(3))
    evaluation = make_evaluation(consultation)
    make_answer(feedback=[refused], outcome=Answer.Outcome.NOT_ADOPTED)
    make_task_in(Status.VERIFIED, make_answer(feedback=[adopted], evaluations=[evaluation]))
    late = make_task(make_answer(consultation, feedback=[make_feedback(consultation)], outcome=Answer.Outcome.PARTLY))
    RectificationTask.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    steps = chain_for_release(consultation.release, VISITOR)
    assert chain(steps) == [
        ("heard", "ok", "5 inputs from 2 groups"),
        ("answered", "now", "4 of 5 · Adopted 2 · Partly adopted 1 · Not adopted 1"),
        ("rectification", "todo", "2 tasks · 1 overdue"),
        ("verified", "todo", "1 of 2"),
        ("budget", "todo", ""),
    ]
    assert steps[1].url == consultation.get_absolute_url()
    assert steps[3].url.endswith(f"?release={consultation.release.row_id}")
    assert waiting.status == "visible"


def test_a_release_whose_promises_are_kept_and_linked_is_through() -> None:
    consultation = make_consultation()
    task = make_task_in(Status.VERIFIED, make_answer(consultation))
    link_budget(
        task,
        fiscal_year=consultation.release.fiscal_year + 1,
        decision="keep",
        reason="照旧。",
        acting_user=make_officeholder(Role.REVIEWER),
    )
    assert states(chain_for_release(consultation.release, VISITOR)) == "ok ok ok ok ok ok"


def test_a_release_where_nothing_was_adopted_has_nothing_to_put_right() -> None:
    consultation = make_consultation()
    make_answer(consultation, outcome=Answer.Outcome.NOT_ADOPTED)
    steps = chain_for_release(consultation.release, VISITOR)
    assert (states(steps), steps[3].detail) == ("ok ok ok todo todo todo", "Nothing to put right")


def test_hidden_input_is_in_nobodys_chain() -> None:
    feedback = make_feedback()
    moderator = make_moderator()
    hide_contribution(feedback, rule=1, reason="广告", acting_user=moderator)
    for reader in (VISITOR, feedback.author, moderator):
        assert chain_for_release(feedback.consultation.release, reader)[1].detail == "Nothing yet"


def test_the_chain_of_a_line_counts_what_is_about_it_alone() -> None:
    consultation = make_consultation()
    line, other = make_line(consultation.release), make_line(consultation.release)
    about_line, about_other = make_feedback(consultation, line=line), make_feedback(consultation, line=other)
    make_evaluation(consultation, programme=line.programme)
    make_task(make_answer(feedback=[about_other]), line=other)
    task = make_task(make_answer(feedback=[about_line]), line=line)
    steps = chain_for_line(line, VISITOR)
    assert chain(steps)[:3] == [
        ("heard", "ok", "2 inputs from 2 groups"),
        ("answered", "now", "1 of 2 · Adopted 1"),
        ("rectification", "todo", "1 task"),
    ]
    assert list(matching(VISITOR, TaskFilter(line=line.row_id))) == [task]


def test_a_task_that_names_no_line_belongs_to_the_lines_that_led_to_it() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    task = make_task(make_answer(feedback=[make_feedback(consultation, line=line)]))
    assert list(matching(VISITOR, TaskFilter(line=line.row_id))) == [task]


@pytest.mark.parametrize("count", [1, 30])
@pytest.mark.parametrize("read", [chain_for_release, chain_for_line])
def test_a_chain_takes_four_queries(
    read: Callable[..., list[Step]], count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    for _number in range(count):
        make_task(make_answer(feedback=[make_feedback(consultation, line=line)]), line=line)
    subject = line if read is chain_for_line else consultation.release
    with django_assert_num_queries(4):
        read(subject, VISITOR)


def test_the_chain_of_a_task_leads_from_its_line_to_the_line_of_a_later_year(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    feedback = make_feedback(consultation, line=line)
    task = make_task_in(Status.VERIFIED, make_answer(feedback=[feedback]), line=line)
    later = make_line(make_release(fiscal_year=2026), line.programme)
    reviewer = make_officeholder(Role.REVIEWER)
    linkage = link_budget(
        task, fiscal_year=2026, decision="increase", reason="继续。", line=later, acting_user=reviewer
    )
    loaded = task_for(VISITOR, task.row_id)
    with django_assert_num_queries(0):
        steps = chain_for_task(loaded)
        tracker_of_task(loaded)
    assert states(steps) == "ok ok ok ok ok ok"
    assert [step.url for step in steps] == [
        line.get_absolute_url(),
        feedback.get_absolute_url(),
        task.finding.answer.get_absolute_url(),
        f"{task.get_absolute_url()}#reports",
        f"{task.get_absolute_url()}#checks",
        later.get_absolute_url(),
    ]
    assert steps[5].detail == "2026: More money"
    assert list(linkages_to(later, VISITOR)) == [linkage]


def test_the_chain_of_a_task_does_not_lead_to_hidden_input() -> None:
    feedback = make_feedback()
    task = make_task(make_answer(feedback=[feedback]))
    hide_contribution(feedback, rule=1, reason="广告", acting_user=make_moderator())
    steps = chain_for_task(task_for(VISITOR, task.row_id))
    assert steps[1].url == task.finding.answer.get_absolute_url()


# Counts and lists ----------------------------------------------------------------------------------


def test_tasks_are_verified_within_the_deadline_or_overdue() -> None:
    make_task_in(Status.VERIFIED)
    make_task_in(Status.SUBMITTED)
    make_task(due_on=timezone.localdate() + timedelta(days=1))
    late = make_task()
    RectificationTask.objects.filter(pk=late.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    due_today = make_task()
    RectificationTask.objects.filter(pk=due_today.pk).update(due_on=timezone.localdate())
    assert task_counts(VISITOR) == TaskCounts(total=5, verified=1, on_time=3, overdue=1, submitted=1, linked=0)


def test_tasks_of_a_consultation_that_is_not_public_count_for_nobody_outside() -> None:
    task = make_task()
    release = task.finding.answer.consultation.release
    release.published_at = None
    release.save()
    assert task_counts(VISITOR).total == 0
    assert task_counts(make_moderator()).total == 1


def test_the_newest_kept_promise_comes_first(django_assert_num_queries: DjangoAssertNumQueries) -> None:
    tasks = [make_task_in(Status.VERIFIED) for _number in range(3)]
    make_task()
    with django_assert_num_queries(1):
        assert latest_verified(VISITOR, 2) == [tasks[2], tasks[1]]


@pytest.mark.parametrize(
    "words", ["重新招标", "TENDER", "流标", "部门甲", "Department A", "项目甲", " r-2026-{pk} ", "R-2020-000{pk}"]
)
def test_tasks_are_found_by_words_in_both_languages_and_by_reference(words: str) -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    line.programme.name = "项目甲"
    line.programme.save()
    task = make_task(make_answer(consultation), line=line, programme=line.programme)
    task.department.name, task.department.name_en = "部门甲", "Department A"
    task.department.save()
    make_task(title="别的事", title_en="Something else", finding="另一个问题")
    assert list(matching(VISITOR, TaskFilter(q=words.format(pk=task.pk)))) == [task]


def test_columns_hold_the_tasks_of_their_status() -> None:
    tasks = {status: make_task_in(status) for status in Status}
    found = {column.status: {task.status for task in column.page} for column in columns(VISITOR, TaskFilter())}
    assert found == {
        "assigned": {"assigned", "disputed"},
        "in_progress": {"accepted", "in_progress"},
        "returned": {"returned"},
        "submitted": {"submitted"},
        "verified": {"verified", "closed"},
        "withdrawn": {"withdrawn"},
    }
    assert len(tasks) == 10


@pytest.mark.parametrize("count", [1, 20])
def test_columns_take_the_same_queries_for_one_and_for_many(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    answer = make_answer()
    for _number in range(count):
        make_task(answer)
    with django_assert_num_queries(2):
        for column in columns(VISITOR, TaskFilter()):
            list(column.page)


# The later budget ----------------------------------------------------------------------------------


def test_the_lines_offered_are_those_of_the_programme_in_later_published_years() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    task = make_task(make_answer(consultation), line=line, programme=line.programme)
    later = make_line(make_release(fiscal_year=2026), line.programme)
    make_line(make_release(fiscal_year=2024), line.programme)
    make_line(make_release(fiscal_year=2027, published=False), line.programme)
    unrelated = make_line(later.release)
    assert lines_offered(task) == [later]
    assert lines_offered(task, unrelated.programme.name) == [unrelated]
