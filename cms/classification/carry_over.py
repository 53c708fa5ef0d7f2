"""What was a flat list of codes becomes an edition that is valid in every year, for the migration that does it."""

from __future__ import annotations

from typing import Any

LABEL = "carried-over"


def carry_over_codes(apps: Any, schema_editor: Any) -> None:
    """``apps`` holds the models as they were. Codes without a name take themselves for one."""
    old = apps.get_model("cms", "ClassificationCode")
    version_model = apps.get_model("cms", "ClassificationVersion")
    entry_model = apps.get_model("cms", "ClassificationEntry")
    for scheme in old.objects.order_by().values_list("scheme", flat=True).distinct():
        rows = {row.code: row for row in old.objects.filter(scheme=scheme)}
        version = version_model.objects.create(scheme=scheme, label=LABEL, name=scheme, name_en=scheme)
        stored: dict[str, Any] = {}
        for code in sorted(rows, key=len):
            parent = next((stored[code[:n]] for n in range(len(code) - 1, 0, -1) if code[:n] in stored), None)
            stored[code] = entry_model.objects.create(
                version=version,
                parent=parent,
                level=parent.level + 1 if parent else 1,
                code=code,
                name=rows[code].name or code,
                name_en=rows[code].name_en,
            )
