"""schema.org Dataset of a release, for search engines of data sets."""

from __future__ import annotations

import json
from typing import Any

from django.utils.safestring import SafeString, mark_safe

from cms.budget.models import Release
from cms.open_data.columns import Column
from cms.open_data.datasets import Dataset
from cms.open_data.description import about, base_url, licence
from cms.open_data.queries import Download, downloads_of

# What could end the element or begin another one, as JSON writes it.
ESCAPED = {ord("<"): "\\u003c", ord(">"): "\\u003e", ord("&"): "\\u0026", 0x2028: "\\u2028", 0x2029: "\\u2029"}


def dataset_of(release: Release) -> dict[str, Any]:
    """The description as an object. Addresses are absolute, as the site's own address has them; one query."""
    dataset = Dataset.of_release(release)
    facts = about(dataset)
    government: dict[str, Any] = {"@type": "GovernmentOrganization", "name": release.government.name}
    if release.government.name_en:
        government["alternateName"] = release.government.name_en
    return {
        "@context": "https://schema.org",
        "@type": "Dataset",
        "@id": facts["homepage"],
        "name": facts["title"],
        "alternateName": facts["title_en"],
        "description": f"{facts['title']}。{facts['title_en']}. {release.line_count} lines, {release.currency}.",
        "url": facts["homepage"],
        "identifier": str(release.row_id),
        "version": str(release.version),
        "inLanguage": ["zh-Hans", "en"],
        "isAccessibleForFree": True,
        "license": licence()["path"],
        "temporalCoverage": f"{release.fiscal_year}-01-01/{release.fiscal_year}-12-31",
        "spatialCoverage": {"@type": "Place", "name": release.government.name},
        "creator": government,
        "publisher": government,
        "keywords": ["budget", "预算", "open data", "开放数据"],
        "creditText": facts["cite"],
        **({"datePublished": facts["published"]} if facts["published"] else {}),
        "variableMeasured": [_variable(column, release) for column in dataset.columns if column.phase],
        "distribution": [_distribution(download) for download in downloads_of(release) if download.url],
    }


def _variable(column: Column, release: Release) -> dict[str, Any]:
    return {
        "@type": "PropertyValue",
        "name": column.name,
        "description": column.meaning_en,
        "unitText": release.currency,
    }


def _distribution(download: Download) -> dict[str, Any]:
    found: dict[str, Any] = {
        "@type": "DataDownload",
        "name": str(download.label),
        "encodingFormat": download.media_type,
        "contentUrl": f"{base_url()}{download.url}",
    }
    if download.size is not None:
        found["contentSize"] = f"{download.size} B"
    if download.sha256:
        found["sha256"] = download.sha256
    return found


def as_script(value: dict[str, Any]) -> SafeString:
    """A data block: not a script to the browser, and no text in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":")).translate(ESCAPED)
    return mark_safe(f'<script type="application/ld+json">{text}</script>')  # noqa: S308 - escaped just above
