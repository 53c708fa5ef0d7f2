"""What came of a meeting: decisions, who does what by when, minutes that participants approve, and recordings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.attachments import AttachmentFields
from participation.meetings.models import AgendaItem, Meeting, PartOfMeetingQuerySet
from participation.meetings.seats.models import MeetingRegistration
from participation.stakeholders.models import Role
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class Resolution(RowIdentity):
    """What was decided, on one item of the agenda or on the whole."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="resolutions")
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="resolutions")
    text = models.TextField(_("what was decided"), max_length=2000)
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfMeetingQuerySet.as_manager()
    history = History(public_fields=("text",))
    public_texts = ("text",)

    class Meta:
        verbose_name = _("decision of a meeting")
        verbose_name_plural = _("decisions of meetings")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return self.text[:80]

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#decisions"


class ActionItem(RowIdentity):
    """Who does what by when. ``task``: the rectification task that it has become."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="action_items")
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, blank=True, related_name="action_items")
    text = models.CharField(_("what will be done"), max_length=200)
    department = models.ForeignKey(
        Department, models.PROTECT, related_name="meeting_action_items", verbose_name=_("department")
    )
    due_on = models.DateField(_("deadline"))
    task = models.OneToOneField(
        "participation.RectificationTask", models.PROTECT, null=True, blank=True, related_name="meeting_action_item"
    )
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfMeetingQuerySet.as_manager()
    history = History(public_fields=("text", "department", "due_on"))
    public_texts = ("text",)

    class Meta:
        verbose_name = _("action item")
        verbose_name_plural = _("action items")
        ordering = ("due_on", "pk")

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#actions"


class MinutesQuerySet(models.QuerySet["MeetingMinutes"]):
    def visible_to(self, user: User | AnonymousUser) -> MinutesQuerySet:
        """Public once published; proposed ones to those who were there; drafts to those who keep the meeting."""
        public = Q(published_at__isnull=False, meeting__in=Meeting.objects.visible_to(user).values("pk"))
        if not user.is_authenticated:
            return self.filter(public)
        if user.has_role(Role.MODERATOR, Role.AUDITOR):
            return self
        was_there = user.meeting_registrations.filter(attended_at__isnull=False).values("meeting")
        kept = Q(pk__in=[])
        if user.has_role(Role.OFFICER):
            own = user.appointments.current().filter(role=Role.OFFICER).values("department")
            kept = Q(meeting__department__in=own)
        return self.filter(public | Q(proposed_at__isnull=False, meeting__in=was_there) | kept)


class MeetingMinutes(RowIdentity):
    """The minutes of a meeting. A changed text is a new version, which is put before the participants again."""

    meeting = models.OneToOneField(Meeting, models.PROTECT, related_name="minutes")
    text = models.TextField(_("text"), max_length=40_000)
    version = models.PositiveSmallIntegerField(_("version"), default=1)
    drafted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    proposed_at = models.DateTimeField(_("put before the participants"), null=True, blank=True)
    answer_by = models.DateField(_("participants say by"), null=True, blank=True)
    published_at = models.DateTimeField(_("published"), null=True, blank=True)

    objects = MinutesQuerySet.as_manager()
    history = History(public_fields=("text", "version", "proposed_at", "answer_by", "published_at"))
    public_texts = ("text",)

    class Meta:
        verbose_name = _("minutes")
        verbose_name_plural = _("minutes")
        constraints = (
            models.CheckConstraint(
                condition=Q(published_at__isnull=True) | Q(proposed_at__isnull=False),
                name="meeting_minutes_proposed_first",
            ),
        )

    def __str__(self) -> str:
        return str(self.meeting)

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#minutes"


class MinutesOpinion(RowIdentity):
    """Whether a participant stands by one version of the minutes; an objection is published with them."""

    minutes = models.ForeignKey(MeetingMinutes, models.PROTECT, related_name="opinions")
    registration = models.ForeignKey(MeetingRegistration, models.PROTECT, related_name="+")
    version = models.PositiveSmallIntegerField()
    agrees = models.BooleanField()
    words = models.TextField(_("what is not right in them"), max_length=1000, blank=True)
    created = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("created", "pk")
        constraints = (
            models.UniqueConstraint(fields=("minutes", "version", "registration"), name="minutes_opinion_once"),
            models.CheckConstraint(condition=Q(agrees=True) | ~Q(words=""), name="minutes_objection_has_words"),
        )

    def __str__(self) -> str:
        return f"{self.minutes_id} v{self.version}"


class RecordingQuerySet(models.QuerySet["MeetingRecording"]):
    def visible_to(self, user: User | AnonymousUser) -> RecordingQuerySet:
        """Only while everybody who is seen or heard in it consents: who takes the consent back takes it down."""
        refused = MeetingRegistration.objects.filter(may_record=False).values("pk")
        seen = self.filter(meeting__in=Meeting.objects.visible_to(user).values("pk"), withdrawn_at__isnull=True)
        return seen.exclude(shown__in=refused)


class MeetingRecording(AttachmentFields, RowIdentity):
    """A photo, or the address of a recording, with those who are seen or heard in it."""

    class Kind(models.TextChoices):
        PHOTO = "photo", _("Photo")
        SOUND = "sound", _("Sound recording")
        VIDEO = "video", _("Video recording")

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="recordings")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    caption = models.CharField(_("what it shows"), max_length=300)
    link = models.URLField(_("address"), max_length=300, blank=True)
    shown = models.ManyToManyField(MeetingRegistration, related_name="recordings", blank=True)
    published_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    published_at = models.DateTimeField(_("published"), default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = RecordingQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("recording of a meeting")
        verbose_name_plural = _("recordings of meetings")
        ordering = ("published_at", "pk")
        constraints = (
            models.CheckConstraint(
                condition=(Q(kind="photo", link="") & ~Q(attachment="")) | (~Q(kind="photo") & ~Q(link="")),
                name="meeting_recording_is_somewhere",
            ),
        )

    def __str__(self) -> str:
        return self.caption

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#recordings"
