"""What becomes of a log that was a chain: its entries stay as they are, and with them their leaf hashes."""

import json
from typing import Any
from uuid import UUID, uuid4

from django.db.backends.base.schema import BaseDatabaseSchemaEditor

from privacy.log.tiles import WIDTH, join_hashes, tile_root
from privacy.sealing.handles import Sealed
from privacy.sealing.keys import PORTAL
from privacy.sealing.ring import context, seal

_AT_ONCE = 500


def give_refs(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The name of a leaf stands in the leaf; now in a column too. Runs while the triggers are lifted."""
    is_native = schema_editor.connection.features.has_native_uuid_field
    start = 0
    while page := _leaves(schema_editor, start):
        refs = [(UUID(json.loads(leaf)["ref"]), index) for index, leaf in page]
        with schema_editor.connection.cursor() as cursor:
            cursor.executemany(
                'UPDATE privacy_logentry SET ref = %s WHERE "index" = %s',
                [(ref if is_native else ref.hex, index) for ref, index in refs],
            )
        start = page[-1][0] + 1


def _leaves(schema_editor: BaseDatabaseSchemaEditor, start: int) -> list[tuple[int, str]]:
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(
            'SELECT "index", leaf FROM privacy_logentry WHERE "index" >= %s ORDER BY "index" LIMIT %s',
            [start, _AT_ONCE],
        )
        return list(cursor.fetchall())


def seal_salts(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Salts stood beside their entry, in plain. Whom they are about was not written down: they are the portal's."""
    before = apps.get_model("privacy", "PlainLeafSecret")
    sealed = apps.get_model("privacy", "LeafSecret")
    for secret in before.objects.select_related("entry").iterator(chunk_size=_AT_ONCE):
        row_id = uuid4()
        text = json.dumps(secret.salts, sort_keys=True, separators=(",", ":"))
        bound_to = context("privacy.leafsecret.salts", row_id)
        sealed.objects.create(
            row_id=row_id,
            leaf_ref=secret.entry.ref,
            scope_type=PORTAL.scope_type,
            scope_ref=PORTAL.ref,
            salts=Sealed(seal(text.encode(), PORTAL, bound_to), bound_to),
        )


def begin_coverage(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """History and revisions written before they were committed to are not missed; what comes after them is."""
    if not _leaves(schema_editor, 0):
        return
    marks = apps.get_model("privacy", "Reconciled")
    introspection = schema_editor.connection.introspection
    with schema_editor.connection.cursor() as cursor:
        for table in introspection.table_names(cursor):
            app, _, name = table.partition("_")
            if name.startswith("historical"):
                number = "history_id"
            elif table == "wagtailcore_revision":
                number = "id"
            else:
                continue
            cursor.execute(f"SELECT MAX({number}) FROM {table}")  # noqa: S608
            (last,) = cursor.fetchone()
            if last:
                marks.objects.create(row_label=f"{app}.{name}", begins_after=last, looked_to=last, seen=last)


def build_tiles(apps: Any, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """The full tiles over the entries that are there, level by level, as the sequencer stores them from now on."""
    tiles = apps.get_model("privacy", "Tile")
    with schema_editor.connection.cursor() as cursor:
        cursor.execute('SELECT leaf_hash FROM privacy_logentry ORDER BY "index"')
        hashes = [bytes.fromhex(text) for (text,) in cursor.fetchall()]
    level = 0
    while len(hashes) >= WIDTH:
        full = [join_hashes(hashes[start : start + WIDTH]) for start in range(0, len(hashes) // WIDTH * WIDTH, WIDTH)]
        roots = [tile_root(content) for content in full]
        tiles.objects.bulk_create(
            tiles(level=level, number=number, hashes=content, root=above)
            for number, (content, above) in enumerate(zip(full, roots, strict=True))
        )
        level, hashes = level + 1, roots
