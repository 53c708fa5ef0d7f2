"""Triggers for readings too, and on SQLite against rows that are put in the place of others."""

from django.db import migrations

from privacy.log import triggers


class Migration(migrations.Migration):
    dependencies = [
        ('privacy', '0005_case_readings'),
    ]

    operations = [
        # A column that a trigger looks at cannot be dropped, so going back takes them away.
        migrations.RunPython(triggers.install, triggers.remove),
    ]
