"""New keys for old: wrapping every data key under the present KEK, and sealing values anew under fresh data keys.

Both work in small steps that each leave a consistent state, so they may be stopped at any moment and started again.
"""

from __future__ import annotations

import posixpath
import uuid
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db import transaction
from django.db.models import Count, Model

from privacy.sealing import revisions, ring
from privacy.sealing.errors import MissingFile, SealingError, Shredded, Tampered, UnknownKey
from privacy.sealing.files import open_stored, sealed_pieces, store_sealed, stored_key_id
from privacy.sealing.inventory import BATCH, FileColumn, Held, ValueColumn, file_columns, value_columns
from privacy.sealing.keys import ROOTS, Subject, key_provider
from privacy.sealing.models import DataKey
from privacy.sealing.wrapping import to_wrap_anew, unwrapped, unwrapped_all, wrapped_for

# Told the name of what is worked on and how many more values of it are done.
Progress = Callable[[str, int], None]
_FAULTS = {Tampered: "tampered", UnknownKey: "unknown_key", Shredded: "shredded", MissingFile: "missing"}
_MOST_ROUNDS = 5


def _silent(name: str, count: int) -> None:
    return


# Key-encryption key ------------------------------------------------------------------------------


@dataclass
class Rewrapped:
    """``remaining``: data keys by the id of the earlier KEK they are still wrapped under. ``unbound``: how many are
    under the present one but not bound to their subject."""

    kek_id: str
    rewrapped: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    remaining: dict[str, int] = field(default_factory=dict)
    unbound: int = 0

    def look_again(self) -> None:
        waiting = to_wrap_anew().values_list("kek_id").annotate(count=Count("pk")).order_by("kek_id")
        self.remaining = dict(waiting)
        self.unbound = self.remaining.pop(self.kek_id, 0)


def keys_to_rewrap() -> Rewrapped:
    """What there is to do: how many data keys are under each earlier KEK, or not bound to their subject."""
    report = Rewrapped(key_provider().kek_id)
    report.look_again()
    return report


def rewrap(progress: Progress = _silent, *, every: bool = False) -> Rewrapped:
    """Wrap the data keys of earlier KEKs under the present one, and bind those to their subject that are not.
    Nothing sealed is touched, and no key changes.

    With ``every`` those under the present one are wrapped again, for a service that gave its key a new version.
    Raises ``KeyKeeperFailed`` when a key service does not answer; what is done by then stays done.
    """
    report = Rewrapped(key_provider().kek_id)
    todo = (DataKey.objects.exclude(wrapped=None) if every else to_wrap_anew()).order_by("pk")
    batch = list(todo[:BATCH])
    while batch:
        _rewrap(batch, report)
        progress("data keys", len(batch))
        batch = list(todo.filter(pk__gt=batch[-1].pk)[:BATCH])
    report.look_again()
    return report


def _unwraps_to(key: DataKey, material: bytes) -> bool:
    try:
        return unwrapped(key) == material
    except Tampered:
        return False


def _rewrap(batch: list[DataKey], report: Rewrapped) -> None:
    provider = key_provider()
    materials = unwrapped_all(batch)
    for key in batch:
        before, material = bytes(key.wrapped or b""), materials[key.id]
        if isinstance(material, SealingError):
            report.failed[str(key.id)] = str(material)
            continue
        key.wrapped = wrapped_for(key.id, Subject(key.scope_type, key.scope_ref), material)
        earlier, key.kek_id = key.kek_id, provider.kek_id
        if not _unwraps_to(key, material):
            report.failed[str(key.id)] = "what the keeper wrapped does not unwrap again"
            continue
        # Compared with what was read: a key destroyed meanwhile does not come back.
        rows = DataKey.objects.filter(pk=key.pk, kek_id=earlier, wrapped=before)
        report.rewrapped += rows.update(wrapped=key.wrapped, kek_id=key.kek_id)


# Data keys ---------------------------------------------------------------------------------------


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
        found |= {value.blob[2:18] for revision in revisions_read for value in revisions.written_in(revision)}
    return found & keys.keys()


def _keys_of_files(column: FileColumn) -> set[bytes]:
    found = set()
    for row in (row for batch in column.batches(column.rows()) for row in batch):
        try:
            found.add(stored_key_id(column.field.storage, row.held).bytes)
        except (MissingFile, Tampered):
            continue
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
    progress: Progress = _silent,
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

    @transaction.atomic
    def _file(self, column: FileColumn, row: Held) -> None:
        place = column.field
        name = posixpath.join(posixpath.dirname(row.held), str(uuid.uuid4()))
        try:
            key_id = stored_key_id(place.storage, row.held).bytes
            if not self._may_replace(column.name, key_id, self._replaceable([key_id])):
                return
            with open_stored(place.storage, row.held, label=place.label, row_id=row.row_id) as source:
                subject = self.keys[key_id]
                pieces = sealed_pieces(source, subject, label=place.label, row_id=row.row_id, name=name)
                store_sealed(place.storage, name, pieces, max_length=place.max_length)
        except tuple(_FAULTS) as error:
            self.left[column.name][_FAULTS[type(error)]] += 1
            return
        is_replaced = column.replace(row, name)
        place.remove_on_commit(row.held if is_replaced else name)
        self._count(column.name, is_replaced)

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
        if sealed:
            self._count(revisions.NAME, revisions.replace(revision, before), sealed)
