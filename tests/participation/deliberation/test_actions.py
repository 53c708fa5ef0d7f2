"""What is done to opinion maps: opening, statements, answers, excluding, closing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from participation.consultations.models import Stage, WayIn
from participation.deliberation.actions import (
    ban_participant,
    close_conversation,
    lift_ban,
    open_conversation,
    seed_statements,
)
from participation.deliberation.clock import close_ended
from participation.deliberation.models import Conversation, MapParticipant, MapVote, OpinionMap, Statement
from participation.deliberation.queries import statement_found
from participation.following.models import Announcement
from participation.moderation.actions import hide_item, lodge_appeal, show_item
from participation.stakeholders.models import StakeholderGroup
from portal.errors import Closed, Conflict, Invalid, NotAllowed, NotFound, SignInRequired
from privacy.log.models import PendingLeaf
from tests.factories import (
    CITIZEN,
    EVERY_GROUP,
    make_consultation,
    make_house_rule,
    make_moderator,
    make_officer,
    make_user,
)
from tests.participation.deliberation.conversations import (
    SEEDS,
    answer,
    hand_in,
    make_conversation,
    member_of,
    two_camps,
    vote,
)

pytestmark = pytest.mark.django_db


def leaves() -> list[str]:
    return [str(kind) for kind in PendingLeaf.objects.order_by("pk").values_list("kind", flat=True)]


# Opening ---------------------------------------------------------------------------------------------------------


def test_a_conversation_is_opened_with_statements_that_are_put_to_the_vote_at_once() -> None:
    conversation = make_conversation()
    assert list(conversation.statements.values_list("number", "body", "is_seed", "status")) == [
        (number, body, True, "visible") for number, body in enumerate(SEEDS)
    ]
    assert leaves()[-5:] == ["conversation.opened", *["statement.submitted"] * 4]


@pytest.mark.parametrize(
    ("who", "error"), [(make_user, NotAllowed), (lambda: None, SignInRequired)], ids=["citizen", "visitor"]
)
def test_only_those_who_keep_the_consultation_open_one(who: Any, error: Any) -> None:
    with pytest.raises(error):
        make_conversation(keeper=who() or None) if who() else open_conversation(
            make_consultation(),
            title="问",
            purpose="答",
            acting_user=None,  # type: ignore[arg-type]
        )


def test_an_officer_opens_one_for_the_own_department() -> None:
    from tests.factories import make_line

    line = make_line()
    consultation = make_consultation(release=line.release, department=line.department)
    assert make_conversation(consultation, keeper=make_officer(line.department)).pk
    with pytest.raises(NotAllowed):
        make_conversation(consultation, keeper=make_officer(make_line().department))


@pytest.mark.parametrize(
    "consultation",
    [
        lambda: make_consultation(ways_in=[(WayIn.Way.FEEDBACK, group) for group in EVERY_GROUP]),
        lambda: make_consultation(stage=Stage.Kind.BALANCE),
    ],
    ids=["another way in", "no longer open"],
)
def test_a_consultation_without_this_way_or_after_its_input_has_no_new_map(consultation: Any) -> None:
    with pytest.raises(Closed):
        make_conversation(consultation())


# Statements ------------------------------------------------------------------------------------------------------


def test_a_statement_of_a_citizen_waits_for_a_moderator_and_is_then_put_to_the_vote() -> None:
    conversation, author, moderator = make_conversation(), make_user(), make_moderator()
    statement = hand_in(conversation, person=author)
    assert (statement.status, statement.number, statement.public_name) == ("held", 4, "一位市民")
    with pytest.raises(NotFound):
        vote(statement, 1, make_user())
    show_item(statement, reason="", acting_user=moderator)
    assert vote(statement, 1, make_user()).value == 1
    told = Announcement.objects.filter(subject="statement").values_list("kind", "words__step")
    assert list(told) == [("moderated", "released")]


def test_a_refused_statement_cites_a_rule_and_its_author_may_appeal() -> None:
    statement = hand_in(make_conversation())
    decision = hide_item(statement, rule=make_house_rule(), reason="与预算无关", acting_user=make_moderator())
    assert (decision.item, statement_found(statement.author, statement.row_id).is_hidden) == (statement, True)
    with pytest.raises(NotFound):
        statement_found(make_user(), statement.row_id)
    assert lodge_appeal(decision, words="有关", acting_user=statement.author).pk
    assert leaves()[-3:] == ["statement.hidden", "decision.made", "appeal.lodged"]


@pytest.mark.parametrize("body", [SEEDS[0], f" {SEEDS[0]}。", "先装电梯,再修外墙!"], ids=["same", "blanks", "signs"])
def test_the_same_sentence_is_not_taken_twice(body: str) -> None:
    with pytest.raises(Conflict) as refusal:
        hand_in(make_conversation(), body)
    assert refusal.value.data["number"] == 0


@pytest.mark.parametrize("body", ["", "  ", "长" * 141], ids=["nothing", "blank", "too long"])
def test_a_statement_has_between_1_and_140_characters(body: str) -> None:
    with pytest.raises(Invalid):
        hand_in(make_conversation(), body)
    assert Statement.objects.count() == len(SEEDS)


# Answers ---------------------------------------------------------------------------------------------------------


@pytest.mark.both
def test_an_answer_can_be_changed_and_is_there_once() -> None:
    conversation, person = make_conversation(), make_user()
    statement = conversation.statements.all()[0]
    for value in (1, 1, -1):
        vote(statement, value, person)
    assert list(MapVote.objects.values_list("value", flat=True)) == [-1]
    assert MapParticipant.objects.get().stakeholder_group == "citizen"


def test_one_person_answers_for_one_side() -> None:
    conversation = make_conversation()
    person, standing = member_of(StakeholderGroup.ENTERPRISE)
    answer(conversation, person, [1], standing)
    with pytest.raises(NotAllowed):
        answer(conversation, person, [1], CITIZEN)


@pytest.mark.parametrize("value", [2, -2, 7])
def test_there_are_three_answers(value: int) -> None:
    with pytest.raises(Invalid):
        vote(make_conversation().statements.all()[0], value, make_user())


def test_nobody_answers_when_the_consultation_takes_no_input() -> None:
    conversation = make_conversation(make_consultation(stage=Stage.Kind.ANNOUNCED))
    with pytest.raises(Closed):
        vote(conversation.statements.all()[0], 1, make_user())


@pytest.mark.parametrize("deed", [hand_in, lambda conversation: vote(conversation.statements.all()[0], 1, make_user())])
def test_nothing_is_taken_after_the_end(deed: Any) -> None:
    conversation, keeper = make_conversation(), make_moderator()
    close_conversation(conversation, reason="够了", acting_user=keeper)
    for late in (deed, lambda one: seed_statements(one, texts=[("晚了", "")], acting_user=keeper)):
        with pytest.raises(Closed):
            late(Conversation.objects.get(pk=conversation.pk))


# Excluding -------------------------------------------------------------------------------------------------------


def test_what_an_excluded_person_answered_is_not_counted() -> None:
    conversation, keeper = make_conversation(), make_moderator()
    people = two_camps(conversation, each=3)
    participant = conversation.participants.get(person=people[0])
    ban_participant(participant, reason="用两个账号投票", acting_user=keeper)
    with pytest.raises(NotAllowed):
        vote(conversation.statements.all()[0], 1, people[0])
    result = close_conversation(conversation, reason="时间到", acting_user=keeper)
    assert (result.participants, result.votes, str(participant.number) in result.result["participants"]) == (
        5,
        20,
        False,
    )


def test_nobody_excludes_themselves_or_anybody_twice() -> None:
    keeper = make_moderator()
    conversation = make_conversation(keeper=keeper)
    for person in (keeper, make_user()):
        answer(conversation, person, [1])
    own, other = conversation.participants.get(person=keeper), conversation.participants.exclude(person=keeper).get()
    with pytest.raises(NotAllowed):
        ban_participant(own, reason="我", acting_user=keeper)
    ban_participant(other, reason="捣乱", acting_user=keeper)
    with pytest.raises(Conflict):
        ban_participant(other, reason="捣乱", acting_user=keeper)


def test_a_lifted_exclusion_lets_the_answers_count_again() -> None:
    conversation, keeper = make_conversation(), make_moderator()
    people = two_camps(conversation, each=3)
    ban = ban_participant(conversation.participants.get(person=people[0]), reason="用两个账号投票", acting_user=keeper)
    for lifter in (make_user(), people[0]):
        with pytest.raises(NotAllowed):
            lift_ban(ban, reason="不是他", acting_user=lifter)
    with pytest.raises(Invalid):
        lift_ban(ban, reason=" ", acting_user=keeper)
    lift_ban(ban, reason="是同住的家人", acting_user=keeper)
    with pytest.raises(Conflict):
        lift_ban(ban, reason="再一次", acting_user=keeper)
    assert leaves()[-2:] == ["conversation.banned", "conversation.ban_lifted"]
    vote(conversation.statements.all()[0], -1, people[0])
    result = close_conversation(conversation, reason="时间到", acting_user=keeper)
    assert (result.participants, result.votes) == (6, 24)


def test_somebody_who_was_let_in_again_can_be_excluded_again() -> None:
    conversation, keeper = make_conversation(), make_moderator()
    answer(conversation, make_user(), [1])
    participant = conversation.participants.get()
    lift_ban(ban_participant(participant, reason="捣乱", acting_user=keeper), reason="弄错了", acting_user=keeper)
    ban_participant(participant, reason="又捣乱", acting_user=keeper)
    assert list(participant.bans.in_force().values_list("reason", flat=True)) == ["又捣乱"]


def test_a_map_takes_as_many_people_and_statements_as_it_can(monkeypatch: pytest.MonkeyPatch) -> None:
    conversation, known = make_conversation(), make_user()
    answer(conversation, known, [1])
    monkeypatch.setattr("participation.deliberation.actions.PEOPLE_MOST", 1)
    monkeypatch.setattr("participation.deliberation.actions.STATEMENTS_MOST", len(SEEDS))
    answer(conversation, known, [-1])
    for deed in (lambda: answer(conversation, make_user(), [1]), lambda: hand_in(conversation, person=known)):
        with pytest.raises(Closed, match="further"), translation.override("en"):
            deed()


# Closing ---------------------------------------------------------------------------------------------------------


@pytest.mark.both
def test_closing_publishes_the_hashes_of_what_was_counted_and_drawn() -> None:
    conversation = make_conversation()
    two_camps(conversation)
    result = close_conversation(conversation, reason="时间到", acting_user=make_moderator())
    assert (result.is_final, result.participants, result.votes, result.result["k"]) == (True, 10, 40, 2)
    published = PendingLeaf.objects.get(kind="opinion_map.published")
    assert leaves()[-2:] == ["conversation.closed", "opinion_map.published"]
    assert published is not None


@pytest.mark.parametrize(
    ("who", "error"), [(make_user, NotAllowed), (make_moderator, Invalid)], ids=["citizen", "no reason"]
)
def test_closing_early_is_for_its_keepers_and_needs_a_reason(who: Any, error: Any) -> None:
    with pytest.raises(error):
        close_conversation(make_conversation(), acting_user=who())


def test_a_map_is_closed_when_its_consultation_takes_no_input_any_more() -> None:
    going_on, over = make_conversation(), make_conversation()
    begun = Stage.objects.filter(consultation=over.consultation, kind=Stage.Kind.BALANCE)
    begun.update(starts_at=timezone.now() - timedelta(minutes=1))
    close_ended()
    assert list(OpinionMap.objects.values_list("conversation", flat=True)) == [over.pk]
    going_on.refresh_from_db()
    assert going_on.closed_at is None


def test_an_empty_conversation_has_an_empty_result() -> None:
    result = close_conversation(make_conversation(seeds=()), reason="没人来", acting_user=make_moderator())
    assert (result.participants, result.votes, result.result["k"], result.result["groups"]) == (0, 0, 0, [])
