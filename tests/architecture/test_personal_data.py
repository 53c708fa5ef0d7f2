"""Every field of every model is declared: as personal, with what becomes of it, or as not personal."""

from typing import Any

from django.apps import apps
from django.contrib.auth import get_user_model
from django.db import models
from django.urls import reverse
from django.utils.functional import Promise

from privacy.rights.purposes import Basis, Purpose
from privacy.rights.registry import Delete, Empty, PersonalData, declarations, declared_fields, personal_data
from tests.architecture.tree import APPS


def living_models() -> list[type[models.Model]]:
    """History rows are what their living model is; those that tests bring along are declared by nobody."""
    return [
        model
        for model in apps.get_models()
        if not model._meta.proxy and not hasattr(model, "instance_type") and model._meta.app_label != "specimens"
    ]


def own_fields(model: type[models.Model]) -> list[Any]:
    """All but the identity of the row itself."""
    return [
        field
        for field in (*model._meta.local_concrete_fields, *model._meta.local_many_to_many)
        if field.name != "row_id" and not (field.primary_key and isinstance(field, models.AutoField | models.UUIDField))
    ]


def test_every_field_of_every_model_is_declared_or_marked_not_personal() -> None:
    undeclared = {
        f"{model._meta.label}.{field.name}"
        for model in living_models()
        for field in own_fields(model)
        if field.name not in declared_fields(model)
    }
    assert undeclared == set()


def test_every_model_is_declared() -> None:
    declared = {one.model.lower() for one in declarations()}
    assert {model._meta.label for model in living_models() if model._meta.label_lower not in declared} == set()


def test_every_declared_name_is_a_field() -> None:
    unknown = {
        f"{one.model}.{name}"
        for one in declarations()
        for name in (*one.rows.fields, *one.names, *one.context, *one.hidden)
        if name not in {field.name for field in one.model_class._meta.get_fields()}
    }
    assert unknown == set()


def test_a_field_that_names_a_person_finds_the_rows_about_them_or_is_withheld() -> None:
    people = {get_user_model(), apps.get_model("participation.Organisation")}
    loose = {
        f"{model._meta.label}.{field.name}"
        for model in living_models()
        for field in own_fields(model)
        if field.related_model in people
        and not any(
            field.name in (*one.rows.fields, *one.hidden)
            for one in declarations()
            if one.model.lower() == model._meta.label_lower
        )
    }
    assert loose == set()


# Sealed for the portal itself: seeds of lots, which are opened to all, and ballots without names.
OF_NOBODY = {
    "participation.Allocation.lot_secret",
    "participation.DecisionRoom.panel_secret",
    "participation.DecisionRound.secret",
    "participation.DecisionRound.whole_file",
    "participation.MeetingLot.secret",
    "participation.Panel.secret",
    "participation.Reevaluation.secret",
    # Name, type and size of the attachment beside it, which is declared.
    "participation.ConfidentialPart.attachment_details",
}


def test_what_is_sealed_is_personal() -> None:
    unexplained = {
        f"{model._meta.label}.{field.name}"
        for model in living_models()
        for field in own_fields(model)
        if hasattr(field, "needs_reason")
        and field.name in declared_fields(model)
        and field.name in declared_fields(model)[field.name].context
    }
    assert unexplained == OF_NOBODY


def test_every_kind_says_what_for_on_which_basis_and_for_how_long() -> None:
    silent = {
        one.model
        for one in personal_data()
        if one.basis == Basis.NONE or one.purpose == Purpose.NONE or not one.retention or not str(one.title)
    }
    assert silent == set()


def test_every_purpose_that_is_used_has_a_declaration() -> None:
    used = {one.purpose for one in personal_data()}
    assert set(Purpose) - used - {Purpose.NONE} == set()


def ways() -> list[tuple[PersonalData, Any]]:
    return [(one, way) for one in personal_data() for way in (*one.ways, *([one.on_expiry] if one.on_expiry else []))]


def test_what_is_emptied_can_be_empty() -> None:
    wrong = set()
    for one, way in ways():
        for name in way.fields if isinstance(way, Empty) else ():
            field = one.model_class._meta.get_field(name)
            if not (
                field.many_to_many
                or field.null
                or isinstance(
                    field,
                    models.CharField | models.TextField | models.FileField | models.BooleanField | models.JSONField,
                )
            ):
                wrong.add(f"{one.model}.{name}")
    assert wrong == set()


DATED = {"DateField", "DateTimeField"}


def test_what_has_an_end_is_dated_by_a_field_and_goes() -> None:
    wrong = set()
    for one in personal_data():
        way = one.on_expiry or (one.ways[0] if len(one.ways) == 1 else None)
        if one.since and not (isinstance(way, Delete | Empty) and one.dated_field.get_internal_type() in DATED):
            wrong.add(one.model)
    assert wrong == set()


def test_every_personal_field_of_ours_has_a_name_in_words() -> None:
    nameless = {
        f"{one.model}.{name}"
        for one in personal_data()
        if one.purpose != Purpose.OFFICE and one.model.split(".")[0] in APPS
        for name in one.names
        if not isinstance(one.words(name), Promise)
    }
    assert nameless == set()


def test_where_data_can_be_put_right_there_is_a_page() -> None:
    assert [reverse(one.correct_at) for one in personal_data() if one.correct_at] != []
