"""What this room holds: nothing about people, but who did what in office."""

from __future__ import annotations

from privacy.rights.registry import in_office, nothing_personal, register

register(
    in_office("cms.GoalApproval", "approved_by", "note", not_personal="programme_year approved_on"),
    in_office(
        "cms.GoalChange",
        "proposed_by decided_by",
        "reason decision_reason",
        not_personal="programme_year changes status proposed_at decided_at",
    ),
    in_office(
        "cms.SheetUpload",
        "uploaded_by",
        not_personal="programme fiscal_year name content sha256 uploaded_at confirmed_at",
    ),
    nothing_personal("cms.Goal", "programme_year text text_en outcome"),
    nothing_personal(
        "cms.Indicator",
        (
            "goal dimension category name name_en operator direction baseline target target_text actual "
            "actual_text level share unit weight stated_points evidence deviation_reason corrective_action"
        ),
    ),
    nothing_personal("cms.MonitoringReading", "record indicator actual level"),
    nothing_personal("cms.MonitoringRecord", "programme_year as_of executed note note_en correction correction_en"),
    nothing_personal(
        "cms.ProgrammeYear",
        (
            "programme fiscal_year scheme self_score currency initial full_year executed execution_points "
            "execution_reason problems_found problems_fixed problems_open goals_set_on tracked_on "
            "self_evaluated_on"
        ),
    ),
    nothing_personal("cms.SchemeBand", "scheme level name name_en lower upper"),
    nothing_personal("cms.SchemeGrade", "scheme code name name_en lower"),
    nothing_personal("cms.SchemeIndicator", "scheme code dimension name name_en weight evidence evidence_en"),
    nothing_personal("cms.SchemePace", "scheme month share"),
    nothing_personal("cms.SchemeWeight", "scheme dimension weight"),
    nothing_personal(
        "cms.ScoringScheme",
        (
            "code version kind name name_en jurisdiction source valid_from valid_until formula "
            "reverse_formula over_achievement reason_below alert_gap silent_after_days divergence_points"
        ),
    ),
)
