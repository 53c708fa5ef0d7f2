"""Consultations: the process that says what is asked, when, of whom, and what will be decided."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Programme, Release
from cms.calendars.models import CHINA
from cms.calendars.working_days import add_working_days
from participation.stakeholders.models import Organisation, StakeholderGroup
from portal.ui.furniture import local
from privacy.history.records import History
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class ConsultationQuerySet(models.QuerySet["Consultation"]):
    def visible_to(self, user: User | AnonymousUser) -> ConsultationQuerySet:
        """Announced consultations are public; those who prepare and check them see the others as well."""
        if user.is_authenticated and user.has_role("moderator", "auditor"):
            return self
        return self.filter(
            Q(release__published_at__isnull=False) | Q(release__isnull=True),
            stages__kind=Stage.Kind.ANNOUNCED,
            stages__starts_at__lte=timezone.now(),
        )


class Consultation(RowIdentity):
    """One question put to the public, as a rule on the occasion of a release; ``scope`` says what it is about."""

    class Scope(models.TextChoices):
        RELEASE = "release", _("A whole disclosure")
        DEPARTMENT = "department", _("One department")
        PROGRAMME = "programme", _("One programme")
        QUESTION = "question", _("A question of its own")

    # Only a question of its own may do without.
    release = models.ForeignKey(Release, models.PROTECT, null=True, blank=True, related_name="consultations")
    department = models.ForeignKey(Department, models.PROTECT, null=True, blank=True, related_name="consultations")
    programme = models.ForeignKey(Programme, models.PROTECT, null=True, blank=True, related_name="consultations")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    purpose = models.TextField(_("what this is about"))
    purpose_en = models.TextField(_("what this is about, in English"), blank=True)
    decided_by = models.CharField(_("who decides"), max_length=200)
    decided_by_en = models.CharField(_("who decides, in English"), max_length=200, blank=True)
    limits = models.TextField(_("what can and cannot change"))
    limits_en = models.TextField(_("what can and cannot change, in English"), blank=True)
    scope = models.CharField(_("scope"), max_length=12, choices=Scope, default=Scope.RELEASE)
    answer_within_days = models.PositiveSmallIntegerField(_("working days within which every input is answered"))
    is_major = models.BooleanField(_("prepares a major decision"), default=False)
    short_reason = models.TextField(_("why the time for input is shorter than the rule"), max_length=1000, blank=True)
    short_reason_en = models.TextField(
        _("why the time for input is shorter than the rule, in English"), max_length=1000, blank=True
    )
    # Hours within which a moderator looks at what is handed in, before it is shown; None: it is shown at once.
    look_within_hours = models.PositiveSmallIntegerField(
        _("hours within which input is looked at before it is shown"), null=True, blank=True
    )
    # ``levels.queries.Level`` that citizens need to speak here.
    required_level = models.PositiveSmallIntegerField(_("what citizens have to have confirmed"), default=1)
    accredited_only = models.BooleanField(_("evaluations by accredited evaluators only"), default=False)
    # What was decided in the end. Without it the consultation cannot close, whatever its dates say.
    outcome = models.TextField(_("outcome"), max_length=4000, blank=True)
    outcome_en = models.TextField(_("outcome, in English"), max_length=4000, blank=True)
    outcome_links = models.TextField(_("addresses of what was decided, one a line"), max_length=2000, blank=True)
    outcome_at = models.DateTimeField(_("outcome published"), null=True, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = ConsultationQuerySet.as_manager()
    history = History(
        public_fields=(
            "title",
            "title_en",
            "purpose",
            "purpose_en",
            "decided_by",
            "decided_by_en",
            "limits",
            "limits_en",
            "answer_within_days",
            "department",
            "programme",
            "scope",
            "is_major",
            "required_level",
            "accredited_only",
            "short_reason",
            "short_reason_en",
            "outcome",
            "outcome_en",
            "outcome_links",
            "outcome_at",
            "look_within_hours",
        )
    )
    public_texts = ("title", "purpose", "decided_by", "limits", "short_reason", "outcome")

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ("-created",)
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome="", outcome_at__isnull=True) | (~Q(outcome="") & Q(outcome_at__isnull=False)),
                name="consultation_outcome_dated",
            ),
            models.CheckConstraint(
                condition=Q(release__isnull=False) | Q(scope="question"), name="consultation_on_release_or_question"
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:consultations:detail", args=[self.row_id])

    @property
    def fiscal_year(self) -> int:
        """The year that it is about; of a question without a release, the one in which it was asked."""
        return self.release.fiscal_year if self.release else timezone.localdate(self.created).year

    @property
    def _about(self) -> Release | Department | None:
        return self.release or self.department or (self.programme.department if self.programme else None)

    @property
    def government_id(self) -> int | None:
        """Whose it is; None for a question that names neither a release nor a department."""
        about = self._about
        return about.government_id if about else None

    @property
    def jurisdiction(self) -> str:
        """Whose working days and periods hold for it: its government's; China's where that follows none."""
        about = self._about
        return (about.government.jurisdiction if about else "") or CHINA

    @property
    def holds_input(self) -> bool:
        """Whether what is handed in waits until a moderator has looked at it."""
        return self.look_within_hours is not None

    @property
    def first_status(self) -> str:
        """What is handed in now starts as."""
        return Contribution.Status.HELD if self.holds_input else Contribution.Status.VISIBLE

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """What is changed with it, and shown in its history."""
        return [self.stages.all()]


class Stage(models.Model):
    """A dated stage. ``stages.py`` reads these rows and is the only answer to "may this be done now?"."""

    class Kind(models.TextChoices):
        ANNOUNCED = "announced", _("Announced")
        OPEN = "open", _("Open for input")
        BALANCE = "balance", _("Weighing the input")
        ANSWERED = "answered", _("Answered")
        FOLLOW_UP = "follow_up", _("Follow-up")
        CLOSED = "closed", _("Closed")

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="stages")
    kind = models.CharField(_("stage"), max_length=12, choices=Kind)
    starts_at = models.DateTimeField(_("starts"))
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)

    history = History(public_fields=("kind", "starts_at", "ends_at"))

    class Meta:
        verbose_name = _("stage of a consultation")
        verbose_name_plural = _("stages of a consultation")
        ordering = ("starts_at",)
        constraints = (
            models.UniqueConstraint(fields=("consultation", "kind"), name="stage_once"),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")), name="stage_lasts"
            ),
        )

    def __str__(self) -> str:
        return f"{self.consultation}: {self.get_kind_display()}"

    @property
    def last_day(self) -> date | None:
        """The last day on which it runs: one that ends at midnight ends with the day before."""
        return None if self.ends_at is None else timezone.localdate(self.ends_at - timedelta(microseconds=1))


class WayIn(models.Model):
    """A way of taking part that is open to one stakeholder group."""

    class Way(models.TextChoices):
        FEEDBACK = "feedback", _("Feedback on a line")
        DISCUSSION = "discussion", _("Discussion")
        EVALUATION = "evaluation", _("Third-party evaluation")
        OPINION_MAP = "opinion_map", _("Opinion map")
        DECISION = "decision", _("Multi-party decision")
        ALLOCATION = "allocation", _("Participatory allocation")

    consultation = models.ForeignKey(Consultation, models.CASCADE, related_name="ways_in")
    way = models.CharField(_("way in"), max_length=12, choices=Way)
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)

    class Meta:
        ordering = ("way", "group")
        constraints = (models.UniqueConstraint(fields=("consultation", "way", "group"), name="way_in_once"),)

    def __str__(self) -> str:
        return f"{self.get_way_display()}: {self.get_group_display()}"


class ContributionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> ContributionQuerySet:
        """The public reads what is not hidden; authors read their own; moderators and auditors read all."""
        consultations = Consultation.objects.visible_to(user)
        if user.is_authenticated and user.has_role("moderator", "auditor"):
            return self.filter(consultation__in=consultations)
        mine = Q(author=user) if user.is_authenticated else Q(pk__in=[])
        return self.filter(Q(consultation__in=consultations, status=Contribution.Status.VISIBLE) | mine)


class Contribution(RowIdentity):
    """What every kind of input has in common: whose it is, for which side it speaks, and whether it is shown."""

    class Status(models.TextChoices):
        VISIBLE = "visible", _("Public")
        HIDDEN = "hidden", _("Hidden by a moderator")
        HELD = "held", _("Waiting for a moderator")

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="%(class)s_set")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="%(class)s_set")
    stakeholder_group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="%(class)s_set", verbose_name=_("for")
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.VISIBLE)
    hidden_reason = models.TextField(_("why it is hidden"), blank=True)
    accepted_at = models.DateTimeField(_("accepted for handling"), null=True, blank=True)
    due_on = models.DateField(_("answer due"), null=True, blank=True, db_index=True)
    extended_at = models.DateTimeField(_("time for the answer extended"), null=True, blank=True)
    extension_reason = models.TextField(_("why it takes longer"), max_length=1000, blank=True)
    created = models.DateTimeField(default=timezone.now, db_index=True)

    objects = ContributionQuerySet.as_manager()

    class Meta:
        abstract = True

    def sealing_subject(self) -> Subject:
        return self.author.sealing_subject()

    @property
    def is_hidden(self) -> bool:
        return self.status == self.Status.HIDDEN

    @property
    def is_held(self) -> bool:
        return self.status == self.Status.HELD

    @property
    def public_name(self) -> str:
        """The name beside it: the organisation's, or the person's public name unless withheld here or everywhere.

        Only somebody who speaks as a citizen may withhold it: an organisation has to stand by what it says.
        """
        if self.organisation is not None:
            return local(self.organisation, "name")
        return gettext("A citizen") if getattr(self, "is_anonymous", False) else self.author.public_name

    def history_name(self, user: User) -> str | None:
        """What authors are called in the history: as beside their words, without the offices they may hold."""
        return self.public_name if user.pk == self.author_id else None

    @property
    def answer_due_on(self) -> date:
        """The day by which the government owes an answer; see ``clock.py``."""
        received, asked = timezone.localdate(self.created), self.consultation
        return self.due_on or add_working_days(received, asked.answer_within_days, asked.jurisdiction)


class ClockStep(models.Model):
    """A step that a clock has taken: a reminder or an escalation. One row, so that each happens once.

    ``record_ref`` is the row id of an input, or of a consultation whose outcome is missing.
    """

    class Step(models.TextChoices):
        HALF = "50", _("half of the time has passed")
        MOST = "80", _("80 % of the time has passed")
        DUE = "100", _("due today")
        LATE = "late", _("late: passed on to the auditors")
        FORGOTTEN = "forgotten", _("should have closed, and has no outcome")

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="clock_steps")
    record_ref = models.UUIDField()
    step = models.CharField(_("step"), max_length=10, choices=Step)
    due_on = models.DateField(_("due"))
    taken_at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ("-taken_at", "-pk")
        constraints = (models.UniqueConstraint(fields=("record_ref", "step", "due_on"), name="clock_step_once"),)

    def __str__(self) -> str:
        return f"{self.record_ref}: {self.get_step_display()}"
