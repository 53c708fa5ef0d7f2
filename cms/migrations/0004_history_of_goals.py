"""Goals that were there before they had a history get its first row; no leaf is asked for it."""

from django.db import migrations
from django.utils import timezone


def begin_history(apps, schema_editor):
    goals, history = apps.get_model("cms", "Goal"), apps.get_model("cms", "HistoricalGoal")
    columns = {field.attname for field in history._meta.concrete_fields} & {
        field.attname for field in goals._meta.concrete_fields
    }
    known = history.objects.values("id")
    now = timezone.now()
    created = history.objects.bulk_create(
        (
            history(history_date=now, history_type="+", history_change_reason="History begins", **values)
            for values in goals.objects.exclude(pk__in=known).order_by("pk").values(*columns)
        ),
        batch_size=500,
    )
    last = history.objects.order_by("history_id").last()
    if created:
        marks = apps.get_model("privacy", "Reconciled").objects
        reached = last.history_id
        marks.update_or_create(
            row_label="cms.historicalgoal", defaults={"begins_after": reached, "looked_to": reached, "seen": reached}
        )


class Migration(migrations.Migration):

    dependencies = [
        ("cms", "0003_performance"),
        ("privacy", "0006_guards"),
    ]

    operations = [migrations.RunPython(begin_history, migrations.RunPython.noop)]
