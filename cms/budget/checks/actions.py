"""What people do about checks: hand in tables, say when a budget was approved, and answer for an error."""

from __future__ import annotations

import csv
import hashlib
from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.budget.checks.models import CheckFinding, CheckOverride
from cms.budget.checks.permissions import require_may_override
from cms.budget.checks.running import run_checks
from cms.budget.fingerprint import tables_sha256
from cms.budget.models import Department, Release
from cms.budget.permissions import require_may_import
from cms.budget.table_reading import Reading, ReadTable, read_tables
from cms.budget.tables import DisclosureTable, TableRow
from cms.classification.identity import Identities
from portal.errors import Conflict, Invalid
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from participation.stakeholders.models import User

ROWS_AT_ONCE = 500
PROBLEMS_TOLD = 10
REASON_MIN_CHARS = 10
REASON_MAX_CHARS = 2000


@transaction.atomic
def record_tables(
    release: Release, content: bytes, *, unit: int = 10_000, acting_user: User | None
) -> list[DisclosureTable]:
    """Take the nine tables of one or several departments over into a draft, and check the draft again.

    ``content`` is one CSV as ``cms.budget.table_reading`` describes it; ``unit`` is what amounts are printed in where
    a table does not say (1 for 元, 10000 for 万元). Raises ``Conflict`` for a release that is public or has a table of
    that kind already, ``Invalid`` where the file cannot be read: all of it is taken over, or nothing.
    """
    require_may_import(acting_user)
    locked = _locked_draft(release)
    reading = _read(content, unit, locked.currency)
    departments = _departments(locked, reading.tables)
    taken = set(DisclosureTable.objects.filter(release=locked).values_list("department", "kind"))
    if any((departments[read.department].pk, read.kind) in taken for read in reading.tables):
        raise Conflict(_("These tables were handed in already. A correction is a new release."))
    tables = DisclosureTable.objects.bulk_create(
        DisclosureTable(
            release=locked,
            department=departments[read.department],
            kind=read.kind,
            position=position,
            title=read.title,
            unit=read.unit,
            columns=read.columns,
            note=read.note,
        )
        for position, read in enumerate(reading.tables, 1)
    )
    rows = TableRow.objects.bulk_create(
        [
            TableRow(table=table, position=position, **vars(row))
            for table, read in zip(tables, reading.tables, strict=True)
            for position, row in enumerate(read.rows, 1)
        ],
        batch_size=ROWS_AT_ONCE,
    )
    append_leaf(
        LeafKind.TABLES_RECORDED,
        locked,
        public={
            "source_sha256": hashlib.sha256(content).hexdigest(),
            "tables_sha256": tables_sha256(locked),
            "tables": len(tables),
            "rows": len(rows),
        },
        committed={},
    )
    run_checks(locked)
    return tables


@transaction.atomic
def record_approval(release: Release, *, approved_on: date, acting_user: User | None) -> Release:
    """Say on which day the budget or the accounts were approved (批复); the term for publication runs from it.

    Raises ``Invalid`` for a day to come, ``Conflict`` for a release that is public.
    """
    require_may_import(acting_user)
    locked = _locked_draft(release)
    if approved_on > timezone.localdate():
        raise Invalid(_("The day of approval is still to come."), field="approved_on")
    with acting(acting_user, reason=_("Day of approval recorded")):
        locked.approved_on = approved_on
        locked.save(update_fields=["approved_on"])
    append_leaf(LeafKind.RELEASE_APPROVED, locked, public={"approved_on": approved_on.isoformat()}, committed={})
    release.approved_on = approved_on
    run_checks(locked)
    return locked


@transaction.atomic
def override_check(finding: CheckFinding, *, reason: str, acting_user: User | None) -> CheckOverride:
    """Answer for publishing in spite of an error. The reason is published with the release, for good.

    Raises ``Invalid`` without a reason of some substance, ``Conflict`` where nothing is in the way (any more).
    """
    require_may_override(acting_user, finding)
    reason = reason.strip()
    if not REASON_MIN_CHARS <= len(reason) <= REASON_MAX_CHARS:
        message = _("Give the reason that everybody will read, in %(least)d to %(most)d characters.")
        raise Invalid(message % {"least": REASON_MIN_CHARS, "most": REASON_MAX_CHARS}, field="reason")
    locked = (
        CheckFinding.objects.select_for_update(of=("self",)).select_related("release", "override").get(pk=finding.pk)
    )
    if not locked.blocks:
        raise Conflict(_("This finding is not in the way of publication."))
    with acting(acting_user, reason=reason):
        override: CheckOverride = CheckOverride.objects.create(finding=locked, reason=reason, made_by=acting_user)
    append_leaf(
        LeafKind.CHECK_OVERRIDDEN,
        override,
        public={"release": str(locked.release.row_id)},
        committed={"reason": reason},
    )
    return override


def _locked_draft(release: Release) -> Release:
    locked = Release.objects.select_for_update(of=("self",)).select_related("government").get(pk=release.pk)
    if locked.published_at:
        raise Conflict(_("This release is public already. A correction is a new release."))
    return locked


def _read(content: bytes, unit: int, currency: str) -> Reading:
    try:
        reading = read_tables(content.decode("utf-8-sig"), unit=unit, currency=currency)
    except UnicodeDecodeError as error:
        raise Invalid(_("The file with the tables is not UTF-8 text.")) from error
    except csv.Error as error:
        raise Invalid(_("The file with the tables is no CSV: %(why)s.") % {"why": error}) from error
    if reading.problems:
        told = " ".join(reading.problems[:PROBLEMS_TOLD])
        raise Invalid(_("The tables cannot be taken over: %(problems)s") % {"problems": told})
    if not reading.tables:
        raise Invalid(_("The file holds none of the nine tables."))
    return reading


def _departments(release: Release, tables: list[ReadTable]) -> dict[str, Department]:
    known = Identities(release.government, release.fiscal_year)
    names = dict.fromkeys(read.department for read in tables)
    return {
        name: known.named(name) or Department.objects.create(government=release.government, name=name) for name in names
    }
