"""The desk, the board, the form of an answer, and the public answer."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from participation.balance.drafts import AnswerDraft
from participation.balance.models import Answer
from participation.consultations.actions import hide_contribution
from participation.consultations.models import Consultation, Stage
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


@pytest.fixture
def moderator() -> User:
    return make_moderator()


@pytest.fixture
def desk(moderator: User) -> Client:
    return signed_in(moderator)


def answer_url(consultation: Consultation, **chosen: Any) -> str:
    query = "&".join(f"{kind}={record.row_id}" for kind, record in chosen.items())
    return f"{reverse('participation:balance:answer_new', args=[consultation.row_id])}?{query}"


def official_urls() -> list[str]:
    consultation = make_consultation()
    feedback = make_feedback(consultation)
    return [
        reverse("participation:balance:index"),
        reverse("participation:balance:board", args=[consultation.row_id]),
        answer_url(consultation, feedback=feedback),
    ]


def test_the_desk_is_for_moderators_only() -> None:
    urls = official_urls()
    statuses = {
        "visitor": [Client().get(url).status_code for url in urls],
        "citizen": [signed_in(make_user()).get(url).status_code for url in urls],
        "officer": [signed_in(make_officer(make_department())).get(url).status_code for url in urls],
        "moderator": [signed_in(make_moderator()).get(url).status_code for url in urls],
    }
    assert statuses == {
        "visitor": [401, 401, 401],
        "citizen": [403, 403, 403],
        "officer": [403, 403, 403],
        "moderator": [200, 200, 200],
    }


def test_a_visitor_is_told_where_to_sign_in_and_comes_back() -> None:
    url = reverse("participation:balance:index")
    assert f"?next={url}" in Client().get(url).content.decode()


def test_the_desk_counts_what_waits(desk: Client) -> None:
    consultation = make_consultation()
    make_feedback(consultation)
    make_evaluation(consultation)
    make_answer(consultation)
    page = desk.get(reverse("participation:balance:index"))
    assert (page.context["waiting"], page.context["overdue"]) == (2, 0)


def test_an_empty_desk_says_what_to_do(desk: Client) -> None:
    assert 'class="empty"' in desk.get(reverse("participation:balance:index")).content.decode()


def test_the_board_offers_each_input_for_an_answer(desk: Client) -> None:
    feedback = make_feedback()
    page = desk.get(reverse("participation:balance:board", args=[feedback.consultation.row_id])).content.decode()
    assert f'form="choose" name="feedback" value="{feedback.row_id}"' in page
    assert reverse("participation:moderation:item", args=["feedback", feedback.row_id]) in page
    assert reverse("participation:feedback:accept", args=[feedback.row_id]) in page


def test_the_board_does_not_offer_a_moderators_own_input(desk: Client, moderator: User) -> None:
    feedback = make_feedback(acting_user=moderator)
    page = desk.get(reverse("participation:balance:board", args=[feedback.consultation.row_id])).content.decode()
    assert feedback.body in page
    assert 'name="feedback"' not in page


@pytest.mark.parametrize("query", ["?state=nonsense", "?group=nobody&page=9", "?page=x", "?page=" + "9" * 5000])
def test_filters_that_make_no_sense_are_ignored(desk: Client, query: str) -> None:
    url = reverse("participation:balance:board", args=[make_consultation().row_id])
    assert desk.get(url + query).status_code == 200


def test_a_closed_consultation_says_why_nothing_can_be_answered(desk: Client) -> None:
    consultation = make_consultation(stage=Stage.Kind.CLOSED)
    page = desk.get(reverse("participation:balance:board", args=[consultation.row_id]))
    assert not page.context["verdict"].allowed
    assert str(page.context["verdict"].reason) in page.content.decode()


@pytest.mark.parametrize("count", [1, 30])
def test_the_board_takes_the_same_queries_whatever_is_said(
    desk: Client, count: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    for _number in range(count):
        make_feedback(consultation, line=line)
        make_evaluation(consultation, programme=line.programme)
    url = reverse("participation:balance:board", args=[consultation.row_id])
    desk.get(url)
    with django_assert_num_queries(14):
        desk.get(url)


# Answering -----------------------------------------------------------------------------------------


def test_a_form_without_anything_chosen_leads_back_to_the_board(desk: Client) -> None:
    consultation = make_consultation()
    response = desk.get(answer_url(consultation))
    assert response.status_code == 302
    assert response.headers["Location"] == reverse("participation:balance:board", args=[consultation.row_id])


def test_the_form_shows_what_is_answered_and_suggests_its_department(desk: Client) -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    feedback = make_feedback(consultation, line=line)
    page = desk.get(answer_url(consultation, feedback=feedback))
    assert feedback.body in page.content.decode()
    assert page.context["form"].initial["department"] == line.department.row_id


def test_answering_keeps_a_draft_that_nobody_else_reads(desk: Client, moderator: User) -> None:
    consultation = make_consultation()
    feedback, evaluation = make_feedback(consultation), make_evaluation(consultation)
    response = desk.post(
        answer_url(consultation),
        {"feedback": feedback.row_id, "evaluation": evaluation.row_id, "outcome": "partly", "reason": "先做一半。"},
    )
    draft = AnswerDraft.objects.get()
    assert (response.status_code, response.headers["Location"]) == (302, draft.get_absolute_url())
    assert (draft.outcome, draft.reason, draft.written_by, draft.inputs.count()) == (
        "partly",
        "先做一半。",
        moderator,
        2,
    )
    assert Answer.objects.count() == 0
    statuses = {
        "visitor": Client().get(draft.get_absolute_url()).status_code,
        "citizen": signed_in(make_user()).get(draft.get_absolute_url()).status_code,
        "officer": signed_in(make_officer(make_department())).get(draft.get_absolute_url()).status_code,
        "moderator": desk.get(draft.get_absolute_url()).status_code,
    }
    assert statuses == {"visitor": 401, "citizen": 404, "officer": 404, "moderator": 200}


def test_an_answer_goes_its_way_by_forms(desk: Client) -> None:
    consultation, department = make_consultation(), None
    feedback = make_feedback(consultation, line=make_line(consultation.release))
    department = feedback.line.department
    officer, second = signed_in(make_officer(department)), signed_in(make_moderator())
    sent = {"feedback": feedback.row_id, "outcome": "partly", "reason": "先做一半。", "parts_from": department.row_id}
    assert desk.post(answer_url(consultation), sent).status_code == 302
    draft = AnswerDraft.objects.get()
    part = draft.parts.get()

    def to(name: str) -> str:
        return reverse(f"participation:balance:draft_{name}", args=[draft.row_id])

    page = officer.get(draft.get_absolute_url()).content.decode()
    assert f'name="part" value="{part.pk}"' in page
    assert to("submit") not in page
    assert officer.post(to("part"), {"part": part.pk, "text": ""}).status_code == 400
    assert officer.post(to("part"), {"part": part.pk, "text": "本局六月前完成。"}).status_code == 302
    assert desk.post(to("change"), {"outcome": "adopted", "reason": "全部照办。"}).status_code == 302
    assert desk.post(to("submit")).status_code == 302
    assert desk.post(to("review"), {"is_approved": "yes"}).status_code == 403
    assert second.post(to("review"), {"is_approved": "no", "note": ""}).status_code == 400
    assert second.post(to("review"), {"is_approved": "yes"}).status_code == 302
    drafts = reverse("participation:balance:drafts")
    assert 'form="publish"' in desk.get(drafts).content.decode()
    assert desk.post(reverse("participation:balance:publish"), {"draft": draft.row_id}).status_code == 302
    answer = Answer.objects.get()
    text = Client().get(answer.get_absolute_url()).content.decode()
    assert "全部照办。" in text
    assert "本局六月前完成。" in text


def test_a_correction_by_form_shows_its_version(desk: Client) -> None:
    answer = make_answer(reason="六月底前完成。")
    url = reverse("participation:balance:correct", args=[answer.row_id])
    assert desk.get(url).status_code == 200
    sent = {"why": "期限写错了。", "outcome": "partly", "reason": "年底前完成。"}
    assert desk.post(url, {**sent, "why": ""}).status_code == 400
    assert desk.post(url, sent).status_code == 302
    draft = AnswerDraft.objects.get(answer=answer, state="writing")
    desk.post(reverse("participation:balance:draft_submit", args=[draft.row_id]))
    second = signed_in(make_moderator())
    second.post(reverse("participation:balance:draft_review", args=[draft.row_id]), {"is_approved": "yes"})
    desk.post(reverse("participation:balance:publish"), {"draft": draft.row_id})
    text = Client().get(answer.get_absolute_url()).content.decode()
    history = reverse("privacy:history:record", args=["participation.answer", answer.row_id])
    assert "年底前完成。" in text
    assert "期限写错了。" in text
    assert history in text
    assert "六月底前完成。" in Client().get(history).content.decode()


@pytest.mark.parametrize("value", ["", "x", "\x00"])
def test_publishing_what_is_no_draft_is_not_found(desk: Client, value: str) -> None:
    assert desk.post(reverse("participation:balance:publish"), {"draft": value}).status_code == 404


@pytest.mark.parametrize("missing", ["outcome", "reason"])
def test_what_is_missing_is_named_and_the_rest_is_kept(desk: Client, missing: str) -> None:
    feedback = make_feedback()
    data = {"feedback": feedback.row_id, "outcome": "adopted", "reason": "保留的文字"}
    page = desk.post(answer_url(feedback.consultation), {**data, missing: ""})
    assert page.status_code == 400
    assert list(page.context["form"].errors) == [missing]
    assert ("保留的文字" in page.content.decode()) == (missing != "reason")
    assert "data-error-summary" in page.content.decode()


def test_somebody_elses_answer_is_a_conflict_that_keeps_the_text(desk: Client) -> None:
    feedback = make_feedback()
    first = make_answer(feedback=[feedback])
    page = desk.post(
        answer_url(feedback.consultation), {"feedback": feedback.row_id, "outcome": "adopted", "reason": "我写了很久"}
    )
    text = page.content.decode()
    assert page.status_code == 409
    assert "我写了很久" in text
    assert first.answered_by.display_name in text
    assert first.get_absolute_url() in text
    assert Answer.objects.count() == 1


def test_after_a_conflict_the_rest_can_be_answered_with_the_same_text(desk: Client) -> None:
    consultation = make_consultation()
    taken, still_open = make_feedback(consultation), make_feedback(consultation)
    make_answer(feedback=[taken])
    page = desk.post(
        answer_url(consultation),
        {"feedback": [taken.row_id, still_open.row_id], "outcome": "adopted", "reason": "我写了很久"},
    ).content.decode()
    assert f'name="feedback" value="{still_open.row_id}" checked' in page
    assert f'name="feedback" value="{taken.row_id}"' not in page


def test_input_of_another_consultation_is_not_found(desk: Client) -> None:
    assert desk.get(answer_url(make_consultation(), feedback=make_feedback())).status_code == 404


@pytest.mark.parametrize("value", ["", "1", "x" * 40, "\x00"])
def test_a_choice_that_is_no_reference_is_not_found(desk: Client, value: str) -> None:
    url = reverse("participation:balance:answer_new", args=[make_consultation().row_id])
    assert desk.get(url, {"feedback": value}).status_code == 404


def test_answers_are_rate_limited(desk: Client, settings: Any) -> None:
    settings.WRITE_RATES = {**settings.WRITE_RATES, "moderation": "1/hour"}
    consultation = make_consultation()
    statuses = [
        desk.post(
            answer_url(consultation),
            {"feedback": make_feedback(consultation).row_id, "outcome": "adopted", "reason": "好。"},
        ).status_code
        for _number in range(2)
    ]
    assert statuses == [302, 429]


# The public answer ---------------------------------------------------------------------------------


def test_everybody_reads_an_answer_with_what_it_answers_and_what_follows() -> None:
    consultation = make_consultation()
    feedback, evaluation = make_feedback(consultation), make_evaluation(consultation)
    answer = make_answer(feedback=[feedback], evaluations=[evaluation])
    task = make_task(answer)
    text = Client().get(answer.get_absolute_url()).content.decode()
    for expected in (answer.reason, feedback.body, evaluation.reasoning, task.title, answer.answered_by.display_name):
        assert expected in text
    assert reverse("privacy:log:verify", args=[answer.row_id]) in text


def test_an_answer_stays_public_without_the_text_that_was_hidden() -> None:
    author = make_user(display_name="被隐藏的作者")
    feedback = make_feedback(body="不该再出现的文字", acting_user=author)
    answer = make_answer(feedback=[feedback])
    hide_contribution(feedback, rule=1, reason="含电话号码", acting_user=make_moderator())
    page = Client().get(answer.get_absolute_url())
    text = page.content.decode()
    assert page.status_code == 200
    assert answer.reason in text
    for secret in ("不该再出现的文字", "含电话号码", "被隐藏的作者", str(feedback.row_id)):
        assert secret not in text


def test_the_author_and_moderators_still_read_hidden_input_under_an_answer() -> None:
    author = make_user()
    feedback = make_feedback(body="我自己的话", acting_user=author)
    answer = make_answer(feedback=[feedback])
    hide_contribution(feedback, rule=1, reason="重复", acting_user=make_moderator())
    for reader in (author, make_moderator()):
        text = signed_in(reader).get(answer.get_absolute_url()).content.decode()
        assert "我自己的话" in text
        assert "重复" in text


def test_an_anonymous_citizen_is_not_named_under_an_answer() -> None:
    author = make_user(display_name="河西居民")
    answer = make_answer(feedback=[make_feedback(is_anonymous=True, acting_user=author)])
    for reader in (Client(), signed_in(make_moderator())):
        assert "河西居民" not in reader.get(answer.get_absolute_url()).content.decode()


def test_an_answer_in_a_consultation_that_is_not_public_is_not_found() -> None:
    answer = make_answer()
    answer.consultation.release.published_at = None
    answer.consultation.release.save()
    statuses = {
        "visitor": Client().get(answer.get_absolute_url()).status_code,
        "citizen": signed_in(make_user()).get(answer.get_absolute_url()).status_code,
        "moderator": signed_in(make_moderator()).get(answer.get_absolute_url()).status_code,
    }
    assert statuses == {"visitor": 404, "citizen": 404, "moderator": 200}


@pytest.mark.parametrize(("outcome", "offered"), [("adopted", True), ("partly", True), ("not_adopted", False)])
def test_a_moderator_opens_tasks_from_answers_that_adopt_something(desk: Client, outcome: str, offered: bool) -> None:
    answer = make_answer(outcome=outcome)
    url = reverse("participation:rectification:open", args=[answer.row_id])
    assert (url in desk.get(answer.get_absolute_url()).content.decode()) == offered
    assert url not in Client().get(answer.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("language", "tag"), [("zh-hans", "zh-Hans"), ("en", "en")])
def test_the_pages_speak_both_languages(desk: Client, language: str, tag: str) -> None:
    answer = make_answer(feedback=[make_feedback()])
    with translation.override(language):
        addresses = [
            reverse("participation:balance:index"),
            reverse("participation:balance:board", args=[answer.consultation.row_id]),
            answer.get_absolute_url(),
        ]
    pages = [desk.get(address) for address in addresses]
    assert [page.status_code for page in pages] == [200, 200, 200]
    assert all(f'<html lang="{tag}">' in page.content.decode() for page in pages)
