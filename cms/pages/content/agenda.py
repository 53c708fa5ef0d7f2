"""What happens when: entries of the calendar, from every room that has dates.

A room registers a source; the calendar asks each of them with the eyes of the reader.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel
from wagtail.models import RevisionMixin

from cms.budget.models import Release
from cms.budget.queries import Reader
from cms.calendars.clocks import deadline
from portal.ui.furniture import local

# 预算法第十四条: a government publishes within 20 days of the approval.
PUBLICATION_RULE = "T1"
# How far before a day an approval may lie whose deadline falls on it.
LONGEST_CLOCK = timedelta(days=60)

KINDS: dict[str, str | Promise] = {
    "release": _("Budget published"),
    "deadline": _("Legal deadline"),
    "consultation": _("Consultation"),
    "hearing": _("Hearing or meeting"),
    "session": _("Session of the congress"),
    "other": _("Other dates"),
}


@dataclass(frozen=True)
class Entry:
    """One date. ``starts`` and ``ends`` are days, or moments with a zone; ``ends`` is the last day, or the moment when
    it is over. ``uid`` names the entry for calendar programs and stays the same when it moves."""

    uid: str
    kind: str
    title: str
    starts: date | datetime
    ends: date | datetime | None = None
    url: str = ""
    place: str = ""
    detail: str = ""

    @property
    def kind_name(self) -> str:
        return str(KINDS.get(self.kind, KINDS["other"]))

    @property
    def is_all_day(self) -> bool:
        return not isinstance(self.starts, datetime)

    @property
    def first_day(self) -> date:
        return _day(self.starts)

    @property
    def last_day(self) -> date:
        return max(self.first_day, _day(self.ends)) if self.ends else self.first_day

    @property
    def order(self) -> tuple[date, datetime, str]:
        moment = self.starts if isinstance(self.starts, datetime) else datetime.combine(self.starts, time.min)
        aware = moment if timezone.is_aware(moment) else timezone.make_aware(moment)
        return (self.first_day, aware, self.title)


def _day(moment: date | datetime) -> date:
    if isinstance(moment, datetime):
        return (timezone.localtime(moment) if timezone.is_aware(moment) else moment).date()
    return moment


# (reader, first day, last day) -> the entries that touch these days.
Source = Callable[[Reader, date, date], Iterable[Entry]]
sources: dict[str, Source] = {}


def register(name: str, source: Source) -> None:
    """Let the calendar ask ``source``; the same name again replaces it."""
    sources[name] = source


def entries_between(reader: Reader, first: date, last: date, kind: str = "") -> list[Entry]:
    """What touches the days from ``first`` to ``last``, both included, in their order."""
    found = [entry for source in sources.values() for entry in source(reader, first, last)]
    touching = [entry for entry in found if entry.first_day <= last and entry.last_day >= first]
    return sorted((entry for entry in touching if kind in ("", entry.kind)), key=lambda entry: entry.order)


class CalendarEntryQuerySet(models.QuerySet["CalendarEntry"]):
    def visible_to(self, user: Any) -> CalendarEntryQuerySet:
        """What editors announce is for everybody."""
        return self


class CalendarEntry(RevisionMixin, models.Model):  # type: ignore[misc]
    """A date that editors announce: a hearing, a session, a meeting."""

    class Kind(models.TextChoices):
        HEARING = "hearing", _("Hearing or meeting")
        SESSION = "session", _("Session of the congress")
        OTHER = "other", _("Other dates")

    kind = models.CharField(_("kind"), max_length=12, choices=Kind, default=Kind.HEARING)
    title = models.CharField(_("title in Chinese"), max_length=160)
    title_en = models.CharField(_("title in English"), max_length=160, blank=True)
    starts_on = models.DateField(_("day"))
    starts_at = models.TimeField(_("hour"), null=True, blank=True, help_text=_("Empty: the whole day."))
    ends_on = models.DateField(_("last day"), null=True, blank=True)
    place = models.CharField(_("place"), max_length=160, blank=True)
    place_en = models.CharField(_("place in English"), max_length=160, blank=True)
    url = models.URLField(_("address of more about it"), blank=True)

    objects = CalendarEntryQuerySet.as_manager()
    panels = tuple(
        FieldPanel(name)
        for name in ("kind", "title", "title_en", "starts_on", "starts_at", "ends_on", "place", "place_en", "url")
    )

    class Meta:
        verbose_name = _("date")
        verbose_name_plural = _("dates")
        ordering = ("-starts_on", "pk")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(ends_on__isnull=True) | models.Q(ends_on__gte=models.F("starts_on")),
                name="calendar_entry_ends_after_it_starts",
                violation_error_message=_("The last day lies before the first."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.starts_on} {self.title}"


def announced(reader: Reader, first: date, last: date) -> list[Entry]:
    rows = CalendarEntry.objects.visible_to(reader).filter(starts_on__lte=last)
    rows = rows.filter(models.Q(ends_on__gte=first) | models.Q(ends_on=None, starts_on__gte=first))
    return [
        Entry(
            uid=f"date-{row.pk}",
            kind=row.kind,
            title=local(row, "title"),
            starts=timezone.make_aware(datetime.combine(row.starts_on, row.starts_at))
            if row.starts_at
            else row.starts_on,
            ends=row.ends_on,
            url=row.url,
            place=local(row, "place"),
        )
        for row in rows
    ]


def publications(reader: Reader, first: date, last: date) -> list[Entry]:
    """Releases on the day on which they became public."""
    start = timezone.make_aware(datetime.combine(first, time.min))
    end = timezone.make_aware(datetime.combine(last + timedelta(days=1), time.min))
    rows = Release.objects.published().select_related("government")
    return [
        Entry(
            uid=f"release-{row.row_id}",
            kind="release",
            title=f"{local(row.government, 'name')} {row.fiscal_year}"
            + (f" v{row.version}" if row.version > 1 else ""),
            starts=timezone.localtime(row.published_at).date(),
            url=row.get_absolute_url(),
        )
        for row in rows.filter(published_at__gte=start, published_at__lt=end)
        if row.published_at
    ]


def publication_deadlines(reader: Reader, first: date, last: date) -> list[Entry]:
    """The last day for publishing what was approved, by the rule that held on that day; drafts only for those who may
    see them. A handful of releases are approved in the weeks before any month, so each clock is looked up alone."""
    rows = Release.objects.visible_to(reader).filter(
        approved_on__gte=first - LONGEST_CLOCK, approved_on__lte=last, version=1
    )
    found = []
    for row in rows.select_related("government"):
        due = deadline(PUBLICATION_RULE, row.approved_on, row.jurisdiction) if row.approved_on else None
        if due is not None:
            name = f"{local(row.government, 'name')} {row.fiscal_year}"
            found.append(
                Entry(
                    uid=f"deadline-{row.row_id}",
                    kind="deadline",
                    title=gettext("%(budget)s has to be published") % {"budget": name},
                    starts=due.due_on,
                    url=row.get_absolute_url(),
                    detail=f"{local(due.clock, 'law')} § {due.clock.article}",
                )
            )
    return found


register("announced", announced)
register("publications", publications)
register("publication deadlines", publication_deadlines)
