"""What this room holds: nothing about people, but who did what in office."""

from __future__ import annotations

from privacy.rights.registry import in_office, nothing_personal, register

register(
    in_office(
        "participation.Consultation",
        "opened_by",
        not_personal=(
            "release department programme title title_en purpose purpose_en decided_by decided_by_en limits "
            "limits_en scope answer_within_days is_major short_reason short_reason_en look_within_hours "
            "required_level accredited_only outcome outcome_en outcome_links outcome_at created"
        ),
    ),
    nothing_personal("participation.Stage", "consultation kind starts_at ends_at"),
    nothing_personal("participation.WayIn", "consultation way group"),
    nothing_personal("participation.ClockStep", "consultation record_ref step due_on taken_at"),
)
