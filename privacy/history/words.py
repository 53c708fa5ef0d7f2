"""Values of history rows as words that a reader understands."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.formats import date_format, number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from privacy.sealing.column import BoundField
from privacy.sealing.handles import carrying_ciphertext


def is_sealed(field: models.Field[Any, Any]) -> bool:
    """Whether the value, or the file that it names, is sealed."""
    return isinstance(field, BoundField)


class Words:
    """Puts the values of some history rows into words; what their relations point to is looked up once for all."""

    def __init__(self, rows: Iterable[Any], names: Iterable[str]) -> None:
        self._targets: dict[str, dict[Any, str]] = {}
        rows = list(rows)
        for field in rows[0].tracked_fields if rows else ():
            if field.name in names and field.is_relation and field.related_model is not None:
                keys = {getattr(row, field.attname) for row in rows} - {None}
                with carrying_ciphertext():
                    found = field.related_model._base_manager.in_bulk(keys) if keys else {}
                    self._targets[field.name] = {key: str(target) for key, target in found.items()}

    def of(self, row: Any, field: models.Field[Any, Any]) -> str:
        """The value of ``field`` in ``row``. Never that of a sealed field."""
        if is_sealed(field):
            with carrying_ciphertext():
                return _("[sealed]") if getattr(row, field.attname) else _("(empty)")
        value = getattr(row, field.attname)
        if value in (None, ""):
            return _("(empty)")
        if field.name in self._targets:
            return self._targets[field.name].get(value, _("(no longer there)"))
        if field.choices:
            return str(dict(field.flatchoices).get(value, value))
        return plain_words(value)


def plain_words(value: Any) -> str:
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return date_format(timezone.localtime(value), "DATETIME_FORMAT")
    if isinstance(value, date):
        return date_format(value, "DATE_FORMAT")
    if isinstance(value, int | float):
        return str(value)
    if isinstance(value, list | tuple):
        return _(", ").join(plain_words(inner) for inner in value) or _("(empty)")
    if isinstance(value, dict):
        told = (f"{key}{_(': ')}{plain_words(inner)}" for key, inner in value.items())
        return _(", ").join(told) or _("(empty)")
    if isinstance(value, str | Promise):
        return str(value)
    return number_format(value) if hasattr(value, "as_tuple") else str(value)
