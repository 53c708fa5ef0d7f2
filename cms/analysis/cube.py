"""The cube: sums of facts made once, when a release becomes public, so that pages need not read its lines.

Only the newest public version of a year has cells: a correction replaces those of the version before, and drafts have
none. Nothing may be summed across currencies, and years are told apart by their release, whose phases say what the
amounts mean.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps as installed_apps
from django.apps.registry import Apps
from django.db import connection, transaction
from django.db.models import Count, F, Model, QuerySet, Sum, Value

from cms.analysis.models import CellQuerySet, DepartmentCell, ProgrammeCell
from cms.budget.models import BEGINS_UNDER, Government, Line, Phase, Release
from cms.budget.queries import Amounts, Comparison, Dimension, Reader, compare, dimension_key

PHASES = tuple(Phase.values)


@dataclass(frozen=True)
class CubeSum:
    """Facts of one release that share ``key``: a primary key, a class or code; None where lines have no such thing."""

    key: Any
    release: Release
    amounts: Amounts
    lines: int

    @property
    def year(self) -> int:
        return self.release.fiscal_year

    @property
    def comparison(self) -> Comparison:
        return compare(self.release, self.amounts, self.lines)


def fill(release: Release) -> None:
    """Make the cells of a release's year anew, in the transaction that publishes it."""
    with transaction.atomic():
        # Two versions that are published at the same moment must not both leave their cells.
        Government.objects.select_for_update().get(pk=release.government_id)
        _refill(release.government_id, release.fiscal_year, installed_apps)


def rebuild() -> int:
    """Make every cell anew; returns how many years of governments there are."""
    years = list(Release.objects.published().order_by().values_list("government", "fiscal_year").distinct())
    with transaction.atomic():
        DepartmentCell.objects.all().delete()
        ProgrammeCell.objects.all().delete()
        for government, year in years:
            _refill(government, year, installed_apps)
    return len(years)


def fill_first(apps: Apps, schema_editor: Any) -> None:
    """For a migration: the cells of what was public before there was a cube."""
    published = apps.get_model("cms", "Release")._default_manager.filter(published_at__isnull=False)
    for government, year in published.order_by().values_list("government", "fiscal_year").distinct():
        _refill(government, year, apps)


def _refill(government: int, year: int, apps: Any) -> None:
    lines, releases = apps.get_model("cms", "Line"), apps.get_model("cms", "Release")
    department_cells, programme_cells = apps.get_model("cms", "DepartmentCell"), apps.get_model("cms", "ProgrammeCell")
    for cells in (department_cells, programme_cells):
        cells._default_manager.filter(government=government, fiscal_year=year).delete()
    public = releases._default_manager.filter(government=government, fiscal_year=year, published_at__isnull=False)
    newest = public.order_by("-version").first()
    if newest is None:
        return
    facts = lines._default_manager.filter(release=newest, is_leaf=True)
    # In a migration the row at hand has columns only, and none of the properties that tell how it is classified; in
    # the first one governments did not say by what they are read.
    follows = getattr(newest.government, "jurisdiction", BEGINS_UNDER.get(newest.currency, ""))
    classified = Release(currency=newest.currency, government=Government(jurisdiction=follows))
    same = {"government": Value(government), "fiscal_year": Value(year)}
    by_department = facts.annotate(
        **same,
        function=dimension_key(classified, Dimension.FUNCTION),
        economic=dimension_key(classified, Dimension.ECONOMIC),
    )
    _insert(department_cells, by_department, ("release", *same, "department", "function", "economic"))
    by_programme = facts.filter(programme__isnull=False).annotate(**same)
    _insert(programme_cells, by_programme, ("release", *same, "department", "programme", "functional_code"))


def _insert(cells: type[Model], lines: QuerySet[Any], keys: tuple[str, ...]) -> None:
    """One statement that sums and inserts: the database never hands the lines over."""
    sums = {phase: Sum(phase) for phase in PHASES}
    rows = lines.order_by().values(*keys).annotate(line_count=Count("pk"), **sums)
    sql, parameters = rows.query.sql_with_params()
    fields = [cells._meta.get_field(name) for name in (*keys, "line_count", *PHASES)]
    quoted = connection.ops.quote_name
    columns = ", ".join(quoted(str(field.get_attname_column()[1])) for field in fields)  # type: ignore[union-attr]
    with connection.cursor() as cursor:
        # Names of our own tables and columns, and a query that Django wrote; values are bound.
        cursor.execute(f"INSERT INTO {quoted(cells._meta.db_table)} ({columns}) {sql}", parameters)


def department_cells(reader: Reader) -> CellQuerySet:
    return DepartmentCell.objects.visible_to(reader)


def programme_cells(reader: Reader) -> CellQuerySet:
    return ProgrammeCell.objects.visible_to(reader)


def sums_by(cells: CellQuerySet, key: str) -> list[CubeSum]:
    """Cells summed by one of their columns and by release, the earliest year first; two queries, one where empty."""
    rows: list[Any] = list(
        cells.order_by()
        .annotate(cube_key=F(key))
        .values("cube_key", "release")
        .annotate(lines=Sum("line_count"), **{phase: Sum(phase) for phase in PHASES})
    )
    releases = Release.objects.select_related("government").in_bulk({row["release"] for row in rows}) if rows else {}
    sums = [
        CubeSum(
            row["cube_key"],
            releases[row["release"]],
            {phase: None if row[phase] is None else int(row[phase]) for phase in PHASES},
            int(row["lines"]),
        )
        for row in rows
    ]
    return sorted(sums, key=lambda found: (found.year, found.release.government_id, str(found.key)))


@dataclass(frozen=True)
class Difference:
    """Where the cube and the lines do not say the same. ``cube`` and ``lines``: sums by phase, or None for no row."""

    release: str
    department: int | None
    cube: Amounts | None
    lines: Amounts | None


def differences() -> Iterator[Difference]:
    """Hold the cube against sums over the lines, department by department; and against what ought to have cells."""
    current = Release.objects.published().newest_versions()
    for release in current.select_related("government"):
        facts = Line.objects.filter(release=release, is_leaf=True)
        of_lines = _totals(facts, "department")
        yield from _compared(release, _totals(DepartmentCell.objects.filter(release=release), "department"), of_lines)
        of_lines = _totals(facts.filter(programme__isnull=False), "department")
        yield from _compared(release, _totals(ProgrammeCell.objects.filter(release=release), "department"), of_lines)
    for cells in (DepartmentCell, ProgrammeCell):
        stale = cells.objects.exclude(release__in=current)
        for release in Release.objects.filter(pk__in=list(stale.values_list("release", flat=True).distinct())):
            yield Difference(str(release), None, {}, None)


def _totals(rows: QuerySet[Any], key: str) -> dict[int | None, Amounts]:
    sums = rows.order_by().values(key).annotate(**{f"sum_{phase}": Sum(phase) for phase in PHASES})
    return {row[key]: {phase: row[f"sum_{phase}"] for phase in PHASES} for row in sums}


def _compared(
    release: Release, cube: dict[int | None, Amounts], lines: dict[int | None, Amounts]
) -> Iterator[Difference]:
    for department in sorted({*cube, *lines}, key=lambda key: (key is None, key or 0)):
        if cube.get(department) != lines.get(department):
            yield Difference(str(release), department, cube.get(department), lines.get(department))
