"""The process in which spreadsheets are read: ``python -m cms.budget.importing.sheet_process REQUEST``.

Whatever a file was made to do ends with this process. It takes no more memory and time than it was given, knows no
settings and no database, and needs no Django, so that it starts at once. REQUEST is JSON: ``path``, ``kind`` (xlsx, xls
or ods), ``memory`` and ``unpacked`` (bytes), ``seconds`` of processor time, and the name of a ``sheet`` or null.

Every line of the answer is JSON. Without a sheet: for each sheet its name, whether it is visible and how far it
reaches, and its first rows, as many as it takes to understand it. With a sheet: all of its rows. The last line is
``{"end": true}`` or ``{"why": word, ...}``. Cells are texts behind a mark of what the spreadsheet held them as; blank
ones are empty.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import sys
from collections.abc import Iterator
from typing import Any

from python_calamine import CalamineError, CalamineSheet, CalamineWorkbook, PasswordError, SheetVisibleEnum

from cms.budget.importing.cells import marked
from cms.budget.importing.packed import BLOCK_BYTES, Unfit, examine

# Rows that are looked at to understand a sheet: so many that are not blank, among so many at most.
ROWS_SAMPLED = 200
MOST_SAMPLED = 5000
LONGEST_ROW = 1_000_000
# The name of the stream in which spreadsheet programs put a workbook with a password.
LOCKED = re.compile("password|encrypt", re.IGNORECASE)
ENCRYPTED = "EncryptedPackage".encode("utf-16-le")


def main(request: dict[str, Any]) -> None:
    out = os.fdopen(os.dup(1), "w", encoding="utf-8")
    # Nothing else may come between the lines of the answer.
    os.dup2(2, 1)
    _limit(resource.RLIMIT_AS, request["memory"], request["memory"])
    # The signal of the first one tells whoever waits that it was the time.
    _limit(resource.RLIMIT_CPU, request["seconds"], request["seconds"] + 1)
    _limit(resource.RLIMIT_CORE, 0, 0)
    try:
        for line in _answer(request):
            out.write(json.dumps(line, ensure_ascii=False) + "\n")
        last: dict[str, Any] = {"end": True}
    except Unfit as unfit:
        last = {"why": unfit.why, **unfit.values}
    except MemoryError:
        last = {"why": "memory", "limit": request["memory"]}
    except (CalamineError, OSError, ValueError) as error:
        is_locked = isinstance(error, PasswordError) or LOCKED.search(str(error))
        last = {"why": "workbook_password" if is_locked else "unreadable"}
    out.write(json.dumps(last) + "\n")
    out.flush()


def _limit(what: int, soft: int, hard: int) -> None:
    # Some systems know a limit and refuse to set it.
    with contextlib.suppress(ValueError, OSError):
        resource.setrlimit(what, (soft, hard))


def _answer(request: dict[str, Any]) -> Iterator[Any]:
    workbook = _opened(request)
    if request["sheet"] is not None:
        yield from _rows(workbook.get_sheet_by_name(request["sheet"]), request["unpacked"])
        return
    for meta in workbook.sheets_metadata:
        if meta.name not in workbook.sheet_names:
            continue
        sheet = workbook.get_sheet_by_name(meta.name)
        is_visible = meta.visible == SheetVisibleEnum.Visible
        yield {"sheet": meta.name, "visible": is_visible, "filled": sheet.end is not None, "height": sheet.total_height}
        filled = 0
        for number, row in enumerate(_rows(sheet, request["unpacked"]), start=1):
            yield row
            filled += any(row)
            if filled == ROWS_SAMPLED or number == MOST_SAMPLED:
                break


def _opened(request: dict[str, Any]) -> CalamineWorkbook:
    with open(request["path"], "rb") as file:
        if request["kind"] == "xls":
            while block := file.read(BLOCK_BYTES):
                if ENCRYPTED in block:
                    raise Unfit("workbook_password")
        else:
            examine(file, request["kind"], request["unpacked"])
        file.seek(0)
        # Never by its path: the end of a name says nothing.
        return CalamineWorkbook.from_filelike(file)


def _rows(sheet: CalamineSheet, most: int) -> Iterator[list[str]]:
    """Rows from the first row of the sheet, with as many empty cells before them as the sheet has."""
    if sheet.start is None:
        return
    top, left = sheet.start
    yield from ([] for _row in range(min(top, MOST_SAMPLED)))
    margin = [""] * left
    size = 0
    for row in sheet.iter_rows():
        cells = margin + [marked(value) for value in row]
        length = sum(map(len, cells))
        size += length
        if length > LONGEST_ROW:
            raise Unfit("long_row", sheet=sheet.name, limit=LONGEST_ROW)
        # One text can stand in a million cells and be stored once.
        if size > most:
            raise Unfit("unpacked_size", size=size, limit=most)
        yield cells


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
