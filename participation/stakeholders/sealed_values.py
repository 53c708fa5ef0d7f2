"""Sealed values on the page of their owner: masked until asked for, kept when nothing is typed, removed when ticked."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from privacy.sealing.errors import Shredded
from privacy.sealing.handles import carrying_ciphertext

DOTS = "••••••"
REMOVE = "remove_"


def holds(record: models.Model, name: str) -> bool:
    """Whether a sealed value is there, found without opening it."""
    with carrying_ciphertext():
        return getattr(record, name) is not None


@sensitive_variables()
def own_text(record: models.Model, name: str) -> str:
    """A value for the eyes of its owner; empty where there is none or its key has been destroyed."""
    try:
        return getattr(record, name) or ""
    except Shredded:
        return ""


def ends_of(text: str, *, first: int = 0, last: int = 0) -> str:
    """As much of a value as tells it from another one: nothing of one that is hardly longer than what would show."""
    if len(text) < 2 * (first + last):
        return DOTS
    return f"{text[:first]}{DOTS}{text[len(text) - last :] if last else ''}"


Mask = Callable[[str], str]
# Not opened only to be masked.
CLOSED: Mask | None = None


@dataclass(frozen=True)
class OwnValue:
    """What the owner sees of one sealed value: ``text`` is masked unless ``is_shown``."""

    name: str
    is_held: bool
    is_shown: bool
    text: str


@sensitive_variables()
def own_values(record: models.Model, masks: Mapping[str, Mask | None], *, shown: str = "") -> dict[str, OwnValue]:
    """Every value of ``masks`` as its owner sees it, ``shown`` in plain. The caller knows that it is the owner."""
    found = {}
    for name, mask in masks.items():
        text, is_held = "", holds(record, name)
        if is_held:
            text = own_text(record, name) if name == shown else DOTS if mask is None else mask(own_text(record, name))
        found[name] = OwnValue(name, is_held, is_held and name == shown, text)
    return found


class SealedValuesForm(forms.Form):
    """A form for values that are not shown in it. ``sealed`` names its fields that are; all of them are optional.

    An empty field keeps what is there, so that nobody has to see a value in order to keep it.
    """

    sealed: ClassVar[tuple[str, ...]] = ()

    def __init__(self, *args: Any, own: Mapping[str, OwnValue], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.own = own
        for name in self.sealed:
            if name in own and own[name].is_held:
                label = _("Remove what is kept")
                self.fields[f"{REMOVE}{name}"] = forms.BooleanField(label=label, required=False)

    def rows(self, names: Iterable[str]) -> list[dict[str, Any]]:
        """For the template: each field with what is kept and the box that removes it."""
        removing = {name: f"{REMOVE}{name}" for name in names}
        return [
            {
                "field": self[name],
                "own": self.own.get(name),
                "remove": self[remove] if remove in self.fields else None,
            }
            for name, remove in removing.items()
        ]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        for name in self.sealed:
            if cleaned.get(f"{REMOVE}{name}") and cleaned.get(name):
                self.add_error(name, _("Either write a new value or remove the old one."))
        return cleaned

    def changes(self) -> dict[str, str | None]:
        """What is to be kept from now on, by name; None removes. What is not named stays as it is."""
        changed: dict[str, str | None] = {}
        for name in self.sealed:
            if self.cleaned_data.get(f"{REMOVE}{name}"):
                changed[name] = None
            elif self.cleaned_data.get(name):
                changed[name] = self.cleaned_data[name]
        return changed
