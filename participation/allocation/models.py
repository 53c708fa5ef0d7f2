"""Rounds of participatory allocation (参与式分配): a part of the budget, its rules, and where it stands."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import date, datetime
from enum import StrEnum
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Release
from participation.allocation.counting.completion import Completion, Stop
from participation.allocation.counting.election import Utility
from participation.consultations.models import Consultation
from participation.stakeholders.levels.queries import Level
from privacy.history.records import History
from privacy.sealing.fields import SealedTextField
from privacy.sealing.keys import PORTAL, Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

UTILITIES = [
    (Utility.COST.value, _("the project with the most effective support comes next")),
    (Utility.CARDINALITY.value, _("the project with the lowest price for each supporter comes next")),
    (Utility.POINTS.value, _("the project with the lowest price for each point comes next")),
]
COMPLETIONS = [
    (Completion.NONE.value, _("what is left is not spent")),
    (Completion.ADD1.value, _("shares are enlarged as long as the money suffices")),
    (Completion.UTILITARIAN.value, _("what still fits is added by the number of votes")),
    (Completion.ADD1U.value, _("shares are enlarged, then what still fits is added by the number of votes")),
]
STOPS = [
    (Stop.OVERSPEND.value, _("shares are enlarged until the winners would cost too much")),
    (Stop.EXHAUSTIVE.value, _("shares are enlarged until nothing more fits")),
]


class Phase(StrEnum):
    """Where a round stands now; ``Allocation.phase`` is the only answer."""

    ANNOUNCED = "announced"
    PROPOSING = "proposing"
    REVIEW = "review"
    LISTED = "listed"
    VOTING = "voting"
    CLOSING = "closing"
    CLOSED = "closed"
    COUNTED = "counted"


PHASES = {
    Phase.ANNOUNCED: _("Announced"),
    Phase.PROPOSING: _("Proposing projects"),
    Phase.REVIEW: _("Departments look at feasibility and cost"),
    Phase.LISTED: _("The list is final"),
    Phase.VOTING: _("Voting"),
    Phase.CLOSING: _("Voting has ended"),
    Phase.CLOSED: _("Counting"),
    Phase.COUNTED: _("Counted, and being carried out"),
}


_told_as_of: ContextVar[datetime | None] = ContextVar("allocation_told_as_of", default=None)


@contextmanager
def told_as_of(moment: datetime) -> Iterator[None]:
    """Within it rounds stand where they stood at ``moment``: records of earlier times are being taken over."""
    token = _told_as_of.set(moment)
    try:
        yield
    finally:
        _told_as_of.reset(token)


def moment_told() -> datetime:
    return _told_as_of.get() or timezone.now()


class AllocationRuleQuerySet(models.QuerySet["AllocationRule"]):
    def visible_to(self, user: User | AnonymousUser) -> AllocationRuleQuerySet:
        return self.all()

    def on(self, day: date) -> AllocationRule | None:
        """The rule as it stood on a day."""
        valid = self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)
        return valid.order_by("-valid_from").first()


class AllocationRule(RowIdentity):
    """What rounds keep to that are opened from a day on: a round may ask for more, not for less. A changed rule is a
    new row; a round keeps the one under which it was opened."""

    class Comparison(models.TextChoices):
        """What follows where more people have more of their projects by most votes first."""

        SHOWN = "shown", _("both results are shown; that by equal shares holds")
        DECIDES = "decides", _("the result that more people prefer holds")

    required_level = models.PositiveSmallIntegerField(_("what people have to have confirmed"), choices=Level)
    recommended = models.PositiveSmallIntegerField(_("projects on a ballot recommended at least"))
    proposals_most = models.PositiveSmallIntegerField(_("projects that one person proposes at most"))
    comparison = models.CharField(_("comparison with most votes first"), max_length=8, choices=Comparison)
    source = models.CharField(_("source"), max_length=200)
    source_en = models.CharField(_("source, in English"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"), unique=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = AllocationRuleQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("rule for allocations")
        verbose_name_plural = _("rules for allocations")
        ordering = ("valid_from",)
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")),
                name="allocation_rule_lasts",
            ),
        )

    def __str__(self) -> str:
        return str(self.valid_from)


class AllocationQuerySet(models.QuerySet["Allocation"]):
    def visible_to(self, user: User | AnonymousUser) -> AllocationQuerySet:
        """As public as the consultation that it belongs to; public without one."""
        seen = Consultation.objects.visible_to(user).values("pk")
        return self.filter(Q(consultation__isnull=True) | Q(consultation__in=seen))


class Allocation(RowIdentity):
    """One round. Its rules are fixed when it is opened, and the secret of the lot is committed to with them.

    Amounts are in minor units (fen) of ``currency``.
    """

    class BallotKind(models.TextChoices):
        APPROVAL = "approval", _("every project that one supports")
        POINTS = "points", _("points for projects")

    consultation = models.ForeignKey(
        Consultation, models.PROTECT, null=True, blank=True, related_name="allocations", verbose_name=_("consultation")
    )
    release = models.ForeignKey(Release, models.PROTECT, null=True, blank=True, related_name="allocations")
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="allocations", verbose_name=_("department")
    )
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    purpose = models.TextField(_("what the money is for"), max_length=2000)
    purpose_en = models.TextField(_("what the money is for, in English"), max_length=2000, blank=True)
    limits = models.TextField(_("what can be proposed, and what cannot"), max_length=2000)
    limits_en = models.TextField(_("what can be proposed, and what cannot, in English"), max_length=2000, blank=True)
    rule = models.ForeignKey(
        AllocationRule, models.PROTECT, null=True, related_name="allocations", verbose_name=_("rules")
    )
    amount = models.PositiveBigIntegerField(_("amount"))
    currency = models.CharField(max_length=3, default="CNY")
    # ``levels.queries.Level`` that somebody needs to propose and to vote.
    required_level = models.PositiveSmallIntegerField(_("what people have to have confirmed"), choices=Level)
    ballot_kind = models.CharField(_("ballot"), max_length=8, choices=BallotKind, default=BallotKind.APPROVAL)
    points = models.PositiveSmallIntegerField(_("points to give"), null=True, blank=True)
    most_projects = models.PositiveSmallIntegerField(_("projects on a ballot at most"), null=True, blank=True)
    recommended = models.PositiveSmallIntegerField(_("projects on a ballot recommended at least"))
    utility = models.CharField(_("order of projects"), max_length=12, choices=UTILITIES, default=Utility.COST.value)
    completion = models.CharField(
        _("what is done with the rest"), max_length=12, choices=COMPLETIONS, default=Completion.ADD1U.value
    )
    stop = models.CharField(_("when larger shares end"), max_length=12, choices=STOPS, default=Stop.OVERSPEND.value)
    proposals_from = models.DateTimeField(_("proposals from"))
    proposals_until = models.DateTimeField(_("proposals until"))
    voting_from = models.DateTimeField(_("voting from"))
    voting_until = models.DateTimeField(_("voting until"))
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    listed_at = models.DateTimeField(_("list published"), null=True, blank=True)
    close_asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+"
    )
    close_asked_at = models.DateTimeField(null=True, blank=True)
    closed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    lot_commitment = models.CharField(_("commitment of the lot"), max_length=64)
    lot_secret = SealedTextField(null=True, blank=True)
    lot_opened = models.CharField(_("opened secret of the lot"), max_length=64, blank=True)
    counted_at = models.DateTimeField(_("counted"), null=True, blank=True)

    objects = AllocationQuerySet.as_manager()
    public_fields = (
        *("title", "title_en", "purpose", "purpose_en", "limits", "limits_en", "amount", "rule", "required_level"),
        *("ballot_kind", "points", "most_projects", "recommended", "utility", "completion", "stop"),
        *("proposals_from", "proposals_until", "voting_from", "voting_until", "listed_at", "close_asked_at"),
        *("closed_at", "lot_commitment", "lot_opened", "counted_at"),
    )
    history = History(public_fields=public_fields)
    public_texts = ("title", "purpose", "limits")

    class Meta:
        verbose_name = _("participatory allocation")
        verbose_name_plural = _("participatory allocations")
        ordering = ("-created", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(amount__gt=0), name="allocation_has_money"),
            models.CheckConstraint(
                condition=Q(proposals_from__lt=F("proposals_until"))
                & Q(proposals_until__lte=F("voting_from"))
                & Q(voting_from__lt=F("voting_until")),
                name="allocation_dates_in_order",
            ),
            models.CheckConstraint(
                condition=Q(ballot_kind="approval", points__isnull=True) | Q(ballot_kind="points", points__gt=0),
                name="allocation_points_to_give",
            ),
            models.CheckConstraint(
                condition=Q(closed_by__isnull=True)
                | (Q(close_asked_by__isnull=False) & ~Q(closed_by=F("close_asked_by"))),
                name="allocation_closed_by_two",
            ),
            models.CheckConstraint(
                condition=Q(lot_opened="") | Q(closed_at__isnull=False), name="allocation_lot_opened_after_closing"
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:allocation:detail", args=[self.row_id])

    def sealing_subject(self) -> Subject:
        return PORTAL

    def phase_at(self, now: datetime) -> Phase:
        if self.counted_at is not None:
            return Phase.COUNTED
        if self.closed_at is not None:
            return Phase.CLOSED
        if self.listed_at is not None:
            if now >= self.voting_until:
                return Phase.CLOSING
            return Phase.VOTING if now >= self.voting_from else Phase.LISTED
        if now < self.proposals_from:
            return Phase.ANNOUNCED
        return Phase.PROPOSING if now < self.proposals_until else Phase.REVIEW

    @property
    def phase(self) -> Phase:
        return self.phase_at(moment_told())

    @property
    def phase_label(self) -> str:
        return str(PHASES[self.phase])

    @property
    def has_points(self) -> bool:
        return self.ballot_kind == self.BallotKind.POINTS

    @property
    def compares(self) -> bool:
        """Whether most votes first holds where more people prefer it."""
        return self.rule is not None and self.rule.comparison == AllocationRule.Comparison.DECIDES
