from __future__ import annotations

import io
import re
import zipfile
from datetime import date, datetime
from typing import Any

import pytest
from django.utils.translation import override

from portal.errors import GongzhiError, Invalid, TooLarge
from tests.cms.budget.importing import spreadsheets
from tests.cms.budget.importing.made_up import AMOUNTS, PLAIN, RELEASE, amounts, codes, plan
from tests.cms.budget.importing.spreadsheets import (
    HEADER,
    SHEET,
    archive,
    changed,
    encrypted_xlsx,
    ods,
    renamed,
    xls,
    xlsx,
)

ROWS = [HEADER, ["教育局", 1234.5], ["卫生局", 7]]
CODED = RELEASE + '[columns]\ndepartment_code = "code"\ndepartment = "department"\n' + AMOUNTS


def refused(content: bytes, text: str = PLAIN) -> tuple[str, str]:
    with override("en"), pytest.raises(GongzhiError) as caught:
        plan(content, text)
    return str(caught.value.data["problem"]), str(caught.value.message)


def remarks(content: bytes, text: str = PLAIN) -> list[str]:
    return [code for _row, code in codes(plan(content, text), "info", "warning")]


@pytest.mark.parametrize("write", [xlsx, xls, ods])
def test_every_format_gives_the_same_lines(write: Any) -> None:
    made = plan(write(ROWS))
    assert (made.departments[0].name, amounts(made), made.rows_read) == ("教育局", [(123450,), (700,)], 2)


def test_the_fingerprint_is_that_of_the_whole_file() -> None:
    content = xlsx(ROWS)
    assert plan(content).file.size == len(content)


def test_numbers_need_no_decimal_mark_and_are_exact() -> None:
    made = plan(xlsx([HEADER, ["A", 1.234], ["B", 0.1], ["C", 1234567.891]]), PLAIN + "# x\n")
    assert codes(made) == [(1, "too_fine"), (3, "too_fine")]
    assert plan(xlsx([HEADER, ["A", 1.23], ["B", 0.1], ["C", 12345678901.55]])).totals() == {"adopted": 1234567890288}


def test_text_and_numbers_may_stand_in_one_column() -> None:
    assert amounts(plan(xlsx([HEADER, ["A", "333.620,93"], ["B", 1.5], ["C", "-"], ["D", None], ["E", 0]]))) == [
        (33362093,),
        (150,),
        (None,),
        (None,),
        (0,),
    ]


@pytest.mark.parametrize("value", [date(2021, 12, 31), datetime(2021, 12, 31, 8, 30), True])
def test_a_date_where_an_amount_belongs_is_named(value: Any) -> None:
    with override("en"):
        made = plan(xlsx([HEADER, ["A", 1], ["B", value]]))
    (problem,) = [problem for problem in made.problems if problem.severity == "error"]
    assert (problem.row, problem.column, "not an amount" in problem.message) == (2, "amount", True)


def test_a_percentage_as_text_is_no_amount() -> None:
    assert codes(plan(xlsx([HEADER, ["A", "12.5%"], ["B", 1]]))) == [(1, "not_a_number")]


def test_leading_zeros_of_text_codes_are_kept() -> None:
    made = plan(xlsx([["code", *HEADER], ["007", "A", 1], ["010", "B", 1]]), CODED)
    assert [department.code for department in made.departments] == ["007", "010"]


def test_codes_that_are_partly_numbers_have_lost_their_zeros() -> None:
    assert "leading_zeros" in remarks(xlsx([["code", *HEADER], ["007", "A", 1], [10, "B", 1]]), CODED)


def test_titles_above_the_header_are_passed_over_and_told() -> None:
    content = xlsx([["2024年度部门支出表"], ["单位：万元"], HEADER, ["A", 1]], merged="A1:B1")
    made = plan(content, RELEASE + "unit = 10000\n" + PLAIN.split('"CNY"')[1])
    assert (made.totals(), [code for _row, code in codes(made, "info")]) == (
        {"adopted": 1000000},
        ["rows_above", "read_as"],
    )


def test_a_unit_above_the_table_that_the_mapping_ignores_is_a_warning() -> None:
    assert "unit_differs" in remarks(xlsx([["单位：万元"], HEADER, ["A", 1]]))


def test_two_header_rows_are_joined() -> None:
    rows = [["department", "2024", None], [None, "amount", "spent"], ["A", 1, 2]]
    text = PLAIN.replace('"amount"', '"2024/amount"') + 'executed = "2024/spent"\n'
    made = plan(xlsx(rows, merged="B1:C1"), text)
    assert (amounts(made), "joined_header" in [code for _row, code in codes(made, "info")]) == ([(100, 200)], True)


def test_a_merged_header_without_names_below_is_explained() -> None:
    rows = [["department", "amount", None], ["A", 1, 2]]
    code, message = refused(xlsx(rows, merged="B1:C1"), PLAIN + 'executed = "spent"\n')
    assert (code, "department, amount" in message) == ("missing_column", True)


def test_the_header_may_be_declared() -> None:
    text = '[file]\nskip_rows = 2\nheader = true\nheader_rows = 1\nsheet = "Sheet"\n' + PLAIN
    assert amounts(plan(xlsx([["department", "amount"], ["x", "y"], HEADER, ["A", 1]]), text)) == [(100,)]


# Sheets -----------------------------------------------------------------------------------------


def test_the_sheet_that_has_the_columns_is_found_and_the_others_are_told() -> None:
    content = xlsx([["封面"], ["说明"]], sheets={"支出": ROWS, "收入": [["source", "amount"], ["税", 1]]})
    made = plan(content)
    assert (made.totals(), "other_sheets" in [code for _row, code in codes(made, "warning")]) == (
        {"adopted": 124150},
        True,
    )


@pytest.mark.parametrize("sheet", ['"支出"', "1"])
def test_a_sheet_is_named_or_counted(sheet: str) -> None:
    content = xlsx(ROWS, sheets={"支出": [HEADER, ["A", 5]]})
    assert amounts(plan(content, f"[file]\nsheet = {sheet}\n" + PLAIN)) == [(500,)]


def test_several_sheets_that_fit_are_a_question() -> None:
    assert refused(xlsx(ROWS, sheets={"二": ROWS}))[0] == "sheet"


def test_an_unknown_sheet_is_answered_with_those_there() -> None:
    code, message = refused(xlsx(ROWS), '[file]\nsheet = "二"\n' + PLAIN)
    assert (code, "Sheet" in message) == ("sheet", True)


def test_several_sheets_become_one_release_by_tables() -> None:
    content = xlsx(ROWS, sheets={"二": [HEADER, ["民政局", 3]]})
    made = plan(content, PLAIN + '[[tables]]\nsheet = "Sheet"\n[[tables]]\nsheet = "二"\nunit = 10000\n')
    assert (made.totals(), [line.row for line in made.lines]) == ({"adopted": 124150 + 3000000}, [1, 2, 3])


# Bad files --------------------------------------------------------------------------------------


def test_a_password_is_named() -> None:
    assert refused(encrypted_xlsx())[0] == "password"


def test_a_formula_in_error_is_named_with_its_cell() -> None:
    content = changed(xlsx(ROWS), SHEET, b'<c r="B2" t="n"><v>1234.5</v>', b'<c r="B2" t="e"><v>#REF!</v>')
    code, message = refused(content)
    assert (code, "B2" in message, "#REF!" in message) == ("formula_error", True, True)


def test_a_formula_without_a_result_is_not_read_as_blank() -> None:
    code, message = refused(xlsx([HEADER, ["A", "=1+1"]]))
    assert (code, "B2" in message) == ("formula_error", True)


def test_the_result_of_a_formula_is_read() -> None:
    content = changed(xlsx(ROWS), SHEET, b"<v>1234.5</v>", b"<f>1000+234.5</f><v>1234.5</v>")
    assert plan(content).totals() == {"adopted": 124150}


def test_a_cell_far_out_is_refused_before_it_is_read() -> None:
    content = changed(
        xlsx(ROWS), SHEET, b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    code, message = refused(content)
    assert (code, "1048576" in message) == ("too_large", True)


FAR = b'<row r="1048576"><c %b><v>1</v></c></row></sheetData>'


@pytest.mark.parametrize(
    "cell",
    [b't="n" s="' + b"0" * 250 + b'" r="XFD1048576"', b'r = "XFD1048576"', b'r="XFD1048576"><!-- --><x/'],
    ids=["behind others", "blanks", "comment"],
)
def test_a_cell_far_out_is_seen_however_it_is_written(cell: bytes) -> None:
    assert refused(changed(xlsx(ROWS), SHEET, b"</sheetData>", FAR % cell))[0] in ("too_large", "not_text")


@pytest.mark.parametrize("name", ["xl/elsewhere/sheet1.xml", "xl/worksheets/sheet1.XML", "xl/worksheets/sheet1.dat"])
def test_a_sheet_is_examined_wherever_it_lies(name: str) -> None:
    content = changed(xlsx(ROWS), SHEET, b"</sheetData>", FAR % b'r="XFD1048576"')
    assert refused(renamed(content, SHEET, name))[0] == "too_large"


def test_a_binary_workbook_is_asked_for_in_another_format() -> None:
    assert refused(archive(**{"xl/workbook.bin": b"x"}))[0] == "not_text"


def test_a_million_empty_rows_do_no_harm() -> None:
    empty = b"".join(b'<row r="%d"><c r="A%d" s="0"/></row>' % (n, n) for n in range(10, 1_048_577, 1))
    assert plan(changed(xlsx(ROWS), SHEET, b"</sheetData>", empty + b"</sheetData>")).rows_read == 2


def test_a_million_repeated_empty_rows_of_an_open_document_do_no_harm() -> None:
    tail = '<table:table-row table:number-rows-repeated="1048570"><table:table-cell table:number-columns-repeated="16384"/></table:table-row>'
    assert plan(ods(ROWS, tail)).rows_read == 2


def test_a_repeated_filled_row_is_refused_before_it_is_read() -> None:
    tail = '<table:table-row table:number-rows-repeated="1000000"><table:table-cell office:value-type="float" office:value="1" table:number-columns-repeated="16000"><text:p>1</text:p></table:table-cell></table:table-row>'
    assert refused(ods(ROWS, tail))[0] == "too_large"


def test_an_error_in_an_open_document_is_named() -> None:
    tail = '<table:table-row><table:table-cell office:value-type="string" calcext:value-type="error"><text:p>#REF!</text:p></table:table-cell></table:table-row>'
    assert refused(ods(ROWS, tail))[0] == "formula_error"


def test_a_zip_bomb_is_refused_by_what_it_says(settings: Any) -> None:
    settings.BUDGET_UNPACKED_MAX_BYTES = 5_000_000
    bomb = spreadsheets.archive(a_csv=b"0" * 6_000_000)
    with pytest.raises(TooLarge):
        plan(bomb)


def test_a_file_that_shrinks_too_well_is_refused() -> None:
    with pytest.raises(TooLarge):
        plan(spreadsheets.archive(a_csv=b"0" * 12_000_000))


def test_an_archive_that_lies_about_its_size_is_refused() -> None:
    content = spreadsheets.archive(a_csv=b"department,amount\n" + b"A,1\n" * 1000)
    size = len(b"department,amount\n" + b"A,1\n" * 1000)
    lie = content.replace(size.to_bytes(4, "little"), (20).to_bytes(4, "little"))
    assert refused(lie)[0] == "not_text"


def test_a_locked_archive_is_named() -> None:
    content = bytearray(spreadsheets.archive(a_csv="department,amount\nA,1\n"))
    content[6] |= 1
    content[bytes(content).index(b"PK\x01\x02") + 8] |= 1
    assert refused(bytes(content))[0] == "password"


@pytest.mark.parametrize("cut", [30, 400, -40])
def test_a_broken_package_is_explained(cut: int) -> None:
    assert refused(xlsx(ROWS)[:cut])[0] == "not_text"


def test_a_package_with_too_many_parts_is_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as target:
        for number in range(2500):
            target.writestr(f"{number}.csv", "")
    with pytest.raises(TooLarge):
        plan(out.getvalue())


def test_a_letter_is_no_spreadsheet() -> None:
    assert refused(spreadsheets.archive(word__document="x"))[0] in {"archive", "not_text"}


def test_what_is_no_workbook_at_all_is_explained() -> None:
    assert refused(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)[0] == "not_text"


def test_an_empty_workbook_is_empty() -> None:
    with pytest.raises(Invalid) as caught:
        plan(xlsx([]))
    assert caught.value.data["problem"] == "empty_file"


# Archives ---------------------------------------------------------------------------------------


def test_an_archive_of_several_encodings_becomes_one_release() -> None:
    content = spreadsheets.archive(
        a_csv="department,amount\n教育局,1\n".encode("gb18030"),
        b_csv="\ufeffdepartment;amount\nEDUCACIÓN;99598,95\nSANIDAD;1,50\nCÁNONES;2,00\n",
        c_xlsx=xlsx(ROWS),
    )
    made = plan(content)
    assert (made.rows_read, made.totals(), [line.row for line in made.lines]) == (
        6,
        {"adopted": 100 + 9960245 + 124150},
        [1, 2, 3, 4, 5, 6],
    )


def test_each_table_of_an_archive_may_have_its_own_mapping() -> None:
    content = spreadsheets.archive(
        plan__a_csv="department,amount\nA,1\n", real__b_csv="unit;spent\nA;2\n", real__c_csv="unit;spent\nB;3\n"
    )
    text = PLAIN + (
        '[[tables]]\nmember = "a.csv"\n[[tables]]\nmember = "real/*.csv"\n'
        '[tables.columns]\ndepartment = "unit"\n[tables.amounts]\nexecuted = "spent"\n'
    )
    assert plan(content, text).totals() == {"adopted": 100, "executed": 500}


def test_a_missing_table_is_answered_with_those_there() -> None:
    code, message = refused(spreadsheets.archive(a_csv="x"), '[file]\nmember = "b.csv"\n' + PLAIN)
    assert (code, "a.csv" in message) == ("archive", True)


def test_an_archive_without_tables_is_explained() -> None:
    assert refused(spreadsheets.archive(readme="x", **{"._a_csv": "x"}))[0] == "archive"


def test_archives_in_archives_are_not_opened() -> None:
    inner = spreadsheets.archive(a_csv="department,amount\nA,1\n")
    assert refused(spreadsheets.archive(inner_csv=inner))[0] == "archive"


def test_made_up_cells_are_where_the_test_thinks() -> None:
    xml = zipfile.ZipFile(io.BytesIO(xlsx(ROWS))).read(SHEET)
    assert re.search(rb'r="B2"[^>]*><v>1234.5</v>', xml)
