"""What a code means in a year: names, parents and children, in the edition that was valid then."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass

from cms.calendars.working_days import lineage
from cms.classification.models import CHINA, EVERYWHERE, ClassificationEntry, ClassificationVersion


@dataclass(frozen=True)
class Name:
    """An official name in both languages; the English one may be empty."""

    name: str
    name_en: str = ""


@dataclass(frozen=True)
class Edition:
    """The edition to read a year's codes by. ``is_exact`` is False where it is only the nearest that is at hand."""

    version: ClassificationVersion
    is_exact: bool


def places_of(jurisdiction: str) -> list[str]:
    """Whose editions are read in a jurisdiction: its own, those that it inherits, and those that are nobody's own."""
    return [EVERYWHERE, *lineage(jurisdiction)]


def edition_of(scheme: str, year: int, jurisdiction: str = CHINA) -> Edition | None:
    """The edition valid in a year; failing that the last one before it, failing that the first one after; one query.

    Of two that are valid the one of the narrower jurisdiction counts, of those the one that began later, and of those
    the one that was loaded later.
    """
    versions = ClassificationVersion.objects.filter(scheme=scheme, jurisdiction__in=places_of(jurisdiction))
    return _choose(list(versions), year)


def _choose(versions: list[ClassificationVersion], year: int) -> Edition | None:
    if not versions:
        return None

    def begins(version: ClassificationVersion) -> int:
        return version.valid_from or 0

    valid = [v for v in versions if begins(v) <= year <= (v.valid_until or year)]
    if valid:
        return Edition(max(valid, key=lambda v: (len(v.jurisdiction), begins(v), v.pk)), True)
    before = [v for v in versions if begins(v) <= year]
    nearest = (
        max(before, key=lambda v: (v.valid_until or 0, begins(v), v.pk))
        if before
        else min(versions, key=lambda v: (begins(v), -v.pk))
    )
    return Edition(nearest, False)


def names_by_year(
    wanted: Iterable[tuple[str, str, int]], jurisdiction: str = CHINA
) -> dict[tuple[str, str, int], Name]:
    """(scheme, code, year) -> name, by the edition of the year or the nearest one that has the code; one query."""
    asked = {(str(scheme), code, year) for scheme, code, year in wanted if code}
    if not asked:
        return {}
    entries: dict[tuple[str, str], dict[int, ClassificationEntry]] = defaultdict(dict)
    rows = ClassificationEntry.objects.filter(
        version__scheme__in={scheme for scheme, _code, _year in asked},
        version__jurisdiction__in=places_of(jurisdiction),
        code__in={code for _scheme, code, _year in asked},
    ).select_related("version")
    for entry in rows:
        entries[entry.version.scheme, entry.code][entry.version_id] = entry
    names = {}
    for scheme, code, year in asked:
        having = entries.get((scheme, code), {})
        edition = _choose([entry.version for entry in having.values()], year)
        if edition:
            found = having[edition.version.pk]
            names[scheme, code, year] = Name(found.name, found.name_en)
    return names


def names_of(scheme: str, codes: Iterable[str], year: int, jurisdiction: str = CHINA) -> dict[str, Name]:
    """Code -> name, by the edition of the year or the nearest one that has the code; one query."""
    found = names_by_year(((scheme, code, year) for code in codes), jurisdiction)
    return {code: name for (_scheme, code, _year), name in found.items()}


def name_of(scheme: str, code: str, year: int, jurisdiction: str = CHINA) -> Name | None:
    return names_of(scheme, [code], year, jurisdiction).get(code)


def english_of(scheme: str) -> dict[str, str]:
    """Code -> English name, of lists that are nobody's own and the same in every year; one query."""
    found = ClassificationEntry.objects.filter(version__scheme=scheme, version__jurisdiction=EVERYWHERE)
    return dict(found.exclude(name_en="").order_by("version_id").values_list("code", "name_en"))


def nearest_of(entries: Iterable[ClassificationEntry], year: int) -> tuple[ClassificationEntry, bool] | None:
    """Of one code in several editions the one to read a year by, and whether its edition is valid then."""
    by_version = {entry.version_id: entry for entry in entries}
    edition = _choose([entry.version for entry in by_version.values()], year)
    return (by_version[edition.version.pk], edition.is_exact) if edition else None


def ancestors(scheme: str, code: str, year: int, jurisdiction: str = CHINA) -> list[ClassificationEntry]:
    """The entries above a code, from the class (类) down; the code itself is left out. It need not be in the list.

    A parent is a code that this one begins with, so one query finds them all.
    """
    edition = edition_of(scheme, year, jurisdiction)
    if edition is None:
        return []
    prefixes = [code[:length] for length in range(1, len(code))]
    entries = ClassificationEntry.objects.filter(version=edition.version, code__in=prefixes)
    return sorted(entries, key=lambda entry: len(entry.code))


def children(entry: ClassificationEntry) -> list[ClassificationEntry]:
    return list(entry.children.order_by("code"))


def editions_with(scheme: str, code: str, jurisdiction: str = CHINA) -> list[ClassificationEntry]:
    """The same code in every edition that has it, newest first: names change while codes stay, and the reverse."""
    entries = ClassificationEntry.objects.filter(
        version__scheme=scheme, version__jurisdiction__in=places_of(jurisdiction), code=code
    ).select_related("version")
    return sorted(entries, key=lambda entry: (-(entry.version.valid_from or 0), -entry.version_id))
