"""The first history row of records that were there before they had a history, for the migrations that give it."""

from __future__ import annotations

from typing import Any

from django.utils import timezone

ROWS_AT_ONCE = 500


def begin_history(apps: Any, app_label: str, model_name: str) -> None:
    """Write it for every row that has none; ``apps`` holds the models as they were. No leaf is asked for these rows."""
    records = apps.get_model(app_label, model_name)
    history = apps.get_model(app_label, f"Historical{model_name}")
    columns = {field.attname for field in history._meta.concrete_fields} & {
        field.attname for field in records._meta.concrete_fields
    }
    known = history.objects.values("id")
    now = timezone.now()
    created = history.objects.bulk_create(
        (
            history(history_date=now, history_type="+", history_change_reason="History begins", **values)
            for values in records.objects.exclude(pk__in=known).order_by("pk").values(*columns)
        ),
        batch_size=ROWS_AT_ONCE,
    )
    if not created:
        return
    reached = history.objects.order_by("history_id").last().history_id
    marks = apps.get_model("privacy", "Reconciled").objects
    marks.update_or_create(
        row_label=f"{app_label}.historical{model_name.lower()}",
        defaults={"begins_after": reached, "looked_to": reached, "seen": reached},
    )
