"""Meetings of all sides (协调会、听证会、民主恳谈): when, where, what for, who has places, what is read beforehand."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Line, Programme
from participation.attachments import AttachmentFields
from participation.consultations.models import Consultation
from participation.stakeholders.models import StakeholderGroup
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class SeriesQuerySet(models.QuerySet["MeetingSeries"]):
    def visible_to(self, user: User | AnonymousUser) -> SeriesQuerySet:
        """Every series is public."""
        return self.all()


class MeetingSeries(RowIdentity):
    """Meetings that are held again and again for one purpose."""

    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    purpose = models.TextField(_("what they are for"), max_length=2000)
    purpose_en = models.TextField(_("what they are for, in English"), max_length=2000, blank=True)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="meeting_series", verbose_name=_("department")
    )
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = SeriesQuerySet.as_manager()
    history = History(public_fields=("title", "title_en", "purpose", "purpose_en", "department"))
    public_texts = ("title", "purpose")

    class Meta:
        verbose_name = _("series of meetings")
        verbose_name_plural = _("series of meetings")
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:meetings:series", args=[self.row_id])


class MeetingQuerySet(models.QuerySet["Meeting"]):
    def visible_to(self, user: User | AnonymousUser) -> MeetingQuerySet:
        """As public as the consultation that it belongs to; public without one."""
        seen = Consultation.objects.visible_to(user).values("pk")
        return self.filter(Q(consultation__isnull=True) | Q(consultation__in=seen))

    def standing(self) -> MeetingQuerySet:
        return self.filter(cancelled_at__isnull=True)


class Meeting(RowIdentity):
    """One meeting. It is announced from the moment it is convened."""

    class Kind(models.TextChoices):
        COORDINATION = "coordination", _("Coordination meeting")
        HEARING = "hearing", _("Hearing")
        DELIBERATION = "deliberation", _("Deliberative meeting")

    series = models.ForeignKey(
        MeetingSeries, models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("series")
    )
    consultation = models.ForeignKey(
        Consultation, models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("consultation")
    )
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="meetings", verbose_name=_("department")
    )
    kind = models.CharField(_("kind"), max_length=16, choices=Kind)
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    purpose = models.TextField(_("what it is for"), max_length=2000)
    purpose_en = models.TextField(_("what it is for, in English"), max_length=2000, blank=True)
    scope = models.TextField(_("what it can decide, and what it cannot"), max_length=2000)
    scope_en = models.TextField(_("what it can decide, and what it cannot, in English"), max_length=2000, blank=True)
    starts_at = models.DateTimeField(_("begins"))
    ends_at = models.DateTimeField(_("ends"))
    registration_ends_at = models.DateTimeField(_("registration ends"))
    place = models.CharField(_("place"), max_length=300, blank=True)
    place_en = models.CharField(_("place in English"), max_length=300, blank=True)
    access = models.TextField(_("accessibility"), max_length=2000, blank=True)
    access_en = models.TextField(_("accessibility, in English"), max_length=2000, blank=True)
    # Only those who have a place get the first; everybody gets the second.
    online_link = models.URLField(_("address for taking part online"), max_length=300, blank=True)
    stream_link = models.URLField(_("address for watching"), max_length=300, blank=True)
    turn_seconds = models.PositiveSmallIntegerField(_("seconds for each turn to speak"), default=180)
    convened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    opened_at = models.DateTimeField(_("opened"), null=True, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, blank=True)
    cancel_reason = models.TextField(_("why it was cancelled"), max_length=1000, blank=True)

    objects = MeetingQuerySet.as_manager()
    public_fields = (
        *("kind", "title", "title_en", "purpose", "purpose_en", "scope", "scope_en", "starts_at", "ends_at"),
        *("registration_ends_at", "place", "place_en", "access", "access_en", "stream_link", "turn_seconds"),
        *("opened_at", "closed_at", "cancelled_at", "cancel_reason"),
    )
    history = History(public_fields=public_fields)
    public_texts = ("title", "purpose", "scope")

    class Meta:
        verbose_name = _("meeting")
        verbose_name_plural = _("meetings")
        ordering = ("-starts_at", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="meeting_lasts"),
            models.CheckConstraint(
                condition=Q(registration_ends_at__lte=F("starts_at")), name="meeting_registration_ends_before"
            ),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(opened_at__isnull=False), name="meeting_closed_after_opening"
            ),
            models.CheckConstraint(
                condition=Q(cancelled_at__isnull=True) | (Q(opened_at__isnull=True) & ~Q(cancel_reason="")),
                name="meeting_cancelled_with_reason",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:meetings:detail", args=[self.row_id])

    @property
    def state(self) -> str:
        """coming, live, held or cancelled."""
        if self.cancelled_at is not None:
            return "cancelled"
        if self.closed_at is not None:
            return "held"
        return "coming" if self.opened_at is None else "live"

    @property
    def state_label(self) -> str:
        words = {"coming": _("Coming"), "live": _("Going on now"), "held": _("Held"), "cancelled": _("Cancelled")}
        return str(words[self.state])

    def takes_registrations(self, now: datetime | None = None) -> bool:
        return self.state == "coming" and (now or timezone.now()) < self.registration_ends_at

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """What belongs to it, and is shown in its history."""
        return [self.agenda.all(), self.materials.all(), *(self.resolutions.all(), self.action_items.all())]


class PartOfMeetingQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PartOfMeetingQuerySet:
        """Agenda, material, lot and polls are as public as their meeting."""
        return self.filter(meeting__in=Meeting.objects.visible_to(user).values("pk"))


class MeetingPlaces(models.Model):
    """How many places one stakeholder group has, and whether they are drawn by lot from volunteers."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="places_of_groups")
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    places = models.PositiveSmallIntegerField(_("places"))
    by_lot = models.BooleanField(_("drawn by lot"), default=False)

    class Meta:
        ordering = ("pk",)
        constraints = (models.UniqueConstraint(fields=("meeting", "group"), name="meeting_places_once"),)

    def __str__(self) -> str:
        return f"{self.get_group_display()}: {self.places}"


# What an item of an agenda can be about; the later rooms of the process are named, not imported.
MATTERS = ("line", "programme", "evaluation", "task")


class AgendaItem(RowIdentity):
    """What is talked about, for how long, and what it is about: a line, a programme, an evaluation or a task."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="agenda")
    number = models.PositiveSmallIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=15)
    line = models.ForeignKey(Line, models.PROTECT, null=True, related_name="agenda_items")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, related_name="agenda_items")
    evaluation = models.ForeignKey("participation.Evaluation", models.PROTECT, null=True, related_name="agenda_items")
    task = models.ForeignKey("participation.RectificationTask", models.PROTECT, null=True, related_name="agenda_items")
    # What was said and by which sides, for the minutes.
    notes = models.TextField(_("what was said"), max_length=8000, blank=True)

    objects = PartOfMeetingQuerySet.as_manager()
    history = History(public_fields=("number", "title", "title_en", "minutes"))
    public_texts = ("title",)

    class Meta:
        verbose_name = _("item of the agenda")
        verbose_name_plural = _("agenda")
        ordering = ("number", "pk")
        constraints = (
            models.UniqueConstraint(fields=("meeting", "number"), name="agenda_number_once"),
            models.CheckConstraint(
                condition=Q(line__isnull=True, programme__isnull=True, evaluation__isnull=True)
                | Q(line__isnull=True, programme__isnull=True, task__isnull=True)
                | Q(line__isnull=True, evaluation__isnull=True, task__isnull=True)
                | Q(programme__isnull=True, evaluation__isnull=True, task__isnull=True),
                name="agenda_item_about_one_thing",
            ),
        )

    def __str__(self) -> str:
        return f"{self.number}. {self.title}"

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#item-{self.number}"

    @property
    def matter_kind(self) -> str:
        """One of ``MATTERS``, or nothing."""
        return next((kind for kind in MATTERS if getattr(self, f"{kind}_id") is not None), "")


class MeetingMaterial(AttachmentFields, RowIdentity):
    """Something to be read before the meeting."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="materials")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published"), default=timezone.now)

    objects = PartOfMeetingQuerySet.as_manager()
    history = History(public_fields=("title", "title_en", "published_at", "attachment_name", "attachment_sha256"))
    public_texts = ("title",)

    class Meta:
        verbose_name = _("material of a meeting")
        verbose_name_plural = _("material of meetings")
        ordering = ("published_at", "pk")
        constraints = (models.CheckConstraint(condition=~Q(attachment=""), name="meeting_material_is_a_file"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#material"
