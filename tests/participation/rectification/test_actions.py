"""The last mile: who may do what to a task, in which state."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.utils import timezone

from participation.balance.models import Answer
from participation.rectification.actions import (
    accept_task,
    open_task,
    post_progress,
    submit_task,
    verify_task,
)
from participation.rectification.models import BudgetLinkage, Finding, RectificationTask, Verification
from participation.rectification.results.actions import link_budget
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed, SignInRequired, TooLarge
from tests.factories import (
    make_answer,
    make_consultation,
    make_department,
    make_evaluation,
    make_line,
    make_moderator,
    make_officeholder,
    make_officer,
    make_programme,
    make_release,
    make_task_in,
    make_user,
)
from tests.log_entries import entries, entry

pytestmark = [pytest.mark.django_db, pytest.mark.both]

Status = RectificationTask.Status
EVERYBODY = ("visitor", "citizen", "other_officer", "officer", "colleague", "moderator", "evaluator", "member")


@dataclass
class Cast:
    task: RectificationTask
    people: dict[str, Any]


def cast_for(status: str) -> Cast:
    """A task in ``status`` that goes back to an evaluation, and everybody who may want to do something to it."""
    consultation = make_consultation()
    evaluator = make_user()
    evaluation = make_evaluation(consultation, acting_user=evaluator)
    department = make_department(consultation.release.government)
    task = make_task_in(status, make_answer(evaluations=[evaluation]), department=department)
    member = make_user()
    evaluation.organisation.mandates.create(person=member)
    people = {
        "visitor": AnonymousUser(),
        "citizen": make_user(),
        "other_officer": make_officer(make_department(consultation.release.government)),
        "officer": task.officer,
        "colleague": make_officer(department),
        "moderator": make_moderator(),
        "reviewer": make_officeholder(Role.REVIEWER),
        "evaluator": evaluator,
        "member": member,
    }
    return Cast(task, people)


def next_year(task: RectificationTask) -> int:
    return task.finding.answer.consultation.release.fiscal_year + 1


ACTS: dict[str, Callable[[RectificationTask, Any], Any]] = {
    "accept": lambda task, who: accept_task(task, acting_user=who),
    "progress": lambda task, who: post_progress(task, text="完成了一半。", acting_user=who),
    "submit": lambda task, who: submit_task(task, acting_user=who),
    "verify": lambda task, who: verify_task(task, outcome="verified", reason="看过了。", acting_user=who),
    "return": lambda task, who: verify_task(task, outcome="returned", reason="还差两部。", acting_user=who),
    "link": lambda task, who: link_budget(
        task, fiscal_year=next_year(task), decision="keep", reason="照旧。", acting_user=who
    ),
}
WORKERS = ("officer", "colleague")
CHECKERS = ("moderator", "evaluator", "member")
# Act -> (who may, the states in which it may be done, the state that it leads to).
RULES: dict[str, tuple[tuple[str, ...], tuple[str, ...], str]] = {
    "accept": (WORKERS, (Status.ASSIGNED,), Status.ACCEPTED),
    "progress": (WORKERS, (Status.ASSIGNED, Status.ACCEPTED, Status.IN_PROGRESS, Status.RETURNED), Status.IN_PROGRESS),
    "verify": (CHECKERS, (Status.SUBMITTED,), Status.VERIFIED),
    "return": (CHECKERS, (Status.SUBMITTED,), Status.RETURNED),
    "link": (("reviewer",), RectificationTask.PROVEN, ""),
}


@pytest.mark.parametrize("status", list(Status))
@pytest.mark.parametrize("act", list(RULES))
def test_each_step_is_open_to_the_right_people_in_the_right_state(act: str, status: str) -> None:
    who_may, states, leads_to = RULES[act]
    outcomes: dict[str, str] = {}
    expected: dict[str, str] = {}
    cast = cast_for(status)
    for name in EVERYBODY:
        # Each tries from the same state: what one does is undone before the next.
        with transaction.atomic():
            try:
                ACTS[act](cast.task, cast.people[name])
                outcomes[name] = RectificationTask.objects.get().status
            except GongzhiError as error:
                outcomes[name] = type(error).__name__
            transaction.set_rollback(True)
        if name not in who_may:
            expected[name] = "NotAllowed"
        else:
            expected[name] = (leads_to or status) if status in states else "Conflict"
    assert outcomes == expected


@pytest.mark.parametrize("name", EVERYBODY)
def test_finished_work_is_submitted_by_the_responsible_department_only(name: str) -> None:
    cast = cast_for(Status.IN_PROGRESS)
    post_progress(cast.task, text="已完工。", acting_user=cast.task.officer)
    if name in WORKERS:
        assert submit_task(cast.task, acting_user=cast.people[name]).status == Status.SUBMITTED
    else:
        with pytest.raises(NotAllowed):
            submit_task(cast.task, acting_user=cast.people[name])


@pytest.mark.parametrize("status", [Status.ASSIGNED, Status.SUBMITTED, Status.RETURNED, Status.VERIFIED])
def test_only_a_task_in_progress_is_submitted(status: str) -> None:
    task = make_task_in(status)
    with pytest.raises(Conflict):
        submit_task(task, acting_user=task.officer)


def test_a_task_without_a_report_is_not_submitted() -> None:
    task = make_task_in(Status.ACCEPTED)
    with pytest.raises(Conflict):
        submit_task(task, acting_user=task.officer)


def test_a_moderator_who_is_also_an_officer_of_the_department_does_not_verify() -> None:
    task = make_task_in(Status.SUBMITTED)
    both = make_moderator()
    both.appointments.create(role="officer", department=task.department)
    with pytest.raises(NotAllowed):
        verify_task(task, outcome="verified", reason="好。", acting_user=both)


def test_who_worked_on_a_task_does_not_verify_it_after_leaving_the_department() -> None:
    task = make_task_in(Status.ACCEPTED)
    worker = make_officer(task.department)
    post_progress(task, text="已完工。", acting_user=worker)
    submit_task(task, acting_user=task.officer)
    worker.appointments.update(revoked_at=timezone.now())
    worker.appointments.create(role="moderator")
    worker = User.objects.get(pk=worker.pk)
    with pytest.raises(NotAllowed):
        verify_task(task, outcome="verified", reason="好。", acting_user=worker)


def test_an_evaluator_of_something_else_does_not_verify() -> None:
    task = make_task_in(Status.SUBMITTED)
    stranger = make_evaluation().author
    with pytest.raises(NotAllowed):
        verify_task(task, outcome="verified", reason="好。", acting_user=stranger)


@pytest.mark.parametrize("fields", [{"reason": " "}, {"outcome": "perhaps"}])
def test_a_check_says_what_was_found(fields: dict[str, str]) -> None:
    task = make_task_in(Status.SUBMITTED)
    values = {"outcome": "verified", "reason": "看过了。", **fields}
    with pytest.raises(Invalid):
        verify_task(task, acting_user=make_moderator(), **values)
    assert Verification.objects.count() == 0


def test_a_returned_task_can_be_finished_after_all() -> None:
    task = make_task_in(Status.RETURNED)
    post_progress(task, text="补做了。", acting_user=task.officer)
    submit_task(task, acting_user=task.officer)
    verify_task(task, outcome="verified", reason="这次好了。", acting_user=make_moderator())
    task.refresh_from_db()
    assert task.status == Status.VERIFIED
    assert task.verified_at is not None
    assert [check.outcome for check in task.verifications.all()] == ["returned", "verified"]


# Opening -------------------------------------------------------------------------------------------


def opened(answer: Answer, acting_user: Any, **fields: Any) -> RectificationTask:
    department = fields.pop("department", None) or make_department(answer.consultation.release.government)
    values: dict[str, Any] = {
        "finding": "进度落后。",
        "severity": "major",
        "title": "年内开工",
        "officer": fields.pop("officer", None) or make_officer(department),
        "due_on": timezone.localdate() + timedelta(days=10),
    }
    return open_task(answer, department=department, acting_user=acting_user, **{**values, **fields})


@pytest.mark.parametrize(
    ("make", "error"),
    [
        (AnonymousUser, SignInRequired),
        (make_user, NotAllowed),
        (lambda: make_officer(make_department()), NotAllowed),
        (make_moderator, None),
    ],
)
def test_only_a_moderator_opens_a_task(make: Callable[[], Any], error: type[GongzhiError] | None) -> None:
    answer = make_answer()
    if error is None:
        assert opened(answer, make()).status == Status.ASSIGNED
    else:
        with pytest.raises(error):
            opened(answer, make())
        assert Finding.objects.count() == 0


def test_a_task_keeps_where_it_comes_from() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    answer = make_answer(consultation)
    task = opened(answer, make_moderator(), line=line, programme=line.programme)
    finding = task.finding
    assert (finding.answer, finding.line, finding.programme) == (answer, line, line.programme)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"finding": " "}, "finding"),
        ({"title": ""}, "finding"),
        ({"due_on": timezone.localdate()}, "due_on"),
        ({"due_on": timezone.localdate() - timedelta(days=3)}, "due_on"),
    ],
)
def test_a_task_needs_a_finding_a_title_and_a_deadline_in_the_future(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        opened(make_answer(), make_moderator(), **fields)
    assert refused.value.data == {"field": field}


def test_the_officer_belongs_to_the_responsible_department() -> None:
    with pytest.raises(Invalid) as refused:
        opened(make_answer(), make_moderator(), officer=make_officer(make_department()))
    assert refused.value.data == {"field": "officer"}


def test_an_answer_that_adopts_nothing_opens_no_task() -> None:
    with pytest.raises(Invalid):
        opened(make_answer(outcome=Answer.Outcome.NOT_ADOPTED), make_moderator())


def test_a_line_of_another_release_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        opened(make_answer(), make_moderator(), line=make_line())
    assert refused.value.data == {"field": "line"}


def test_a_programme_that_the_release_does_not_have_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        opened(make_answer(), make_moderator(), programme=make_programme())
    assert refused.value.data == {"field": "programme"}


# Evidence and the later budget ---------------------------------------------------------------------


def test_evidence_is_kept_with_its_fingerprint() -> None:
    task = make_task_in(Status.ACCEPTED)
    upload = SimpleUploadedFile("照片.png", b"\x89PNG\r\n\x1a\n" + b"x" * 20)
    report = post_progress(task, text="已安装。", attachment=upload, acting_user=task.officer)
    report.refresh_from_db()
    assert (report.attachment_name, report.attachment_type) == ("照片.png", "image/png")
    leaf = entry(record_ref=report.row_id)
    assert report.attachment_sha256 in leaf.leaf


@pytest.mark.parametrize(
    ("name", "content", "error"),
    [("proof.pdf", b"MZ\x90\x00 this is a program", Invalid), ("proof.pdf", b"%PDF-" + b"0" * 600, TooLarge)],
)
def test_a_program_or_a_file_over_the_limit_is_refused(
    name: str, content: bytes, error: type[GongzhiError], settings: Any
) -> None:
    settings.ATTACHMENT_MAX_BYTES = 500
    task = make_task_in(Status.ACCEPTED)
    with pytest.raises(error):
        post_progress(task, text="见附件。", attachment=SimpleUploadedFile(name, content), acting_user=task.officer)
    assert task.progress_reports.count() == 0


def test_a_report_says_something() -> None:
    task = make_task_in(Status.ACCEPTED)
    with pytest.raises(Invalid):
        post_progress(task, text="  ", acting_user=task.officer)


def linked(task: RectificationTask, **fields: Any) -> BudgetLinkage:
    values: dict[str, Any] = {"fiscal_year": next_year(task), "decision": "increase", "reason": "继续做。"}
    return link_budget(task, acting_user=make_officeholder(Role.REVIEWER), **{**values, **fields})


def test_a_verified_result_is_linked_to_a_line_of_a_later_year() -> None:
    task = make_task_in(Status.VERIFIED)
    line = make_line(make_release(fiscal_year=next_year(task)))
    linkage = linked(task, line=line)
    assert (linkage.line, linkage.fiscal_year, linkage.decision) == (line, next_year(task), "increase")


def test_a_result_is_linked_once() -> None:
    task = make_task_in(Status.VERIFIED)
    linked(task)
    with pytest.raises(Conflict):
        linked(task)


@pytest.mark.parametrize("years", [0, -1])
def test_a_result_is_not_linked_to_the_year_that_was_evaluated_or_before(years: int) -> None:
    task = make_task_in(Status.VERIFIED)
    with pytest.raises(Invalid) as refused:
        linked(task, fiscal_year=next_year(task) - 1 + years)
    assert refused.value.data == {"field": "fiscal_year"}


@pytest.mark.parametrize(("year_offset", "published"), [(1, True), (0, False)])
def test_the_line_is_a_published_one_of_that_year(year_offset: int, published: bool) -> None:
    task = make_task_in(Status.VERIFIED)
    line = make_line(make_release(fiscal_year=next_year(task) + year_offset, published=published))
    with pytest.raises(Invalid) as refused:
        linked(task, line=line)
    assert refused.value.data == {"field": "line"}


def test_every_step_leaves_history_with_its_actor_and_a_leaf() -> None:
    task = make_task_in(Status.VERIFIED)
    linkage = linked(task)
    changes = list(task.history.order_by("history_id").values_list("status", "history_user__display_name"))
    assert [status for status, _who in changes] == ["assigned", "accepted", "in_progress", "submitted", "verified"]
    assert changes[1][1] == changes[3][1] == task.officer.display_name
    assert [found.kind for found in entries(record_ref=task.row_id)] == [
        "task.opened",
        "task.accepted",
        "task.submitted",
        "task.verified",
    ]
    assert [found.kind for found in entries(record_ref=task.finding.row_id)] == ["finding.recorded"]
    assert [found.kind for found in entries(record_ref=linkage.row_id)] == ["budget.linked"]


def test_the_reason_of_a_check_stands_in_the_history_and_not_in_the_log() -> None:
    task = make_task_in(Status.SUBMITTED)
    verify_task(task, outcome="returned", reason="还差两部电梯", acting_user=make_moderator())
    assert task.history.first().history_change_reason == "还差两部电梯"
    assert "还差两部电梯" not in entries(record_ref=task.row_id)[-1].leaf
