"""The table of a release's lines: which of them, in which order, and how each is named."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import F, Q

from cms.budget.models import Department, Line, LineQuerySet, Phase, Programme, Release
from cms.budget.queries import UNASSIGNED, Dimension, dimension_key
from cms.classification.models import ClassificationEntry, Scheme, code_address
from cms.classification.queries import Name, names_by_year
from portal.search import lookups as _lookups  # noqa: F401 - registers folded_contains
from portal.search.terms import cleaned, terms_of

LINES_PER_PAGE = 50
NAMES = ("name", "name_en", "code")
OWN_TEXTS = ("functional_name", "functional_code", "economic_name", "economic_code", "fund")
# The column of a line that holds codes of a scheme; lines carry no codes of the others.
CODED = {Scheme.FUNCTIONAL: "functional_code", Scheme.ECONOMIC: "economic_code", Scheme.FUND: "fund"}
SORTS: dict[str, tuple[str, ...]] = {
    "row": ("row_number",),
    "department": ("department__code", "department__name"),
    "programme": ("programme__code", "programme__name"),
    "function": ("functional_code", "functional_name"),
    "economic": ("economic_code", "economic_name"),
    **{phase: (phase,) for phase in Phase.values},
}
# The way down from each first dimension.
DRILLS = {
    Dimension.FUNCTION: (Dimension.FUNCTION, Dimension.DEPARTMENT, Dimension.PROGRAMME, Dimension.LINE),
    Dimension.DEPARTMENT: (Dimension.DEPARTMENT, Dimension.PROGRAMME, Dimension.ECONOMIC, Dimension.LINE),
    Dimension.ECONOMIC: (Dimension.ECONOMIC, Dimension.DEPARTMENT, Dimension.PROGRAMME, Dimension.LINE),
}


def _uuid(text: str | None) -> str | None:
    """A row identity from a query string, UNASSIGNED, or None for anything else."""
    if not text or text == UNASSIGNED:
        return text or None
    try:
        return str(UUID(text))
    except ValueError:
        return None


@dataclass(frozen=True)
class LineQuery:
    """Which lines somebody asks for. Whatever is unknown in a query string is left out, never an error."""

    by: Dimension | None = None
    function: str | None = None
    department: str | None = None
    programme: str | None = None
    economic: str | None = None
    q: str = ""
    sort: str = "row"

    @classmethod
    def parse(cls, query: Mapping[str, str]) -> LineQuery:
        by = query.get("by", "")
        sort = query.get("sort", "")
        return cls(
            by=next((dimension for dimension in DRILLS if dimension == by), None),
            function=cleaned(query.get("function", "")) or None,
            department=_uuid(query.get("department")),
            programme=_uuid(query.get("programme")),
            economic=cleaned(query.get("economic", "")) or None,
            q=cleaned(query.get("q", "")),
            sort=sort if sort.removeprefix("-") in SORTS else "row",
        )

    def get(self, dimension: Dimension) -> str | None:
        value: str | None = getattr(self, dimension, None)
        return value

    def to(self, **changes: Any) -> str:
        """The query string of this query with some parts changed, default values left out."""
        changed = replace(self, **changes)
        default = LineQuery()
        names = ("by", "function", "department", "programme", "economic", "q", "sort")
        return "?" + urlencode([(n, v) for n in names if (v := getattr(changed, n)) != getattr(default, n) and v])

    @property
    def way_down(self) -> tuple[Dimension, ...]:
        return DRILLS[self.by or Dimension.FUNCTION]

    def chosen(self) -> list[Dimension]:
        """The dimensions that lines are narrowed to, in the order of the way down."""
        rest = [dimension for dimension in Dimension if dimension not in self.way_down]
        return [dimension for dimension in (*self.way_down, *rest) if self.get(dimension)]

    def narrowed(self, release: Release, lines: LineQuerySet) -> LineQuerySet:
        """The lines in the chosen function, department, programme and economic type."""
        for dimension in (Dimension.FUNCTION, Dimension.ECONOMIC):
            if key := self.get(dimension):
                wanted = "" if key == UNASSIGNED else key
                lines = lines.alias(**{f"{dimension}_key": dimension_key(release, dimension)})
                lines = lines.filter(**{f"{dimension}_key": wanted})
        for dimension in (Dimension.DEPARTMENT, Dimension.PROGRAMME):
            if key := self.get(dimension):
                wanted_row = {f"{dimension}__isnull": True} if key == UNASSIGNED else {f"{dimension}__row_id": key}
                lines = lines.filter(**wanted_row)
        return lines

    def ordering(self) -> list[Any]:
        down = self.sort.startswith("-")
        fields = [F(name) for name in SORTS[self.sort.removeprefix("-")]]
        ordered = [field.desc(nulls_last=True) if down else field.asc(nulls_last=True) for field in fields]
        return [*ordered, "row_number"]


def said(fields: Iterable[str], term: str) -> Q:
    """The condition that one of the fields has the term anywhere, whatever its case, accents and width."""
    condition = Q()
    for name in fields:
        condition |= Q(**{f"{name}__folded_contains": term})
    return condition


def search_lines(lines: LineQuerySet, text: str) -> LineQuerySet:
    """The lines with every word of ``text`` in a name or code, in Chinese or English, anywhere in it."""
    terms = terms_of(cleaned(text))
    if text and not terms:
        return lines.none()
    for term in terms:
        # In subqueries, so that each name is looked at once and not once for every line that has it.
        anywhere = Q(programme__in=Programme.objects.filter(said(NAMES, term)).values("pk"))
        anywhere |= Q(department__in=Department.objects.filter(said(NAMES, term)).values("pk"))
        anywhere |= said(OWN_TEXTS, term)
        for scheme, column in CODED.items():
            named = said(("name", "name_en"), term)
            codes = ClassificationEntry.objects.filter(named, version__scheme=scheme).values("code")
            anywhere |= Q(**{f"{column}__in": codes})
        lines = lines.filter(anywhere)
    return lines


@dataclass(frozen=True)
class LineRow:
    """A line with its names in both languages, and its amounts in the order of the phases asked for."""

    line: Line
    title: str
    title_en: str
    functional: str
    functional_en: str
    economic: str
    economic_en: str
    fund_en: str
    amounts: tuple[tuple[Phase, int | None], ...]
    # Whether a list of codes has them.
    is_function_listed: bool = False
    is_economic_listed: bool = False

    @property
    def fund(self) -> str:
        return self.line.fund

    # Addresses are in the reader's language, and a row may be kept for readers of both.
    @property
    def functional_url(self) -> str:
        """Where the code is explained; empty for one that no list has."""
        return self._explained(Scheme.FUNCTIONAL, self.line.functional_code) if self.is_function_listed else ""

    @property
    def economic_url(self) -> str:
        return self._explained(Scheme.ECONOMIC, self.line.economic_code) if self.is_economic_listed else ""

    def _explained(self, scheme: Scheme, code: str) -> str:
        return code_address(scheme, code, self.line.release.jurisdiction)


def described(lines: Iterable[Line], phases: Iterable[Phase]) -> list[LineRow]:
    """Rows for lines that come with release, department and programme; one query for all names.

    A code means what it meant in the line's own year; a name that the source does not give is the official one.
    """
    lines, phases = list(lines), list(phases)
    places: dict[str, set[tuple[str, str, int]]] = defaultdict(set)
    for line in lines:
        if place := line.release.jurisdiction:
            year = line.release.fiscal_year
            places[place] |= {
                (Scheme.FUNCTIONAL, line.functional_code, year),
                (Scheme.ECONOMIC, line.economic_code, year),
                (Scheme.FUND, line.fund, year),
            }
    names = {place: names_by_year(wanted, place) for place, wanted in places.items()}
    unnamed = Name("")
    rows = []
    for line in lines:
        year = line.release.fiscal_year
        found = names.get(line.release.jurisdiction, {})
        function = found.get((Scheme.FUNCTIONAL, line.functional_code, year), unnamed)
        kind = found.get((Scheme.ECONOMIC, line.economic_code, year), unnamed)
        fund_en = found.get((Scheme.FUND, line.fund, year), unnamed).name_en
        functional_en, economic_en = function.name_en, kind.name_en
        if line.programme:
            title_en = line.programme.name_en
        elif line.economic_name:
            title_en = economic_en
        else:
            title_en = functional_en or (line.department.name_en if line.department else "")
        amounts = tuple((phase, getattr(line, phase)) for phase in phases)
        functional = line.functional_name or function.name or line.functional_code
        economic = line.economic_name or kind.name or line.economic_code
        listed = bool(function.name), bool(kind.name)
        rows.append(
            LineRow(
                line, line.title, title_en, functional, functional_en, economic, economic_en, fund_en, amounts, *listed
            )
        )
    return rows


class CountedPaginator(Paginator[Line]):
    """A paginator that has been told how many there are."""

    def __init__(self, found: LineQuerySet, per_page: int, known: int | None) -> None:
        super().__init__(found, per_page)
        if known is not None:
            self.count = known


def line_page(lines: LineQuerySet, query: LineQuery, number: str | None, known: int | None = None) -> Page[Line]:
    """One page of the lines asked for; the last page where ``number`` is beyond it. ``known``: how many there are."""
    found = search_lines(lines.facts(), query.q) if query.q else lines.facts()
    found = found.select_related("department", "programme").order_by(*query.ordering())
    return CountedPaginator(found, LINES_PER_PAGE, known).get_page(number)
