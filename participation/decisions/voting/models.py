"""Who may vote, the rounds, and the secret ballots."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.decisions.models import DecisionRoom, PartOfRoomQuerySet
from participation.decisions.voting.receipts import receipt_of
from participation.stakeholders.models import Organisation, Role, StakeholderGroup
from privacy.history.records import History
from privacy.sealing.fields import SealedJSONField, SealedTextField
from privacy.sealing.keys import PORTAL, Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class DecisionSeat(RowIdentity):
    """An organisation on the roster of its group. ``votes_with``: branches under one owner share one ballot."""

    room = models.ForeignKey(DecisionRoom, models.PROTECT, related_name="seats")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="decision_seats")
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    votes_with = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="branches")
    removed_at = models.DateTimeField(_("taken off the roster"), null=True, blank=True)

    objects = PartOfRoomQuerySet.as_manager()
    history = History(public_fields=("organisation", "group", "removed_at"))

    class Meta:
        verbose_name = _("seat in a decision")
        verbose_name_plural = _("seats in decisions")
        ordering = ("group", "organisation__name")
        constraints = (
            models.UniqueConstraint(fields=("room", "organisation"), name="decision_seat_once"),
            models.CheckConstraint(condition=~Q(group=StakeholderGroup.CITIZEN), name="decision_seat_of_roster"),
        )

    def __str__(self) -> str:
        return str(self.organisation)

    def get_absolute_url(self) -> str:
        return self.room.get_absolute_url()

    @property
    def head(self) -> DecisionSeat:
        """The seat whose ballot is cast for it."""
        return self.votes_with or self


class DecisionRound(RowIdentity):
    """One time of rating. ``options``: the letters that can be rated; ``lot``: their order once the secret is opened.

    ``file``: the ballots as they are published, which anybody can decide again; ``whole_file`` has the groups of fewer
    than five as well and is sealed. ``result``: as ``deciding.reporting.report`` gives it.
    """

    class Work(models.TextChoices):
        NONE = "", _("not begun")
        WAITING = "waiting", _("flagged ballots wait for two auditors")
        RUNNING = "running", _("being counted")
        DONE = "done", _("counted")
        FAILED = "failed", _("could not be counted")

    room = models.ForeignKey(DecisionRoom, models.PROTECT, related_name="rounds")
    number = models.PositiveSmallIntegerField(_("round"))
    options = models.JSONField(_("options"))
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    ends_at = models.DateTimeField(_("ratings until"))
    extensions_used = models.PositiveSmallIntegerField(_("times extended"), default=0)
    commitment = models.CharField(_("hash of the lot's secret"), max_length=64)
    secret = SealedTextField(null=True, blank=True)
    opened_secret = models.CharField(_("opened secret"), max_length=64, blank=True)
    lot = models.JSONField(_("order drawn"), default=list)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    flagged_at = models.DateTimeField(null=True, blank=True)
    version = models.PositiveSmallIntegerField(_("version of the file"), default=0)
    file = models.TextField(blank=True)
    file_sha256 = models.CharField(_("digest of the published file"), max_length=64, blank=True)
    whole_file = SealedTextField(null=True, blank=True)
    whole_sha256 = models.CharField(_("digest of the whole file"), max_length=64, blank=True)
    withheld = models.JSONField(_("groups of fewer than five, whose ballots are not published"), default=list)
    # [letter, group, words]: why people rated as they did, without names.
    words = models.JSONField(default=list)
    work = models.CharField(_("count"), max_length=8, choices=Work, default=Work.NONE, blank=True)
    progress = models.PositiveSmallIntegerField(default=0)
    fault = models.TextField(blank=True)
    result = models.JSONField(null=True, blank=True)
    # Of what ``manage.py decide FILE --json`` prints.
    result_sha256 = models.CharField(_("digest of the result"), max_length=64, blank=True)
    # {"ballots", "status", "option"}: what the ballots that two auditors took out would have changed.
    with_excluded = models.JSONField(null=True, blank=True)
    counted_at = models.DateTimeField(_("counted"), null=True, blank=True)

    objects = PartOfRoomQuerySet.as_manager()
    history = History(
        excluded_fields=["file", "whole_file", "result", "with_excluded", "words", "progress"],
        public_fields=(
            *("number", "options", "opened_at", "ends_at", "extensions_used", "commitment", "opened_secret", "lot"),
            *("closed_at", "version", "file_sha256", "whole_sha256", "withheld", "result_sha256", "counted_at"),
        ),
    )

    class Meta:
        verbose_name = _("round of a decision")
        verbose_name_plural = _("rounds of decisions")
        ordering = ("number",)
        constraints = (models.UniqueConstraint(fields=("room", "number"), name="decision_round_once"),)

    def __str__(self) -> str:
        return f"{self.room} ({self.number})"

    def get_absolute_url(self) -> str:
        return self.room.get_absolute_url()

    def sealing_subject(self) -> Subject:
        return PORTAL

    @property
    def takes_ballots(self) -> bool:
        return self.closed_at is None and timezone.now() < self.ends_at

    @property
    def status(self) -> str:
        return str(self.result["decision"]["status"]) if self.result else ""


class BallotQuerySet(models.QuerySet["DecisionBallot"]):
    def visible_to(self, user: User | AnonymousUser) -> BallotQuerySet:
        """One's own; auditors see that flagged ballots exist, never what is in them."""
        if not user.is_authenticated:
            return self.none()
        return (
            self.filter(Q(person=user.pk) | ~Q(flags=[]))
            if user.has_role(Role.AUDITOR)
            else self.filter(person=user.pk)
        )


class DecisionBallot(RowIdentity):
    """One ballot: of a person, or of an organisation by its mandated person. Changeable until the round closes.

    ``content``: "nonce", "ratings" {letter: 0 to 10 or null}, "reasons" {letter: words}, "conditions" {code: 0 to 10},
    "part": the part of the population that a citizen belongs to, where the charter asks for it and they say it.
    The receipt stands nowhere beside the voter: it is published, and would tell whose a published ballot is.
    """

    class Verdict(models.TextChoices):
        NONE = "", _("not questioned")
        COUNTS = "counts", _("counts")
        EXCLUDED = "excluded", _("does not count")

    round = models.ForeignKey(DecisionRound, models.PROTECT, related_name="ballots")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decision_ballots")
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    seat = models.ForeignKey(DecisionSeat, models.PROTECT, null=True, related_name="ballots")
    content = SealedJSONField(null=True)
    first_cast_at = models.DateTimeField(default=timezone.now)
    cast_at = models.DateTimeField(_("cast"), default=timezone.now)
    # Hashes under a key that is forgotten after a day, emptied once flags are found.
    network = models.CharField(max_length=32, blank=True, editable=False)
    device = models.CharField(max_length=32, blank=True, editable=False)
    flags = models.JSONField(default=list)
    verdict = models.CharField(max_length=8, choices=Verdict, default=Verdict.NONE, blank=True)

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot")
        verbose_name_plural = _("ballots")
        ordering = ("pk",)
        constraints = (
            models.UniqueConstraint(fields=("round", "person"), name="decision_ballot_of_person_once"),
            models.UniqueConstraint(fields=("round", "seat"), name="decision_ballot_of_seat_once"),
        )

    def __str__(self) -> str:
        return str(self.row_id)

    def get_absolute_url(self) -> str:
        return self.round.get_absolute_url()

    def sealing_subject(self) -> Subject:
        return self.person.sealing_subject()

    @property
    def receipt(self) -> str:
        """Opens the ballot: the hash of its number and ratings (``receipts.py``)."""
        content = self.content
        return receipt_of(str(content["nonce"]), content["ratings"])

    @property
    def is_quarantined(self) -> bool:
        return bool(self.flags) and not self.verdict


class JudgementQuerySet(models.QuerySet["BallotJudgement"]):
    def visible_to(self, user: User | AnonymousUser) -> JudgementQuerySet:
        return self.all() if user.is_authenticated and user.has_role(Role.AUDITOR) else self.none()


class BallotJudgement(RowIdentity):
    """What one auditor says of a flagged ballot. Two have to say that it does not count before it does not."""

    ballot = models.ForeignKey(DecisionBallot, models.PROTECT, related_name="judgements")
    auditor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    counts = models.BooleanField(_("counts"))
    reason = models.TextField(_("reason"), max_length=1000)
    created = models.DateTimeField(default=timezone.now)

    objects = JudgementQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("judgement on a flagged ballot")
        verbose_name_plural = _("judgements on flagged ballots")
        constraints = (models.UniqueConstraint(fields=("ballot", "auditor"), name="ballot_judged_once_by_each"),)

    def __str__(self) -> str:
        return f"{self.ballot}: {self.counts}"
