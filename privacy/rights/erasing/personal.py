"""What this room holds about people."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from privacy.rights.erasing.models import Erasure, LegalHold
from privacy.rights.registry import Audience, Basis, Empty, Keep, PersonalData, Purpose, Rows, in_office, register
from privacy.sealing.keys import Subject


def erasures_of(subject: Subject) -> QuerySet[Any]:
    return Erasure.objects.about(subject)


def holds_of(subject: Subject) -> QuerySet[Any]:
    return LegalHold.objects.filter(scope_type=subject.scope_type, scope_ref=subject.ref)


register(
    PersonalData(
        "privacy.Erasure",
        _("Erasures you asked for"),
        Rows(),
        found=erasures_of,
        fields="asked_at due_at state basis reason decided_at done_at",
        withheld="scope_ref asked_by",
        purpose=Purpose.RIGHTS,
        basis=Basis.DUTY,
        retention="record",
        seen_by=Audience.OFFICES,
        on_erasure=Empty("reason"),
        not_personal="scope_type counts certificate scrubbed_at",
    ),
    in_office("privacy.Erasure", "decided_by"),
    PersonalData(
        "privacy.LegalHold",
        _("Legal holds on your data"),
        Rows(),
        found=holds_of,
        fields="basis placed_at until lifted_at",
        withheld="scope_ref record_ref reason lift_reason",
        purpose=Purpose.RIGHTS,
        basis=Basis.DUTY,
        retention="record",
        seen_by=Audience.OFFICES,
        on_erasure=Keep(_("It shows why something was kept for longer; what it was about is gone.")),
        not_personal="scope_type record_label",
    ),
    in_office("privacy.LegalHold", "placed_by lifted_by"),
)
