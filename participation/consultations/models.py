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
            stages__kind=Stage.Kind.ANNOUNCED,
            stages__starts_at__lte=timezone.now(),
            release__published_at__isnull=False,
        )


class Consultation(RowIdentity):
    """One question put to the public about a release, or about one department or programme in it."""

    release = models.ForeignKey(Release, models.PROTECT, related_name="consultations")
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
    answer_within_days = models.PositiveSmallIntegerField(_("days within which every input is answered"))
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
        )
    )
    public_texts = ("title", "purpose", "decided_by", "limits")

    class Meta:
        verbose_name = _("consultation")
        verbose_name_plural = _("consultations")
        ordering = ("-created",)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:consultations:detail", args=[self.row_id])

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


class WayIn(models.Model):
    """A way of taking part that is open to one stakeholder group."""

    class Way(models.TextChoices):
        FEEDBACK = "feedback", _("Feedback on a line")
        DISCUSSION = "discussion", _("Discussion")
        EVALUATION = "evaluation", _("Third-party evaluation")

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

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="%(class)s_set")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="%(class)s_set")
    stakeholder_group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, null=True, blank=True, related_name="%(class)s_set", verbose_name=_("for")
    )
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.VISIBLE)
    hidden_reason = models.TextField(_("why it is hidden"), blank=True)
    accepted_at = models.DateTimeField(_("accepted for handling"), null=True, blank=True)
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
    def public_name(self) -> str:
        """The name beside it: the organisation's, or the person's public name unless withheld.

        Only somebody who speaks as a citizen may withhold it: an organisation has to stand by what it says.
        """
        if self.organisation is not None:
            return local(self.organisation, "name")
        return gettext("A citizen") if getattr(self, "is_anonymous", False) else self.author.display_name

    def history_name(self, user: User) -> str | None:
        """What authors are called in the history: as beside their words, without the offices they may hold."""
        return self.public_name if user.pk == self.author_id else None

    @property
    def answer_due_on(self) -> date:
        """The day by which the government owes an answer, in local time."""
        return timezone.localdate(self.created + timedelta(days=self.consultation.answer_within_days))
