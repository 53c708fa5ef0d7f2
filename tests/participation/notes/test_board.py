"""What the board of the moderators tells of private notes and of confidential parts: that they are there, not what."""

from __future__ import annotations

import re

import pytest
from django.test import Client
from django.urls import reverse

from participation.consultations.models import Consultation
from participation.notes.actions import add_note, remove_note
from participation.stakeholders.models import User
from privacy.access.models import AccessEvent
from tests.factories import make_consultation, make_evaluation, make_feedback, make_moderator, make_user
from tests.participation.stakeholders.confidential_input import KINDS, SECRET, WHY, handed_in

pytestmark = [pytest.mark.django_db, pytest.mark.both]

TEXT = "同一人已来过三次，先电话联系。"


def board(consultation: Consultation, user: User) -> str:
    client = Client()
    client.force_login(user)
    return str(client.get(reverse("participation:balance:board", args=[consultation.row_id])).content.decode())


def number_on(page: str, kind: str, said: object) -> str | None:
    address = reverse("participation:notes:page", args=[kind, said.row_id])  # type: ignore[attr-defined]
    found = re.search(rf'href="{address}".*?\((\d+)\)', page)
    return found and found[1]


def test_it_tells_how_many_notes_stand_on_each_input() -> None:
    consultation = make_consultation()
    noted, evaluation, bare = make_feedback(consultation), make_evaluation(consultation), make_feedback(consultation)
    for said in (noted, noted, evaluation):
        add_note(said, text=TEXT, acting_user=make_moderator())
    remove_note(add_note(bare, text=TEXT, acting_user=make_moderator()), reason="错", acting_user=make_moderator())
    page = board(consultation, make_moderator())
    numbers = number_on(page, "feedback", noted), number_on(page, "evaluation", evaluation)
    assert (*numbers, number_on(page, "feedback", bare)) == ("2", "1", "0")
    assert (TEXT in page, AccessEvent.objects.count()) == (False, 0)


def test_a_moderator_is_not_shown_the_way_to_notes_about_what_they_said_themselves() -> None:
    moderator, consultation = make_moderator(), make_consultation()
    mine = make_feedback(consultation, acting_user=moderator)
    add_note(mine, text=TEXT, acting_user=make_moderator())
    assert number_on(board(consultation, moderator), "feedback", mine) is None


@pytest.mark.parametrize("kind", KINDS)
def test_it_says_that_something_confidential_was_handed_in_and_opens_nothing(kind: str) -> None:
    said = handed_in(kind)
    page = board(said.consultation, make_moderator())
    assert (WHY in page, SECRET in page, AccessEvent.objects.count()) == (True, False, 0)


def test_the_board_is_for_moderators() -> None:
    consultation = make_consultation()
    client = Client()
    client.force_login(make_user())
    assert client.get(reverse("participation:balance:board", args=[consultation.row_id])).status_code == 403
