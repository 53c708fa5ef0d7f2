"""What this room holds about people."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.rights.purposes import PUBLISHED
from privacy.rights.registry import (
    Audience,
    Basis,
    Empty,
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
        "participation.Allocation",
        "opened_by close_asked_by closed_by",
        not_personal=(
            "consultation release department title title_en purpose purpose_en limits limits_en rule amount "
            "currency required_level ballot_kind points most_projects recommended utility completion stop "
            "proposals_from proposals_until voting_from voting_until created listed_at close_asked_at "
            "closed_at lot_commitment lot_secret lot_opened counted_at"
        ),
    ),
    nothing_personal(
        "participation.AllocationRule",
        "required_level recommended proposals_most comparison source source_en valid_from valid_until",
    ),
    PersonalData(
        "participation.AllocationBallot",
        _("Your ballots on projects"),
        about("voter"),
        fields="choices cast_at times_cast",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Shred(),
        not_personal="allocation",
    ),
    nothing_personal("participation.FrozenBallots", "allocation text sha256 ballots erased created"),
    PersonalData(
        "participation.ProjectProposal",
        _("Projects you proposed"),
        about("author"),
        fields="title description place category estimate attachment attachment_name status withdrawal_reason created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(
            Keep(PUBLISHED, of=Q(status="visible")),
            Empty("title", "description", "place", "attachment", "attachment_name"),
        ),
        not_personal=(
            "attachment_type attachment_sha256 allocation number department step cost hidden_reason "
            "withdrawn_at archived_votes changed_at"
        ),
    ),
    in_office(
        "participation.FeasibilityReview",
        "reviewed_by",
        "reason",
        not_personal="proposal department is_feasible cost created replied_at",
    ),
    PersonalData(
        "participation.FeasibilityReview",
        _("Projects you proposed"),
        about("proposal__author"),
        fields="reply",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(Keep(PUBLISHED, of=Q(proposal__status="visible")), Empty("reply")),
    ),
    nothing_personal(
        "participation.AllocationResult", "allocation state progress problem figures sha256 created finished_at"
    ),
    nothing_personal("participation.ProjectResult", "result proposal how place votes account programme task"),
    nothing_personal(
        "participation.FileCount", "text lot sha256 utility completion stop state progress problem found created"
    ),
)
