"""While a meeting goes on: who speaks and who waits to speak, and quick polls."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.meetings.models import AgendaItem, Meeting, PartOfMeetingQuerySet
from participation.meetings.seats.models import MeetingRegistration
from privacy.history.records import History
from privacy.sealing.models import RowIdentity


class SpeakingTurn(RowIdentity):
    """Somebody asked to speak; was called, for at most ``seconds``; has ended, or stepped back before being called."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="turns")
    registration = models.ForeignKey(MeetingRegistration, models.PROTECT, related_name="turns")
    item = models.ForeignKey(AgendaItem, models.PROTECT, null=True, related_name="turns")
    asked_at = models.DateTimeField(default=timezone.now)
    called_at = models.DateTimeField(null=True, blank=True)
    ended_at = models.DateTimeField(null=True, blank=True)
    seconds = models.PositiveSmallIntegerField(default=180)

    objects = PartOfMeetingQuerySet.as_manager()

    class Meta:
        ordering = ("asked_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("registration",), condition=Q(ended_at__isnull=True), name="speaking_turn_waits_once"
            ),
            models.UniqueConstraint(
                fields=("meeting",),
                condition=Q(called_at__isnull=False, ended_at__isnull=True),
                name="speaking_turn_one_speaks",
            ),
        )

    def __str__(self) -> str:
        return f"{self.meeting_id}: {self.registration_id}"


class MeetingPoll(RowIdentity):
    """A question put to those who are there; ``options``: one a line. Its numbers are shown when it is closed."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="polls")
    question = models.CharField(_("question"), max_length=300)
    question_en = models.CharField(_("question in English"), max_length=300, blank=True)
    options = models.TextField(_("answers to choose from, one a line"), max_length=1000)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = PartOfMeetingQuerySet.as_manager()
    history = History(public_fields=("question", "question_en", "options", "closed_at"))
    public_texts = ("question",)

    class Meta:
        verbose_name = _("quick poll")
        verbose_name_plural = _("quick polls")
        ordering = ("-opened_at", "-pk")

    def __str__(self) -> str:
        return self.question

    def get_absolute_url(self) -> str:
        return f"{self.meeting.get_absolute_url()}#polls"

    @property
    def choices(self) -> list[str]:
        return self.options.splitlines()


class MeetingVote(models.Model):
    """What somebody chose: a place in the list of options, from 0. Changeable while the poll is open; only counted."""

    poll = models.ForeignKey(MeetingPoll, models.CASCADE, related_name="votes")
    registration = models.ForeignKey(MeetingRegistration, models.CASCADE, related_name="votes")
    choice = models.PositiveSmallIntegerField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=("poll", "registration"), name="meeting_vote_once"),)

    def __str__(self) -> str:
        return f"{self.poll_id}: {self.choice}"
