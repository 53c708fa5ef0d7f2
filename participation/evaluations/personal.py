"""What this room holds about people."""

from __future__ import annotations

from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from privacy.rights.purposes import COUNTED, PUBLISHED
from privacy.rights.registry import (
    Audience,
    Basis,
    Empty,
    Keep,
    PersonalData,
    Purpose,
    about,
    in_office,
    register,
)

register(
    PersonalData(
        "participation.Evaluation",
        _("Evaluations you wrote"),
        about("author", "organisation"),
        fields="reasoning score stakeholder_group attachment attachment_name status hidden_reason created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(Keep(PUBLISHED, of=Q(status="visible")), Empty("reasoning", "attachment", "attachment_name")),
        not_personal=(
            "consultation accepted_at due_on extended_at extension_reason attachment_type attachment_sha256 "
            "programme confidential"
        ),
    ),
    PersonalData(
        "participation.EvaluationVersion",
        _("Versions of evaluations that you published"),
        about("published_by evaluation__author", "evaluation__organisation"),
        fields="number score content reason created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(Keep(PUBLISHED, of=Q(evaluation__status="visible")), Empty("content", "reason")),
        not_personal="evaluation content_sha256",
    ),
    PersonalData(
        "participation.EvaluationFinding",
        _("Evaluations you wrote"),
        about("evaluation__author", "evaluation__organisation"),
        fields="title explanation severity recommendation created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(
            Keep(PUBLISHED, of=Q(evaluation__status="visible")),
            Empty("title", "explanation", "recommendation"),
        ),
        not_personal="evaluation programme line position reply_stance reply replied_at dropped_in",
    ),
    in_office(
        "participation.EvaluationCall",
        "opened_by",
        not_personal=(
            "consultation department scheme title title_en mode eligibility accredited_only places apply_by "
            "due_on paid_by reason_below reason_above outlier_points created programmes"
        ),
    ),
    PersonalData(
        "participation.EvaluatorSeat",
        _("Evaluations that the organisation took on"),
        about("lead", "organisation"),
        fields="status statement reason created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.SUPERVISION,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(PUBLISHED),
        not_personal="call",
    ),
    PersonalData(
        "participation.EvaluationAuthor",
        _("Evaluations that you undertook to write"),
        about("person"),
        fields="interest status reason undertook_at",
        purpose=Purpose.TAKING_PART,
        basis=Basis.SUPERVISION,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=Keep(PUBLISHED),
        not_personal="seat confidential",
    ),
    in_office(
        "participation.Reevaluation",
        "announced_by",
        not_personal="fiscal_year count reason commitment secret opened_secret pool created drawn_at drawn",
    ),
    in_office(
        "participation.OfficialScore",
        "recorded_by",
        not_personal="programme fiscal_year kind score summary reevaluation created",
    ),
    PersonalData(
        "participation.PublicScore",
        _("Scores you gave"),
        about("person"),
        fields="points stakeholder_group changed",
        purpose=Purpose.COUNTING,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.NUMBERS,
        on_erasure=Keep(COUNTED),
        not_personal="consultation programme",
    ),
    in_office(
        "participation.EvaluationReport",
        "checked_by",
        not_personal=(
            "seat programme status revision version correction_reason faults submitted_at reply_due_on "
            "evaluation created"
        ),
    ),
    PersonalData(
        "participation.EvaluationReport",
        _("Evaluations you wrote"),
        about("evaluation__author", "evaluation__organisation"),
        # What was published of it is shown as a version.
        withheld="draft",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        on_erasure=(Keep(PUBLISHED, of=Q(evaluation__status="visible")), Empty("draft")),
    ),
    PersonalData(
        "participation.EvaluationEvidence",
        _("Evidence that you added to evaluations"),
        about("added_by"),
        fields="attachment attachment_name title created",
        purpose=Purpose.TAKING_PART,
        basis=Basis.CONSENT,
        retention="record",
        seen_by=Audience.PUBLIC,
        on_erasure=(
            Empty("attachment", "attachment_name", "title", of=Q(report__evaluation__status__in=("hidden", "held"))),
            Keep(PUBLISHED),
        ),
        not_personal="attachment_type attachment_sha256 report confidential",
    ),
    in_office(
        "participation.FindingReply", "written_by", "text stance", not_personal="report version finding_ref created"
    ),
)
