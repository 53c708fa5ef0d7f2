"""What may be taken away, and what is known of it before it is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from django.db.models import QuerySet, prefetch_related_objects
from django.urls import reverse
from django.utils.functional import Promise

from cms.budget.models import Department, Government, Line, Release
from cms.budget.queries import Reader
from cms.open_data.datasets import Dataset
from cms.open_data.formats.offered import FORMATS, FileFormat
from cms.open_data.models import DataFile
from portal.errors import NotFound

FEED_LENGTH = 50


@dataclass(frozen=True)
class Download:
    """One file on offer. ``size`` (bytes) and ``sha256`` are None until the file has been made.

    ``refusal`` says why a format is not to be had: it has then no ``url``.
    """

    format: str
    label: str | Promise
    hint: str | Promise
    url: str
    media_type: str
    rows: int
    size: int | None = None
    sha256: str | None = None
    refusal: str = ""


@dataclass(frozen=True)
class Collection:
    """What a government has published: every year in its newest version as one table, and each release alone."""

    government: Government
    newest: tuple[Release, ...]
    releases: list[Release]
    downloads: list[Download]

    @property
    def rows(self) -> int:
        return sum(release.line_count for release in self.newest)

    @property
    def years(self) -> str:
        first, last = self.newest[0].fiscal_year, self.newest[-1].fiscal_year
        return str(first) if first == last else f"{first}–{last}"


def downloads_of(release: Release) -> list[Download]:
    """The formats of a release, in the order in which they are offered; one query for each object ``release``."""
    prefetch_related_objects([release], "data_files")
    files = {file.format: file for file in release.data_files.all()}
    return [
        _download(
            found, release.line_count, reverse("data:release", args=[release.row_id, found.file]), files.get(found.key)
        )
        for found in FORMATS.values()
        if release.published_at or found.key != "parquet"
    ]


def downloads_of_government(dataset: Dataset, files: Mapping[str, DataFile]) -> list[Download]:
    """The same for the newest version of every year of a government. ``files``: those already made, by format."""
    return [
        _download(
            found,
            dataset.row_count,
            reverse("data:government", args=[dataset.government.pk, found.file]),
            files.get(found.key),
        )
        for found in FORMATS.values()
    ]


def _download(found: FileFormat, rows: int, url: str, file: DataFile | None) -> Download:
    refusal = found.refusal(rows)
    return Download(
        format=found.key,
        label=found.label,
        hint=found.hint,
        url="" if refusal else url,
        media_type=found.media_type.partition(";")[0],
        rows=rows,
        size=file.size if file else None,
        sha256=file.sha256 if file else None,
        refusal=refusal,
    )


def published_releases() -> QuerySet[Release]:
    """What everybody may take away, newest year first. Not even an editor finds a draft among open data."""
    found: QuerySet[Release] = Release.objects.published().select_related("government")
    return found.order_by("-fiscal_year", "government__name", "-version")


def collections() -> list[Collection]:
    """Every government that has published, with its releases; two queries."""
    by_government: dict[int, list[Release]] = {}
    for release in published_releases():
        by_government.setdefault(release.government_id, []).append(release)
    datasets = [Dataset.of_government(releases[0].government, _newest(releases)) for releases in by_government.values()]
    files: dict[str, dict[str, DataFile]] = {dataset.key: {} for dataset in datasets}
    for file in DataFile.objects.filter(dataset__in=files):
        files[file.dataset][file.format] = file
    return [
        Collection(
            dataset.government,
            dataset.releases,
            by_government[dataset.government.pk],
            downloads_of_government(dataset, files[dataset.key]),
        )
        for dataset in datasets
    ]


def dataset_of_government(pk: int) -> Dataset:
    """The newest public version of every year of a government. Raises ``NotFound`` where nothing is public."""
    # By its own key: a number beyond the column's range finds nothing there, and breaks a lookup by foreign key.
    government = Government.objects.filter(pk=pk).first()
    releases = list(published_releases().filter(government=government)) if government else []
    if not releases:
        raise NotFound
    return Dataset.of_government(releases[0].government, _newest(releases))


def _newest(releases: list[Release]) -> tuple[Release, ...]:
    newest: dict[int, Release] = {}
    for release in releases:
        known = newest.get(release.fiscal_year)
        if known is None or release.version > known.version:
            newest[release.fiscal_year] = release
    return tuple(newest[year] for year in sorted(newest))


def publications(department: Department | None = None) -> list[Release]:
    """The latest publications, newest first; those with a line of ``department`` where one is given. One query."""
    found = Release.objects.published().select_related("government")
    if department is not None:
        found = found.filter(pk__in=Line.objects.filter(department=department, is_leaf=True).values("release"))
    return list(found.order_by("-published_at", "-pk")[:FEED_LENGTH])


def release_of(row_id: UUID, reader: Reader) -> Release:
    """A release that the reader may see. Raises ``NotFound``."""
    found = Release.objects.visible_to(reader).select_related("government").filter(row_id=row_id).first()
    if found is None:
        raise NotFound
    return found
