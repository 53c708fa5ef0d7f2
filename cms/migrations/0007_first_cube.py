from django.db import migrations

from cms.analysis.cube import fill_first


class Migration(migrations.Migration):
    dependencies = [("cms", "0006_classification_codes_carried_over")]

    operations = [migrations.RunPython(fill_first, migrations.RunPython.noop)]
