"""Which department or programme a name in a source means: the same one, whatever it was called that year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from datetime import date
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Q, QuerySet

from cms.classification.models import Alias, DepartmentAlias, DepartmentMerger, ProgrammeAlias

if TYPE_CHECKING:
    from cms.budget.models import Department, Government, Programme

AnyAlias = TypeVar("AnyAlias", bound=Alias)


class Identities:
    """Departments and programmes of one government by the names of one year; five queries, however many are asked.

    An alias that somebody declared goes before a department or programme of that very name: an import may have
    created that one before the alias was declared. A programme of a department that went up in another one goes on
    there under its code and name.
    """

    def __init__(self, government: Government, year: int) -> None:
        self.year = year
        self._departments: dict[tuple[str, str], Department] = {}
        self._programmes: dict[tuple[int, str, str], Programme] = {}
        for department in government.departments.prefetch_related("programmes"):
            self._departments[department.code, department.name] = department
            for programme in department.programmes.all():
                self._programmes[department.pk, programme.code, programme.name] = programme
        self._department_aliases: dict[tuple[str, str], list[DepartmentAlias]] = defaultdict(list)
        for alias in DepartmentAlias.objects.standing().filter(department__government=government):
            self._department_aliases[alias.code, alias.name].append(alias)
        self._programme_aliases: dict[tuple[int, str, str], list[ProgrammeAlias]] = defaultdict(list)
        for declared in ProgrammeAlias.objects.standing().filter(under__government=government):
            self._programme_aliases[declared.under_id, declared.code, declared.name].append(declared)
        until = date(year, 12, 31)
        self._predecessors = _went_up(
            DepartmentMerger.objects.standing().filter(successor__government=government, since__lte=until)
        )
        self._by_name: dict[str, Department] = {}
        for department in sorted(self._departments.values(), key=lambda one: one.pk):
            self._by_name.setdefault(department.name, department)
        self._by_pk = {found.pk: found for found in self._departments.values()}
        self._programme_by_pk = {found.pk: found for found in self._programmes.values()}

    def department(self, code: str, name: str) -> Department | None:
        """None where nobody is called so yet. The code stands in for a missing name, as importers have it."""
        name = name or code
        for key in _keys(code, name):
            if alias := _fitting(self._department_aliases.get(key, ()), code, name, self.year):
                return self._by_pk[alias.department_id]
        return self._departments.get((code, name))

    def named(self, name: str) -> Department | None:
        """By its name alone, for sources that give no codes: of several with one name the first."""
        return self.department("", name) or self._by_name.get(name)

    def programme(self, department: Department, code: str, name: str) -> Programme | None:
        """The programme that stands under ``department`` by this code and name; None where there is none yet."""
        name = name or code
        for key in _keys(code, name):
            declared = self._programme_aliases.get((department.pk, *key), ())
            if alias := _fitting(declared, code, name, self.year):
                return self._programme_by_pk[alias.programme_id]
        if found := self._programmes.get((department.pk, code, name)):
            return found
        earlier = [(pk, code, name) for pk in _all_before(department.pk, self._predecessors)]
        brought = [self._programmes[key] for key in earlier if key in self._programmes]
        # Two departments may have brought one each of that name: then it is not told which one goes on.
        return brought[0] if len(brought) == 1 else None


def _keys(code: str, name: str) -> tuple[tuple[str, str], ...]:
    """What an alias for this code and name may say, the most exact first."""
    return (code, name), (code, ""), ("", name)


def _fitting(aliases: Iterable[AnyAlias], code: str, name: str, year: int) -> AnyAlias | None:
    return next((alias for alias in aliases if alias.fits(code, name, year)), None)


def predecessors_of(department: Department) -> set[int]:
    """Every department that went up in this one, directly or through others, by primary key; one query.

    One that was split among several is nobody's predecessor here: its figures belong to none of them alone. So every
    department goes up in at most one other, and sums over departments that still exist count nothing twice.
    """
    return _all_before(department.pk, _went_up(DepartmentMerger.objects.standing()))


def _went_up(mergers: QuerySet[DepartmentMerger]) -> dict[int, set[int]]:
    """Department -> those that went up in it alone."""
    successors: dict[int, set[int]] = defaultdict(set)
    for predecessor, successor in mergers.values_list("predecessor", "successor"):
        successors[predecessor].add(successor)
    found: dict[int, set[int]] = defaultdict(set)
    for predecessor, after in successors.items():
        if len(after) == 1:
            found[next(iter(after))].add(predecessor)
    return found


def _all_before(department: int, predecessors: dict[int, set[int]]) -> set[int]:
    found: set[int] = set()
    layer = {department}
    while layer:
        layer = set().union(*(predecessors.get(one, set()) for one in layer)) - found - {department}
        found |= layer
    return found


def lines_of_department(department: Department, *, with_predecessors: bool = False) -> Q:
    """The condition for budget lines of a department, also those that stand under a name declared to be its own."""
    ones = {department.pk} | (predecessors_of(department) if with_predecessors else set())
    condition = Q(department__in=ones)
    for alias in DepartmentAlias.objects.standing().filter(department__in=ones).select_related("department"):
        same = Q(department__government=alias.department.government_id) & _named("department", alias)
        condition |= same & _in_years(alias)
    return condition


def lines_of_programme(programme: Programme) -> Q:
    """The condition for budget lines of a programme, also those that stand under a name declared to be its own."""
    condition = Q(programme=programme.pk)
    for alias in ProgrammeAlias.objects.standing().filter(programme=programme.pk):
        same = Q(programme__department=alias.under_id) & _named("programme", alias)
        condition |= same & _in_years(alias)
    return condition


def _named(what: str, alias: Alias) -> Q:
    given = {"code": alias.code, "name": alias.name}
    return Q(**{f"{what}__{key}": value for key, value in given.items() if value})


def _in_years(alias: Alias) -> Q:
    years = Q()
    if alias.valid_from is not None:
        years &= Q(release__fiscal_year__gte=alias.valid_from)
    if alias.valid_until is not None:
        years &= Q(release__fiscal_year__lte=alias.valid_until)
    return years
