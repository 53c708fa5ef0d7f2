"""Data keys: one active for each subject, made once, never trusted after a rollback."""

import base64
from collections.abc import Callable
from threading import Barrier, Thread
from typing import Any
from uuid import uuid4

import pytest
from django.db import IntegrityError, connection, transaction

from privacy.sealing import ring
from privacy.sealing.errors import Shredded, UnknownKey
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey

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
    DataKey.objects.update(state=DataKey.State.RETIRED)
    assert ring.unseal(blob, b"place") == b"text"
    assert ring.seal(b"text", subject, b"place")[2:18] != blob[2:18]


def test_a_key_of_another_kek_is_unknown(settings: Any) -> None:
    blob = ring.seal(b"text", a_subject(), b"place")
    ring._open_keys.forget(DataKey.objects.get().pk)
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
def test_two_at_once_agree_on_one_key() -> None:
    subject = a_subject()
    found: list[object] = []
    run_together(lambda: found.append(ring.active_key(subject).pk))
    assert found == [DataKey.objects.get().pk] * 2
