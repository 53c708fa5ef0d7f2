"""What an organisation hands in to prove that it is registered."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.stakeholders.models import Organisation, Role, User
from privacy.history.records import History
from privacy.sealing.fields import SealedJSONField
from privacy.sealing.files import SealedFileField
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser


class RegistrationDocumentQuerySet(models.QuerySet["RegistrationDocument"]):
    def visible_to(self, user: User | AnonymousUser) -> RegistrationDocumentQuerySet:
        """Owners see the documents of their organisation; moderators those of one that waits for a decision."""
        if not isinstance(user, User):
            return self.none()
        owned = user.mandates.current().filter(is_owner=True).values("organisation")
        seen = models.Q(organisation__in=owned)
        if user.has_role(Role.MODERATOR):
            waits = models.Q(organisation__status=Organisation.Status.PENDING)
            seen |= waits | models.Q(organisation__renewal_asked_at__isnull=False)
        return self.filter(seen)


class RegistrationDocument(RowIdentity):
    """A certificate or letter, sealed under the key of the organisation."""

    class Kind(models.TextChoices):
        CERTIFICATE = "certificate", _("Registration certificate or business licence")
        AUTHORISATION = "authorisation", _("Letter that authorises the person who registers")
        QUALIFICATION = "qualification", _("Proof of being qualified as third-party evaluator")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="documents")
    kind = models.CharField(_("kind of document"), max_length=16, choices=Kind)
    file = SealedFileField(_("document"), details_field="file_details")
    file_details = SealedJSONField(null=True, blank=True)
    handed_in_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)

    objects = RegistrationDocumentQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("registration document")
        verbose_name_plural = _("registration documents")
        ordering = ("created", "pk")

    def __str__(self) -> str:
        return self.get_kind_display()

    def sealing_subject(self) -> Subject:
        return Subject("organisation", self.organisation.row_id)
