"""The form face of a sealed field: the person who may edit the value sees it, nothing else does."""

from typing import Any

from django import forms

from privacy.sealing.errors import Shredded
from privacy.sealing.handles import Sealed, TakenSealed
from privacy.sealing.opening import before_open


def _opened(value: Any) -> Any:
    if not isinstance(value, Sealed):
        return value
    if not isinstance(value, TakenSealed) or value.context is None:
        raise TypeError("This sealed value does not say which row it belongs to.")
    instance, field = value.origin
    try:
        if value.opened is None:
            before_open(instance, field)
            # The handle is opened, not the attribute: a form that was sent may have set that meanwhile.
            field.open(value, value.context)  # type: ignore[attr-defined]
        return field.shown(value)  # type: ignore[attr-defined]
    except Shredded:
        # What was erased may be entered anew.
        return None


class SealedCharField(forms.CharField):
    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(_opened(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(_opened(initial), data)


class SealedJSONFormField(forms.JSONField):
    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(_opened(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(_opened(initial), data)
