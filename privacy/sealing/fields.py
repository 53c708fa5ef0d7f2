"""A text column that holds only ciphertext, bound to its row, its field and its subject's key."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core import checks
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Exact, Lookup
from django.db.models.query_utils import DeferredAttribute
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy.sealing import ring
from privacy.sealing.errors import Shredded, UnknownKey
from privacy.sealing.forms import SealedCharField
from privacy.sealing.handles import ImportedSealed, Sealed, SealedText, is_carrying_ciphertext

if TYPE_CHECKING:
    from django import forms

    _TextField = models.Field[str | None, str | None]
else:
    _TextField = models.Field

SERIAL_PREFIX = "enc:v1:"


class SealedAttribute(DeferredAttribute):
    """Opens the value when the attribute is read, not when the row is loaded."""

    field: SealedTextField

    def held(self, instance: models.Model) -> Any:
        """What the instance holds: ``Sealed``, plain text that is not saved yet, or None."""
        return super().__get__(instance, type(instance))

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        value = self.held(instance)
        if is_carrying_ciphertext():
            return self.field.close(instance)
        if not isinstance(value, Sealed):
            return value
        if value.opened is None:
            try:
                value.opened = self.field.open(value.blob, self.field.context(instance))
            except (UnknownKey, Shredded):
                if isinstance(value, ImportedSealed):
                    return value
                raise
        return value.opened

    def __set__(self, instance: Any, value: Any) -> None:
        if isinstance(value, Promise):
            value = str(value)
        if value is not None and not isinstance(value, str | Sealed):
            raise TypeError(f"{self.field.label}: a sealed field takes text, not {type(value).__name__}")
        # An absent value has one form in the database, and it tells nothing.
        instance.__dict__[self.field.attname] = None if value == "" and self.field.null else value


class SealedExact(Exact):
    """Exists so that ``filter(field=None)`` works as everywhere; anything else cannot be compared in the database."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if rhs is not None:
            raise TypeError("A sealed field cannot be searched: the database holds only ciphertext.")
        super().__init__(lhs, rhs)


class SealedTextField(_TextField):
    """Text that only this application can read, and only in the row it was written for.

    The model derives from ``RowIdentity`` and says whose data it is: ``def sealing_subject(self) -> Subject``.

    Reading the attribute opens the value; ``values_list``, ``repr``, pickles and fixtures never do. Writing goes
    through an instance (``save``, ``bulk_create``); ``update()``, ``bulk_update()`` and lookups with text raise
    ``TypeError``. Altered, moved or planted bytes raise ``Tampered``.

    ``label`` ("app.model.field") is what values are bound to. Name the old one when the model or field is renamed.
    """

    description = _("Sealed text")
    descriptor_class = SealedAttribute

    def __init__(self, *args: Any, label: str | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.label = self._given_label = label
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self._given_label is not None:
            kwargs["label"] = self._given_label
        return name, path, args, kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only)
        # History models are made from a copy of this field, which keeps the label of the living model: what a row
        # holds can be copied into its history as it is.
        if self.label is None and not cls._meta.abstract:
            self.label = f"{cls._meta.label_lower}.{name}"

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        try:
            self.model._meta.get_field("row_id")
        except FieldDoesNotExist:
            found.append(
                checks.Error("A model with a sealed field must derive from RowIdentity.", obj=self, id="privacy.E001")
            )
        if self.primary_key or self.unique or getattr(self, "db_index", False):
            found.append(checks.Error("Ciphertext can be neither unique nor indexed.", obj=self, id="privacy.E002"))
        return found

    # Sealing ---------------------------------------------------------------------------------------

    def context(self, instance: Any) -> bytes:
        row_id = instance.row_id
        return ring.context(str(self.label), row_id if isinstance(row_id, UUID) else UUID(str(row_id)))

    def open(self, blob: bytes, bound_to: bytes) -> SealedText:
        text = SealedText(ring.unseal(blob, bound_to).decode())
        text.blob, text.context = blob, bound_to
        return text

    def close(self, instance: Any) -> Sealed | None:
        """Seal what the instance holds, in place, and return it. What is sealed for this row already stays as it is."""
        descriptor: SealedAttribute = getattr(type(instance), self.attname)
        value = descriptor.held(instance)
        if value is None or isinstance(value, Sealed):
            return value
        bound_to = self.context(instance)
        if isinstance(value, SealedText) and value.context == bound_to:
            sealed = Sealed(value.blob, opened=value)
        else:
            blob = ring.seal(value.encode(), instance.sealing_subject(), bound_to)
            opened = SealedText(value)
            opened.blob, opened.context = blob, bound_to
            sealed = Sealed(blob, opened=opened)
        instance.__dict__[self.attname] = sealed
        return sealed

    # Database --------------------------------------------------------------------------------------

    def get_internal_type(self) -> str:
        return "BinaryField"

    def from_db_value(self, value: Any, expression: Any, connection: BaseDatabaseWrapper) -> Sealed | None:
        if value is None:
            return None
        # SQLite returns planted text as text; it must fail when opened, not when the list it is in is loaded.
        return Sealed(bytes(value) if isinstance(value, bytes | memoryview) else str(value).encode())

    def pre_save(self, model_instance: models.Model, add: bool) -> Sealed | None:
        return self.close(model_instance)

    def get_db_prep_value(self, value: Any, connection: BaseDatabaseWrapper, prepared: bool = False) -> Any:
        if value is None:
            return None
        if not isinstance(value, Sealed | SealedText):
            raise TypeError(f"{self.label}: text can only be written through an instance, which says whose row it is")
        # Read from another row, it stays bound to that row and fails closed here.
        return connection.Database.Binary(value.blob)  # type: ignore[attr-defined]

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        if lookup_name == "exact":
            return SealedExact
        raise TypeError(f"{self.label}: a sealed field cannot be searched by {lookup_name}")

    # Forms, fixtures -------------------------------------------------------------------------------

    def clean(self, value: Any, model_instance: models.Model | None) -> Any:
        # Not by way of to_python: text that a person typed is never taken for ciphertext.
        if not isinstance(value, Sealed):
            self.validate(value, model_instance)
            self.run_validators(value)
        return value

    def to_python(self, value: Any) -> Any:
        """From a fixture or a stored revision."""
        if not isinstance(value, str) or not value.startswith(SERIAL_PREFIX):
            return value
        try:
            return ImportedSealed(base64.b64decode(value.removeprefix(SERIAL_PREFIX), validate=True))
        except binascii.Error:
            raise ValidationError(_("This is not a sealed value."), code="invalid") from None

    def value_from_object(self, obj: models.Model) -> Any:
        descriptor: SealedAttribute = getattr(type(obj), self.attname)
        value = descriptor.held(obj)
        return type(value)(value.blob, self.context(obj)) if isinstance(value, Sealed) else value

    def value_to_string(self, obj: models.Model) -> Any:
        sealed = self.close(obj)
        return None if sealed is None else SERIAL_PREFIX + base64.b64encode(sealed.blob).decode()

    def save_form_data(self, instance: models.Model, data: Any) -> None:
        # A form that was sent back unchanged must not look like a change in the history.
        try:
            is_unchanged = data == getattr(instance, self.attname)
        except Shredded:
            is_unchanged = False
        if not is_unchanged:
            setattr(instance, self.attname, data)

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        defaults: dict[str, Any] = {"form_class": SealedCharField, "max_length": self.max_length}
        if self.null:
            defaults["empty_value"] = None
        return super().formfield(**{**defaults, **kwargs})
