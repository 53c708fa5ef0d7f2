"""Search by equality beside a sealed field, without anything readable in the database.

The column holds ``root key 4 | HMAC-SHA256(key, normalised value)``, the first 4 bytes of the id of the index root it
was made under and the first 16 bytes of the hash. The key is derived from the index root for this model, field and
column, so equal values of two columns do not look equal. Whoever has the database but not the keys learns which rows
of one column have equal values, and nothing else.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar
from uuid import UUID

import phonenumbers
from django.apps import apps
from django.apps.registry import Apps
from django.core import checks
from django.core.exceptions import FieldDoesNotExist
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import gettext_lazy as _

from privacy.sealing import ring
from privacy.sealing.errors import SealingError
from privacy.sealing.fields import SealedTextField
from privacy.sealing.handles import Sealed
from privacy.sealing.keys import INDEX_ROOT
from privacy.sealing.opening import unrecorded

if TYPE_CHECKING:
    _BinaryField = models.BinaryField[bytes | None, bytes | None]
else:
    _BinaryField = models.BinaryField

Row = TypeVar("Row", bound=models.Model)
Normaliser = Callable[[str], str | None]
FULL_BITS = 128
EPOCH_BYTES = 4
HOME_REGION = "CN"


# One form for what people write in several. None: not of that kind, so not to be found by it. -------


def email(text: str) -> str | None:
    return unicodedata.normalize("NFKC", text).strip().casefold() or None


def phone_e164(text: str) -> str | None:
    """ "+8613800138000". A number without a country code is taken for a Chinese one."""
    try:
        number = phonenumbers.parse(unicodedata.normalize("NFKC", text), HOME_REGION)
    except phonenumbers.NumberParseException:
        return None
    if number.extension or not phonenumbers.is_possible_number(number):
        return None
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def identity_number(text: str) -> str | None:
    """Capitals, no blanks: the 18th character of a resident number (公民身份号码, GB 11643-1999) may be an X."""
    return "".join(unicodedata.normalize("NFKC", text).split()).upper() or None


def organisation_code(text: str) -> str | None:
    """Capitals, neither blanks nor hyphens: 统一社会信用代码 (GB 32100-2015), 组织机构代码 (GB 11714-1997)."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper() or None


# The column -------------------------------------------------------------------------------------------


class BlindIndexField(_BinaryField):
    """An exact-match index of the sealed text field ``source`` of the same model, kept in step by saving instances.

    With ``unique=True`` the database refuses a second row with the same value. ``truncate_bits`` keeps less of the
    hash, so that several values share one entry and equal entries prove nothing; what is found is then opened and
    compared. For R rows choose L bits with 2 <= R / 2**L <= sqrt(R).

    Null where there is no value, where it has no normal form, and once the key of the value has been destroyed. It is
    left out of the history. ``update(source=None)`` does not reach it: save the instance.
    """

    description = _("Blind index of a sealed field")
    recorded_in_history = False
    non_db_attrs = (*models.BinaryField.non_db_attrs, "normalise", "source", "truncate_bits")

    def __init__(
        self,
        *args: Any,
        source: str,
        normalise: Normaliser,
        truncate_bits: int | None = None,
        **kwargs: Any,
    ) -> None:
        kwargs["null"] = kwargs["blank"] = True
        kwargs["editable"] = False
        if not kwargs.get("unique"):
            kwargs.setdefault("db_index", True)
        super().__init__(*args, **kwargs)
        self.source, self.normalise, self.truncate_bits = source, normalise, truncate_bits

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        kwargs |= {"source": self.source, "normalise": self.normalise}
        if self.truncate_bits is not None:
            kwargs["truncate_bits"] = self.truncate_bits
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        try:
            is_sealed = isinstance(self.model._meta.get_field(self.source), SealedTextField)
        except FieldDoesNotExist:
            is_sealed = False
        if not is_sealed:
            found.append(checks.Error("source names a SealedTextField of this model.", obj=self, id="privacy.E005"))
        if self.truncate_bits is not None and (self.unique or not 1 <= self.truncate_bits < FULL_BITS):
            found.append(
                checks.Error("A truncated index has 1 to 127 bits and is not unique.", obj=self, id="privacy.E006")
            )
        return found

    @property
    def source_field(self) -> SealedTextField:
        field = self.model._meta.get_field(self.source)
        if not isinstance(field, SealedTextField):
            raise TypeError(f"{self.model._meta.label}.{self.source} is not sealed text")
        return field

    # Values -------------------------------------------------------------------------------------

    @property
    def _purpose(self) -> bytes:
        return f"bidx/v1/{self.source_field.label}/{self.name}".encode()

    def _entry(self, root_id: UUID, normal: str) -> bytes:
        digest = hmac.digest(ring.derived_key(root_id, self._purpose), normal.encode(), hashlib.sha256)
        bits = self.truncate_bits or FULL_BITS
        kept = int.from_bytes(digest[: FULL_BITS // 8], "big") >> (FULL_BITS - bits)
        return root_id.bytes[:EPOCH_BYTES] + kept.to_bytes(-(-bits // 8), "big")

    def entry(self, value: str | None) -> bytes | None:
        """What the column holds for ``value``, under the present index root."""
        normal = None if value is None else self.normalise(value)
        return None if normal is None else self._entry(ring.active_key(INDEX_ROOT).id, normal)

    def entries(self, normal: str) -> list[bytes]:
        """What the column may hold for a normalised value: under the present root, and under each earlier one."""
        return [self._entry(root_id, normal) for root_id in ring.root_ids(INDEX_ROOT)]

    def pre_save(self, model_instance: models.Model, add: bool) -> Any:
        held = self.source_field.held(model_instance)
        if isinstance(held, Sealed):
            present = getattr(model_instance, self.attname)
            if present is not None and ring.is_destroyed(held.blob):
                # The row was loaded before: its entry went with the key.
                held = None
            elif held.opened is None:
                # Never opened, so not changed.
                return present
            else:
                held = held.opened
        entry = self.entry(held)
        setattr(model_instance, self.attname, entry)
        return entry

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> bytes | None:
        return None if value is None else bytes(value)


# Searching --------------------------------------------------------------------------------------------


def index_of(model: type[models.Model], field: str) -> BlindIndexField:
    """Raises ``LookupError`` when ``field`` has no blind index."""
    for found in model._meta.concrete_fields:
        if isinstance(found, BlindIndexField) and found.source == field:
            return found
    raise LookupError(f"{model._meta.label}.{field} has no blind index.")


def find_by_sealed(queryset: models.QuerySet[Row], field: str, value: str) -> models.QuerySet[Row]:
    """The rows of ``queryset`` whose sealed ``field`` holds ``value`` in any spelling that means the same.

    Comparing is not showing: nothing is recorded, and whether the searcher may know is for the caller to decide.
    """
    index = index_of(queryset.model, field)
    normal = index.normalise(value)
    if normal is None:
        return queryset.none()
    found = queryset.filter(**{f"{index.attname}__in": index.entries(normal)})
    if index.truncate_bits is None:
        return found
    return queryset.filter(pk__in=[row.pk for row in _holding(found, index, normal)])


def _holding(candidates: models.QuerySet[Row], index: BlindIndexField, normal: str) -> Iterator[Row]:
    rows = list(candidates)
    ring.prefetch(rows)
    with unrecorded():
        for row in rows:
            try:
                held = index.normalise(getattr(row, index.source) or "") or ""
            except SealingError:
                continue
            if hmac.compare_digest(held.encode(), normal.encode()):
                yield row


# Keeping it true --------------------------------------------------------------------------------------


def indexes(registry: Apps = apps) -> Iterator[BlindIndexField]:
    """Every blind index there is."""
    for model in registry.get_models():
        yield from (field for field in model._meta.local_concrete_fields if isinstance(field, BlindIndexField))


def empty_for_keys(key_ids: Iterable[UUID], registry: Apps = apps) -> None:
    """Empty every entry whose value is sealed under one of these keys, which are about to be destroyed."""
    headers = [ring.MAGIC + key_id.bytes for key_id in key_ids]
    for index in indexes(registry):
        source = models.Func(
            models.F(index.source),
            models.Value(1),
            models.Value(ring.HEADER_BYTES),
            function="SUBSTR",
            output_field=models.BinaryField(),
        )
        rows = index.model._base_manager.exclude(**{index.attname: None}).alias(sealed_under=source)
        rows.filter(sealed_under__in=headers).update(**{index.attname: None})


ring.before_shredding.append(empty_for_keys)
