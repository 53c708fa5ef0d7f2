"""Calls for evaluations (评价委托): who evaluates which programmes, by which scheme, until when, and who pays."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department, Programme
from cms.performance.schemes import ScoringScheme
from participation.consultations.models import Consultation
from participation.stakeholders.confidential import ConfidentialPart
from participation.stakeholders.models import Mandate, Organisation, Role
from portal.ui.furniture import local
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

ONE, HUNDRED = Decimal(1), Decimal(100)


class CallQuerySet(models.QuerySet["EvaluationCall"]):
    def visible_to(self, user: User | AnonymousUser) -> CallQuerySet:
        """A call is as public as the consultation that its results are answered in."""
        return self.filter(consultation__in=Consultation.objects.visible_to(user))


class EvaluationCall(RowIdentity):
    """Programmes of one department that are to be evaluated within a consultation, all by the same terms.

    The terms never change: who applied relied on them.
    """

    class Mode(models.TextChoices):
        OPEN = "open", _("Organisations apply")
        ASSIGNED = "assigned", _("Organisations are asked")

    consultation = models.ForeignKey(Consultation, models.PROTECT, related_name="evaluation_calls")
    department = models.ForeignKey(Department, models.PROTECT, related_name="evaluation_calls")
    programmes = models.ManyToManyField(Programme, related_name="evaluation_calls")
    scheme = models.ForeignKey(ScoringScheme, models.PROTECT, related_name="evaluation_calls")
    title = models.CharField(_("title"), max_length=200)
    title_en = models.CharField(_("title in English"), max_length=200, blank=True)
    mode = models.CharField(_("how evaluators are found"), max_length=8, choices=Mode, default=Mode.OPEN)
    eligibility = models.TextField(_("who may evaluate"), max_length=1000)
    accredited_only = models.BooleanField(_("accredited evaluators only"), default=True)
    places = models.PositiveSmallIntegerField(_("number of evaluators"))
    apply_by = models.DateField(_("applications until"), null=True, blank=True)
    due_on = models.DateField(_("evaluations due"))
    paid_by = models.CharField(_("who pays, and how much"), max_length=200)
    # Shares of an indicator's points: below the first and above the second a reason is due.
    reason_below = models.DecimalField(
        _("scores below this share need a reason"), max_digits=4, decimal_places=3, default=Decimal("0.5")
    )
    reason_above = models.DecimalField(
        _("scores above this share need a reason"), max_digits=4, decimal_places=3, default=Decimal("0.95")
    )
    outlier_points = models.DecimalField(
        _("a score this far from the median is an outlier"), max_digits=5, decimal_places=2, default=Decimal(10)
    )
    opened_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = CallQuerySet.as_manager()
    history = History(public_fields=("title", "title_en", "mode", "eligibility", "places", "due_on", "paid_by"))

    class Meta:
        verbose_name = _("call for evaluations")
        verbose_name_plural = _("calls for evaluations")
        ordering = ("-created", "-pk")
        constraints = (
            models.CheckConstraint(condition=Q(places__gte=1), name="evaluation_call_has_places"),
            models.CheckConstraint(
                condition=Q(reason_below__gte=0, reason_above__lte=ONE, reason_below__lte=F("reason_above")),
                name="evaluation_call_reasons_in_range",
            ),
            models.CheckConstraint(
                condition=Q(apply_by__isnull=True) | Q(apply_by__lte=F("due_on")), name="evaluation_call_in_order"
            ),
        )

    def __str__(self) -> str:
        return local(self, "title")

    def get_absolute_url(self) -> str:
        return reverse("participation:evaluations:call", args=[self.row_id])

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """Who evaluates, and what they declared, shown in its history."""
        public = self.seats.filter(status__in=EvaluatorSeat.PUBLIC)
        return [public, EvaluationAuthor.objects.filter(seat__in=public)]

    @property
    def reference(self) -> str:
        return f"V-{self.created.year}-{self.pk:05d}"

    @property
    def takes_applications(self) -> bool:
        last = self.apply_by or self.due_on
        return self.mode == self.Mode.OPEN and timezone.localdate() <= last


class SeatQuerySet(models.QuerySet["EvaluatorSeat"]):
    def visible_to(self, user: User | AnonymousUser) -> SeatQuerySet:
        """Who evaluates, and who had to step back. Who was not chosen is nobody else's business."""
        found = Q(call__in=EvaluationCall.objects.visible_to(user), status__in=EvaluatorSeat.PUBLIC)
        if user.is_authenticated:
            found |= Q(organisation__in=Mandate.objects.current().filter(person=user).values("organisation"))
        return self.all() if is_commissioner(user) else self.filter(found)


class EvaluatorSeat(RowIdentity):
    """One organisation's place among the evaluators of a call, from application or invitation on."""

    class Status(models.TextChoices):
        APPLIED = "applied", _("Applied")
        INVITED = "invited", _("Invited")
        SEATED = "seated", _("Evaluates")
        REFUSED = "refused", _("Not chosen")
        DECLINED = "declined", _("Declined")
        RECUSED = "recused", _("Withdrew because of an interest")

    PUBLIC = (Status.SEATED, Status.RECUSED)

    call = models.ForeignKey(EvaluationCall, models.PROTECT, related_name="seats")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="evaluation_seats")
    status = models.CharField(_("status"), max_length=8, choices=Status)
    statement = models.TextField(_("why it is suited"), max_length=2000, blank=True)
    reason = models.TextField(_("reason of the decision"), max_length=1000, blank=True)
    lead = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="led_evaluations"
    )
    created = models.DateTimeField(default=timezone.now)

    objects = SeatQuerySet.as_manager()
    history = History(public_fields=("status", "reason"))

    class Meta:
        verbose_name = _("place of an evaluator")
        verbose_name_plural = _("places of evaluators")
        ordering = ("created", "pk")
        constraints = (models.UniqueConstraint(fields=("call", "organisation"), name="evaluation_seat_once"),)

    def __str__(self) -> str:
        return f"{self.call}: {local(self.organisation, 'name')}"

    def get_absolute_url(self) -> str:
        return self.call.get_absolute_url()

    @property
    def is_seated(self) -> bool:
        return self.status == self.Status.SEATED

    @property
    def is_public(self) -> bool:
        return self.status in self.PUBLIC

    def history_name(self, user: User) -> str | None:
        """Those who act for the organisation stand by its name."""
        acts = Mandate.objects.filter(organisation=self.organisation_id, person=user).exists()
        return local(self.organisation, "name") if acts else None


class AuthorQuerySet(models.QuerySet["EvaluationAuthor"]):
    def visible_to(self, user: User | AnonymousUser) -> AuthorQuerySet:
        return self.filter(seat__in=EvaluatorSeat.objects.visible_to(user))


class EvaluationAuthor(RowIdentity):
    """Somebody who works on the evaluation of an organisation, with the declaration of interests (利益冲突声明).

    That there is an interest, of which kind, and what was decided is public; what it is is sealed.
    """

    class Interest(models.TextChoices):
        NONE = "none", _("No interest to declare")
        WORKED = "worked", _("Worked for the department within three years")
        CONTRACT = "contract", _("Paid by the department within three years")
        FAMILY = "family", _("Family or friends in the department")
        OTHER = "other", _("Another interest")

    class Status(models.TextChoices):
        WAITING = "waiting", _("Waiting for a decision")
        ACTIVE = "active", _("Takes part")
        RECUSED = "recused", _("Recused")

    seat = models.ForeignKey(EvaluatorSeat, models.PROTECT, related_name="authors")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="evaluation_work")
    interest = models.CharField(_("interest"), max_length=8, choices=Interest)
    confidential = models.OneToOneField(ConfidentialPart, models.PROTECT, null=True, editable=False)
    status = models.CharField(_("status"), max_length=8, choices=Status)
    reason = models.TextField(_("reason of the decision"), max_length=1000, blank=True)
    undertook_at = models.DateTimeField(_("undertook independence and confidentiality"))

    objects = AuthorQuerySet.as_manager()
    history = History(public_fields=("interest", "status", "reason"))

    class Meta:
        verbose_name = _("author of an evaluation")
        verbose_name_plural = _("authors of an evaluation")
        ordering = ("undertook_at", "pk")
        constraints = (models.UniqueConstraint(fields=("seat", "person"), name="evaluation_author_once"),)

    def __str__(self) -> str:
        return f"{self.seat}: {self.get_interest_display()}"

    def get_absolute_url(self) -> str:
        return self.seat.get_absolute_url()

    def history_name(self, user: User) -> str | None:
        return local(self.seat.organisation, "name") if user.pk == self.person_id else None


def is_commissioner(user: User | AnonymousUser) -> bool:
    """Whether ``user`` opens calls and chooses evaluators: never the evaluated department itself."""
    return bool(user.is_authenticated and user.has_role(Role.MODERATOR, Role.REVIEWER))
