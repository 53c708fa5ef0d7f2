"""Writing many lines at once: by COPY on PostgreSQL, by one prepared statement on SQLite.

Lines have neither signals nor history, so what a model instance would do for each of them can be left out.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any

from django.db import connection, models

from cms.budget.importing.lines import Named
from cms.budget.importing.plan import Plan
from cms.budget.models import Department, Government, Line, Programme, Release
from cms.classification.identity import Identities

ROWS_AT_ONCE = 5000
SQLITE_CACHE_KIB = 128 * 1024

# Told how many lines are written; may raise to end it.
Written = Callable[[int], None]


def write_lines(plan: Plan, release: Release, *, written: Written | None = None) -> None:
    known = Identities(release.government, release.fiscal_year)
    departments = _departments(plan, release.government, known)
    programmes = _programmes(plan, departments, known)
    # Columns that an import does not fill hold what a new line would.
    names = [field.attname for field in _columns(Line)]
    defaults = {field.attname: field.get_default() for field in _columns(Line)}

    def rows() -> Iterator[list[Any]]:
        phases = [phase.value for phase in plan.phases]
        positions = {name: at for at, name in enumerate(names)}
        blank = [defaults[name] for name in names]
        blank[positions["release_id"]] = release.pk
        at_row, at_id = positions["row_number"], positions["row_id"]
        texts = [
            (positions[name], index)
            for name, index in (
                ("functional_code", 4),
                ("functional_name", 5),
                ("economic_code", 6),
                ("economic_name", 7),
                ("fund", 8),
                ("note", 9),
            )
        ]
        at_leaf, at_department, at_programme = (
            positions["is_leaf"],
            positions["department_id"],
            positions["programme_id"],
        )
        at_amounts = [positions[phase] for phase in phases]
        for line in plan.lines:
            row = blank.copy()
            row[at_id] = uuid.uuid4()
            row[at_row] = line[0]
            row[at_leaf] = line[1]
            row[at_department] = None if line[2] is None else departments[line[2]]
            row[at_programme] = None if line[3] is None else programmes[line[3]]
            for place, index in texts:
                row[place] = line[index]
            for place, amount in zip(at_amounts, line[10], strict=True):
                row[place] = amount
            yield row

    insert_rows(Line, names, rows(), written=written)


def _columns(model: type[models.Model]) -> list[models.Field[Any, Any]]:
    return [field for field in model._meta.concrete_fields if not field.primary_key]


def insert_rows(
    model: type[models.Model], names: list[str], rows: Iterable[list[Any]], *, written: Written | None = None
) -> None:
    """Insert rows whose values stand in the order of ``names`` (attribute names)."""
    fields = {field.attname: field for field in _columns(model)}
    columns = ", ".join(connection.ops.quote_name(str(fields[name].column)) for name in names)
    table = connection.ops.quote_name(model._meta.db_table)
    batches = iter(rows)
    count = 0
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copy:  # type: ignore[attr-defined]
                while batch := list(islice(batches, ROWS_AT_ONCE)):
                    for row in batch:
                        copy.write_row(row)
                    count = _tell(written, count + len(batch))
            return
        marks = ", ".join(["%s"] * len(names))
        statement = f"INSERT INTO {table} ({columns}) VALUES ({marks})"  # noqa: S608
        # The one type of ours that SQLite does not know.
        identities = [at for at, name in enumerate(names) if isinstance(fields[name], models.UUIDField)]
        # The indexes of a million lines do not fit into the two megabytes that SQLite takes by itself.
        cursor.execute(f"PRAGMA cache_size = -{SQLITE_CACHE_KIB}")
        try:
            while batch := list(islice(batches, ROWS_AT_ONCE)):
                for row in batch:
                    for at in identities:
                        row[at] = row[at] and row[at].hex
                cursor.executemany(statement, batch)
                count = _tell(written, count + len(batch))
        finally:
            cursor.execute("PRAGMA cache_size = -2000")


def _tell(written: Written | None, count: int) -> int:
    if written:
        written(count)
    return count


def _departments(plan: Plan, government: Government, known: Identities) -> dict[int | None, int]:
    """Place in the plan -> primary key. None: the government as a whole, for programmes that have no department."""
    wanted: dict[int | None, Named] = dict(enumerate(plan.departments))
    if any(department is None for department, _named in plan.programmes):
        wanted[None] = Named("", government.name)
    found = {named: known.department(*named) for named in dict.fromkeys(wanted.values())}
    missing = [named for named, department in found.items() if department is None]
    created = Department.objects.bulk_create(
        [Department(government=government, code=named.code, name=named.name) for named in missing], batch_size=1000
    )
    keys = {named: department.pk for named, department in found.items() if department is not None}
    keys |= {named: department.pk for named, department in zip(missing, created, strict=True)}
    return {place: keys[named] for place, named in wanted.items()}


def _programmes(plan: Plan, departments: dict[int | None, int], known: Identities) -> list[int]:
    """Primary keys in the order of the plan."""
    wanted = [(departments[department], named.code, named.name) for department, named in plan.programmes]
    keys: dict[tuple[int, str, str], int] = {}
    missing = []
    for key in dict.fromkeys(wanted):
        if programme := known.programme(Department(pk=key[0]), key[1], key[2]):
            keys[key] = programme.pk
        else:
            missing.append(key)
    created = Programme.objects.bulk_create(
        [Programme(department_id=department, code=code, name=name) for department, code, name in missing],
        batch_size=1000,
    )
    keys |= {key: programme.pk for key, programme in zip(missing, created, strict=True)}
    return [keys[key] for key in wanted]
