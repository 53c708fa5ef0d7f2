"""Opinion maps: a question, statements on it, what everybody answers to each, and the map that is drawn of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.consultations.models import Consultation, Contribution
from participation.stakeholders.models import Organisation, StakeholderGroup
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

STATEMENT_CHARS = 140


class ConversationQuerySet(models.QuerySet["Conversation"]):
    def visible_to(self, user: User | AnonymousUser) -> ConversationQuerySet:
        """As public as its consultation."""
        return self.filter(consultation__in=Consultation.objects.visible_to(user).values("pk"))

    def open(self) -> ConversationQuerySet:
        return self.filter(closed_at__isnull=True)


class Conversation(RowIdentity):
    """One question of a consultation, on which people vote on each other's statements. The stages, sides and levels
    of the consultation hold for it."""

    consultation = models.ForeignKey(
        Consultation, models.PROTECT, related_name="conversations", verbose_name=_("consultation")
    )
    title = models.CharField(_("question"), max_length=200)
    title_en = models.CharField(_("question in English"), max_length=200, blank=True)
    purpose = models.TextField(_("what this is about"), max_length=2000)
    purpose_en = models.TextField(_("what this is about, in English"), max_length=2000, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)

    objects = ConversationQuerySet.as_manager()
    history = History(public_fields=("title", "title_en", "purpose", "purpose_en", "closed_at"))
    public_texts = ("title", "purpose")

    class Meta:
        verbose_name = _("opinion map")
        verbose_name_plural = _("opinion maps")
        ordering = ("-created", "-pk")

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:deliberation:detail", args=[self.row_id])


class Statement(Contribution):
    """One sentence that people agree or disagree with. ``number`` is its id in the published files.

    Nobody's name stands beside it: a statement is weighed, not whoever made it. Whether it is shown, why it is hidden
    and the way to appeal are those of every contribution.
    """

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="statements")
    number = models.PositiveIntegerField(_("number"))
    body = models.CharField(_("statement"), max_length=STATEMENT_CHARS)
    body_en = models.CharField(_("statement in English"), max_length=STATEMENT_CHARS, blank=True)
    is_seed = models.BooleanField(_("from those who opened the map"), default=False)
    # About the conversation itself: it is asked, but people are not placed by it.
    is_meta = models.BooleanField(_("about the opinion map itself"), default=False)

    is_anonymous = True
    history = History(public_fields=("number", "status", "is_seed", "is_meta"))
    public_texts = ("body",)

    class Meta:
        verbose_name = _("statement of an opinion map")
        verbose_name_plural = _("statements of opinion maps")
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("conversation", "number"), name="statement_number_once"),)

    def __str__(self) -> str:
        return self.reference

    def get_absolute_url(self) -> str:
        return reverse("participation:deliberation:statement", args=[self.row_id])

    @property
    def about(self) -> Conversation:
        """What it is said about."""
        return self.conversation

    @property
    def reference(self) -> str:
        return f"S-{self.created.year}-{self.pk:05d}"


class MapParticipant(models.Model):
    """Somebody who takes part in one map. ``number`` stands for them in the published files: drawn at random, so that
    it tells neither who they are nor when they came."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="participants")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="map_participations")
    number = models.PositiveIntegerField()
    stakeholder_group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        verbose_name = _("participant of an opinion map")
        verbose_name_plural = _("participants of opinion maps")
        constraints = (
            models.UniqueConstraint(fields=("conversation", "person"), name="map_participant_once"),
            models.UniqueConstraint(fields=("conversation", "number"), name="map_participant_number_once"),
        )

    def __str__(self) -> str:
        return str(self.number)


class MapVote(models.Model):
    """What somebody answers to one statement; it can be changed until the map is closed."""

    class Value(models.IntegerChoices):
        AGREE = 1, _("Agree")
        DISAGREE = -1, _("Disagree")
        PASS = 0, _("Pass")

    participant = models.ForeignKey(MapParticipant, models.PROTECT, related_name="votes")
    statement = models.ForeignKey(Statement, models.PROTECT, related_name="votes")
    value = models.SmallIntegerField(_("answer"), choices=Value)
    cast_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("answer to a statement")
        verbose_name_plural = _("answers to statements")
        constraints = (
            models.UniqueConstraint(fields=("statement", "participant"), name="map_vote_once"),
            models.CheckConstraint(condition=Q(value__in=(-1, 0, 1)), name="map_vote_value"),
        )

    def __str__(self) -> str:
        return f"{self.statement_id}: {self.get_value_display()}"


class MapBanQuerySet(models.QuerySet["MapBan"]):
    def in_force(self) -> MapBanQuerySet:
        return self.filter(lifting__isnull=True)


class MapBan(RowIdentity):
    """Somebody was excluded from one map, with a reason; what they answered is not counted until the exclusion is
    lifted. Written once."""

    participant = models.ForeignKey(MapParticipant, models.PROTECT, related_name="bans")
    reason = models.TextField(_("reason"), max_length=1000)
    banned_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    banned_at = models.DateTimeField(default=timezone.now)

    objects = MapBanQuerySet.as_manager()

    class Meta:
        ordering = ("banned_at", "pk")
        verbose_name = _("exclusion from an opinion map")
        verbose_name_plural = _("exclusions from opinion maps")

    def __str__(self) -> str:
        return str(self.participant)


class MapBanLifting(RowIdentity):
    """An exclusion was lifted, with a reason: what was answered before counts again. Written once."""

    ban = models.OneToOneField(MapBan, models.PROTECT, related_name="lifting")
    reason = models.TextField(_("reason"), max_length=1000)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    lifted_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("lifted exclusion from an opinion map")
        verbose_name_plural = _("lifted exclusions from opinion maps")

    def __str__(self) -> str:
        return str(self.ban)


class OpinionMapQuerySet(models.QuerySet["OpinionMap"]):
    def visible_to(self, user: User | AnonymousUser) -> OpinionMapQuerySet:
        """Published results are as public as their conversation; what is drawn until then is nobody's to read whole."""
        seen = Conversation.objects.visible_to(user).values("pk")
        return self.filter(is_final=True, conversation__in=seen)


class OpinionMap(RowIdentity):
    """The latest map of a conversation; ``is_final``: drawn at its end, from nothing but the published files.

    ``statements``: [number, is rejected, is about the map itself] of each that it was drawn with. ``result``: what the
    command prints. ``sides``: the same for the declared stakeholder groups. ``tallies``: "all" | "groups" | "sides" ->
    number of a statement -> for each group [agree, disagree, all answers]. ``memory``: for the next drawing.
    """

    conversation = models.OneToOneField(Conversation, models.PROTECT, related_name="map")
    drawn_at = models.DateTimeField(default=timezone.now)
    is_final = models.BooleanField(default=False)
    participants = models.PositiveIntegerField(default=0)
    votes = models.PositiveIntegerField(default=0)
    votes_sha256 = models.CharField(max_length=64)
    result_sha256 = models.CharField(max_length=64)
    statements = models.JSONField(default=list)
    result = models.JSONField(default=dict)
    sides = models.JSONField(default=dict)
    tallies = models.JSONField(default=dict)
    memory = models.JSONField(null=True)

    objects = OpinionMapQuerySet.as_manager()

    class Meta:
        verbose_name = _("result of an opinion map")
        verbose_name_plural = _("results of opinion maps")

    def __str__(self) -> str:
        return str(self.conversation)

    def get_absolute_url(self) -> str:
        return reverse("participation:deliberation:result", args=[self.conversation.row_id])

    @property
    def rejected(self) -> set[int]:
        return {number for number, is_rejected, _is_meta in self.statements if is_rejected}
