"""Archives of tables."""

from __future__ import annotations

import fnmatch
from collections.abc import Iterator

from django.conf import settings

from cms.budget.importing import packed
from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.refusals import refused

TABLES = (".csv", ".tsv", ".txt", ".xlsx", ".xls", ".ods")


def table_names(file: BudgetFile) -> list[str]:
    """The tables in an archive, in its order. Raises ``TooLarge`` or ``Invalid`` for one not safe to unpack."""
    try:
        with file.open() as opened:
            found = packed.parts(opened, settings.BUDGET_UNPACKED_MAX_BYTES)
            names = [part.filename for part, _archive in found if not part.is_dir()]
    except packed.Unfit as unfit:
        raise refused(unfit) from unfit
    return [name for name in names if is_table(name)]


def is_table(name: str) -> bool:
    """Whether a part is a table by its name; what systems hide in archives is not."""
    folders, _slash, last = name.rpartition("/")
    return last.lower().endswith(TABLES) and not last.startswith((".", "~$")) and "__MACOSX" not in folders


def matching(names: list[str], pattern: str) -> list[str]:
    """The parts that a pattern names: the whole name, the name without folders, or with * and ? for what differs."""
    return [name for name in names if pattern in (name, name.rpartition("/")[2]) or fnmatch.fnmatchcase(name, pattern)]


def unpacked(file: BudgetFile, name: str) -> Iterator[bytes]:
    """The content of one part, in blocks."""
    try:
        with file.open() as opened:
            for part, archive in packed.parts(opened, settings.BUDGET_UNPACKED_MAX_BYTES):
                if part.filename == name:
                    yield from packed.unpacked(archive, part)
                    return
    except packed.Unfit as unfit:
        raise refused(unfit) from unfit
