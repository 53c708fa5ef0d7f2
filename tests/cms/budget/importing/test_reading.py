from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

import pytest

from cms.budget.importing.reading import read_budget_file
from portal.errors import Invalid, TooLarge
from tests.cms.budget.importing.made_up import PLAIN, RELEASE, source

CHINESE = "department,amount,说明\n教育局,100,学校维修改造\n卫生健康委员会,200,医院设备购置\n民政局,300,养老服务补贴\n"
SPANISH = (
    "department;amount;descripción\nEDUCACIÓN;99598,95;AÑO\nSEÑALIZACIÓN;1,5;GESTIÓN\nPROMOCIÓN;7;CÁNONES PÚBLICOS\n"
)
BY_POSITION = RELEASE + "[columns]\ndepartment = 0\n[amounts]\nadopted = 1\n"


def cells(content: bytes | str, text: str = PLAIN) -> list[list[str]]:
    return [row for _number, row in source(content, text).rows()]


def refused(content: bytes | str, text: str = PLAIN) -> str:
    with pytest.raises(Invalid) as caught:
        list(source(content, text).rows())
    return str(caught.value.data["problem"])


# Size -------------------------------------------------------------------------------------------


def test_a_file_over_the_limit_is_refused_before_it_is_read(tmp_path: Path, settings: Any) -> None:
    settings.BUDGET_FILE_MAX_BYTES = 1024 * 1024
    path = tmp_path / "huge.csv"
    with path.open("wb") as file:
        file.truncate(200 * 1024 * 1024)
    path.chmod(0)
    with pytest.raises(TooLarge) as caught:
        read_budget_file(path)
    assert caught.value.data == {"problem": "too_large", "limit": 1024 * 1024}


def test_content_over_the_limit_is_refused_too(settings: Any) -> None:
    settings.BUDGET_FILE_MAX_BYTES = 10
    with pytest.raises(TooLarge):
        source(CHINESE)


def test_a_file_that_is_not_there_is_said_to_be_missing(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        read_budget_file(tmp_path / "none.csv")
    assert caught.value.data["problem"] == "no_file"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(Invalid) as caught:
        read_budget_file(tmp_path)
    assert caught.value.data["problem"] == "no_file"


@pytest.mark.parametrize("content", [b"", b"\xef\xbb\xbf", b"\n\n", b" , ,\n"])
def test_an_empty_file_is_refused(content: bytes) -> None:
    assert refused(content) == "empty_file"


def test_the_fingerprint_is_that_of_the_bytes() -> None:
    data = CHINESE.encode("gb18030")
    assert (source(data).file.sha256, source(data).file.size) == (hashlib.sha256(data).hexdigest(), len(data))


# Encoding ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("encoding", "found"),
    [
        ("utf-8", "utf-8"),
        ("utf-8-sig", "utf-8"),
        ("utf-16", "utf-16"),
        ("utf-32", "utf-32"),
        ("gb18030", "gb18030"),
    ],
)
def test_finds_the_encoding_of_chinese_text(encoding: str, found: str) -> None:
    opened = source(CHINESE.encode(encoding))
    assert (opened.encoding, opened.names) == (found, ["department", "amount", "说明"])
    assert next(opened.rows()) == (1, ["教育局", "100", "学校维修改造"])


def test_finds_big5() -> None:
    text = "department,amount,說明\n教育局,100,學校維修改造\n衛生福利部,200,醫院設備購置\n"
    assert source(text.encode("big5")).encoding == "big5"
    assert cells(text.encode("big5"))[1][0] == "衛生福利部"


def test_finds_the_western_encoding() -> None:
    opened = source(SPANISH.encode("cp1252"))
    assert (opened.encoding, opened.delimiter) == ("cp1252", ";")
    assert next(opened.rows())[1] == ["EDUCACIÓN", "99598,95", "AÑO"]


def test_an_encoding_that_does_not_fit_is_refused_with_the_place() -> None:
    with pytest.raises(Invalid) as caught:
        source(SPANISH.encode("cp1252"), '[file]\nencoding = "utf-8"\n' + PLAIN)
    assert {key: caught.value.data[key] for key in ("problem", "line", "position")} == {
        "problem": "encoding",
        "line": 1,
        "position": SPANISH.index("ó"),
    }


@pytest.mark.parametrize("declared", ["cp1252", "gb18030", "latin-1", "ascii"])
def test_utf8_declared_as_something_else_is_not_read_as_gibberish(declared: str) -> None:
    assert refused(CHINESE, f'[file]\nencoding = "{declared}"\n' + PLAIN) == "encoding"


def test_a_byte_order_mark_contradicts_another_encoding() -> None:
    assert refused(CHINESE.encode("utf-16"), '[file]\nencoding = "utf-8"\n' + PLAIN) == "encoding"


@pytest.mark.parametrize("declared", ["klingon", "rot13", "base64", "a\\u0000b"])
def test_an_unknown_encoding_is_refused(declared: str) -> None:
    assert refused(CHINESE, f'[file]\nencoding = "{declared}"\n' + PLAIN) == "encoding"


@pytest.mark.parametrize("declared", ["gb2312", "GBK", "gb18030"])
def test_older_names_of_the_chinese_encoding_cover_its_later_characters(declared: str) -> None:
    text = CHINESE.replace("民政局", "㐂镕局")
    assert cells(text.encode("gb18030"), f'[file]\nencoding = "{declared}"\n' + PLAIN)[2][0] == "㐂镕局"


def test_utf8_with_one_broken_byte_is_not_taken_for_another_encoding() -> None:
    data = CHINESE.encode() * 20
    assert refused(data + b"x\xffy,1,\n") == "encoding"


@pytest.mark.parametrize(
    "content", [b"PK\x03\x04rest", b"\xd0\xcf\x11\xe0rest", b"%PDF-1.7", b"\x1f\x8b\x08", b"ab\x00\x00\x00\x00\x00"]
)
def test_what_is_not_text_is_refused(content: bytes) -> None:
    assert refused(content) == "not_text"


def test_control_characters_are_left_out_and_counted() -> None:
    opened = source("department,amount\nA\x00\x08B\x7f,\ufeff1\n")
    assert list(opened.rows()) == [(1, ["AB", "1"])]
    assert [(problem.code, problem.severity) for problem in opened.problems] == [("control_characters", "info")]


def test_damaged_characters_are_remarked_on() -> None:
    assert [problem.code for problem in source("department,amount\nEDUCACI\ufffdN,1\n").problems] == [
        "damaged_characters"
    ]


# Rows -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_finds_the_delimiter(delimiter: str) -> None:
    text = 'department,amount,note\n教育局,"1,5",a;b|c\n卫生局,2,\n'.replace(",", delimiter).replace(
        f'"1{delimiter}5"', '"1,5"'
    )
    assert source(text).delimiter == delimiter


def test_decimal_commas_are_not_taken_for_the_delimiter() -> None:
    assert source("department;amount\nA;1,5\nB;2,5\n").delimiter == ";"


@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_cells_may_go_over_several_lines(line_end: str) -> None:
    text = f'department,amount{line_end}"教育局{line_end}（本级）",1{line_end}卫生局,2{line_end}'
    assert cells(text) == [[f"教育局{line_end}（本级）", "1"], ["卫生局", "2"]]


def test_blank_rows_are_passed_over_and_keep_their_number() -> None:
    text = "\n\ndepartment,amount\nA,1\n,,,\n\nB,2\n,,\n"
    assert list(source(text).rows()) == [(1, ["A", "1"]), (4, ["B", "2"])]


def test_a_quotation_mark_that_is_never_closed_does_not_swallow_the_rest() -> None:
    assert refused('department,amount\nA,1\n"B,2\nC,3\n') == "quoting"


def test_an_endless_cell_is_refused() -> None:
    assert refused('department,amount\n"' + "x" * 200_000 + '",1\n') == "quoting"


def test_a_quotation_mark_inside_a_cell_is_only_a_character() -> None:
    assert cells('department,amount\nCENTRO "LA PAZ",1\n') == [['CENTRO "LA PAZ"', "1"]]


def test_a_file_without_header_is_recognised_when_columns_are_given_by_position() -> None:
    assert cells("教育局,100\n卫生局,200\n", BY_POSITION) == [["教育局", "100"], ["卫生局", "200"]]


def test_a_header_is_recognised_when_columns_are_given_by_position() -> None:
    assert cells("department,amount\n教育局,100\n卫生局,200\n", BY_POSITION) == [["教育局", "100"], ["卫生局", "200"]]


def test_names_of_columns_need_a_header() -> None:
    assert refused("A,1\n", "[file]\nheader = false\n" + PLAIN) == "no_header"


def test_header_names_are_compared_without_stray_spaces() -> None:
    opened = source(' department ,"total\namount"\nA,1\n')
    assert [opened.position("department"), opened.position("total amount")] == [0, 1]


def test_a_name_that_the_header_has_twice_needs_a_position() -> None:
    opened = source("department,amount,amount\nA,1,2\n")
    with pytest.raises(Invalid) as caught:
        opened.position("amount")
    assert caught.value.data["problem"] == "ambiguous_column"
    assert opened.position(2) == 2


def test_a_position_may_be_written_as_text_unless_the_header_has_that_name() -> None:
    opened = source("department,amount,2023,1\nA,1,2,3\n")
    assert [opened.position("1"), opened.position("2023"), opened.position("0"), opened.position("9")] == [
        3,
        2,
        0,
        None,
    ]
