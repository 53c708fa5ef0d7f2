"""The open API of participation: the same rows as on the pages, and nothing that is not for everybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from participation.consultations.models import Contribution
from participation.evaluations.models import EvaluationFinding
from participation.feedback.models import Feedback
from participation.rectification.models import Finding
from participation.stakeholders.models import StakeholderGroup
from tests.factories import (
    make_answer,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_line,
    make_moderator,
    make_task,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def items(path: str, client: Client | None = None, **filters: Any) -> list[dict[str, Any]]:
    response = (client or Client()).get(f"/api/v1/{path}", filters)
    assert response.status_code == 200, response.content
    found: list[dict[str, Any]] = response.json()["items"]
    return found


def references(path: str, client: Client | None = None, **filters: Any) -> list[str]:
    return [str(item["row_id"]) for item in items(path, client, **filters)]


def test_a_consultation_tells_what_is_asked_by_whom_and_where_it_stands() -> None:
    consultation = make_consultation(ways_in=[("feedback", "citizen"), ("feedback", "research")])
    [told] = items("consultations")
    assert (told["row_id"], told["title"], told["decided_by"], told["stage"]) == (
        str(consultation.row_id),
        consultation.title,
        consultation.decided_by,
        "open",
    )
    assert told["ways_in"] == {"feedback": ["citizen", "research"]}
    assert Client().get(f"/api/v1/consultations/{consultation.row_id}").json() == told


def test_a_consultation_that_is_not_announced_yet_is_not_there() -> None:
    consultation = make_consultation()
    announced = consultation.stages.get(kind="announced")
    later = timezone.now() + timedelta(days=1)
    consultation.stages.exclude(pk=announced.pk).delete()
    type(announced).objects.filter(pk=announced.pk).update(starts_at=later, ends_at=None)
    assert items("consultations") == []
    assert Client().get(f"/api/v1/consultations/{consultation.row_id}").status_code == 404


@pytest.mark.parametrize("status", [Contribution.Status.HIDDEN, Contribution.Status.HELD])
@pytest.mark.parametrize("reader", ["visitor", "author", "moderator"])
def test_what_is_hidden_or_held_is_in_no_list_whoever_asks(status: str, reader: str) -> None:
    author = make_user()
    feedback = make_feedback(acting_user=author)
    evaluation = make_evaluation(feedback.consultation)
    make_answer(feedback=[feedback], evaluations=[evaluation])
    for said in (feedback, evaluation):
        type(said).objects.filter(pk=said.pk).update(status=status)
    client = Client()
    if reader != "visitor":
        client.force_login(author if reader == "author" else make_moderator())
    assert (items("feedback", client), items("evaluations", client)) == ([], [])
    assert [answer["answers_to"] for answer in items("answers", client)] == [[]]


def test_feedback_tells_nothing_that_is_not_for_everybody() -> None:
    author = make_user(display_name="王小明")
    make_feedback(acting_user=author, is_anonymous=True, sealed_passage="只给版主看", callback_phone="13800138000")
    page = Client().get("/api/v1/feedback").content.decode()
    assert [
        word for word in ("王小明", "只给版主看", "13800138000", author.email, str(author.row_id)) if word in page
    ] == []


def test_feedback_is_narrowed_by_what_it_is() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    about_line = make_feedback(consultation, line=line, kind=Feedback.Kind.PROBLEM)
    other = make_feedback()
    make_answer(feedback=[other])
    assert references("feedback") == [str(other.row_id), str(about_line.row_id)]
    narrowed = {"kind": "problem", "line": line.row_id, "consultation": consultation.row_id, "answered": "false"}
    assert [references("feedback", **{name: value}) for name, value in narrowed.items()] == [
        [str(about_line.row_id)] for _name in narrowed
    ]
    assert references("feedback", group=StakeholderGroup.RESEARCH.value) == []


def test_the_tasks_of_a_consultation_are_those_of_its_answers_and_of_its_evaluations() -> None:
    answer, evaluation = make_answer(feedback=[make_feedback()]), make_evaluation()
    promised = make_task(answer)
    found = EvaluationFinding.objects.create(
        evaluation=evaluation, programme=evaluation.programme, title="验收滞后", explanation="晚了。", severity="major"
    )
    task = make_task(make_answer())
    Finding.objects.filter(tasks=task).update(answer=None, source="evaluation", evaluation_finding=found)
    assert [
        [each["row_id"] for each in items("tasks", consultation=str(origin.consultation.row_id))]
        for origin in (answer, evaluation)
    ] == [[str(promised.row_id)], [str(task.row_id)]]


def test_an_answer_leads_to_what_it_answers_and_to_what_was_promised() -> None:
    feedback = make_feedback()
    task = make_task(make_answer(feedback=[feedback]))
    [answer] = items("answers")
    assert (answer["answers_to"], answer["tasks"]) == ([str(feedback.row_id)], [str(task.row_id)])
    assert items("feedback")[0]["answer"] == answer["row_id"]
    [promised] = items("tasks")
    assert (promised["answer"], promised["status"], promised["is_overdue"]) == (answer["row_id"], "assigned", False)
    assert (items("tasks", overdue="true"), references("tasks", overdue="false")) == ([], [str(task.row_id)])


def test_an_evaluation_tells_score_and_programme() -> None:
    evaluation = make_evaluation()
    [told] = items("evaluations")
    assert (told["score"], told["programme"]["row_id"]) == ("66.00", str(evaluation.programme.row_id))


def test_response_times_withhold_what_would_tell_of_fewer_than_five() -> None:
    line = make_line()
    consultation = make_consultation(release=line.release, department=line.department)
    make_feedback(consultation)
    [row] = items("response-times")
    assert (row["department"]["row_id"], row["waiting"], row["answered"]) == (str(line.department.row_id), None, 0)


def test_pages_of_feedback_neither_move_nor_repeat_while_people_speak(client: Client) -> None:
    consultation = make_consultation()
    said = [make_feedback(consultation) for _number in range(3)]
    first = client.get("/api/v1/feedback", {"limit": 2}).json()
    make_feedback(consultation)
    second = client.get(first["next"]).json()
    told = [item["row_id"] for page in (first, second) for item in page["items"]]
    assert told == [str(one.row_id) for one in reversed(said)]


@pytest.mark.parametrize("path", ["consultations", "feedback", "evaluations", "answers", "tasks", "response-times"])
def test_a_list_costs_the_same_whatever_its_length(path: str, django_assert_max_num_queries: Any) -> None:
    for _number in range(2):
        consultation = make_consultation()
        make_task(make_answer(feedback=[make_feedback(consultation)], evaluations=[make_evaluation(consultation)]))
    with django_assert_max_num_queries(10):
        items(path)
