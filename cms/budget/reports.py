"""What an import read and would write, told with what is there already. Nothing here writes."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.utils.translation import gettext as _

from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.checks import check_plan
from cms.budget.importing.mapping import Mapping
from cms.budget.importing.plan import Plan, Progress, plan_of
from cms.budget.importing.problems import Problem
from cms.budget.models import Department, Release
from portal.errors import Conflict


@dataclass(frozen=True)
class ImportReport:
    """What an import read and wrote. ``release`` is None when nothing was written.

    ``rows_read`` = ``lines`` + ``check_rows`` + ``rejected``. ``totals``: phase -> exact decimal string in units of
    the currency with all its minor digits, over the lines.
    """

    release: Release | None = None
    rows_read: int = 0
    lines: int = 0
    check_rows: int = 0
    rejected: int = 0
    totals: dict[str, str] = field(default_factory=dict)
    problems: tuple[Problem, ...] = ()

    @property
    def is_clean(self) -> bool:
        """Whether the file can be, or was, imported."""
        return not self.rejected

    def as_json(self) -> dict[str, Any]:
        return {
            "release": str(self.release.row_id) if self.release else None,
            "rows_read": self.rows_read,
            "lines": self.lines,
            "check_rows": self.check_rows,
            "rejected": self.rejected,
            "totals": self.totals,
            "problems": [problem.as_json() for problem in self.problems],
        }


def read_and_check(file: BudgetFile, mapping: Mapping, *, progress: Progress | None = None) -> Plan:
    """Everything that can be said about a file without writing: its typed rows, and remarks by what is there already.

    Raises ``Invalid``, ``TooLarge`` and ``Conflict`` like ``import_release``. With a row rejected, the plan says only
    why.
    """
    plan = plan_of(file, mapping, progress=progress)
    if not plan.rejected:
        check_plan(plan)
        require_new(plan, mapping)
        _compare_with_others(plan)
    return plan


def report_on(plan: Plan, release: Release | None = None) -> ImportReport:
    return ImportReport(
        release=release,
        rows_read=plan.rows_read,
        lines=plan.leaf_count,
        check_rows=plan.check_row_count,
        rejected=len(plan.rejected),
        totals=plan.written_totals(),
        problems=tuple(plan.problems),
    )


def require_new(plan: Plan, mapping: Mapping) -> None:
    known = Release.objects.filter(source_sha256=plan.file.sha256, mapping_sha256=mapping.sha256).first()
    if known:
        raise Conflict(
            _("This file was already imported with this mapping, as %(release)s.") % {"release": known},
            problem="already_imported",
            release=str(known.row_id),
            url=known.get_absolute_url(),
        )


def _compare_with_others(plan: Plan) -> None:
    """Remark on what only the releases already there can tell."""
    others = Release.objects.filter(government__name=plan.government)
    for same in others.filter(source_sha256=plan.file.sha256):
        message = _("The same file was imported with another mapping, as %(release)s.")
        plan.warn(None, "same_source", message % {"release": same})
    totals = plan.totals()
    for other in others.filter(line_count=plan.leaf_count).exclude(fiscal_year=plan.fiscal_year):
        if other.totals == totals and any(totals.values()):
            message = _("All totals are those of %(release)s: a budget carried over, or the wrong year.")
            plan.warn(None, "carried_over", message % {"release": other})
    known = dict(
        Department.objects.filter(government__name=plan.government).exclude(code="").values_list("name", "code")
    )
    for department in sorted(plan.departments):
        earlier = known.get(department.name, "")
        if earlier != department.code and earlier.lstrip("0") == department.code.lstrip("0") and department.code:
            message = _("“%(name)s” has the code %(code)s here and %(earlier)s before: leading zeros may be lost.")
            values = {"name": department.name, "code": department.code, "earlier": earlier}
            plan.warn(None, "leading_zeros", message % values)
