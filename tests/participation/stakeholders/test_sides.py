"""One person speaks for one side in a consultation."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from participation.consultations.stages import Deed, may, offer
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import standing_for
from participation.stakeholders.sides import Side, take_side
from portal.errors import NotAllowed
from tests.factories import make_consultation, make_evaluation, make_feedback, make_organisation, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]

CITIZEN, RESEARCH = StakeholderGroup.CITIZEN, StakeholderGroup.RESEARCH


def researcher() -> tuple[Any, Any]:
    person = make_user()
    organisation = make_organisation(RESEARCH, member=person)
    return person, standing_for(person, organisation.row_id)


def test_the_first_word_chooses_the_side() -> None:
    person, standing = researcher()
    consultation = make_consultation()
    make_feedback(consultation, acting_user=person, standing=standing)
    assert list(Side.objects.values_list("consultation", "person", "group")) == [
        (consultation.pk, person.pk, "research")
    ]


def test_another_side_is_refused_there_in_words_and_open_elsewhere() -> None:
    person, standing = researcher()
    consultation = make_consultation()
    make_feedback(consultation, acting_user=person)
    with pytest.raises(NotAllowed) as refused:
        make_feedback(consultation, acting_user=person, standing=standing)
    assert str(CITIZEN.label) in str(refused.value.message)
    assert make_feedback(acting_user=person, standing=standing).stakeholder_group == "research"


def test_a_form_offers_only_the_side_that_was_taken() -> None:
    person, standing = researcher()
    consultation = make_consultation()
    make_feedback(consultation, acting_user=person, standing=standing)
    found = offer(person, Deed.GIVE_FEEDBACK, consultation)
    assert [one.group for one in found.standings] == [RESEARCH]
    assert not may(person, Deed.POST_MESSAGE, consultation, group=CITIZEN).allowed


def test_an_evaluation_takes_the_side_too() -> None:
    consultation = make_consultation()
    evaluation = make_evaluation(consultation)
    with pytest.raises(NotAllowed):
        make_feedback(consultation, acting_user=evaluation.author)


def test_the_database_keeps_one_side_a_person_and_consultation() -> None:
    person, consultation = make_user(), make_consultation()
    Side.objects.create(consultation=consultation, person=person, group=CITIZEN)
    with pytest.raises(IntegrityError), transaction.atomic():
        Side.objects.create(consultation=consultation, person=person, group=RESEARCH)


@pytest.mark.django_db(transaction=True)
def test_of_two_first_words_at_once_one_side_wins() -> None:
    person, consultation = make_user(), make_consultation()
    outcomes: list[str] = []

    def speak(group: str) -> None:
        try:
            with transaction.atomic():
                take_side(type(person).objects.get(pk=person.pk), consultation, group)
            outcomes.append("taken")
        except NotAllowed:
            outcomes.append("refused")
        finally:
            connection.close()

    threads = [threading.Thread(target=speak, args=(group,)) for group in (CITIZEN, RESEARCH)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (sorted(outcomes), Side.objects.count()) == (["refused", "taken"], 1)
