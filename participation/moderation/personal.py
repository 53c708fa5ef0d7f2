"""What this room holds about people."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.rights.purposes import MODERATED
from privacy.rights.registry import (
    Basis,
    Empty,
    Keep,
    PersonalData,
    Purpose,
    about,
    in_office,
    nothing_personal,
    register,
)

register(
    in_office(
        "participation.Decision",
        "decided_by reviewed_by",
        "reason review_reason",
        not_personal="feedback evaluation message proposal statement photo deed rule decided_at review reviewed_at",
    ),
    PersonalData(
        "participation.Appeal",
        _("Your appeals against moderators"),
        about("author"),
        fields="words created outcome reason decided_at",
        purpose=Purpose.MODERATION,
        basis=Basis.CONSENT,
        retention="record",
        on_erasure=Keep(MODERATED),
        not_personal="decision",
    ),
    in_office("participation.Appeal", "decided_by"),
    PersonalData(
        "participation.Report",
        _("What you reported to moderators"),
        about("reporter"),
        fields="reason words created",
        purpose=Purpose.MODERATION,
        basis=Basis.CONSENT,
        retention="record",
        on_erasure=(Keep(MODERATED, of=Q(settled_by__isnull=False)), Empty("words")),
        not_personal="feedback evaluation message proposal statement photo settled_by",
    ),
    nothing_personal("participation.HouseRule", "number title title_en text text_en valid_from valid_until"),
)
