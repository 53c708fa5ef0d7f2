"""Recording what programmes set out to do, how far they came, and what they reached."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date
from decimal import Decimal
from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.budget.models import Programme
from cms.budget.permissions import require_may_import
from cms.performance.approval.queries import is_approved
from cms.performance.models import Goal, Indicator, MonitoringReading, MonitoringRecord, ProgrammeYear, SheetUpload
from cms.performance.permissions import require_may_publish_scheme, require_may_report
from cms.performance.queries import check_upload, scheme_of_year
from cms.performance.scheme_files import SchemeDefinition, definition_of
from cms.performance.schemes import (
    SchemeBand,
    SchemeGrade,
    SchemeIndicator,
    SchemePace,
    SchemeWeight,
    ScoringScheme,
)
from cms.performance.sheets.layout import Sheet
from cms.performance.sheets.records import values_of_indicator, values_of_year
from cms.performance.sheets.workbook import read_cells
from portal.errors import Conflict, Invalid
from privacy.history.actor import acting
from privacy.history.records import create_recorded
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from participation.stakeholders.models import User

SCHEME_ROWS = {"weights", "grades", "bands", "paces", "indicators"}
# What is approved of an indicator.
APPROVED = ("target", "target_text", "weight")


@transaction.atomic
def publish_scheme(definition: SchemeDefinition, *, acting_user: User | None) -> ScoringScheme:
    """Enter a version of a scoring scheme, once: what is there with the same words stays as it is.

    Raises ``Conflict`` where that version says something else: scores were made by it, so a change is a new version.
    """
    require_may_publish_scheme(acting_user)
    found = ScoringScheme.objects.with_rules().filter(code=definition.code, version=definition.version).first()
    if found is not None:
        if definition_of(found).as_json() != definition.as_json():
            message = _("%(scheme)s is published already and says something else. Publish the change as a new version.")
            raise Conflict(message % {"scheme": found})
        return found
    told = definition.as_json()
    with acting(acting_user, reason=_("Scoring scheme published")):
        scheme: ScoringScheme = ScoringScheme.objects.create(
            **{name: getattr(definition, name) for name in told if name not in SCHEME_ROWS}
        )
    SchemeWeight.objects.bulk_create(
        SchemeWeight(scheme=scheme, dimension=dimension, weight=points) for dimension, points in definition.weights
    )
    SchemeGrade.objects.bulk_create(SchemeGrade(scheme=scheme, **vars(grade)) for grade in definition.grades)
    SchemeBand.objects.bulk_create(SchemeBand(scheme=scheme, **vars(band)) for band in definition.bands)
    SchemePace.objects.bulk_create(SchemePace(scheme=scheme, month=m, share=share) for m, share in definition.paces)
    SchemeIndicator.objects.bulk_create(
        SchemeIndicator(scheme=scheme, **vars(indicator)) for indicator in definition.indicators
    )
    append_leaf(
        LeafKind.SCHEME_PUBLISHED,
        scheme,
        public={"version": scheme.version, "valid_from": scheme.valid_from.isoformat()},
        committed={"rules": canonical(told)},
    )
    return scheme


@transaction.atomic
def record_goals(
    year: ProgrammeYear,
    *,
    goals: Iterable[tuple[Goal, Iterable[Indicator]]],
    reason: str = "",
    acting_user: User | None,
) -> ProgrammeYear:
    """Store a programme's year with its goals and their indicators, none of which is stored yet.

    ``acting_user`` is a budget editor or reviewer, or None for the operator.
    """
    require_may_import(acting_user)
    with acting(acting_user, reason=reason):
        year.save()
        given = [(goal, list(indicators)) for goal, indicators in goals]
        for goal, _indicators in given:
            goal.programme_year = year
        stored = create_recorded(goal for goal, _indicators in given)
        for goal, indicators in given:
            for indicator in indicators:
                indicator.goal = goal
        measured = create_recorded(indicator for _goal, indicators in given for indicator in indicators)
    append_leaf(
        LeafKind.GOALS_RECORDED,
        year,
        public={
            "programme": str(year.programme.row_id),
            "fiscal_year": year.fiscal_year,
            "indicators": len(measured),
        },
        committed={"goals": canonical({"goals": [_told(goal, indicators) for goal, indicators in given]})},
        also=[*stored, *measured],
    )
    return year


def _told(goal: Goal, indicators: Iterable[Indicator]) -> dict[str, Any]:
    return {
        "text": goal.text,
        "indicators": [
            {
                "name": indicator.name,
                "operator": indicator.operator,
                "target": _number(indicator.target),
                "actual": _number(indicator.actual),
                "level": indicator.level,
                "unit": indicator.unit,
                "weight": str(indicator.weight),
            }
            for indicator in indicators
        ],
    }


def _number(number: Decimal | int | None) -> str | None:
    return None if number is None else str(number)


@transaction.atomic
def record_monitoring(
    year: ProgrammeYear,
    *,
    as_of: date,
    executed: int | None,
    readings: Mapping[Indicator, Decimal | str],
    acting_user: User | None,
    **notes: str,
) -> MonitoringRecord:
    """Store how far a programme had come on a day. ``readings``: indicator to a number, or to a level where it is in
    words. ``notes``: ``note``, ``correction`` and both with ``_en``.

    Raises ``Invalid`` for an indicator of another year or a reading that does not fit, ``Conflict`` for a second
    record of one day.
    """
    require_may_report(acting_user, year.programme.department)
    locked = ProgrammeYear.objects.select_for_update().get(pk=year.pk)
    if as_of.year != locked.fiscal_year or as_of > timezone.localdate():
        raise Invalid(_("The day lies outside of the year, or has not come yet."), field="as_of")
    if MonitoringRecord.objects.filter(programme_year=locked, as_of=as_of).exists():
        raise Conflict(_("There is a record of this day already."))
    own = set(Indicator.objects.filter(goal__programme_year=locked).values_list("pk", flat=True))
    for indicator, reached in readings.items():
        is_in_words = indicator.operator == Indicator.Operator.QUALITATIVE
        if indicator.pk not in own or isinstance(reached, str) != is_in_words:
            raise Invalid(_("“%(name)s” cannot be read like this.") % {"name": indicator.name})
    with acting(acting_user, reason=_("Monitoring recorded")):
        record: MonitoringRecord = MonitoringRecord.objects.create(
            programme_year=locked, as_of=as_of, executed=executed, **notes
        )
        stored = create_recorded(
            MonitoringReading(record=record, indicator=indicator, level=reached)
            if isinstance(reached, str)
            else MonitoringReading(record=record, indicator=indicator, actual=reached)
            for indicator, reached in readings.items()
        )
    append_leaf(
        LeafKind.MONITORING_RECORDED,
        record,
        public={
            "programme": str(year.programme.row_id),
            "fiscal_year": locked.fiscal_year,
            "as_of": as_of.isoformat(),
        },
        committed={
            "readings": canonical(
                {
                    "executed": _number(executed),
                    "readings": [[i.name, str(reached)] for i, reached in readings.items()],
                    **notes,
                }
            )
        },
        also=stored,
    )
    return record


@transaction.atomic
def keep_sheet(programme: Programme, *, fiscal_year: int, name: str, content: bytes, acting_user: User) -> SheetUpload:
    """Keep an uploaded sheet, so that its messages can be read and nothing is lost. It changes nothing else yet.

    Raises ``Invalid`` or ``TooLarge`` for what is no readable workbook.
    """
    require_may_report(acting_user, programme.department)
    read_cells(content)
    upload: SheetUpload = SheetUpload.objects.create(
        programme=programme,
        fiscal_year=fiscal_year,
        name=PurePath(name).name[-255:],
        content=content,
        sha256=hashlib.sha256(content).hexdigest(),
        uploaded_by=acting_user,
    )
    return upload


@transaction.atomic
def import_sheet(upload: SheetUpload, *, acting_user: User) -> ProgrammeYear:
    """Take a sheet over into its programme's year: all of it, or nothing.

    Indicators are recognised by dimension and name. What the year has and the sheet has not stays, so that a goal
    cannot vanish by being left out. Raises ``Invalid`` while the sheet has errors, ``Conflict`` when it was taken
    over before.
    """
    require_may_report(acting_user, upload.programme.department)
    # Whoever holds the programme's row writes its years.
    programme = (
        Programme.objects.select_for_update(of=("self",))
        .select_related("department__government")
        .get(pk=upload.programme_id)
    )
    locked = SheetUpload.objects.select_for_update().get(pk=upload.pk)
    if locked.confirmed_at:
        raise Conflict(_("This sheet was taken over already."))
    reading = check_upload(locked)
    if reading.errors:
        raise Invalid(_("The sheet still has errors. Correct them in your file and upload it again."))
    _require_goals_as_approved(reading.sheet, programme, locked.fiscal_year)
    with acting(acting_user, reason=_("Self-evaluation sheet imported")):
        year, records = _write_sheet(reading.sheet, programme, locked.fiscal_year)
    locked.confirmed_at = timezone.now()
    locked.save(update_fields=["confirmed_at"])
    goals = [(goal, list(goal.indicators.order_by("pk"))) for goal in year.goals.order_by("pk")]
    append_leaf(
        LeafKind.SELF_EVALUATION_IMPORTED,
        year,
        public={
            "programme": str(programme.row_id),
            "fiscal_year": year.fiscal_year,
            "indicators": len(reading.sheet.indicators),
            "source_sha256": locked.sha256,
        },
        committed={"goals": canonical({"goals": [_told(goal, indicators) for goal, indicators in goals]})},
        also=records,
    )
    upload.confirmed_at = locked.confirmed_at
    return year


def _require_goals_as_approved(sheet: Sheet, programme: Programme, fiscal_year: int) -> None:
    """What was approved with the budget changes only by an approval of its own. Raises ``Conflict`` with the names."""
    year = ProgrammeYear.objects.filter(programme=programme, fiscal_year=fiscal_year).first()
    if year is None or not is_approved(year):
        return
    stored = {(i.dimension, i.name): i for i in Indicator.objects.filter(goal__programme_year=year)}
    moved = []
    for row in sheet.indicators:
        there, given = stored.get((row.dimension, row.name)), values_of_indicator(row)
        if there is None or any(getattr(there, name) != given.get(name, getattr(there, name)) for name in APPROVED):
            moved.append(row.name)
    if moved:
        message = _("The goals of this year are approved. Propose a change of them first: %(names)s.")
        raise Conflict(message % {"names": "、".join(moved)})


def _write_sheet(sheet: Sheet, programme: Programme, fiscal_year: int) -> tuple[ProgrammeYear, list[Any]]:
    """The year, and the goals and indicators that were written."""
    year = ProgrammeYear.objects.filter(programme=programme, fiscal_year=fiscal_year).first()
    year = year or ProgrammeYear(programme=programme, fiscal_year=fiscal_year)
    year.scheme = year.scheme or scheme_of_year(year)
    for name, value in values_of_year(sheet).items():
        setattr(year, name, value)
    year.save()
    goals = list(year.goals.order_by("pk"))
    records: list[Any] = []
    wanted = sheet.goals or ((programme.name, ""),)
    for place, (text, outcome) in enumerate(wanted):
        goal = goals[place] if place < len(goals) else Goal(programme_year=year)
        if (goal.text, goal.outcome) != (text, outcome) or goal.pk is None:
            if goal.text != text:
                goal.text_en = ""
            goal.text, goal.outcome = text, outcome
            goal.save()
            records.append(goal)
        if place == len(goals):
            goals.append(goal)
    stored = {(i.dimension, i.name): i for i in Indicator.objects.filter(goal__programme_year=year)}
    for row in sheet.indicators:
        indicator = stored.get((row.dimension, row.name)) or Indicator(goal=goals[min(row.goal, len(goals)) - 1])
        for name, value in values_of_indicator(row).items():
            setattr(indicator, name, value)
        indicator.save()
        records.append(indicator)
    return year, records
