"""Data keys, the log with its triggers, and the record of readings."""

import django.db.models.deletion
import django.utils.timezone
import privacy.log.kinds
import uuid
from django.conf import settings
from django.db import migrations, models

from privacy.log import triggers


class Migration(migrations.Migration):

    initial = True

    dependencies = [
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='LogEntry',
            fields=[
                ('index', models.PositiveBigIntegerField(primary_key=True, serialize=False, verbose_name='number')),
                ('kind', models.CharField(choices=privacy.log.kinds.leaf_kinds, max_length=32, verbose_name='what happened')),
                ('record_label', models.CharField(max_length=100)),
                ('record_ref', models.UUIDField(db_index=True)),
                ('leaf', models.TextField()),
                ('leaf_hash', models.CharField(max_length=64)),
                ('chain_hash', models.CharField(max_length=64)),
                ('created', models.DateTimeField(verbose_name='when')),
            ],
            options={
                'ordering': ('index',),
            },
        ),
        migrations.CreateModel(
            name='DataKey',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('scope_type', models.CharField(choices=[('person', 'Person'), ('organisation', 'Organisation'), ('case', 'Case')], max_length=16)),
                ('scope_ref', models.UUIDField(db_index=True)),
                ('wrapped', models.BinaryField(null=True)),
                ('kek_id', models.CharField(max_length=16)),
                ('state', models.CharField(choices=[('active', 'Active'), ('retired', 'Retired'), ('shredded', 'Shredded')], default='active', max_length=8)),
                ('created', models.DateTimeField(auto_now_add=True)),
            ],
            options={
                'constraints': [models.UniqueConstraint(condition=models.Q(('state', 'active')), fields=('scope_type', 'scope_ref'), name='data_key_one_active'), models.CheckConstraint(condition=models.Q(models.Q(('state', 'shredded'), ('wrapped__isnull', True)), models.Q(('state__in', ('active', 'retired')), ('wrapped__isnull', False)), _connector='OR'), name='data_key_shredded_is_empty')],
            },
        ),
        migrations.CreateModel(
            name='LeafSecret',
            fields=[
                ('entry', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name='secret', serialize=False, to='privacy.logentry')),
                ('salts', models.JSONField(default=dict)),
            ],
        ),
        migrations.CreateModel(
            name='LogHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.PositiveBigIntegerField(default=0)),
                ('head', models.CharField(default='e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855', max_length=64)),
            ],
            options={
                'constraints': [models.CheckConstraint(condition=models.Q(('pk', 1)), name='log_head_is_one_row')],
            },
        ),
        migrations.CreateModel(
            name='SignedHead',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.PositiveBigIntegerField()),
                ('head', models.CharField(max_length=64)),
                ('signature', models.BinaryField()),
                ('public_key', models.BinaryField()),
                ('key_id', models.CharField(max_length=8)),
                ('created', models.DateTimeField()),
            ],
            options={
                'ordering': ('size', 'created'),
                'constraints': [models.UniqueConstraint(fields=('size', 'key_id'), name='signed_head_once_per_size')],
            },
        ),
        migrations.CreateModel(
            name='AccessEvent',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('purpose', models.TextField(verbose_name='purpose')),
                ('record_label', models.CharField(max_length=100)),
                ('record_ref', models.UUIDField(db_index=True)),
                ('subject_ref', models.UUIDField(db_index=True)),
                ('fields', models.JSONField(verbose_name='what was read')),
                ('request_id', models.CharField(blank=True, max_length=32)),
                ('created', models.DateTimeField(default=django.utils.timezone.now, verbose_name='when')),
                ('actor', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'ordering': ('-created', '-pk'),
                'constraints': [models.CheckConstraint(condition=models.Q(('purpose', ''), _negated=True), name='access_event_has_purpose')],
            },
        ),
        migrations.RunPython(triggers.install, triggers.remove),
    ]
