"""CSV (RFC 4180): UTF-8, commas, CR LF; with or without the mark that spreadsheet programs want."""

from __future__ import annotations

import csv
import io
from itertools import islice
from typing import IO, Any

from cms.open_data.columns import Column, Kind
from cms.open_data.datasets import LINES_AT_ONCE, Dataset
from portal.ui.spreadsheets import BYTE_ORDER_MARK, guarded


def text_places(columns: tuple[Column, ...]) -> list[int]:
    """Where the texts of a record stand. Numbers are ours and begin with a minus where they are negative."""
    return [place for place, column in enumerate(columns) if column.kind is Kind.STRING]


def write_csv(dataset: Dataset, target: IO[bytes]) -> None:
    texts = text_places(dataset.columns)
    _write(target, [[column.name for column in dataset.columns]])
    records = dataset.records()
    while batch := list(islice(records, LINES_AT_ONCE)):
        for record in batch:
            for place in texts:
                record[place] = guarded(record[place])
        _write(target, batch)


def write_csv_with_mark(dataset: Dataset, target: IO[bytes]) -> None:
    target.write(BYTE_ORDER_MARK)
    write_csv(dataset, target)


def _write(target: IO[bytes], rows: list[list[Any]]) -> None:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    target.write(text.getvalue().encode())
