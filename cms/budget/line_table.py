"""The table of a release's lines: which of them, in which order, and how each is named."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.core.paginator import Page, Paginator
from django.db.models import F, Q

from cms.budget.models import ClassificationCode, Line, LineQuerySet, Phase, Release
from cms.budget.queries import UNASSIGNED, Dimension, dimension_key

LINES_PER_PAGE = 50
# Longer queries are cut, not refused: the first words decide.
QUERY_MAX_CHARS = 200
QUERY_MAX_TERMS = 8
SEARCHED = (
    "programme__name",
    "programme__name_en",
    "programme__code",
    "department__name",
    "department__name_en",
    "department__code",
    "functional_name",
    "functional_code",
    "economic_name",
    "economic_code",
    "fund",
)
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


def cleaned(text: str) -> str:
    """A search text without control characters, full-width forms made plain, and not longer than is useful."""
    plain = unicodedata.normalize("NFKC", text[: QUERY_MAX_CHARS * 4])
    return " ".join("".join(c if c.isprintable() else " " for c in plain).split())[:QUERY_MAX_CHARS]


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


def search_lines(lines: LineQuerySet, text: str) -> LineQuerySet:
    """The lines with every word of ``text`` in a name or code, in Chinese or English, anywhere in it."""
    for term in cleaned(text).split()[:QUERY_MAX_TERMS]:
        anywhere = Q()
        for name in SEARCHED:
            anywhere |= Q(**{f"{name}__icontains": term})
        for scheme in ClassificationCode.Scheme.values:
            codes = ClassificationCode.objects.filter(scheme=scheme, name_en__icontains=term).values("code")
            anywhere |= Q(**{f"{scheme}_code__in": codes})
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
    amounts: tuple[tuple[Phase, int | None], ...]


def described(lines: Iterable[Line], phases: Iterable[Phase]) -> list[LineRow]:
    """Rows for lines that come with their department and programme; one query for all names."""
    lines, phases = list(lines), list(phases)
    schemes = ClassificationCode.Scheme
    names = {
        (code.scheme, code.code): code.name_en
        for code in ClassificationCode.objects.filter(
            Q(scheme=schemes.FUNCTIONAL, code__in={line.functional_code for line in lines})
            | Q(scheme=schemes.ECONOMIC, code__in={line.economic_code for line in lines})
        )
    }
    rows = []
    for line in lines:
        functional_en = names.get((schemes.FUNCTIONAL, line.functional_code), "")
        economic_en = names.get((schemes.ECONOMIC, line.economic_code), "")
        if line.programme:
            title_en = line.programme.name_en
        elif line.economic_name:
            title_en = economic_en
        else:
            title_en = functional_en or (line.department.name_en if line.department else "")
        amounts = tuple((phase, getattr(line, phase)) for phase in phases)
        functional = line.functional_name or line.functional_code
        economic = line.economic_name or line.economic_code
        rows.append(LineRow(line, line.title, title_en, functional, functional_en, economic, economic_en, amounts))
    return rows


def line_page(lines: LineQuerySet, query: LineQuery, number: str | None) -> Page[Line]:
    """One page of the lines asked for; the last page where ``number`` is beyond it."""
    found = search_lines(lines.facts(), query.q) if query.q else lines.facts()
    found = found.select_related("department", "programme").order_by(*query.ordering())
    return Paginator(found, LINES_PER_PAGE).get_page(number)
