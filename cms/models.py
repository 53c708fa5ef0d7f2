"""Every model of the app, so that Django finds them; the rooms hold the code."""

from cms.analysis.models import (
    DepartmentCell,
    Population,
    PriceIndex,
    ProgrammeCell,
    Snapshot,
    StatisticsImport,
)
from cms.budget.checks.models import CheckFinding, CheckOverride, CheckResult
from cms.budget.drafts.models import ImportDraft, MappingProfile
from cms.budget.models import (
    Department,
    Government,
    ImportProblem,
    JurisdictionChange,
    Line,
    Programme,
    Release,
)
from cms.budget.tables import DisclosureTable, TableRow
from cms.calendars.models import CalendarChange, CalendarDay, CalendarYear, StatutoryClock
from cms.classification.models import (
    ClassificationCorrection,
    ClassificationEntry,
    ClassificationMatch,
    ClassificationVersion,
    DepartmentAlias,
    DepartmentMerger,
    ProgrammeAlias,
)
from cms.open_data.models import DataFile, PublicEdition
from cms.pages.content.agenda import CalendarEntry
from cms.pages.content.consent_notices import ConsentNotice
from cms.pages.content.glossary import GlossaryTerm
from cms.pages.content.models import (
    CalendarPage,
    CaseIndexPage,
    CasePage,
    CoursePage,
    GlossaryPage,
    GuideIndexPage,
    LessonPage,
    NewsIndexPage,
    NewsPage,
    StandardPage,
)
from cms.pages.content.training import Certificate, LessonDone
from cms.pages.models import DisclosureIndexPage, DisclosurePage, HomePage
from cms.performance.approval.models import GoalApproval, GoalChange
from cms.performance.models import Goal, Indicator, MonitoringReading, MonitoringRecord, ProgrammeYear, SheetUpload
from cms.performance.schemes import (
    SchemeBand,
    SchemeGrade,
    SchemeIndicator,
    SchemePace,
    SchemeWeight,
    ScoringScheme,
)

__all__ = [
    "CalendarChange",
    "CalendarDay",
    "CalendarEntry",
    "CalendarPage",
    "CalendarYear",
    "CaseIndexPage",
    "CasePage",
    "Certificate",
    "CheckFinding",
    "CheckOverride",
    "CheckResult",
    "ClassificationCorrection",
    "ClassificationEntry",
    "ClassificationMatch",
    "ClassificationVersion",
    "ConsentNotice",
    "CoursePage",
    "DataFile",
    "Department",
    "DepartmentAlias",
    "DepartmentCell",
    "DepartmentMerger",
    "DisclosureIndexPage",
    "DisclosurePage",
    "DisclosureTable",
    "GlossaryPage",
    "GlossaryTerm",
    "Goal",
    "GoalApproval",
    "GoalChange",
    "Government",
    "GuideIndexPage",
    "HomePage",
    "ImportDraft",
    "ImportProblem",
    "Indicator",
    "JurisdictionChange",
    "LessonDone",
    "LessonPage",
    "Line",
    "MappingProfile",
    "MonitoringReading",
    "MonitoringRecord",
    "NewsIndexPage",
    "NewsPage",
    "Population",
    "PriceIndex",
    "Programme",
    "ProgrammeAlias",
    "ProgrammeCell",
    "ProgrammeYear",
    "PublicEdition",
    "Release",
    "SchemeBand",
    "SchemeGrade",
    "SchemeIndicator",
    "SchemePace",
    "SchemeWeight",
    "ScoringScheme",
    "SheetUpload",
    "Snapshot",
    "StandardPage",
    "StatisticsImport",
    "StatutoryClock",
    "TableRow",
]
