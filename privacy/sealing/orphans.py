"""Stored sealed files that nobody has: what a transaction wrote and then took back.

The storage knows no transactions: a file is written while its row is saved, and stays when the row goes.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

from django.core.files.storage import Storage
from django.utils import timezone

from privacy.sealing.files import MAGIC
from privacy.sealing.holders import held
from privacy.sealing.inventory import file_columns

# A younger one may belong to a transaction that is not finished.
KEPT_FOR = timedelta(days=1)
_AT_ONCE = 500


@dataclass(frozen=True)
class Orphan:
    storage: Storage
    name: str


def orphans() -> Iterator[Orphan]:
    """All of them, whatever their age."""
    for storage in {id(column.field.storage): column.field.storage for column in file_columns()}.values():
        names: list[str] = []
        for name in _names_in(storage, ""):
            names.append(name)
            if len(names) == _AT_ONCE:
                yield from _not_held(storage, names)
                names = []
        yield from _not_held(storage, names)


def remove(orphan: Orphan) -> bool:
    """Delete it if it is old enough and still nobody's; whether it was."""
    storage, name = orphan.storage, orphan.name
    try:
        is_old = storage.get_modified_time(name) < timezone.now() - KEPT_FOR
    except FileNotFoundError:
        return False
    if not is_old or not list(_not_held(storage, [name])):
        return False
    storage.delete(name)
    return True


def _names_in(storage: Storage, folder: str) -> Iterator[str]:
    try:
        folders, files = storage.listdir(folder)
    except FileNotFoundError:
        return
    yield from (posixpath.join(folder, name) for name in files)
    for inner in folders:
        yield from _names_in(storage, posixpath.join(folder, inner))


def _not_held(storage: Storage, names: list[str]) -> Iterator[Orphan]:
    kept = held(names)
    for name in names:
        if name not in kept and _is_sealed(storage, name):
            yield Orphan(storage, name)


def _is_sealed(storage: Storage, name: str) -> bool:
    # Other attachments lie in the same storage.
    try:
        with storage.open(name, "rb") as file:
            return bool(file.read(len(MAGIC)) == MAGIC)
    except FileNotFoundError:
        return False
