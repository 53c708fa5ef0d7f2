"""What governments were read by before they said so, for the migration that writes it down."""

from __future__ import annotations

from typing import Any

# As it was then: the country that issues the currency of the newest budget.
ISSUED_BY = {"CNY": "CN"}


def write_down(apps: Any, schema_editor: Any) -> None:
    """``apps`` holds the models as they were. What somebody said already stays."""
    releases = apps.get_model("cms", "Release").objects
    for government in apps.get_model("cms", "Government").objects.filter(jurisdiction=""):
        newest = releases.filter(government=government).order_by("-fiscal_year", "-version").first()
        if newest is not None and newest.currency in ISSUED_BY:
            government.jurisdiction = ISSUED_BY[newest.currency]
            government.save(update_fields=["jurisdiction"])
