"""Reasoned objections, the panel that admits them, and petitions of concern."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.decisions.deciding import objections as counted
from participation.decisions.models import DecisionOption, DecisionRoom, PartOfRoomQuerySet
from participation.stakeholders.models import Organisation, Role, StakeholderGroup
from portal.ui.furniture import local
from privacy.history.records import History
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


NOT_NAMED = _("Somebody whose name is not shown")


class DecisionObjection(RowIdentity):
    """A harm that an option does, and the part of the plan that does it. Text and decision are public."""

    class Harm(models.TextChoices):
        RIGHTS = "rights", _("Somebody's rights")
        SAFETY = "safety", _("Safety")
        LAW = "law", _("The law")
        ABILITY_TO_WORK = "ability_to_work", _("The ability of a group to do its work")
        UNEQUAL_BURDEN = "unequal_burden", _("An unequal burden")

    class State(models.TextChoices):
        FILED = "filed", _("Filed, before the panel")
        ADMISSIBLE = "admissible", _("Admitted")
        IN_INTEGRATION = "in_integration", _("Being worked on")
        WITHDRAWN = "withdrawn", _("Withdrawn")
        RESOLVED = "resolved", _("Resolved")
        SUSTAINED = "sustained", _("Sustained")
        REJECTED = "rejected", _("Not admitted")
        APPEALED = "appealed", _("Not admitted, appealed")

    class Legal(models.TextChoices):
        OPEN = "open", _("The legal unit has not written yet")
        CLOSED = "closed", _("Closed by the legal unit")
        UPHELD = "upheld", _("Upheld by the legal unit")

    room = models.ForeignKey(DecisionRoom, models.PROTECT, related_name="objections")
    option = models.ForeignKey(DecisionOption, models.PROTECT, related_name="objections")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="decision_objections")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("for"))
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    harm = models.CharField(_("what is harmed"), max_length=16, choices=Harm)
    part = models.CharField(_("part of the plan"), max_length=300)
    text = models.TextField(_("what happens, and to whom"), max_length=4000)
    is_protected = models.BooleanField(_("the name is not shown"), default=False)
    # Counted as opposition whatever the rating; the published file then shows which ratings go with the objection.
    with_ballot = models.BooleanField(_("counts with the ballot"), default=False)
    state = models.CharField(_("state"), max_length=14, choices=State, default=State.FILED)
    due_on = models.DateField(_("the panel decides by"))
    legal = models.CharField(_("legal unit"), max_length=8, choices=Legal, default=Legal.OPEN)
    legal_words = models.TextField(_("what the legal unit wrote"), max_length=2000, blank=True)
    integration_rounds = models.PositiveSmallIntegerField(_("rounds of integration"), default=0)
    settlement = models.TextField(_("what came of it"), max_length=2000, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfRoomQuerySet.as_manager()
    history = History(
        public_fields=(
            *("group", "harm", "part", "text", "state", "due_on", "legal", "legal_words", "integration_rounds"),
            "settlement",
        )
    )

    class Meta:
        verbose_name = _("objection")
        verbose_name_plural = _("objections")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return f"{self.option.key}: {self.part}"

    def get_absolute_url(self) -> str:
        return reverse("participation:decisions:objection", args=[self.row_id])

    @property
    def is_legal(self) -> bool:
        return self.harm in (self.Harm.RIGHTS, self.Harm.SAFETY, self.Harm.LAW)

    @property
    def is_unsettled(self) -> bool:
        return self.state in {str(state) for state in counted.UNSETTLED}

    def may_become(self, state: str) -> bool:
        return counted.State(state) in counted.NEXT_STATES[counted.State(self.state)]

    @property
    def public_name(self) -> str:
        """The organisation's, or the person's unless they protect it."""
        if self.is_protected:
            return str(NOT_NAMED)
        return local(self.organisation, "name") if self.organisation is not None else self.person.public_name

    def history_name(self, user: User) -> str | None:
        return self.public_name if user.pk == self.person_id else None


class JurorQuerySet(models.QuerySet["DecisionJuror"]):
    def visible_to(self, user: User | AnonymousUser) -> JurorQuerySet:
        return self.filter(person=user.pk) if user.is_authenticated else self.none()


class DecisionJuror(RowIdentity):
    """Somebody who is ready to sit in the panel on objections. ``rank``: place in the lot of the group, from 1."""

    room = models.ForeignKey(DecisionRoom, models.PROTECT, related_name="jurors")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+")
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    rank = models.PositiveIntegerField(null=True, editable=False)
    created = models.DateTimeField(default=timezone.now)

    objects = JurorQuerySet.as_manager()
    history = History(excluded_fields=["rank"])

    class Meta:
        verbose_name = _("member of a panel on objections")
        verbose_name_plural = _("members of panels on objections")
        ordering = ("group", "rank", "pk")
        constraints = (models.UniqueConstraint(fields=("room", "person"), name="decision_juror_once"),)

    def __str__(self) -> str:
        return str(self.row_id)


class VoteQuerySet(models.QuerySet["ObjectionVote"]):
    def visible_to(self, user: User | AnonymousUser) -> VoteQuerySet:
        """Public once the panel has decided; the own before."""
        decided = ~Q(objection__state__in=("filed", "appealed"))
        seen = decided & Q(objection__room__in=DecisionRoom.objects.visible_to(user).values("pk"))
        return self.filter(seen | Q(juror__person=user.pk) if user.is_authenticated else seen)


class ObjectionVote(RowIdentity):
    """Whether a member of the panel admits an objection. ``hearing``: 1, or 2 after an appeal."""

    objection = models.ForeignKey(DecisionObjection, models.PROTECT, related_name="votes")
    juror = models.ForeignKey(DecisionJuror, models.PROTECT, related_name="votes")
    hearing = models.PositiveSmallIntegerField(default=1)
    admits = models.BooleanField(_("admits it"))
    reason = models.TextField(_("reason"), max_length=1000)
    created = models.DateTimeField(default=timezone.now)

    objects = VoteQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("vote on an objection")
        verbose_name_plural = _("votes on objections")
        ordering = ("created", "pk")
        constraints = (models.UniqueConstraint(fields=("objection", "juror", "hearing"), name="objection_vote_once"),)

    def __str__(self) -> str:
        return f"{self.objection}: {self.admits}"


class DecisionPetition(RowIdentity):
    """A petition of concern: signed by enough of a group, or by most people of the area that the option affects, the
    option needs the acceptance of all, and one round of integration.

    ``has_substance``: what the panel found where the group has used up its petitions of the year; None: not decided.
    """

    room = models.ForeignKey(DecisionRoom, models.PROTECT, related_name="petitions")
    option = models.ForeignKey(DecisionOption, models.PROTECT, related_name="petitions")
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    text = models.TextField(_("what the concern is"), max_length=2000)
    of_area = models.BooleanField(_("signed by those who live in the area"), default=False)
    has_substance = models.BooleanField(_("the panel finds substance"), null=True)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    integration_rounds = models.PositiveSmallIntegerField(_("rounds of integration"), default=0)
    integration = models.TextField(_("what the round of integration brought"), max_length=2000, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = PartOfRoomQuerySet.as_manager()
    history = History(public_fields=("group", "of_area", "text", "has_substance", "integration_rounds", "integration"))

    class Meta:
        verbose_name = _("petition of concern")
        verbose_name_plural = _("petitions of concern")
        ordering = ("created", "pk")
        constraints = (models.UniqueConstraint(fields=("option", "group", "of_area"), name="decision_petition_once"),)

    def __str__(self) -> str:
        return f"{self.option.key}: {self.get_group_display()}"

    def get_absolute_url(self) -> str:
        return f"{self.room.get_absolute_url()}#petitions"

    def history_name(self, user: User) -> str | None:
        """Whoever began it has signed it, and signatures are only counted in public."""
        return str(NOT_NAMED) if user.pk == self.started_by_id else None


class SignatureQuerySet(models.QuerySet["PetitionSignature"]):
    def visible_to(self, user: User | AnonymousUser) -> SignatureQuerySet:
        """Only counted in public; everybody knows their own."""
        if not user.is_authenticated:
            return self.none()
        return self.all() if user.has_role(Role.AUDITOR) else self.filter(person=user.pk)


class PetitionSignature(RowIdentity):
    petition = models.ForeignKey(DecisionPetition, models.PROTECT, related_name="signatures")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    seat = models.ForeignKey("participation.DecisionSeat", models.PROTECT, null=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature of a petition")
        verbose_name_plural = _("signatures of petitions")
        constraints = (
            models.UniqueConstraint(fields=("petition", "person"), name="petition_signed_once"),
            models.UniqueConstraint(fields=("petition", "seat"), name="petition_signed_once_for_seat"),
        )

    def __str__(self) -> str:
        return str(self.petition)


class PetitionFindingQuerySet(models.QuerySet["PetitionFinding"]):
    def visible_to(self, user: User | AnonymousUser) -> PetitionFindingQuerySet:
        """Public once the panel has decided; the own before."""
        seen = Q(petition__has_substance__isnull=False)
        seen &= Q(petition__room__in=DecisionRoom.objects.visible_to(user).values("pk"))
        return self.filter(seen | Q(juror__person=user.pk) if user.is_authenticated else seen)


class PetitionFinding(RowIdentity):
    """Whether a member of the panel finds substance in a petition beyond those that its group has in a year."""

    petition = models.ForeignKey(DecisionPetition, models.PROTECT, related_name="findings")
    juror = models.ForeignKey(DecisionJuror, models.PROTECT, related_name="findings")
    finds = models.BooleanField(_("finds substance"))
    reason = models.TextField(_("reason"), max_length=1000)
    created = models.DateTimeField(default=timezone.now)

    objects = PetitionFindingQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("finding on a petition")
        verbose_name_plural = _("findings on petitions")
        ordering = ("created", "pk")
        constraints = (models.UniqueConstraint(fields=("petition", "juror"), name="petition_finding_once"),)

    def __str__(self) -> str:
        return f"{self.petition}: {self.finds}"
