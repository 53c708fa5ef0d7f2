"""What this room holds: nothing about people, but who did what in office."""

from __future__ import annotations

from privacy.rights.registry import in_office, nothing_personal, register

register(
    in_office(
        "cms.StatisticsImport",
        "imported_by",
        not_personal="series government source published_on sha256 row_count imported_at",
    ),
    nothing_personal(
        "cms.DepartmentCell",
        (
            "release government fiscal_year department line_count proposed adopted adjusted committed "
            "executed function economic"
        ),
    ),
    nothing_personal("cms.Population", "government year persons entered_with"),
    nothing_personal("cms.PriceIndex", "government year previous_year_100 entered_with"),
    nothing_personal(
        "cms.ProgrammeCell",
        (
            "release government fiscal_year department line_count proposed adopted adjusted committed "
            "executed programme functional_code"
        ),
    ),
    nothing_personal("cms.Snapshot", "release name sha256 size line_count made_at"),
)
