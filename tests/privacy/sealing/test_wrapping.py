"""A wrapped data key is bound to its row: to its own id, and to whom it belongs."""

from __future__ import annotations

from collections.abc import Iterator
from uuid import UUID, uuid4

import pytest

from privacy.sealing import ring
from privacy.sealing.errors import Tampered
from privacy.sealing.keys import Subject, key_provider
from privacy.sealing.models import DataKey
from privacy.sealing.open_keys import open_keys
from privacy.sealing.rewrapping import keys_to_rewrap, rewrap
from privacy.sealing.wrapping import BOUND, unwrapped

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PLACE = ring.context("app.model.field", UUID(int=7))
ONE, OTHER = Subject("person", UUID(int=11)), Subject("person", UUID(int=12))


@pytest.fixture(autouse=True)
def _nothing_open() -> Iterator[None]:
    yield
    open_keys.clear()


def sealed_for(subject: Subject) -> tuple[bytes, DataKey]:
    blob = ring.seal(b"text", subject, PLACE)
    open_keys.clear()
    return blob, DataKey.objects.get(scope_ref=subject.ref)


def wrap_as_before(key: DataKey) -> None:
    """In the form that is bound to the id of the key only."""
    wrapped = key_provider().wrap(b"gongzhi/data-key/v1|" + key.id.bytes, unwrapped(key))
    DataKey.objects.filter(pk=key.pk).update(wrapped=wrapped)


def test_a_wrapped_key_in_the_row_of_another_subject_is_refused() -> None:
    _, key = sealed_for(ONE)
    blob, other = sealed_for(OTHER)
    DataKey.objects.filter(pk=other.pk).update(wrapped=key.wrapped)
    with pytest.raises(Tampered):
        ring.unseal(blob, PLACE)


@pytest.mark.parametrize("whose", [{"scope_ref": OTHER.ref}, {"scope_type": "case"}], ids=["person", "kind"])
def test_a_key_that_was_given_to_another_subject_is_refused(whose: dict[str, object]) -> None:
    blob, key = sealed_for(ONE)
    DataKey.objects.filter(pk=key.pk).update(**whose)
    with pytest.raises(Tampered):
        ring.unseal(blob, PLACE)


def test_a_key_that_was_given_to_another_subject_seals_nothing_for_them() -> None:
    _, key = sealed_for(ONE)
    DataKey.objects.filter(pk=key.pk).update(scope_ref=OTHER.ref)
    with pytest.raises(Tampered):
        ring.seal(b"text", OTHER, PLACE)


def test_a_list_leaves_such_a_key_for_opening_to_refuse() -> None:
    (mine, _), (blob, other) = sealed_for(ONE), sealed_for(OTHER)
    DataKey.objects.filter(pk=other.pk).update(scope_ref=uuid4())
    ring.prefetch([mine, blob])
    assert ring.unseal(mine, PLACE) == b"text"
    with pytest.raises(Tampered):
        ring.unseal(blob, PLACE)


def test_a_key_wrapped_in_the_earlier_form_opens() -> None:
    blob, key = sealed_for(ONE)
    wrap_as_before(key)
    assert ring.unseal(blob, PLACE) == b"text"


def test_rewrapping_binds_what_was_not_bound_and_leaves_the_rest() -> None:
    (blob, key), (_, other) = sealed_for(ONE), sealed_for(OTHER)
    wrap_as_before(key)
    assert (keys_to_rewrap().unbound, rewrap().rewrapped, keys_to_rewrap().unbound) == (1, 1, 0)
    assert bytes(DataKey.objects.get(pk=key.pk).wrapped or b"").startswith(BOUND)
    assert DataKey.objects.get(pk=other.pk).wrapped == other.wrapped
    assert ring.unseal(blob, PLACE) == b"text"
    DataKey.objects.filter(pk=key.pk).update(scope_ref=uuid4())
    open_keys.clear()
    with pytest.raises(Tampered):
        ring.unseal(blob, PLACE)
