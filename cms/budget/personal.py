"""What this room holds: nothing about people, but who did what in office."""

from __future__ import annotations

from privacy.rights.registry import in_office, nothing_personal, register

register(
    in_office(
        "cms.Release",
        "imported_by signed_off_by",
        "sign_off_note",
        not_personal=(
            "government fiscal_year version currency phases source_name source_sha256 source_bytes mapping "
            "mapping_sha256 line_count check_row_count totals as_of approved_on imported_at signed_off_at "
            "published_at"
        ),
    ),
    in_office("cms.JurisdictionChange", "changed_by", "reason", not_personal="government before after changed_at"),
    in_office("cms.CheckOverride", "made_by", "reason", not_personal="finding created"),
    in_office(
        "cms.ImportDraft",
        "owner",
        "name",
        not_personal=(
            "file size sha256 state settings mapping report problems_file release work attempt progress "
            "rows_done is_writing seen_at failure created_at changed_at"
        ),
    ),
    in_office("cms.MappingProfile", "saved_by", not_personal="name government department mapping saved_at"),
    nothing_personal(
        "cms.CheckFinding",
        (
            "release department rule_id severity table table_row line left_amount right_amount detail "
            "fingerprint is_current found_at"
        ),
    ),
    nothing_personal("cms.CheckResult", "release department rule_id outcome compared reasons"),
    nothing_personal("cms.Department", "government code name name_en"),
    nothing_personal("cms.DisclosureTable", "release department kind position title unit columns note"),
    nothing_personal("cms.Government", "name name_en is_fictitious jurisdiction"),
    nothing_personal("cms.ImportProblem", "release row_number severity code message"),
    nothing_personal(
        "cms.Line",
        (
            "release row_number is_leaf department programme functional_code functional_name economic_code "
            "economic_name fund note proposed adopted adjusted committed executed"
        ),
    ),
    nothing_personal("cms.Programme", "department code name name_en"),
    nothing_personal("cms.TableRow", "table position source_row page side mark code label amounts"),
)
