from django.db import migrations

from cms.classification.carry_over import carry_over_codes


class Migration(migrations.Migration):
    dependencies = [("cms", "0005_disclosure")]

    operations = [
        migrations.RunPython(carry_over_codes, migrations.RunPython.noop),
        migrations.DeleteModel("ClassificationCode"),
    ]
