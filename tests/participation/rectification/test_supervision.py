"""What a supervising leader may do, and what only others may."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from participation.rectification.ladder.actions import decide_consequence, propose_consequence, settle_appeal
from participation.rectification.ladder.models import Consequence
from participation.rectification.models import RectificationTask
from participation.rectification.permissions import sides_of
from participation.rectification.standing import INBOXES, inbox_of
from participation.rectification.supervision.actions import instruct_department
from participation.rectification.transitions import Side
from participation.stakeholders.models import Role, User
from portal.errors import Closed, Invalid, NotAllowed
from tests.factories import (
    make_answer,
    make_consultation,
    make_department,
    make_moderator,
    make_officeholder,
    make_officer,
    make_task,
    make_task_in,
    make_user,
)
from tests.log_entries import entries

pytestmark = pytest.mark.django_db
Status = RectificationTask.Status


def supervised(status: str = Status.ASSIGNED) -> tuple[RectificationTask, User]:
    consultation = make_consultation()
    leader = make_officer(make_department(consultation.release.government))
    task = make_task_in(status, make_answer(consultation))
    task.supervisor = leader
    task.save()
    return task, leader


def test_the_leader_of_a_task_says_in_public_what_has_to_be_done() -> None:
    task, leader = supervised()
    given = instruct_department(task, text=" 汛期前完成。 ", acting_user=leader)
    assert (given.text, given.given_by, task.instructions.get()) == ("汛期前完成。", leader, given)
    assert len(entries(kind="task.instructed")) == 1


@pytest.mark.parametrize(
    "who",
    [
        lambda task: task.officer,
        lambda task: make_moderator(),
        lambda task: make_user(),
        lambda task: make_officer(make_department(task.department.government)),
    ],
    ids=["officer", "moderator", "citizen", "another leader"],
)
def test_nobody_else_instructs(who: Callable[[RectificationTask], User]) -> None:
    task, _leader = supervised()
    with pytest.raises(NotAllowed):
        instruct_department(task, text="快点。", acting_user=who(task))


def test_a_leader_without_an_office_instructs_nobody() -> None:
    task, leader = supervised()
    leader.appointments.all().delete()
    with pytest.raises(NotAllowed):
        instruct_department(task, text="快点。", acting_user=User.objects.get(pk=leader.pk))


@pytest.mark.parametrize(("text", "status", "error"), [(" ", "assigned", Invalid), ("好。", "verified", Closed)])
def test_an_instruction_says_something_about_an_open_task(text: str, status: str, error: Any) -> None:
    task, leader = supervised(status)
    with pytest.raises(error):
        instruct_department(task, text=text, acting_user=leader)


def test_the_leader_holds_to_account_and_never_settles_the_appeal_or_commends() -> None:
    task, leader = supervised(Status.VERIFIED)
    proposed = propose_consequence(task, kind="accountability", acting_user=make_moderator())
    praise = propose_consequence(task, kind="commendation", acting_user=make_moderator())
    assert proposed is not None
    assert praise is not None
    assert [item.url for _name, items in inbox_of(leader) for item in items] == [proposed.get_absolute_url()]
    assert decide_consequence(proposed, measure="约谈", reason="逾期。", acting_user=leader).decided_by == leader
    with pytest.raises(NotAllowed):
        decide_consequence(praise, measure="表扬", reason="好。", acting_user=leader)
    with pytest.raises(NotAllowed):
        settle_appeal(proposed, is_upheld=True, reason="维持。", acting_user=leader)


def test_a_moderator_who_leads_or_helps_is_not_the_desk() -> None:
    task, leader = supervised()
    helper = make_officer(make_department(task.department.government))
    task.co_departments.add(helper.appointments.get().department)
    for person in (leader, helper):
        person.appointments.create(role=Role.MODERATOR)
    people = [User.objects.get(pk=person.pk) for person in (leader, helper)]
    assert [sides_of(person, task) for person in people] == [frozenset(), frozenset()]
    assert sides_of(make_moderator(), task) == {Side.DESK, Side.CHECKER}


def test_what_was_proposed_is_shown_to_the_leader_and_not_to_others() -> None:
    task, leader = supervised(Status.VERIFIED)
    proposed = propose_consequence(task, kind="accountability", acting_user=make_moderator())
    other = make_officer(make_department(task.department.government))
    assert [list(Consequence.objects.visible_to(who)) for who in (leader, other)] == [[proposed], []]


def test_reviewers_find_what_waits_for_a_decision_on_the_money() -> None:
    task, _leader = supervised(Status.VERIFIED)
    make_task()
    reviewer = make_officeholder(Role.REVIEWER)
    waiting = [(item.task, item.due_on) for _name, items in inbox_of(reviewer) for item in items]
    assert waiting == [(task, None)]


def test_the_desk_finds_what_nobody_leads_and_what_others_lead() -> None:
    alone, (led, leader) = make_task_in(Status.SUBMITTED), supervised(Status.SUBMITTED)
    leader.appointments.create(role=Role.MODERATOR)
    found = [
        {
            item.task
            for name, items in inbox_of(User.objects.get(pk=person.pk))
            for item in items
            if name == INBOXES["desk"]
        }
        for person in (make_moderator(), leader)
    ]
    assert found == [{alone, led}, {alone}]
