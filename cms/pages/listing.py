"""The list of disclosures: what it can be narrowed to, with how many there would be."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy

from cms.budget.models import Department, Line, Phase, Release
from cms.budget.queries import Reader
from portal.ui.furniture import local


class ReleaseKind(TextChoices):
    """What a release tells of its year."""

    BUDGET = "budget", pgettext_lazy("kind of release", "Budget")
    EXECUTION = "execution", _("Execution during the year")
    ACCOUNTS = "accounts", _("Accounts of a whole year")


def kind_of(release: Release) -> ReleaseKind:
    if Phase.EXECUTED not in release.phases:
        return ReleaseKind.BUDGET
    day = release.as_of
    is_under_way = day is not None and day.year == release.fiscal_year and (day.month, day.day) != (12, 31)
    return ReleaseKind.EXECUTION if is_under_way else ReleaseKind.ACCOUNTS


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    count: int
    is_chosen: bool


@dataclass(frozen=True)
class Facet:
    """One filter. It offers only what something on the list has."""

    name: str
    label: Any
    options: list[Option]
    chosen: str


Values = Callable[[Release], list[tuple[str, str]]]


def _government(release: Release) -> list[tuple[str, str]]:
    return [(str(release.government_id), local(release.government, "name"))]


def _year(release: Release) -> list[tuple[str, str]]:
    return [(str(release.fiscal_year), str(release.fiscal_year))]


def _phase(release: Release) -> list[tuple[str, str]]:
    return [(str(phase), str(phase.label)) for phase in Phase if phase in release.phases]


def _kind(release: Release) -> list[tuple[str, str]]:
    kind = kind_of(release)
    return [(str(kind), str(kind.label))]


@dataclass(frozen=True)
class Listing:
    """``shown`` keeps the order of what was listed; ``count`` is how many there are in all."""

    shown: list[Any]
    count: int
    facets: list[Facet]

    @property
    def is_narrowed(self) -> bool:
        return any(facet.chosen for facet in self.facets)


def narrowed(listed: list[Any], parameters: Mapping[str, str], reader: Reader) -> Listing:
    """What of ``listed`` (each has a ``release``) fits the query string; two queries.

    The counts of a filter say how many would remain with the other filters as they are.
    """
    departments = _departments(reader)
    facets: list[tuple[str, Any, Values]] = [
        ("year", _("Year"), _year),
        ("government", _("Government"), _government),
        ("kind", _("Kind"), _kind),
        ("phase", _("Has amounts for"), _phase),
        ("department", _("Department"), lambda release: departments.get(release.pk, [])),
    ]
    asked = {name: parameters.get(name, "") for name, _label, _values in facets}
    values = {name: {item.release.pk: dict(of(item.release)) for item in listed} for name, _label, of in facets}

    def fits(item: Any, but: str = "") -> bool:
        return all(not value or value in values[name][item.release.pk] for name, value in asked.items() if name != but)

    found = []
    for name, label, _of in facets:
        counts: Counter[str] = Counter()
        labels: dict[str, str] = {}
        for item in listed:
            labels |= values[name][item.release.pk]
            if fits(item, but=name):
                counts.update(values[name][item.release.pk].keys())
        if len(labels) < 2:
            continue
        options = [Option(value, words, counts[value], value == asked[name]) for value, words in labels.items()]
        found.append(Facet(name, label, options, asked[name]))
    return Listing([item for item in listed if fits(item)], len(listed), found)


def _departments(reader: Reader) -> dict[int, list[tuple[str, str]]]:
    """Row id and name of the departments of each release that the reader may see."""
    found_pairs = (
        Line.objects.visible_to(reader)
        .filter(department__isnull=False)
        .order_by()
        .values_list("release", "department")
        .distinct()
    )
    pairs: list[Any] = list(found_pairs)
    named: dict[int, tuple[UUID, Department]] = {}
    for department in Department.objects.filter(pk__in={pk for _release, pk in pairs}).order_by("code", "name"):
        named[department.pk] = (department.row_id, department)
    order = {pk: place for place, pk in enumerate(named)}
    found: dict[int, list[tuple[str, str]]] = {}
    for release, pk in sorted(pairs, key=lambda pair: order[pair[1]]):
        row_id, department = named[pk]
        found.setdefault(release, []).append((str(row_id), local(department, "name")))
    return found
