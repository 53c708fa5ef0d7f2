"""Searching for sealed values: what is found, and what an index keeps to itself."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

import pytest
from django.core.exceptions import FieldDoesNotExist
from django.db import IntegrityError, transaction

from privacy.sealing import ring
from privacy.sealing.index import (
    BlindIndexField,
    email,
    find_by_sealed,
    identity_number,
    index_of,
    organisation_code,
    phone_e164,
)
from privacy.sealing.keys import INDEX_ROOT
from tests.privacy.sealing.columns import store, stored
from tests.specimens.models import Contact

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PHONE = "+86 138 0013 8000"
CODES = [f"9131000{number}MA1FL0KX0" for number in range(8)]


def make_contact(phone: str | None = PHONE, code: str | None = None) -> Contact:
    return Contact.objects.create(phone=phone, code=code)


def found(value: str, field: str = "phone") -> list[Contact]:
    return list(find_by_sealed(Contact.objects.order_by("pk"), field, value))


# One form -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("normalise", "text", "normal"),
    [
        (email, " Lin@Example.ORG ", "lin@example.org"),
        (email, "ＬＩＮ＠example.org", "lin@example.org"),
        (email, "  ", None),
        (phone_e164, "138 0013 8000", "+8613800138000"),
        (phone_e164, "+86 (138) 0013-8000", "+8613800138000"),
        (phone_e164, "１３８００１３８０００", "+8613800138000"),
        (phone_e164, "0086 13800138000", "+8613800138000"),
        (phone_e164, "021 5555 0100", "+862155550100"),
        (phone_e164, "+1 202 555 0123", "+12025550123"),
        (phone_e164, "021 5555 0100 ext 5", None),
        (phone_e164, "call me", None),
        (phone_e164, "", None),
        (identity_number, " 11010519491231002x ", "11010519491231002X"),
        (identity_number, "110105 19491231 002Ｘ", "11010519491231002X"),
        (identity_number, " ", None),
        (organisation_code, "91310000ma1fl0kx0t", "91310000MA1FL0KX0T"),
        (organisation_code, "12345678-9", "123456789"),
        (organisation_code, "", None),
    ],
)
def test_spellings_that_mean_the_same_have_one_form(normalise: Any, text: str, normal: str | None) -> None:
    assert normalise(text) == normal


# Finding --------------------------------------------------------------------------------------------


def test_a_value_is_found_in_any_spelling() -> None:
    contact = make_contact()
    make_contact("+86 138 0013 8001")
    assert [found("13800138000"), found("+86-138-0013-8000"), found("13800138002")] == [[contact], [contact], []]


@pytest.mark.parametrize("value", ["", "call me"])
def test_what_has_no_form_finds_nothing(value: str) -> None:
    make_contact(None)
    assert found(value) == []


def test_finding_opens_no_value_and_narrows_the_rows_it_is_given(django_assert_num_queries: Any) -> None:
    contact = make_contact()
    # Roots are two: the present one is known to this transaction, earlier ones are asked for.
    with django_assert_num_queries(2):
        assert list(find_by_sealed(Contact.objects.exclude(pk=contact.pk), "phone", PHONE)) == []


def test_a_field_without_an_index_cannot_be_searched() -> None:
    with pytest.raises(LookupError):
        find_by_sealed(Contact.objects.all(), "note", "x")


def test_a_truncated_index_tells_little_and_finds_the_right_row() -> None:
    contacts = [make_contact(None, code) for code in CODES]
    assert len({stored(contact, "code_index") for contact in contacts}) <= 4
    assert [found(f" {code.lower()} ", "code") for code in CODES] == [[contact] for contact in contacts]


def test_candidates_of_a_truncated_index_cost_one_query_for_their_keys(django_assert_num_queries: Any) -> None:
    for code in CODES:
        make_contact(None, code)
    ring.open_keys.clear()
    ring.root_key(INDEX_ROOT, b"")
    index = index_of(Contact, "code")
    index.entries("X")
    with django_assert_num_queries(4):
        # Earlier roots; candidates; their keys; the rows.
        assert len(found(CODES[0], "code")) == 1


def test_a_candidate_that_cannot_be_opened_is_not_found() -> None:
    contact = make_contact(None, CODES[0])
    store(contact, "code", b"planted")
    assert found(CODES[0], "code") == []


# What is stored -------------------------------------------------------------------------------------


def test_the_entry_is_the_documented_one() -> None:
    contact = make_contact()
    root = ring.active_key(INDEX_ROOT).id
    key = ring.root_key(INDEX_ROOT, b"bidx/v1/specimens.contact.phone/phone_index")
    digest = hmac.digest(key, b"+8613800138000", hashlib.sha256)
    assert stored(contact, "phone_index") == root.bytes[:4] + digest[:16]


def test_equal_values_of_two_columns_do_not_look_equal() -> None:
    phone, code = index_of(Contact, "phone"), index_of(Contact, "code")
    full = BlindIndexField(source="code", normalise=str)
    full.set_attributes_from_name("other_index")
    full.model = Contact
    entries = {phone.entries("+8613800138000")[0], full.entries("+8613800138000")[0], code.entries("+8613800138000")[0]}
    assert len(entries) == 3


def test_the_database_refuses_the_same_value_twice() -> None:
    make_contact()
    with pytest.raises(IntegrityError), transaction.atomic():
        make_contact("13800138000")


def test_absent_values_do_not_stand_in_one_anothers_way() -> None:
    assert [stored(make_contact(value), "phone_index") for value in (None, "", "call me", "call us")] == [None] * 4


# Kept in step ---------------------------------------------------------------------------------------


def test_a_new_value_is_found_and_the_old_one_is_not() -> None:
    contact = Contact.objects.get(pk=make_contact().pk)
    contact.phone = "13800138001"
    contact.save()
    assert [found(PHONE), found("13800138001")] == [[], [contact]]


@pytest.mark.parametrize("names", [["phone"], {"phone", "code"}, ("phone",)])
def test_saving_only_the_value_saves_its_entry(names: Any) -> None:
    contact = make_contact()
    contact.phone = "13800138001"
    contact.save(update_fields=names)
    assert [found(PHONE), found("13800138001")] == [[], [contact]]


def test_saving_with_the_entry_deferred_saves_it() -> None:
    contact = Contact.objects.defer("phone_index").get(pk=make_contact().pk)
    contact.phone = "13800138001"
    contact.save()
    assert [found(PHONE), found("13800138001")] == [[], [contact]]


def test_removing_the_value_removes_the_entry() -> None:
    contact = make_contact()
    contact.phone = None
    contact.save()
    assert stored(contact, "phone_index") is None


def test_an_untouched_save_opens_nothing_and_keeps_the_entry(django_assert_num_queries: Any) -> None:
    contact = Contact.objects.get(pk=make_contact().pk)
    before = stored(contact, "phone_index")
    ring.shred(contact.sealing_subject())
    contact.refresh_from_db()
    contact.save()
    assert (before is None, stored(contact, "phone_index")) == (False, None)


def test_bulk_create_makes_entries() -> None:
    contacts = Contact.objects.bulk_create([Contact(phone=f"1380013800{n}") for n in range(3)])
    assert [found(f"1380013800{n}") for n in range(3)] == [[contact] for contact in contacts]


def test_destroying_the_key_empties_the_entries_of_that_subject_only() -> None:
    gone, kept = make_contact(PHONE, CODES[0]), make_contact("13800138001", CODES[0])
    ring.shred(gone.sealing_subject())
    assert [stored(gone, "phone_index"), stored(gone, "code_index")] == [None, None]
    assert [found(PHONE), found("13800138001"), found(CODES[0], "code")] == [[], [kept], [kept]]
    assert make_contact(PHONE).pk


def test_entries_are_left_out_of_the_history() -> None:
    contact = make_contact()
    history: Any = contact.history.get()  # type: ignore[attr-defined]
    with pytest.raises(FieldDoesNotExist):
        history._meta.get_field("phone_index")
    assert history.phone == PHONE


# Roots ----------------------------------------------------------------------------------------------


def test_rows_of_both_roots_are_found_while_they_are_indexed_anew() -> None:
    old = make_contact(code=CODES[0])
    ring.retire(INDEX_ROOT)
    new = make_contact("13800138001", CODES[0])
    assert (stored(old, "phone_index") or b"")[:4] != (stored(new, "phone_index") or b"")[:4]
    assert [found(PHONE), found("13800138001"), found(CODES[0], "code")] == [[old], [new], [old, new]]


# Declaring ------------------------------------------------------------------------------------------


def checked(field: BlindIndexField) -> list[str | None]:
    field.set_attributes_from_name("some_index")
    field.model = Contact
    return [found.id for found in field.check()]


@pytest.mark.parametrize(
    ("options", "ids"),
    [
        ({"source": "phone"}, []),
        ({"source": "row_id"}, ["privacy.E005"]),
        ({"source": "nothing"}, ["privacy.E005"]),
        ({"source": "phone", "truncate_bits": 8}, []),
        ({"source": "phone", "truncate_bits": 0}, ["privacy.E006"]),
        ({"source": "phone", "truncate_bits": 128}, ["privacy.E006"]),
        ({"source": "phone", "truncate_bits": 8, "unique": True}, ["privacy.E006"]),
    ],
)
def test_an_index_that_cannot_be_is_found_by_the_check(options: dict[str, Any], ids: list[str]) -> None:
    assert checked(BlindIndexField(normalise=phone_e164, **options)) == ids
