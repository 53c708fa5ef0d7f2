"""A panel of citizens (公民核验小组): volunteers, drawn by lot, look whether a task was done, and vote."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.rectification.models import PartOfTaskQuerySet, RectificationTask, Verification
from privacy.history.records import History
from privacy.sealing.fields import SealedTextField
from privacy.sealing.keys import PORTAL, Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class Panel(RowIdentity):
    """One panel for one submission of a task. The hash of its secret is public before anybody volunteers."""

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="panels")
    seats = models.PositiveSmallIntegerField(_("seats"))
    commitment = models.CharField(_("hash of the secret"), max_length=64)
    secret = SealedTextField(_("secret"), null=True)
    opened_secret = models.CharField(_("secret, opened at the draw"), max_length=64, blank=True)
    volunteers_until = models.DateField(_("volunteers until"))
    votes_until = models.DateField(_("votes until"), null=True, blank=True)
    called_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    drawn_at = models.DateTimeField(_("drawn at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    verification = models.OneToOneField(Verification, models.PROTECT, null=True, related_name="panel")

    objects = PartOfTaskQuerySet.as_manager()
    history = History(
        public_fields=("seats", "commitment", "opened_secret", "volunteers_until", "votes_until", "drawn_at")
    )

    class Meta:
        verbose_name = _("citizens' panel")
        verbose_name_plural = _("citizens' panels")
        ordering = ("-created",)
        constraints = (
            models.UniqueConstraint(fields=("task",), condition=Q(ended_at__isnull=True), name="panel_one_at_a_time"),
            models.CheckConstraint(condition=Q(seats__gte=3), name="panel_has_seats"),
        )

    def __str__(self) -> str:
        return f"{self.task}: {self.seats}"

    def get_absolute_url(self) -> str:
        return f"{self.task.get_absolute_url()}#panel"

    def sealing_subject(self) -> Subject:
        return PORTAL

    @property
    def can_be_drawn(self) -> bool:
        return self.drawn_at is None and timezone.localdate() > self.volunteers_until


class PanelMemberQuerySet(models.QuerySet["PanelMember"]):
    def visible_to(self, user: User | AnonymousUser) -> PanelMemberQuerySet:
        """Everybody sees the votes of a panel that has ended, without names; members see their own place before."""
        found = Q(panel__ended_at__isnull=False, panel__task__in=RectificationTask.objects.visible_to(user))
        return self.filter(found | Q(person=user.pk) if user.is_authenticated else found)


class PanelMember(RowIdentity):
    """A volunteer. Named in the lot by the row id, which the portal gives out; ``place`` is 1 for the first drawn."""

    panel = models.ForeignKey(Panel, models.PROTECT, related_name="members")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    place = models.PositiveSmallIntegerField(_("place in the draw"), null=True, blank=True)
    vote = models.CharField(_("vote"), max_length=8, choices=Verification.Outcome, blank=True)
    reason = models.TextField(_("what was seen"), max_length=1000, blank=True)
    created = models.DateTimeField(default=timezone.now)
    voted_at = models.DateTimeField(_("voted at"), null=True, blank=True)
    left_at = models.DateTimeField(_("stepped back at"), null=True, blank=True)

    objects = PanelMemberQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("volunteer of a panel")
        verbose_name_plural = _("volunteers of panels")
        ordering = (F("place").asc(nulls_last=True), "pk")
        constraints = (
            models.UniqueConstraint(fields=("panel", "person"), name="panel_member_once"),
            # The lot is drawn among those who stayed, and nobody leaves it afterwards.
            models.CheckConstraint(
                condition=Q(left_at__isnull=True) | Q(place__isnull=True), name="panel_drawn_stayed"
            ),
        )

    def __str__(self) -> str:
        return str(self.row_id)

    def sealing_subject(self) -> Subject:
        return self.person.sealing_subject()
