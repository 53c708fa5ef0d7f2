"""An import that an editor works on, and mappings kept for the next time."""

from __future__ import annotations

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.files.storage import Storage, storages
from django.db import models
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cms.budget.models import Department, Release
from privacy.sealing.models import RowIdentity

if TYPE_CHECKING:
    from django.contrib.auth.models import AnonymousUser

    from participation.stakeholders.models import User


# A run that has given no sign of life for so long is taken for dead, and may be started again.
SILENT_AFTER = timedelta(minutes=2)
# While lines are written in one transaction, it cannot tell how far it is.
SILENT_WHILE_WRITING = timedelta(minutes=30)


def private_storage() -> Storage:
    return storages["attachments"]


def random_name(instance: models.Model, filename: str) -> str:
    """A name that says nothing about the file and cannot be guessed."""
    return f"{instance._meta.model_name}/{uuid.uuid4()}"


class DraftQuerySet(models.QuerySet["ImportDraft"]):
    def visible_to(self, user: User | AnonymousUser) -> DraftQuerySet:
        """Whoever uploaded it, the reviewers, who will be asked to publish it, and every editor while somebody other
        than the importer has to sign it off."""
        if not user.is_authenticated or not user.has_role("editor", "reviewer"):
            return self.none()
        if user.has_role("reviewer"):
            return self
        return self.filter(models.Q(owner=user) | models.Q(state=ImportDraft.State.IMPORTED))


class ImportDraft(RowIdentity):
    """One file on its way to a release. What is read of it is written only as a whole, by one transaction."""

    class State(models.TextChoices):
        UPLOADED = "uploaded", _("Uploaded")
        MAPPED = "mapped", pgettext_lazy("state of an import", "Columns chosen")
        REJECTED = "rejected", pgettext_lazy("state of an import", "Rows rejected")
        CHECKED = "checked", pgettext_lazy("state of an import", "Checked")
        IMPORTED = "imported", pgettext_lazy("state of an import", "Imported, not signed off")
        SIGNED_OFF = "signed_off", pgettext_lazy("state of an import", "Signed off")

    class Work(models.TextChoices):
        """What is being done in the background."""

        NONE = "", _("Nothing")
        CHECK = "check", _("Reading and checking")
        IMPORT = "import", _("Importing")

    owner = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("uploaded by"))
    file = models.FileField(storage=private_storage, upload_to=random_name)
    name = models.CharField(_("file"), max_length=255)
    size = models.PositiveBigIntegerField(_("size of the file"))
    sha256 = models.CharField(max_length=64)
    state = models.CharField(_("state"), max_length=16, choices=State, default=State.UPLOADED)
    # Keys of [file] that were changed by hand, and the whole mapping once it is complete.
    settings = models.JSONField(default=dict)
    mapping = models.JSONField(default=dict)
    report = models.JSONField(default=dict, help_text=_("what the last check found"))
    problems_file = models.FileField(storage=private_storage, upload_to=random_name, blank=True)
    release = models.ForeignKey(Release, models.PROTECT, null=True, blank=True, related_name="drafts")
    # Background work: ``attempt`` tells one run from the next, ``seen_at`` is when it last gave a sign of life.
    work = models.CharField(max_length=8, choices=Work, blank=True)
    attempt = models.PositiveIntegerField(default=0)
    progress = models.PositiveSmallIntegerField(default=0, help_text=_("per cent"))
    rows_done = models.PositiveIntegerField(default=0)
    is_writing = models.BooleanField(default=False)
    seen_at = models.DateTimeField(null=True, blank=True)
    failure = models.TextField(blank=True)
    created_at = models.DateTimeField(_("uploaded at"), auto_now_add=True)
    changed_at = models.DateTimeField(_("last changed"), auto_now=True)

    objects = DraftQuerySet.as_manager()

    class Meta:
        verbose_name = _("import")
        verbose_name_plural = _("imports")
        ordering = ("-changed_at", "-pk")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return reverse("budget_imports:draft", args=[self.row_id])

    @property
    def is_silent(self) -> bool:
        """Whether a run has been heard of no more: its process was ended, or the machine was."""
        limit = SILENT_WHILE_WRITING if self.is_writing else SILENT_AFTER
        return self.seen_at is None or timezone.now() - self.seen_at > limit

    @property
    def is_at_work(self) -> bool:
        return bool(self.work) and not self.is_silent


class ProfileQuerySet(models.QuerySet["MappingProfile"]):
    def visible_to(self, user: User | AnonymousUser) -> ProfileQuerySet:
        return self if user.is_authenticated and user.has_role("editor", "reviewer") else self.none()


class MappingProfile(RowIdentity):
    """A mapping that fits every file of one government or department. It says no year: that is asked each time."""

    name = models.CharField(_("name"), max_length=100)
    government = models.CharField(_("government"), max_length=200)
    department = models.ForeignKey(
        Department, models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("department")
    )
    mapping = models.JSONField(default=dict)
    saved_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    saved_at = models.DateTimeField(_("saved at"), auto_now=True)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("mapping")
        verbose_name_plural = _("mappings")
        ordering = ("government", "name")
        constraints = (models.UniqueConstraint(fields=("government", "name"), name="mapping_profile_once"),)

    def __str__(self) -> str:
        return self.name
