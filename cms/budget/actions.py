"""Importing and publishing budget releases (预算公开批次)."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from itertools import islice
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.budget.fingerprint import lines_sha256
from cms.budget.importing.checks import check_plan
from cms.budget.importing.mapping import Mapping
from cms.budget.importing.plan import Named, Plan, PlannedLine, mentions_names, read_plan
from cms.budget.importing.problems import Problem
from cms.budget.importing.reading import read_source
from cms.budget.models import Department, Government, ImportProblem, Line, Programme, Release
from cms.budget.permissions import require_may_import, require_may_publish
from portal.currency import in_major_units
from portal.errors import Conflict
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from participation.stakeholders.models import User

LINES_AT_ONCE = 2000


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


def import_release(
    content: bytes,
    *,
    source_name: str,
    mapping: Mapping,
    acting_user: User | None = None,
    dry_run: bool = False,
) -> ImportReport:
    """Turn a budget file into the next version of its government's release for the year: all of it, or nothing.

    With any row rejected, and in a dry run, nothing is written and the report says why. ``acting_user`` None is the
    operator at the command line. Raises ``Invalid`` or ``TooLarge`` when the file as a whole cannot be read, and
    ``Conflict`` with ``release`` and ``url`` in its data when this file was imported with this mapping before.
    """
    require_may_import(acting_user)
    source = read_source(content, name=source_name, declared=mapping.file, names_columns=mentions_names(mapping))
    plan = read_plan(source, mapping)
    if plan.rejected:
        return _report(plan)
    check_plan(plan)
    if dry_run:
        _require_new(plan, mapping)
        _compare_with_others(plan)
        return _report(plan)
    with transaction.atomic(), acting(acting_user, reason=_("Imported from a file")):
        government, _created = Government.objects.get_or_create(name=plan.government)
        # Whoever holds the government's row gives out its next version.
        Government.objects.select_for_update().get(pk=government.pk)
        _require_new(plan, mapping)
        _compare_with_others(plan)
        release = _write_release(plan, mapping, government, acting_user)
        _write_lines(plan, release)
        append_leaf(
            LeafKind.RELEASE_IMPORTED,
            release,
            public={
                "government": government.name,
                "fiscal_year": release.fiscal_year,
                "version": release.version,
                "source_sha256": release.source_sha256,
                "lines": release.line_count,
            },
            # Amounts of a draft are nobody's to read: the log holds them to account without telling them.
            committed={"totals": json.dumps(plan.written_totals(), sort_keys=True)},
        )
    return _report(plan, release)


def publish_release(release: Release, *, acting_user: User | None) -> Release:
    """Put a release before the public, once and for good. Raises ``Conflict`` when it is public already."""
    require_may_publish(acting_user)
    with transaction.atomic(), acting(acting_user, reason=_("Published")):
        locked = Release.objects.select_for_update(of=("self",)).select_related("government").get(pk=release.pk)
        if locked.published_at:
            raise Conflict(_("This release is public already."), release=str(locked.row_id))
        locked.published_at = timezone.now()
        locked.save(update_fields=["published_at"])
        append_leaf(
            LeafKind.RELEASE_PUBLISHED,
            locked,
            public={
                "government": locked.government.name,
                "fiscal_year": locked.fiscal_year,
                "version": locked.version,
                "source_sha256": locked.source_sha256,
                "lines_sha256": lines_sha256(locked),
                "totals": {
                    phase: f"{in_major_units(amount, locked.currency):f}" for phase, amount in locked.totals.items()
                },
            },
            committed={},
        )
    release.published_at = locked.published_at
    return locked


def _report(plan: Plan, release: Release | None = None) -> ImportReport:
    leaves = len(plan.leaves)
    return ImportReport(
        release=release,
        rows_read=plan.rows_read,
        lines=leaves,
        check_rows=len(plan.lines) - leaves,
        rejected=len(plan.rejected),
        totals=plan.written_totals(),
        problems=tuple(plan.problems),
    )


def _require_new(plan: Plan, mapping: Mapping) -> None:
    known = Release.objects.filter(source_sha256=plan.source.sha256, mapping_sha256=mapping.sha256).first()
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
    for same in others.filter(source_sha256=plan.source.sha256):
        message = _("The same file was imported with another mapping, as %(release)s.")
        plan.warn(None, "same_source", message % {"release": same})
    totals = plan.totals()
    for other in others.filter(line_count=len(plan.leaves)).exclude(fiscal_year=plan.fiscal_year):
        if other.totals == totals and any(totals.values()):
            message = _("All totals are those of %(release)s: a budget carried over, or the wrong year.")
            plan.warn(None, "carried_over", message % {"release": other})
    known = dict(
        Department.objects.filter(government__name=plan.government).exclude(code="").values_list("name", "code")
    )
    for department in sorted({named for line in plan.lines if (named := line.named("department"))}):
        earlier = known.get(department.name, "")
        if earlier != department.code and earlier.lstrip("0") == department.code.lstrip("0") and department.code:
            message = _("“%(name)s” has the code %(code)s here and %(earlier)s before: leading zeros may be lost.")
            values = {"name": department.name, "code": department.code, "earlier": earlier}
            plan.warn(None, "leading_zeros", message % values)


def _write_release(plan: Plan, mapping: Mapping, government: Government, acting_user: User | None) -> Release:
    this_year = Release.objects.filter(government=government, fiscal_year=plan.fiscal_year)
    leaves = len(plan.leaves)
    release: Release = Release.objects.create(
        government=government,
        fiscal_year=plan.fiscal_year,
        version=(this_year.aggregate(last=Max("version"))["last"] or 0) + 1,
        currency=plan.currency,
        phases=[phase.value for phase in plan.phases],
        source_name=PurePath(plan.source.name).name[-255:],
        source_sha256=plan.source.sha256,
        source_bytes=plan.source.size,
        mapping=mapping.as_json(),
        mapping_sha256=mapping.sha256,
        line_count=leaves,
        check_row_count=len(plan.lines) - leaves,
        totals=plan.totals(),
        imported_by=acting_user,
    )
    ImportProblem.objects.bulk_create(
        [
            ImportProblem(
                release=release,
                row_number=problem.row,
                severity=problem.severity,
                code=problem.code,
                message=problem.message,
            )
            for problem in plan.problems
        ],
        batch_size=LINES_AT_ONCE,
    )
    return release


def _write_lines(plan: Plan, release: Release) -> None:
    departments = _departments(plan, release.government)
    programmes = _programmes(plan, release.government, departments)

    def row(planned: PlannedLine) -> Line:
        texts = planned.texts
        department, programme = planned.named("department"), planned.named("programme")
        return Line(
            release=release,
            row_number=planned.row,
            is_leaf=planned.is_leaf,
            department=departments[department] if department else None,
            programme=programmes[department, programme] if programme else None,
            functional_code=texts.get("functional_code", ""),
            functional_name=texts.get("functional", ""),
            economic_code=texts.get("economic_code", ""),
            economic_name=texts.get("economic", ""),
            fund=texts.get("fund", ""),
            note=texts.get("note", ""),
            **{phase.value: amount for phase, amount in zip(plan.phases, planned.amounts, strict=True)},
        )

    rows = map(row, plan.lines)
    while batch := list(islice(rows, LINES_AT_ONCE)):
        Line.objects.bulk_create(batch)


def _departments(plan: Plan, government: Government) -> dict[Named | None, Department]:
    """Departments as named by the file. None: the government as a whole, for programmes that have no department."""
    wanted: dict[Named | None, Named] = {
        named: named for line in plan.lines if (named := line.named("department")) is not None
    }
    if any(line.named("programme") and not line.named("department") for line in plan.lines):
        wanted[None] = Named("", government.name)
    known = {Named(found.code, found.name): found for found in Department.objects.filter(government=government)}
    missing = [named for named in dict.fromkeys(wanted.values()) if named not in known]
    created = Department.objects.bulk_create(
        [Department(government=government, code=named.code, name=named.name) for named in missing]
    )
    known |= zip(missing, created, strict=True)
    return {key: known[named] for key, named in wanted.items()}


def _programmes(
    plan: Plan, government: Government, departments: dict[Named | None, Department]
) -> dict[tuple[Named | None, Named], Programme]:
    wanted = {
        (department, named): (departments[department].pk, *named)
        for line in plan.lines
        if (named := line.named("programme"))
        for department in (line.named("department"),)
    }
    known = {
        (found.department_id, found.code, found.name): found
        for found in Programme.objects.filter(department__government=government)
    }
    missing = [key for key in dict.fromkeys(wanted.values()) if key not in known]
    created = Programme.objects.bulk_create(
        [Programme(department_id=department, code=code, name=name) for department, code, name in missing]
    )
    known |= zip(missing, created, strict=True)
    return {key: known[found] for key, found in wanted.items()}
