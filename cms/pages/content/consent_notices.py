"""What people are asked to agree to, written and published by administrators in both languages.

Publishing makes a version that never changes, with its hash; see ``privacy.rights.consent``.
"""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

from django.contrib.contenttypes.fields import GenericRelation
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _
from wagtail.admin.panels import FieldPanel, MultiFieldPanel
from wagtail.models import DraftStateMixin, RevisionMixin

from privacy.history.actor import current_actor
from privacy.rights.consent.actions import publish_notice
from privacy.rights.consent.models import PARTS, ConsentPurpose

NOTICES = Path(__file__).parent / "data" / "consent_notices.toml"


class ConsentNotice(DraftStateMixin, RevisionMixin, models.Model):  # type: ignore[misc]
    """The notice for one purpose, as it is being written."""

    purpose = models.CharField(_("what for"), max_length=20, choices=ConsentPurpose, unique=True)
    title = models.CharField(_("what you agree to, in Chinese"), max_length=100)
    title_en = models.CharField(_("what you agree to, in English"), max_length=100)
    text = models.TextField(_("notice in Chinese"), max_length=4000)
    text_en = models.TextField(_("notice in English"), max_length=4000)
    categories = models.TextField(_("which data, in Chinese"), max_length=500)
    categories_en = models.TextField(_("which data, in English"), max_length=500)
    controller = models.CharField(_("who answers for it, in Chinese"), max_length=200)
    controller_en = models.CharField(_("who answers for it, in English"), max_length=200)
    recipients = models.TextField(_("who receives it, in Chinese"), max_length=500)
    recipients_en = models.TextField(_("who receives it, in English"), max_length=500)
    revisions = GenericRelation("wagtailcore.Revision", content_type_field="base_content_type", for_concrete_model=True)

    panels = (
        FieldPanel("purpose"),
        MultiFieldPanel([FieldPanel(part) for part in PARTS], heading=_("In Chinese")),
        MultiFieldPanel([FieldPanel(f"{part}_en") for part in PARTS], heading=_("In English")),
    )

    class Meta:
        verbose_name = _("notice for consent")
        verbose_name_plural = _("notices for consent")
        ordering = ("purpose",)

    def __str__(self) -> str:
        return str(self.get_purpose_display())

    def content(self) -> dict[str, str]:
        return {name: getattr(self, name) for part in PARTS for name in (part, f"{part}_en")}


def notice_went_live(sender: type[Any], instance: Any, **details: Any) -> None:
    if isinstance(instance, ConsentNotice) and instance.live:
        publish_notice(instance.purpose, instance.content(), acting_user=current_actor().user)


@transaction.atomic
def load_notices() -> int:
    """Publish the notices that come with the portal where there is none for their purpose. Returns how many."""
    there = set(ConsentNotice.objects.values_list("purpose", flat=True))
    new = [one for one in tomllib.loads(NOTICES.read_text("utf-8"))["notice"] if one["purpose"] not in there]
    for values in new:
        notice = ConsentNotice(**values, live=False)
        notice.save()
        notice.save_revision().publish()
    return len(new)
