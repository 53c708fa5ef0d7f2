"""What a code means, where it stands, and what is spent under it in published budgets."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass

from django.db.models import Q, QuerySet

from cms.budget.line_table import CODED
from cms.budget.models import Line, Phase, Release
from cms.budget.queries import Reader, YearSum, compare, phase_sums, years_of
from cms.classification.models import (
    CHINA,
    ClassificationCorrection,
    ClassificationEntry,
    ClassificationMatch,
    ClassificationVersion,
    Scheme,
)
from cms.classification.queries import children, editions_with, nearest_of, places_of


@dataclass(frozen=True)
class Child:
    """A code below another, and what the newest budget plans and has spent under it, in minor units."""

    entry: ClassificationEntry
    base: int | None
    executed: int | None


@dataclass(frozen=True)
class Correspondence:
    """A code of another classification that means the same, nearly the same, or a part of it."""

    match: ClassificationMatch
    entry: ClassificationEntry | None
    # Whether the other code points to this one, and not this one to it.
    is_reverse: bool


@dataclass(frozen=True)
class CodePage:
    """Everything that the page of a code shows. ``is_exact`` is False where the year has no edition of its own."""

    entry: ClassificationEntry
    year: int
    is_exact: bool
    above: list[ClassificationEntry]
    below: list[Child]
    years: list[YearSum]
    elsewhere: list[Correspondence]
    editions: list[ClassificationEntry]
    corrections: list[ClassificationCorrection]

    @property
    def newest(self) -> Release | None:
        return self.years[-1].release if self.years else None


def code_page(scheme: str, code: str, year: int, reader: Reader, jurisdiction: str = CHINA) -> CodePage | None:
    """None for a code that no edition read there has; a fixed number of queries."""
    having = editions_with(scheme, code, jurisdiction)
    nearest = nearest_of(having, year)
    if nearest is None:
        return None
    entry, is_exact = nearest
    lines = lines_under(scheme, code, jurisdiction)
    sums = years_of(lines, reader) if lines is not None else []
    return CodePage(
        entry=entry,
        year=year,
        is_exact=is_exact,
        above=_above(entry),
        below=_below(entry, sums[-1].release if sums else None),
        years=sums,
        elsewhere=_elsewhere(having),
        editions=having,
        corrections=list(entry.corrections.all()),
    )


def lines_under(scheme: str, code: str, jurisdiction: str = CHINA) -> QuerySet[Line] | None:
    """The lines whose code is this one or begins with it, of budgets that are classified by it."""
    column = CODED.get(Scheme(scheme))
    if column is None:
        return None
    below = Q(release__government__jurisdiction=jurisdiction)
    below |= Q(release__government__jurisdiction__startswith=f"{jurisdiction}-")
    return Line.objects.filter(below, **{f"{column}__startswith": code})


def _above(entry: ClassificationEntry) -> list[ClassificationEntry]:
    prefixes = [entry.code[:length] for length in range(1, len(entry.code))]
    found = ClassificationEntry.objects.select_related("version").filter(version=entry.version_id, code__in=prefixes)
    return sorted(found, key=lambda one: len(one.code))


def _below(entry: ClassificationEntry, newest: Release | None) -> list[Child]:
    entries = children(entry)
    column = CODED.get(Scheme(entry.version.scheme))
    sums: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    if entries and newest is not None and column is not None:
        rows = (
            newest.lines.filter(is_leaf=True, **{f"{column}__startswith": entry.code})
            .values(column)
            .annotate(**phase_sums(Phase.values))
            .order_by()
        )
        for row in rows:
            owner = next((one.code for one in entries if row[column].startswith(one.code)), None)
            for phase in Phase.values:
                if owner is not None and row[phase] is not None:
                    sums[owner][phase] += row[phase]
    below = []
    for one in entries:
        one.version = entry.version
        compared = compare(newest, dict(sums[one.code])) if newest is not None and one.code in sums else None
        below.append(Child(one, compared.base if compared else None, compared.executed if compared else None))
    return below


def _elsewhere(having: list[ClassificationEntry]) -> list[Correspondence]:
    """What any edition of the code says: an edition that a government loads for itself may leave it out."""
    scheme, code = having[0].version.scheme, having[0].code
    own = {entry.pk for entry in having}
    matches = list(
        ClassificationMatch.objects.select_related("entry__version").filter(
            Q(entry__in=own) | Q(scheme=scheme, code=code)
        )
    )
    wanted = Q(pk__in=[])
    for match in matches:
        if match.entry_id in own:
            wanted |= Q(version__scheme=match.scheme, code=match.code)
    named: dict[tuple[str, str], ClassificationEntry] = {}
    for one in ClassificationEntry.objects.select_related("version").filter(wanted).order_by("version"):
        named[one.version.scheme, one.code] = one
    found: dict[tuple[str, str], Correspondence] = {}
    for match in matches:
        is_reverse = match.entry_id not in own
        key = (match.entry.version.scheme, match.entry.code) if is_reverse else (match.scheme, match.code)
        found[key] = Correspondence(match, match.entry if is_reverse else named.get(key), is_reverse)
    return [found[key] for key in sorted(found)]


def nearest_ancestor(scheme: str, code: str, jurisdiction: str = CHINA) -> ClassificationEntry | None:
    """The longest code that this one begins with, in any edition that is read there."""
    prefixes = [code[:length] for length in range(1, len(code))]
    found = ClassificationEntry.objects.select_related("version").filter(
        version__scheme=scheme, version__jurisdiction__in=places_of(jurisdiction), code__in=prefixes
    )
    return max(found, key=lambda one: len(one.code), default=None)


def editions(scheme: str | None = None) -> list[ClassificationVersion]:
    """Editions, newest first within each scheme and jurisdiction, in the order of the schemes."""
    order = list(Scheme.values)
    found = ClassificationVersion.objects.all()
    if scheme is not None:
        found = found.filter(scheme=scheme)
    # The portal's own country first: what its budgets are read by is what most readers look for.
    return sorted(
        found,
        key=lambda one: (
            order.index(one.scheme),
            not one.jurisdiction.startswith(CHINA),
            one.jurisdiction,
            -(one.valid_from or 0),
            -one.pk,
        ),
    )


def tree_of(version: ClassificationVersion) -> list[ClassificationEntry]:
    """All codes of an edition, each after its parent, with the edition at hand; one query."""
    entries = list(version.entries.order_by("code"))
    for entry in entries:
        entry.version = version
    return entries
