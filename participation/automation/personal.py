"""What this room holds: nothing about people, but who did what in office."""

from __future__ import annotations

from privacy.rights.registry import in_office, register

register(
    in_office(
        "participation.AutomationRule",
        "stopped_by",
        "stop_reason",
        not_personal="does options valid_from valid_until stopped_at looked_at",
    ),
    in_office("participation.AutomationRun", "asked_by", not_personal="rule started_at found done failed"),
    in_office(
        "participation.AutomationDeed",
        "decided_by",
        "reason",
        not_personal=(
            "rule run does cause state found department programme release task text text_en created "
            "decided_at result_url"
        ),
    ),
)
