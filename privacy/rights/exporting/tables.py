"""One kind of data as CSV and as JSON, row by row."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime, time
from functools import cached_property
from typing import Any

from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from privacy.access.recording import subject_of
from privacy.rights.registry import PersonalData, Purpose
from privacy.sealing.errors import SealingError, Shredded
from privacy.sealing.keys import Subject

_AT_ONCE = 200
# What a spreadsheet would take for a formula. The exact text stands in the JSON beside it.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class Table:
    """The rows of one kind about ``subject``, as the columns that they are handed out with.

    ``earlier``: from the history, each version that the rows had, instead of the rows as they are.
    """

    def __init__(self, declared: PersonalData, rows: QuerySet[Any], subject: Subject, *, earlier: bool = False) -> None:
        self.declared, self.subject, self.earlier = declared, subject, earlier
        self.number = 0
        self._rows = rows
        names = declared.names if earlier else (*declared.names, *declared.context)
        model = rows.model
        own = {field.name for field in (*model._meta.concrete_fields, *model._meta.many_to_many)}
        self.fields: list[Any] = [model._meta.get_field(one) for one in names if one in own and self._is_told(one)]

    def _is_told(self, name: str) -> bool:
        """Other people are named only where the declaration says so; blobs and digests tell nobody anything."""
        field = self._rows.model._meta.get_field(name)
        if isinstance(field, models.BinaryField):
            return False
        if self.earlier and (field.is_relation or isinstance(field, models.FileField)):
            return False
        return name in self.declared.names or field.related_model is not get_user_model()

    @cached_property
    def count(self) -> int:
        return self._rows.count()

    @property
    def name(self) -> str:
        """That of its files, without the ending."""
        model = self.declared.model_class._meta.model_name
        return f"{self.number:02d}-{model}{'-earlier' if self.earlier else ''}"

    @property
    def title(self) -> str:
        title = str(self.declared.title)
        return _("%(title)s: earlier versions") % {"title": title} if self.earlier else title

    @property
    def columns(self) -> list[str]:
        names = [field.name for field in self.fields]
        return ["changed", "change", *names] if self.earlier else ["id", *names]

    def headings(self) -> list[str]:
        words = [capfirst(str(self.declared.words(field.name))) for field in self.fields]
        return [_("When"), _("Change"), *words] if self.earlier else [_("Number"), *words]

    def rows(self) -> Iterator[Any]:
        rows = self._rows
        if self.earlier and self.declared.sealed_names:
            named = [one.name for one in self.declared.model_class._meta.concrete_fields if one.many_to_one]
            rows = rows.select_related(*named) if named else rows
        if not self.earlier:
            # What rows say of whom they belong to, and what they are about, comes with them.
            relations = [one.name for one in rows.model._meta.concrete_fields if one.many_to_one or one.one_to_one]
            rows = rows.select_related(*relations) if relations else rows
            many = [field.name for field in self.fields if field.many_to_many]
            rows = rows.prefetch_related(*many) if many else rows
        return rows.iterator(chunk_size=_AT_ONCE)

    def values(self, row: Any) -> list[Any]:
        told = [self._told(row, field) for field in self.fields]
        if self.earlier:
            return [_plain(row.history_date), row.history_type, *told]
        return [_plain(getattr(row, "row_id", row.pk)), *told]

    def _told(self, row: Any, field: Any) -> Any:
        if field.many_to_many:
            return [str(one) for one in getattr(row, field.name).all()]
        if field.is_relation:
            found = getattr(row, field.name)
            return None if found is None else str(found)
        if isinstance(field, models.FileField):
            return file_name(row, field)
        if hasattr(field, "needs_reason"):
            return self._opened(row, field)
        return _plain(getattr(row, field.attname))

    def _opened(self, row: Any, field: Any) -> Any:
        """Sealed values are opened only where they are sealed for whom the export is."""
        if row.__dict__.get(field.attname) is None:
            return None
        if not self.is_own(row):
            return _("[sealed]")
        try:
            return getattr(row, field.attname)
        except Shredded:
            return _("[erased]")
        except SealingError:
            return _("[cannot be opened]")

    def is_own(self, row: Any) -> bool:
        return subject_of(row) == self.subject

    def files(self) -> Iterator[tuple[str, Iterator[bytes]]]:
        """The files of the rows, by the names that stand in the table."""
        if self.earlier:
            return
        for field in self.fields:
            if isinstance(field, models.FileField):
                rows = self._rows.exclude(**{field.attname: ""}).exclude(**{f"{field.attname}__isnull": True})
                for row in rows.iterator(chunk_size=_AT_ONCE):
                    if not hasattr(field, "needs_reason") or self.is_own(row):
                        yield file_name(row, field), _content(getattr(row, field.name))


def file_name(row: Any, field: Any) -> str:
    """Where the file of a row stands in the archive; "" without one. Its own name may be anything."""
    stored = getattr(row, field.name)
    if not stored:
        return ""
    given = str(getattr(row, f"{field.name}_name", "") or "")
    safe = "".join(one if one.isalnum() or one in "-_." else "_" for one in given).lstrip(".")[-100:]
    return f"files/{getattr(row, 'row_id', row.pk)}-{safe or field.name}"


def _content(stored: Any) -> Iterator[bytes]:
    try:
        with stored.open("rb") as opened:
            while piece := opened.read(64 * 1024):
                yield piece
    except (FileNotFoundError, SealingError):
        return


def _plain(value: Any) -> Any:
    if isinstance(value, datetime | date | time):
        return value.isoformat()
    if value is None or isinstance(value, str | bool | int | dict | list):
        return value
    return str(value)


def csv_pieces(table: Table, step: Callable[[], None]) -> Iterator[bytes]:
    """With a byte order mark, so that spreadsheets read it as UTF-8."""
    line = io.StringIO()
    writer = csv.writer(line)
    yield "\ufeff".encode()
    yield _row(writer, line, table.headings())
    for row in table.rows():
        yield _row(writer, line, [_cell(value) for value in table.values(row)])
        step()


def _cell(value: Any) -> Any:
    if isinstance(value, dict | list):
        value = json.dumps(value, ensure_ascii=False)
    if value is not None and not isinstance(value, bool | int):
        text = str.__str__(value)
        return f"'{text}" if text.startswith(_FORMULA) else text
    return value


def _row(writer: Any, line: io.StringIO, cells: Sequence[Any]) -> bytes:
    writer.writerow(cells)
    found = line.getvalue().encode()
    line.seek(0)
    line.truncate()
    return found


def json_pieces(table: Table, step: Callable[[], None]) -> Iterator[bytes]:
    """A list of objects, one a line."""
    yield b"[\n"
    before = b""
    for row in table.rows():
        told = dict(zip(table.columns, table.values(row), strict=True))
        yield before + json.dumps(told, ensure_ascii=False).encode()
        before = b",\n"
        step()
    yield b"\n]\n"


def tables_of(kinds: Iterable[tuple[PersonalData, QuerySet[Any]]], subject: Subject) -> list[Table]:
    """The tables that have rows, numbered."""
    found: list[Table] = []
    for declared, rows in kinds:
        tables = [Table(declared, declared.filled(rows), subject)]
        earlier = declared.history_of(subject) if declared.purpose != Purpose.OFFICE else None
        if earlier is not None:
            table = Table(declared, declared.filled(earlier), subject, earlier=True)
            tables += [table] if table.fields else []
        found += [table for table in tables if table.count]
    for number, table in enumerate(found, start=1):
        table.number = number
    return found
