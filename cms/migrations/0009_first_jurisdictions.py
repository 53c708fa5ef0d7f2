from django.db import migrations

from cms.budget.first_jurisdictions import write_down


class Migration(migrations.Migration):
    dependencies = [("cms", "0008_jurisdictions")]

    operations = [migrations.RunPython(write_down, migrations.RunPython.noop)]
