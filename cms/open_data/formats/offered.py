"""Which formats there are, in the order in which they are offered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import IO

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from cms.open_data.datasets import Dataset
from cms.open_data.formats.columnar import write_parquet
from cms.open_data.formats.delimited import write_csv, write_csv_with_mark
from cms.open_data.formats.package import write_package
from cms.open_data.formats.records import write_json, write_ndjson
from cms.open_data.formats.workbook import ROWS_AT_MOST, write_workbook
from portal.errors import NotFound, TooLarge


@dataclass(frozen=True)
class FileFormat:
    """``file`` is the last part of the permanent address. ``rows_at_most`` is what the format itself can hold."""

    key: str
    file: str
    media_type: str
    label: str | Promise
    hint: str | Promise
    write: Callable[[Dataset, IO[bytes]], None]
    rows_at_most: int | None = None

    def takes(self, row_count: int) -> bool:
        return self.rows_at_most is None or row_count <= self.rows_at_most

    def refusal(self, row_count: int) -> str:
        """Why a dataset of so many rows is not offered in this format; empty where it is."""
        if self.takes(row_count):
            return ""
        return _(
            "%(format)s holds at most %(most)s rows and this has %(rows)s. Nothing is cut off silently: please take "
            "CSV, NDJSON, Parquet or the Data Package."
        ) % {"format": self.label, "most": f"{self.rows_at_most:,}", "rows": f"{row_count:,}"}


XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
FORMATS = {
    found.key: found
    for found in (
        FileFormat(
            "csv",
            "lines.csv",
            "text/csv; charset=utf-8",
            "CSV",
            gettext_lazy("for programs: UTF-8, comma, no mark"),
            write_csv,
        ),
        FileFormat(
            "csv-excel",
            "lines-excel.csv",
            "text/csv; charset=utf-8",
            gettext_lazy("CSV for Excel"),
            gettext_lazy("the same with the mark by which Excel knows UTF-8"),
            write_csv_with_mark,
        ),
        FileFormat(
            "xlsx",
            "lines.xlsx",
            XLSX,
            "XLSX",
            gettext_lazy("a workbook with the meaning of its columns"),
            write_workbook,
            rows_at_most=ROWS_AT_MOST,
        ),
        FileFormat("json", "lines.json", "application/json", "JSON", gettext_lazy("one object"), write_json),
        FileFormat(
            "ndjson", "lines.ndjson", "application/x-ndjson", "NDJSON", gettext_lazy("one object a line"), write_ndjson
        ),
        FileFormat(
            "parquet",
            "lines.parquet",
            "application/vnd.apache.parquet",
            "Parquet",
            gettext_lazy("for analysis: columns, amounts in minor units"),
            write_parquet,
        ),
        FileFormat(
            "datapackage",
            "datapackage.zip",
            "application/zip",
            "Data Package",
            gettext_lazy("CSV and a description of every column, zipped"),
            write_package,
        ),
    )
}
FORMAT_OF_FILE = {found.file: found for found in FORMATS.values()}


def format_of(file: str) -> FileFormat:
    """The format whose address ends so. Raises ``NotFound``."""
    if file not in FORMAT_OF_FILE:
        raise NotFound
    return FORMAT_OF_FILE[file]


def require_fits(file_format: FileFormat, dataset: Dataset) -> None:
    """Raises ``TooLarge`` where the format cannot hold every row of the dataset."""
    if refusal := file_format.refusal(dataset.row_count):
        raise TooLarge(refusal, rows=dataset.row_count, rows_at_most=file_format.rows_at_most)
