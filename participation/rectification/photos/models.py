"""Photos of the real place that citizens attach to an open task. They are moderated as whatever else is said."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from participation.attachments import AttachmentFields
from participation.consultations.models import Consultation
from participation.moderation.models import HouseRule
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import StakeholderGroup
from privacy.history.records import History
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


class PlacePhotoQuerySet(models.QuerySet["PlacePhoto"]):
    def visible_to(self, user: User | AnonymousUser) -> PlacePhotoQuerySet:
        """Shown ones are as public as their task; authors see their own, moderators and auditors all."""
        found = self.filter(task__in=RectificationTask.objects.visible_to(user))
        if not user.is_authenticated:
            return found.filter(status=PlacePhoto.Status.SHOWN)
        if user.has_role("moderator", "auditor"):
            return found
        return found.filter(Q(status=PlacePhoto.Status.SHOWN) | Q(author=user.pk))


class PlacePhoto(AttachmentFields, RowIdentity):
    """A picture without its metadata, shown once a moderator has looked at it."""

    class Status(models.TextChoices):
        HELD = "held", _("Waiting for a moderator")
        SHOWN = "shown", _("Public")
        REFUSED = "refused", _("Not shown")

    task = models.ForeignKey(RectificationTask, models.PROTECT, related_name="photos")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    caption = models.CharField(_("what it shows, where and when"), max_length=300)
    status = models.CharField(_("status"), max_length=8, choices=Status, default=Status.HELD)
    rule = models.ForeignKey(HouseRule, models.PROTECT, null=True, blank=True, related_name="+")
    reason = models.TextField(_("reason"), max_length=1000, blank=True)
    decided_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    decided_at = models.DateTimeField(null=True)
    created = models.DateTimeField(default=timezone.now)

    objects = PlacePhotoQuerySet.as_manager()
    history = History(public_fields=("status", "caption", "reason"))
    public_texts = ("caption",)

    class Meta:
        verbose_name = _("photo of the place")
        verbose_name_plural = _("photos of the place")
        ordering = ("created", "pk")
        constraints = (
            models.CheckConstraint(
                condition=~Q(status="refused") | (Q(rule__isnull=False) & ~Q(reason="")), name="photo_refused_by_a_rule"
            ),
        )

    def __str__(self) -> str:
        return f"{self.task}: {self.caption[:60]}"

    def get_absolute_url(self) -> str:
        return f"{self.task.get_absolute_url()}#photos"

    @property
    def reference(self) -> str:
        return f"P-{self.created.year}-{self.pk:05d}"

    @property
    def picture_url(self) -> str:
        return reverse("participation:rectification:photo", args=[self.row_id])

    # As moderation knows whatever was said (see ``moderation.items``). A photo is handed in by a person, not by a side.

    organisation = None
    stakeholder_group = StakeholderGroup.CITIZEN

    @property
    def is_held(self) -> bool:
        return self.status == self.Status.HELD

    @property
    def is_hidden(self) -> bool:
        return self.status == self.Status.REFUSED

    @property
    def hidden_reason(self) -> str:
        return self.reason

    @property
    def consultation(self) -> Consultation | None:
        return self.task.consultation

    @property
    def public_name(self) -> str:
        return self.author.display_name

    def sealing_subject(self) -> Subject:
        return self.author.sealing_subject()
