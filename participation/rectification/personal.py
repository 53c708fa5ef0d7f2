"""What this room holds about people."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.rights.purposes import COUNTED, PUBLISHED
from privacy.rights.registry import (
    Audience,
    Basis,
    Delete,
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
        "participation.Finding",
        "recorded_by",
        not_personal=(
            "source source_name source_url cause answer evaluation_finding programme line severity text "
            "recommendation version created"
        ),
    ),
    in_office(
        "participation.RectificationTask",
        "officer supervisor opened_by",
        not_personal=(
            "finding parent weight department title title_en indicator indicator_target money working_days "
            "due_on external_id status created assigned_at verified_at closed_at co_departments"
        ),
    ),
    nothing_personal("participation.WantedEvidence", "task text weight"),
    in_office(
        "participation.ProgressReport",
        "posted_by",
        "text attachment attachment_name",
        not_personal="attachment_type attachment_sha256 task proves done_percent created",
    ),
    in_office("participation.Verification", "checked_by", "reason", not_personal="task side outcome created"),
    in_office(
        "participation.BudgetLinkage",
        "linked_by",
        "reason",
        not_personal="task fiscal_year decision ratio grade score rule line created",
    ),
    in_office(
        "participation.Extension",
        "asked_by decided_by",
        "reason decision_reason",
        not_personal="task status due_before working_days created decided_at",
    ),
    in_office("participation.Instruction", "given_by", "text", not_personal="task created"),
    in_office(
        "participation.TaskStep", "officer by", "reason", not_personal="task kind before after department created"
    ),
    in_office(
        "participation.Consequence",
        "proposed_by decided_by appealed_by settled_by",
        not_personal=(
            "task kind status department measure reason created decided_at appeal_until appeal appealed_at "
            "settled_at settled_reason"
        ),
    ),
    nothing_personal(
        "participation.EscalationRung",
        "jurisdiction rule_id basis threshold deed source source_en valid_from valid_until",
    ),
    nothing_personal("participation.EscalationStep", "task rung due_on created"),
    in_office(
        "participation.Panel",
        "called_by",
        not_personal=(
            "task seats commitment secret opened_secret volunteers_until votes_until created drawn_at "
            "ended_at verification"
        ),
    ),
    PersonalData(
        "participation.PanelMember",
        _("Citizens' panels you were a member of"),
        about("person"),
        fields="place vote reason created voted_at left_at",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Keep(COUNTED),
        not_personal="panel",
    ),
    PersonalData(
        "participation.PlacePhoto",
        _("Photographs you handed in"),
        about("author"),
        fields="attachment attachment_name caption status reason created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(Keep(PUBLISHED, of=Q(status="shown")), Delete()),
        not_personal="attachment_type attachment_sha256 task rule decided_at",
    ),
    in_office("participation.PlacePhoto", "decided_by"),
    in_office(
        "participation.RecommendationQuestion",
        "asked_by answered_by",
        "question answer",
        not_personal="task department created due_on answered_at version before clarified",
    ),
    nothing_personal(
        "participation.LinkageRule",
        "jurisdiction grade decision ratio text text_en source source_en valid_from valid_until",
    ),
)
