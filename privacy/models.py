"""Every model of the app, so that Django finds them; the rooms hold the code."""

from privacy.access.models import AccessAlert, AccessEvent, ReadingDay
from privacy.custody.models import KeyOperation
from privacy.log.models import (
    Checkpoint,
    Cosignature,
    LeafSecret,
    LogEntry,
    PendingLeaf,
    Reconciled,
    RecordedState,
    Tile,
    Unrecorded,
    Witness,
)
from privacy.sealing.models import DataKey

__all__ = [
    "AccessAlert",
    "AccessEvent",
    "Checkpoint",
    "Cosignature",
    "DataKey",
    "KeyOperation",
    "LeafSecret",
    "LogEntry",
    "PendingLeaf",
    "ReadingDay",
    "Reconciled",
    "RecordedState",
    "Tile",
    "Unrecorded",
    "Witness",
]
