"""What a correction changed: two releases of one year compared line by line, and what became of a single line.

Lines are matched by codes and names: first by all of them, then by code where there is one (a name was corrected),
then by name where there is one (a code was corrected). Lines that have all of these in common are matched by their
order, and only when there are as many before as after; of others nobody can say which became which. Amounts alone
never make two lines the same: budgets have many equal ones.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from hashlib import blake2b
from operator import or_
from typing import Any, NamedTuple

from django.core.cache import cache
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line, Phase, Release

# Beyond this many lines in either release only totals are compared; the import of a whole country is not a page.
MOST_LINES = 300_000
# Lines that are alike in so many ways that a query for them would be longer than databases take.
MOST_ALIKE = 300
KEPT_SECONDS = 24 * 60 * 60
LINES_AT_ONCE = 5000
# Code and name of everything that a line is known by; a fund has only a name.
DIMENSIONS: tuple[tuple[str, str], ...] = (
    ("department__code", "department__name"),
    ("programme__code", "programme__name"),
    ("functional_code", "functional_name"),
    ("economic_code", "economic_name"),
    ("", "fund"),
)
TEXTS = tuple(name for pair in DIMENSIONS for name in pair if name)
LABELS = {
    "department__code": _("code of the department"),
    "department__name": _("department"),
    "programme__code": _("code of the programme"),
    "programme__name": _("programme"),
    "functional_code": _("functional code"),
    "functional_name": _("function"),
    "economic_code": _("economic code"),
    "economic_name": _("economic type"),
    "fund": _("fund"),
    "note": _("note"),
}


class Entry(NamedTuple):
    """What matching needs of a line, in the order of its release."""

    pk: int
    full: bytes
    by_code: bytes
    by_name: bytes
    content: tuple[Any, ...]


class Matching(NamedTuple):
    """Indexes of lines before and after. Every line stands in exactly one of the lists."""

    same: list[tuple[int, int]]
    changed: list[tuple[int, int]]
    removed: list[int]
    added: list[int]
    # As many lines as one likes on each side, of which nobody can say which became which.
    unclear: list[tuple[list[int], list[int]]]


@dataclass(frozen=True)
class Total:
    """The sum of one phase before and after, in minor units; None where a release has no amounts for it."""

    phase: Phase
    before: int | None
    after: int | None

    @property
    def difference(self) -> int | None:
        return None if self.before is None or self.after is None else self.after - self.before


@dataclass(frozen=True)
class Difference:
    """What ``new`` changed against ``old``: primary keys of lines. ``too_long``: only the totals were compared."""

    old: Release
    new: Release
    totals: list[Total]
    same: int = 0
    changed: list[tuple[int, int]] = field(default_factory=list)
    added: list[int] = field(default_factory=list)
    removed: list[int] = field(default_factory=list)
    unclear: list[tuple[list[int], list[int]]] = field(default_factory=list)
    too_long: bool = False

    @property
    def is_empty(self) -> bool:
        return not (self.changed or self.added or self.removed or self.unclear or self.too_long)


class FateKind(StrEnum):
    CURRENT = "current"
    SAME = "same"
    CHANGED = "changed"
    REMOVED = "removed"
    UNKNOWN = "unknown"


@dataclass(frozen=True)
class Change:
    """One thing about a line that is different now. Amounts are minor units, everything else text."""

    label: Any
    before: Any
    after: Any
    is_amount: bool


@dataclass(frozen=True)
class Fate:
    """What became of a line in the newest published version of its release."""

    kind: FateKind
    newest: Release | None = None
    line: Line | None = None
    changes: tuple[Change, ...] = ()


def difference(old: Release, new: Release) -> Difference:
    """Compare the facts of two releases of one government and year. One pass over each, kept for a day when public."""
    totals = [
        Total(phase, old.totals.get(phase), new.totals.get(phase))
        for phase in Phase
        if phase in old.phases or phase in new.phases
    ]
    if max(old.line_count, new.line_count) > MOST_LINES:
        return Difference(old, new, totals, too_long=True)
    key = f"difference:{old.pk}:{new.pk}"
    is_settled = bool(old.published_at and new.published_at)
    parts = cache.get(key) if is_settled else None
    if parts is None:
        phases = compared_phases(old, new)
        before, after = (_entries(Line.objects.filter(release=release).facts(), phases) for release in (old, new))
        parts = _with_keys(match(before, after), before, after)
        if is_settled:
            cache.set(key, parts, KEPT_SECONDS)
    return Difference(old, new, totals, **parts)


def compared_phases(old: Release, new: Release) -> list[Phase]:
    """The phases that both releases have amounts for; what only one of them has is no change of a line."""
    common = [phase for phase in Phase if phase in old.phases and phase in new.phases]
    return common or [phase for phase in Phase if phase in old.phases or phase in new.phases]


def _with_keys(found: Matching, before: list[Entry], after: list[Entry]) -> dict[str, Any]:
    return {
        "same": len(found.same),
        "changed": [(before[i].pk, after[j].pk) for i, j in found.changed],
        "added": [after[j].pk for j in found.added],
        "removed": [before[i].pk for i in found.removed],
        "unclear": [([before[i].pk for i in olds], [after[j].pk for j in news]) for olds, news in found.unclear],
    }


def _entries(lines: Any, phases: Iterable[Phase]) -> list[Entry]:
    """The lines in the order of their source. Texts are kept as digests: 30,000 lines need a few megabytes."""
    columns = [phase.value for phase in phases]
    rows = lines.order_by("release", "row_number").values_list("pk", *TEXTS, "note", *columns)
    return [_entry(row) for row in rows.iterator(chunk_size=LINES_AT_ONCE)]


def _entry(row: Sequence[Any]) -> Entry:
    texts = dict(zip(TEXTS, (text or "" for text in row[1 : 1 + len(TEXTS)]), strict=True))
    pairs = [(texts.get(code, ""), texts[name]) for code, name in DIMENSIONS]
    return Entry(
        pk=row[0],
        full=_digest(text for pair in pairs for text in pair),
        by_code=_digest((code and f"#{code}") or name for code, name in pairs),
        by_name=_digest(name or (code and f"#{code}") for code, name in pairs),
        content=tuple(row[1 + len(TEXTS) :]),
    )


def _digest(texts: Iterable[str]) -> bytes:
    return blake2b("\0".join(texts).encode(), digest_size=16).digest()


def match(before: Sequence[Entry], after: Sequence[Entry]) -> Matching:
    """Pair the lines of two releases, each given in the order of its source."""
    found = Matching([], [], [], [], [])
    olds, news = list(range(len(before))), list(range(len(after)))
    keys: tuple[Callable[[Entry], bytes], ...] = (
        lambda entry: entry.full,
        lambda entry: entry.by_code,
        lambda entry: entry.by_name,
    )
    for key in keys:
        grouped_old, grouped_new = _grouped(before, olds, key), _grouped(after, news, key)
        for shared in grouped_old.keys() & grouped_new.keys():
            of_old, of_new = grouped_old.pop(shared), grouped_new.pop(shared)
            if len(of_old) != len(of_new):
                found.unclear.append((of_old, of_new))
                continue
            for i, j in zip(of_old, of_new, strict=True):
                one, other = before[i], after[j]
                is_same = one.full == other.full and one.content == other.content
                (found.same if is_same else found.changed).append((i, j))
        olds = sorted(i for group in grouped_old.values() for i in group)
        news = sorted(j for group in grouped_new.values() for j in group)
    found.removed.extend(olds)
    found.added.extend(news)
    for pairs in (found.same, found.changed, found.unclear):
        pairs.sort()  # type: ignore[attr-defined]
    return found


def _grouped(entries: Sequence[Entry], indexes: Iterable[int], key: Callable[[Entry], bytes]) -> dict[bytes, list[int]]:
    groups: defaultdict[bytes, list[int]] = defaultdict(list)
    for index in indexes:
        groups[key(entries[index])].append(index)
    return dict(groups)


def line_fate(line: Line) -> Fate:
    """What became of one line in the newest published version; ``line_fates`` does it for many at once."""
    return line_fates([line])[line.pk]


def line_fates(lines: Iterable[Line]) -> dict[int, Fate]:
    """The fate of each line by primary key. Lines of one release need five queries, however many they are.

    Only the lines that could be meant are read, never a whole release: those that share all codes or all names with
    one asked about, and those that share theirs with one of these. That is all that ``match`` can look at for them.
    """
    asked: defaultdict[int, list[Line]] = defaultdict(list)
    for line in lines:
        asked[line.release_id].append(line)
    newest = _newest_versions(asked.keys())
    fates: dict[int, Fate] = {}
    for release_id, of_release in asked.items():
        newer = newest.get(release_id)
        if newer is None:
            fates |= {line.pk: Fate(FateKind.CURRENT) for line in of_release}
        else:
            fates |= _fates_between(of_release, newer)
    return fates


def _newest_versions(release_ids: Collection[int]) -> dict[int, Release]:
    """For each release that has been corrected the newest version that everybody may read; two queries."""
    olds = Release.objects.in_bulk(list(release_ids))
    years = {(release.government_id, release.fiscal_year) for release in olds.values()}
    if not years:
        return {}
    of_years = reduce(or_, (Q(government=government, fiscal_year=year) for government, year in years))
    newest: dict[tuple[int, int], Release] = {}
    for release in Release.objects.published().filter(of_years).select_related("government").order_by("version"):
        newest[release.government_id, release.fiscal_year] = release
    return {
        pk: newer
        for pk, old in olds.items()
        if (newer := newest.get((old.government_id, old.fiscal_year))) and newer.version > old.version
    }


def _fates_between(lines: list[Line], newer: Release) -> dict[int, Fate]:
    old = lines[0].release
    phases = compared_phases(old, newer)
    both = Line.objects.filter(release__in=(old, newer))
    texts = both.filter(pk__in=[line.pk for line in lines]).order_by().values_list(*TEXTS).distinct()
    near = both.filter(_sharing(texts))
    near_texts = list(near.order_by().values_list(*TEXTS).distinct()[: MOST_ALIKE + 1])
    if len(near_texts) > MOST_ALIKE:
        return {line.pk: Fate(FateKind.UNKNOWN, newer) for line in lines}
    reachable = both.filter(_sharing(near_texts)).filter(is_leaf__in={line.is_leaf for line in lines})
    fates: dict[int, Fate] = {}
    for is_leaf in {line.is_leaf for line in lines}:
        before = _entries(reachable.filter(release=old, is_leaf=is_leaf), phases)
        after = _entries(reachable.filter(release=newer, is_leaf=is_leaf), phases)
        became = _became(match(before, after), before, after)
        loaded = Line.objects.select_related("department", "programme", "release__government").in_bulk(
            [became[line.pk] for line in lines if isinstance(became.get(line.pk), int)]
        )
        for line in lines:
            if line.is_leaf == is_leaf:
                fates[line.pk] = _fate(line, became[line.pk], loaded, newer, phases)
    return fates


def _sharing(rows: Iterable[Sequence[str | None]]) -> Q:
    """Lines that have all codes, or all names, of one of the rows in common."""
    wanted = Q(pk__in=())
    for texts in {tuple(text or "" for text in row) for row in rows}:
        values = dict(zip(TEXTS, texts, strict=True))
        for by_code in (True, False):
            same = Q()
            for code, name in DIMENSIONS:
                same &= _shares(code, name, values, by_code=by_code)
            wanted |= same
    return wanted


def _shares(code: str, name: str, values: dict[str, str], *, by_code: bool) -> Q:
    first, second = (code, name) if by_code else (name, code)
    if first and values.get(first):
        return Q(**{first: values[first]})
    is_blank = _blank(first)
    if second and values.get(second):
        return is_blank & Q(**{second: values[second]})
    return is_blank & _blank(second)


def _blank(column: str) -> Q:
    if not column:
        return Q()
    relation = column.partition("__")[0]
    return Q(**{column: ""}) | Q(**{f"{relation}__isnull": True}) if "__" in column else Q(**{column: ""})


def _became(found: Matching, before: list[Entry], after: list[Entry]) -> dict[int, int | FateKind]:
    """For each line before, the line after, or why there is none."""
    became: dict[int, int | FateKind] = {before[i].pk: after[j].pk for i, j in (*found.same, *found.changed)}
    became |= {before[i].pk: FateKind.REMOVED for i in found.removed}
    became |= {before[i].pk: FateKind.UNKNOWN for olds, _news in found.unclear for i in olds}
    return became


def _fate(line: Line, became: int | FateKind, loaded: dict[int, Line], newer: Release, phases: Iterable[Phase]) -> Fate:
    if isinstance(became, FateKind):
        return Fate(became, newer)
    now = loaded[became]
    changes = tuple(changes_between(line, now, phases))
    return Fate(FateKind.CHANGED if changes else FateKind.SAME, newer, now, changes)


def changes_between(before: Line, after: Line, phases: Iterable[Phase]) -> Iterable[Change]:
    """What is different, amounts first. Both lines come with department and programme."""
    for phase in phases:
        one, other = getattr(before, phase), getattr(after, phase)
        if one != other:
            yield Change(phase.label, one, other, True)
    for column in (*TEXTS, "note"):
        one, other = _text(before, column), _text(after, column)
        if one != other:
            yield Change(LABELS[column], one, other, False)


def _text(line: Line, column: str) -> str:
    relation, _separator, name = column.partition("__")
    value = getattr(line, relation)
    return str(getattr(value, name) if name and value else "" if name else value)
