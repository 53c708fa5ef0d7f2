"""What this room holds about people."""

from __future__ import annotations

from django.utils.translation import gettext_lazy as _

from privacy.rights.purposes import COUNTED, PUBLISHED
from privacy.rights.registry import (
    Audience,
    Basis,
    Keep,
    PersonalData,
    Purpose,
    Shred,
    about,
    in_office,
    nothing_personal,
    register,
)

register(
    in_office(
        "participation.DecisionRoom",
        "opened_by",
        not_personal=(
            "consultation title title_en question question_en budget state rule charter charter_sha256 "
            "frozen_at created panel_commitment panel_secret panel_opened panel_drawn_at status "
            "decided_option reasons reasons_en review_on decided_at"
        ),
    ),
    nothing_personal("participation.DecisionRule", "parameters source source_en valid_from valid_until"),
    nothing_personal(
        "participation.PopulationPart",
        "government district district_en age_from age_to people source source_en valid_from valid_until",
    ),
    nothing_personal(
        "participation.DecisionOption",
        (
            "attachment attachment_name attachment_type attachment_sha256 room key title title_en text "
            "text_en cost legal_note benefit equity_reason households area area_en area_people based_on "
            "created withdrawn_at withdrawn_reason package"
        ),
    ),
    nothing_personal(
        "participation.DecisionMeasure",
        (
            "option number kind title title_en beneficiaries beneficiaries_en cost line department due_on "
            "evidence legal_form created"
        ),
    ),
    nothing_personal(
        "participation.DecisionCommitment",
        ("room measure text text_en beneficiaries beneficiaries_en evidence cost department due_on task created"),
    ),
    nothing_personal(
        "participation.DecisionRound",
        (
            "room number options opened_at ends_at extensions_used commitment secret opened_secret lot "
            "closed_at flagged_at version file file_sha256 whole_file whole_sha256 withheld words work "
            "progress fault result result_sha256 with_excluded counted_at"
        ),
    ),
    PersonalData(
        "participation.MinorityReport",
        _("Minority reports you handed in"),
        about("author", "organisation"),
        fields="text group indicator answer answered_at created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(PUBLISHED),
        not_personal="room objection",
    ),
    PersonalData(
        "participation.DecisionObjection",
        _("Objections you made"),
        about("person", "organisation"),
        fields="text harm part group state settlement created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(PUBLISHED),
        not_personal="room option is_protected with_ballot due_on legal legal_words integration_rounds",
    ),
    PersonalData(
        "participation.DecisionJuror",
        _("Juries you were drawn for"),
        about("person", "organisation"),
        fields="group rank created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.OFFICES,
        on_erasure=Keep(COUNTED),
        not_personal="room",
    ),
    PersonalData(
        "participation.ObjectionVote",
        _("Your votes on objections"),
        about("juror__person"),
        fields="hearing admits reason created",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        on_erasure=Keep(COUNTED),
        not_personal="objection",
    ),
    PersonalData(
        "participation.PetitionFinding",
        _("Your votes on petitions"),
        about("juror__person"),
        fields="finds reason created",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        on_erasure=Keep(COUNTED),
        not_personal="petition",
    ),
    PersonalData(
        "participation.DecisionPetition",
        _("Petitions you started"),
        about("started_by"),
        fields="text group integration created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(PUBLISHED),
        not_personal="room option of_area has_substance integration_rounds",
    ),
    PersonalData(
        "participation.PetitionSignature",
        _("Petitions you signed"),
        about("person"),
        fields="created",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Keep(COUNTED),
        not_personal="petition seat",
    ),
    PersonalData(
        "participation.DecisionSeat",
        _("Seats of the organisation in decisions"),
        about(organisation="organisation"),
        fields="group removed_at",
        purpose=Purpose.TAKING_PART,
        basis=Basis.SUPERVISION,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(COUNTED),
        not_personal="room votes_with",
    ),
    PersonalData(
        "participation.DecisionBallot",
        _("Your ballots in decisions"),
        about("person"),
        fields="content group first_cast_at cast_at",
        withheld="network device flags verdict",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Shred(),
        not_personal="round seat",
    ),
    in_office("participation.BallotJudgement", "auditor", "reason", not_personal="ballot counts created"),
)
