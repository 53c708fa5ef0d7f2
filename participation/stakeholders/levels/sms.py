"""Sending codes to telephones. ``settings.SMS_BACKEND`` names the class; the gateway of an operator is another one."""

from __future__ import annotations

import sys
from typing import Protocol

from django.conf import settings
from django.utils.module_loading import import_string


class SmsNotSent(Exception):
    """The gateway did not take the message."""


class SmsBackend(Protocol):
    def send(self, number: str, text: str) -> None:
        """Send ``text`` to ``number`` (E.164). Raises ``SmsNotSent``."""


class ConsoleBackend:
    """For development: what would be sent stands in the terminal."""

    def send(self, number: str, text: str) -> None:
        sys.stdout.write(f"SMS to {number}: {text}\n")
        sys.stdout.flush()


def is_configured() -> bool:
    return bool(settings.SMS_BACKEND)


def send(number: str, text: str) -> None:
    """Raises ``SmsNotSent``."""
    backend: SmsBackend = import_string(settings.SMS_BACKEND)()
    backend.send(number, text)
