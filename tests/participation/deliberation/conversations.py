"""Opinion maps with people in them, made by the actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from participation.consultations.models import Consultation
from participation.deliberation.actions import cast_vote, open_conversation, seed_statements, submit_statement
from participation.deliberation.models import Conversation, MapParticipant, MapVote, Statement
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.queries import Standing
from tests.factories import CITIZEN, make_consultation, make_moderator, make_organisation, make_user

SEEDS = ("先装电梯，再修外墙", "楼下应该多建停车位", "绿化的钱可以少花一些", "改造方案要先听居民的意见")


def make_conversation(
    consultation: Consultation | None = None, *, seeds: Sequence[str] = SEEDS, keeper: User | None = None, **fields: Any
) -> Conversation:
    keeper = keeper or make_moderator()
    values = {"title": "老旧小区先改什么？", "title_en": "What comes first?", "purpose": "请对每一句话表态。"}
    conversation = open_conversation(consultation or make_consultation(), **{**values, **fields}, acting_user=keeper)
    if seeds:
        seed_statements(conversation, texts=[(text, "") for text in seeds], acting_user=keeper)
    return conversation


def vote(statement: Statement, value: int, person: User, standing: Standing = CITIZEN) -> MapVote:
    return cast_vote(statement, value=value, standing=standing, acting_user=person)


def answer(
    conversation: Conversation, person: User, values: Sequence[int | None], standing: Standing = CITIZEN
) -> User:
    """Answer the statements in their order; None leaves one out."""
    for statement, value in zip(conversation.statements.all(), values, strict=False):
        if value is not None:
            vote(statement, value, person, standing)
    return person


def hand_in(conversation: Conversation, body: str = "地下车库应该先装充电桩", person: User | None = None) -> Statement:
    return submit_statement(conversation, body=body, standing=CITIZEN, acting_user=person or make_user())


def member_of(group: str) -> tuple[User, Standing]:
    person = make_user()
    organisation = make_organisation(group, member=person)
    return person, Standing(StakeholderGroup(group), organisation)


def answered(conversation: Conversation, camps: Sequence[Sequence[int]], group: str = "citizen") -> list[User]:
    """A new person for each camp, who has given these answers to the first statements. Written without the actions."""
    people = [make_user() for _camp in camps]
    participants = MapParticipant.objects.bulk_create(
        MapParticipant(conversation=conversation, person=person, number=person.pk * 7919, stakeholder_group=group)
        for person in people
    )
    statements = list(conversation.statements.all())
    MapVote.objects.bulk_create(
        MapVote(participant=participant, statement=statement, value=value)
        for participant, camp in zip(participants, camps, strict=True)
        for statement, value in zip(statements, camp, strict=False)
    )
    return people


# Two camps that agree on the last statement only.
CAMPS = ((1, -1, 1, 1), (-1, 1, -1, 1))


def two_camps(conversation: Conversation, each: int = 5) -> list[User]:
    """So many people of either opinion, who have answered everything."""
    return answered(conversation, [camp for camp in CAMPS for _person in range(each)])
