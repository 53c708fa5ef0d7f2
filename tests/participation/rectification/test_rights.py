"""Rights as they are at the moment of a step, and what waits for whom when tasks change hands."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest
from django.db import transaction
from django.utils import timezone
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from participation.consultations.actions import hide_contribution
from participation.evaluations.models import Evaluation, EvaluationFinding
from participation.rectification import actions
from participation.rectification.extensions.actions import ask_for_time, decide_on_time
from participation.rectification.ladder.actions import appeal_consequence, decide_consequence, propose_consequence
from participation.rectification.ladder.models import EscalationRung
from participation.rectification.ladder.sweep import rungs_due, take_rung
from participation.rectification.models import RectificationTask
from participation.rectification.panels.actions import call_panel, cast_vote, draw_panel, join_panel
from participation.rectification.panels.models import Panel
from participation.rectification.permissions import may_verify, sides_of
from participation.rectification.questions.actions import answer_question, ask_question
from participation.rectification.results.ladder import rule_for
from participation.rectification.results.models import LinkageRule
from participation.rectification.standing import INBOXES, inbox_of
from participation.rectification.tables.columns import table_of
from participation.rectification.transitions import TABLE, leads_to
from participation.stakeholders.models import Role, User
from portal.errors import GongzhiError, Invalid, NotAllowed
from tests.factories import (
    make_answer,
    make_consultation,
    make_department,
    make_evaluation,
    make_moderator,
    make_officer,
    make_task,
    make_task_in,
    make_user,
)

pytestmark = pytest.mark.django_db
Status = RectificationTask.Status


def now_moderator(person: User) -> User:
    """The same person, out of the former office."""
    person.appointments.update(revoked_at=timezone.now())
    person.appointments.create(role=Role.MODERATOR)
    return User.objects.get(pk=person.pk)


def evaluated_task(evaluation: Evaluation) -> RectificationTask:
    finding = EvaluationFinding.objects.create(
        evaluation=evaluation,
        programme=evaluation.programme,
        title="样本不足",
        explanation="只问了 200 人。",
        position=1,
    )
    department = make_department(evaluation.consultation.release.government)
    return actions.open_task_from(
        "evaluation",
        evaluation_finding=finding,
        finding="样本不足。",
        title="每个小区至少问 50 户",
        department=department,
        officer=make_officer(department),
        due_on=timezone.localdate() + timedelta(days=30),
        drafted=False,
        acting_user=make_moderator(),
    )


def test_whoever_took_a_step_for_the_department_does_not_check_after_leaving_it() -> None:
    task = make_task()
    colleague = make_officer(task.department)
    actions.accept_task(task, acting_user=colleague)
    assert sides_of(now_moderator(colleague), task) == frozenset()


def test_whoever_was_responsible_until_then_does_not_check_after_leaving_the_department() -> None:
    task = make_task()
    former, other = task.officer, make_department(task.department.government)
    actions.reassign_task(
        task, department=other, officer=make_officer(other), reason="职责调整。", acting_user=make_moderator()
    )
    task.refresh_from_db()
    assert sides_of(now_moderator(former), task) == frozenset()


def test_whoever_asked_for_more_time_does_not_give_it() -> None:
    task = make_task()
    colleague = make_officer(task.department)
    asked = ask_for_time(task, working_days=5, reason="汛期停工。", acting_user=colleague)
    with pytest.raises(NotAllowed):
        decide_on_time(asked, is_approved=True, reason="同意。", acting_user=now_moderator(colleague))


def test_a_step_asks_for_the_rights_of_the_moment_that_it_is_taken() -> None:
    task = make_task()
    other = make_department(task.department.government)
    RectificationTask.objects.filter(pk=task.pk).update(department=other, officer=make_officer(other))
    with pytest.raises(NotAllowed):
        actions.accept_task(task, acting_user=task.officer)


def test_the_finding_of_a_hidden_evaluation_gives_no_right_to_verify_and_the_desk_explains() -> None:
    evaluator = make_user()
    evaluation = make_evaluation(make_consultation(), acting_user=evaluator)
    task = evaluated_task(evaluation)
    question = ask_question(task, question="每个小区多少户？", acting_user=task.officer)
    assert may_verify(evaluator, task) is True
    hide_contribution(evaluation, rule=1, reason="与事实不符", acting_user=make_moderator())
    task = RectificationTask.objects.get(pk=task.pk)
    assert may_verify(evaluator, task) is False
    question.refresh_from_db()
    assert answer_question(question, answer="50 户。", acting_user=make_moderator()).answer == "50 户。"


def test_the_department_that_was_held_to_account_appeals_though_others_are_responsible_now() -> None:
    task = make_task()
    former, other = task.officer, make_department(task.department.government)
    successor = make_officer(other)
    proposed = propose_consequence(task, kind="accountability", acting_user=make_moderator())
    assert proposed is not None
    decided = decide_consequence(proposed, measure="约谈", reason="逾期。", acting_user=make_moderator())
    actions.reassign_task(task, department=other, officer=successor, reason="职责调整。", acting_user=make_moderator())
    decided = type(decided).objects.get(pk=decided.pk)
    with pytest.raises(NotAllowed):
        appeal_consequence(decided, reason="与我无关。", acting_user=successor)
    assert appeal_consequence(decided, reason="汛期停工。", acting_user=former).status == "appealed"


def test_a_member_of_a_panel_who_took_an_office_does_not_vote() -> None:
    task = make_task_in(Status.SUBMITTED)
    panel = call_panel(task, seats=3, acting_user=make_moderator())
    people = [make_user() for _number in range(3)]
    for person in people:
        join_panel(panel, acting_user=person)
    Panel.objects.update(volunteers_until=timezone.localdate() - timedelta(days=1))
    draw_panel(panel, acting_user=None)
    people[0].appointments.create(role=Role.EDITOR)
    with pytest.raises(NotAllowed):
        cast_vote(panel, vote="verified", reason="看过了。", acting_user=User.objects.get(pk=people[0].pk))
    assert cast_vote(panel, vote="verified", reason="看过了。", acting_user=people[1]).vote == "verified"


@settings(max_examples=8, deadline=None, derandomize=True, phases=[Phase.generate])
@given(st.lists(st.tuples(st.integers(0, 5), st.integers(0, 11)), min_size=30, max_size=60))
def test_no_path_leads_to_verified_by_somebody_who_worked_on_the_task(walk: list[tuple[int, int]]) -> None:
    task = make_task()
    department, officer = task.department, task.officer
    other = make_department(department.government)
    colleague, both, successor = make_officer(department), make_officer(department), make_officer(other)
    both.appointments.create(role=Role.MODERATOR)
    people = [officer, colleague, both, successor, make_moderator(), make_moderator()]
    worked = {officer.pk, colleague.pk, both.pk}
    for who, what in walk:
        person = User.objects.get(pk=people[who].pk)
        steps = [step for step in TABLE if leads_to(task.status, step)]
        if what == 0 and who in (0, 1):
            now_moderator(person)
        elif steps:
            with contextlib.suppress(GongzhiError), transaction.atomic():
                taken_by(task, steps[what % len(steps)], person, successor)
        task.refresh_from_db()
        worked |= {successor.pk} if task.department == other else set()
    assert worked.isdisjoint(task.verifications.values_list("checked_by", flat=True))
    if task.status == Status.CLOSED:
        assert task.verifications.last().outcome == "verified"  # type: ignore[union-attr]


def taken_by(task: RectificationTask, step: str, person: User, successor: User) -> object:
    """The step of the table, as an action."""
    words = {"reason": "如此。", "acting_user": person}
    done: dict[str, Callable[[], object]] = {
        "accept": lambda: actions.accept_task(task, acting_user=person),
        "dispute": lambda: actions.dispute_task(task, **words),
        "uphold": lambda: actions.decide_dispute(task, stands=True, **words),
        "withdraw": lambda: actions.decide_dispute(task, stands=True, **words),
        "reassign": lambda: actions.reassign_task(
            task, department=successor.appointments.get().department, officer=successor, **words
        ),
        "begin": lambda: actions.post_progress(task, text="开工。", done_percent=100, acting_user=person),
        "submit": lambda: actions.submit_task(task, acting_user=person),
        "verify": lambda: actions.verify_task(task, outcome="verified", **words),
        "return": lambda: actions.verify_task(task, outcome="returned", **words),
        "close": lambda: actions.close_task(task, **words),
        "reopen": lambda: actions.reopen_task(task, **words),
    }
    return done[step]()


def test_what_is_reopened_has_a_deadline_that_is_to_come() -> None:
    task, moderator = make_task_in(Status.VERIFIED), make_moderator()
    RectificationTask.objects.filter(pk=task.pk).update(due_on=timezone.localdate())
    with pytest.raises(Invalid) as refused:
        actions.reopen_task(task, reason="又坏了。", acting_user=moderator)
    assert refused.value.data["field"] == "due_on"
    day = timezone.localdate() + timedelta(days=10)
    assert actions.reopen_task(task, reason="又坏了。", due_on=day, acting_user=moderator).due_on == day


@pytest.mark.parametrize("is_evaluated", [False, True])
def test_the_desk_finds_the_questions_that_no_evaluator_answers(is_evaluated: bool) -> None:
    consultation = make_consultation()
    evaluations = [make_evaluation(consultation)] if is_evaluated else []
    answer = make_answer(evaluations=evaluations) if is_evaluated else make_answer(consultation)
    task = make_task(answer)
    ask_question(task, question="每个小区多少户？", acting_user=task.officer)
    desk = dict(inbox_of(make_moderator()))[INBOXES["desk"]]
    assert [item.task for item in desk] == ([] if is_evaluated else [task])


def test_an_officer_of_two_departments_that_help_asks_for_one_of_them() -> None:
    task = make_task()
    helping = [make_department(task.department.government) for _number in range(2)]
    task.co_departments.set(helping)
    officer = make_officer(helping[0])
    officer.appointments.create(role=Role.OFFICER, department=helping[1])
    asked = ask_question(task, question="每个小区多少户？", acting_user=User.objects.get(pk=officer.pk))
    assert asked.department in helping


def test_a_table_names_the_days_of_the_place() -> None:
    task = make_task()
    # Half past one in the morning of the next day in China.
    assigned = datetime(2026, 3, 1, 17, 30, tzinfo=UTC)
    RectificationTask.objects.filter(pk=task.pk).update(assigned_at=assigned)
    head, row = table_of(RectificationTask.objects.all())
    assert row[head.index("assigned_on")] == "2026-03-02"


def test_a_grade_means_what_the_city_itself_has_ruled() -> None:
    values = {"grade": "fair", "text": "中", "source": "办法", "valid_from": date(2020, 1, 1)}
    national = LinkageRule.objects.create(decision="reduce", **values)
    own = LinkageRule.objects.create(decision="suspend", jurisdiction="CN-33", **values)
    assert [rule_for("fair", place) for place in ("CN", "CN-11", "CN-33")] == [national, national, own]


def test_a_task_that_was_just_put_right_does_not_climb() -> None:
    EscalationRung.objects.create(
        rule_id="publish", basis="overdue", threshold=1, deed="publish", source="办法", valid_from=date(2020, 1, 1)
    )
    task = make_task()
    RectificationTask.objects.filter(pk=task.pk).update(due_on=timezone.localdate() - timedelta(days=30))
    due = rungs_due()
    assert [each.task for each in due] == [task]
    RectificationTask.objects.filter(pk=task.pk).update(status=Status.SUBMITTED)
    assert [take_rung(each) for each in due] == [None]
    assert task.escalations.count() == 0
