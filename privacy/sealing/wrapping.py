"""How a data key is wrapped under a key-encryption key (KEK), and what it is bound to.

A wrapped key is ``bound/2|`` and what the keeper of the KEK made of it. It is bound, as associated data, to the id of
the data key and to whom it belongs: in the row of another key, or of another person, organisation or case, it does not
unwrap. Keys that were wrapped before, without that beginning, are bound to their id only. They still unwrap, and
``privacy_rewrap`` binds them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from uuid import UUID

from django.db.models import BinaryField, F, Func, Q, QuerySet, Value

from privacy.sealing.alarms import trying
from privacy.sealing.errors import Tampered, UnknownKey
from privacy.sealing.keys import Subject, key_provider, provider_of
from privacy.sealing.models import DataKey

BOUND = b"bound/2|"
_TAG = b"gongzhi/data-key/v2|"
_EARLIER_TAG = b"gongzhi/data-key/v1|"


def context_of(key_id: UUID, subject: Subject) -> bytes:
    """What a key is bound to: its id, the kind of its subject after its length (1 byte), and who that is."""
    kind = subject.scope_type.encode()
    return _TAG + key_id.bytes + bytes([len(kind)]) + kind + subject.ref.bytes


def wrapped_for(key_id: UUID, subject: Subject, material: bytes) -> bytes:
    """Wrapped under the present KEK."""
    return BOUND + key_provider().wrap(context_of(key_id, subject), material)


def _asked(key: DataKey) -> tuple[bytes, bytes]:
    """The context and the bytes that its keeper is asked to unwrap."""
    held = bytes(key.wrapped or b"")
    if held.startswith(BOUND):
        return context_of(key.id, Subject(key.scope_type, key.scope_ref)), held[len(BOUND) :]
    return _EARLIER_TAG + key.id.bytes, held


def _refusal(key: DataKey) -> Tampered:
    return Tampered(f"data key {key.id} was altered, or wrapped for another subject or under another KEK")


def unwrapped(key: DataKey) -> bytes:
    """The key itself. Raises ``UnknownKey`` where its KEK is not here, ``Tampered`` where it was not wrapped so."""
    provider = provider_of(key.kek_id)
    try:
        with trying():
            return provider.unwrap(*_asked(key))
    except Tampered:
        raise _refusal(key) from None


def unwrapped_all(keys: Iterable[DataKey]) -> dict[UUID, bytes | UnknownKey | Tampered]:
    """Many keys, or what is wrong with each. Every keeper is asked once, however many keys are its."""
    by_kek: defaultdict[str, list[DataKey]] = defaultdict(list)
    for key in keys:
        by_kek[key.kek_id].append(key)
    found: dict[UUID, bytes | UnknownKey | Tampered] = {}
    for kek_id, wrapped in by_kek.items():
        try:
            with trying():
                materials = provider_of(kek_id).unwrap_all([_asked(key) for key in wrapped])
        except UnknownKey as error:
            found |= {key.id: error for key in wrapped}
            continue
        for key, material in zip(wrapped, materials, strict=True):
            found[key.id] = _refusal(key) if material is None else material
    return found


def to_wrap_anew() -> QuerySet[DataKey]:
    """Keys under an earlier KEK, or not bound to their subject."""
    beginning = Func(F("wrapped"), Value(1), Value(len(BOUND)), function="SUBSTR", output_field=BinaryField())
    rows = DataKey.objects.exclude(wrapped=None).alias(beginning=beginning)
    return rows.exclude(Q(kek_id=key_provider().kek_id) & Q(beginning=BOUND))
