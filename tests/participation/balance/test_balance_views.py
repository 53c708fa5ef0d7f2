"""The balance of a consultation, its themes and its report."""

from __future__ import annotations

import pytest
from django.test import Client
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from participation.balance.themes import Theme
from participation.consultations.actions import hide_contribution
from participation.consultations.models import Consultation
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
    make_user,
)

pytestmark = pytest.mark.django_db


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def moderator() -> User:
    return make_moderator()


@pytest.fixture
def desk(moderator: User) -> Client:
    return signed_in(moderator)


# The balance, the themes, the report ---------------------------------------------------------------


def official_pages(consultation: Consultation) -> list[str]:
    return [reverse(f"participation:balance:{name}", args=[consultation.row_id]) for name in ("balance", "themes")] + [
        reverse("participation:balance:drafts")
    ]


def test_the_pages_of_the_office_are_not_for_others() -> None:
    urls = official_pages(make_consultation())
    statuses = {
        "visitor": [Client().get(url).status_code for url in urls],
        "citizen": [signed_in(make_user()).get(url).status_code for url in urls],
        "officer": [signed_in(make_officer(make_department())).get(url).status_code for url in urls],
        "moderator": [signed_in(make_moderator()).get(url).status_code for url in urls],
    }
    assert statuses == {
        "visitor": [401, 401, 401],
        "citizen": [403, 403, 404],
        "officer": [403, 403, 200],
        "moderator": [200, 200, 200],
    }


@pytest.mark.parametrize("count", [1, 30])
def test_the_balance_takes_the_same_queries_whatever_is_said(
    desk: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    for _number in range(count):
        make_feedback(consultation, line=line, kind="problem")
        make_evaluation(consultation, programme=line.programme)
    url = reverse("participation:balance:balance", args=[consultation.row_id])
    desk.get(url)
    with django_assert_num_queries(19):
        desk.get(url)


def test_every_number_of_the_balance_leads_to_its_input(desk: Client) -> None:
    consultation = make_consultation()
    problem, praise = make_feedback(consultation, kind="problem"), make_feedback(consultation, kind="praise")
    make_evaluation(consultation)
    board = reverse("participation:balance:board", args=[consultation.row_id])
    page = desk.get(reverse("participation:balance:balance", args=[consultation.row_id])).content.decode()
    found = {}
    for query in ("state=objections", "state=all&group=citizen&kind=praise", "state=all&kind=evaluation"):
        assert f"{board}?{query.replace('&', '&amp;')}" in page or query.endswith("evaluation")
        sides = desk.get(f"{board}?{query}").context["sides"]
        found[query] = [
            item.kind if query.endswith("evaluation") else item.contribution for side in sides for item in side.items
        ]
    assert list(found.values()) == [[problem], [praise], ["evaluation"]]


def test_chosen_inputs_are_put_under_a_theme_and_found_by_it(desk: Client) -> None:
    consultation = make_consultation()
    feedback, other = make_feedback(consultation), make_feedback(consultation)
    themes = reverse("participation:balance:themes", args=[consultation.row_id])
    assert feedback.reference in desk.get(themes, {"feedback": feedback.row_id}).content.decode()
    assert desk.post(themes, {"name": "电梯", "feedback": feedback.row_id}).status_code == 302
    assert desk.post(themes, {"name": "电梯"}).status_code == 409
    theme = Theme.objects.get()
    tag = reverse("participation:balance:tag", args=[consultation.row_id])
    desk.post(tag, {"theme": theme.row_id, "feedback": [feedback.row_id, other.row_id]})
    assert theme.tags.count() == 2
    board = reverse("participation:balance:board", args=[consultation.row_id])
    sides = desk.get(board, {"state": "all", "theme": theme.row_id}).context["sides"]
    assert sum(side.total for side in sides) == 2
    assert desk.post(tag, {"theme": "x"}).status_code == 404
    remove = reverse("participation:balance:theme_remove", args=[consultation.row_id])
    desk.post(remove, {"theme": theme.row_id})
    assert Theme.objects.count() == 0


def test_the_report_tells_what_was_heard_done_and_why_not_to_everybody() -> None:
    consultation = make_consultation()
    heard, refused, hidden = (make_feedback(consultation, body=text) for text in ("修电梯", "盖新楼", "某某住三栋"))
    make_answer(feedback=[heard, hidden], outcome="adopted", reason="年内修好。")
    make_answer(feedback=[refused], outcome="not_adopted", reason="没有这笔钱。")
    hide_contribution(hidden, rule=1, reason="住址", acting_user=make_moderator())
    url = reverse("participation:balance:report", args=[consultation.row_id])
    text = Client().get(url).content.decode()
    for told in ("修电梯", "盖新楼", "年内修好。", "没有这笔钱。"):
        assert told in text
    assert "某某住三栋" not in text
    assert url in Client().get(consultation.get_absolute_url()).content.decode()
    rows = (
        Client()
        .get(reverse("participation:balance:report_csv", args=[consultation.row_id]))
        .content.decode("utf-8-sig")
    )
    assert len(rows.splitlines()) == 3
    assert "某某住三栋" not in rows


def test_the_report_holds_no_formula_for_spreadsheets() -> None:
    answer = make_answer(feedback=[make_feedback(body="=1+1")])
    rows = Client().get(reverse("participation:balance:report_csv", args=[answer.consultation.row_id])).content.decode()
    assert ",'=1+1," in rows


@pytest.mark.parametrize("count", [1, 30])
def test_the_report_takes_the_same_queries_whatever_is_said(
    count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consultation = make_consultation()
    for _number in range(count):
        make_answer(feedback=[make_feedback(consultation)])
    url = reverse("participation:balance:report", args=[consultation.row_id])
    Client().get(url)
    with django_assert_num_queries(9):
        Client().get(url)
