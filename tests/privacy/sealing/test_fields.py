"""A sealed column: what the database holds, who can read it, and that it fails closed."""

import base64
import copy
import pickle
import traceback
from typing import Any
from uuid import uuid4

import pytest
from django.contrib.auth import get_user_model
from django.core import serializers
from django.core.exceptions import ValidationError
from django.db import connection, transaction
from django.db.models import F

from privacy.sealing import ring
from privacy.sealing.errors import Shredded, Tampered, UnknownKey
from privacy.sealing.handles import Sealed
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey

pytestmark = [pytest.mark.django_db, pytest.mark.both]

User = get_user_model()
PHONE = "+86 21 5555 0100"


def make_person(phone: str | None = PHONE) -> Any:
    return User.objects.create_user(
        email=f"{uuid4().hex}@example.org", password="correct horse", display_name="Lin", phone=phone
    )


def stored(person: Any) -> bytes | None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM participation_user WHERE id = %s", [person.pk])
        value = cursor.fetchone()[0]
    return None if value is None else bytes(value)


def store(person: Any, value: Any) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE participation_user SET phone = %s WHERE id = %s", [value, person.pk])


def reread(person: Any) -> Any:
    return User.objects.get(pk=person.pk)


# What is stored --------------------------------------------------------------------------------


def test_the_database_holds_the_documented_blob_and_not_the_text() -> None:
    person = make_person()
    blob = stored(person)
    assert blob is not None
    key = DataKey.objects.get(scope_ref=person.row_id)
    assert blob[:18] == b"\xe5\x01" + key.id.bytes
    assert len(blob) == 2 + 16 + 12 + len(PHONE.encode()) + 16
    assert PHONE.encode() not in blob


def test_reading_the_attribute_opens_the_value() -> None:
    assert reread(make_person()).phone == PHONE


def test_text_of_any_script_survives() -> None:
    assert reread(make_person("电话 ☎ ٠١٢")).phone == "电话 ☎ ٠١٢"


def test_none_and_the_empty_text_are_both_stored_as_null() -> None:
    assert [stored(make_person(None)), stored(make_person(""))] == [None, None]


def test_emptying_a_value_removes_its_ciphertext() -> None:
    person = make_person()
    person.phone = ""
    person.save()
    assert (stored(person), reread(person).phone) == (None, None)


def test_an_untouched_save_keeps_the_ciphertext() -> None:
    person = make_person()
    before = stored(person)
    again = reread(person)
    assert again.phone == PHONE
    again.save()
    assert stored(person) == before


def test_a_new_value_is_sealed_anew() -> None:
    person = make_person()
    before = stored(person)
    person.phone = PHONE + "1"
    person.save()
    assert stored(person) != before
    assert reread(person).phone == PHONE + "1"


def test_a_value_assigned_to_another_row_is_sealed_for_that_row() -> None:
    other = make_person(None)
    other.phone = reread(make_person()).phone
    other.save()
    assert reread(other).phone == PHONE


def test_bulk_create_seals() -> None:
    User.objects.bulk_create([User(email=f"{n}@example.org", display_name=str(n), phone=f"{PHONE}{n}") for n in (1, 2)])
    assert [person.phone for person in User.objects.order_by("email")] == [PHONE + "1", PHONE + "2"]


def test_a_deferred_value_is_loaded_when_asked_for() -> None:
    person = User.objects.defer("phone").get(pk=make_person().pk)
    assert person.get_deferred_fields() == {"phone"}
    assert person.phone == PHONE


def test_loading_a_list_opens_nothing(django_assert_num_queries: Any) -> None:
    people = [make_person() for _ in range(3)]
    with django_assert_num_queries(1):
        assert len(list(User.objects.filter(pk__in=[person.pk for person in people]))) == 3


# Fails closed ----------------------------------------------------------------------------------


def test_a_ciphertext_moved_to_another_row_is_refused() -> None:
    victim, thief = make_person(), make_person(None)
    store(thief, stored(victim))
    with pytest.raises(Tampered):
        reread(thief).phone  # noqa: B018


@pytest.mark.parametrize("position", [0, 1, 18, 30, -1])
def test_a_flipped_bit_is_refused(position: int) -> None:
    person = make_person()
    altered = bytearray(stored(person) or b"")
    altered[position] ^= 1
    store(person, bytes(altered))
    with pytest.raises(Tampered):
        reread(person).phone  # noqa: B018


def test_a_flipped_bit_in_the_key_id_names_an_unknown_key() -> None:
    person = make_person()
    altered = bytearray(stored(person) or b"")
    altered[5] ^= 1
    store(person, bytes(altered))
    with pytest.raises(UnknownKey):
        reread(person).phone  # noqa: B018


def test_planted_plaintext_is_refused_and_does_not_break_the_list_it_is_in() -> None:
    person = make_person()
    store(person, PHONE.encode())
    loaded = list(User.objects.filter(pk=person.pk))
    with pytest.raises(Tampered):
        loaded[0].phone  # noqa: B018


@pytest.mark.skipif(connection.vendor != "sqlite", reason="only SQLite lets text into a binary column")
@pytest.mark.parametrize("planted", [PHONE, 5])
def test_a_planted_value_of_another_type_is_refused(planted: Any) -> None:
    person = make_person()
    store(person, planted)
    with pytest.raises(Tampered):
        reread(person).phone  # noqa: B018


def test_after_shredding_the_value_reads_as_erased() -> None:
    person = make_person()
    assert ring.shred(person.sealing_subject()) == 1
    with pytest.raises(Shredded):
        reread(person).phone  # noqa: B018


def test_an_erased_row_can_still_be_refreshed_and_saved() -> None:
    person = make_person()
    blob = stored(person)
    ring.shred(person.sealing_subject())
    again = reread(person)
    again.refresh_from_db()
    again.display_name = "Former participant"
    again.save()
    assert (reread(person).display_name, stored(person)) == ("Former participant", blob)


def test_a_new_value_after_erasure_gets_a_new_key() -> None:
    person = make_person()
    ring.shred(person.sealing_subject())
    again = reread(person)
    again.phone = "1"
    again.save()
    assert reread(person).phone == "1"


# Writing and searching without a row -----------------------------------------------------------


def test_update_with_text_is_refused() -> None:
    person = make_person()
    with pytest.raises(TypeError), transaction.atomic():
        User.objects.filter(pk=person.pk).update(phone="1")
    assert reread(person).phone == PHONE


def test_update_to_null_is_allowed() -> None:
    person = make_person()
    User.objects.filter(pk=person.pk).update(phone=None)
    assert stored(person) is None


def test_bulk_update_with_text_is_refused() -> None:
    person = make_person()
    person.phone = "1"
    with pytest.raises(TypeError), transaction.atomic():
        User.objects.bulk_update([person], ["phone"])
    assert reread(person).phone == PHONE


def test_bulk_update_of_an_untouched_value_keeps_the_ciphertext() -> None:
    person = make_person()
    before = stored(person)
    again = reread(person)
    again.display_name = "Renamed"
    User.objects.bulk_update([again], ["display_name", "phone"])
    assert (stored(person), reread(person).phone) == (before, PHONE)


@pytest.mark.parametrize(
    "lookup", [{"phone": PHONE}, {"phone__in": [PHONE]}, {"phone__contains": "55"}, {"phone__gt": "1"}]
)
def test_lookups_with_text_are_refused(lookup: dict[str, Any]) -> None:
    with pytest.raises(TypeError):
        User.objects.filter(**lookup)


def test_whether_there_is_a_value_can_be_asked() -> None:
    present, absent = make_person(), make_person(None)
    assert list(User.objects.filter(phone__isnull=True)) == [absent]
    assert list(User.objects.filter(phone=None)) == [absent]
    assert list(User.objects.filter(phone__isnull=False)) == [present]


@pytest.mark.parametrize("value", [5, b"555", F("email"), ["1"]])
def test_what_is_not_text_is_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        make_person(None).phone = value


# Where it shows --------------------------------------------------------------------------------


def test_values_list_shows_nothing() -> None:
    person = make_person()
    (value,) = User.objects.filter(pk=person.pk).values_list("phone", flat=True)
    assert (str(value), repr(value), f"{value}") == ("[sealed]",) * 3


def test_repr_of_an_opened_value_shows_nothing() -> None:
    person = reread(make_person())
    assert repr(person.phone) == "[sealed]"
    assert PHONE not in repr(vars(person))


def test_a_traceback_with_local_variables_shows_nothing() -> None:
    def fail(phone: str) -> None:
        raise RuntimeError

    try:
        fail(reread(make_person()).phone)
    except RuntimeError as error:
        printed = "".join(traceback.TracebackException.from_exception(error, capture_locals=True).format())
    assert "[sealed]" in printed
    assert PHONE not in printed


def test_pickles_and_copies_of_a_row_carry_only_ciphertext() -> None:
    person = reread(make_person())
    assert person.phone == PHONE
    pickled = pickle.dumps(person)
    assert PHONE.encode() not in pickled
    assert pickle.loads(pickled).phone == PHONE  # noqa: S301
    assert copy.deepcopy(person).phone == PHONE


def test_the_history_row_holds_the_same_ciphertext_and_opens() -> None:
    person = make_person()
    with connection.cursor() as cursor:
        cursor.execute("SELECT phone FROM participation_historicaluser WHERE id = %s", [person.pk])
        assert [bytes(row[0]) for row in cursor.fetchall()] == [stored(person)]
    assert person.history.get().phone == PHONE


def test_history_keeps_the_former_value() -> None:
    person = make_person()
    person.phone = "1"
    person.save()
    assert [row.phone for row in person.history.order_by("history_id")] == [PHONE, "1"]


def test_erasure_reaches_the_history() -> None:
    person = make_person()
    ring.shred(person.sealing_subject())
    with pytest.raises(Shredded):
        person.history.get().phone  # noqa: B018


# Fixtures --------------------------------------------------------------------------------------


def dump(person: Any) -> str:
    return serializers.serialize("json", [person])


def load(text: str) -> None:
    for item in serializers.deserialize("json", text):
        item.save()


def test_a_fixture_holds_ciphertext() -> None:
    person = make_person()
    assert f'"phone": "enc:v1:{base64.b64encode(stored(person) or b"").decode()}"' in dump(reread(person))


def test_a_fixture_round_trips() -> None:
    person = make_person()
    before, text = stored(person), dump(reread(person))
    User.objects.filter(pk=person.pk).update(phone=None)
    load(text)
    assert (stored(person), reread(person).phone) == (before, PHONE)


def test_a_fixture_may_bring_the_row_before_its_key() -> None:
    person = make_person()
    text = dump(reread(person))
    keys = serializers.serialize("json", DataKey.objects.all())
    ring.open_keys.forget(DataKey.objects.get(scope_ref=person.row_id).pk)
    DataKey.objects.all().delete()
    load(text)
    with pytest.raises(UnknownKey):
        reread(person).phone  # noqa: B018
    load(keys)
    assert reread(person).phone == PHONE


def test_a_fixture_cannot_bring_plaintext() -> None:
    person = make_person(None)
    with pytest.raises(TypeError):
        load(dump(person).replace('"phone": null', '"phone": "555"'))


def test_a_broken_sealed_value_in_a_fixture_is_refused() -> None:
    with pytest.raises(ValidationError):
        User._meta.get_field("phone").to_python("enc:v1:%%%")


def test_text_that_looks_like_ciphertext_is_only_text() -> None:
    victim, person = make_person(), make_person(None)
    typed = "enc:v1:" + base64.b64encode(stored(victim) or b"").decode()
    person.phone = typed
    person.full_clean()
    person.save()
    assert reread(person).phone == typed


def test_handles_compare_by_ciphertext() -> None:
    assert Sealed(b"a") == Sealed(b"a")
    assert Sealed(b"a") != Sealed(b"b")
    assert Sealed(b"a") != "[sealed]"


def test_a_person_has_one_active_key_for_all_values() -> None:
    person = make_person()
    person.phone = "1"
    person.save()
    assert DataKey.objects.filter(scope_type="person", scope_ref=person.row_id).count() == 1
    assert person.sealing_subject() == Subject("person", person.row_id)
