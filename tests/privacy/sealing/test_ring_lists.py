"""How many queries keys cost, and how long they stay in memory."""

from __future__ import annotations

from typing import Any
from uuid import UUID, uuid4

import pytest

from privacy.sealing import open_keys as module
from privacy.sealing import ring
from privacy.sealing.errors import Shredded, Tampered
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey
from privacy.sealing.open_keys import CAPACITY, OpenKey, OpenKeys
from privacy.sealing.opening import unrecorded
from tests.specimens.models import Dossier, DossierPage

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def make_dossiers(count: int) -> None:
    Dossier.objects.bulk_create([Dossier(note=f"note {n}", data={"n": n}) for n in range(count)])
    ring.open_keys.clear()


@pytest.mark.parametrize("count", [1, 30])
def test_showing_a_list_costs_one_query_for_its_keys(django_assert_num_queries: Any, count: int) -> None:
    make_dossiers(count)
    with django_assert_num_queries(2), unrecorded():
        rows = list(Dossier.objects.order_by("pk"))
        ring.prefetch(rows)
        assert [(row.note, row.data) for row in rows] == [(f"note {n}", {"n": n}) for n in range(count)]


@pytest.mark.parametrize("count", [1, 30])
def test_keys_of_related_rows_come_with_the_others(django_assert_num_queries: Any, count: int) -> None:
    make_dossiers(count)
    dossiers = Dossier.objects.order_by("pk")
    DossierPage.objects.bulk_create([DossierPage(dossier=dossier, text="page") for dossier in dossiers])
    ring.open_keys.clear()
    with django_assert_num_queries(2), unrecorded():
        rows = list(DossierPage.objects.select_related("dossier").order_by("pk"))
        ring.prefetch([*rows, *(row.dossier for row in rows)])
        assert [(row.text, row.dossier.note) for row in rows] == [("page", f"note {n}") for n in range(count)]


@pytest.mark.parametrize("count", [1, 30])
def test_a_list_of_erased_rows_costs_one_query_for_its_keys(django_assert_num_queries: Any, count: int) -> None:
    make_dossiers(count)
    DataKey.objects.update(state=DataKey.State.SHREDDED, wrapped=None)
    with django_assert_num_queries(2), unrecorded():
        rows = list(Dossier.objects.all())
        ring.prefetch(rows)
        for row in rows:
            with pytest.raises(Shredded):
                row.note  # noqa: B018


def test_keys_are_fetched_for_handles_and_blobs_too(django_assert_num_queries: Any) -> None:
    blob = ring.seal(b"text", Subject("case", uuid4()), b"place")
    make_dossiers(1)
    handle = Dossier.objects.values_list("note", flat=True).get()
    with django_assert_num_queries(1):
        ring.prefetch([blob, handle, b"not sealed", Dossier()])
    with django_assert_num_queries(0):
        assert ring.unseal(blob, b"place") == b"text"


def test_keys_that_are_open_are_not_fetched_again(django_assert_num_queries: Any) -> None:
    blob = ring.seal(b"text", Subject("case", uuid4()), b"place")
    with django_assert_num_queries(0):
        ring.prefetch([blob])


def test_a_damaged_key_does_not_keep_the_others_from_being_fetched(django_assert_num_queries: Any) -> None:
    make_dossiers(2)
    damaged, whole = Dossier.objects.order_by("pk")
    DataKey.objects.filter(scope_ref=damaged.about).update(wrapped=b"x" * 60)
    ring.prefetch([damaged, whole])
    with django_assert_num_queries(0), unrecorded():
        assert whole.note == "note 1"
    with pytest.raises(Tampered), unrecorded():
        damaged.note  # noqa: B018


# Memory ---------------------------------------------------------------------------------------------


def key(number: int) -> OpenKey:
    return OpenKey(UUID(int=number), bytes(32))


def filled(numbers: range) -> OpenKeys:
    keys = OpenKeys()
    for number in numbers:
        keys.put(key(number), keys.epoch)
    return keys


def test_memory_holds_a_bounded_number_of_keys() -> None:
    assert len(filled(range(3 * CAPACITY))) <= CAPACITY


def test_a_key_in_use_stays_when_others_come() -> None:
    keys = OpenKeys()
    used = key(0)
    keys.put(used, keys.epoch)
    for number in range(1, 3 * CAPACITY):
        keys.put(key(number), keys.epoch)
        assert keys.get(used.header) is used
    assert keys.get(key(1).header) is None


def test_a_key_is_held_for_a_while_and_no_longer() -> None:
    keys = OpenKeys()
    old, fresh = key(1), key(2)
    old.fetched -= module.ALONE_SECONDS + module.SHARED_SECONDS
    keys.put(old, keys.epoch)
    keys.put(fresh, keys.epoch)
    keys.look()
    assert [keys.get(old.header), keys.get(fresh.header)] == [None, fresh]


def test_a_row_read_before_a_key_was_forgotten_is_not_remembered_after() -> None:
    keys = OpenKeys()
    epoch = keys.epoch
    keys.forget(UUID(int=5))
    keys.put(key(1), epoch)
    assert len(keys) == 0


def test_a_forgotten_key_is_gone_from_both_halves() -> None:
    keys = filled(range(CAPACITY // 2 + 1))
    for number in (0, CAPACITY // 2):
        keys.forget(UUID(int=number))
        assert keys.get(key(number).header) is None
