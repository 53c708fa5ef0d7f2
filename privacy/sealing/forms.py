"""The form face of a sealed field: the person who may edit the value sees it, nothing else does."""

from typing import Any

from django import forms

from privacy.sealing.errors import Shredded
from privacy.sealing.handles import Sealed
from privacy.sealing.ring import unseal


def _opened(value: Any) -> Any:
    if isinstance(value, Sealed):
        if value.context is None:
            raise TypeError("This sealed value does not say which row it belongs to.")
        try:
            return unseal(value.blob, value.context).decode()
        except Shredded:
            # What was erased may be entered anew.
            return None
    return value


class SealedCharField(forms.CharField):
    def prepare_value(self, value: Any) -> Any:
        return super().prepare_value(_opened(value))

    def has_changed(self, initial: Any, data: Any) -> bool:
        return super().has_changed(_opened(initial), data)
