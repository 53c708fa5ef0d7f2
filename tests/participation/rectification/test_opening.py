"""The form in which a moderator opens a task."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from cms.performance.models import Goal, Indicator, ProgrammeYear
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import User
from tests.factories import (
    make_answer,
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_line,
    make_moderator,
    make_officer,
    make_task,
    make_user,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def opening(answer: Any) -> str:
    return reverse("participation:rectification:open", args=[answer.row_id])


def test_only_moderators_open_tasks() -> None:
    answer = make_answer()
    statuses = [
        client.get(opening(answer)).status_code
        for client in (
            Client(),
            signed_in(make_user()),
            signed_in(make_officer(make_department())),
            signed_in(make_moderator()),
        )
    ]
    assert statuses == [401, 403, 403, 200]


def test_the_form_offers_the_officers_of_this_government_and_the_line_that_was_meant() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    answer = make_answer(feedback=[make_feedback(consultation, line=line)])
    officer = make_officer(line.department)
    form = signed_in(make_moderator()).get(opening(answer)).context["form"]
    assert [office.person for office in form.fields["officer"].queryset] == [officer]
    assert form.initial["about"] == f"line:{line.row_id}"
    assert form.initial["officer"] == officer.appointments.get().row_id


def task_data(officer: User) -> dict[str, Any]:
    return {
        "finding": "进度落后。",
        "severity": "critical",
        "title": "年内开工",
        "title_en": "Start this year",
        "officer": officer.appointments.get().row_id,
        "due_on": (timezone.localdate() + timedelta(days=20)).isoformat(),
        "about": "",
    }


def test_opening_makes_the_department_of_the_officer_responsible() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    answer = make_answer(feedback=[make_feedback(consultation, line=line)])
    officer = make_officer(line.department)
    response = signed_in(make_moderator()).post(opening(answer), {**task_data(officer), "about": f"line:{line.row_id}"})
    task = RectificationTask.objects.get()
    assert response.headers["Location"] == task.get_absolute_url()
    assert (task.officer, task.department, task.finding.line, task.finding.programme, task.finding.severity) == (
        officer,
        line.department,
        line,
        line.programme,
        "critical",
    )


def test_a_programme_that_was_evaluated_can_be_what_the_task_is_about() -> None:
    evaluation = make_evaluation()
    answer = make_answer(evaluations=[evaluation])
    officer = make_officer(evaluation.programme.department)
    signed_in(make_moderator()).post(
        opening(answer), {**task_data(officer), "about": f"programme:{evaluation.programme.row_id}"}
    )
    finding = RectificationTask.objects.get().finding
    assert (finding.line, finding.programme) == (None, evaluation.programme)


@pytest.mark.parametrize(
    ("fields", "wrong"),
    [
        ({"finding": ""}, ["finding"]),
        ({"due_on": "2020-01-01"}, ["due_on"]),
        ({"due_on": "soon"}, ["due_on"]),
        ({"officer": ""}, ["officer"]),
        ({"officer": str(uuid4())}, ["officer"]),
        ({"about": f"line:{uuid4()}"}, ["about"]),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_is_kept(fields: dict[str, str], wrong: list[str]) -> None:
    answer = make_answer()
    officer = make_officer(make_department(answer.consultation.release.government))
    page = signed_in(make_moderator()).post(opening(answer), {**task_data(officer), **fields})
    assert page.status_code == 400
    assert list(page.context["form"].errors) == wrong
    assert "年内开工" in page.content.decode()
    assert RectificationTask.objects.count() == 0


def test_a_citizen_cannot_be_made_responsible() -> None:
    answer = make_answer()
    somebody = make_officer(make_department(answer.consultation.release.government))
    somebody.appointments.update(revoked_at=timezone.now())
    page = signed_in(make_moderator()).post(opening(answer), task_data(somebody))
    assert (page.status_code, list(page.context["form"].errors)) == (400, ["officer"])


@pytest.mark.parametrize(("is_part", "weight"), [("", 1), ("part", 3)])
def test_the_desk_adds_a_task_beside_another_or_as_a_part_of_it(is_part: str, weight: int) -> None:
    task, moderator = make_task(make_answer()), make_moderator()
    desk = signed_in(moderator)
    address = reverse("participation:rectification:add", args=[task.row_id])
    assert address in desk.get(task.get_absolute_url()).content.decode()
    made = desk.post(address, {**task_data(task.officer), "is_part": is_part, "weight": weight})
    added = RectificationTask.objects.exclude(pk=task.pk).get()
    assert (made.status_code, added.finding, added.weight) == (302, task.finding, weight)
    assert added.parent == (task if is_part else None)


def test_a_task_names_the_indicator_of_its_programme_that_has_to_move() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    answer = make_answer(feedback=[make_feedback(consultation, line=line)])
    this_year, unpublished = (
        Indicator.objects.create(
            goal=Goal.objects.create(
                programme_year=ProgrammeYear.objects.create(programme=line.programme, fiscal_year=year), text="完成加装"
            ),
            name=f"{year}年完成率",
            operator="ge",
            target=90,
            weight=50,
        )
        for year in (consultation.fiscal_year, consultation.fiscal_year + 1)
    )
    data = {**task_data(make_officer(line.department)), "about": f"line:{line.row_id}"}
    desk = signed_in(make_moderator())
    refused = desk.post(opening(answer), {**data, "indicator": str(unpublished.row_id)})
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["indicator"])
    desk.post(opening(answer), {**data, "indicator": str(this_year.row_id), "indicator_target": "95%"})
    task = RectificationTask.objects.get()
    assert (task.indicator, task.indicator_target) == (this_year, "95%")
