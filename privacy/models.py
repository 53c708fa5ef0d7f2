"""Every model of the app, so that Django finds them; the rooms hold the code."""

from privacy.access.models import AccessAlert, AccessEvent, ReadingDay
from privacy.custody.models import KeyOperation
from privacy.incidents.models import (
    AffectedPerson,
    AuthorityReport,
    Containment,
    HoneyRecord,
    Incident,
    IncidentStep,
    Lesson,
    NoticeBatch,
    NoticeTemplate,
)
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
from privacy.rights.consent.models import Consent, NoticeVersion
from privacy.rights.deadlines import LegalRule
from privacy.rights.erasing.models import Erasure, LegalHold
from privacy.rights.exporting.models import ExportJob
from privacy.rights.processing.models import ImpactAssessment, ProcessingDetails, ProcessingRecord
from privacy.rights.requests.models import DataRequest
from privacy.rights.retention.models import RetentionRun
from privacy.sealing.models import DataKey

__all__ = [
    "AccessAlert",
    "AccessEvent",
    "AffectedPerson",
    "AuthorityReport",
    "Checkpoint",
    "Consent",
    "Containment",
    "Cosignature",
    "DataKey",
    "DataRequest",
    "Erasure",
    "ExportJob",
    "HoneyRecord",
    "ImpactAssessment",
    "Incident",
    "IncidentStep",
    "KeyOperation",
    "LeafSecret",
    "LegalHold",
    "LegalRule",
    "Lesson",
    "LogEntry",
    "NoticeBatch",
    "NoticeTemplate",
    "NoticeVersion",
    "PendingLeaf",
    "ProcessingDetails",
    "ProcessingRecord",
    "ReadingDay",
    "Reconciled",
    "RecordedState",
    "RetentionRun",
    "Tile",
    "Unrecorded",
    "Witness",
]
