"""Why a sealed value could not be read. None of these is ever answered with the raw value."""

from privacy.sealing.alarms import sound


class SealingError(Exception):
    """A sealed value stays closed. The message carries no content of the value."""


class Tampered(SealingError):
    """The stored bytes are not what was sealed for this row and field: altered, moved or planted.

    ``place`` names the row and field for whoever looks into it; whoever raises this sounds an alarm.
    """

    def __init__(self, message: str, *, place: str = "") -> None:
        sound("tampered", place or message)
        super().__init__(message)


class UnknownKey(SealingError):
    """The key named by the value, or the key-encryption key it was wrapped under, is not here."""


class Shredded(SealingError):
    """The key was destroyed on purpose: the value has been erased. The only case to show as "erased"."""


class KeyKeeperFailed(SealingError):
    """The service that keeps the key-encryption key did not answer, or refused. Nothing is wrong with the value."""


class MissingFile(SealingError, FileNotFoundError):
    """The row names a sealed file that is not in the storage."""


class NotServed(SealingError, AttributeError):
    """Somebody asked where a sealed file could be fetched without being opened: nowhere."""
