"""Whether what is sealed can still be opened: a sample of every sealed column, or all of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from uuid import UUID

from django.db.models import QuerySet

from privacy.sealing import revisions, ring
from privacy.sealing.chunked import CHUNK_BYTES
from privacy.sealing.errors import MissingFile, Shredded, Tampered, UnknownKey
from privacy.sealing.files import SealedFileField, open_stored
from privacy.sealing.inventory import FileColumn, Held, ValueColumn, file_columns, value_columns

_MOST_NAMED = 20


@dataclass
class Examined:
    """What became of the values of one column. ``shredded`` is erased on purpose, and no fault."""

    name: str
    opened: int = 0
    tampered: int = 0
    unknown_key: int = 0
    shredded: int = 0
    missing: int = 0
    # Row ids, or numbers of revisions, of the first values that did not open for another reason than erasure.
    faults: list[str] = field(default_factory=list)

    @property
    def holds(self) -> bool:
        return not (self.tampered or self.unknown_key or self.missing)

    def record(self, row: object, opening: Callable[[], object]) -> None:
        try:
            opening()
        except Shredded:
            self.shredded += 1
            return
        except Tampered:
            self.tampered += 1
        except UnknownKey:
            self.unknown_key += 1
        except MissingFile:
            self.missing += 1
        else:
            self.opened += 1
            return
        if len(self.faults) < _MOST_NAMED:
            self.faults.append(str(row))


def selftest(sample: int | None, progress: Callable[[str, int], None] = lambda name, count: None) -> list[Examined]:
    """Open up to ``sample`` values of each column, drawn by lot; all with None. Nothing is shown and nothing recorded.

    Raises ``KeyKeeperFailed`` when a key service does not answer.
    """
    found = []
    for values in value_columns():
        examined = Examined(values.name)
        for batch in _batches(values, sample):
            ring.prefetch([row.held for row in batch])
            for row in batch:
                examined.record(row.row_id, partial(ring.unseal, row.held, values.context(row.row_id)))
            progress(values.name, len(batch))
        found.append(examined)
    for files in file_columns():
        examined = Examined(files.name)
        for batch in _batches(files, sample):
            for row in batch:
                examined.record(row.row_id, partial(_read, files.field, row.held, row.row_id))
            progress(files.name, len(batch))
        found.append(examined)
    rows = revisions.revisions()
    if rows is not None:
        found.append(_examined_revisions(rows, sample, progress))
    return found


def _batches(column: ValueColumn | FileColumn, sample: int | None) -> Iterable[list[Held]]:
    return column.batches(column.rows()) if sample is None else [column.read(column.rows().order_by("?")[:sample])]


def _read(place: SealedFileField, name: str, row_id: UUID) -> None:
    with open_stored(place.storage, name, label=place.label, row_id=row_id) as file:
        while file.read(CHUNK_BYTES):
            pass


def _examined_revisions(rows: QuerySet[Any], sample: int | None, progress: Callable[[str, int], None]) -> Examined:
    examined = Examined(revisions.NAME)
    batches: Iterable[list[Any]] = (
        revisions.batches(rows) if sample is None else iter([list(rows.order_by("?")[:sample])])
    )
    for batch in batches:
        for revision in batch:
            for value in revisions.written_in(revision):
                examined.record(revision.pk, partial(ring.unseal, value.blob, value.context))
            for named in revisions.files_in(revision):
                examined.record(revision.pk, partial(_read, named.field, named.name, named.row_id))
        progress(revisions.NAME, len(batch))
    return examined
