"""The city's opinion maps: one that is closed, with its result, and one that takes answers."""

from __future__ import annotations

from datetime import datetime
from random import Random
from typing import Any

from django.db import transaction

from participation.deliberation.actions import (
    close_conversation,
    open_conversation,
    seed_statements,
    submit_statement,
)
from participation.deliberation.snapshots import draw
from participation.following.telling import of_the_past
from participation.models import Consultation, Conversation, MapParticipant, MapVote, OpinionMap, Side, Statement, User
from portal.demo.backdate import at, held_open
from portal.demo.city import City
from portal.demo.content import read

VALUES = {"+": 1, "-": -1, ".": 0}
STRAYS = 0.12
# People who have answered nothing yet, for whoever tries the demonstration.
TO_TRY = {"citizen", "unverified", "priya"}


def load_opinion_maps(city: City) -> None:
    for entry in read("opinion_maps")["maps"]:
        found = Consultation.objects.filter(title__contains=entry["consultation"]).order_by("-created").first()
        if found is not None and not Conversation.objects.filter(title=entry["title"]).exists():
            with transaction.atomic(), of_the_past(), held_open(found):
                _tell(city, found, entry)


def _tell(city: City, consultation: Consultation, entry: dict[str, Any]) -> None:
    keeper, rng = city.people["moderator"], Random(entry["title"])
    opened = city.calendar.on(entry["opened"])
    with at(opened, Conversation, Statement):
        conversation = open_conversation(
            consultation,
            **{name: entry[name] for name in ("title", "title_en", "purpose", "purpose_en")},
            acting_user=keeper,
        )
        texts = [(words, words_en) for words, words_en in entry["statements"]]
        statements = seed_statements(conversation, texts=texts, acting_user=keeper)
        people = _answer(city, conversation, statements, entry, opened, rng)
        for place, body in enumerate(entry.get("waiting", ())):
            author = people[place]
            submit_statement(conversation, body=body, standing=city.standing(author), acting_user=author)
    if "closed" in entry:
        with at(city.calendar.on(entry["closed"]), Conversation, OpinionMap):
            close_conversation(conversation, reason=entry["reason"], acting_user=keeper)
    else:
        draw(conversation)


def _answer(
    city: City,
    conversation: Conversation,
    statements: list[Statement],
    entry: dict[str, Any],
    opened: datetime,
    rng: Random,
) -> list[User]:
    """As many people as the entry says, each for the side they have taken there, with the answers of their camp."""
    left_out = {official["key"] for official in read("people")["officials"]} | TO_TRY
    people = [person for key, person in city.people.items() if key not in left_out][: entry["people"]]
    taken = dict(Side.objects.filter(consultation=conversation.consultation).values_list("person", "group"))
    sides = [Side(consultation=conversation.consultation, person=one, group=city.standing(one).group) for one in people]
    Side.objects.bulk_create(side for side in sides if side.person_id not in taken)
    participants = MapParticipant.objects.bulk_create(
        MapParticipant(
            conversation=conversation,
            person=person,
            number=1 + rng.randrange(2**31 - 1),
            stakeholder_group=taken.get(person.pk, city.standing(person).group),
            organisation=city.standing(person).organisation,
        )
        for person in people
    )
    MapVote.objects.bulk_create(
        MapVote(
            participant=participant,
            statement=statement,
            value=rng.choice((1, 0, -1)) if rng.random() < STRAYS else VALUES[camp[statement.number]],
            cast_at=opened,
        )
        for place, participant in enumerate(participants)
        for camp in (entry["camps"][place % len(entry["camps"])],)
        for statement in statements
        if rng.random() < entry["answers"]
    )
    return people
