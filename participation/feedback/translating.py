"""Translation on demand by a service that the operator chooses; without one there is no button.

``settings.TRANSLATOR`` is the dotted path of a callable that is made once and then asked for each text. What it gives
back is shown as made by a machine, and kept for a day. Only what is public is ever handed to it.
"""

from __future__ import annotations

import hashlib
from functools import cache as once
from typing import Protocol

from django.conf import settings
from django.core.cache import cache
from django.utils.module_loading import import_string

from participation.consultations.models import Contribution
from participation.feedback.models import Feedback
from portal.errors import NotFound

SECONDS_KEPT = 24 * 3600


class Translator(Protocol):
    """What ``settings.TRANSLATOR`` names, when called without arguments, has to return."""

    def __call__(self, text: str, *, to: str) -> str:
        """``text`` in the language ``to`` (``en``, ``zh-hans``). Raises ``GongzhiError`` where it cannot."""
        ...


def is_configured() -> bool:
    return bool(settings.TRANSLATOR)


@once
def _translator(path: str) -> Translator:
    made: Translator = import_string(path)()
    return made


def translated(feedback: Feedback, *, to: str) -> str:
    """The public text of ``feedback`` in another language. Raises ``NotFound`` without a service."""
    if not is_configured() or feedback.status != Contribution.Status.VISIBLE:
        raise NotFound
    key = "translation." + hashlib.sha256(f"{to} {feedback.body}".encode()).hexdigest()
    found: str | None = cache.get(key)
    if found is None:
        found = _translator(settings.TRANSLATOR)(feedback.body, to=to)
        cache.set(key, found, SECONDS_KEPT)
    return found
