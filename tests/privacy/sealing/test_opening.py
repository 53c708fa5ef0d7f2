"""Whoever asked to be told of openings is told before they happen, once, and may forbid them."""

from __future__ import annotations

import copy
import pickle
from typing import Any

import pytest
from django import forms

from privacy.sealing import opening, ring
from privacy.sealing.errors import Tampered
from privacy.sealing.handles import carrying_ciphertext
from tests.privacy.sealing.columns import store
from tests.specimens.models import Dossier

pytestmark = [pytest.mark.django_db, pytest.mark.both]


class Refused(Exception):
    pass


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What a listener was told; the listeners of the product are set aside."""
    found: list[str] = []

    def listen(instance: Any, field: Any) -> None:
        found.append(field.name)
        if field.needs_reason:
            raise Refused

    monkeypatch.setattr(opening, "_listeners", [])
    opening.register(listen)
    opening.register(listen)
    return found


@pytest.fixture
def dossier(told: list[str]) -> Dossier:
    made = Dossier.objects.create(note="note", data={"a": 1}, secret="secret")
    return Dossier.objects.get(pk=made.pk)


def test_a_listener_is_told_once_for_each_instance_and_field(dossier: Dossier, told: list[str]) -> None:
    assert [dossier.note, dossier.note, dossier.data, dossier.data] == ["note", "note", {"a": 1}, {"a": 1}]
    assert told == ["note", "data"]
    assert Dossier.objects.get().note == "note"
    assert told == ["note", "data", "note"]


def test_a_listener_that_raises_keeps_the_value_closed(dossier: Dossier, told: list[str]) -> None:
    for _ in range(2):
        with pytest.raises(Refused):
            dossier.secret  # noqa: B018
    assert (told, vars(dossier)["secret"].opened) == (["secret", "secret"], None)


def test_a_listener_is_told_before_the_value_is_found_to_be_altered(dossier: Dossier, told: list[str]) -> None:
    store(dossier, "note", b"planted")
    with pytest.raises(Tampered):
        Dossier.objects.get().note  # noqa: B018
    assert told == ["note"]


def test_writing_is_not_reading(told: list[str]) -> None:
    dossier = Dossier.objects.create(note="note", data={"a": 1})
    dossier.note = "other"
    dossier.data = {"b": 2}
    dossier.save()
    assert (dossier.note, dossier.data, told) == ("other", {"b": 2}, [])


def test_carrying_ciphertext_is_not_reading(dossier: Dossier, told: list[str]) -> None:
    with carrying_ciphertext():
        assert str(dossier.secret) == "[sealed]"
    dossier.save()
    dossier.refresh_from_db()
    assert told == []


def test_nobody_is_told_of_what_is_opened_without_being_shown(dossier: Dossier, told: list[str]) -> None:
    with opening.unrecorded():
        assert dossier.secret == "secret"
    assert told == []


def pickled(row: Any) -> Any:
    return pickle.loads(pickle.dumps(row))  # noqa: S301


@pytest.mark.parametrize("copied", [copy.deepcopy, pickled])
def test_a_copy_is_opened_anew(dossier: Dossier, told: list[str], copied: Any) -> None:
    assert dossier.note == "note"
    assert copied(dossier).note == "note"
    assert told == ["note", "note"]


def test_refreshing_closes_what_was_open(dossier: Dossier, told: list[str]) -> None:
    assert dossier.note == "note"
    dossier.refresh_from_db()
    assert dossier.note == "note"
    assert told == ["note", "note"]


class DossierForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Dossier
        fields = ("note", "data")


def test_a_form_that_shows_a_value_tells(dossier: Dossier, told: list[str]) -> None:
    assert 'value="note"' in str(DossierForm(instance=dossier)["note"])
    assert told == ["note"]


def test_making_a_form_tells_nothing(dossier: Dossier, told: list[str]) -> None:
    DossierForm(instance=dossier)
    assert told == []


def test_keys_fetched_for_a_list_tell_nothing(dossier: Dossier, told: list[str]) -> None:
    ring.prefetch(Dossier.objects.all())
    assert told == []
