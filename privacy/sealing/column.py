"""What all sealed fields share: what a value is bound to, and that it opens by its attribute only."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any
from uuid import UUID

from django.core import checks
from django.core.exceptions import FieldDoesNotExist, ValidationError
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models.lookups import Exact, Lookup
from django.db.models.query_utils import DeferredAttribute
from django.utils.translation import gettext_lazy as _

from privacy.sealing import ring
from privacy.sealing.errors import Shredded, UnknownKey
from privacy.sealing.handles import ImportedSealed, Sealed, TakenSealed, is_carrying_ciphertext
from privacy.sealing.opening import before_open

if TYPE_CHECKING:
    _Field = models.Field[Any, Any]
else:
    _Field = models.Field

SERIAL_PREFIX = "enc:v1:"
_MISSING = object()


class BoundField(_Field):
    """A field whose values are bound to their row and field, and recorded when they are opened.

    The model derives from ``RowIdentity`` and says whose data it is: ``def sealing_subject(self) -> Subject``.

    ``label`` ("app.model.field") is what values are bound to. Name the old one when the model or field is renamed.
    ``needs_reason``: whoever reads somebody else's value says why first (see ``privacy.access``).
    """

    non_db_attrs = (*models.Field.non_db_attrs, "label", "needs_reason")

    def __init__(self, *args: Any, label: str | None = None, needs_reason: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._given_label = label
        self.label = label or ""
        self.needs_reason = needs_reason
        self._place = ring.context_of(self.label)

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self._given_label is not None:
            kwargs["label"] = self._given_label
        if self.needs_reason:
            kwargs["needs_reason"] = True
        return name, path, args, kwargs

    def contribute_to_class(self, cls: type[models.Model], name: str, private_only: bool = False) -> None:
        super().contribute_to_class(cls, name, private_only=private_only)
        # History models are made from a copy of this field, which keeps the label of the living model: what a row
        # holds can be copied into its history as it is.
        if not self.label and not cls._meta.abstract:
            self.label = f"{cls._meta.label_lower}.{name}"
            self._place = ring.context_of(self.label)

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

    def context(self, instance: Any) -> bytes:
        row_id = instance.row_id
        if row_id.__class__ is not UUID:
            row_id = UUID(str(row_id))
        return self._place + row_id.int.to_bytes(16, "big")


class SealedAttribute(DeferredAttribute):
    """Opens the value when the attribute is read, not when the row is loaded."""

    field: SealedColumn

    def __init__(self, field: Any) -> None:
        super().__init__(field)
        self._name: str = field.attname

    def held(self, instance: models.Model) -> Any:
        """What the instance holds: ``Sealed``, a plain value that is not saved yet, or None."""
        value = instance.__dict__.get(self._name, _MISSING)
        return super().__get__(instance, type(instance)) if value is _MISSING else value

    def __get__(self, instance: Any, owner: Any = None) -> Any:
        if instance is None:
            return self
        value = instance.__dict__.get(self._name, _MISSING)
        if value is _MISSING:
            value = super().__get__(instance, owner)
        if value is None:
            return None
        if is_carrying_ciphertext():
            return self.field.close(instance)
        if not isinstance(value, Sealed):
            return value
        if value.opened is None:
            field = self.field
            before_open(instance, field)
            try:
                field.open(value, field.context(instance))
            except (UnknownKey, Shredded):
                if isinstance(value, ImportedSealed):
                    return value
                raise
        return self.field.shown(value)

    def __set__(self, instance: Any, value: Any) -> None:
        # Rows that come from the database are most of what is set.
        instance.__dict__[self._name] = value if value.__class__ is Sealed else self.field.accepted(value)


class SealedExact(Exact):
    """Exists so that ``filter(field=None)`` works as everywhere; anything else cannot be compared in the database."""

    def __init__(self, lhs: Any, rhs: Any) -> None:
        if rhs is not None:
            raise TypeError("A sealed field cannot be searched: the database holds only ciphertext.")
        super().__init__(lhs, rhs)


class SealedColumn(BoundField):
    """A binary column that holds only ciphertext.

    Reading the attribute opens the value; ``values_list``, ``repr``, pickles and fixtures never do. Writing goes
    through an instance (``save``, ``bulk_create``); ``update()``, ``bulk_update()`` and lookups with a value raise
    ``TypeError``. Altered, moved or planted bytes raise ``Tampered``.
    """

    descriptor_class = SealedAttribute

    # What kinds of value differ in --------------------------------------------------------------

    def accepted(self, value: Any) -> Any:
        """What the attribute keeps when ``value`` is assigned. Raises ``TypeError``."""
        raise NotImplementedError

    def encoded(self, value: Any) -> bytes:
        """The bytes to be sealed. Raises ``ValueError`` or ``TypeError``, without the value in the message."""
        raise NotImplementedError

    def open(self, sealed: Sealed, bound_to: bytes) -> Any:
        """Open and decode; the value stays on the handle. Raises ``SealingError``."""
        raise NotImplementedError

    def shown(self, sealed: Sealed) -> Any:
        """What reading the attribute gives, of a handle that was opened or just made."""
        return sealed.opened

    def is_changed(self, sealed: Sealed) -> bool:
        """Whether an opened value was changed in place."""
        return False

    def sealed(self, value: Any, instance: Any, bound_to: bytes) -> Sealed:
        """A new handle for a value that was assigned, or changed in place."""
        raise NotImplementedError

    def blob_of(self, value: Any) -> bytes | None:
        """The ciphertext that an opened value still stands for, in whatever row."""
        raise NotImplementedError

    # Sealing ------------------------------------------------------------------------------------

    def close(self, instance: Any) -> Sealed | None:
        """Seal what the instance holds, in place, and return it. What is sealed for this row already stays as it is."""
        state, name = instance.__dict__, self.attname
        value = state.get(name, _MISSING)
        if value is _MISSING:
            value = self.held(instance)
        if value is None:
            return None
        if isinstance(value, Sealed):
            if value.opened is None or not self.is_changed(value):
                return value
            value = value.opened
        state[name] = sealed = self.sealed(value, instance, self.context(instance))
        return sealed

    def held(self, instance: models.Model) -> Any:
        """What the instance holds: ``Sealed``, a plain value that is not saved yet, or None."""
        descriptor: SealedAttribute = getattr(type(instance), self.attname)
        return descriptor.held(instance)

    # Database -----------------------------------------------------------------------------------

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
        blob = value.blob if isinstance(value, Sealed) else self.blob_of(value)
        if blob is None:
            raise TypeError(
                f"{self.label}: a value can only be written through an instance, which says whose row it is"
            )
        # Read from another row, it stays bound to that row and fails closed here.
        return connection.Database.Binary(blob)  # type: ignore[attr-defined]

    def get_lookup(self, lookup_name: str) -> type[Lookup[Any]] | None:
        if lookup_name == "isnull":
            return super().get_lookup(lookup_name)
        if lookup_name == "exact":
            return SealedExact
        raise TypeError(f"{self.label}: a sealed field cannot be searched by {lookup_name}")

    # Forms, fixtures ----------------------------------------------------------------------------

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
        value = self.held(obj)
        if not isinstance(value, Sealed):
            return value
        taken = TakenSealed(value.blob, self.context(obj), value.opened)
        taken.origin = obj, self
        return taken

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
