"""The public texts that entries commit to, with their salts, for whoever may read the record.

A salt proves one text to whoever has both, for good, and tells nothing else. So it is handed out only beside that very
text, which the same reader may read anyway: beside another one it would let anybody try what stood there before. It
goes when the key of its subject is destroyed.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps

from privacy.log.models import LogEntry
from privacy.log.queries import VerifiedEntry, check_commitment, committed_in, identity_of


@dataclass(frozen=True)
class Revealed:
    """One text as the record holds it now. ``salt`` in hexadecimal, empty where this is not the text that the entry
    commits to; ``label`` is the name of the field in words."""

    name: str
    label: str
    value: str
    salt: str


def readable_record(entry: LogEntry, user: Any) -> Any | None:
    """The record of the entry, if ``user`` may see it and it says by ``public_texts`` which of its texts are public."""
    try:
        model: Any = apps.get_model(entry.record_label)
    except LookupError:
        return None
    identity = identity_of(model)
    if identity is None or not getattr(model, "public_texts", ()) or not hasattr(model._default_manager, "visible_to"):
        return None
    return model._default_manager.visible_to(user).filter(**{identity: entry.record_ref}).first()


@dataclass(frozen=True)
class Shown:
    """A checked entry, with the texts that its reader may hold it to."""

    result: VerifiedEntry
    texts: tuple[Revealed, ...] = ()

    @property
    def texts_id(self) -> str:
        """The name of the element that hands the texts to the browser."""
        return f"texts-{self.result.entry.ref}"

    @property
    def provable(self) -> tuple[Revealed, ...]:
        """Those of the texts that a receipt of the entry proves."""
        return tuple(text for text in self.texts if text.salt)

    @property
    def for_browser(self) -> dict[str, dict[str, str]]:
        return {text.name: {"salt": text.salt, "value": text.value, "label": text.label} for text in self.texts}


def with_texts(results: Sequence[VerifiedEntry], user: Any) -> list[Shown]:
    """``results``, which are all about one record, with the texts that ``user`` may hold each of them to."""
    committing = next((result for result in results if result.salts), None)
    record = readable_record(committing.entry, user) if committing else None
    return [Shown(result, _texts(result, record)) for result in results]


def _texts(result: VerifiedEntry, record: Any | None) -> tuple[Revealed, ...]:
    names = () if record is None else record.public_texts
    committed = committed_in(result.entry)
    texts = (
        _revealed(record, name, committed[name], result.salts)
        for name in names
        if name in result.salts and name in committed
    )
    # What was left empty and still is tells nothing to anybody.
    return tuple(text for text in texts if text.value or not text.salt)


def _revealed(record: Any, name: str, expected: str, salts: Mapping[str, str]) -> Revealed:
    field = record._meta.get_field(name)
    value = str(field.value_from_object(record))
    salt = salts[name] if check_commitment(expected, name, value, salts) else ""
    return Revealed(name, str(field.verbose_name), value, salt)
