"""What is held about those who asked for their rights."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from privacy.rights.registry import Basis, PersonalData, Purpose, Rows, Shred, in_office, register
from privacy.rights.requests.models import DataRequest
from privacy.sealing.keys import Subject


def requests_of(subject: Subject) -> QuerySet[Any]:
    return DataRequest.objects.filter(subject_type=subject.scope_type, subject_ref=subject.ref)


register(
    PersonalData(
        "privacy.DataRequest",
        _("What you asked for about your data"),
        Rows(),
        found=requests_of,
        fields="kind state received_at due_at words extension_reason answer refusal_basis closed_at "
        "contact_name contact_email identity identity_at",
        withheld="subject_ref asked_by",
        not_personal="subject_type language jurisdiction email_confirmed_at extended_at refusal_ground",
        purpose=Purpose.RIGHTS,
        basis=Basis.DUTY,
        retention="requests",
        on_erasure=Shred(),
    ),
    in_office("privacy.DataRequest", "identity_by handled_by"),
)
