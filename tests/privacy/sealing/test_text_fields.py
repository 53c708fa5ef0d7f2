"""Sealed text through the less common doors of the ORM."""

from __future__ import annotations

import copy
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, models, transaction
from django.db.models import Count, F
from django.db.models.functions import Length
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.sealing import ring
from privacy.sealing.errors import Shredded, Tampered
from privacy.sealing.fields import SealedTextField
from privacy.sealing.opening import unrecorded
from tests.privacy.sealing.columns import store, stored
from tests.specimens.models import Dossier, DossierPage

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def make_dossier(**fields: Any) -> Dossier:
    return Dossier.objects.create(**{"note": "note", **fields})


def reread(dossier: Dossier) -> Dossier:
    return Dossier.objects.get(pk=dossier.pk)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\x00"), min_size=1))
def test_any_text_survives(text: str) -> None:
    dossier = make_dossier(note=text, standing=text)
    assert (reread(dossier).note, reread(dossier).standing) == (text, text)


@pytest.mark.parametrize("text", ["a\x00b", "\x00", pytest.param("\ud800", id="half a character")])
def test_text_that_a_database_would_refuse_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"dossier\.note") as refusal, transaction.atomic():
        make_dossier(note=text)
    assert refusal.value.__suppress_context__ or text not in str(refusal.value)


# Padding --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("text", "padded"), [("a", 16), ("已婚", 16), ("x" * 16, 16), ("x" * 17, 32)])
def test_padded_values_of_a_size_look_alike(text: str, padded: int) -> None:
    dossier = make_dossier(standing=text)
    assert len(stored(dossier, "standing") or b"") == 2 + 16 + 12 + padded + 16
    assert reread(dossier).standing == text


def test_what_was_sealed_without_padding_reads_the_same() -> None:
    dossier = make_dossier()
    place = Dossier._meta.get_field("standing").context(dossier)  # type: ignore[union-attr]
    store(dossier, "standing", ring.seal(b"married", dossier.sealing_subject(), place))
    assert reread(dossier).standing == "married"


def test_what_was_sealed_with_padding_reads_the_same_without() -> None:
    dossier = make_dossier()
    place = Dossier._meta.get_field("note").context(dossier)  # type: ignore[union-attr]
    store(dossier, "note", ring.seal(b"married\x00\x00", dossier.sealing_subject(), place))
    assert reread(dossier).note == "married"


@pytest.mark.parametrize("pad_to", [0, -1, "16"])
def test_padding_that_cannot_be_is_found_by_the_check(pad_to: Any) -> None:
    field = SealedTextField(pad_to=pad_to)
    field.set_attributes_from_name("note")
    field.model = Dossier
    assert [found.id for found in field.check()] == ["privacy.E004"]


# Loading --------------------------------------------------------------------------------------------


def test_only_loads_the_value_when_asked_for(django_assert_num_queries: Any) -> None:
    dossier = Dossier.objects.only("row_id").get(pk=make_dossier().pk)
    with django_assert_num_queries(1), unrecorded():
        assert dossier.note == "note"


def test_a_deferred_value_stays_as_it_is_when_the_rest_is_saved() -> None:
    before = stored(made := make_dossier(), "note")
    dossier = Dossier.objects.defer("note").get(pk=made.pk)
    dossier.title = "renamed"
    dossier.save()
    assert (stored(made, "note"), "note" in dossier.get_deferred_fields()) == (before, True)


def test_a_value_assigned_to_a_deferred_field_is_saved() -> None:
    dossier = Dossier.objects.defer("note").get(pk=make_dossier().pk)
    dossier.note = "new"
    dossier.save()
    assert reread(dossier).note == "new"


def test_refreshing_one_field_takes_what_the_database_holds() -> None:
    dossier, other = make_dossier(), None
    other = reread(dossier)
    other.note = "new"
    other.save()
    dossier.title = "mine"
    dossier.refresh_from_db(fields=["note"])
    assert (dossier.note, dossier.title) == ("new", "mine")


def test_values_of_related_rows_are_bound_to_their_own_row(django_assert_num_queries: Any) -> None:
    page = DossierPage.objects.create(dossier=make_dossier(), text="page")
    with django_assert_num_queries(1):
        found = DossierPage.objects.select_related("dossier").get(pk=page.pk)
    assert (found.text, found.dossier.note) == ("page", "note")


def test_an_annotation_of_a_sealed_column_stays_closed() -> None:
    page = DossierPage.objects.create(dossier=make_dossier(), text="page")
    found = DossierPage.objects.annotate(taken=F("dossier__note")).get(pk=page.pk)
    assert str(found.taken) == "[sealed]"


def test_the_length_of_a_ciphertext_is_all_that_a_function_sees() -> None:
    make_dossier()
    found = Dossier.objects.annotate(length=Length("note", output_field=models.IntegerField())).get()
    assert found.length == 2 + 16 + 12 + 4 + 16


def test_rows_can_be_counted_by_whether_there_is_a_value() -> None:
    make_dossier()
    make_dossier(note=None)
    assert Dossier.objects.aggregate(held=Count("note")) == {"held": 1}


# Writing --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("expression", [F("title"), models.Value("x"), Length("title")])
def test_an_expression_is_refused(expression: Any) -> None:
    with pytest.raises(TypeError):
        Dossier(note=expression)


def test_copying_one_column_over_another_in_the_database_is_refused_on_reading() -> None:
    dossier = make_dossier(secret="secret")
    Dossier.objects.update(note=F("secret"))
    with pytest.raises(Tampered):
        reread(dossier).note  # noqa: B018


def test_get_or_create_takes_text_among_the_defaults_only() -> None:
    name = uuid4()
    made, is_new = Dossier.objects.get_or_create(about=name, defaults={"note": "note"})
    assert (is_new, reread(made).note) == (True, "note")
    with pytest.raises(TypeError):
        Dossier.objects.get_or_create(note="note")


def test_update_or_create_seals() -> None:
    dossier = make_dossier()
    Dossier.objects.update_or_create(pk=dossier.pk, defaults={"note": "new"})
    assert reread(dossier).note == "new"


def test_saving_one_field_leaves_the_others() -> None:
    dossier = make_dossier(secret="secret")
    before = stored(dossier, "secret")
    dossier.note = "new"
    dossier.save(update_fields=["note"])
    assert (reread(dossier).note, stored(dossier, "secret")) == ("new", before)


def test_bulk_update_of_a_value_from_another_row_is_refused_on_reading() -> None:
    dossier, other = make_dossier(), make_dossier(note="other")
    dossier.note = reread(other).note
    Dossier.objects.bulk_update([dossier], ["note"])
    with pytest.raises(Tampered):
        reread(dossier).note  # noqa: B018


def test_a_saved_value_from_another_row_may_be_updated_in_bulk() -> None:
    dossier, other = make_dossier(), make_dossier(note="other")
    dossier.note = reread(other).note
    dossier.save()
    Dossier.objects.bulk_update([dossier], ["note"])
    assert reread(dossier).note == "other"


def test_a_copy_of_a_row_reads_as_its_original() -> None:
    dossier = reread(make_dossier())
    for copied in (copy.copy(dossier), copy.deepcopy(dossier)):
        assert copied.note == "note"


def test_a_copy_saved_as_a_new_row_does_not_take_the_ciphertext_along() -> None:
    copied = reread(make_dossier())
    copied.pk, copied.row_id, copied._state.adding = None, uuid4(), True
    copied.save()
    with pytest.raises(Tampered):
        reread(copied).note  # noqa: B018


def test_a_row_whose_subject_changed_reads_on_and_seals_for_the_new_one() -> None:
    dossier = reread(make_dossier(secret="secret"))
    before, dossier.about = dossier.sealing_subject(), uuid4()
    dossier.note = "new"
    dossier.save()
    ring.shred(before)
    assert reread(dossier).note == "new"
    with pytest.raises(Shredded), unrecorded():
        reread(dossier).secret  # noqa: B018


@pytest.mark.skipif(connection.vendor != "sqlite", reason="a word of SQLite's")
def test_a_binary_column_holds_it() -> None:
    dossier = make_dossier()
    with connection.cursor() as cursor:
        cursor.execute("SELECT typeof(note) FROM specimens_dossier WHERE id = %s", [dossier.pk])
        assert cursor.fetchone() == ("blob",)
