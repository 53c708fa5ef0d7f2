"""Every model of the app, so that Django finds them; the rooms hold the code."""

from cms.budget.models import (
    ClassificationCode,
    Department,
    Government,
    ImportProblem,
    Line,
    Programme,
    Release,
)
from cms.pages.models import DisclosureIndexPage, DisclosurePage, HomePage
from cms.performance.models import Goal, Indicator, MonitoringReading, MonitoringRecord, ProgrammeYear, SheetUpload
from cms.performance.schemes import SchemeBand, SchemeGrade, SchemePace, SchemeWeight, ScoringScheme

__all__ = [
    "ClassificationCode",
    "Department",
    "DisclosureIndexPage",
    "DisclosurePage",
    "Goal",
    "Government",
    "HomePage",
    "ImportProblem",
    "Indicator",
    "Line",
    "MonitoringReading",
    "MonitoringRecord",
    "Programme",
    "ProgrammeYear",
    "Release",
    "SchemeBand",
    "SchemeGrade",
    "SchemePace",
    "SchemeWeight",
    "ScoringScheme",
    "SheetUpload",
]
