"""A sealed JSON column: as closed as a text, and what is changed in place is neither lost nor shared."""

from __future__ import annotations

import copy
import json
import pickle
import traceback
from typing import Any

import pytest
from django.core import serializers
from django.core.exceptions import FieldError
from django.db import connection, transaction
from django.db.models import F
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from privacy.sealing import ring
from privacy.sealing.errors import Shredded, Tampered, UnknownKey
from privacy.sealing.models import DataKey
from tests.privacy.sealing.columns import store, stored
from tests.specimens.models import Dossier

pytestmark = [pytest.mark.django_db, pytest.mark.both]

DATA = {"bank": "中国银行", "accounts": [{"number": "6222", "limit": 5, "open": True, "note": None}]}


def make_dossier(data: Any = None) -> Dossier:
    return Dossier.objects.create(data=copy.deepcopy(DATA) if data is None else data)


def reread(dossier: Dossier) -> Dossier:
    return Dossier.objects.get(pk=dossier.pk)


def read(dossier: Dossier) -> Any:
    return reread(dossier).data


# What is stored -------------------------------------------------------------------------------------


def test_the_database_holds_ciphertext() -> None:
    blob = stored(make_dossier(), "data")
    assert blob is not None
    assert blob[:2] == b"\xe5\x01"
    assert b"6222" not in blob


@pytest.mark.parametrize("data", [DATA, {}, [], [1, 2.5, "三", None, True, {"a": []}]])
def test_reading_gives_what_was_written(data: Any) -> None:
    assert read(make_dossier(data)) == data


def test_none_is_null() -> None:
    dossier = Dossier.objects.create(data=None)
    assert (stored(dossier, "data"), reread(dossier).data) == (None, None)


json_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    data=st.lists(json_values, max_size=4)
    | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), json_values, max_size=4)
)
def test_any_structure_survives(data: Any) -> None:
    assert read(make_dossier(data)) == data


@pytest.mark.parametrize("value", ["text", 5, True, b"{}", F("title"), ("a",), {"a"}])
def test_what_is_neither_object_nor_array_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        Dossier(data=value)


@pytest.mark.parametrize(
    "inner", [object(), {1, 2}, b"bytes", float("nan"), pytest.param("\ud800", id="half a character")]
)
def test_what_has_no_json_form_is_refused_without_being_printed(inner: Any) -> None:
    with pytest.raises((TypeError, ValueError)) as refusal, transaction.atomic():
        make_dossier({"secret": [inner, "6222"]})
    assert ("6222" in str(refusal.value), refusal.value.__suppress_context__) == (False, True)


# Changing in place ----------------------------------------------------------------------------------


def test_an_untouched_save_keeps_the_ciphertext() -> None:
    dossier = make_dossier()
    before, again = stored(dossier, "data"), reread(dossier)
    assert again.data == DATA
    again.save()
    assert stored(dossier, "data") == before


def test_what_is_changed_in_place_is_saved() -> None:
    dossier = make_dossier()
    before, again = stored(dossier, "data"), reread(dossier)
    again.data["accounts"][0]["limit"] = 6
    again.save()
    assert stored(dossier, "data") != before
    assert read(dossier)["accounts"][0]["limit"] == 6


def test_a_structure_in_hand_can_be_changed_after_each_save() -> None:
    again = reread(make_dossier())
    held = again.data
    for limit in (6, 7):
        held["accounts"][0]["limit"] = limit
        again.save()
        assert read(again)["accounts"][0]["limit"] == limit


def test_what_was_assigned_stays_with_who_assigned_it() -> None:
    mine = {"a": [1]}
    dossier = make_dossier(mine)
    mine["a"].append(2)
    assert dossier.data == {"a": [1]}
    dossier.data["a"].append(3)
    assert mine == {"a": [1, 2]}


def test_two_instances_of_a_row_share_nothing() -> None:
    dossier = make_dossier()
    one, two = reread(dossier), reread(dossier)
    one.data["bank"] = "changed"
    assert two.data == DATA


def test_a_structure_of_another_row_is_sealed_for_this_one() -> None:
    other = Dossier.objects.create()
    other.data = read(make_dossier())
    other.save()
    assert read(other) == DATA


def test_bulk_create_seals() -> None:
    Dossier.objects.bulk_create([Dossier(data={"n": n}) for n in (1, 2)])
    assert [row.data for row in Dossier.objects.order_by("pk")] == [{"n": 1}, {"n": 2}]


def test_bulk_update_of_an_untouched_value_keeps_the_ciphertext() -> None:
    dossier = make_dossier()
    before, again = stored(dossier, "data"), reread(dossier)
    again.title = "renamed"
    Dossier.objects.bulk_update([again], ["title", "data"])
    assert (stored(dossier, "data"), read(dossier)) == (before, DATA)


def test_bulk_update_of_a_changed_value_is_refused() -> None:
    again = reread(make_dossier())
    again.data["bank"] = "changed"
    with pytest.raises(TypeError), transaction.atomic():
        Dossier.objects.bulk_update([again], ["data"])
    assert read(again) == DATA


# Fails closed ---------------------------------------------------------------------------------------


def test_a_ciphertext_moved_to_another_row_is_refused() -> None:
    thief = Dossier.objects.create(data={})
    store(thief, "data", stored(make_dossier(), "data"))
    with pytest.raises(Tampered):
        read(thief)


def test_a_ciphertext_moved_to_another_column_is_refused() -> None:
    dossier = Dossier.objects.create(data=[], note="[1]")
    store(dossier, "data", stored(dossier, "note"))
    with pytest.raises(Tampered):
        read(dossier)


@pytest.mark.parametrize("position", [0, 1, 18, 30, -1])
def test_a_flipped_bit_is_refused(position: int) -> None:
    dossier = make_dossier()
    altered = bytearray(stored(dossier, "data") or b"")
    altered[position] ^= 1
    store(dossier, "data", bytes(altered))
    with pytest.raises(Tampered):
        read(dossier)


@pytest.mark.parametrize("planted", [b"", b"{}", b'{"bank": 1}', b"\xe5\x01"])
def test_planted_bytes_are_refused(planted: bytes) -> None:
    dossier = make_dossier()
    store(dossier, "data", planted)
    with pytest.raises(Tampered):
        read(dossier)


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite lets text into a binary column")
def test_planted_text_is_refused() -> None:
    dossier = make_dossier()
    store(dossier, "data", json.dumps(DATA))
    with pytest.raises(Tampered):
        read(dossier)


def test_an_unknown_key_is_named() -> None:
    dossier = make_dossier()
    altered = bytearray(stored(dossier, "data") or b"")
    altered[5] ^= 1
    store(dossier, "data", bytes(altered))
    with pytest.raises(UnknownKey):
        read(dossier)


@pytest.mark.parametrize("plain", [b"text", b"5", b"null", b"\xff", b'{"a":'])
def test_what_was_sealed_but_is_no_structure_is_refused(plain: bytes) -> None:
    dossier = make_dossier()
    place = Dossier._meta.get_field("data").context(dossier)  # type: ignore[union-attr]
    store(dossier, "data", ring.seal(plain, dossier.sealing_subject(), place))
    with pytest.raises(Tampered):
        read(dossier)


def test_after_shredding_it_reads_as_erased_and_can_be_entered_anew() -> None:
    dossier = make_dossier()
    ring.shred(dossier.sealing_subject())
    again = reread(dossier)
    with pytest.raises(Shredded):
        again.data  # noqa: B018
    again.data = {"new": 1}
    again.save()
    assert read(dossier) == {"new": 1}


# Without a row --------------------------------------------------------------------------------------


def test_update_is_refused_except_to_null() -> None:
    dossier = make_dossier()
    with pytest.raises(TypeError), transaction.atomic():
        Dossier.objects.update(data={"a": 1})
    Dossier.objects.update(data=None)
    assert stored(dossier, "data") is None


@pytest.mark.parametrize("lookup", ["data", "data__contains", "data__has_key", "data__in", "data__bank"])
def test_lookups_are_refused(lookup: str) -> None:
    with pytest.raises((TypeError, FieldError)):
        Dossier.objects.filter(**{lookup: DATA})


def test_get_or_create_by_content_is_refused() -> None:
    with pytest.raises(TypeError):
        Dossier.objects.get_or_create(data=DATA)


# Where it shows -------------------------------------------------------------------------------------


def test_nothing_of_it_prints_itself() -> None:
    data = read(make_dossier())
    assert [repr(part) for part in (data, data["accounts"], data["accounts"][0], data["bank"])] == ["[sealed]"] * 4
    assert [repr(name) for name in data] == ["[sealed]"] * 2


def test_a_traceback_with_local_variables_shows_nothing() -> None:
    def fail(data: Any) -> None:
        inner = data["accounts"]
        assert inner
        raise RuntimeError

    try:
        fail(read(make_dossier()))
    except RuntimeError as error:
        printed = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert ("[sealed]" in printed, "6222" in printed) == (True, False)


def test_values_list_shows_nothing() -> None:
    make_dossier()
    assert str(Dossier.objects.values_list("data")) == "<QuerySet [([sealed],)]>"


def test_pickles_and_copies_of_a_row_carry_only_ciphertext() -> None:
    dossier = reread(make_dossier())
    assert dossier.data == DATA
    pickled = pickle.dumps(dossier)
    assert b"6222" not in pickled
    assert pickle.loads(pickled).data == DATA  # noqa: S301
    assert copy.deepcopy(dossier).data == DATA


def test_what_is_read_can_be_written_as_json_and_copied() -> None:
    data = read(make_dossier())
    assert json.loads(json.dumps(data)) == DATA
    assert (copy.deepcopy(data), dict(data)) == (DATA, DATA)


def test_a_fixture_holds_ciphertext_and_round_trips() -> None:
    dossier = make_dossier()
    before, text = stored(dossier, "data"), serializers.serialize("json", [reread(dossier)])
    assert ("6222" in text, '"data": "enc:v1:' in text) == (False, True)
    Dossier.objects.update(data=None)
    for item in serializers.deserialize("json", text):
        item.save()
    assert (stored(dossier, "data"), read(dossier)) == (before, DATA)


def test_it_is_sealed_under_the_key_of_its_subject() -> None:
    dossier = make_dossier()
    assert (stored(dossier, "data") or b"")[2:18] == DataKey.objects.get(scope_ref=dossier.about).id.bytes
