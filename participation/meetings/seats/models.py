"""Who wants to come, who is drawn, and the dated rules for how many are."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.meetings.models import Meeting, PartOfMeetingQuerySet
from participation.stakeholders.models import Organisation, Role, StakeholderGroup
from privacy.history.records import History
from privacy.sealing.fields import SealedTextField
from privacy.sealing.keys import PORTAL, Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class RegistrationQuerySet(models.QuerySet["MeetingRegistration"]):
    def visible_to(self, user: User | AnonymousUser) -> RegistrationQuerySet:
        """The own, and those to the meetings that one keeps; the public sees marks and numbers."""
        if not user.is_authenticated:
            return self.none()
        if user.has_role(Role.MODERATOR, Role.AUDITOR):
            return self
        own = user.appointments.current().filter(role=Role.OFFICER).values("department")
        kept = Q(meeting__department__in=own) if user.has_role(Role.OFFICER) else Q(pk__in=[])
        return self.filter(Q(person=user.pk) | kept)

    def standing(self) -> RegistrationQuerySet:
        return self.filter(withdrawn_at__isnull=True)


class MeetingRegistration(RowIdentity):
    """Somebody wants to take part. ``mark`` stands for the person in everything that is public."""

    meeting = models.ForeignKey(Meeting, models.PROTECT, related_name="registrations")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="meeting_registrations")
    group = models.CharField(_("stakeholder group"), max_length=24, choices=StakeholderGroup)
    organisation = models.ForeignKey(Organisation, models.PROTECT, null=True, related_name="+", verbose_name=_("for"))
    # Given by the portal: whoever could choose it could try out which one is drawn.
    mark = models.CharField(_("mark"), max_length=12)
    needs = SealedTextField(_("what I need in order to take part"), null=True, blank=True)
    may_record = models.BooleanField(_("may be seen and heard in recordings and photos"), default=False)
    # Place in the order of the lot; it follows from the opened secret and the list.
    rank = models.PositiveIntegerField(null=True, editable=False)
    created = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(_("withdrawn"), null=True, blank=True)
    attended_at = models.DateTimeField(_("came"), null=True, blank=True)

    objects = RegistrationQuerySet.as_manager()
    history = History(excluded_fields=["rank"])

    class Meta:
        verbose_name = _("registration for a meeting")
        verbose_name_plural = _("registrations for meetings")
        ordering = ("created", "pk")
        constraints = (
            models.UniqueConstraint(fields=("meeting", "person"), name="meeting_registration_once"),
            models.UniqueConstraint(fields=("meeting", "mark"), name="meeting_mark_once"),
        )

    def __str__(self) -> str:
        return self.mark

    def get_absolute_url(self) -> str:
        return self.meeting.get_absolute_url()

    def sealing_subject(self) -> Subject:
        return Subject("person", self.person.row_id)


class MeetingLot(RowIdentity):
    """The lot of one meeting: its commitment, the list of marks, and the secret once it is opened.

    ``names``: stakeholder group -> marks. ``opened``: the secret in hexadecimal, public; until then it is sealed.
    """

    meeting = models.OneToOneField(Meeting, models.PROTECT, related_name="lot")
    commitment = models.CharField(_("commitment"), max_length=64)
    secret = SealedTextField(null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)
    closed_at = models.DateTimeField(_("list closed"), null=True, blank=True)
    names = models.JSONField(_("marks"), default=dict)
    names_sha256 = models.CharField(_("digest of the list"), max_length=64, blank=True)
    drawn_at = models.DateTimeField(_("drawn"), null=True, blank=True)
    opened = models.CharField(_("opened secret"), max_length=64, blank=True)

    objects = PartOfMeetingQuerySet.as_manager()
    history = History(public_fields=("commitment", "closed_at", "names_sha256", "drawn_at", "opened"))

    class Meta:
        verbose_name = _("lot of a meeting")
        verbose_name_plural = _("lots of meetings")
        constraints = (
            models.CheckConstraint(
                condition=Q(drawn_at__isnull=True, opened="")
                | (Q(drawn_at__isnull=False, closed_at__isnull=False) & ~Q(opened="")),
                name="meeting_lot_drawn_from_closed_list",
            ),
        )

    def __str__(self) -> str:
        return str(self.meeting)

    def get_absolute_url(self) -> str:
        return reverse("participation:meetings:lot", args=[self.meeting.row_id])

    def sealing_subject(self) -> Subject:
        return PORTAL


class MeetingRuleQuerySet(models.QuerySet["MeetingRule"]):
    def visible_to(self, user: User | AnonymousUser) -> MeetingRuleQuerySet:
        return self.all()

    def on(self, day: date, kind: str) -> MeetingRule | None:
        """The rule for a kind of meeting as it stood on a day."""
        valid = self.filter(Q(valid_until__isnull=True) | Q(valid_until__gte=day), valid_from__lte=day, kind=kind)
        return valid.order_by("-valid_from").first()


class MeetingRule(RowIdentity):
    """How many take part in a kind of meeting, and what share is drawn by lot. A changed rule is a new row.

    Shares are ratios: 0.75 is 75 %.
    """

    kind = models.CharField(_("kind"), max_length=16, choices=Meeting.Kind)
    least_people = models.PositiveSmallIntegerField(_("participants at least"), null=True, blank=True)
    most_people = models.PositiveSmallIntegerField(_("participants at most"), null=True, blank=True)
    least_drawn = models.DecimalField(_("share drawn at least"), max_digits=4, decimal_places=3, null=True, blank=True)
    most_drawn = models.DecimalField(_("share drawn at most"), max_digits=4, decimal_places=3, null=True, blank=True)
    law = models.CharField(_("law"), max_length=200)
    law_en = models.CharField(_("law, in English"), max_length=200, blank=True)
    valid_from = models.DateField(_("valid from"))
    valid_until = models.DateField(_("valid until"), null=True, blank=True)

    objects = MeetingRuleQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("rule for meetings")
        verbose_name_plural = _("rules for meetings")
        ordering = ("kind", "valid_from")
        constraints = (
            models.UniqueConstraint(fields=("kind", "valid_from"), name="meeting_rule_once"),
            models.CheckConstraint(
                condition=Q(valid_until__isnull=True) | Q(valid_until__gte=F("valid_from")), name="meeting_rule_lasts"
            ),
            models.CheckConstraint(
                condition=(Q(least_drawn__isnull=True) | Q(least_drawn__range=(Decimal(0), Decimal(1))))
                & (Q(most_drawn__isnull=True) | Q(most_drawn__range=(Decimal(0), Decimal(1)))),
                name="meeting_rule_shares",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.valid_from}"
