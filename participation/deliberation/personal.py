"""What this room holds about people."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.rights.purposes import COUNTED, MODERATED, PUBLISHED
from privacy.rights.registry import (
    Audience,
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
        "participation.Conversation",
        "opened_by",
        not_personal="consultation title title_en purpose purpose_en created closed_at",
    ),
    PersonalData(
        "participation.Statement",
        _("Statements you made for opinion maps"),
        about("author", "organisation"),
        fields="body stakeholder_group status hidden_reason created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(Keep(PUBLISHED, of=Q(status="visible")), Empty("body")),
        not_personal=(
            "consultation accepted_at due_on extended_at extension_reason conversation number body_en is_seed is_meta"
        ),
    ),
    PersonalData(
        "participation.MapParticipant",
        _("Opinion maps you took part in"),
        about("person", "organisation"),
        fields="stakeholder_group",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Keep(COUNTED),
        not_personal="conversation number",
    ),
    PersonalData(
        "participation.MapVote",
        _("Your answers to statements"),
        about("participant__person"),
        fields="value cast_at",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Keep(COUNTED),
        not_personal="statement",
    ),
    PersonalData(
        "participation.MapBan",
        _("Opinion maps you were excluded from"),
        about("participant__person"),
        fields="reason banned_at",
        purpose=Purpose.MODERATION,
        basis=Basis.DUTY,
        retention="record",
        on_erasure=Keep(MODERATED),
    ),
    in_office("participation.MapBan", "banned_by"),
    in_office("participation.MapBanLifting", "lifted_by", "reason", not_personal="ban lifted_at"),
    nothing_personal(
        "participation.OpinionMap",
        (
            "conversation drawn_at is_final participants votes votes_sha256 result_sha256 statements result "
            "sides tallies memory"
        ),
    ),
)
