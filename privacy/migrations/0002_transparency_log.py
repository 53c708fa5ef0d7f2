"""The chain becomes a tree: an outbox, tiles, checkpoints and witnesses. Entries stay, with their leaf hashes."""

import django.db.models.deletion
import django.utils.timezone
import privacy.log.kinds
import privacy.sealing.fields
import uuid
from django.db import migrations, models

from privacy.log import triggers, upgrade


class Migration(migrations.Migration):

    dependencies = [
        ('privacy', '0001_initial'),
    ]

    operations = [
        migrations.RunPython(triggers.remove, triggers.install),
        migrations.AlterField(
            model_name='datakey',
            name='scope_type',
            field=models.CharField(choices=[('person', 'Person'), ('organisation', 'Organisation'), ('case', 'Case'), ('portal', 'Portal')], max_length=16),
        ),
        migrations.AddField(
            model_name='logentry',
            name='ref',
            field=models.UUIDField(null=True),
        ),
        migrations.RunPython(upgrade.give_refs, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='logentry',
            name='ref',
            field=models.UUIDField(unique=True),
        ),
        migrations.RemoveField(
            model_name='logentry',
            name='chain_hash',
        ),
        migrations.RenameModel(
            old_name='LeafSecret',
            new_name='PlainLeafSecret',
        ),
        migrations.CreateModel(
            name='LeafSecret',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_id', models.UUIDField(default=uuid.uuid4, editable=False, unique=True)),
                ('leaf_ref', models.UUIDField()),
                ('scope_type', models.CharField(max_length=16)),
                ('scope_ref', models.UUIDField()),
                ('salts', privacy.sealing.fields.SealedTextField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('leaf_ref', 'scope_type', 'scope_ref'), name='leaf_secret_once')],
            },
        ),
        migrations.RunPython(upgrade.seal_salts, migrations.RunPython.noop),
        migrations.DeleteModel(
            name='PlainLeafSecret',
        ),
        migrations.DeleteModel(
            name='LogHead',
        ),
        migrations.DeleteModel(
            name='SignedHead',
        ),
        migrations.CreateModel(
            name='PendingLeaf',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('ref', models.UUIDField(unique=True)),
                ('kind', models.CharField(choices=privacy.log.kinds.leaf_kinds, max_length=32, verbose_name='what happened')),
                ('record_label', models.CharField(max_length=100)),
                ('record_ref', models.UUIDField(db_index=True)),
                ('leaf', models.TextField()),
                ('created', models.DateTimeField(verbose_name='when')),
            ],
            options={
                'ordering': ('pk',),
            },
        ),
        migrations.CreateModel(
            name='Reconciled',
            fields=[
                ('row_label', models.CharField(max_length=100, primary_key=True, serialize=False)),
                ('begins_after', models.BigIntegerField(default=0)),
                ('looked_to', models.BigIntegerField(default=0)),
                ('seen', models.BigIntegerField(default=0)),
                ('looked_at', models.DateTimeField(default=django.utils.timezone.now)),
            ],
        ),
        migrations.RunPython(upgrade.begin_coverage, migrations.RunPython.noop),
        migrations.CreateModel(
            name='RecordedState',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_label', models.CharField(max_length=100)),
                ('row_pk', models.BigIntegerField()),
                ('leaf_ref', models.UUIDField(db_index=True)),
                ('columns', models.JSONField()),
                ('scope_type', models.CharField(max_length=16)),
                ('scope_ref', models.UUIDField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('row_label', 'row_pk', 'leaf_ref'), name='recorded_state_once')],
            },
        ),
        migrations.CreateModel(
            name='Tile',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('level', models.PositiveSmallIntegerField()),
                ('number', models.PositiveBigIntegerField()),
                ('hashes', models.BinaryField()),
                ('root', models.BinaryField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('level', 'number'), name='tile_once')],
            },
        ),
        migrations.RunPython(upgrade.build_tiles, migrations.RunPython.noop),
        migrations.CreateModel(
            name='Checkpoint',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('size', models.PositiveBigIntegerField()),
                ('root', models.CharField(max_length=64)),
                ('note', models.TextField()),
                ('verifier_key', models.CharField(max_length=400)),
                ('created', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ('size', 'pk'),
                'constraints': [models.UniqueConstraint(fields=('size', 'verifier_key'), name='checkpoint_once_per_size')],
            },
        ),
        migrations.CreateModel(
            name='Unrecorded',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('row_label', models.CharField(max_length=100)),
                ('row_pk', models.BigIntegerField()),
                ('found', models.DateTimeField(default=django.utils.timezone.now)),
            ],
            options={
                'ordering': ('row_label', 'row_pk'),
                'constraints': [models.UniqueConstraint(fields=('row_label', 'row_pk'), name='unrecorded_once')],
            },
        ),
        migrations.CreateModel(
            name='Witness',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('name', models.CharField(max_length=200, verbose_name='name')),
                ('url', models.URLField(max_length=500, unique=True, verbose_name='address')),
                ('verifier_key', models.TextField(verbose_name='verifying key')),
                ('size', models.PositiveBigIntegerField(default=0, verbose_name='last size signed')),
                ('is_asked', models.BooleanField(default=True, verbose_name='is asked to sign')),
                ('last_error', models.CharField(blank=True, max_length=500, verbose_name='last failure')),
                ('last_error_at', models.DateTimeField(blank=True, null=True, verbose_name='time of the last failure')),
            ],
            options={
                'verbose_name': 'witness',
                'verbose_name_plural': 'witnesses',
            },
        ),
        migrations.CreateModel(
            name='Cosignature',
            fields=[
                ('id', models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name='ID')),
                ('line', models.TextField()),
                ('signed_at', models.DateTimeField(verbose_name='signed at')),
                ('checkpoint', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cosignatures', to='privacy.checkpoint')),
                ('witness', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='cosignatures', to='privacy.witness')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('checkpoint', 'witness'), name='cosignature_once')],
            },
        ),
        migrations.RunPython(triggers.install, triggers.remove),
    ]
