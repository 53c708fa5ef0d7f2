"""JSON: one object for the whole dataset, or one for each line of a file (NDJSON)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import IO, Any

from cms.open_data.datasets import Dataset
from cms.open_data.description import about


def write_ndjson(dataset: Dataset, target: IO[bytes]) -> None:
    for text in _objects(dataset):
        target.write(text.encode() + b"\n")


def write_json(dataset: Dataset, target: IO[bytes]) -> None:
    """``{"about": {...}, "lines": [...]}``, a line of the file for each line of the budget."""
    target.write(b'{"about":' + _written(about(dataset)).encode() + b',\n"lines":[')
    separator = b"\n"
    for text in _objects(dataset):
        target.write(separator + text.encode())
        separator = b",\n"
    target.write(b"\n]}\n")


def _objects(dataset: Dataset) -> Iterator[str]:
    names = [column.name for column in dataset.columns]
    for record in dataset.records():
        yield _written(dict(zip(names, record, strict=True)))


def _written(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
