"""What the pages of the room offer to choose from. Every list holds only what is public, or the reader may see."""

from __future__ import annotations

from dataclasses import dataclass

from django.db.models import Count, QuerySet

from cms.analysis.asking import By, Question
from cms.analysis.comparing import Compared, governments_for
from cms.analysis.cube import department_cells, programme_cells
from cms.analysis.models import Population, PriceIndex
from cms.budget.models import Department, Government
from cms.budget.queries import Dimension, Reader, names_of
from cms.classification.models import Scheme
from cms.classification.queries import names_of as official_names

# More check boxes than this are no choice any more: then a government has to be chosen first.
DEPARTMENTS_AT_ONCE = 80
CLASSES_SHOWN = 12
FEWEST_PROGRAMMES = 2


@dataclass(frozen=True)
class Choices:
    """``departments`` is empty while a government has to be chosen first."""

    governments: list[Government]
    government: Government | None
    departments: list[Department]
    years: list[int]


def choices_for(question: Question, reader: Reader, government: str = "") -> Choices:
    governments = list(governments_for(reader))
    chosen = next((found for found in governments if str(found.pk) == government), None)
    if chosen is None and len(governments) == 1:
        chosen = governments[0]
    departments: list[Department] = []
    if question.by is not By.GOVERNMENT:
        visible = (
            Department.objects.visible_to(reader).select_related("government").order_by("government", "code", "pk")
        )
        offered = visible.filter(government=chosen) if chosen else visible
        departments = list(offered[: DEPARTMENTS_AT_ONCE + 1])
        if len(departments) > DEPARTMENTS_AT_ONCE and chosen is None:
            departments = []
        elif chosen is not None and len(departments) > DEPARTMENTS_AT_ONCE:
            departments = list(offered)
        picked = set(question.picks) - {str(found.row_id) for found in departments}
        if question.by is By.DEPARTMENT and picked:
            departments = [*visible.filter(row_id__in=picked), *departments]
    return Choices(governments, chosen, departments, years_for(reader))


def years_for(reader: Reader) -> list[int]:
    """Years with something public, the newest first."""
    years = department_cells(reader).order_by().values_list("fiscal_year", flat=True).distinct()
    return sorted(years, reverse=True)


def functions_of(compared: Compared, reader: Reader) -> list[tuple[str, str, str]]:
    """Key, name and English name of the functional classes that the things compared have money in."""
    if not compared.releases:
        return []
    newest = max(compared.releases, key=lambda release: (release.fiscal_year, release.pk))
    subjects = [compared.subject] if compared.subject else [item.subject for item in compared.items]
    name = "department" if isinstance(subjects[0], Department) else "government"
    cells = department_cells(reader).filter(**{f"{name}__in": [subject.pk for subject in subjects if subject]})
    keys = sorted(key for key in cells.order_by().values_list("function", flat=True).distinct() if key)
    names = names_of(newest, Dimension.FUNCTION, keys)
    return [(key, names[key].name, names[key].name_en) for key in keys]


@dataclass(frozen=True)
class ClassLink:
    """A functional code with the number of its programmes in a year."""

    code: str
    year: int
    programmes: int
    name: str
    name_en: str


def classes_with_most_programmes(reader: Reader) -> list[ClassLink]:
    """The functional codes of the newest year under which the most programmes stand; a fixed number of queries."""
    cells = programme_cells(reader).exclude(functional_code="")
    year = cells.order_by("-fiscal_year").values_list("fiscal_year", flat=True).first()
    if year is None:
        return []
    counted = (
        cells.filter(fiscal_year=year)
        .order_by()
        .values("functional_code")
        .annotate(programmes=Count("programme", distinct=True))
        .filter(programmes__gte=FEWEST_PROGRAMMES)
        .order_by("-programmes", "functional_code")[:CLASSES_SHOWN]
    )
    rows = list(counted)
    names = official_names(Scheme.FUNCTIONAL, [row["functional_code"] for row in rows], year)
    found = []
    for row in rows:
        name = names.get(row["functional_code"])
        said = (name.name, name.name_en) if name else ("", "")
        found.append(ClassLink(row["functional_code"], year, row["programmes"], *said))
    return found


def prices_for(reader: Reader) -> QuerySet[PriceIndex]:
    prices: QuerySet[PriceIndex] = PriceIndex.objects.visible_to(reader)
    return prices.select_related("government", "entered_with").order_by("government", "-year")


def population_for(reader: Reader) -> QuerySet[Population]:
    people: QuerySet[Population] = Population.objects.visible_to(reader)
    return people.select_related("government", "entered_with").order_by("government", "-year")
