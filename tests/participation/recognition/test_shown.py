"""Badges, training and the board: what is earned, and who has agreed that others see it."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.pages.content.training import Certificate
from participation.recognition.board import changes_between, department_rows, organisation_rows
from participation.recognition.facts import Facts, Period, Share, facts_of
from participation.recognition.models import OptIn
from participation.recognition.shown.actions import choose_shown
from participation.recognition.shown.queries import badges_of, people_shown, trained_members, trained_officers
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.queries import Standing
from portal.errors import Invalid
from tests.factories import (
    make_answer,
    make_department,
    make_evaluation,
    make_feedback,
    make_officer,
    make_organisation,
    make_task_in,
    make_user,
)
from tests.participation.recognition.awards import make_commendation

pytestmark = pytest.mark.django_db

Status = RectificationTask.Status


def certify(person: User) -> Certificate:
    code = uuid4().hex[:16].upper()
    return Certificate.objects.create(person=person, course=uuid4(), title="读懂预算", code=code, score=90)


def names_of(person: User) -> list[str]:
    return [badge.name for badge in badges_of([person.pk])[person.pk]]


def test_each_badge_rests_on_something_on_record() -> None:
    speaker, learner = make_user(), make_user()
    make_answer(feedback=[make_feedback(acting_user=speaker)])
    certify(learner)
    evaluator = make_evaluation().author
    task = make_task_in(Status.VERIFIED)
    checker = task.verifications.get().checked_by
    discoverer = make_commendation().nomination.author
    found = [names_of(each) for each in (speaker, learner, evaluator, checker, discoverer, make_user())]
    assert found == [["heard"], ["learner"], ["evaluator"], ["checker"], ["discoverer"], []]


def test_nobody_is_shown_who_has_not_agreed_and_taking_it_back_leaves_nothing() -> None:
    learner = make_user()
    certify(learner)
    assert people_shown() == []
    choose_shown(["badges"], acting_user=learner)
    assert [person for person, _badges in people_shown()] == [learner]
    choose_shown([], acting_user=learner)
    assert (people_shown(), OptIn.objects.exists()) == ([], False)
    with pytest.raises(Invalid):
        choose_shown(["everything"], acting_user=learner)


def test_training_stands_with_the_department_and_organisation_of_those_who_agreed() -> None:
    department = make_department()
    officer, silent, member = make_officer(department), make_officer(department), make_user()
    organisation = make_organisation(member=member)
    for person in (officer, silent, member):
        certify(person)
    for person in (officer, member):
        choose_shown(["training"], acting_user=person)
    assert [each.person for each in trained_officers(department)] == [officer]
    assert [each.person for each in trained_members(organisation)] == [member]
    client = Client()
    assert officer.display_name not in client.get(organisation.get_absolute_url()).content.decode()
    assert member.display_name in client.get(organisation.get_absolute_url()).content.decode()


def test_the_choice_is_made_on_a_page_of_ones_own() -> None:
    person, client = make_user(), Client()
    client.force_login(person)
    mine = reverse("participation:recognition:mine")
    assert mine in client.get(reverse("participation:me")).content.decode()
    client.post(mine, {"shown": ["badges", "training", "nonsense"]})
    assert set(OptIn.objects.values_list("shows", flat=True)) == {"badges", "training"}


def test_facts_count_what_was_due_checked_and_answered_in_the_period() -> None:
    task = make_task_in(Status.VERIFIED)
    department = task.department
    late = make_task_in(Status.ASSIGNED, department=department)
    today = timezone.localdate()
    RectificationTask.objects.filter(pk__in=[task.pk, late.pk]).update(due_on=today)
    facts = facts_of([department.pk], Period(today, today))[department.pk]
    assert (facts.closing, facts.first_check) == (Share(1, 2), Share(1, 1))
    before = facts_of([department.pk], Period(today, today).before)[department.pk]
    assert (before.closing, before.first_check) == (Share(0, 0), Share(0, 0))


def test_a_returned_case_counts_by_its_first_check() -> None:
    task = make_task_in(Status.RETURNED)
    today = timezone.localdate()
    facts = facts_of([task.department_id], Period(today, today))[task.department_id]
    assert facts.first_check == Share(0, 1)


def test_the_year_before_a_leap_day_is_its_last_february_day() -> None:
    assert Period(date(2024, 2, 29), date(2024, 12, 31)).before == Period(date(2023, 2, 28), date(2023, 12, 31))


def test_a_change_is_better_where_more_is_kept_or_fewer_days_pass() -> None:
    now = Facts(closing=Share(4, 5), response_days=Decimal(5), answers=9)
    before = Facts(closing=Share(1, 5), response_days=Decimal(8), answers=9)
    changes = {change.name: change for change in changes_between(now, before)}
    assert (changes["closing"].gain, changes["response"].gain) == (Decimal("60.0"), Decimal(3))
    assert (changes["score"].gain, changes["closing"].rests_on_few, changes["score"].rests_on_few) == (
        None,
        False,
        True,
    )


def test_the_board_lists_departments_by_code_and_organisations_by_name() -> None:
    for code in ("902", "901"):
        make_task_in(Status.VERIFIED, department=make_department(code=code))
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=(member := make_user()))
    standing = Standing(StakeholderGroup.ENTERPRISE, organisation)
    make_answer(feedback=[make_feedback(acting_user=member, standing=standing)])
    period = Period.of_year(timezone.localdate().year, timezone.localdate())
    assert [row.department.code for row in department_rows(period)] == ["901", "902"]
    (row,) = organisation_rows(period)
    assert (row.organisation, row.change.now, row.change.count) == (organisation, Decimal("100.0"), 1)


def test_the_board_takes_the_same_queries_for_one_department_and_for_three(django_assert_num_queries: Any) -> None:
    today = timezone.localdate()
    period = Period(today - timedelta(days=300), today)
    make_task_in(Status.VERIFIED)
    with django_assert_num_queries(9):
        department_rows(period)
    for _number in range(2):
        make_task_in(Status.VERIFIED)
    with django_assert_num_queries(9):
        department_rows(period)
