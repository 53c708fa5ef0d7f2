"""Ballots: sealed while they are cast and uncounted, and the file of all of them, without names, that is counted."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.allocation.ballots.receipts import receipt_of, votes_in
from participation.allocation.models import Allocation
from privacy.history.records import History
from privacy.sealing.fields import SealedJSONField
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class AllocationBallotQuerySet(models.QuerySet["AllocationBallot"]):
    def visible_to(self, user: User | AnonymousUser) -> AllocationBallotQuerySet:
        """Nobody's but the own."""
        return self.filter(voter=user.pk) if user.is_authenticated else self.none()


class AllocationBallot(RowIdentity):
    """The ballot of one person. It can be changed until voting ends; the last one counts.

    ``choices``: ``{"votes": [[number of a project, points], ...], "salt": hexadecimal, "pad": blanks}``, where points
    are 1 for an approval. The receipt follows from it and is kept nowhere else: beside the voter it would tell, once
    the file is published, how they voted.
    """

    allocation = models.ForeignKey(Allocation, models.PROTECT, related_name="ballots")
    voter = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="allocation_ballots")
    choices = SealedJSONField()
    cast_at = models.DateTimeField(_("cast"), default=timezone.now)
    times_cast = models.PositiveSmallIntegerField(default=1)

    objects = AllocationBallotQuerySet.as_manager()

    class Meta:
        verbose_name = _("ballot of an allocation")
        verbose_name_plural = _("ballots of an allocation")
        constraints = (models.UniqueConstraint(fields=("allocation", "voter"), name="allocation_ballot_once"),)

    def __str__(self) -> str:
        return str(self.row_id)

    def sealing_subject(self) -> Subject:
        return self.voter.sealing_subject()

    @property
    def receipt(self) -> str:
        """Opens the ballot. It is written into the file of ballots in place of a name."""
        return receipt_of(str(self.choices["salt"]), votes_in(self.choices))


class PartOfAllocationQuerySet(models.QuerySet):  # type: ignore[type-arg]
    def visible_to(self, user: User | AnonymousUser) -> PartOfAllocationQuerySet:
        """File and result are as public as their round."""
        return self.filter(allocation__in=Allocation.objects.visible_to(user).values("pk"))


class FrozenBallots(RowIdentity):
    """All ballots of a round as they were when voting was closed, without names: what is counted, and published."""

    allocation = models.OneToOneField(Allocation, models.PROTECT, related_name="frozen")
    # Nothing where nobody voted.
    text = models.TextField(_("ballot file"), blank=True)
    sha256 = models.CharField(_("digest of the file"), max_length=64)
    ballots = models.PositiveIntegerField(_("ballots"))
    # Ballots that cannot be opened any more, because whoever cast them had their data erased.
    erased = models.PositiveIntegerField(_("erased ballots"), default=0)
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfAllocationQuerySet.as_manager()
    history = History(public_fields=("sha256", "ballots", "erased"), excluded_fields=["text"])

    class Meta:
        verbose_name = _("file of ballots")
        verbose_name_plural = _("files of ballots")

    def __str__(self) -> str:
        return self.sha256

    def get_absolute_url(self) -> str:
        return f"{self.allocation.get_absolute_url()}verify/"
