"""Every model of the app, so that Django finds them; the rooms hold the code."""

from privacy.access.models import AccessEvent
from privacy.log.models import LeafSecret, LogEntry, LogHead, SignedHead
from privacy.sealing.models import DataKey

__all__ = ["AccessEvent", "DataKey", "LeafSecret", "LogEntry", "LogHead", "SignedHead"]
