"""What people are asked to agree to, and who agreed, declined or took the agreement back. Only ever added to."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from privacy.log.models import AppendOnlyModel, AppendOnlyQuerySet
from privacy.sealing.keys import Scope, Subject
from privacy.sealing.models import RowIdentity


class ConsentPurpose(models.TextChoices):
    """What is asked for separately (单独同意), each with a notice of its own. A closed vocabulary: never renamed."""

    PUBLISH_NAME = "publish_name", _("Publishing my name")
    THIRD_PARTY = "third_party", _("Passing my data on to a third party")
    NOTIFICATIONS = "notifications", _("E-mails about what I follow")


# What a notice says, each in Chinese and in English ("..._en").
PARTS = ("title", "text", "categories", "controller", "recipients")


class NoticeVersionQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: Any) -> NoticeVersionQuerySet:
        """What people are asked to agree to is for everybody to read, old versions too."""
        return self.all()

    def current(self, purpose: str) -> NoticeVersion | None:
        found: NoticeVersion | None = self.filter(purpose=purpose).order_by("-version").first()
        return found

    def all_current(self) -> list[NoticeVersion]:
        """The newest version of each purpose that has one, in the order of the purposes; one query."""
        newest = {one.purpose: one for one in self.order_by("version")}
        return [newest[purpose] for purpose in ConsentPurpose.values if purpose in newest]


class NoticeVersion(RowIdentity, AppendOnlyModel):
    """The text of one notice as it was published, in both languages. ``sha256`` is that of the canonical ``content``,
    which holds ``PARTS`` and their English."""

    purpose = models.CharField(_("what for"), max_length=20, choices=ConsentPurpose)
    version = models.PositiveIntegerField(_("version"))
    content = models.JSONField(_("text"))
    sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    published_at = models.DateTimeField(_("published"), default=timezone.now)

    objects: ClassVar[Any] = NoticeVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of a notice for consent")
        verbose_name_plural = _("versions of notices for consent")
        ordering = ("purpose", "-version")
        constraints = (models.UniqueConstraint(fields=("purpose", "version"), name="notice_version_once"),)

    def __str__(self) -> str:
        return f"{self.get_purpose_display()} {self.version}"

    def get_absolute_url(self) -> str:
        return reverse("privacy:consent:notice", args=[self.purpose, self.version])

    def said(self, language: str | None = None) -> dict[str, str]:
        """The parts in a language; in Chinese where there is no other."""
        suffix = "" if (language or get_language() or "").startswith("zh") else "_en"
        return {part: self.content.get(f"{part}{suffix}") or self.content[part] for part in PARTS}


class ConsentQuerySet(AppendOnlyQuerySet):
    def visible_to(self, user: Any) -> ConsentQuerySet:
        """What somebody agreed to is theirs to read."""
        return self.filter(person_ref=user.row_id) if user.is_authenticated else self.none()

    def of(self, person_ref: UUID) -> ConsentQuerySet:
        return self.filter(person_ref=person_ref)


class Consent(RowIdentity, AppendOnlyModel):
    """One act of one person: agreed to a notice, declined it, or took the agreement back.

    ``person_ref`` is the row id of the person. Which categories, controller and recipients were agreed to stands in the
    version of the notice; ``notice_sha256`` repeats its hash, which the leaf and the receipt tell.
    """

    class State(models.TextChoices):
        GIVEN = "given", pgettext_lazy("consent", "Agreed")
        DECLINED = "declined", pgettext_lazy("consent", "Declined")
        WITHDRAWN = "withdrawn", pgettext_lazy("consent", "Taken back")

    class Method(models.TextChoices):
        SIGN_UP = "sign_up", _("when signing up")
        PAGE = "page", _("on the page of agreements")
        MAIL_LINK = "mail_link", _("by the link in an e-mail")

    person_ref = models.UUIDField(db_index=True)
    notice = models.ForeignKey(NoticeVersion, models.PROTECT, related_name="consents", verbose_name=_("notice"))
    purpose = models.CharField(_("what for"), max_length=20, choices=ConsentPurpose)
    notice_sha256 = models.CharField(_("SHA-256 of the text"), max_length=64)
    state = models.CharField(_("state"), max_length=10, choices=State)
    method = models.CharField(_("how"), max_length=10, choices=Method)
    language = models.CharField(_("language"), max_length=10)
    created = models.DateTimeField(_("when"), default=timezone.now)

    objects: ClassVar[Any] = ConsentQuerySet.as_manager()

    class Meta:
        verbose_name = _("agreement")
        verbose_name_plural = _("agreements")
        ordering = ("-created", "-pk")
        indexes = (models.Index(fields=("person_ref", "purpose", "-created"), name="consent_of_person"),)
        constraints = (models.CheckConstraint(condition=~Q(notice_sha256=""), name="consent_names_its_text"),)

    def __str__(self) -> str:
        return f"{self.purpose} {self.state}"

    def sealing_subject(self) -> Subject:
        return Subject(Scope.PERSON.value, self.person_ref)
