"""Rooms in which people talk: each a numbered sequence of events, of which sockets are only a hint."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING, Any

from django.apps import apps
from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line, Programme, Release
from participation.consultations.models import Consultation
from participation.stakeholders.models import Organisation, StakeholderGroup
from privacy.history.records import History
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


# What a room can be about -> the model. The later rooms of the process are named, not imported.
PLACES = {
    "consultation": "participation.Consultation",
    "release": "cms.Release",
    "programme": "cms.Programme",
    "evaluation": "participation.Evaluation",
    "task": "participation.RectificationTask",
}


def about_one_place() -> Q:
    each = [Q(**{f"{other}__isnull": other != kind for other in PLACES}) for kind in PLACES]
    found = each[0]
    for one in each[1:]:
        found |= one
    return found


class RoomQuerySet(models.QuerySet["Room"]):
    def visible_to(self, user: User | AnonymousUser) -> RoomQuerySet:
        """The rooms about what ``user`` may see."""
        found = Q(pk__in=[])
        for kind, label in PLACES.items():
            found |= Q(**{f"{kind}__in": apps.get_model(label)._default_manager.visible_to(user)})
        return self.filter(found)


class Room(RowIdentity):
    """What is said about one thing. Made when somebody first speaks there."""

    class Holds(models.TextChoices):
        """Which messages a moderator looks at before they are shown."""

        NONE = "", _("None: everything is shown at once")
        LINKS = "links", _("Those with links, and those of new accounts")
        ALL = "all", _("All")

    consultation = models.OneToOneField(Consultation, models.PROTECT, null=True, related_name="room")
    release = models.OneToOneField(Release, models.PROTECT, null=True, related_name="room")
    programme = models.OneToOneField(Programme, models.PROTECT, null=True, related_name="room")
    evaluation = models.OneToOneField("participation.Evaluation", models.PROTECT, null=True, related_name="room")
    task = models.OneToOneField("participation.RectificationTask", models.PROTECT, null=True, related_name="room")
    last_seq = models.PositiveBigIntegerField(default=0)
    # A new epoch tells clients that sequence numbers they remember no longer count.
    epoch = models.UUIDField(default=uuid.uuid4)
    is_locked = models.BooleanField(_("locked"), default=False)
    # Seconds that each person waits between two messages; 0: as fast as everywhere.
    slow_seconds = models.PositiveIntegerField(_("seconds between two messages of a person"), default=0)
    holds = models.CharField(_("looked at before they are shown"), max_length=8, choices=Holds, blank=True, default="")
    # The number of the message that stands on top.
    pinned_seq = models.PositiveBigIntegerField(null=True, blank=True)

    objects = RoomQuerySet.as_manager()
    # Its numbers change with every message; what a moderator changes is an event with a history of its own.
    public_fields = ("is_locked", "slow_seconds", "holds")

    class Meta:
        verbose_name = _("discussion")
        verbose_name_plural = _("discussions")
        constraints = (models.CheckConstraint(condition=about_one_place(), name="room_about_one_thing"),)

    def __str__(self) -> str:
        return str(self.about)

    @property
    def kind(self) -> str:
        return next(kind for kind in PLACES if getattr(self, f"{kind}_id") is not None)

    @property
    def about(self) -> Any:
        return getattr(self, self.kind)

    @property
    def context(self) -> Consultation | None:
        """The consultation that this belongs to, if any."""
        return consultation_of(self.kind, self.about)

    def get_absolute_url(self) -> str:
        """Where it is read: on the page of its consultation, otherwise on a page of its own."""
        if self.consultation is not None:
            return self.consultation.get_absolute_url()
        return reverse("participation:discussion:room", args=[self.kind, self.about.row_id])


def consultation_of(kind: str, about: Any) -> Consultation | None:
    if kind == "consultation":
        return about  # type: ignore[no-any-return]
    if kind == "evaluation":
        return about.consultation  # type: ignore[no-any-return]
    return about.consultation if kind == "task" else None


class EventQuerySet(models.QuerySet["Event"]):
    def visible_to(self, user: User | AnonymousUser) -> EventQuerySet:
        """What is not hidden in a room that may be seen; authors see their own; moderators and auditors all."""
        found = self.filter(room__in=Room.objects.visible_to(user))
        if user.is_authenticated and user.has_role("moderator", "auditor"):
            return found
        mine = Q(actor=user.pk, kind="message") if user.is_authenticated else Q(pk__in=[])
        return found.filter(Q(is_hidden=False, kind="message") | mine)


class Event(RowIdentity):
    """One thing that happened in a room. ``seq`` has no gaps within a room."""

    class Kind(models.TextChoices):
        MESSAGE = "message", _("Message")
        EDIT = "edit", _("Changed")
        HIDE = "hide", _("Hidden")
        RESTORE = "restore", _("Restored")
        PIN = "pin", _("Pinned")
        UNPIN = "unpin", _("No longer pinned")
        STATE = "state", _("Rules of the room changed")

    class Form(models.TextChoices):
        """What a message is: of a moderator it may be more than a message."""

        PLAIN = "", _("Message")
        QUESTION = "question", _("Question")
        SUMMARY = "summary", _("Summary")
        ANNOUNCEMENT = "announcement", _("Announcement")
        CLOSING = "closing", _("Closing statement")

    room = models.ForeignKey(Room, models.PROTECT, related_name="events")
    seq = models.PositiveBigIntegerField()
    kind = models.CharField(max_length=8, choices=Kind)
    form = models.CharField(_("what it is"), max_length=12, choices=Form, blank=True, default="")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stakeholder_group = models.CharField(max_length=24, choices=StakeholderGroup, blank=True)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    client_id = models.UUIDField(null=True)
    target_seq = models.PositiveBigIntegerField(null=True)
    # The number of the message that it answers, and the line of the budget that it is about.
    reply_to = models.PositiveBigIntegerField(null=True)
    line = models.ForeignKey(Line, models.PROTECT, null=True, related_name="+")
    # The beginning of the paragraph that it is about, as it stood in the record.
    passage = models.CharField(_("paragraph"), max_length=300, blank=True, default="")
    # Of a change of the rules of the room: what holds from then on.
    rules = models.JSONField(null=True)
    body = models.TextField(_("what was said"), blank=True)
    edited = models.DateTimeField(null=True)
    is_hidden = models.BooleanField(default=False)
    # Hidden because nobody has looked at it yet.
    is_held = models.BooleanField(default=False)
    created = models.DateTimeField(default=timezone.now)

    objects = EventQuerySet.as_manager()
    history = History()
    public_texts = ("body",)

    class Meta:
        ordering = ("room", "seq")
        constraints = (
            models.UniqueConstraint(fields=("room", "seq"), name="event_seq_once"),
            # In this order what is sent again is found at once, however long the discussion.
            models.UniqueConstraint(fields=("client_id", "room", "actor"), name="event_client_id_once"),
            models.CheckConstraint(
                condition=Q(kind__in=("message", "state"), target_seq__isnull=True)
                | (~Q(kind__in=("message", "state")) & Q(target_seq__isnull=False)),
                name="event_target_of_moderation",
            ),
            models.CheckConstraint(condition=Q(is_held=False) | Q(is_hidden=True), name="event_held_is_hidden"),
        )

    def __str__(self) -> str:
        return f"{self.room} #{self.seq}"

    def get_absolute_url(self) -> str:
        return f"{self.room.get_absolute_url()}#m{self.seq}"

    def sealing_subject(self) -> Subject:
        return self.actor.sealing_subject()


class Opinion(models.Model):
    """What somebody thinks of a message, with one tap: one a person, changeable; the public sees numbers."""

    class Kind(models.TextChoices):
        AGREE = "agree", _("I agree")
        DISAGREE = "disagree", _("I disagree")
        EVIDENCE = "evidence", _("Please show evidence")

    message = models.ForeignKey(Event, models.PROTECT, related_name="opinions")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    kind = models.CharField(_("reaction"), max_length=8, choices=Kind)
    changed = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("reaction to a message")
        verbose_name_plural = _("reactions to messages")
        constraints = (models.UniqueConstraint(fields=("message", "person"), name="opinion_once"),)

    def __str__(self) -> str:
        return f"{self.message_id}: {self.get_kind_display()}"


class MuteQuerySet(models.QuerySet["Mute"]):
    def visible_to(self, user: User | AnonymousUser) -> MuteQuerySet:
        """Moderators and auditors, and whoever it is about."""
        if not user.is_authenticated:
            return self.none()
        return self if user.has_role("moderator", "auditor") else self.filter(person=user.pk)

    def current(self) -> MuteQuerySet:
        return self.filter(until__gt=timezone.now(), lifted_at__isnull=True)


class Mute(RowIdentity):
    """Somebody may not speak in a room until a day, for a reason that they read. It is not public."""

    room = models.ForeignKey(Room, models.PROTECT, related_name="mutes")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    until = models.DateTimeField(_("until"))
    reason = models.TextField(_("reason"), max_length=1000)
    muted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)

    objects = MuteQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("person who may not speak in a discussion")
        verbose_name_plural = _("people who may not speak in a discussion")
        ordering = ("-created",)

    def __str__(self) -> str:
        return str(self.row_id)

    @property
    def is_current(self) -> bool:
        """As ``current`` of its queryset finds it."""
        return self.lifted_at is None and self.until > timezone.now()

    def sealing_subject(self) -> Subject:
        return Subject("person", self.person.row_id)


class ReadMark(models.Model):
    """How far somebody has read a room, so that what is new can be marked. Nobody else sees it."""

    room = models.ForeignKey(Room, models.CASCADE, related_name="read_marks")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    seq = models.PositiveBigIntegerField()

    class Meta:
        verbose_name = _("how far somebody has read")
        verbose_name_plural = _("how far people have read")
        constraints = (models.UniqueConstraint(fields=("room", "person"), name="read_mark_once"),)

    def __str__(self) -> str:
        return f"{self.room_id}: {self.seq}"
