"""The verifying key of the log as every page shows it. It is remembered by the process: no page asks for it."""

from django.core.exceptions import SynchronousOnlyOperation
from django.db import DatabaseError

from privacy.log.models import Checkpoint
from privacy.log.notes import NoteError, VerifierKey

_shown = ""


def remember(verifier_key: str) -> None:
    global _shown
    try:
        key = VerifierKey.parse(verifier_key)
    except NoteError:
        return
    _shown = f"{key.name}+{key.key_id.hex()}"


def short_form() -> str:
    """Name and key id, enough to compare with a printed report; empty until a checkpoint has been seen."""
    return _shown


def load() -> None:
    """For the start of a server. A database that is not there yet, or not now, is no reason not to start."""
    try:
        latest = Checkpoint.objects.order_by("size", "pk").values_list("verifier_key", flat=True).last()
    except (DatabaseError, SynchronousOnlyOperation):
        return
    if latest:
        remember(latest)
