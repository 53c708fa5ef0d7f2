"""By what it is known that a citizen is who they say: the telephone, and the roster or the papers of residents.

No identity number stands here: a roster is kept as blind indexes, which say only whether a number is in it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.stakeholders.models import Role, User
from privacy.history.records import History
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class PhoneCode(models.Model):
    """The last code sent to a person. It fits only the number that it was sent to."""

    person = models.OneToOneField(User, models.CASCADE, related_name="phone_code")
    code_hash = models.CharField(max_length=64)
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        verbose_name = _("code sent to a telephone")
        verbose_name_plural = _("codes sent to telephones")

    def __str__(self) -> str:
        return str(self.person)


class Roster(RowIdentity):
    """A list of residents from an authority. One is in use; what was confirmed by an earlier one stays confirmed."""

    class Status(models.TextChoices):
        PREVIEW = "preview", _("To be looked at")
        IN_USE = "in_use", _("In use")
        REPLACED = "replaced", _("Replaced")

    title = models.CharField(_("title"), max_length=200)
    source = models.CharField(_("who issued it, and when"), max_length=200)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.PREVIEW)
    rows_read = models.PositiveIntegerField(_("rows read"))
    # [row number, what is wrong]: never a number of a person.
    problems = models.JSONField(_("problems"), default=list)
    loaded_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    history = History()

    class Meta:
        verbose_name = _("roster of residents")
        verbose_name_plural = _("rosters of residents")
        ordering = ("-created",)
        constraints = (models.UniqueConstraint(fields=("status",), condition=Q(status="in_use"), name="roster_in_use"),)

    def __str__(self) -> str:
        return self.title


class RosterEntry(models.Model):
    """One resident, as the blind index of the identity number (see ``User.identity_number_index``)."""

    roster = models.ForeignKey(Roster, models.CASCADE, related_name="entries")
    number_index = models.BinaryField(max_length=32)

    class Meta:
        verbose_name = _("entry of a roster")
        verbose_name_plural = _("entries of rosters")
        constraints = (models.UniqueConstraint(fields=("roster", "number_index"), name="roster_entry_once"),)

    def __str__(self) -> str:
        return str(self.pk)


class ResidentCheckQuerySet(models.QuerySet["ResidentCheck"]):
    def visible_to(self, user: User | AnonymousUser) -> ResidentCheckQuerySet:
        """Moderators decide, everybody sees their own."""
        if not isinstance(user, User):
            return self.none()
        return self if user.has_role(Role.MODERATOR) else self.filter(person=user)


class ResidentCheck(RowIdentity):
    """Whether a person lives here: asked for, then confirmed or refused by a moderator, or found in the roster."""

    class Status(models.TextChoices):
        ASKED = "asked", _("Waiting for the check")
        CONFIRMED = "confirmed", _("Resident")
        REFUSED = "refused", _("Not confirmed")
        # The identity number was changed afterwards, or an officer took the confirmation back.
        ENDED = "ended", _("No longer confirmed")

    class Method(models.TextChoices):
        OFFICER = "officer", _("Papers compared by an officer")
        ROSTER = "roster", _("Found in the roster of residents")

    person = models.ForeignKey(User, models.PROTECT, related_name="resident_checks")
    status = models.CharField(_("status"), max_length=10, choices=Status, default=Status.ASKED)
    method = models.CharField(_("how"), max_length=8, choices=Method, default=Method.OFFICER)
    note = models.CharField(_("what the officer should know"), max_length=300, blank=True)
    reason = models.CharField(_("reason"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    decided_at = models.DateTimeField(null=True, blank=True)

    objects = ResidentCheckQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("check of residence")
        verbose_name_plural = _("checks of residence")
        ordering = ("created", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("person",), condition=Q(status__in=("asked", "confirmed")), name="resident_check_once"
            ),
        )

    def __str__(self) -> str:
        return self.get_status_display()

    def sealing_subject(self) -> Subject:
        return self.person.sealing_subject()
