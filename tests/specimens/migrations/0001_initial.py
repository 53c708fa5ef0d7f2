import django.db.models.deletion
import modelcluster.fields
import privacy.sealing.fields
import privacy.sealing.files
import simple_history.models
import uuid
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        ('wagtailcore', '0098_apitoken'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='Statement',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('about', models.UUIDField(default=uuid.uuid4)),
                ('title', models.CharField(blank=True, max_length=100)),
                ('body', privacy.sealing.fields.SealedTextField(blank=True, null=True)),
                ('answers', privacy.sealing.fields.SealedJSONField(blank=True, null=True)),
                ('attachment', privacy.sealing.files.SealedFileField(blank=True, details_field='attachment_details')),
                ('attachment_details', privacy.sealing.fields.SealedJSONField(blank=True, editable=False, null=True)),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='HistoricalStatement',
            fields=[
                ('id', models.BigIntegerField(auto_created=True, blank=True, db_index=True, verbose_name='ID')),
                ('row_id', models.UUIDField(db_index=True, default=uuid.uuid4, editable=False)),
                ('about', models.UUIDField(default=uuid.uuid4)),
                ('title', models.CharField(blank=True, max_length=100)),
                ('body', privacy.sealing.fields.SealedTextField(blank=True, null=True)),
                ('answers', privacy.sealing.fields.SealedJSONField(blank=True, null=True)),
                ('attachment', models.TextField(blank=True, max_length=100)),
                ('attachment_details', privacy.sealing.fields.SealedJSONField(blank=True, editable=False, null=True)),
                ('history_id', models.BigAutoField(editable=False, primary_key=True, serialize=False)),
                ('history_date', models.DateTimeField(db_index=True)),
                ('history_change_reason', models.TextField(null=True)),
                ('history_type', models.CharField(choices=[('+', '创建'), ('~', '修改'), ('-', '删除')], max_length=1)),
                ('history_user', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'historical statement',
                'verbose_name_plural': 'historical statements',
                'ordering': ('-history_date', '-history_id'),
                'get_latest_by': ('history_date', 'history_id'),
            },
            bases=(simple_history.models.HistoricalChanges, models.Model),
        ),
        migrations.CreateModel(
            name='Notice',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('about', models.UUIDField(default=uuid.uuid4)),
                ('title', models.CharField(max_length=100)),
                ('contact', privacy.sealing.fields.SealedTextField(blank=True, null=True)),
                ('enclosure', privacy.sealing.files.SealedFileField(blank=True)),
                ('latest_revision', models.ForeignKey(blank=True, editable=False, null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to='wagtailcore.revision', verbose_name='最新版本')),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Witness',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('about', models.UUIDField(default=uuid.uuid4)),
                ('phone', privacy.sealing.fields.SealedTextField(blank=True, null=True)),
                ('notice', modelcluster.fields.ParentalKey(on_delete=django.db.models.deletion.CASCADE, related_name='witnesses', to='specimens.notice')),
            ],
            options={
                'abstract': False,
            },
        ),
    ]
