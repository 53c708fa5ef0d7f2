"""What is held about those who agreed to something."""

from __future__ import annotations

from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext_lazy as _

from privacy.rights.consent.models import Consent
from privacy.rights.registry import Audience, Basis, Keep, PersonalData, Purpose, Rows, nothing_personal, register
from privacy.sealing.keys import Scope, Subject


def consents_of(subject: Subject) -> QuerySet[Any]:
    found: QuerySet[Any] = Consent.objects.all()
    return found.of(subject.ref) if subject.scope_type == Scope.PERSON else found.none()  # type: ignore[attr-defined]


register(
    PersonalData(
        "privacy.Consent",
        _("What you agreed to"),
        Rows(),
        found=consents_of,
        fields="purpose state method language created",
        withheld="person_ref",
        not_personal="notice notice_sha256",
        purpose=Purpose.RIGHTS,
        basis=Basis.DUTY,
        retention="consents",
        seen_by=Audience.SELF,
        on_erasure=Keep(_("It has to be shown that you were asked; it holds nothing but a reference.")),
    ),
    nothing_personal("privacy.NoticeVersion", "purpose version content sha256 published_at"),
    nothing_personal(
        "privacy.LegalRule", "jurisdiction kind amount unit basis basis_en origin url valid_from valid_until"
    ),
)
