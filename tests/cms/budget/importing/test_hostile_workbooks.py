"""Spreadsheets that were made to take all memory or time end with a message: the process that reads them is not ours."""

from __future__ import annotations

import struct
from typing import Any

import pytest
from django.utils.translation import override

from cms.budget.checks.offered import offer_of
from cms.budget.importing.budget_file import BudgetFile
from cms.budget.importing.mapping import FileSection
from cms.budget.importing.suggesting import sniff
from cms.budget.importing.tables import read_source
from portal.errors import GongzhiError, TooLarge
from tests.cms.budget.importing.made_up import amounts, plan
from tests.cms.budget.importing.spreadsheets import HEADER, SHEET, changed, ods, record, xls, xlsx

ROWS = [HEADER, ["A", 1]]
MIB = 1024 * 1024


@pytest.fixture(autouse=True)
def _little_is_given(settings: Any) -> None:
    settings.BUDGET_READING_MAX_BYTES = 400 * MIB


def with_row(row: bytes) -> bytes:
    return changed(xlsx(ROWS), SHEET, b"</sheetData>", row + b"</sheetData>")


def far_row_of_nameless_cells() -> bytes:
    """Sixteen thousand cells that do not say where they are, in the last row that there can be."""
    return with_row(b'<row r="1048576">' + b"<c><v>1</v></c>" * 16384 + b"</row>")


def far_cells_of_a_binary_sheet() -> bytes:
    """A number in the last row and column that two bytes can count to."""
    return xls([*ROWS, ["x"]], tail=record(0x0203, struct.pack("<HHHd", 65535, 65535, 0, 1.0)))


def repeated_behind_a_mark() -> bytes:
    """A filled row that is repeated a million times, which stands behind what looks like the end of its tag."""
    return ods(
        ROWS,
        '<table:table-row table:style-name=">" table:number-rows-repeated="1000000"><table:table-cell '
        'office:value-type="float" office:value="1" table:number-columns-repeated="30"/></table:table-row>',
    )


def merged_cells_repeated() -> bytes:
    return ods(
        ROWS,
        '<table:table-row table:number-rows-repeated="1000000"><table:covered-table-cell office:value-type="float" '
        'office:value="1" table:number-columns-repeated="30"/></table:table-row>',
    )


HOSTILE = {
    "xlsx far": far_row_of_nameless_cells,
    "xls far": far_cells_of_a_binary_sheet,
    "ods repeated": repeated_behind_a_mark,
    "ods merged": merged_cells_repeated,
}


@pytest.mark.parametrize("make", HOSTILE.values(), ids=HOSTILE)
def test_what_takes_more_memory_than_it_may_is_refused_with_a_message(make: Any) -> None:
    with override("en"), pytest.raises(TooLarge) as caught:
        plan(make())
    assert (caught.value.data["problem"], "of memory" in str(caught.value.message)) == ("too_large", True)


def test_an_upload_is_looked_at_behind_the_same_wall() -> None:
    with pytest.raises(TooLarge):
        sniff(BudgetFile("a.xlsx", far_row_of_nameless_cells()))
    with pytest.raises(TooLarge):
        offer_of("a.xls", far_cells_of_a_binary_sheet())


def test_what_takes_more_time_than_it_may_is_refused_with_a_message(settings: Any) -> None:
    settings.BUDGET_READING_MAX_SECONDS = 1
    # Rows that never end: each of them is looked for up to the end of the file.
    slow = ods(ROWS, "<table:table-row>" * 60_000)
    with override("en"), pytest.raises(TooLarge) as caught:
        plan(slow)
    assert "longer than 1 s" in str(caught.value.message)


def test_a_row_that_no_page_could_show_is_refused() -> None:
    with pytest.raises(TooLarge):
        plan(xlsx([*ROWS, ["x" * 30_000] * 40]))


def test_the_rows_after_the_first_ones_are_read_as_they_are_asked_for() -> None:
    rows = [HEADER, *([f"D{number}", number] for number in range(1, 6001))]
    content = xlsx(rows)
    assert amounts(plan(content)) == [(100 * number,) for number in range(1, 6001)]
    source = read_source(BudgetFile("a.xlsx", content), declared=FileSection(), wanted=set(HEADER))
    few = source.rows()
    assert [next(few)[0] for _row in range(500)] == list(range(1, 501))
    few.close()  # type: ignore[attr-defined]


def test_an_archive_of_very_many_parts_is_not_listed() -> None:
    entry = b"PK\x01\x02" + b"\0" * 42
    with pytest.raises(GongzhiError) as caught:
        BudgetFile("a.zip", b"PK\x03\x04" + entry * 3000).kind  # noqa: B018
    assert caught.value.data["problem"] == "too_large"
