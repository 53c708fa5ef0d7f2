"""What this room holds about people."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.rights.purposes import COUNTED, PUBLISHED
from privacy.rights.registry import (
    Audience,
    Basis,
    Delete,
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
        "participation.Award",
        "opened_by decided_by",
        not_personal=(
            "year title title_en nominations_until voting_until jury_percent min_closing_percent "
            "min_verified_percent max_response_days min_score_gain created decided_as decided_at "
            "appeals_until result"
        ),
    ),
    PersonalData(
        "participation.Nomination",
        _("Nominations you made"),
        about("author", "organisation"),
        fields="reason stakeholder_group status refusal created",
        purpose=Purpose.RECOGNITION,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(Keep(PUBLISHED, of=Q(status="admitted")), Empty("reason")),
        not_personal="award task facts is_eligible",
    ),
    in_office("participation.Nomination", "looked_at_by"),
    in_office(
        "participation.Juror", "person named_by", "standing standing_en", not_personal="award named_at declared_at"
    ),
    PersonalData(
        "participation.JuryOpinion",
        _("Your opinions as a juror"),
        about("juror__person"),
        fields="has_conflict score reason given_at",
        purpose=Purpose.RECOGNITION,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(PUBLISHED),
        not_personal="nomination",
    ),
    PersonalData(
        "participation.AwardBallot",
        _("Your votes for awards"),
        about("person"),
        fields="group nominations cast_at",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Keep(COUNTED),
        not_personal="award",
    ),
    nothing_personal("participation.Commendation", "nomination place reasons reasons_en decided_at withdrawn_at"),
    PersonalData(
        "participation.AwardAppeal",
        _("Your appeals against awards"),
        about("author"),
        fields="words created outcome reason decided_at",
        purpose=Purpose.RECOGNITION,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(PUBLISHED),
        not_personal="commendation",
    ),
    in_office("participation.AwardAppeal", "decided_by"),
    PersonalData(
        "participation.OptIn",
        _("What others may see of your badges"),
        about("person"),
        fields="shows given_at",
        purpose=Purpose.RECOGNITION,
        basis=Basis.CONSENT,
        retention="account",
        seen_by=Audience.PUBLIC,
        on_erasure=Delete(),
    ),
)
