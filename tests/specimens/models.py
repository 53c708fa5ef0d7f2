"""What the tests of ``privacy`` try sealed fields on."""

from __future__ import annotations

import uuid

from django.db import models
from modelcluster.fields import ParentalKey
from modelcluster.models import ClusterableModel
from wagtail.models import RevisionMixin

from privacy.history.records import History
from privacy.sealing.fields import SealedJSONField, SealedTextField
from privacy.sealing.files import SealedFileField
from privacy.sealing.index import BlindIndexField, organisation_code, phone_e164
from privacy.sealing.keys import Subject
from privacy.sealing.models import RowIdentity


class AboutSomebody(RowIdentity):
    """``about`` is the row id of the person whose data the row holds."""

    about = models.UUIDField(default=uuid.uuid4)

    class Meta:
        abstract = True

    def sealing_subject(self) -> Subject:
        return Subject("person", self.about)


class Statement(AboutSomebody):
    """Text, JSON and a file, with history."""

    title = models.CharField(max_length=100, blank=True)
    body = SealedTextField(null=True, blank=True)
    answers = SealedJSONField(null=True, blank=True)
    attachment = SealedFileField(blank=True, details_field="attachment_details")
    attachment_details = SealedJSONField(null=True, blank=True, editable=False)
    history = History()


class Notice(RevisionMixin, AboutSomebody, ClusterableModel):
    """Kept in Wagtail revisions, with rows of its own inside them."""

    title = models.CharField(max_length=100)
    contact = SealedTextField(null=True, blank=True)
    enclosure = SealedFileField(blank=True)


class Witness(AboutSomebody):
    notice = ParentalKey(Notice, on_delete=models.CASCADE, related_name="witnesses")
    phone = SealedTextField(null=True, blank=True)


class Dossier(AboutSomebody):
    """What text and JSON can be told to do."""

    title = models.CharField(max_length=50, default="")
    note = SealedTextField(null=True, blank=True, max_length=200)
    data = SealedJSONField(null=True, blank=True)
    standing = SealedTextField(null=True, pad_to=16)
    secret = SealedTextField(null=True, needs_reason=True)


class DossierPage(AboutSomebody):
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="pages")
    text = SealedTextField()


class Contact(AboutSomebody):
    """Values that are searched for: one index that allows no two, one that tells little."""

    phone = SealedTextField(null=True, blank=True)
    phone_index = BlindIndexField(source="phone", normalise=phone_e164, unique=True)
    code = SealedTextField(null=True)
    code_index = BlindIndexField(source="code", normalise=organisation_code, truncate_bits=2)
    history = History(in_log=False)
