"""Stored sealed files that no row names: what a transaction wrote and then took back.

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
from privacy.sealing.inventory import FileColumn, file_columns

# A younger one may belong to a transaction that is not finished.
KEPT_FOR = timedelta(days=1)
_AT_ONCE = 500


@dataclass(frozen=True)
class Orphan:
    storage: Storage
    name: str


def orphans() -> Iterator[Orphan]:
    """All of them, whatever their age."""
    columns: dict[int, tuple[Storage, list[FileColumn]]] = {}
    for column in file_columns():
        columns.setdefault(id(column.field.storage), (column.field.storage, []))[1].append(column)
    for storage, using in columns.values():
        names: list[str] = []
        for name in _names_in(storage, ""):
            names.append(name)
            if len(names) == _AT_ONCE:
                yield from _unnamed(storage, names, using)
                names = []
        yield from _unnamed(storage, names, using)


def remove(orphan: Orphan) -> bool:
    """Delete it if it is old enough and still unnamed; whether it was."""
    storage, name = orphan.storage, orphan.name
    try:
        is_old = storage.get_modified_time(name) < timezone.now() - KEPT_FOR
    except FileNotFoundError:
        return False
    if not is_old or not list(_unnamed(storage, [name], file_columns())):
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


def _unnamed(storage: Storage, names: list[str], columns: list[FileColumn]) -> Iterator[Orphan]:
    named: set[str] = set()
    for column in columns:
        rows = column.model._base_manager.filter(**{f"{column.field.attname}__in": names})
        named.update(rows.values_list(column.field.attname, flat=True))
    for name in names:
        if name not in named and _is_sealed(storage, name):
            yield Orphan(storage, name)


def _is_sealed(storage: Storage, name: str) -> bool:
    # Other attachments lie in the same storage.
    try:
        with storage.open(name, "rb") as file:
            return bool(file.read(len(MAGIC)) == MAGIC)
    except FileNotFoundError:
        return False
