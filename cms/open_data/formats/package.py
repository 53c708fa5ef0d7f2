"""A zipped Data Package v2 (datapackage.org): the lines as CSV and a descriptor of every column.

Columns carry their ``columnType`` of the Fiscal Data Package 1.0rc1, and the schema says in ``extraFields`` how the
amounts of several phases in one row become one amount and its phase.
"""

from __future__ import annotations

import hashlib
import json
import zipfile
from typing import IO, Any

from cms.open_data.columns import Column, Kind
from cms.open_data.datasets import Dataset
from cms.open_data.description import about, base_url, licence
from cms.open_data.formats.archives import entry
from cms.open_data.formats.delimited import write_csv

PROFILE = "https://datapackage.org/profiles/2.0/datapackage.json"
RESOURCE_PROFILE = "https://datapackage.org/profiles/2.0/dataresource.json"
SCHEMA_PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"
TAXONOMY = "https://frictionlessdata.io/taxonomies/fiscal/budgets.json"


class Measured:
    """Passes bytes on and remembers how many there were and their SHA-256."""

    def __init__(self, target: IO[bytes]) -> None:
        self._target = target
        self._hash = hashlib.sha256()
        self.size = 0

    def write(self, data: bytes) -> int:
        self._hash.update(data)
        self.size += len(data)
        return self._target.write(data)

    @property
    def sha256(self) -> str:
        return self._hash.hexdigest()


def write_package(dataset: Dataset, target: IO[bytes]) -> None:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        with archive.open(entry("lines.csv"), "w", force_zip64=True) as part:
            measured = Measured(part)
            write_csv(dataset, measured)  # type: ignore[arg-type]
        described = descriptor(dataset, size=measured.size, sha256=measured.sha256)
        archive.writestr(entry("datapackage.json"), json.dumps(described, ensure_ascii=False, indent=2))


def descriptor(dataset: Dataset, *, size: int, sha256: str) -> dict[str, Any]:
    """``datapackage.json`` for a dataset whose CSV has ``size`` bytes."""
    facts = about(dataset)
    published = max((release.published_at for release in dataset.releases if release.published_at), default=None)
    return {
        "$schema": PROFILE,
        "name": dataset.slug,
        "id": f"{base_url()}/open-data/#{dataset.key}",
        "title": facts["title"],
        "description": facts["title_en"],
        "homepage": facts["homepage"],
        **({"created": published.isoformat(timespec="seconds")} if published else {}),
        "licenses": [licence()],
        "contributors": [{"title": dataset.government.name, "roles": ["publisher"]}],
        "keywords": ["budget", "预算", "open data", "开放数据"],
        "sources": [
            {"title": f"{release.source_name} (sha256:{release.source_sha256})"} for release in dataset.releases
        ],
        "columnTypes": TAXONOMY,
        "resources": [
            {
                "$schema": RESOURCE_PROFILE,
                "name": "lines",
                "type": "table",
                "path": "lines.csv",
                "format": "csv",
                "mediatype": "text/csv",
                "encoding": "utf-8",
                "dialect": {"delimiter": ",", "lineTerminator": "\r\n", "quoteChar": '"', "doubleQuote": True},
                "bytes": size,
                "hash": f"sha256:{sha256}",
                "rows": dataset.row_count,
                "schema": table_schema(dataset),
            }
        ],
    }


def table_schema(dataset: Dataset) -> dict[str, Any]:
    return {
        "$schema": SCHEMA_PROFILE,
        "fields": [_field(column) for column in dataset.columns],
        "missingValues": [""],
        "primaryKey": ["line"],
        "extraFields": [
            {"name": "amount", "type": "number", "columnType": "value", "normalizationTarget": True},
            {"name": "phase", "type": "string", "columnType": "phase:id"},
        ],
    }


def _field(column: Column) -> dict[str, Any]:
    field: dict[str, Any] = {
        "name": column.name,
        "type": column.kind.value,
        "title": column.meaning,
        "description": column.meaning_en,
    }
    if column.kind is Kind.NUMBER:
        field |= {"decimalChar": ".", "bareNumber": True}
    if column.phase:
        field["normalize"] = {"phase": column.phase.value}
    if column.fiscal:
        field["columnType"] = column.fiscal
    if column.is_required:
        field["constraints"] = {"required": True} | ({"unique": True} if column.name == "line" else {})
    return field
