"""Which department or programme a name in a source means: the same one, whatever it was called that year."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from typing import TYPE_CHECKING, TypeVar

from django.db.models import Q

from cms.classification.models import Alias, DepartmentAlias, DepartmentMerger, ProgrammeAlias

if TYPE_CHECKING:
    from cms.budget.models import Department, Government, Programme

AnyAlias = TypeVar("AnyAlias", bound=Alias)


class Identities:
    """Departments and programmes of one government by the names of one year; four queries, however many are asked.

    An alias that somebody declared goes before a department or programme of that very name: an import may have
    created that one before the alias was declared.
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
        self._by_pk = {found.pk: found for found in self._departments.values()}
        self._programme_by_pk = {found.pk: found for found in self._programmes.values()}

    def department(self, code: str, name: str) -> Department | None:
        """None where nobody is called so yet. The code stands in for a missing name, as importers have it."""
        name = name or code
        for key in _keys(code, name):
            if alias := _fitting(self._department_aliases.get(key, ()), code, name, self.year):
                return self._by_pk[alias.department_id]
        return self._departments.get((code, name))

    def programme(self, department: Department, code: str, name: str) -> Programme | None:
        """The programme that stands under ``department`` by this code and name; None where there is none yet."""
        name = name or code
        for key in _keys(code, name):
            declared = self._programme_aliases.get((department.pk, *key), ())
            if alias := _fitting(declared, code, name, self.year):
                return self._programme_by_pk[alias.programme_id]
        return self._programmes.get((department.pk, code, name))


def _keys(code: str, name: str) -> tuple[tuple[str, str], ...]:
    """What an alias for this code and name may say, the most exact first."""
    return (code, name), (code, ""), ("", name)


def _fitting(aliases: Iterable[AnyAlias], code: str, name: str, year: int) -> AnyAlias | None:
    return next((alias for alias in aliases if alias.fits(code, name, year)), None)


def department_for(government: Government, code: str, name: str, year: int) -> Department | None:
    """The department that a source means, or None. For many at once use ``Identities``."""
    return Identities(government, year).department(code, name)


def programme_for(department: Department, code: str, name: str, year: int) -> Programme | None:
    """The programme that a source means under ``department``, or None. For many at once use ``Identities``."""
    return Identities(department.government, year).programme(department, code, name)


def predecessors_of(department: Department) -> set[int]:
    """Every department that went up in this one, directly or through others, by primary key; one query.

    One that was split among several is nobody's predecessor here: its figures belong to none of them alone. So every
    department goes up in at most one other, and sums over departments that still exist count nothing twice.
    """
    successors: dict[int, set[int]] = defaultdict(set)
    for predecessor, successor in DepartmentMerger.objects.standing().values_list("predecessor", "successor"):
        successors[predecessor].add(successor)
    found: set[int] = set()
    layer = {department.pk}
    while layer:
        layer = {one for one, others in successors.items() if len(others) == 1 and others <= layer} - found
        layer.discard(department.pk)
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
