from django.db import migrations

from cms.classification.carry_over import carry_over_codes
from privacy.history.beginning import begin_history


def begin_history_of_editions(apps, schema_editor):
    begin_history(apps, "cms", "ClassificationVersion")


class Migration(migrations.Migration):
    dependencies = [("cms", "0005_disclosure"), ("privacy", "0006_guards")]

    operations = [
        migrations.RunPython(carry_over_codes, migrations.RunPython.noop),
        migrations.RunPython(begin_history_of_editions, migrations.RunPython.noop),
        migrations.DeleteModel("ClassificationCode"),
    ]
