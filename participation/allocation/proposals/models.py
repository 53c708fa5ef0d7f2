"""What residents propose for a round of allocation, and what departments say to it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.allocation.models import Allocation
from participation.attachments import AttachmentFields
from participation.consultations.models import Consultation, Contribution
from participation.stakeholders.models import StakeholderGroup
from privacy.history.records import History
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class ProposalQuerySet(models.QuerySet["ProjectProposal"]):
    def visible_to(self, user: User | AnonymousUser) -> ProposalQuerySet:
        """The public reads what is not hidden; authors read their own; moderators and auditors read all."""
        seen = self.filter(allocation__in=Allocation.objects.visible_to(user).values("pk"))
        if user.is_authenticated and user.has_role("moderator", "auditor"):
            return seen
        mine = Q(author=user) if user.is_authenticated else Q(pk__in=[])
        return seen.filter(Q(status=Contribution.Status.VISIBLE) | mine)

    def on_ballot(self) -> ProposalQuerySet:
        """What people can vote for now."""
        return self.filter(step=ProjectProposal.Step.LISTED)


class ProjectProposal(AttachmentFields, RowIdentity):
    """A project that somebody proposes. ``number`` is its number on the ballot, and its id in the ballot file.

    ``estimate``: what the proposer thinks it costs; ``cost``: what a department found. Minor units.
    """

    class Step(models.TextChoices):
        PROPOSED = "proposed", _("Proposed")
        FEASIBLE = "feasible", _("Feasible")
        UNFEASIBLE = "unfeasible", _("Not feasible")
        LISTED = "listed", _("On the ballot")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    class Category(models.TextChoices):
        STREETS = "streets", _("Streets and ways")
        GREEN = "green", _("Parks and green")
        CULTURE = "culture", _("Culture and sport")
        LEARNING = "learning", _("Schools and learning")
        CARE = "care", _("Health and care")
        SAFETY = "safety", _("Safety and light")
        OTHER = "other", _("Something else")

    Status = Contribution.Status

    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="proposals")
    number = models.PositiveSmallIntegerField(_("number"))
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="project_proposals")
    title = models.CharField(_("title"), max_length=120)
    place = models.CharField(_("where"), max_length=200)
    description = models.TextField(_("what is to be done, and for whom"), max_length=4000)
    category = models.CharField(_("field"), max_length=12, choices=Category)
    estimate = models.PositiveBigIntegerField(_("estimate of the proposer"))
    department = models.ForeignKey(
        Department,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="project_proposals",
        verbose_name=_("department"),
    )
    step = models.CharField(_("state"), max_length=12, choices=Step, default=Step.PROPOSED)
    cost = models.PositiveBigIntegerField(_("cost"), null=True, blank=True)
    status = models.CharField(
        _("status"), max_length=8, choices=Contribution.Status, default=Contribution.Status.VISIBLE
    )
    hidden_reason = models.TextField(_("why it is hidden"), blank=True)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    withdrawal_reason = models.TextField(_("why it was withdrawn"), max_length=1000, blank=True)
    # Votes that had been cast for it: kept out of the count. Told only once the vote is closed.
    archived_votes = models.PositiveIntegerField(_("archived votes"), null=True, blank=True)
    created = models.DateTimeField(default=timezone.now, db_index=True)
    changed_at = models.DateTimeField(_("changed"), null=True, blank=True)

    objects = ProposalQuerySet.as_manager()
    history = History(
        public_fields=(
            *("number", "title", "place", "description", "category", "estimate", "department", "step", "cost"),
            *("status", "changed_at", "withdrawn_at", "withdrawal_reason", "attachment_name", "attachment_sha256"),
        ),
        excluded_fields=["archived_votes"],
    )
    public_texts = ("title", "place", "description")
    organisation = None
    stakeholder_group = StakeholderGroup.CITIZEN.value

    class Meta:
        verbose_name = _("proposed project")
        verbose_name_plural = _("proposed projects")
        ordering = ("number",)
        constraints = (
            models.UniqueConstraint(fields=("allocation", "number"), name="proposal_number_once"),
            models.CheckConstraint(
                condition=~Q(step__in=["feasible", "listed"]) | Q(cost__gt=0), name="proposal_listed_with_cost"
            ),
            models.CheckConstraint(
                condition=(Q(step="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawal_reason=""))
                | (~Q(step="withdrawn") & Q(withdrawn_at__isnull=True)),
                name="proposal_withdrawn_with_reason",
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return reverse("participation:allocation:project", args=[self.row_id])

    def sealing_subject(self) -> Subject:
        return self.author.sealing_subject()

    @property
    def reference(self) -> str:
        return gettext("No. %(number)d") % {"number": self.number}

    @property
    def consultation(self) -> Consultation | None:
        return self.allocation.consultation

    @property
    def is_hidden(self) -> bool:
        return self.status == self.Status.HIDDEN

    @property
    def is_held(self) -> bool:
        return self.status == self.Status.HELD

    @property
    def public_name(self) -> str:
        return self.author.public_name

    def history_name(self, user: User) -> str | None:
        return self.public_name if user.pk == self.author_id else None

    def history_parts(self) -> list[models.QuerySet[Any]]:
        """What belongs to it, and is shown in its history."""
        return [self.reviews.all()]

    @property
    def shown_cost(self) -> int:
        """What a department found, else what the proposer thinks."""
        return self.estimate if self.cost is None else self.cost

    @property
    def has_photo(self) -> bool:
        return self.attachment_type.startswith("image/")


class ReviewQuerySet(models.QuerySet["FeasibilityReview"]):
    def visible_to(self, user: User | AnonymousUser) -> ReviewQuerySet:
        return self.filter(proposal__in=ProjectProposal.objects.visible_to(user).values("pk"))


class FeasibilityReview(RowIdentity):
    """What a department says about a proposal. The latest one holds; ``reply`` is what the proposer answered to it."""

    proposal = models.ForeignKey(ProjectProposal, models.PROTECT, related_name="reviews")
    department = models.ForeignKey(Department, models.PROTECT, related_name="+", verbose_name=_("department"))
    is_feasible = models.BooleanField(_("feasible"))
    cost = models.PositiveBigIntegerField(_("cost"), null=True, blank=True)
    reason = models.TextField(_("reason"), max_length=2000)
    reviewed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    reply = models.TextField(_("answer of the proposer"), max_length=2000, blank=True)
    replied_at = models.DateTimeField(null=True, blank=True)

    objects = ReviewQuerySet.as_manager()
    history = History(public_fields=("department", "is_feasible", "cost", "reason", "reply", "replied_at"))
    public_texts = ("reason", "reply")

    class Meta:
        verbose_name = _("feasibility review")
        verbose_name_plural = _("feasibility reviews")
        ordering = ("created", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(is_feasible=True, cost__gt=0) | Q(is_feasible=False), name="review_feasible_has_cost"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="review_has_reason"),
            models.UniqueConstraint(
                fields=("proposal",), condition=Q(replied_at__isnull=False), name="review_answered_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.is_feasible}"

    def get_absolute_url(self) -> str:
        return f"{self.proposal.get_absolute_url()}#review"
