"""Several threads, several processes: one key, one truth, and what is destroyed in one place is gone in the others."""

from __future__ import annotations

from collections.abc import Callable
from threading import Barrier, Thread
from time import monotonic, sleep
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction

from privacy.sealing import ring
from privacy.sealing.errors import Shredded
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey
from privacy.sealing.opening import unrecorded
from tests.privacy.forked import forked, signal_to_child
from tests.specimens.models import Contact, Dossier

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


def together(work: Callable[[int], Any], threads: int) -> list[Any]:
    """What each thread got, or the error that it met."""
    barrier, found = Barrier(threads), [None] * threads

    def run(number: int) -> None:
        try:
            barrier.wait(10)
            found[number] = work(number)
        except Exception as error:
            found[number] = error  # type: ignore[call-overload]
        finally:
            connection.close()

    running = [Thread(target=run, args=(number,)) for number in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(60)
    return found


def open_note(dossier: Dossier) -> str:
    # The mark is the thread's own.
    with unrecorded():
        return str(dossier.note)


def test_threads_read_one_instance_at_the_same_time() -> None:
    dossier = Dossier.objects.get(pk=Dossier.objects.create(note="note", data={"a": [1]}).pk)
    ring.open_keys.clear()
    assert together(lambda _: open_note(dossier), 8) == ["note"] * 8


def test_threads_read_many_rows_at_the_same_time() -> None:
    dossiers = [Dossier.objects.create(note=f"note {n}") for n in range(8)]
    ring.open_keys.clear()
    assert together(lambda n: open_note(Dossier.objects.get(pk=dossiers[n].pk)), 8) == [f"note {n}" for n in range(8)]


def test_threads_that_seal_for_one_new_subject_use_one_key() -> None:
    subject = Subject("case", uuid4())

    def seal(number: int) -> bytes:
        with transaction.atomic():
            return ring.seal(str(number).encode(), subject, b"place")

    blobs = together(seal, 4)
    assert {blob[2:18] for blob in blobs} == {DataKey.objects.get().id.bytes}
    assert [ring.unseal(blob, b"place") for blob in blobs] == [b"0", b"1", b"2", b"3"]


def test_a_value_that_two_want_first_goes_to_one() -> None:
    found = together(lambda _: Contact.objects.create(phone="13800138000").pk, 2)
    assert sorted(type(answer).__name__ for answer in found) == ["IntegrityError", "int"]


def test_destroying_while_others_read_ends_with_nobody_reading() -> None:
    subject = Subject("case", uuid4())
    blob = ring.seal(b"text", subject, b"place")

    def work(number: int) -> str:
        if number == 0:
            return str(ring.shred(subject))
        for _ in range(200):
            try:
                ring.unseal(blob, b"place")
            except Shredded:
                return "erased"
        return "read"

    assert set(together(work, 4)[1:]) <= {"erased", "read"}
    with pytest.raises(Shredded):
        ring.unseal(blob, b"place")


def test_what_is_destroyed_here_is_gone_in_another_process() -> None:
    subject = Subject("case", uuid4())
    blob = ring.seal(b"text", subject, b"place")
    with signal_to_child() as (wait, go):

        def read() -> str:
            assert ring.unseal(blob, b"place") == b"text"
            wait()
            end = monotonic() + 30
            while monotonic() < end:
                try:
                    ring.unseal(blob, b"place")
                except Shredded:
                    return "erased"
                sleep(0.02)
            return "still open"

        # It takes the open key along, as any process has it that has read the value before.
        reader = forked(read)
        ring.shred(subject)
        go()
        assert reader.ended() == (0, "erased")
