"""The tables of a file: the file itself, sheets of a workbook, or the files in an archive."""

from __future__ import annotations

import tempfile
from collections.abc import Collection
from pathlib import Path

from django.utils.translation import gettext as _

from cms.budget.importing.budget_file import BudgetFile, Kind, require_size
from cms.budget.importing.mapping import ColumnRef, FileSection, FromColumn, Mapping
from cms.budget.importing.packages import matching, table_names, unpacked
from cms.budget.importing.problems import refusal, shown
from cms.budget.importing.reading import Source, open_text
from cms.budget.importing.workbooks import open_sheet


def read_sources(file: BudgetFile, mapping: Mapping) -> list[tuple[Source, Mapping]]:
    """Every table of ``file`` with the mapping that reads it, in the order of [[tables]] or of the archive."""
    require_size(file.size)
    found: list[tuple[Source, Mapping]] = []
    for part in mapping.of_each_table():
        if file.kind is Kind.ARCHIVE:
            files = [unpacked_table(file, name) for name in _members(file, part.file.member)]
        elif part.file.member is not None:
            raise refusal("archive", _("The mapping names a file in an archive, but this is no archive."))
        else:
            files = [file]
        found += [(read_source(one, declared=part.file, wanted=column_names(part)), part) for one in files]
    return found


def _members(file: BudgetFile, pattern: str | None) -> list[str]:
    names = table_names(file)
    if not names:
        raise refusal("archive", _("The archive holds no table: no CSV file and no spreadsheet."))
    found = names if pattern is None else matching(names, pattern)
    if not found:
        raise refusal(
            "archive",
            _("The archive has no table “%(pattern)s”. Its tables are: %(names)s.")
            % {"pattern": pattern, "names": ", ".join(shown(name) for name in names)},
        )
    return found


def unpacked_table(file: BudgetFile, name: str) -> BudgetFile:
    """One file of an archive, in a temporary file that goes away with the last who reads it."""
    kept = tempfile.NamedTemporaryFile(prefix="gongzhi-import-")  # noqa: SIM115
    for block in unpacked(file, name):
        kept.write(block)
    kept.flush()
    return BudgetFile(name, Path(kept.name), keep=kept)


def read_source(file: BudgetFile, *, declared: FileSection, wanted: Collection[str]) -> Source:
    """Open one table as declared, or as it looks. ``wanted``: the names by which the mapping speaks of columns."""
    require_size(file.size)
    if file.kind is Kind.ARCHIVE:
        raise refusal("archive", _("This archive holds archives. Please unpack those first."))
    if file.kind.is_workbook:
        return open_sheet(file, declared=declared, wanted=wanted)
    if declared.sheet is not None:
        raise refusal("sheet", _("The mapping names a sheet, but this file is text and has none."))
    return open_text(file, declared=declared, wanted=wanted)


def named_columns(mapping: Mapping) -> list[ColumnRef]:
    """Every column that the mapping speaks of."""
    from_columns = [part for part in dict(mapping.release).values() if isinstance(part, FromColumn)]
    return [
        *(part.column for part in from_columns),
        *mapping.columns.model_dump(exclude_none=True).values(),
        *mapping.amounts.columns().values(),
        *([mapping.leaf.column] if mapping.leaf else []),
    ]


def require_fitting(file: BudgetFile, mapping: Mapping) -> None:
    """Raises ``Invalid`` or ``TooLarge`` for a mapping that cannot read a file; looks at its beginning only."""
    for source, part in read_sources(file, mapping):
        require_columns(source, part)


def require_columns(source: Source, mapping: Mapping) -> None:
    missing = [column for column in named_columns(mapping) if source.position(column) is None]
    if missing:
        names = ", ".join(f"“{column}”" for column in dict.fromkeys(map(str, missing)))
        raise refusal(
            "missing_column",
            _("The file has no column %(names)s. Its columns are: %(columns)s.")
            % {"names": names, "columns": source.describe_columns()},
            columns=[*map(str, missing)],
        )


def column_names(mapping: Mapping) -> set[str]:
    """The columns that are given by name: only a header can say where they are."""
    return {
        " ".join(column.split())
        for column in named_columns(mapping)
        if isinstance(column, str) and not (column.isascii() and column.isdigit())
    }
