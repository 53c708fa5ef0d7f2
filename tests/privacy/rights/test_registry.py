"""A declaration finds the rows about somebody, and tells what becomes of each."""

from __future__ import annotations

import pytest
from django.db.models import Q

from participation.feedback.models import Feedback
from privacy.rights.registry import (
    Delete,
    Empty,
    Keep,
    PersonalData,
    about,
    declarations,
    nothing_personal,
    personal_data,
    personal_data_of,
)
from privacy.sealing.keys import Scope, Subject
from tests.factories import make_feedback, make_organisation, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]

SAID = PersonalData(
    "participation.Feedback",
    "Feedback",
    about("author", "organisation"),
    fields={"body": "What you said"},
    on_erasure=(Keep("published", of=Q(status="visible")), Empty("body")),
)


def test_rows_about_a_person_are_found_by_the_fields_that_name_them() -> None:
    mine = make_feedback()
    make_feedback()
    assert list(SAID.of(mine.author.sealing_subject())) == [mine]


def test_rows_about_an_organisation_are_found_too() -> None:
    said = make_feedback()
    organisation = make_organisation()
    Feedback.objects.filter(pk=said.pk).update(organisation=organisation)
    assert list(SAID.of(organisation.sealing_subject())) == [said]


def test_history_rows_are_found_even_when_the_row_is_gone() -> None:
    said = make_feedback()
    history = SAID.history_of(said.author.sealing_subject())
    said.delete()
    assert history is not None
    assert history.count() == 2


def test_each_row_has_the_first_way_that_matches_it() -> None:
    person = make_user()
    shown, hidden = make_feedback(acting_user=person), make_feedback(acting_user=person)
    Feedback.objects.filter(pk=hidden.pk).update(status="hidden")
    found = [(type(way), list(rows)) for way, rows in SAID.ways_for(SAID.of(person.sealing_subject()))]
    assert found == [(Keep, [shown]), (Empty, [hidden])]


def test_what_no_way_matches_is_deleted() -> None:
    person = make_user()
    hidden = make_feedback(acting_user=person)
    Feedback.objects.filter(pk=hidden.pk).update(status="hidden")
    only = PersonalData("participation.Feedback", "", about("author"), on_erasure=Keep("", of=Q(status="visible")))
    ways = [(type(way), list(rows)) for way, rows in only.ways_for(only.of(person.sealing_subject()))]
    assert ways == [(Keep, []), (Delete, [hidden])]


def test_words_come_from_the_declaration_or_the_model() -> None:
    assert SAID.words("body") == "What you said"
    assert SAID.words("status") == Feedback._meta.get_field("status").verbose_name


def test_sealed_fields_are_known() -> None:
    (phone,) = [one for one in personal_data() if "callback_phone" in one.names]
    assert phone.sealed_names == ("callback_phone", "sealed_passage")


def test_a_model_about_nobody_is_no_kind_of_personal_data() -> None:
    stage = nothing_personal("participation.Stage", "consultation kind")
    assert stage.context == ("consultation", "kind")
    assert not {one.model for one in personal_data()} & {"participation.Stage"}
    assert "participation.Stage" in {one.model for one in declarations()}


@pytest.mark.parametrize("scope", [Scope.CASE, Scope.PORTAL])
def test_cases_and_the_portal_itself_are_nobody(scope: Scope) -> None:
    kinds = [one for one, _rows in personal_data_of(Subject(scope.value, make_user().row_id)) if one.found is None]
    assert kinds == []
