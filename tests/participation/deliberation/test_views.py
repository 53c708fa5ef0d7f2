"""The pages of opinion maps: answering, handing in, the result, and those who keep them."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from participation.consultations.models import Stage, WayIn
from participation.deliberation.actions import close_conversation
from participation.deliberation.models import Conversation, MapBan, MapVote, Statement
from participation.deliberation.snapshots import draw
from participation.moderation.queries import queue_of
from participation.stakeholders.models import StakeholderGroup, User
from tests.factories import make_consultation, make_house_rule, make_line, make_moderator, make_officer, make_user
from tests.participation.deliberation.conversations import (
    SEEDS,
    answer,
    hand_in,
    make_conversation,
    member_of,
    two_camps,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def at(name: str, conversation: Conversation, *more: Any) -> str:
    return reverse(f"participation:deliberation:{name}", args=[conversation.row_id, *more])


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


def sent(statement: Statement, value: int = 1, **more: str) -> dict[str, Any]:
    return {"statement": str(statement.row_id), "value": str(value), **more}


# Answering -------------------------------------------------------------------------------------------------------


def test_a_visitor_reads_a_statement_and_is_asked_to_sign_in() -> None:
    conversation = make_conversation()
    html = page(Client(), at("detail", conversation))
    assert (any(words in html for words in SEEDS), "Sign in to answer" in html, 'name="value"' in html) == (
        *(True, True, False),
    )
    assert Client().post(at("vote", conversation), sent(conversation.statements.all()[0])).status_code == 401


def test_an_answer_leads_to_the_next_statement_without_scripts_and_with_them() -> None:
    conversation, person = make_conversation(), make_user()
    client, (first, second, *_rest) = signed_in(person), conversation.statements.all()
    plain = client.post(at("vote", conversation), sent(first))
    assert (plain.status_code, plain["Location"]) == (302, f"{at('detail', conversation)}#vote")
    swapped = client.post(at("vote", conversation), sent(second, -1), headers={"HX-Request": "true"})
    html = swapped.content.decode()
    assert (swapped.status_code, "You have answered 2 of 4 statements." in html, "<html" in html) == (200, True, False)
    assert list(MapVote.objects.order_by("pk").values_list("value", flat=True)) == [1, -1]


def test_answers_are_changed_on_the_own_page_that_nobody_else_sees() -> None:
    conversation, person = make_conversation(), make_user()
    answer(conversation, person, [1])
    client, statement = signed_in(person), conversation.statements.all()[0]
    response = client.post(at("vote", conversation), sent(statement, 0, after="mine"))
    assert response["Location"] == at("mine", conversation)
    assert SEEDS[0] in page(client, at("mine", conversation))
    assert SEEDS[0] not in page(signed_in(make_user()), at("mine", conversation))
    assert MapVote.objects.get().value == 0


@pytest.mark.parametrize("value", ["5", "", "x"])
def test_what_is_no_answer_is_refused(value: str) -> None:
    conversation = make_conversation()
    data = {"statement": str(conversation.statements.all()[0].row_id), "value": value}
    assert signed_in(make_user()).post(at("vote", conversation), data).status_code == 400
    assert MapVote.objects.count() == 0


def test_a_statement_of_another_map_is_not_found() -> None:
    conversation, other = make_conversation(), make_conversation()
    response = signed_in(make_user()).post(at("vote", conversation), sent(other.statements.all()[0]))
    assert response.status_code == 404


def test_a_member_of_an_organisation_chooses_for_whom_to_answer_once() -> None:
    conversation = make_conversation()
    person, standing = member_of(StakeholderGroup.ENTERPRISE)
    client, statements = signed_in(person), conversation.statements.all()
    assert 'type="radio"' in page(client, at("detail", conversation))
    client.post(at("vote", conversation), sent(statements[0], organisation=standing.key))
    assert 'type="radio"' not in page(client, at("detail", conversation))
    client.post(at("vote", conversation), sent(statements[1]))
    participant = conversation.participants.get()
    assert (participant.stakeholder_group, participant.votes.count()) == ("enterprise", 2)


# Statements ------------------------------------------------------------------------------------------------------


def test_what_says_much_the_same_is_pointed_out_before_a_statement_is_taken() -> None:
    conversation = make_conversation(seeds=("老旧小区先装电梯，再修外墙和屋顶",))
    client, url = signed_in(make_user()), at("new_statement", conversation)
    typed = {"body": "老旧小区先装电梯，再修外墙和管道"}
    html = client.post(url, typed).content.decode()
    assert ("再修外墙和屋顶" in html, "再修外墙和管道" in html, Statement.objects.count()) == (True, True, 1)
    response = client.post(url, {**typed, "is_new": "on"})
    statement = Statement.objects.get(is_seed=False)
    assert (response["Location"], statement.status) == (statement.get_absolute_url(), "held")


def test_a_statement_that_waits_is_read_by_its_author_and_moderators_only() -> None:
    statement = hand_in(make_conversation())
    url = statement.get_absolute_url()
    readers = {"author": statement.author, "moderator": make_moderator(), "other": make_user()}
    found = {name: signed_in(person).get(url).status_code for name, person in readers.items()}
    assert (found, Client().get(url).status_code) == ({"author": 200, "moderator": 200, "other": 404}, 404)
    assert statement.body in page(signed_in(statement.author), at("detail", statement.conversation))
    assert [task.item for task in queue_of(readers["moderator"]).held] == [statement]


# The result ------------------------------------------------------------------------------------------------------


def test_the_result_is_kept_back_until_somebody_has_answered_enough_or_the_end() -> None:
    conversation = make_conversation()
    people = two_camps(conversation)
    draw(conversation)
    shown = "What all groups agree on"
    newcomer = answer(conversation, make_user(), [1, 1, 1])
    assert shown in page(signed_in(people[0]), at("result", conversation))
    for client in (signed_in(newcomer), Client(), signed_in(make_moderator())):
        assert shown not in page(client, at("result", conversation))
    close_conversation(conversation, reason="时间到", acting_user=make_moderator())
    html = page(Client(), at("result", conversation))
    assert (shown in html, "votes.csv" in html) == (True, True)


def test_the_own_place_is_told() -> None:
    conversation = make_conversation()
    people = two_camps(conversation)
    draw(conversation)
    assert "You answer much like group A" in page(signed_in(people[0]), at("result", conversation))


@pytest.mark.parametrize("each", [2, 5], ids=["four people", "ten people"])
def test_files_are_there_after_the_end_and_for_five_people_at_least(each: int) -> None:
    conversation = make_conversation()
    two_camps(conversation, each=each)
    names = ["votes.csv", "comments.csv", "participants-votes.csv", "stakeholders.csv", "result.json"]

    def status() -> set[int]:
        return {Client().get(at("file", conversation, name)).status_code for name in names}

    assert status() == {404}
    close_conversation(conversation, reason="时间到", acting_user=make_moderator())
    assert status() == ({200} if each == 5 else {404})
    assert Client().get(at("file", conversation, "people.csv")).status_code == 404


def test_a_map_of_a_consultation_nobody_sees_is_not_found() -> None:
    conversation = make_conversation()
    conversation.consultation.stages.all().delete()
    found = {name: Client().get(at(name, conversation)).status_code for name in ("detail", "result", "mine", "keep")}
    assert set(found.values()) == {404}


@pytest.mark.both
def test_maps_are_found_from_consultations_and_the_list() -> None:
    conversation = make_conversation()
    url = conversation.get_absolute_url()
    assert url in page(Client(), conversation.consultation.get_absolute_url())
    assert url in page(Client(), reverse("participation:deliberation:index"))
    assert reverse("participation:deliberation:index") in page(Client(), reverse("participation:consultations:index"))


@pytest.mark.parametrize("people", [2, 12])
def test_a_result_asks_the_same_number_of_questions_whatever_its_size(
    people: int, django_assert_max_num_queries: Any
) -> None:
    conversation = make_conversation()
    two_camps(conversation, each=people)
    close_conversation(conversation, reason="时间到", acting_user=make_moderator())
    with django_assert_max_num_queries(12):
        page(Client(), at("result", conversation))


# Those who keep it -----------------------------------------------------------------------------------------------


def test_a_moderator_opens_a_map_and_writes_the_first_statements() -> None:
    consultation, client = make_consultation(), signed_in(make_moderator())
    typed = {"consultation": str(consultation.row_id), "title": "先改什么？", "purpose": "请表态"}
    response = client.post(reverse("participation:deliberation:new"), typed)
    conversation = Conversation.objects.get()
    assert response["Location"] == at("keep", conversation)
    client.post(at("act", conversation, "seed"), {"seed-texts": "先装电梯 | Lifts first\n\n多建停车位"})
    assert list(conversation.statements.values_list("body", "body_en")) == [
        ("先装电梯", "Lifts first"),
        ("多建停车位", ""),
    ]


@pytest.mark.parametrize(
    "consultation",
    [
        lambda: make_consultation(ways_in=[(WayIn.Way.FEEDBACK, "citizen")]),
        lambda: make_consultation(stage=Stage.Kind.FOLLOW_UP),
    ],
    ids=["another way in", "over"],
)
def test_a_form_that_is_refused_keeps_what_was_typed(consultation: Any) -> None:
    typed = {"consultation": str(consultation().row_id), "title": "先改什么？", "purpose": "请表态"}
    response = signed_in(make_moderator()).post(reverse("participation:deliberation:new"), typed)
    assert (response.status_code in (400, 409), "先改什么？" in response.content.decode()) == (True, True)
    assert Conversation.objects.count() == 0


def test_a_moderator_accepts_and_refuses_statements() -> None:
    conversation, client = make_conversation(), signed_in(make_moderator())
    good, bad = hand_in(conversation), hand_in(conversation, "隔壁老王家违建，快去拆")
    client.post(at("act", conversation, "accept"), {"statement": str(good.row_id)})
    refused = {"statement": str(bad.row_id), f"refuse-{bad.number}-rule": str(make_house_rule().row_id)}
    url = at("act", conversation, "refuse")
    assert client.post(url, refused).status_code == 400
    client.post(url, {**refused, f"refuse-{bad.number}-reason": "说事，不点名"})
    assert list(conversation.statements.filter(is_seed=False).values_list("status", flat=True)) == ["visible", "hidden"]


def test_what_still_waits_when_the_map_is_closed_stays_unpublished_and_can_be_refused() -> None:
    conversation, client = make_conversation(), signed_in(make_moderator())
    late = hand_in(conversation)
    close_conversation(conversation, reason="时间到", acting_user=make_moderator())
    assert "Put it to the vote" not in page(client, at("keep", conversation))
    asked = {"statement": str(late.row_id)}
    assert client.post(at("act", conversation, "accept"), asked).status_code == 409
    late.refresh_from_db()
    assert late.status == "held"
    refused = {f"refuse-{late.number}-rule": str(make_house_rule().row_id), f"refuse-{late.number}-reason": "广告"}
    assert client.post(at("act", conversation, "refuse"), {**asked, **refused}).status_code == 302


def test_a_moderator_excludes_the_author_of_a_statement_and_closes_the_map() -> None:
    conversation, client = make_conversation(), signed_in(make_moderator())
    statement = hand_in(conversation)
    sent_ban = {"ban-statement": str(statement.row_id), "ban-reason": "用多个账号"}
    assert client.post(at("act", conversation, "ban"), sent_ban).status_code == 302
    assert MapBan.objects.get().participant.person == statement.author
    assert "用多个账号" in page(signed_in(statement.author), at("detail", conversation))
    lift = f"lift-{MapBan.objects.get().row_id}-reason"
    asked = {"ban": str(MapBan.objects.get().row_id)}
    assert client.post(at("act", conversation, "lift"), {**asked, lift: ""}).status_code == 400
    assert client.post(at("act", conversation, "lift"), {**asked, lift: "是家人"}).status_code == 302
    assert "是家人" in page(client, at("keep", conversation))
    assert "用多个账号" not in page(signed_in(statement.author), at("detail", conversation))
    assert client.post(at("act", conversation, "lift"), {"ban": str(statement.row_id)}).status_code == 404
    assert client.post(at("act", conversation, "close"), {"close-reason": ""}).status_code == 400
    assert client.post(at("act", conversation, "close"), {"close-reason": "时间到"}).status_code == 302
    assert "This opinion map is closed" in page(Client(), at("detail", conversation))


def test_an_officer_keeps_the_maps_of_the_own_department_and_does_not_moderate() -> None:
    line = make_line()
    consultation = make_consultation(release=line.release, department=line.department)
    conversation, statement = make_conversation(consultation), None
    statement = hand_in(conversation)
    client = signed_in(make_officer(line.department))
    assert "Put it to the vote" not in page(client, at("keep", conversation))
    refused = client.post(at("act", conversation, "accept"), {"statement": str(statement.row_id)})
    assert refused.status_code == 403
    assert signed_in(make_officer(make_line().department)).get(at("keep", conversation)).status_code == 403


@pytest.mark.parametrize("client", [Client, lambda: signed_in(make_user())], ids=["visitor", "citizen"])
def test_nobody_else_comes_to_the_page_of_those_who_keep_it(client: Any) -> None:
    conversation = make_conversation()
    found = {
        client().get(at("keep", conversation)).status_code,
        client().post(at("act", conversation, "close")).status_code,
    }
    assert found in ({401}, {403})
