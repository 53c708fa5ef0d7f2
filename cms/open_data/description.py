"""What is said about a dataset wherever it goes: in its files, in its Data Package, and to search engines."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.utils import timezone

from cms.open_data.datasets import Dataset


def base_url() -> str:
    """The address of the site as people type it, without a slash at the end. Files know no request."""
    return str(settings.WAGTAILADMIN_BASE_URL).rstrip("/")


def licence() -> dict[str, str]:
    """``name`` (SPDX where there is one), ``path`` and ``title`` of the licence that all data is under."""
    return dict(settings.OPEN_DATA_LICENCE)


def about(dataset: Dataset) -> dict[str, Any]:
    """Facts about a dataset that stay the same as long as its ``key`` does."""
    government, newest = dataset.government, dataset.releases[-1]
    english = government.name_en or government.name
    years = sorted({release.fiscal_year for release in dataset.releases})
    span = str(years[0]) if len(years) == 1 else f"{years[0]}–{years[-1]}"
    version = f"，第 {newest.version} 版" if len(dataset.releases) == 1 else ""
    version_en = f", version {newest.version}" if len(dataset.releases) == 1 else ""
    published = max((release.published_at for release in dataset.releases if release.published_at), default=None)
    day = timezone.localdate(published).isoformat() if published else ""
    home = f"{base_url()}/budget/releases/{newest.row_id}/"
    return {
        "title": f"{government.name} {span} 年预算明细{version}",
        "title_en": f"{english}, budget lines {span}{version_en}",
        "government": government.name,
        "government_en": government.name_en,
        "fictitious": government.is_fictitious,
        "fiscal_years": years,
        "published": day,
        "homepage": home,
        "licence": licence()["path"],
        "rows": dataset.row_count,
        "cite": f"{government.name}. {span} 年预算明细{version}. {day}. {home}",
        "cite_en": f"{english}. Budget lines {span}{version_en}. {day}. {home}",
        "releases": [
            {
                "release": str(release.row_id),
                "fiscal_year": release.fiscal_year,
                "version": release.version,
                "currency": release.currency,
                "lines": release.line_count,
                "source_name": release.source_name,
                "source_sha256": release.source_sha256,
            }
            for release in dataset.releases
        ],
    }
