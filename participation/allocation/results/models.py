"""What the count found, as it is published, and what becomes of each project that won."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Programme
from participation.allocation.ballots.models import PartOfAllocationQuerySet
from participation.allocation.counting.completion import Completion, Stop
from participation.allocation.counting.election import Utility
from participation.allocation.models import COMPLETIONS, STOPS, UTILITIES, Allocation
from participation.allocation.proposals.models import ProjectProposal
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class AllocationResult(RowIdentity):
    """The count of one round. ``progress`` in per cent.

    ``figures``: see ``tallying.figures_of``; fractions are text, so that they stay exact. ``sha256`` is that of the
    published result as JSON (``tallying.result_text``).
    """

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be counted")
        COUNTING = "counting", _("Being counted")
        COUNTED = "counted", _("Counted")
        EMPTY = "empty", _("Nobody voted: there is nothing to count")
        FAILED = "failed", _("The count could not be finished")

    allocation = models.OneToOneField(Allocation, models.PROTECT, related_name="result")
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(_("what went wrong"), blank=True)
    figures = models.JSONField(default=dict)
    sha256 = models.CharField(_("digest of the result"), max_length=64, blank=True)
    created = models.DateTimeField(default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    objects = PartOfAllocationQuerySet.as_manager()
    history = History(public_fields=("state", "sha256", "finished_at"), excluded_fields=["progress", "figures"])

    class Meta:
        verbose_name = _("result of an allocation")
        verbose_name_plural = _("results of allocations")

    def __str__(self) -> str:
        return str(self.allocation)

    def get_absolute_url(self) -> str:
        return f"{self.allocation.get_absolute_url()}results/"


class ProjectResultQuerySet(models.QuerySet["ProjectResult"]):
    def visible_to(self, user: User | AnonymousUser) -> ProjectResultQuerySet:
        return self.filter(result__in=AllocationResult.objects.visible_to(user).values("pk"))

    def won(self) -> ProjectResultQuerySet:
        return self.exclude(how=ProjectResult.How.LOST).order_by("place")


class ProjectResult(RowIdentity):
    """What the count found for one project. ``account``: see ``tallying.account_of``."""

    class How(models.TextChoices):
        SHARES = "shares", _("Won: its supporters could pay for it together")
        VOTES = "votes", _("Won: it still fitted, by the number of votes")
        MAJORITY = "majority", _("Won by most votes first, which more people prefer")
        LOST = "lost", _("Not funded")

    result = models.ForeignKey(AllocationResult, models.PROTECT, related_name="rows")
    proposal = models.OneToOneField(ProjectProposal, models.PROTECT, related_name="result")
    how = models.CharField(_("result"), max_length=8, choices=How)
    # Order of selection, from 1.
    place = models.PositiveSmallIntegerField(_("order of selection"), null=True, blank=True)
    votes = models.PositiveIntegerField(_("votes"))
    account = models.JSONField(default=dict)
    programme = models.ForeignKey(
        Programme, models.PROTECT, null=True, blank=True, related_name="allocation_results", verbose_name=_("programme")
    )
    task = models.OneToOneField(
        "participation.RectificationTask", models.PROTECT, null=True, blank=True, related_name="allocation_result"
    )

    objects = ProjectResultQuerySet.as_manager()
    history = History(public_fields=("how", "place", "votes", "programme"), excluded_fields=["account"])

    class Meta:
        verbose_name = _("result of a project")
        verbose_name_plural = _("results of projects")
        ordering = ("place", "-votes", "pk")
        constraints = (
            models.CheckConstraint(
                condition=Q(how="lost", place__isnull=True) | (~Q(how="lost") & Q(place__isnull=False)),
                name="project_result_place_of_winners",
            ),
            models.UniqueConstraint(
                fields=("result", "place"), condition=Q(place__isnull=False), name="project_result_place_once"
            ),
            models.CheckConstraint(
                condition=~Q(how="lost") | Q(programme__isnull=True, task__isnull=True),
                name="project_result_followed_if_won",
            ),
        )

    def __str__(self) -> str:
        return f"{self.proposal_id}: {self.how}"

    def get_absolute_url(self) -> str:
        return f"{self.proposal.get_absolute_url()}#result"

    @property
    def is_winner(self) -> bool:
        return self.how != self.How.LOST


class FileCount(RowIdentity):
    """A ballot file that somebody wants counted. It belongs to nobody: whoever has the address of the count sees it,
    for a day. ``text`` and ``lot`` are kept until it is counted. ``progress`` in per cent; ``found``: see
    ``checking.found_in``."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting to be counted")
        COUNTING = "counting", _("Being counted")
        COUNTED = "counted", _("Counted")
        REFUSED = "refused", _("The count could not be finished")

    text = models.TextField(_("ballot file"), blank=True)
    lot = models.TextField(_("lot"), blank=True)
    sha256 = models.CharField(_("digest of the file"), max_length=64)
    utility = models.CharField(max_length=12, choices=UTILITIES, default=Utility.COST.value)
    completion = models.CharField(max_length=12, choices=COMPLETIONS, default=Completion.ADD1U.value)
    stop = models.CharField(max_length=12, choices=STOPS, default=Stop.OVERSPEND.value)
    state = models.CharField(_("state"), max_length=8, choices=State, default=State.WAITING)
    progress = models.PositiveSmallIntegerField(default=0)
    problem = models.TextField(_("what went wrong"), blank=True)
    found = models.JSONField(default=dict)
    created = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        verbose_name = _("count of a ballot file")
        verbose_name_plural = _("counts of ballot files")

    def __str__(self) -> str:
        return self.sha256

    @property
    def is_at_work(self) -> bool:
        return self.state in (self.State.WAITING, self.State.COUNTING)
