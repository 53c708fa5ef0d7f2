"""The form, the page of one piece of feedback, and the moderators' tools on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import quote
from uuid import uuid4

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.html import escape

from participation.consultations.actions import hide_contribution
from participation.feedback.models import Feedback
from participation.stakeholders.models import Role, StakeholderGroup
from privacy.access.models import AccessEvent
from tests.factories import (
    make_consultation,
    make_feedback,
    make_line,
    make_moderator,
    make_officeholder,
    make_organisation,
    make_programme,
    make_user,
)

pytestmark = pytest.mark.django_db


def url(name: str, record: Any, language: str = "zh-hans") -> str:
    with translation.override(language):
        return reverse(f"participation:feedback:{name}", args=[record.row_id])


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def typed(**changes: Any) -> dict[str, Any]:
    return {"body": "为什么只花了四成？", "kind": "question", "line": "", **changes}


# The form ----------------------------------------------------------------------------------------


def test_submitting_publishes_and_leads_to_the_page_of_the_feedback() -> None:
    consultation, citizen = make_consultation(), make_user()
    line = make_line(consultation.release)
    response = signed_in(citizen).post(url("new", consultation), typed(line=str(line.row_id)))
    feedback = Feedback.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{feedback.get_absolute_url()}?sent=1")
    assert (feedback.line, feedback.author, feedback.stakeholder_group) == (line, citizen, StakeholderGroup.CITIZEN)


def test_the_confirmation_names_the_number_and_the_deadline() -> None:
    consultation = make_consultation()
    response = signed_in(make_user()).post(url("new", consultation, "en"), typed(), follow=True)
    feedback = Feedback.objects.get()
    said = [str(message) for message in response.context["messages"]]
    assert len(said) == 1
    assert feedback.reference in said[0]
    assert str(feedback.answer_due_on.year) in said[0]


def test_a_visitor_reads_the_form_and_what_is_needed() -> None:
    consultation = make_consultation()
    page = Client().get(url("new", consultation))
    content = page.content.decode()
    assert page.status_code == 200
    assert f"{reverse('account_login')}?next={url('new', consultation)}" in content
    assert f'data-draft-key="feedback-{consultation.row_id}"' in content


def test_what_a_visitor_typed_is_still_there_after_signing_in() -> None:
    consultation, citizen, client = make_consultation(), make_user(), Client()
    refused = client.post(url("new", consultation), typed(body="我先写好了"))
    assert refused.status_code == 401
    assert "我先写好了" in refused.content.decode()
    client.post(reverse("account_login"), {"login": citizen.email, "password": "correct horse battery"})
    assert "我先写好了" in client.get(url("new", consultation)).content.decode()


def test_the_line_and_the_kind_survive_signing_in_and_my_page_leads_back_until_it_is_published() -> None:
    consultation, citizen, client = make_consultation(), make_user(), Client()
    line = make_line(release=consultation.release)
    refused = client.post(url("new", consultation), typed(kind="question", line=str(line.row_id)))
    there = f"{url('new', consultation)}?line={line.row_id}&kind=question"
    assert f"?next={quote(there)}" in refused.content.decode()
    client.post(reverse("account_login"), {"login": citizen.email, "password": "correct horse battery"})
    assert escape(there) in client.get(reverse("participation:me")).content.decode()
    client.post(url("new", consultation), typed(kind="question", line=str(line.row_id)))
    assert escape(there) not in client.get(reverse("participation:me")).content.decode()


def test_a_visitor_who_sends_too_often_keeps_the_text_on_the_page_but_gets_no_more_sessions() -> None:
    consultation = make_consultation()
    for _number in range(25):
        refused = Client().post(url("new", consultation), typed(body="我先写好了"))
        assert (refused.status_code, "我先写好了" in refused.content.decode()) == (401, True)
    assert Session.objects.count() == 20


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"body": "  "}, 400, "body"),
        ({"body": "很" * 4001}, 400, "body"),
        ({"kind": "rumour"}, 400, "kind"),
        ({"line": "not-a-uuid"}, 400, "line"),
        ({"line": str(uuid4())}, 400, "line"),
        ({"body": "a\x00b"}, 400, "body"),
    ],
)
def test_bad_input_is_refused_beside_its_field_and_nothing_is_lost(
    changes: dict[str, Any], status: int, field: str
) -> None:
    consultation = make_consultation()
    given = typed(callback_phone="13800000000", **changes)
    response = signed_in(make_user()).post(url("new", consultation), given)
    form = response.context["form"]
    assert (response.status_code, list(form.errors)) == (status, [field])
    assert form["body"].value() == given["body"]
    assert form["callback_phone"].value() == "13800000000"
    assert Feedback.objects.count() == 0


def test_a_line_of_another_budget_is_refused() -> None:
    consultation, foreign = make_consultation(), make_line()
    response = signed_in(make_user()).post(url("new", consultation), typed(line=str(foreign.row_id)))
    assert (response.status_code, list(response.context["form"].errors)) == (400, ["line"])


def test_line_breaks_count_once_as_they_are_kept() -> None:
    consultation = make_consultation()
    text = "一\r\n" * 2000
    response = signed_in(make_user()).post(url("new", consultation), typed(body=text))
    assert response.status_code == 302
    assert Feedback.objects.get().body == ("一\n" * 2000).strip()


def test_an_unconfirmed_address_is_refused_with_the_text_kept_and_a_way_to_confirm() -> None:
    consultation = make_consultation()
    response = signed_in(make_user(verified=False)).post(url("new", consultation), typed(body="请保留这句话"))
    content = response.content.decode()
    assert response.status_code == 403
    assert "请保留这句话" in content
    assert reverse("account_email") in content


def test_a_closed_consultation_is_refused_with_the_text_kept() -> None:
    consultation = make_consultation(stage="balance")
    response = signed_in(make_user()).post(url("new", consultation), typed(body="请保留这句话"))
    assert response.status_code == 409
    assert "请保留这句话" in response.content.decode()


def test_searching_finds_lines_by_part_of_a_name_and_keeps_what_was_typed() -> None:
    consultation = make_consultation()
    found = make_line(consultation.release, make_programme(name="老旧小区电梯加装", name_en="Lifts"))
    make_line(consultation.release, make_programme(name="公交专用道"))
    for words in ("电梯", "lifts", found.programme.code):
        response = Client().post(url("new", consultation), typed(body="先写的话", q=words, find="1"))
        assert (response.status_code, response.context["lines"]) == (200, [found])
        assert "先写的话" in response.content.decode()


@pytest.mark.parametrize("words", ["%", '"', "🙂", "x" * 10_000, "\x00"])
def test_searching_survives_any_text(words: str) -> None:
    consultation = make_consultation()
    make_line(consultation.release)
    response = Client().post(url("new", consultation), typed(q=words, find="1"))
    assert (response.status_code, response.context["lines"]) == (200, [])


def test_a_link_from_a_line_preselects_it() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    response = Client().get(url("new", consultation), {"line": str(line.row_id)})
    assert (response.context["lines"], response.context["form"]["line"].value()) == ([line], str(line.row_id))


def test_an_organisation_is_chosen_by_its_member_and_nobody_else() -> None:
    consultation, member = make_consultation(), make_user()
    organisation = make_organisation(member=member)
    data = typed(organisation=str(organisation.row_id))
    stranger = signed_in(make_user()).post(url("new", consultation), data)
    assert (stranger.status_code, list(stranger.context["form"].errors)) == (400, ["organisation"])
    signed_in(member).post(url("new", consultation), data)
    assert Feedback.objects.get().organisation == organisation


def test_writing_too_fast_is_refused_with_the_text_kept() -> None:
    known = make_user(date_joined=timezone.now() - timedelta(days=60))
    consultation, client = make_consultation(), signed_in(known)
    for _number in range(10):
        assert client.post(url("new", consultation), typed()).status_code == 302
    refused = client.post(url("new", consultation), typed(body="第十一条"))
    assert refused.status_code == 429
    assert "第十一条" in refused.content.decode()


# The page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", ["detail", "card"])
def test_everybody_reads_public_feedback(name: str, language: str) -> None:
    feedback = make_feedback()
    page = Client().get(url(name, feedback, language))
    assert page.status_code == 200
    assert feedback.body in page.content.decode()


def test_the_card_carries_the_id_that_open_pages_look_for() -> None:
    feedback = make_feedback()
    page = Client().get(url("card", feedback)).content.decode()
    assert page.strip().startswith(f'<li id="feedback-{feedback.row_id}"')


def test_an_anonymous_citizen_is_named_nowhere() -> None:
    feedback = make_feedback(is_anonymous=True, acting_user=make_user(display_name="Very Distinct Name"))
    for name in ("detail", "card"):
        assert "Very Distinct Name" not in Client().get(url(name, feedback)).content.decode()
    assert "Very Distinct Name" not in Client().get(feedback.consultation.get_absolute_url()).content.decode()


def test_the_author_sees_the_own_hidden_feedback_with_the_reason_and_others_find_nothing() -> None:
    author = make_user()
    feedback = make_feedback(acting_user=author)
    hide_contribution(feedback, rule=1, reason="含有他人住址", acting_user=make_moderator())
    own = signed_in(author).get(url("detail", feedback))
    assert (own.status_code, "含有他人住址" in own.content.decode()) == (200, True)
    assert Client().get(url("detail", feedback)).status_code == 404
    assert signed_in(make_user()).get(url("card", feedback)).status_code == 404


def test_feedback_of_a_consultation_that_is_not_announced_is_not_there() -> None:
    feedback = make_feedback()
    feedback.consultation.stages.filter(kind="announced").delete()
    assert Client().get(url("detail", feedback)).status_code == 404


# Moderation --------------------------------------------------------------------------------------

WRITES: dict[str, dict[str, str]] = {
    "accept": {},
    "merge": {"into": "F-2025-00001", "reason": "同一件事"},
    "separate": {"reason": "不是一件事"},
    "extend": {"reason": "要等测算"},
    "reveal_passage": {"purpose": "核实"},
    "reveal_phone": {"purpose": "回电核实"},
}


@pytest.mark.parametrize("name", list(WRITES))
@pytest.mark.parametrize(("who", "status"), [("visitor", 401), ("citizen", 403), ("auditor", 403), ("unverified", 403)])
def test_only_moderators_moderate(name: str, who: str, status: int) -> None:
    feedback = make_feedback(callback_phone="13800000000")
    people = {
        "citizen": make_user,
        "auditor": lambda: make_officeholder(Role.AUDITOR),
        "unverified": lambda: make_user(verified=False),
    }
    client = signed_in(people[who]()) if who in people else Client()
    assert client.post(url(name, feedback), WRITES[name]).status_code == status
    feedback.refresh_from_db()
    assert (feedback.status, feedback.accepted_at, AccessEvent.objects.count()) == ("visible", None, 0)


def test_a_moderator_accepts() -> None:
    feedback = make_feedback()
    response = signed_in(make_moderator()).post(url("accept", feedback))
    feedback.refresh_from_db()
    assert (response.status_code, feedback.accepted_at is not None) == (302, True)


def test_a_moderator_comes_back_to_where_the_form_was_and_never_to_another_site() -> None:
    client = signed_in(make_moderator())
    feedback, other = make_feedback(), make_feedback()
    assert client.post(url("accept", feedback), {"next": "/desk/"})["Location"] == "/desk/"
    elsewhere = client.post(url("accept", other), {"next": "https://evil.example/"})
    assert elsewhere["Location"] == other.get_absolute_url()


def test_the_phone_is_opened_for_a_purpose_shown_once_and_recorded() -> None:
    author = make_user()
    feedback, client = make_feedback(callback_phone="13800138000", acting_user=author), signed_in(make_moderator())
    assert "13800138000" not in client.get(url("detail", feedback)).content.decode()
    refused = client.post(url("reveal_phone", feedback), {"purpose": " "})
    assert (refused.status_code, AccessEvent.objects.count()) == (400, 0)
    opened = client.post(url("reveal_phone", feedback), WRITES["reveal_phone"])
    assert "13800138000" in opened.content.decode()
    assert "no-store" in opened["Cache-Control"]
    event = AccessEvent.objects.get()
    assert (event.purpose, event.subject_ref) == ("回电核实", author.row_id)
