"""What people are told when something about an incident cannot be done."""

from __future__ import annotations

from django.utils.functional import Promise


class Refused(ValueError):
    """It is not possible now, or not like that; the message says what would help. ``field``: of the form."""

    status = 400

    def __init__(self, message: str | Promise, *, field: str | None = None) -> None:
        self.field = field
        super().__init__(str(message))


class NotNow(Refused):
    """The state of the incident does not allow it, or somebody else was faster."""

    status = 409
