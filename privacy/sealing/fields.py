"""Columns that hold only ciphertext, bound to their row, their field and their subject's key: text and JSON."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.core import checks
from django.core.validators import MaxLengthValidator
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from privacy.sealing.column import BoundField, SealedAttribute, SealedColumn, SealedExact
from privacy.sealing.errors import Tampered
from privacy.sealing.forms import SealedCharField, SealedJSONFormField
from privacy.sealing.handles import Sealed, SealedDict, SealedList, SealedText, quiet
from privacy.sealing.ring import seal, unseal

if TYPE_CHECKING:
    from django import forms

__all__ = ["BoundField", "SealedAttribute", "SealedColumn", "SealedExact", "SealedJSONField", "SealedTextField"]

_PADDING = "\x00"
_new = object.__new__


class SealedTextField(SealedColumn):
    """Text that only this application can read, and only in the row it was written for (see ``SealedColumn``).

    ``pad_to`` fills the text up to a multiple of so many bytes before it is sealed, so that the length of a short
    categorical value ("married", "single") does not tell which one it is. It may be changed at any time.
    """

    description = _("Sealed text")
    non_db_attrs = (*SealedColumn.non_db_attrs, "pad_to", "max_length")

    def __init__(self, *args: Any, pad_to: int | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.pad_to = pad_to
        if self.max_length is not None:
            self.validators.append(MaxLengthValidator(self.max_length))

    def deconstruct(self) -> tuple[str, str, Sequence[Any], dict[str, Any]]:
        name, path, args, kwargs = super().deconstruct()
        if self.pad_to is not None:
            kwargs["pad_to"] = self.pad_to
        return name, path, args, kwargs

    def check(self, **kwargs: Any) -> list[checks.CheckMessage]:
        found = super().check(**kwargs)
        if self.pad_to is not None and not (isinstance(self.pad_to, int) and self.pad_to > 0):
            found.append(checks.Error("pad_to is a number of bytes, 1 or more.", obj=self, id="privacy.E004"))
        return found

    def accepted(self, value: Any) -> Any:
        if isinstance(value, Promise):
            value = str(value)
        if value is not None and not isinstance(value, str | Sealed):
            raise TypeError(f"{self.label}: a sealed field takes text, not {type(value).__name__}")
        # An absent value has one form in the database, and it tells nothing.
        return None if value == "" and self.null else value

    def close(self, instance: Any) -> Sealed | None:
        # The two cases that lists are made of, in as few steps as they can be: nothing changed, and a new text.
        value = instance.__dict__.get(self.attname)
        if value.__class__ is Sealed:
            return value
        if value.__class__ is not str:
            return super().close(instance)
        bound_to = self.context(instance)
        sealed = _new(Sealed)
        sealed.blob = seal(self.encoded(value), instance.sealing_subject(), bound_to)
        sealed.context = bound_to
        sealed.opened = value
        instance.__dict__[self.attname] = sealed
        return sealed

    def encoded(self, value: str) -> bytes:
        if _PADDING in value:
            # As PostgreSQL does for text in the clear; here it would be taken for padding.
            raise ValueError(f"{self.label}: a text cannot hold NUL characters")
        try:
            plain = value.encode()
        except UnicodeEncodeError:
            raise ValueError(f"{self.label}: the text cannot be written as UTF-8") from None
        if self.pad_to is not None:
            plain = plain.ljust(max(1, -(-len(plain) // self.pad_to)) * self.pad_to, b"\x00")
        return plain

    def open(self, sealed: Sealed, bound_to: bytes) -> SealedText:
        plain = unseal(sealed.blob, bound_to)
        if plain and not plain[-1]:
            plain = plain.rstrip(b"\x00")
        try:
            text = SealedText(plain.decode())
        except UnicodeDecodeError:
            raise Tampered(f"{self.label}: what was sealed is not text") from None
        text.blob, text.context = sealed.blob, bound_to
        sealed.opened = text
        return text

    def shown(self, sealed: Sealed) -> SealedText:
        text = sealed.opened
        if not isinstance(text, SealedText):
            # As it was assigned, before it was saved.
            text = SealedText(text)
            text.blob, text.context = sealed.blob, sealed.context or b""
            sealed.opened = text
        return text

    def sealed(self, value: str, instance: Any, bound_to: bytes) -> Sealed:
        if value.__class__ is not str:
            if isinstance(value, SealedText) and value.context == bound_to:
                return Sealed(value.blob, bound_to, value)
            # Nothing of where it came from.
            value = str.__str__(value)
        return Sealed(seal(self.encoded(value), instance.sealing_subject(), bound_to), bound_to, value)

    def blob_of(self, value: Any) -> bytes | None:
        return value.blob if isinstance(value, SealedText) else None

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        defaults: dict[str, Any] = {"form_class": SealedCharField, "max_length": self.max_length}
        if self.null:
            defaults["empty_value"] = None
        return super().formfield(**{**defaults, **kwargs})


class SealedJSONField(SealedColumn):
    """A JSON object or array that only this application can read, and only in the row it was written for.

    Reading decodes a fresh structure for each instance. It may be changed in place: saving seals anew whatever is no
    longer what was opened, and keeps the ciphertext of what still is. Texts, objects and arrays in it print as
    "[sealed]"; numbers taken out of it print as they are.
    """

    description = _("Sealed JSON")
    empty_strings_allowed = False

    def accepted(self, value: Any) -> Any:
        if value is not None and not isinstance(value, dict | list | Sealed):
            raise TypeError(f"{self.label}: a sealed JSON field takes object or array, not {type(value).__name__}")
        return value

    def encoded(self, value: Any) -> bytes:
        try:
            return json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
        except UnicodeEncodeError:
            raise ValueError(f"{self.label}: a text cannot be written as UTF-8") from None
        except (TypeError, ValueError, RecursionError) as error:
            raise TypeError(f"{self.label}: the value has no JSON form ({type(error).__name__})") from None

    def open(self, sealed: Sealed, bound_to: bytes) -> Any:
        sealed.opened = self._decoded(unseal(sealed.blob, bound_to), sealed.blob, bound_to)
        return sealed.opened

    def _decoded(self, plain: bytes, blob: bytes, bound_to: bytes | None) -> SealedDict | SealedList:
        try:
            value = quiet(json.loads(plain))
        except (ValueError, RecursionError):
            raise Tampered(f"{self.label}: what was sealed is not JSON") from None
        if not isinstance(value, SealedDict | SealedList):
            raise Tampered(f"{self.label}: what was sealed is neither an object nor an array")
        value.blob, value.plain, value.context = blob, plain, bound_to
        return value

    def shown(self, sealed: Sealed) -> Any:
        if isinstance(sealed.opened, bytes):
            # Sealed just now. What was assigned stays in the hands of who assigned it.
            sealed.opened = self._decoded(sealed.opened, sealed.blob, sealed.context)
        return sealed.opened

    def is_changed(self, sealed: Sealed) -> bool:
        return not isinstance(sealed.opened, bytes) and self.blob_of(sealed.opened) is None

    def sealed(self, value: Any, instance: Any, bound_to: bytes) -> Sealed:
        known = self.blob_of(value)
        if known is not None and getattr(value, "context", None) == bound_to:
            # Read and assigned again, as forms do.
            return Sealed(known, bound_to, value)
        plain = self.encoded(value)
        blob = seal(plain, instance.sealing_subject(), bound_to)
        held = instance.__dict__.get(self.attname)
        if isinstance(held, Sealed):
            # Changed in place: who holds the structure may go on changing it.
            value.blob, value.plain, value.context = blob, plain, bound_to
            return Sealed(blob, bound_to, value)
        return Sealed(blob, bound_to, plain)

    def blob_of(self, value: Any) -> bytes | None:
        blob: bytes | None = getattr(value, "blob", None) if isinstance(value, SealedDict | SealedList) else None
        return blob if blob is not None and self.encoded(value) == value.plain else None

    def formfield(self, **kwargs: Any) -> forms.Field | None:
        return super().formfield(**{"form_class": SealedJSONFormField, **kwargs})
