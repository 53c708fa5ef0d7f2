"""Keeping the calendar of working days, and entering the periods of laws."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils.translation import gettext as _

from cms.calendars.clock_files import ClockDefinition, definition_of
from cms.calendars.days_file import Days, Entered
from cms.calendars.models import CHINA, CalendarChange, CalendarDay, CalendarYear, StatutoryClock
from cms.calendars.permissions import require_may_enter_clocks, require_may_maintain
from cms.calendars.queries import DayChange, changes_by
from portal.errors import Conflict, Invalid
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from participation.stakeholders.models import User

YEARS = range(1950, 2200)


@transaction.atomic
def enter_calendar(
    days: Days, *, jurisdiction: str = CHINA, source: str, acting_user: User | None
) -> list[CalendarChange]:
    """Make ``days`` the official ones of their years, which are complete from then on; what stood there before goes.

    Entering the same again changes nothing. Raises ``Invalid`` without a source or for impossible years.
    """
    require_may_maintain(acting_user)
    if not source.strip():
        raise Invalid(_("Name the official notice that says so."), field="source")
    made = []
    for year in sorted({day.year for day in days}):
        calendar = _locked(jurisdiction, year, acting_user)
        of_year = {day: entered for day, entered in days.items() if day.year == year}
        changes = changes_by(of_year, jurisdiction)
        is_new = not calendar.is_complete or calendar.source != source.strip()
        if not changes and not is_new:
            continue
        calendar.is_complete, calendar.source = True, source.strip()
        made.append(_write(calendar, changes, source.strip(), acting_user))
    return made


@transaction.atomic
def set_day(
    day: date,
    entered: Entered | None,
    *,
    jurisdiction: str = CHINA,
    reason: str,
    acting_user: User | None,
) -> CalendarChange | None:
    """Say of one day whether it is worked, or nothing any more (None). Returns None where nothing differs.

    A year does not become complete by it. Raises ``Invalid`` without a reason.
    """
    require_may_maintain(acting_user)
    if not reason.strip():
        raise Invalid(_("Say why: the reason is published beside the calendar."), field="reason")
    calendar = _locked(jurisdiction, day.year, acting_user)
    row = CalendarDay.objects.filter(jurisdiction=jurisdiction, date=day).first()
    before = Entered(row.is_workday, row.note) if row else None
    if before == entered:
        return None
    return _write(calendar, [DayChange(day, before, entered)], reason.strip(), acting_user)


def _locked(jurisdiction: str, year: int, acting_user: User | None) -> CalendarYear:
    if year not in YEARS or not jurisdiction.strip():
        raise Invalid(_("There is no calendar of that year."), field="file")
    with acting(acting_user, reason=_("Calendar begun")):
        calendar, is_new = CalendarYear.objects.get_or_create(jurisdiction=jurisdiction, year=year)
    if is_new:
        return calendar
    locked: CalendarYear = CalendarYear.objects.select_for_update().get(pk=calendar.pk)
    return locked


def _write(calendar: CalendarYear, changes: list[DayChange], reason: str, acting_user: User | None) -> CalendarChange:
    gone = [change.day for change in changes if change.after is None]
    CalendarDay.objects.filter(jurisdiction=calendar.jurisdiction, date__in=gone).delete()
    CalendarDay.objects.bulk_create(
        [
            CalendarDay(
                jurisdiction=calendar.jurisdiction,
                date=change.day,
                is_workday=change.after.is_workday,
                note=change.after.note,
            )
            for change in changes
            if change.after
        ],
        update_conflicts=True,
        unique_fields=("jurisdiction", "date"),
        update_fields=("is_workday", "note"),
    )
    with acting(acting_user, reason=reason):
        calendar.save()
    told = [[change.day.isoformat(), _plain(change.before), _plain(change.after)] for change in changes]
    record = CalendarChange.objects.create(calendar=calendar, days=told, reason=reason, changed_by=acting_user)
    append_leaf(
        LeafKind.CALENDAR_CHANGED,
        record,
        public={"year": calendar.year, "days": len(changes)},
        committed={"days": canonical({"jurisdiction": calendar.jurisdiction, "days": told, "reason": reason})},
        also=[calendar],
    )
    return record


def _plain(entered: Entered | None) -> list[bool | str] | None:
    return [entered.is_workday, entered.note] if entered else None


@transaction.atomic
def enter_clock(definition: ClockDefinition, *, acting_user: User | None) -> StatutoryClock:
    """Enter a period of a law, once: what is there with the same words stays as it is.

    Raises ``Conflict`` where the rule says something else from that day on: deadlines were counted by it.
    """
    require_may_enter_clocks(acting_user)
    found = StatutoryClock.objects.filter(
        jurisdiction=definition.jurisdiction, rule_id=definition.rule_id, valid_from=definition.valid_from
    ).first()
    if found is not None:
        if definition_of(found) != definition:
            message = _("%(rule)s is on record already and says something else. Enter the change from a later day on.")
            raise Conflict(message % {"rule": found})
        return found
    with acting(acting_user, reason=_("Statutory period entered")):
        clock: StatutoryClock = StatutoryClock.objects.create(**vars(definition))
    append_leaf(
        LeafKind.CLOCK_ENTERED,
        clock,
        public={"valid_from": clock.valid_from.isoformat(), "days": clock.days},
        committed={"rule": canonical(definition.as_json())},
    )
    return clock
