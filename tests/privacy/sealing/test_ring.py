"""Data keys: one active for each subject, made once, never trusted after a rollback."""

import base64
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from privacy.sealing import ring
from privacy.sealing.errors import Shredded, Tampered, UnknownKey
from privacy.sealing.keys import INDEX_ROOT, LOG_SIGNING_ROOT, PORTAL, Subject
from privacy.sealing.models import DataKey
from privacy.sealing.rewrapping import rewrap

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def a_subject() -> Subject:
    return Subject("case", uuid4())


def test_context_is_injective() -> None:
    row = uuid4()
    assert ring.context("a.b.c", row) == b"\x00\x00\x00\x05a.b.c\x00\x00\x00\x10" + row.bytes


def test_the_same_text_is_sealed_differently_each_time() -> None:
    subject, place = a_subject(), b"place"
    one, two = ring.seal(b"text", subject, place), ring.seal(b"text", subject, place)
    assert one != two
    assert [ring.unseal(one, place), ring.unseal(two, place)] == [b"text", b"text"]


def test_a_second_active_key_is_refused_by_the_database() -> None:
    key = ring.active_key(a_subject())
    with pytest.raises(IntegrityError), transaction.atomic():
        DataKey.objects.create(scope_type=key.scope_type, scope_ref=key.scope_ref, wrapped=b"x", kek_id=key.kek_id)


def test_a_shredded_key_keeps_no_key_material() -> None:
    subject = a_subject()
    ring.active_key(subject)
    assert (ring.shred(subject), ring.shred(subject)) == (1, 0)
    assert list(DataKey.objects.values_list("state", "wrapped")) == [("shredded", None)]


def test_shredding_reaches_a_key_that_is_open_in_memory() -> None:
    subject = a_subject()
    blob = ring.seal(b"text", subject, b"place")
    ring.shred(subject)
    with pytest.raises(Shredded):
        ring.unseal(blob, b"place")


def test_a_retired_key_still_opens_and_a_new_one_seals() -> None:
    subject = a_subject()
    blob = ring.seal(b"text", subject, b"place")
    assert (ring.retire(subject), ring.retire(subject)) == (1, 0)
    assert ring.unseal(blob, b"place") == b"text"
    assert ring.seal(b"text", subject, b"place")[2:18] != blob[2:18]


def test_a_key_of_another_kek_is_unknown(settings: Any) -> None:
    blob = ring.seal(b"text", a_subject(), b"place")
    ring.open_keys.forget(DataKey.objects.get().pk)
    settings.GONGZHI_KEK = base64.b64encode(b"o" * 32).decode()
    with pytest.raises(UnknownKey):
        ring.unseal(blob, b"place")


def test_a_key_made_in_a_rolled_back_transaction_is_not_used_again() -> None:
    subject = a_subject()
    with transaction.atomic():
        ring.seal(b"text", subject, b"place")
        transaction.set_rollback(True)
    blob = ring.seal(b"text", subject, b"place")
    assert blob[2:18] == DataKey.objects.get().id.bytes


def test_shredding_destroys_retired_keys_too() -> None:
    subject = a_subject()
    blobs = [ring.seal(b"text", subject, b"place")]
    ring.retire(subject)
    blobs.append(ring.seal(b"text", subject, b"place"))
    assert ring.shred(subject) == 2
    for blob in blobs:
        with pytest.raises(Shredded):
            ring.unseal(blob, b"place")


def test_a_key_made_before_a_savepoint_was_rolled_back_is_still_the_one() -> None:
    subject = a_subject()
    with transaction.atomic():
        first = ring.seal(b"text", subject, b"place")
        with transaction.atomic():
            transaction.set_rollback(True)
        assert ring.seal(b"text", subject, b"place")[2:18] == first[2:18]


def test_a_key_made_in_a_savepoint_that_was_rolled_back_is_not_used_again() -> None:
    subject = a_subject()
    with transaction.atomic():
        with transaction.atomic():
            lost = ring.seal(b"text", subject, b"place")
            transaction.set_rollback(True)
        blob = ring.seal(b"text", subject, b"place")
    assert blob[2:18] != lost[2:18]
    assert blob[2:18] == DataKey.objects.get().id.bytes


def test_destroying_that_was_rolled_back_leaves_the_key() -> None:
    subject = a_subject()
    blob = ring.seal(b"text", subject, b"place")
    with transaction.atomic():
        ring.shred(subject)
        transaction.set_rollback(True)
    assert ring.unseal(blob, b"place") == b"text"
    assert ring.seal(b"more", subject, b"place")[2:18] == blob[2:18]


@pytest.mark.parametrize("length", [0, 1, 2, 17, 18, 29, 30, 45])
def test_a_truncated_value_is_refused(length: int) -> None:
    blob = ring.seal(b"text", a_subject(), b"place")
    with pytest.raises(Tampered):
        ring.unseal(blob[:length], b"place")


@pytest.mark.django_db(transaction=True)
def test_values_of_a_subject_are_sealed_under_its_key_outside_of_transactions() -> None:
    subject = a_subject()
    one, two = ring.seal(b"text", subject, b"place"), ring.seal(b"text", subject, b"place")
    assert one[2:18] == two[2:18] == DataKey.objects.get().id.bytes


def test_sealing_often_in_one_transaction_asks_for_the_key_once(django_assert_num_queries: Any) -> None:
    subject = a_subject()
    with transaction.atomic():
        ring.seal(b"text", subject, b"place")
        with django_assert_num_queries(0):
            for _ in range(30):
                ring.seal(b"text", subject, b"place")


# Keys derived from data keys ------------------------------------------------------------------------


def test_derived_keys_differ_by_key_and_purpose_and_repeat() -> None:
    one, other = ring.active_key(a_subject()).id, ring.active_key(a_subject()).id
    found = [ring.derived_key(one, b"a"), ring.derived_key(one, b"b"), ring.derived_key(other, b"a")]
    ring.open_keys.clear()
    assert [ring.derived_key(one, b"a"), ring.derived_key(one, b"b"), ring.derived_key(other, b"a")] == found
    assert (len(set(found)), {len(key) for key in found}) == (3, {32})


def test_a_key_derived_from_a_destroyed_one_is_gone() -> None:
    subject = a_subject()
    key_id = ring.active_key(subject).id
    ring.derived_key(key_id, b"a")
    ring.shred(subject)
    with pytest.raises(Shredded):
        ring.derived_key(key_id, b"a")


def test_a_key_derived_from_an_unknown_one_is_refused() -> None:
    with pytest.raises(UnknownKey):
        ring.derived_key(uuid4(), b"a")


@pytest.mark.parametrize("root", [LOG_SIGNING_ROOT, INDEX_ROOT])
def test_a_root_key_outlives_the_kek_it_was_wrapped_under(settings: Any, root: Subject) -> None:
    before = ring.root_key(root, b"purpose")
    old, settings.GONGZHI_KEK = settings.GONGZHI_KEK, base64.b64encode(b"n" * 32).decode()
    settings.GONGZHI_KEK_PREVIOUS = old
    rewrap()
    settings.GONGZHI_KEK_PREVIOUS = ""
    ring.open_keys.clear()
    assert ring.root_key(root, b"purpose") == before


@pytest.mark.parametrize("subject", [LOG_SIGNING_ROOT, INDEX_ROOT, PORTAL])
def test_a_key_of_the_portal_itself_is_not_destroyed(subject: Subject) -> None:
    ring.active_key(subject)
    with pytest.raises(ValueError, match="not destroyed"):
        ring.shred(subject)
    assert DataKey.objects.get().state == "active"


def test_only_roots_are_derived_from_for_good() -> None:
    with pytest.raises(ValueError, match="root"):
        ring.root_key(PORTAL, b"purpose")


# Earlier key-encryption keys ------------------------------------------------------------------------


def test_what_was_sealed_under_an_earlier_kek_opens_while_it_is_kept(settings: Any) -> None:
    subject = a_subject()
    blob = ring.seal(b"text", subject, b"place")
    settings.GONGZHI_KEK_PREVIOUS = settings.GONGZHI_KEK
    settings.GONGZHI_KEK = base64.b64encode(b"n" * 32).decode()
    ring.open_keys.clear()
    assert ring.unseal(blob, b"place") == b"text"
    assert ring.seal(b"more", subject, b"place")[2:18] == blob[2:18]


def run_together(work: Callable[[], None], threads: int = 2) -> None:
    barrier = Barrier(threads)

    def run() -> None:
        try:
            barrier.wait(10)
            work()
        finally:
            connection.close()

    running = [Thread(target=run) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(30)


@pytest.mark.django_db(transaction=True)
def test_two_at_once_agree_on_one_root() -> None:
    found: list[object] = []
    run_together(lambda: found.append(ring.root_key(LOG_SIGNING_ROOT, b"purpose")), threads=4)
    assert found == [ring.root_key(LOG_SIGNING_ROOT, b"purpose")] * 4


@pytest.mark.django_db(transaction=True)
def test_two_at_once_agree_on_one_key() -> None:
    subject = a_subject()
    found: list[object] = []
    run_together(lambda: found.append(ring.active_key(subject).pk))
    assert found == [DataKey.objects.get().pk] * 2
