"""Recognition (表彰): yearly awards for collaborative cases, and what people choose to show of themselves."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Organisation, StakeholderGroup
from privacy.history.records import History
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class PublicQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PublicQuerySet:
        return self.all()


class Award(RowIdentity):
    """The award of one year with its dates and rules, set before anybody is nominated.

    Cases are nominated until ``nominations_until``, voted on and judged from the day after until ``voting_until``, and
    decided afterwards. ``jury_percent``: what the jury weighs; the public vote weighs the rest. A least or most that is
    NULL is not asked.
    """

    class Stage(models.TextChoices):
        NOMINATING = "nominating", _("Open for nominations")
        VOTING = "voting", _("Open for votes")
        DECIDING = "deciding", _("Being decided")
        DECIDED = "decided", _("Decided")

    year = models.PositiveSmallIntegerField(_("year"), unique=True)
    title = models.CharField(_("title"), max_length=120)
    title_en = models.CharField(_("title in English"), max_length=120, blank=True)
    nominations_until = models.DateField(_("nominations until"))
    voting_until = models.DateField(_("votes until"))
    jury_percent = models.PositiveSmallIntegerField(_("weight of the jury, in per cent"), default=50)
    min_closing_percent = models.PositiveSmallIntegerField(_("least closing rate, in per cent"), null=True, blank=True)
    min_verified_percent = models.PositiveSmallIntegerField(
        _("least share verified at the first check, in per cent"), null=True, blank=True
    )
    max_response_days = models.PositiveSmallIntegerField(_("most days to answer (median)"), null=True, blank=True)
    min_score_gain = models.DecimalField(
        _("least gain in third-party scores"), max_digits=5, decimal_places=2, null=True, blank=True
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    # The office in whose name it was decided.
    decided_as = models.CharField(_("decided as"), max_length=120, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    appeals_until = models.DateField(_("appeals until"), null=True, blank=True)
    # The count that was decided on: see ``counting.Count.as_json``.
    result = models.JSONField(null=True, blank=True)

    objects = PublicQuerySet.as_manager()
    history = History(
        public_fields=(
            *("year", "title", "title_en", "nominations_until", "voting_until", "jury_percent"),
            *("min_closing_percent", "min_verified_percent", "max_response_days", "min_score_gain"),
            *("decided_as", "decided_at", "appeals_until"),
        )
    )

    class Meta:
        verbose_name = _("award")
        verbose_name_plural = _("awards")
        ordering = ("-year",)
        constraints = (
            models.CheckConstraint(
                condition=Q(voting_until__gt=F("nominations_until")), name="award_votes_after_nominations"
            ),
            models.CheckConstraint(
                condition=Q(jury_percent__lte=100)
                & (Q(min_closing_percent__isnull=True) | Q(min_closing_percent__lte=100))
                & (Q(min_verified_percent__isnull=True) | Q(min_verified_percent__lte=100)),
                name="award_percentages",
            ),
            models.CheckConstraint(
                condition=Q(decided_at__isnull=True, decided_by__isnull=True)
                | (Q(decided_at__isnull=False, decided_by__isnull=False) & ~Q(decided_as="")),
                name="award_decided_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:recognition:award", args=[self.row_id])

    def stage_on(self, day: date) -> Award.Stage:
        if self.decided_at is not None:
            return self.Stage.DECIDED
        if day <= self.nominations_until:
            return self.Stage.NOMINATING
        return self.Stage.VOTING if day <= self.voting_until else self.Stage.DECIDING

    @property
    def stage(self) -> Award.Stage:
        return self.stage_on(timezone.localdate())

    def history_parts(self) -> list[models.QuerySet[Any]]:
        return [self.jurors.all(), Commendation.objects.filter(nomination__award=self)]


class NominationQuerySet(models.QuerySet["Nomination"]):
    def visible_to(self, user: User | AnonymousUser) -> NominationQuerySet:
        """What a moderator admitted is public; the rest is read by moderators, auditors and whoever wrote it."""
        public = Q(status=Nomination.Status.ADMITTED, task__in=RectificationTask.objects.visible_to(user))
        if not user.is_authenticated:
            return self.filter(public)
        if user.has_role("moderator", "auditor"):
            return self
        return self.filter(public | Q(author=user))

    def admitted(self) -> NominationQuerySet:
        return self.filter(status=Nomination.Status.ADMITTED)


class Nomination(RowIdentity):
    """Somebody proposes a finished case for the award of a year. One case is nominated once; the first word counts."""

    class Status(models.TextChoices):
        WAITING = "waiting", _("Looked at by a moderator")
        ADMITTED = "admitted", _("Nominated")
        REFUSED = "refused", _("Not admitted, with a reason")

    award = models.ForeignKey(Award, models.PROTECT, related_name="nominations")
    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="nominations")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    stakeholder_group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(_("why it deserves the award"), max_length=2000)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.WAITING)
    # What was found by the facts on the day of the decision: see ``facts.Facts.as_json``.
    facts = models.JSONField(null=True, blank=True)
    is_eligible = models.BooleanField(_("eligible by the facts"), null=True, blank=True)
    looked_at_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    refusal = models.TextField(_("why it was not admitted"), max_length=1000, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = NominationQuerySet.as_manager()
    history = History(public_fields=("award", "task", "stakeholder_group", "reason", "status", "is_eligible"))
    public_texts = ("reason",)

    class Meta:
        verbose_name = _("nomination")
        verbose_name_plural = _("nominations")
        ordering = ("created", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("award", "task"), condition=~Q(status="refused"), name="nomination_once_a_year"
            ),
            models.CheckConstraint(
                condition=~Q(status="refused") | ~Q(refusal=""), name="nomination_refused_with_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.award}: {self.task}"

    def get_absolute_url(self) -> str:
        return f"{self.award.get_absolute_url()}#n-{self.row_id}"

    def sealing_subject(self) -> Subject:
        return self.author.sealing_subject()

    @property
    def is_refused(self) -> bool:
        return self.status == self.Status.REFUSED


class Juror(RowIdentity):
    """A member of the jury, named in public with the standing in which they judge."""

    award = models.ForeignKey(Award, models.PROTECT, related_name="jurors")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="juries")
    standing = models.CharField(_("judges as"), max_length=120)
    standing_en = models.CharField(_("judges as, in English"), max_length=120, blank=True)
    named_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    named_at = models.DateTimeField(default=timezone.now)
    declared_at = models.DateTimeField(_("conflicts of interest declared"), null=True, blank=True)

    objects = PublicQuerySet.as_manager()
    history = History(public_fields=("standing", "standing_en", "named_at", "declared_at"))

    class Meta:
        verbose_name = _("member of a jury")
        verbose_name_plural = _("members of juries")
        ordering = ("named_at", "pk")
        constraints = (models.UniqueConstraint(fields=("award", "person"), name="juror_once"),)

    def __str__(self) -> str:
        return f"{self.award}: {self.standing}"

    def get_absolute_url(self) -> str:
        return f"{self.award.get_absolute_url()}#jury"

    def sealing_subject(self) -> Subject:
        return self.person.sealing_subject()


class OpinionQuerySet(models.QuerySet["JuryOpinion"]):
    def visible_to(self, user: User | AnonymousUser) -> OpinionQuerySet:
        """Public once nobody votes any more, so that the jury leads nobody; one's own at once."""
        public = Q(nomination__award__voting_until__lt=timezone.localdate())
        return self.filter(public | Q(juror__person=user.pk)) if user.is_authenticated else self.filter(public)


class JuryOpinion(RowIdentity):
    """What one member of the jury says to one case: a score of 0 to 100 with the reason, or a conflict of interest."""

    juror = models.ForeignKey(Juror, models.PROTECT, related_name="opinions")
    nomination = models.ForeignKey(Nomination, models.PROTECT, related_name="opinions")
    has_conflict = models.BooleanField(_("conflict of interest"), default=False)
    score = models.DecimalField(_("score out of 100"), max_digits=5, decimal_places=2, null=True, blank=True)
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    given_at = models.DateTimeField(default=timezone.now)

    objects = OpinionQuerySet.as_manager()
    history = History(public_fields=("has_conflict", "score", "reason"))
    public_texts = ("reason",)

    class Meta:
        verbose_name = _("opinion of the jury")
        verbose_name_plural = _("opinions of the jury")
        ordering = ("nomination", "juror")
        constraints = (
            models.UniqueConstraint(fields=("juror", "nomination"), name="jury_opinion_once"),
            models.CheckConstraint(
                condition=Q(score__isnull=True) | Q(score__range=(0, 100)), name="jury_score_0_to_100"
            ),
            models.CheckConstraint(
                condition=Q(has_conflict=False) | Q(score__isnull=True), name="no_score_with_a_conflict"
            ),
        )

    def __str__(self) -> str:
        return str(self.nomination)

    def sealing_subject(self) -> Subject:
        return self.juror.sealing_subject()


class BallotQuerySet(models.QuerySet["AwardBallot"]):
    def visible_to(self, user: User | AnonymousUser) -> BallotQuerySet:
        """One's own. Of the others there are only numbers."""
        return self.filter(person=user) if user.is_authenticated else self.none()


class AwardBallot(models.Model):
    """One person's vote, in one group: every case that deserves the award. It may be changed until the vote closes."""

    award = models.ForeignKey(Award, models.PROTECT, related_name="ballots")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    nominations = models.ManyToManyField(Nomination, related_name="+")
    cast_at = models.DateTimeField(default=timezone.now)

    objects = BallotQuerySet.as_manager()

    class Meta:
        verbose_name = _("vote on an award")
        verbose_name_plural = _("votes on awards")
        constraints = (models.UniqueConstraint(fields=("award", "person"), name="award_ballot_once"),)

    def __str__(self) -> str:
        return self.get_group_display()


class CommendationQuerySet(models.QuerySet["Commendation"]):
    def visible_to(self, user: User | AnonymousUser) -> CommendationQuerySet:
        return self.all()

    def standing(self) -> CommendationQuerySet:
        return self.filter(withdrawn_at__isnull=True)


class Commendation(RowIdentity):
    """A case that was given the award, and the published reasons. It is withdrawn where an appeal is upheld."""

    nomination = models.OneToOneField(Nomination, models.PROTECT, related_name="commendation")
    place = models.PositiveSmallIntegerField(_("place"))
    reasons = models.TextField(_("reasons"), max_length=2000)
    reasons_en = models.TextField(_("reasons in English"), max_length=2000, blank=True)
    decided_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)

    objects = CommendationQuerySet.as_manager()
    history = History(public_fields=("place", "reasons", "reasons_en", "decided_at", "withdrawn_at"))
    public_texts = ("reasons",)

    class Meta:
        verbose_name = _("commendation")
        verbose_name_plural = _("commendations")
        ordering = ("place", "pk")

    def __str__(self) -> str:
        return str(self.nomination)

    def get_absolute_url(self) -> str:
        return reverse("participation:recognition:commendation", args=[self.row_id])

    def history_parts(self) -> list[models.QuerySet[Any]]:
        return [self.appeals.all()]


class AwardAppealQuerySet(models.QuerySet["AwardAppeal"]):
    def visible_to(self, user: User | AnonymousUser) -> AwardAppealQuerySet:
        """What was decided is public; until then it is read by those who decide and whoever wrote it."""
        decided = ~Q(outcome="")
        if not user.is_authenticated:
            return self.filter(decided)
        return self if user.has_role("moderator", "reviewer", "auditor") else self.filter(decided | Q(author=user))


class AwardAppeal(RowIdentity):
    """What somebody says against a commendation: once, decided by somebody who did not decide on the award."""

    class Outcome(models.TextChoices):
        UPHELD = "upheld", _("Upheld: the commendation is withdrawn")
        REJECTED = "rejected", _("Rejected: the commendation stands")

    commendation = models.ForeignKey(Commendation, models.PROTECT, related_name="appeals")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    words = models.TextField(_("what speaks against it"), max_length=2000)
    created = models.DateTimeField(default=timezone.now)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, blank=True)
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = AwardAppealQuerySet.as_manager()
    history = History(public_fields=("outcome", "reason", "decided_at"))
    public_texts = ("reason",)

    class Meta:
        verbose_name = _("appeal against a commendation")
        verbose_name_plural = _("appeals against commendations")
        ordering = ("created", "pk")
        constraints = (
            models.UniqueConstraint(fields=("commendation", "author"), name="award_appeal_once"),
            models.CheckConstraint(
                condition=Q(outcome="", decided_by__isnull=True) | (~Q(outcome="") & Q(decided_by__isnull=False)),
                name="award_appeal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(decided_by__isnull=True) | ~Q(decided_by=F("author")),
                name="award_appeal_not_decided_by_author",
            ),
        )

    def __str__(self) -> str:
        return str(self.row_id)

    def get_absolute_url(self) -> str:
        return self.commendation.get_absolute_url()

    def sealing_subject(self) -> Subject:
        return self.author.sealing_subject()


class OptIn(models.Model):
    """Somebody agrees to be shown with badges or training. Taking it back leaves nothing."""

    class Shows(models.TextChoices):
        BADGES = "badges", _("My badges")
        TRAINING = "training", _("My certificates of courses")

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="opt_ins")
    shows = models.CharField(_("what is shown"), max_length=8, choices=Shows)
    given_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("agreement to be shown")
        verbose_name_plural = _("agreements to be shown")
        constraints = (models.UniqueConstraint(fields=("person", "shows"), name="opt_in_once"),)

    def __str__(self) -> str:
        return self.get_shows_display()
