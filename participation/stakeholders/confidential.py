"""What an organisation hands in with its input but not for the public: trade secrets, and the like.

The public reads that there is something, and why it is kept back. The passage and the file are sealed under the key of
the organisation. Its own people read them; a moderator does for a purpose that is on record; nobody else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation.stakeholders.models import Mandate, Organisation, Role, User
from participation.stakeholders.sealed_values import holds
from portal.errors import Invalid
from privacy.history.records import History
from privacy.sealing.fields import SealedJSONField, SealedTextField
from privacy.sealing.files import SealedFileField
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

PASSAGE_MAX_CHARS = 8000
JUSTIFICATION_MAX_CHARS = 300


class ConfidentialPartQuerySet(models.QuerySet["ConfidentialPart"]):
    def visible_to(self, user: User | AnonymousUser) -> ConfidentialPartQuerySet:
        """Whoever may open a part at all: those who act for the organisation, and moderators."""
        if not isinstance(user, User):
            return self.none()
        if user.has_role(Role.MODERATOR):
            return self
        own = Mandate.objects.current().filter(person=user).values("organisation")
        return self.filter(organisation__in=own)


class ConfidentialPart(RowIdentity):
    """A sealed passage, a sealed file, or both; with the words that stand in their place in public."""

    class Ground(models.TextChoices):
        TRADE_SECRET = "trade_secret", _("Trade secret")
        NEGOTIATION = "negotiation", _("Tender or negotiation that is not over")
        PERSONAL = "personal", _("Personal information of others")
        SAFETY = "safety", _("Safety of a building or network")

    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="confidential_parts")
    ground = models.CharField(_("why it is confidential"), max_length=16, choices=Ground)
    justification = models.TextField(_("what the public reads instead"), max_length=JUSTIFICATION_MAX_CHARS)
    passage = SealedTextField(_("confidential passage"), null=True, blank=True)
    attachment = SealedFileField(_("confidential attachment"), blank=True, details_field="attachment_details")
    attachment_details = SealedJSONField(null=True, blank=True)
    created = models.DateTimeField(default=timezone.now)

    objects = ConfidentialPartQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("confidential part")
        constraints = (
            models.CheckConstraint(
                condition=Q(passage__isnull=False) | ~Q(attachment=""), name="confidential_part_holds_something"
            ),
        )

    def __str__(self) -> str:
        return str(self.row_id)

    def get_absolute_url(self) -> str:
        record = self.handed_in_with
        return f"{record.get_absolute_url()}#confidential" if record is not None else ""

    def sealing_subject(self) -> Subject:
        return Subject("organisation", self.organisation.row_id)

    @property
    def has_passage(self) -> bool:
        return holds(self, "passage")

    @property
    def has_attachment(self) -> bool:
        return bool(self.attachment)

    @property
    def handed_in_with(self) -> Any:
        """The feedback or evaluation that it belongs to: a record of a later room."""
        for relation in self._meta.related_objects:
            found = getattr(self, relation.get_accessor_name() or "", None) if relation.one_to_one else None
            if found is not None:
                return found
        return None


@dataclass(frozen=True, repr=False)
class Confidential:
    """What somebody typed and chose under "Confidential". Not printed: it may stand in a traceback."""

    passage: str = ""
    attachment: UploadedFile[Any] | None = None
    ground: str = ""
    justification: str = ""

    @property
    def is_empty(self) -> bool:
        return not self.passage.strip() and self.attachment is None


NOTHING = Confidential()


@sensitive_variables()
def check_confidential(given: Confidential, organisation: Organisation | None) -> None:
    """Raises ``Invalid`` with the form field at fault. A justification without anything to justify is refused too:
    somebody believes to have handed something in."""
    if given.is_empty:
        if given.justification.strip():
            raise Invalid(_("Please write the confidential passage or choose the file."), field="confidential_passage")
        return
    if organisation is None:
        raise Invalid(_("Only an organisation hands in something confidential."), field="confidential_passage")
    if len(given.passage) > PASSAGE_MAX_CHARS:
        raise Invalid(
            _("Please shorten your text to %(limit)d characters.") % {"limit": PASSAGE_MAX_CHARS},
            field="confidential_passage",
        )
    if given.ground not in ConfidentialPart.Ground.values:
        raise Invalid(_("Please choose why this is confidential."), field="confidential_ground")
    if not given.justification.strip():
        raise Invalid(
            _("Please say in public why this is confidential, without telling the secret."),
            field="confidential_justification",
        )
    if len(given.justification.strip()) > JUSTIFICATION_MAX_CHARS:
        raise Invalid(
            _("Please shorten your text to %(limit)d characters.") % {"limit": JUSTIFICATION_MAX_CHARS},
            field="confidential_justification",
        )
