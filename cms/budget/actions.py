"""Importing and publishing budget releases (预算公开批次)."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.budget.checks import require_publishable
from cms.budget.duties import require_ready
from cms.budget.fingerprint import lines_sha256
from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.mapping import Mapping
from cms.budget.importing.plan import Plan
from cms.budget.models import (
    BEGINS_UNDER,
    Department,
    Government,
    ImportProblem,
    JurisdictionChange,
    Programme,
    Release,
)
from cms.budget.permissions import (
    require_may_import,
    require_may_publish,
    require_may_set_jurisdiction,
    require_may_start_programme,
)
from cms.budget.publication import followers, regrouping
from cms.budget.reports import ImportReport, read_and_check, report_on, require_new
from cms.budget.writing import Written, write_lines
from portal.currency import in_major_units
from portal.errors import Conflict, Invalid
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from participation.stakeholders.models import User

PROBLEMS_AT_ONCE = 2000
# ISO 3166: a country, and where it matters a part of it.
JURISDICTION = re.compile(r"(?:[A-Z]{2}(?:-[A-Z0-9]{1,3}){0,2})?")


def import_release(
    content: bytes | Path,
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
    plan = read_and_check(BudgetFile(source_name, content), mapping)
    if dry_run or plan.rejected:
        return report_on(plan)
    return import_plan(plan, mapping=mapping, acting_user=acting_user)


def import_plan(
    plan: Plan,
    *,
    mapping: Mapping,
    acting_user: User | None,
    claimed: Callable[[], None] | None = None,
    written: Written | None = None,
) -> ImportReport:
    """Write what was read and checked as the next version: all of it, or nothing.

    ``claimed`` and ``written`` are called within the transaction, before the first line and after every some thousand,
    and may raise to take everything back.
    """
    require_may_import(acting_user)
    if plan.rejected:
        raise Invalid(_("Rows were rejected: nothing can be written."))
    with transaction.atomic(), acting(acting_user, reason=_("Imported from a file")):
        government, _created = Government.objects.get_or_create(
            name=plan.government, defaults={"jurisdiction": BEGINS_UNDER.get(plan.currency, "")}
        )
        # Whoever holds the government's row gives out its next version.
        Government.objects.select_for_update().get(pk=government.pk)
        if claimed:
            claimed()
        require_new(plan, mapping)
        release = _write_release(plan, mapping, government, acting_user)
        write_lines(plan, release, written=written)
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
    return report_on(plan, release)


def publish_release(release: Release, *, acting_user: User | None) -> Release:
    """Put a release before the public, once and for good.

    Raises ``Conflict`` when it is public already, or when a check found an error that nobody answers for; ``Closed``
    for an import that nobody signed off, ``NotAllowed`` where ``acting_user`` would be the only one to look at it.
    """
    require_may_publish(acting_user)
    with transaction.atomic(), acting(acting_user, reason=_("Published")):
        locked = Release.objects.select_for_update(of=("self",)).select_related("government").get(pk=release.pk)
        if locked.published_at:
            raise Conflict(_("This release is public already."), release=str(locked.row_id))
        require_ready(locked, acting_user)
        require_publishable(locked)
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
        for follower in followers:
            follower(locked)
    release.published_at = locked.published_at
    return locked


@transaction.atomic
def set_jurisdiction(
    government: Government, *, jurisdiction: str, reason: str, acting_user: User | None
) -> JurisdictionChange | None:
    """Say whose classifications, calendar, periods and checks apply to a government; empty: nobody's that is known.

    Holds at once for all of its releases; checks look again when they run next. Returns None where nothing differs.
    Raises ``Invalid`` for what is no code of ISO 3166, or without a reason.
    """
    require_may_set_jurisdiction(acting_user)
    wanted = jurisdiction.strip().upper()
    if not JURISDICTION.fullmatch(wanted):
        raise Invalid(_("Give a code of ISO 3166 such as CN or CN-33, or nothing."), field="jurisdiction")
    if not reason.strip():
        raise Invalid(_("Say why: the reason is published."), field="reason")
    locked = Government.objects.select_for_update().get(pk=government.pk)
    government.jurisdiction = locked.jurisdiction
    if locked.jurisdiction == wanted:
        return None
    change = JurisdictionChange.objects.create(
        government=locked, before=locked.jurisdiction, after=wanted, reason=reason.strip(), changed_by=acting_user
    )
    government.jurisdiction = locked.jurisdiction = wanted
    locked.save(update_fields=["jurisdiction"])
    for release in locked.releases.published().newest_versions():
        for again in regrouping:
            again(release)
    append_leaf(
        LeafKind.JURISDICTION_CHANGED,
        change,
        public={"government": locked.name},
        committed={"change": canonical({"before": change.before, "after": change.after, "reason": change.reason})},
    )
    return change


@transaction.atomic
def start_programme(department: Department, *, name: str, code: str, acting_user: User) -> Programme:
    """Start a programme before it stands in a budget. A budget file with its code and name is taken to mean it."""
    require_may_start_programme(acting_user)
    # Two who start the same at once wait here for one another.
    Department.objects.select_for_update().get(pk=department.pk)
    programme, is_new = Programme.objects.get_or_create(department=department, code=code, name=name)
    if is_new:
        told = {"department": str(department.row_id)}
        append_leaf(LeafKind.PROGRAMME_STARTED, programme, public=told, committed={"name": name})
    return programme


def _write_release(plan: Plan, mapping: Mapping, government: Government, acting_user: User | None) -> Release:
    this_year = Release.objects.filter(government=government, fiscal_year=plan.fiscal_year)
    release: Release = Release.objects.create(
        government=government,
        fiscal_year=plan.fiscal_year,
        version=(this_year.aggregate(last=Max("version"))["last"] or 0) + 1,
        currency=plan.currency,
        phases=[phase.value for phase in plan.phases],
        source_name=PurePath(plan.file.name).name[-255:],
        source_sha256=plan.file.sha256,
        source_bytes=plan.file.size,
        mapping=mapping.as_json(),
        mapping_sha256=mapping.sha256,
        line_count=plan.leaf_count,
        check_row_count=plan.check_row_count,
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
        batch_size=PROBLEMS_AT_ONCE,
    )
    return release
