"""Seals values anew under fresh data keys: living rows, history, revisions, files.

It works in small steps that each leave a consistent state, so it may be stopped at any moment and started again.
"""

from __future__ import annotations

import posixpath
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from django.core.files.storage import Storage
from django.db import transaction
from django.db.models import Model

from privacy.sealing import revisions, ring
from privacy.sealing.errors import MissingFile, Shredded, Tampered, UnknownKey
from privacy.sealing.files import SealedFileField, open_stored, sealed_pieces, store_sealed, stored_key_id
from privacy.sealing.inventory import BATCH, FileColumn, Held, ValueColumn, file_columns, value_columns
from privacy.sealing.keys import ROOTS, Subject
from privacy.sealing.models import DataKey

# Told the name of what is worked on and how many more values of it are done.
Progress = Callable[[str, int], None]
_FAULTS: dict[type[Exception], str] = {
    Tampered: "tampered",
    UnknownKey: "unknown_key",
    Shredded: "shredded",
    MissingFile: "missing",
}
_MOST_ROUNDS = 5


@dataclass
class Resealed:
    """``values``: by column, how many were "resealed", "changed" by somebody meanwhile, or could not be opened
    ("tampered", "unknown_key", "shredded", "missing"). ``unused_keys`` seal nothing any more since this run;
    ``used_keys`` are retired and still needed."""

    subjects: int = 0
    values: dict[str, dict[str, int]] = field(default_factory=dict)
    unused_keys: list[str] = field(default_factory=list)
    used_keys: list[str] = field(default_factory=list)

    @property
    def resealed(self) -> int:
        return sum(counts.get("resealed", 0) for counts in self.values.values())


def all_subjects() -> set[Subject]:
    """Everybody for whom something may be sealed."""
    return _subjects(state=DataKey.State.ACTIVE)


def unfinished_subjects() -> set[Subject]:
    """Whoever has values under retired keys: sealing anew was interrupted, or a row was put back as it had been."""
    keys = _retired_keys(_subjects(state=DataKey.State.RETIRED))
    return {keys[key_id] for key_id in _still_used(keys)}


def _still_used(keys: Mapping[bytes, Subject]) -> set[bytes]:
    """Those of the keys that something is sealed under."""
    if not keys:
        return set()
    found = {
        row.held[2:18]
        for values in value_columns()
        for batch in values.batches(values.rows_under(list(keys)))
        for row in batch
    }
    for files in file_columns():
        found |= _keys_of_files(files)
    rows = revisions.revisions()
    for revisions_read in revisions.batches(rows) if rows is not None else ():
        for revision in revisions_read:
            found |= {value.blob[2:18] for value in revisions.written_in(revision)}
            found |= _keys_in((file.field.storage, file.name) for file in revisions.files_in(revision))
    return found & keys.keys()


def _keys_of_files(column: FileColumn) -> set[bytes]:
    return _keys_in((column.field.storage, row.held) for batch in column.batches(column.rows()) for row in batch)


def _keys_in(stored: Iterable[tuple[Storage, str]]) -> set[bytes]:
    """The keys that these stored files say they are sealed under."""
    found = set()
    for storage, name in stored:
        with suppress(MissingFile, Tampered):
            found.add(stored_key_id(storage, name).bytes)
    return found


def subjects_in(model: type[Model]) -> set[Subject]:
    """Whose values the columns of a model hold, its history included."""
    labels = tuple(f"{model._meta.label_lower}.{found.name}" for found in model._meta.concrete_fields)
    key_ids = {
        row.held[2:18]
        for column in value_columns()
        if column.field.label in labels
        for batch in column.batches(column.rows())
        for row in batch
    }
    for files in file_columns():
        if files.model is model:
            key_ids |= _keys_of_files(files)
    found: set[Subject] = set()
    ids = [uuid.UUID(bytes=key_id) for key_id in key_ids if len(key_id) == 16]
    for start in range(0, len(ids), BATCH):
        found |= _subjects(pk__in=ids[start : start + BATCH])
    return found


def _subjects(**conditions: object) -> set[Subject]:
    rows = DataKey.objects.filter(**conditions).exclude(state=DataKey.State.SHREDDED)
    return {Subject(*row) for row in rows.values_list("scope_type", "scope_ref")} - ROOTS


def _retired_keys(subjects: set[Subject]) -> dict[bytes, Subject]:
    rows = DataKey.objects.filter(state=DataKey.State.RETIRED).values_list("pk", "scope_type", "scope_ref")
    held = {key_id.bytes: Subject(scope_type, ref) for key_id, scope_type, ref in rows.iterator()}
    return {key_id: subject for key_id, subject in held.items() if subject in subjects}


def _volume(key_ids: list[bytes]) -> int:
    """What one walk over everything that may be sealed under these keys has to look at."""
    rows = [column.rows_under(key_ids) for column in value_columns()] + [column.rows() for column in file_columns()]
    if (written := revisions.revisions()) is not None:
        rows.append(written)
    return sum(found.count() for found in rows)


def reseal(
    subjects: Iterable[Subject],
    *,
    with_new_keys: bool = True,
    progress: Progress = lambda name, count: None,
    expect: Callable[[int], None] = lambda total: None,
) -> Resealed:
    """Seal everything of these subjects under a new data key: living rows, history, revisions, files.

    Without ``with_new_keys`` it only goes on with what an earlier run left under retired keys. Whatever somebody
    changes meanwhile is left as they wrote it. Root keys are never replaced. ``expect`` is told how much there is to
    look at before ``progress`` is told what was.
    """
    wanted = set(subjects) - ROOTS
    report = Resealed(subjects=len(wanted))
    earlier = _retired_keys(wanted)
    if with_new_keys:
        for subject in wanted:
            with transaction.atomic():
                # Only here is a key made, together with retiring one: for somebody who was erased there is none.
                if ring.retire(subject):
                    ring.active_key(subject)
    keys = _retired_keys(wanted)
    emptied = keys.keys() - earlier.keys()
    if not keys:
        return report
    expect(_volume(list(keys)))
    # A transaction that began before the keys were retired may still have sealed with them: go round until a round
    # finds nothing that can be sealed anew.
    done: Counter[str] = Counter()
    for _ in range(_MOST_ROUNDS):
        found = _Round(keys, progress)
        found.run()
        emptied |= found.seen
        done.update(found.resealed)
        if not found.resealed:
            break
    # What cannot be opened is met again in every round: the last one tells.
    for name in sorted(done.keys() | found.left.keys()):
        report.values[name] = ({"resealed": done[name]} if done[name] else {}) | found.left[name]
    report.used_keys = sorted(str(uuid.UUID(bytes=key_id)) for key_id in found.seen)
    report.unused_keys = sorted(str(uuid.UUID(bytes=key_id)) for key_id in emptied - found.seen)
    return report


class _Round:
    """One walk over everything that may be sealed under ``keys``."""

    def __init__(self, keys: Mapping[bytes, Subject], progress: Progress) -> None:
        self.keys = keys
        self.progress = progress
        self.resealed: Counter[str] = Counter()
        self.left: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self.seen: set[bytes] = set()
        # By the name of the stored file that it is a copy of.
        self.copies: dict[str, str] = {}

    def run(self) -> None:
        for values in value_columns():
            for batch in values.batches(values.rows_under(list(self.keys))):
                self._values(values, batch)
                self.progress(values.name, len(batch))
        for files in file_columns():
            for batch in files.batches(files.rows()):
                for row in batch:
                    self._file(files, row)
                self.progress(files.name, len(batch))
        rows = revisions.revisions()
        for batch in revisions.batches(rows) if rows is not None else ():
            for revision in batch:
                self._revision(revision)
            self.progress(revisions.NAME, len(batch))

    def _count(self, name: str, is_replaced: bool, number: int = 1) -> None:
        if is_replaced:
            self.resealed[name] += number
        else:
            self.left[name]["changed"] += number

    def _replaceable(self, key_ids: Iterable[bytes]) -> set[bytes]:
        """Those of the keys whose values may be sealed anew: still retired, beside an active key of the same subject.

        Both stay locked until the transaction ends, so that nobody is erased between looking and sealing.
        """
        subjects = {self.keys[key_id] for key_id in key_ids if key_id in self.keys}
        if not subjects:
            return set()
        rows = DataKey.objects.filter(scope_ref__in={subject.ref for subject in subjects})
        rows = rows.exclude(state=DataKey.State.SHREDDED).order_by("pk").select_for_update()
        held = list(rows.values_list("pk", "scope_type", "scope_ref", "state"))
        sealing = {(scope_type, ref) for _, scope_type, ref, state in held if state == DataKey.State.ACTIVE}
        return {
            key_id.bytes
            for key_id, scope_type, ref, state in held
            if state == DataKey.State.RETIRED and (scope_type, ref) in sealing
        }

    def _anew(self, name: str, blob: bytes, context: bytes, replaceable: set[bytes]) -> bytes | None:
        """The same plaintext under the new key; None for what is under another key, cannot be opened, or whose key was
        destroyed meanwhile."""
        key_id = blob[2:18]
        if not self._may_replace(name, key_id, replaceable):
            return None
        try:
            return ring.seal(ring.unseal(blob, context), self.keys[key_id], context)
        except tuple(_FAULTS) as error:
            self.left[name][_FAULTS[type(error)]] += 1
            return None

    def _may_replace(self, name: str, key_id: bytes, replaceable: set[bytes]) -> bool:
        if key_id not in self.keys:
            return False
        self.seen.add(key_id)
        if key_id not in replaceable:
            self.left[name][_FAULTS[Shredded]] += 1
            return False
        return True

    def _values(self, column: ValueColumn, batch: list[Held]) -> None:
        ring.prefetch([row.held for row in batch])
        with transaction.atomic():
            replaceable = self._replaceable(row.held[2:18] for row in batch)
            for row in batch:
                blob = self._anew(column.name, row.held, column.context(row.row_id), replaceable)
                if blob is not None:
                    self._count(column.name, column.replace(row, blob))

    def _file_anew(self, name: str, place: SealedFileField, held: str, row_id: uuid.UUID) -> str | None:
        """The name of a copy of the stored file under the new key; None as of ``_anew``."""
        copy = posixpath.join(posixpath.dirname(held), str(uuid.uuid4()))
        try:
            key_id = stored_key_id(place.storage, held).bytes
            if not self._may_replace(name, key_id, self._replaceable([key_id])):
                return None
            with open_stored(place.storage, held, label=place.label, row_id=row_id) as source:
                pieces = sealed_pieces(source, self.keys[key_id], label=place.label, row_id=row_id, name=copy)
                store_sealed(place.storage, copy, pieces, max_length=place.max_length)
        except tuple(_FAULTS) as error:
            self.left[name][_FAULTS[type(error)]] += 1
            return None
        return copy

    def _exchanged(self, name: str, place: SealedFileField, held: str, copy: str, is_replaced: bool) -> None:
        """Count it; and whichever of the two nobody has goes."""
        if is_replaced:
            self.copies[held] = copy
        place.remove_on_commit(held if is_replaced else copy)
        self._count(name, is_replaced)

    @transaction.atomic
    def _file(self, column: FileColumn, row: Held) -> None:
        copy = self._file_anew(column.name, column.field, row.held, row.row_id)
        if copy is not None:
            self._exchanged(column.name, column.field, row.held, copy, column.replace(row, copy))

    @transaction.atomic
    def _revision(self, revision: Any) -> None:
        before = revisions.content_of(revision)
        sealed, written = 0, revisions.written_in(revision)
        replaceable = self._replaceable(value.blob[2:18] for value in written)
        for value in written:
            blob = self._anew(revisions.NAME, value.blob, value.context, replaceable)
            if blob is not None:
                value.write(blob)
                sealed += 1
        exchanged = []
        for file in revisions.files_in(revision):
            held = file.name
            if (copy := self._file_of_revision(file)) is not None:
                file.write(copy)
                exchanged.append((file.field, held, copy))
        if not sealed and not exchanged:
            return
        is_replaced = revisions.replace(revision, before)
        if sealed:
            self._count(revisions.NAME, is_replaced, sealed)
        for field_, held, copy in exchanged:
            self._exchanged(revisions.NAME, field_, held, copy, is_replaced)

    def _file_of_revision(self, file: revisions.NamedFile) -> str | None:
        """One copy serves the row and all its revisions."""
        copy = self.copies.get(file.name)
        if copy is not None and file.field.storage.exists(copy):
            return copy
        return self._file_anew(revisions.NAME, file.field, file.name, file.row_id)
