"""Parquet: the snapshots that the analysis pages ask, as they are; amounts are integers in minor units there."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path
from typing import IO

from cms.analysis.snapshots import release_parquet
from cms.open_data.datasets import Dataset, Incomplete

MEMORY_LIMIT = "256MB"


def write_parquet(dataset: Dataset, target: IO[bytes]) -> None:
    """Raises ``NotFound`` for a draft: snapshots are made of what is public."""
    snapshots = [release_parquet(release) for release in dataset.releases]
    if len(snapshots) == 1:
        with snapshots[0].open("rb") as file:
            shutil.copyfileobj(file, target)
        return
    with tempfile.TemporaryDirectory() as folder:
        joined = Path(folder) / "lines.parquet"
        count = _join(snapshots, joined)
        if count != dataset.row_count:
            raise Incomplete(f"{dataset.key}: {count} lines were joined and {dataset.row_count} are there")
        with joined.open("rb") as file:
            shutil.copyfileobj(file, target)


def _join(snapshots: list[Path], joined: Path) -> int:
    import duckdb

    limits: dict[str, str | bool | int | float | list[str]] = {
        "memory_limit": MEMORY_LIMIT,
        "threads": 1,
        "temp_directory": str(joined.parent),
    }
    with duckdb.connect(config=limits) as connection:
        lines = connection.read_parquet([str(path) for path in snapshots], union_by_name=True)
        lines.write_parquet(str(joined), compression="zstd")
        counted = connection.read_parquet(str(joined)).count("*").fetchone()
    return int(counted[0]) if counted else 0
