"""What this room holds about people."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.rights.purposes import COUNTED, PUBLISHED
from privacy.rights.registry import Audience, Basis, Delete, Empty, Keep, PersonalData, Purpose, about, register

register(
    PersonalData(
        "participation.Feedback",
        _("Feedback you gave"),
        about("author", "organisation"),
        fields="body kind stakeholder_group attachment attachment_name is_anonymous status hidden_reason created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(Keep(PUBLISHED, of=Q(status="visible")), Empty("body", "attachment", "attachment_name")),
        withheld="client_id",
        not_personal=(
            "consultation accepted_at due_on extended_at extension_reason attachment_type attachment_sha256 "
            "line programme indicator task confidential merged_into"
        ),
    ),
    PersonalData(
        "participation.Feedback",
        _("What only moderators read of your feedback"),
        about("author"),
        fields="callback_phone sealed_passage",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="callbacks",
        since="created",
        on_erasure=Empty("callback_phone", "sealed_passage"),
        on_expiry=Empty("callback_phone"),
    ),
    PersonalData(
        "participation.Reaction",
        _("Your reactions to lines"),
        about("person"),
        fields="kind stakeholder_group changed",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Keep(COUNTED),
        not_personal="consultation line",
    ),
    PersonalData(
        "participation.Draft",
        _("What you have begun to write"),
        about("person"),
        fields="typed saved_at",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="drafts",
        since="saved_at",
        seen_by=Audience.SELF,
        on_erasure=Delete(),
        not_personal="consultation",
    ),
)
