"""What this room holds: nothing about people, but who did what in office."""

from __future__ import annotations

from privacy.rights.registry import in_office, nothing_personal, register

register(
    in_office("cms.ClassificationCorrection", "corrected_by", "reason", not_personal="entry before after corrected_at"),
    nothing_personal("cms.ClassificationEntry", "version parent level code name name_en meaning meaning_en basis"),
    nothing_personal("cms.ClassificationMatch", "entry scheme code closeness source"),
    nothing_personal(
        "cms.ClassificationVersion",
        "scheme label jurisdiction name name_en valid_from valid_until source content_sha256 loaded_at",
    ),
    nothing_personal(
        "cms.DepartmentAlias",
        "note note_en source declared_at withdrawn_at code name name_en valid_from valid_until department",
    ),
    nothing_personal(
        "cms.DepartmentMerger", "note note_en source declared_at withdrawn_at predecessor successor since"
    ),
    nothing_personal(
        "cms.ProgrammeAlias",
        ("note note_en source declared_at withdrawn_at code name name_en valid_from valid_until programme under"),
    ),
)
