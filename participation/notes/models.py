"""Moderators' private notes on what somebody said. Sealed for the author of what was said: erasing that person's data
erases the notes about them as well."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.discussion.models import Event
from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.moderation.models import KINDS, Item, about_one_item
from participation.stakeholders.models import Role
from privacy.history.records import History
from privacy.sealing.fields import SealedTextField
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User

Noted = Item


class NoteQuerySet(models.QuerySet["ModeratorNote"]):
    def visible_to(self, user: User | AnonymousUser) -> NoteQuerySet:
        """Moderators, but for notes about themselves. Nobody else: not the author, not an auditor."""
        if not user.is_authenticated or not user.has_role(Role.MODERATOR):
            return self.none()
        return self.exclude(about=user)


class ModeratorNote(RowIdentity):
    """A note on one thing that somebody said. ``about`` is the author of that."""

    feedback = models.ForeignKey(Feedback, models.PROTECT, null=True, related_name="notes")
    evaluation = models.ForeignKey(Evaluation, models.PROTECT, null=True, related_name="notes")
    message = models.ForeignKey(Event, models.PROTECT, null=True, related_name="notes")
    proposal = models.ForeignKey("participation.ProjectProposal", models.PROTECT, null=True, related_name="notes")
    statement = models.ForeignKey("participation.Statement", models.PROTECT, null=True, related_name="notes")
    photo = models.ForeignKey("participation.PlacePhoto", models.PROTECT, null=True, related_name="notes")
    about = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="notes_about")
    text = SealedTextField(_("note"), null=True, blank=True)
    written_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    created = models.DateTimeField(default=timezone.now)
    removed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    removed_at = models.DateTimeField(null=True, blank=True)
    removal_reason = SealedTextField(_("why it was removed"), null=True, blank=True)

    objects = NoteQuerySet.as_manager()
    history = History()

    class Meta:
        ordering = ("created", "pk")
        constraints = (
            about_one_item("moderator_note_on_one_thing"),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True, removed_by__isnull=True)
                | Q(removed_at__isnull=False, removed_by__isnull=False),
                name="moderator_note_removed_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return str(self.row_id)

    def sealing_subject(self) -> Subject:
        return Subject(Scope.PERSON, self.about.row_id)

    @property
    def noted(self) -> Noted:
        return getattr(self, next(kind for kind in KINDS if getattr(self, f"{kind}_id") is not None))
