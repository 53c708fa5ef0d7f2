"""Goals that were there before they had a history get its first row; no leaf is asked for it."""

from django.db import migrations

from privacy.history.beginning import begin_history


def begin(apps, schema_editor):
    begin_history(apps, "cms", "Goal")


class Migration(migrations.Migration):

    dependencies = [
        ("cms", "0003_performance"),
        ("privacy", "0006_guards"),
    ]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
