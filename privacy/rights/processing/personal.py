"""Who keeps the record of processing."""

from __future__ import annotations

from privacy.rights.registry import in_office, register

register(
    in_office(
        "privacy.ProcessingDetails",
        "changed_by",
        not_personal="activity controller contact recipients abroad security automated notes version changed_at",
    ),
    in_office("privacy.ProcessingRecord", "fixed_by", not_personal="number content sha256 fixed_at keep_until"),
    in_office(
        "privacy.ImpactAssessment",
        "written_by approved_by",
        not_personal="activity version state grounds necessity risks risk measures written_at approved_at keep_until",
    ),
)
