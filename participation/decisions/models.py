"""Deciding among options (多方决策): the room of a consultation, its options and measures, and the dated rules."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Government, Line
from participation.attachments import AttachmentFields
from participation.consultations.models import Consultation
from privacy.history.records import History
from privacy.sealing.fields import SealedTextField
from privacy.sealing.keys import PORTAL, Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

STATUS_QUO = "SQ"


class DecisionRuleQuerySet(models.QuerySet["DecisionRule"]):
    def visible_to(self, user: User | AnonymousUser) -> DecisionRuleQuerySet:
        return self.all()

    def on(self, day: date) -> DecisionRule | None:
        """The rule as it stood on a day."""
        valid = self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)
        return valid.order_by("-valid_from").first()


class DecisionRule(RowIdentity):
    """Thresholds, quorums and periods of decisions from a day on. A changed rule is a new row.

    ``parameters``: names and values as in ``data/rules.toml``; ratios are text such as "1/2".
    """

    parameters = models.JSONField(_("parameters"))
    source = models.CharField(_("source"), max_length=200)
    source_en = models.CharField(_("source, in English"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"), unique=True)
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = DecisionRuleQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("rule for decisions")
        verbose_name_plural = _("rules for decisions")
        ordering = ("valid_from",)
        constraints = (
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="decision_rule_lasts"
            ),
        )

    def __str__(self) -> str:
        return str(self.valid_from)


class PopulationPartQuerySet(models.QuerySet["PopulationPart"]):
    def visible_to(self, user: User | AnonymousUser) -> PopulationPartQuerySet:
        return self.all()

    def on(self, day: date, government: int | None) -> list[PopulationPart]:
        """The parts of the place that a government is of, as they stood on a day: those that became valid last."""
        valid = self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day)
        parts = list(valid.filter(government=government).order_by("district", "age_from"))
        latest = max((part.valid_from for part in parts), default=None)
        return [part for part in parts if part.valid_from == latest]


class PopulationPart(RowIdentity):
    """How many people live in one district and are of one age: what ballots of citizens are weighted by.

    ``age_to`` None: of that age and above. ``district`` empty: the place is not divided.
    """

    government = models.ForeignKey(Government, models.PROTECT, related_name="population_parts")
    district = models.CharField(_("district"), max_length=60, blank=True)
    district_en = models.CharField(_("district, in English"), max_length=60, blank=True)
    age_from = models.PositiveSmallIntegerField(_("from the age of"))
    age_to = models.PositiveSmallIntegerField(_("to the age of"), null=True, blank=True)
    people = models.PositiveIntegerField(_("people"))
    source = models.CharField(_("source"), max_length=200)
    source_en = models.CharField(_("source, in English"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = PopulationPartQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("part of a population")
        verbose_name_plural = _("parts of populations")
        ordering = ("government", "valid_from", "district", "age_from")
        constraints = (
            models.UniqueConstraint(
                fields=("government", "valid_from", "district", "age_from"), name="population_part_once"
            ),
            models.CheckConstraint(condition=Q(people__gt=0), name="population_part_lives"),
            models.CheckConstraint(
                condition=Q(age_to__isnull=True) | Q(age_to__gte=F("age_from")), name="population_part_ages"
            ),
        )

    def __str__(self) -> str:
        return f"{self.district} {self.ages}".strip()

    @property
    def ages(self) -> str:
        return f"{self.age_from}+" if self.age_to is None else f"{self.age_from}–{self.age_to}"


class DecisionRoomQuerySet(models.QuerySet["DecisionRoom"]):
    def visible_to(self, user: User | AnonymousUser) -> DecisionRoomQuerySet:
        """As public as its consultation; drafts for those who prepare and check."""
        seen = self.filter(consultation__in=Consultation.objects.visible_to(user).values("pk"))
        if user.is_authenticated and user.has_role("moderator", "auditor"):
            return seen
        public = ~Q(state=DecisionRoom.State.DRAFT)
        if user.is_authenticated and user.has_role("officer"):
            own = user.appointments.current().filter(role="officer").values("department")
            public |= Q(consultation__department__in=own) | Q(consultation__programme__department__in=own)
        return seen.filter(public)


class DecisionRoom(RowIdentity):
    """One decision within a consultation. ``charter``: what was frozen when the ballot opened first, in plain data."""

    class State(models.TextChoices):
        DRAFT = "draft", _("Being prepared")
        OPTIONS = "options", _("Options are public")
        RATING = "rating", _("Open for ratings")
        CLOSED = "closed", _("Closed, being worked out")
        REVISION = "revision", _("Options are being revised")
        DECIDED = "decided", _("Decided")
        FOLLOW_UP = "follow_up", _("Decided, commitments are followed up")
        SUSPENDED = "suspended", _("Suspended: a commitment is overdue")

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="decision_rooms")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    question = models.TextField(_("what is decided"), max_length=2000)
    question_en = models.TextField(_("what is decided, in English"), max_length=2000, blank=True)
    # Minor units; what an option may cost at most.
    budget = models.BigIntegerField(_("what an option may cost at most"), null=True, blank=True)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.DRAFT)
    rule = models.ForeignKey(DecisionRule, models.PROTECT, null=True, related_name="rooms", verbose_name=_("rules"))
    charter = models.JSONField(_("charter"), default=dict)
    charter_sha256 = models.CharField(_("digest of the charter"), max_length=64, blank=True)
    frozen_at = models.DateTimeField(_("charter frozen"), null=True, blank=True)
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    # Lot of the panel on objections: one member of each group.
    panel_commitment = models.CharField(_("hash of the panel's secret"), max_length=64, blank=True)
    panel_secret = SealedTextField(null=True, blank=True)
    panel_opened = models.CharField(_("opened secret of the panel"), max_length=64, blank=True)
    panel_drawn_at = models.DateTimeField(_("panel drawn"), null=True, blank=True)
    # What came of it. ``status`` as the count found it, or "authority" where the competent authority decided.
    status = models.CharField(_("how it was decided"), max_length=20, blank=True)
    decided_option = models.ForeignKey(
        "participation.DecisionOption", models.PROTECT, null=True, related_name="+", verbose_name=_("decided option")
    )
    reasons = models.TextField(_("reasons"), max_length=4000, blank=True)
    reasons_en = models.TextField(_("reasons, in English"), max_length=4000, blank=True)
    review_on = models.DateField(_("is looked at again on"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided at"), null=True, blank=True)

    objects = DecisionRoomQuerySet.as_manager()
    history = History(
        public_fields=(
            *("title", "title_en", "question", "question_en", "budget", "state", "charter_sha256", "frozen_at"),
            *("panel_commitment", "panel_opened", "panel_drawn_at", "status", "reasons", "reasons_en", "review_on"),
            "decided_at",
        )
    )
    public_texts = ("title", "question", "reasons")

    class Meta:
        verbose_name = _("decision")
        verbose_name_plural = _("decisions")
        ordering = ("-created", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=("draft", "options")) | Q(frozen_at__isnull=False),
                name="decision_rating_by_frozen_charter",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("decided", "follow_up", "suspended"))
                | (Q(decided_at__isnull=False, decided_option__isnull=False) & ~Q(reasons="")),
                name="decision_with_reasons",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:decisions:detail", args=[self.row_id])

    def sealing_subject(self) -> Subject:
        return PORTAL

    @property
    def currency(self) -> str:
        return self.consultation.release.currency if self.consultation.release else "CNY"

    @property
    def is_decided(self) -> bool:
        return self.state in (self.State.DECIDED, self.State.FOLLOW_UP, self.State.SUSPENDED)

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """What belongs to it, and is shown in its history."""
        parts: list[models.QuerySet[Any]] = [self.options.all(), self.rounds.all(), self.seats.all()]
        measures = DecisionMeasure.objects.filter(option__room=self)
        what_came = [self.minority_reports.all(), self.commitments.all()]
        return [*parts, measures, self.objections.all(), self.petitions.all(), *what_came]


class PartOfRoomQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PartOfRoomQuerySet:
        """As public as the room."""
        return self.filter(room__in=DecisionRoom.objects.visible_to(user).values("pk"))


class DecisionOptionQuerySet(PartOfRoomQuerySet):
    def standing(self) -> DecisionOptionQuerySet:
        """What can be rated."""
        return self.filter(withdrawn_at__isnull=True)


class DecisionOption(AttachmentFields, RowIdentity):
    """A complete plan with its cost. ``key``: A, B, C ... or SQ for leaving things as they are.

    A package is an option of its own, ``based_on`` another one with some of its ``measures``; it is rated anew.
    """

    room = models.ForeignKey(DecisionRoom, models.PROTECT, related_name="options")
    key = models.CharField(_("letter"), max_length=3)
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    text = models.TextField(_("the plan"), max_length=8000)
    text_en = models.TextField(_("the plan, in English"), max_length=8000, blank=True)
    cost = models.BigIntegerField(_("cost"), default=0)
    legal_note = models.TextField(_("what the legal check found"), max_length=1000, blank=True)
    # What it is worth, where that can be put in money; less than it costs needs its reason of fairness.
    benefit = models.BigIntegerField(_("what it is worth"), null=True, blank=True)
    equity_reason = models.TextField(_("why it is done all the same"), max_length=1000, blank=True)
    households = models.PositiveIntegerField(_("households that it burdens"), null=True, blank=True)
    # Where most of those who live there sign, the option needs every side.
    area = models.CharField(_("area that it affects"), max_length=200, blank=True)
    area_en = models.CharField(_("area that it affects, in English"), max_length=200, blank=True)
    area_people = models.PositiveIntegerField(_("people of that area who may sign"), null=True, blank=True)
    based_on = models.ForeignKey("self", models.PROTECT, null=True, blank=True, related_name="packages")
    package = models.ManyToManyField("participation.DecisionMeasure", related_name="+", blank=True)
    created = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawn_reason = models.TextField(_("why it was withdrawn"), max_length=1000, blank=True)

    objects = DecisionOptionQuerySet.as_manager()
    history = History(
        public_fields=(
            *("key", "title", "title_en", "text", "text_en", "cost", "legal_note", "withdrawn_at"),
            *("withdrawn_reason", "attachment_name", "attachment_sha256", "benefit", "equity_reason", "households"),
            *("area", "area_en", "area_people"),
        )
    )
    public_texts = ("title", "text")

    class Meta:
        verbose_name = _("option of a decision")
        verbose_name_plural = _("options of decisions")
        ordering = ("key",)
        constraints = (
            models.UniqueConstraint(fields=("room", "key"), name="decision_option_once"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="decision_option_costs"),
            models.CheckConstraint(
                condition=Q(area="", area_people__isnull=True) | (~Q(area="") & Q(area_people__gt=0)),
                name="decision_option_area_of_people",
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True) | (~Q(withdrawn_reason="") & ~Q(key=STATUS_QUO)),
                name="decision_option_withdrawn_with_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.key} {self.title}"

    def get_absolute_url(self) -> str:
        return f"{self.room.get_absolute_url()}#option-{self.key}"

    @property
    def is_status_quo(self) -> bool:
        return self.key == STATUS_QUO


class PartOfOptionQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PartOfOptionQuerySet:
        return self.filter(option__room__in=DecisionRoom.objects.visible_to(user).values("pk"))


class DecisionMeasure(RowIdentity):
    """What would avoid, reduce, replace or pay for a harm of an option. For a class of people or an area, never for
    somebody, and never depending on how anybody voted."""

    class Kind(models.TextChoices):
        AVOID = "avoid", _("Avoids the harm")
        REDUCE = "reduce", _("Makes the harm smaller")
        REPLACE = "replace", _("Replaces what is lost in kind")
        SERVICE = "service", _("A service instead")
        MONEY = "money", _("Money")

    option = models.ForeignKey(DecisionOption, models.PROTECT, related_name="measures")
    number = models.PositiveSmallIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=8, choices=Kind)
    title = models.CharField(_("what is done"), max_length=200)
    title_en = models.CharField(_("what is done, in English"), max_length=200, blank=True)
    beneficiaries = models.CharField(_("for which people or area"), max_length=200)
    beneficiaries_en = models.CharField(_("for which people or area, in English"), max_length=200, blank=True)
    cost = models.BigIntegerField(_("cost"))
    line = models.ForeignKey(Line, models.PROTECT, null=True, blank=True, related_name="+")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("responsible"))
    due_on = models.DateField(_("deadline"))
    evidence = models.CharField(_("how one will see that it is done"), max_length=300)
    legal_form = models.CharField(_("legal form"), max_length=200, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfOptionQuerySet.as_manager()
    history = History(
        public_fields=(
            *("kind", "title", "title_en", "beneficiaries", "beneficiaries_en", "cost", "department", "due_on"),
            *("evidence", "legal_form"),
        )
    )
    public_texts = ("title",)

    class Meta:
        verbose_name = _("measure of an option")
        verbose_name_plural = _("measures of options")
        ordering = ("option", "number")
        constraints = (
            models.UniqueConstraint(fields=("option", "number"), name="decision_measure_once"),
            models.CheckConstraint(condition=Q(cost__gte=0), name="decision_measure_costs"),
        )

    def __str__(self) -> str:
        return f"{self.code} {self.title}"

    @property
    def code(self) -> str:
        return f"{self.option.key}-{self.number}"

    def get_absolute_url(self) -> str:
        return self.option.get_absolute_url()
