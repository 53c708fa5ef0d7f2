"""Who asked to be erased and what came of it, and what keeps data from being erased."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from privacy.history.directory import directory
from privacy.history.records import History
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.models import RowIdentity


class ErasureQuerySet(models.QuerySet["Erasure"]):
    def visible_to(self, user: Any) -> ErasureQuerySet:
        """One's own, those of organisations that one owns, and all of them for whoever guards privacy."""
        if not user.is_authenticated:
            return self.none()
        if directory().may_guard_privacy(user):
            return self
        return self.filter(scope_ref__in=[owned.ref for owned in directory().subjects_of(user)])

    def open(self) -> ErasureQuerySet:
        return self.filter(state__in=Erasure.OPEN)

    def about(self, subject: Subject) -> ErasureQuerySet:
        return self.filter(scope_type=subject.scope_type, scope_ref=subject.ref)


class Erasure(RowIdentity):
    """That a person, or the owner of an organisation, asked for erasure. ``scope_ref`` is the row id of either.

    ``counts``: numbers of rows by what became of them. ``certificate`` is a signed note that names nobody.
    ``scrubbed_at``: since when the files of the database hold nothing of it either.
    """

    class State(models.TextChoices):
        COOLING = "cooling", _("Can be taken back")
        WAITING = "waiting", _("Waits for the end of a vote")
        HELD = "held", _("Under a legal hold")
        REFUSED = "refused", _("Refused")
        WITHDRAWN = "withdrawn", _("Taken back")
        DONE = "done", _("Erased")

    OPEN = (State.COOLING, State.WAITING, State.HELD)

    scope_type = models.CharField(_("whose data"), max_length=16, choices=Scope)
    scope_ref = models.UUIDField(db_index=True)
    asked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    due_at = models.DateTimeField(_("can be taken back until"))
    state = models.CharField(_("state"), max_length=12, choices=State, default=State.COOLING)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    basis = models.CharField(_("legal basis"), max_length=300, blank=True)
    reason = models.TextField(_("reason"), blank=True)
    done_at = models.DateTimeField(_("erased"), null=True, blank=True)
    counts = models.JSONField(default=dict)
    certificate = models.TextField(blank=True)
    scrubbed_at = models.DateTimeField(null=True, blank=True)

    objects = ErasureQuerySet.as_manager()
    history = History(excluded_fields=["counts", "certificate", "scrubbed_at"])

    class Meta:
        verbose_name = _("erasure")
        verbose_name_plural = _("erasures")
        ordering = ("due_at", "pk")
        constraints = (
            models.UniqueConstraint(
                fields=("scope_type", "scope_ref"),
                condition=Q(state__in=("cooling", "waiting", "held")),
                name="erasure_one_open",
            ),
            models.CheckConstraint(condition=~Q(state="refused") | ~Q(basis=""), name="erasure_refused_with_basis"),
            models.CheckConstraint(condition=~Q(state="done") | Q(done_at__isnull=False), name="erasure_done_at"),
        )

    def __str__(self) -> str:
        return f"E-{self.asked_at.year}-{self.pk:05d}"

    def get_absolute_url(self) -> str:
        return reverse("privacy:erasing:detail", args=[self.row_id])

    @property
    def subject(self) -> Subject:
        return Subject(self.scope_type, self.scope_ref)

    @property
    def is_open(self) -> bool:
        return self.state in self.OPEN


class LegalHoldQuerySet(models.QuerySet["LegalHold"]):
    def visible_to(self, user: Any) -> LegalHoldQuerySet:
        """Those who guard privacy. Whom it is about is told in the preview that there is one, and on which basis."""
        return self if user.is_authenticated and directory().may_guard_privacy(user) else self.none()

    def in_force(self) -> LegalHoldQuerySet:
        return self.filter(Q(until__isnull=True) | Q(until__gte=timezone.localdate()), lifted_at__isnull=True)


class LegalHold(RowIdentity):
    """Data that must not be erased for now: all of a subject, or one record (then all of whomever it is about).

    Sealed values share one key for each subject, so a single record cannot be kept while the rest is destroyed.
    """

    scope_type = models.CharField(_("whose data"), max_length=16, choices=Scope, blank=True)
    scope_ref = models.UUIDField(null=True, blank=True, db_index=True)
    record_label = models.CharField(max_length=100, blank=True)
    record_ref = models.UUIDField(_("record"), null=True, blank=True, db_index=True)
    basis = models.CharField(_("legal basis"), max_length=300)
    reason = models.TextField(_("reason"))
    placed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    placed_at = models.DateTimeField(_("placed"), default=timezone.now)
    until = models.DateField(_("ends"), null=True, blank=True)
    lifted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lift_reason = models.TextField(_("why it was lifted"), blank=True)

    objects = LegalHoldQuerySet.as_manager()
    history = History()

    class Meta:
        verbose_name = _("legal hold")
        verbose_name_plural = _("legal holds")
        ordering = ("-placed_at", "-pk")
        constraints = (
            models.CheckConstraint(
                condition=(~Q(scope_type="") & Q(scope_ref__isnull=False, record_ref__isnull=True))
                | Q(scope_type="", scope_ref__isnull=True, record_ref__isnull=False),
                name="legal_hold_on_one_thing",
            ),
            models.CheckConstraint(condition=~Q(basis="") & ~Q(reason=""), name="legal_hold_with_basis"),
        )

    def __str__(self) -> str:
        return f"H-{self.placed_at.year}-{self.pk:05d}"

    @property
    def is_in_force(self) -> bool:
        return self.lifted_at is None and (self.until is None or self.until >= timezone.localdate())

    @property
    def on(self) -> UUID | None:
        return self.scope_ref or self.record_ref
