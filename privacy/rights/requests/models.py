"""What people ask about their own data, by when they have to be answered, and what they were told."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.history.directory import directory
from privacy.history.records import History
from privacy.rights.requests.states import OPEN, State
from privacy.sealing.fields import SealedTextField
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.models import RowIdentity


class DataRequestQuerySet(models.QuerySet["DataRequest"]):
    def visible_to(self, user: Any) -> DataRequestQuerySet:
        """One's own, those for organisations that one owns, and all of them for whoever guards privacy."""
        if not user.is_authenticated:
            return self.none()
        if directory().may_guard_privacy(user):
            return self
        return self.filter(subject_ref__in=[owned.ref for owned in directory().subjects_of(user)])

    def open(self) -> DataRequestQuerySet:
        return self.filter(state__in=OPEN)

    def by_due(self) -> DataRequestQuerySet:
        """What is due first comes first; what waits for proof of identity has no day yet and comes last."""
        return self.order_by(F("due_at").asc(nulls_last=True), "received_at", "pk")


class DataRequest(RowIdentity):
    """One request. ``subject_ref`` is the row id of the person or organisation whose data it is about; null until
    somebody without an account has proven who they are. ``due_at`` stands once that is done.

    ``words``, ``answer`` and how to reach somebody without an account are sealed for the subject; of somebody without
    an account for the request itself, so that each can be erased alone.
    """

    class Kind(models.TextChoices):
        COPY = "copy", _("A copy of my data")
        CORRECTION = "correction", _("Correct something")
        ERASURE = "erasure", _("Erase something")
        RESTRICTION = "restriction", _("Stop using something for now")
        OBJECTION = "objection", _("I object to a use of my data")
        EXPLANATION = "explanation", _("Explain a decision that a program made")
        COMPLAINT = "complaint", _("A complaint about how my data is handled")

    class Identity(models.TextChoices):
        NONE = "", _("not proven yet")
        SIGNED_IN = "signed_in", _("signed in, and the password or key entered again")
        PAPERS = "papers", _("an identity document was shown")
        KNOWN = "known", _("what they know was compared with what is held")
        AUTHORITY = "authority", _("papers show that they act for somebody else")

    State = State

    kind = models.CharField(_("what is asked for"), max_length=12, choices=Kind)
    state = models.CharField(_("state"), max_length=10, choices=State, default=State.IDENTITY)
    subject_type = models.CharField(_("whose data"), max_length=16, choices=Scope, default=Scope.PERSON)
    subject_ref = models.UUIDField(null=True, blank=True, db_index=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    language = models.CharField(_("language"), max_length=10)
    jurisdiction = models.CharField(_("whose law"), max_length=20)
    words = SealedTextField(_("what was asked, in their own words"))
    contact_name = SealedTextField(_("name"), null=True, blank=True)
    contact_email = SealedTextField(_("e-mail address"), null=True, blank=True)
    email_confirmed_at = models.DateTimeField(_("e-mail address confirmed"), null=True, blank=True)
    identity = models.CharField(_("identity"), max_length=10, choices=Identity, default=Identity.NONE, blank=True)
    identity_at = models.DateTimeField(_("identity proven"), null=True, blank=True)
    identity_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")
    received_at = models.DateTimeField(_("received"), default=timezone.now)
    due_at = models.DateTimeField(_("answer due"), null=True, blank=True)
    extended_at = models.DateTimeField(_("time extended"), null=True, blank=True)
    extension_reason = SealedTextField(_("why it takes longer"), null=True, blank=True)
    answer = SealedTextField(_("answer"), null=True, blank=True)
    refusal_ground = models.CharField(_("ground of the refusal"), max_length=40, blank=True)
    refusal_basis = models.CharField(_("legal basis of the refusal"), max_length=300, blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    handled_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, blank=True, related_name="+")

    objects = DataRequestQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("request about own data")
        verbose_name_plural = _("requests about own data")
        ordering = ("-received_at", "-pk")
        indexes = (models.Index(fields=("due_at",), condition=Q(state="open"), name="data_request_due"),)
        constraints = (
            models.CheckConstraint(
                condition=~Q(state="refused") | (~Q(refusal_basis="") & Q(answer__isnull=False)),
                name="data_request_refused_with_basis",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("open", "answered")) | ~Q(identity=""),
                name="data_request_open_is_proven",
            ),
            models.CheckConstraint(
                condition=Q(extended_at__isnull=True) | Q(extension_reason__isnull=False),
                name="data_request_extended_with_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.reference}"

    def get_absolute_url(self) -> str:
        return reverse("privacy:requests:mine", args=[self.row_id])

    @property
    def reference(self) -> str:
        """Short enough to be read out on the telephone."""
        return self.row_id.hex[:8].upper()

    def sealing_subject(self) -> Subject:
        if self.asked_by_id is None or self.subject_ref is None:
            return Subject(Scope.PERSON.value, self.row_id)
        return Subject(self.subject_type, self.subject_ref)

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_late(self) -> bool:
        return self.is_open and self.due_at is not None and self.due_at < timezone.now()
