"""What a moderator does without leaving the page: by frames, through the same actions as on the pages."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth.models import AnonymousUser

from participation.consultations.models import Consultation
from participation.discussion.actions import post_message
from participation.discussion.deeds import change
from participation.discussion.frames import INCOMING
from participation.discussion.models import Event, Mute, Room
from participation.discussion.queries import frames_since
from participation.moderation.models import Decision
from participation.stakeholders.models import User
from portal.errors import GongzhiError, Invalid, NotAllowed, NotFound
from privacy.history.queries import history_of
from tests.factories import CITIZEN, make_consultation, make_house_rule, make_moderator, make_user
from tests.log_entries import entry

pytestmark = pytest.mark.django_db


@pytest.fixture
def consultation() -> Consultation:
    return make_consultation()


def said(consultation: Consultation, body: str = "一") -> Event:
    return post_message(consultation, body=body, client_id=uuid4(), standing=CITIZEN, acting_user=make_user())[0]


def moderate(room: Room | None, deed: str, person: User | None = None, **fields: Any) -> tuple[int, bool]:
    frame: Any = INCOMING.validate_python(
        {"type": "moderate", "cid": str(uuid4()), "deed": deed, "reason": "太吵", **fields}
    )
    return change(frame, room, person or make_moderator())


def test_hiding_cites_a_rule_and_readers_see_its_number(consultation: Consultation) -> None:
    message, rule = said(consultation, "某某住在三栋"), make_house_rule(number=3)
    assert moderate(message.room, "hide", seq=1, rule=3) == (2, False)
    shown = frames_since(AnonymousUser(), consultation, 0)
    assert [(frame["body"], frame["hidden_rule"], frame["hidden_reason"]) for frame in shown] == [
        ("", 3, ""),
        ("", 3, ""),
    ]
    decision = Decision.objects.get()
    assert (decision.rule, decision.reason, entry(record_ref=decision.row_id).kind) == (rule, "太吵", "decision.made")


def test_what_was_hidden_from_the_page_is_shown_from_the_page(consultation: Consultation) -> None:
    message, _rule = said(consultation), make_house_rule(number=3)
    moderate(message.room, "hide", seq=1, rule=3)
    assert moderate(message.room, "restore", seq=1) == (3, False)
    message.refresh_from_db()
    assert not message.is_hidden


@pytest.mark.parametrize("rule", [None, 9], ids=["no-rule", "no-such-rule"])
def test_hiding_without_a_rule_in_force_is_refused(consultation: Consultation, rule: int | None) -> None:
    message = said(consultation)
    with pytest.raises(Invalid) as refused:
        moderate(message.room, "hide", seq=1, rule=rule)
    assert refused.value.data["field"] == "rule"


@pytest.mark.parametrize(
    ("deed", "fields", "expected"),
    [
        ("lock", {}, {"is_locked": True, "slow_seconds": 0, "holds": ""}),
        ("slow", {"seconds": 30}, {"is_locked": False, "slow_seconds": 30, "holds": ""}),
        ("hold", {"holds": "links"}, {"is_locked": False, "slow_seconds": 0, "holds": "links"}),
    ],
)
def test_the_rules_of_the_room_change_one_at_a_time(
    consultation: Consultation, deed: str, fields: dict[str, Any], expected: dict[str, Any]
) -> None:
    room = said(consultation).room
    assert moderate(room, deed, **fields) == (2, False)
    event = room.events.get(seq=2)
    assert (event.rules, event.body, entry(record_ref=event.row_id).kind) == (expected, "太吵", "discussion.rules")


def test_somebody_is_asked_to_be_silent_and_the_number_is_of_the_message(consultation: Consultation) -> None:
    message = said(consultation)
    assert moderate(message.room, "mute", seq=1, hours=2) == (1, False)
    mute = Mute.objects.get()
    assert (mute.person, mute.reason, len(history_of(mute))) == (message.actor, "太吵", 1)


def test_an_announcement_is_a_message_of_the_moderator_and_said_once(consultation: Consultation) -> None:
    room, moderator, cid = said(consultation).room, make_moderator(), str(uuid4())
    first, again = (moderate(room, "announce", moderator, cid=cid, body="明天开会") for _number in range(2))
    assert (first, again) == ((2, False), (2, True))
    event = room.events.get(seq=2)
    assert (event.form, event.body, event.actor) == ("announcement", "明天开会", moderator)


DEEDS = ["pin", "unpin", "lock", "unlock", "slow", "hold", "mute", "hide", "restore", "announce"]


@pytest.mark.parametrize("deed", DEEDS)
def test_whoever_is_no_moderator_does_none_of_it(consultation: Consultation, deed: str) -> None:
    message, _rule = said(consultation), make_house_rule(number=3)
    with pytest.raises(NotAllowed):
        moderate(message.room, deed, make_user(), seq=1, rule=3, body="一")
    assert Event.objects.count() == 1


@pytest.mark.parametrize(("deed", "error"), [("lock", NotFound), ("hide", NotFound)])
def test_where_nobody_has_spoken_there_is_nothing_to_moderate(deed: str, error: type[GongzhiError]) -> None:
    with pytest.raises(error):
        moderate(None, deed, seq=1)


def test_a_number_that_is_no_message_is_refused(consultation: Consultation) -> None:
    with pytest.raises(Invalid):
        moderate(said(consultation).room, "pin", seq=7)
