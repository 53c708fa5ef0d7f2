"""What people are told when something about agreements, requests or the record of processing cannot be done."""

from __future__ import annotations

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


class Refused(ValueError):
    """The input is at fault; the message says what would help. ``field``: of the form, where there is one."""

    status = 400

    def __init__(self, message: str | Promise, *, field: str | None = None) -> None:
        self.field = field
        super().__init__(str(message))


class NotNow(Refused):
    """The record has moved on, or its state does not allow this."""

    status = 409


class TooFast(Refused):
    status = 429

    def __init__(self) -> None:
        super().__init__(_("That was a little fast. Please wait a moment and try again; nothing you typed is lost."))
