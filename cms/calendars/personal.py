"""What this room holds: nothing about people, but who did what in office."""

from __future__ import annotations

from privacy.rights.registry import in_office, nothing_personal, register

register(
    in_office("cms.CalendarChange", "changed_by", "reason", not_personal="calendar days changed_at"),
    nothing_personal("cms.CalendarDay", "jurisdiction date is_workday note"),
    nothing_personal("cms.CalendarYear", "jurisdiction year is_complete source"),
    nothing_personal(
        "cms.StatutoryClock",
        (
            "jurisdiction rule_id name name_en starts_with starts_with_en kind days month day law law_en "
            "article valid_from valid_until"
        ),
    ),
)
