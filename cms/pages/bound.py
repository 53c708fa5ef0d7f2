"""What blocks show of published figures, read when the page is."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.contrib.auth.models import AnonymousUser
from django.utils.translation import gettext_lazy as _

from cms.budget import queries
from cms.budget.models import Phase, Release
from cms.budget.queries import Dimension, Group, Reader
from cms.budget.requests import reader_of
from cms.figures import kinds as registry
from cms.figures.registry import Figure
from cms.open_data.queries import Download, downloads_of
from portal.errors import NotFound

NEWEST, BEFORE = "newest", "before"
RELEASES_OFFERED = 100
MEASURES = (
    ("budget", _("Budget")),
    ("executed", _("Executed")),
    ("rate", _("Share spent")),
    ("lines", _("Lines")),
    ("departments", _("Departments")),
    ("programmes", _("Programmes")),
)
DIMENSIONS = (
    (Dimension.DEPARTMENT.value, _("Department")),
    (Dimension.FUNCTION.value, _("Function")),
    (Dimension.PROGRAMME.value, _("Programme")),
    (Dimension.ECONOMIC.value, _("Economic type")),
)


def reader_in(request: Any) -> Reader:
    """Who reads; a page drawn without a request is drawn for everybody."""
    return reader_of(request) if request is not None else AnonymousUser()


def release_choices() -> list[tuple[str, Any]]:
    """The two that move with time, then every published release, the newest first."""
    found = Release.objects.published().select_related("government").order_by("-fiscal_year", "government", "-version")
    return [
        (NEWEST, _("always the newest")),
        (BEFORE, _("always the one of the year before the newest")),
        *((str(release.row_id), str(release)) for release in found[:RELEASES_OFFERED]),
    ]


def release_chosen(choice: str, reader: Reader) -> Release | None:
    newest = queries.newest_release(reader)
    if choice == NEWEST or newest is None:
        return newest
    if choice == BEFORE:
        earlier = queries.releases_for(reader).filter(government=newest.government, fiscal_year=newest.fiscal_year - 1)
        return earlier.order_by("-version").first()
    try:
        row_id = UUID(choice)
    except ValueError:
        return None
    return Release.objects.visible_to(reader).select_related("government").filter(row_id=row_id).first()


@dataclass(frozen=True)
class KeyFigure:
    """One number. ``kind``: money (minor units), ratio or count. ``label`` names the phase or the thing counted."""

    kind: str
    value: Any
    label: str


def key_figure(release: Release, measure: str) -> KeyFigure:
    facts = queries.facts_of(release, release.lines.all())
    base = queries.base_phase(release)
    match measure:
        case "budget":
            return KeyFigure("money", facts.comparison.base, str(base.label) if base else str(_("Budget")))
        case "executed":
            return KeyFigure("money", facts.comparison.executed, str(_("Executed")))
        case "rate":
            return KeyFigure("ratio", facts.comparison.rate, str(_("Share spent")))
    return KeyFigure("count", getattr(facts, measure), str(dict(MEASURES)[measure]))


@dataclass(frozen=True)
class DataTable:
    """The largest groups of a release. ``phase`` is what the rows are ordered by; ``left_out`` counts the others."""

    groups: list[Group]
    phase: Phase
    largest: int
    left_out: int

    @property
    def rows(self) -> list[tuple[Group, int | None]]:
        return [(group, group.amounts.get(self.phase)) for group in self.groups]


def data_table(release: Release, dimension: str, rows: int) -> DataTable | None:
    phase = queries.size_phase(release)
    if phase is None:
        return None
    groups = queries.groups_by(release, Dimension(dimension), release.lines.facts())
    groups = sorted(groups, key=lambda group: group.amounts.get(phase) or 0, reverse=True)
    largest = max((group.amounts.get(phase) or 0 for group in groups), default=0)
    return DataTable(groups[:rows], phase, largest, max(0, len(groups) - rows))


@dataclass(frozen=True)
class Comparison:
    """Totals of two releases, phase by phase. A difference is None where one of them has no such amount."""

    earlier: Release
    later: Release
    rows: list[tuple[Phase, int | None, int | None, int | None]]

    @property
    def is_one_currency(self) -> bool:
        return self.earlier.currency == self.later.currency

    @property
    def largest(self) -> int:
        return queries.middling_amount(amount for _phase, *pair in self.rows for amount in pair[:2])


def comparison(earlier: Release, later: Release) -> Comparison:
    rows = []
    for phase in Phase:
        before, after = earlier.totals.get(phase), later.totals.get(phase)
        if before is not None or after is not None:
            known = before is not None and after is not None and earlier.currency == later.currency
            rows.append((phase, before, after, after - before if known else None))
    return Comparison(earlier, later, rows)


def downloads(release: Release) -> list[Download]:
    """Every form in which a release can be taken away now."""
    return [download for download in downloads_of(release) if download.url]


def figure_choices() -> list[tuple[str, Any]]:
    """Every figure of the registry about a record, by its id."""
    return [(kind.id, kind.label) for kind in registry.kinds().values() if kind.subject != "question"]


def needs_subject(name: str) -> bool:
    """Whether a figure is about one programme or department, and not about a release."""
    kind = registry.kinds().get(name)
    return kind is not None and kind.subject != "release"


def figure(name: str, release_choice: str, subject: str, reader: Reader) -> Figure | None:
    """A figure drawn for a reader in the language of the page, or None where there is nothing to draw."""
    if needs_subject(name):
        row_id = UUID(subject) if subject else None
    else:
        release = release_chosen(release_choice, reader)
        row_id = release.row_id if release else None
    if row_id is None:
        return None
    try:
        return registry.figure(name, row_id, {}, reader)
    except NotFound:
        return None
