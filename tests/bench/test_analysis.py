"""How fast the cube and DuckDB answer what the lines would answer slowly; with ANALYSIS_LINES=2000000 at full size.

The same questions are asked of the column store and of the database, in turns, warm, and the answers must be equal. The
database has its indexes, its statistics, as much memory as DuckDB and the processes that it wants to take.
"""

from __future__ import annotations

import json
import os
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from statistics import median
from typing import Any, TypeVar

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.utils import timezone

from cms.analysis import column_store, cube
from cms.analysis.adhoc import Dimension, Measure, Question, ask
from cms.analysis.departments import years_of_department
from cms.analysis.models import DepartmentCell, ProgrammeCell
from cms.analysis.snapshots import snapshot_of
from cms.budget.models import Department, Government, Line, Programme, Release
from tests.factories import make_release

# Committed, as in service: rows of a transaction that goes on are slower to read.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]
LINES = int(os.environ.get("ANALYSIS_LINES", "20000"))
GOVERNMENTS, YEARS = 2, range(2016, 2026)
DEPARTMENTS, PROGRAMMES = 60, 1800
ROUNDS = 5
PUBLIC = AnonymousUser()
Result = TypeVar("Result")

# One statement writes the lines of a release; the databases differ in how they count and in what makes an identity.
SERIES = {
    "postgresql": ("generate_series(1::bigint, %s) AS n", "gen_random_uuid()", "lpad(({})::text, 2, '0')"),
    "sqlite": (
        "(WITH RECURSIVE c(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM c WHERE n < %s) SELECT n FROM c)",
        "lower(hex(randomblob(16)))",
        "printf('%%02d', {})",
    ),
}
COLUMNS = (
    "row_id, release_id, row_number, is_leaf, department_id, programme_id, functional_code, functional_name, "
    "economic_code, economic_name, fund, note, adopted, adjusted, executed"
)


def seconds(work: Callable[[], Result], rounds: int = ROUNDS) -> tuple[float, Result]:
    """The shortest of some rounds, by the clock on the wall: both databases work in other threads or processes."""
    best, result = float("inf"), None
    for _round in range(rounds):
        started = time.perf_counter()
        result = work()
        best = min(best, time.perf_counter() - started)
    return best, result  # type: ignore[return-value]


def write_lines(release: Release, count: int, departments: list[int], first_programme: int) -> None:
    series, identity, two_digits = SERIES[connection.vendor]
    first = departments[0]
    sql = f"""
        INSERT INTO cms_line ({COLUMNS})
        SELECT {identity}, %s, n, {"true" if connection.vendor == "postgresql" else "1"}, %s + n %% %s, %s + n %% %s,
            '2' || {two_digits.format("n %% 23")} || '0' || (1 + n %% 9) || '01', '', '30' || (1 + n %% 9), '', '', '',
            (n * 7919 %% 1000003) * 100, CASE WHEN n %% 5 = 0 THEN NULL ELSE (n * 104729 %% 1000003) * 100 END,
            (n * 1299709 %% 900001) * 100
        FROM {series}
    """
    with connection.cursor() as cursor:
        cursor.execute(sql, [release.pk, first, DEPARTMENTS, first_programme, PROGRAMMES, count])


def make_city(name: str) -> tuple[Government, list[int], int]:
    government = Government.objects.create(name=name, jurisdiction="CN")
    departments = Department.objects.bulk_create(
        [Department(government=government, code=f"{n:03d}", name=f"{name}部门{n}") for n in range(DEPARTMENTS)]
    )
    # Lines and programmes take turns in the departments by the same remainder.
    programmes = Programme.objects.bulk_create(
        [
            Programme(department=departments[n % DEPARTMENTS], code=f"P{n:04d}", name=f"项目{n}")
            for n in range(PROGRAMMES)
        ]
    )
    return government, [department.pk for department in departments], programmes[0].pk


SUMS = (Measure.ADOPTED, Measure.ADJUSTED, Measure.EXECUTED, Measure.LINES)
SUMS_IN_SQL = "sum(l.adopted), sum(l.adjusted), sum(l.executed), count(*)"


@dataclass(frozen=True)
class Pair:
    """One question twice: in our words, and as somebody who knows the tables would write it.

    ``keys``: what the database groups by, in the order of the question; departments by their number, which is cheapest.
    """

    name: str
    question: Question
    keys: tuple[str, ...]
    told: str = SUMS_IN_SQL
    where: str = ""
    vendors: tuple[str, ...] = ("postgresql", "sqlite")

    @property
    def sql(self) -> str:
        places = ", ".join(str(place) for place in range(1, len(self.keys) + 1))
        return f"""
            SELECT {", ".join(self.keys)}, {self.told}
            FROM cms_line l JOIN cms_release r ON r.id = l.release_id
            WHERE l.is_leaf AND r.published_at IS NOT NULL {self.where}
            GROUP BY {places} ORDER BY {places}
        """


PAIRS = (
    Pair(
        "department_and_year",
        Question((Dimension.DEPARTMENT, Dimension.FISCAL_YEAR), SUMS),
        ("l.department_id", "r.fiscal_year", "r.currency"),
    ),
    Pair(
        "function_and_year",
        Question((Dimension.FISCAL_YEAR, Dimension.FUNCTION_CLASS), SUMS),
        ("r.fiscal_year", "substr(l.functional_code, 1, 3)", "r.currency"),
    ),
    Pair(
        "economic_class_of_two_functions",
        Question((Dimension.ECONOMIC_CLASS, Dimension.FISCAL_YEAR), SUMS, {Dimension.FUNCTION_CLASS: ("205", "210")}),
        ("substr(l.economic_code, 1, 3)", "r.fiscal_year", "r.currency"),
        where="AND substr(l.functional_code, 1, 3) IN ('205', '210')",
    ),
    Pair(
        "median_by_function",
        Question((Dimension.FUNCTION_CLASS,), (Measure.MEDIAN_ADOPTED, Measure.MEDIAN_EXECUTED, Measure.LINES)),
        ("substr(l.functional_code, 1, 3)", "r.currency"),
        told="percentile_disc(0.5) WITHIN GROUP (ORDER BY l.adopted), "
        "percentile_disc(0.5) WITHIN GROUP (ORDER BY l.executed), count(*)",
        # SQLite has no percentiles.
        vendors=("postgresql",),
    ),
)


def rows_of_database(pair: Pair) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(pair.sql)
        return cursor.fetchall()


def in_order(rows: list[tuple[Any, ...]]) -> list[tuple[str, ...]]:
    """Comparable whatever the types and the order of the database."""
    return sorted(tuple(str(value) for value in row) for row in rows)


@dataclass
class Taken:
    """Seconds of each round, by the clock on the wall and of the processors."""

    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)


def server_cpu_seconds() -> float:
    """Of the process of PostgreSQL that serves us, and of all that have helped it and are gone; 0 elsewhere."""
    if connection.vendor != "postgresql":
        return 0.0
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_backend_pid()")
        backend = cursor.fetchone()[0]
    ours = Path(f"/proc/{backend}/stat").read_text().rpartition(")")[2].split()
    parent = Path(f"/proc/{ours[1]}/stat").read_text().rpartition(")")[2].split()
    ticks = int(ours[11]) + int(ours[12]) + int(parent[13]) + int(parent[14])
    return ticks / os.sysconf("SC_CLK_TCK")


def own_cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime


def timed(work: Callable[[], Result], taken: Taken) -> Result:
    server, own, wall = server_cpu_seconds(), own_cpu_seconds(), time.perf_counter()
    result = work()
    taken.wall.append(time.perf_counter() - wall)
    # Helpers count when they are gone, which is a moment after the answer.
    used = own_cpu_seconds() - own
    time.sleep(0.05)
    taken.cpu.append(used + server_cpu_seconds() - server)
    return result


def measured(pair: Pair) -> dict[str, float]:
    """Median of some rounds in turns, so that a busy moment of the machine hits both; the first, cold, is left out."""
    store, database = Taken(), Taken()
    department_of = {str(row_id): pk for row_id, pk in Department.objects.values_list("row_id", "pk")}
    for _round in range(ROUNDS + 1):
        answer = timed(lambda: ask(pair.question, PUBLIC), store)
        rows = timed(lambda: rows_of_database(pair), database)
    found = [tuple(department_of.get(value, value) for value in row.values()) for row in answer.rows]
    assert in_order(found) == in_order(rows)
    wall, wall_of_database = median(store.wall[1:]), median(database.wall[1:])
    cpu, cpu_of_database = median(store.cpu[1:]), median(database.cpu[1:])
    return {
        "groups": len(rows),
        "store_ms": round(wall * 1000, 1),
        "database_ms": round(wall_of_database * 1000, 1),
        "times_faster": round(wall_of_database / wall, 1),
        "store_cpu_ms": round(cpu * 1000, 1),
        "database_cpu_ms": round(cpu_of_database * 1000, 1),
        "times_less_cpu": round(cpu_of_database / cpu, 1),
    }


def make_ready() -> None:
    """What the database gets before it is asked: statistics, and as much memory as DuckDB has."""
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("VACUUM ANALYZE")
            cursor.execute("SET work_mem = '256MB'")
        else:
            cursor.execute("ANALYZE")


def test_the_cube_and_duckdb_against_the_lines(
    capsys: pytest.CaptureFixture[str], settings: Any, tmp_path: Path
) -> None:
    settings.ANALYSIS_DIR = str(tmp_path)
    started = datetime.now(tz=timezone.get_default_timezone())
    releases = []
    for number in range(GOVERNMENTS):
        government, departments, first_programme = make_city(f"城市{number}")
        for year in YEARS:
            phases = ["adopted", "adjusted", "executed"]
            release = make_release(government=government, fiscal_year=year, version=1, phases=phases)
            write_lines(release, LINES // (GOVERNMENTS * len(YEARS)), departments, first_programme)
            releases.append(release)
    make_ready()
    generated = (datetime.now(tz=timezone.get_default_timezone()) - started).total_seconds()

    begun = time.perf_counter()
    cube.rebuild()
    filling = time.perf_counter() - begun
    writing = Taken()
    sizes = [timed(lambda release=release: snapshot_of(release).size, writing) for release in releases]  # type: ignore[misc]
    storing = Taken()
    timed(column_store.refresh, storing)
    # What a correction of one release costs.
    last = releases[-1]
    corrected = make_release(
        government=last.government, fiscal_year=last.fiscal_year, version=2, phases=last.phases, currency=last.currency
    )
    Line.objects.filter(release=last).update(release=corrected)
    Release.objects.filter(pk=last.pk).update(published_at=None)
    snapshot_of(corrected)
    replacing = Taken()
    timed(column_store.refresh, replacing)
    make_ready()
    cube.rebuild()

    department = Department.objects.order_by("pk")[0]
    of_one, one = seconds(lambda: years_of_department(department, PUBLIC))
    of_all, every = seconds(
        lambda: cube.sums_by(cube.department_cells(PUBLIC).filter(government=department.government), "department")
    )
    of_class, _sums = seconds(
        lambda: cube.sums_by(
            cube.programme_cells(PUBLIC).filter(functional_code__startswith="205", fiscal_year=2025), "programme"
        )
    )
    store = column_store.opened()
    assert store is not None
    assert column_store.is_current()
    figures = {
        "database": connection.vendor,
        "lines": Line.objects.count(),
        "generate_seconds": round(generated, 1),
        "cube_seconds": round(filling, 2),
        "department_cells": DepartmentCell.objects.count(),
        "programme_cells": ProgrammeCell.objects.count(),
        "snapshot_seconds": round(sum(writing.wall), 1),
        "snapshot_cpu_seconds": round(sum(writing.cpu), 1),
        "snapshot_bytes": sum(sizes),
        "store_seconds": round(storing.wall[0], 2),
        "store_replaces_one_seconds": round(replacing.wall[0], 2),
        "store_bytes": store.path.stat().st_size,
        "one_department_ms": round(of_one * 1000, 1),
        "all_departments_ms": round(of_all * 1000, 1),
        "class_of_a_year_ms": round(of_class * 1000, 1),
        "questions": {pair.name: measured(pair) for pair in PAIRS if connection.vendor in pair.vendors},
    }
    with capsys.disabled():
        print("\n" + json.dumps({"analysis": figures}, indent=1))
    assert (len(one), len(every)) == (len(YEARS), DEPARTMENTS * len(YEARS))
    assert list(cube.differences()) == []
