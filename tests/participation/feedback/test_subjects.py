"""What feedback may be about, what may come with it, and whom it is for."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.utils import translation

from cms.performance.models import Goal, Indicator, ProgrammeYear
from participation.feedback.actions import reveal_passage
from participation.feedback.models import Feedback
from participation.stakeholders.models import Role
from portal.errors import Closed, Invalid, NotAllowed
from privacy.access.models import AccessEvent
from tests.factories import (
    make_consultation,
    make_feedback,
    make_line,
    make_moderator,
    make_officeholder,
    make_task,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def make_indicator(programme: Any) -> Indicator:
    year = ProgrammeYear.objects.create(programme=programme, fiscal_year=2025)
    return Indicator.objects.create(
        goal=Goal.objects.create(programme_year=year, text="年内装完"),
        dimension="output",
        category="quantity",
        name="加装电梯数",
        operator="ge",
        target=12,
        unit="部",
        weight=10,
    )


@pytest.mark.parametrize("kind", ["line", "programme", "indicator", "task"])
def test_each_subject_has_its_feedback_and_its_card(kind: str, client: Client) -> None:
    line = make_line()
    task = make_task() if kind == "task" else None
    consultation = task.finding.answer.consultation if task else make_consultation(release=line.release)
    subject = {
        "line": line,
        "programme": line.programme,
        "indicator": make_indicator(line.programme) if kind == "indicator" else None,
        "task": task,
    }[kind]
    feedback = make_feedback(consultation, **{kind: subject})
    with translation.override("en"):
        address = line.programme.get_absolute_url() if kind == "indicator" else subject.get_absolute_url()
    shown = client.get(f"/en/feedback/{feedback.row_id}/card/").content.decode()
    assert (feedback.subject, address in shown) == (subject, True)


@pytest.mark.parametrize("kind", ["programme", "indicator", "task"])
def test_what_the_consultation_is_not_about_is_refused(kind: str) -> None:
    line = make_line()
    subject = {
        "programme": lambda: line.programme,
        "indicator": lambda: make_indicator(line.programme),
        "task": make_task,
    }[kind]()
    with pytest.raises(Invalid) as refused:
        make_feedback(make_consultation(), **{kind: subject})
    assert refused.value.data == {"field": "line"}


def test_it_is_about_one_thing() -> None:
    line = make_line()
    with pytest.raises(Invalid):
        make_feedback(make_consultation(release=line.release), line=line, programme=line.programme)


def test_a_promise_is_spoken_about_when_input_is_over() -> None:
    task = make_task()
    consultation = task.finding.answer.consultation
    stage = consultation.stages.get(kind="open")
    stages = consultation.stages.all()
    shift = consultation.stages.get(kind="follow_up").starts_at - stage.starts_at
    for each in stages:
        type(each).objects.filter(pk=each.pk).update(
            starts_at=each.starts_at - shift, ends_at=each.ends_at - shift if each.ends_at else None
        )
    consultation = type(consultation).objects.get(pk=consultation.pk)
    assert make_feedback(consultation, task=task).task == task
    with pytest.raises(Closed):
        make_feedback(consultation)


def test_the_form_leads_back_to_what_it_is_about(client: Client) -> None:
    line = make_line()
    consultation = make_consultation(release=line.release)
    client.force_login(make_user())
    address = f"/en/feedback/new/{consultation.row_id}/"
    page = client.get(address, {"programme": line.programme.row_id})
    data = {"programme": line.programme.row_id, "kind": "question", "body": "绩效目标是怎么定的？"}
    answer = client.post(address, data)
    assert (page.context["about"].programme, answer.status_code) == (line.programme, 302)
    assert Feedback.objects.get().programme == line.programme
    assert client.get(address, {"programme": make_line().programme.row_id}).status_code == 404


# Files ---------------------------------------------------------------------------------------------


def test_a_file_goes_with_it_and_is_there_for_whoever_may_read_it(client: Client) -> None:
    author = make_user()
    upload = SimpleUploadedFile("photo.png", b"\x89PNG\r\n\x1a\n0000")
    feedback = make_feedback(acting_user=author, attachment=upload)
    address = f"/en/feedback/{feedback.row_id}/attachment/"
    public = client.get(address)
    Feedback.objects.filter(pk=feedback.pk).update(status=Feedback.Status.HIDDEN)
    hidden = client.get(address).status_code
    client.force_login(author)
    assert (public.status_code, public["Content-Type"], hidden, client.get(address).status_code) == (
        200,
        "image/png",
        404,
        200,
    )


# For the moderators only -----------------------------------------------------------------------------

SECRET = "带班的姓赵，住柳溪街"


def test_a_citizen_may_add_what_only_moderators_read() -> None:
    feedback = make_feedback(sealed_passage=SECRET)
    with connection.cursor() as cursor:
        for table in ("participation_feedback", "participation_historicalfeedback"):
            cursor.execute(f"SELECT sealed_passage FROM {table}")
            assert SECRET.encode() not in bytes(cursor.fetchone()[0])
    (opened,) = reveal_passage(feedback, purpose="核实", acting_user=make_moderator())
    assert (opened.text, AccessEvent.objects.get().fields) == (SECRET, ["sealed_passage"])


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.OFFICER])
def test_nobody_else_opens_the_passage(role: Role | None) -> None:
    line = make_line()
    person = make_officeholder(role, line.department if role == Role.OFFICER else None) if role else make_user()
    with pytest.raises(NotAllowed):
        reveal_passage(make_feedback(sealed_passage=SECRET), purpose="看看", acting_user=person)


@pytest.mark.parametrize("reader", ["visitor", "author", "auditor", "moderator"])
def test_no_page_shows_the_passage(reader: str, client: Client) -> None:
    author = make_user()
    feedback = make_feedback(acting_user=author, sealed_passage=SECRET)
    people = {"author": lambda: author, "auditor": lambda: make_officeholder(Role.AUDITOR), "moderator": make_moderator}
    if reader in people:
        client.force_login(people[reader]())
    pages = [f"/en/feedback/{feedback.row_id}/", feedback.consultation.get_absolute_url(), "/en/budget/search/?q=姓赵"]
    for page in pages:
        assert SECRET not in client.get(page, follow=True).content.decode()
