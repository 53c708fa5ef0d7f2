"""The rows that leaves are committed to: most are history rows, all are read from the database as they stand there."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache, lru_cache
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import models

from privacy.log.canonical import canonical, commitment
from privacy.sealing.keys import PORTAL, Subject
from privacy.statements import read


@dataclass(frozen=True)
class Row:
    """One row to be covered by a leaf, and for whom the salt of its commitment is sealed."""

    label: str
    pk: int
    columns: tuple[str, ...]
    subject: Subject

    @property
    def salt_name(self) -> str:
        return f"{self.label}:{self.pk}"

    @property
    def columns_name(self) -> str:
        """Under which the fingerprint of ``columns`` is sealed beside the salt."""
        return columns_name(self.salt_name)


_COLUMNS_OF = "columns of "


def columns_name(salt_name: str) -> str:
    return f"{_COLUMNS_OF}{salt_name}"


def salts_in(secret: str) -> dict[str, str]:
    """The salts of a ``LeafSecret`` by name, without the fingerprints beside them."""
    return {name: salt for name, salt in json.loads(secret).items() if not name.startswith(_COLUMNS_OF)}


@lru_cache(maxsize=1000)
def fingerprint(columns: tuple[str, ...]) -> str:
    """Tells a column that was dropped since from a name that somebody wrote over another."""
    return hashlib.sha256(json.dumps(columns).encode()).hexdigest()[:32]


def subject_of(record: Any) -> Subject:
    """Whose data a record holds; the portal's own where it does not say."""
    found = getattr(record, "sealing_subject", None)
    return found() if callable(found) else PORTAL


def is_sealed(field: models.Field[Any, Any]) -> bool:
    """Sealed columns prove themselves, and are written anew when a key is changed."""
    return hasattr(field, "needs_reason") or field.get_internal_type() == "BinaryField"


@cache
def columns_of(model: type[models.Model]) -> tuple[str, ...]:
    """The columns of a row of ``model`` that a leaf is committed to, in their order."""
    return tuple(field.attname for field in model._meta.concrete_fields if not is_sealed(field))


def row_of(instance: models.Model, subject: Subject, columns: Sequence[str] = ()) -> Row:
    return Row(instance._meta.label_lower, instance.pk, tuple(columns) or columns_of(type(instance)), subject)


def plain(value: Any) -> Any:
    """Text for the values that have one obvious text; the rest is left to ``canonical`` to take or refuse."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    if isinstance(value, UUID | Decimal | date | time):
        return str(value)
    if isinstance(value, dict):
        return {key: plain(inner) for key, inner in value.items()}
    if isinstance(value, list | tuple):
        return [plain(inner) for inner in value]
    return value


def _column(value: Any) -> str | int | bool | None:
    """One form for what a column holds, the same on every database."""
    if isinstance(value, int) and not -(2**53) < value < 2**53:
        return str(value)
    if value is None or isinstance(value, str | int):
        return value
    if isinstance(value, timedelta):
        return f"{value.days}d {value.seconds}s {value.microseconds}us"
    simple = plain(value)
    # JSON columns may hold floats, which have no canonical form of ours; Python writes the shortest that reads back.
    return simple if isinstance(simple, str) else json.dumps(simple, sort_keys=True, separators=(",", ":"))


def digest(row: Row, values: Mapping[str, Any], salt: bytes) -> str:
    return commitment(row.salt_name, canonical({name: _column(values[name]) for name in row.columns}), salt)


def values_of(label: str, pks: Iterable[int], columns: Sequence[str]) -> dict[int, dict[str, Any]]:
    """What the database holds of these rows now. Raises ``LookupError`` or ``FieldError`` when it has no such place."""
    return read(apps.get_model(label), list(pks), columns)
