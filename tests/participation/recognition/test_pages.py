"""The pages of awards: reached by clicking, filled in, and answered in every stage."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from participation.recognition.models import Award, AwardAppeal, AwardBallot, Commendation, JuryOpinion, Nomination
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Role, User
from tests.factories import make_moderator, make_officeholder, make_task_in, make_user
from tests.participation.recognition.awards import make_award, make_commendation, make_nomination, move_to

pytestmark = pytest.mark.django_db

Stage = Award.Stage


def client_of(person: User | None = None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def send(client: Client, name: str, record: Any, **data: Any) -> int:
    return client.post(reverse(f"participation:recognition:{name}", args=[record.row_id]), data).status_code


def test_an_award_goes_from_announcement_to_appeal_on_its_pages() -> None:
    moderator, citizen, juror = client_of(make_moderator()), make_user(), make_user()
    assert "recognition/new/" in page(moderator, reverse("participation:recognition:index"))
    form = {"year": 2030, "title": "案例奖", "nominations_until": "2099-01-01", "voting_until": "2099-02-01"}
    assert moderator.post(reverse("participation:recognition:new"), {**form, "jury_percent": 50}).status_code == 302
    award = Award.objects.get()

    task = make_task_in(RectificationTask.Status.VERIFIED)
    nominate = reverse("participation:recognition:nominate", args=[award.row_id])
    assert nominate in page(client_of(citizen), task.get_absolute_url())
    data = {"task": str(task.row_id), "side": "", "reason": "办成了实事。"}
    assert client_of(citizen).post(nominate, data).status_code == 302
    nomination = Nomination.objects.get()
    assert str(nomination.row_id) not in page(client_of(), award.get_absolute_url())
    assert send(moderator, "look", nomination, admit="1") == 302
    assert send(moderator, "name_juror", award, person=juror.email, standing="教授") == 302

    move_to(award, Stage.VOTING)
    jury = reverse("participation:recognition:jury", args=[award.row_id])
    assert jury in page(client_of(juror), reverse("participation:me"))
    assert send(client_of(juror), "declare", award) == 302
    scored = {f"n{nomination.pk}-score": "88", f"n{nomination.pk}-reason": "扎实"}
    assert send(client_of(juror), "judge", nomination, **scored) == 302
    assert send(client_of(citizen), "vote", award, nominations=str(nomination.row_id), side="") == 302
    assert (JuryOpinion.objects.count(), AwardBallot.objects.count()) == (1, 1)

    move_to(award, Stage.DECIDING)
    reviewer = client_of(make_officeholder(Role.REVIEWER))
    decide = reverse("participation:recognition:decide", args=[award.row_id])
    assert decide in page(reviewer, award.get_absolute_url())
    chosen = {"decided_as": "市财政局局长", "case_1": str(nomination.row_id), "reasons_1": "各方都出了力。"}
    assert reviewer.post(decide, chosen).status_code == 302

    commendation = Commendation.objects.get()
    shown = page(client_of(), award.get_absolute_url())
    assert ("市财政局局长" in shown, commendation.get_absolute_url() in shown) == (True, True)
    assert send(client_of(citizen), "appeal", commendation, words="数据不实") == 302
    appeal = AwardAppeal.objects.get()
    assert "数据不实" in page(moderator, commendation.get_absolute_url())
    assert "数据不实" not in page(client_of(), commendation.get_absolute_url())
    assert send(moderator, "decide_appeal", appeal, outcome="rejected", reason="数据已核实") == 302
    assert "数据已核实" in page(client_of(), commendation.get_absolute_url())


def test_what_was_typed_comes_back_with_the_reason_of_a_refusal() -> None:
    award = make_award()
    make_task_in(RectificationTask.Status.VERIFIED)
    person = make_user(verified=False)
    nominate = reverse("participation:recognition:nominate", args=[award.row_id])
    task = RectificationTask.objects.get()
    data = {"task": str(task.row_id), "side": "", "reason": "写了很久的理由"}
    response = client_of(person).post(nominate, data)
    assert (response.status_code, "写了很久的理由" in response.content.decode()) == (403, True)


@pytest.mark.parametrize("language", ["", "/en"])
@pytest.mark.parametrize("path", ["", "board/", "people/"])
def test_public_pages_answer_everybody_in_both_languages(path: str, language: str) -> None:
    make_commendation()
    page(client_of(), f"{language}/recognition/{path}")


def test_the_count_is_shown_only_when_the_vote_has_closed() -> None:
    award = make_award()
    make_nomination(award)
    found = {}
    for stage in (Stage.VOTING, Stage.DECIDING):
        move_to(award, stage)
        found[stage] = client_of().get(award.get_absolute_url()).context["count"] is not None
    assert found == {Stage.VOTING: False, Stage.DECIDING: True}
