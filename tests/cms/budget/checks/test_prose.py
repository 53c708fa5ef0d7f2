"""Each check of what an editor wrote, on a made-up pass and a made-up fail."""

from __future__ import annotations

import pytest

from cms.budget.checks.documents import Checked, Document, Text, Verdict
from cms.budget.checks.prose import PROSE_CHECKS, TEXT_CHECKS
from cms.budget.checks.rules import all_rules
from cms.budget.checks.texts import amount_after, plain
from cms.budget.models import Release
from cms.budget.tables import DisclosureTable, TableRow

RULES = all_rules()[0]
WAN = 1_000_000


def applied(rule_id: str, text: str, *, title: str = "", document: Document | None = None) -> Verdict:
    checked = Checked(Release(fiscal_year=2024, currency="CNY"))
    checked.__dict__["texts"] = [Text(name, said) for name, said in (("title", title), ("body", text)) if said]
    checked.__dict__["documents"] = [document] if document else []
    rule = RULES[rule_id]
    if rule.kind in PROSE_CHECKS:
        return PROSE_CHECKS[rule.kind](rule, document, checked)
    return TEXT_CHECKS[rule.kind](rule, checked)


def severities(verdict: Verdict) -> list[str]:
    return [finding.severity.value for finding in verdict.found]


class OneTable(Document):
    """A document with one table, of which nothing is stored."""

    def __init__(self, kind: str, mark: str, unit: int, **amounts: int) -> None:
        self.department = None
        table = DisclosureTable(kind=kind, unit=unit, columns=list(amounts))
        row = TableRow(table=table, mark=mark, amounts=amounts)
        self.tables, self.rows, self._places = {kind: table}, {kind: [row]}, {(kind, mark): row}


def in_yuan(amount: int) -> OneTable:
    return OneTable("summary", "income_total", 1, amount=amount)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本年度收入总计2,995.39万元。", []),
        ("收入总计为 29953900 元。", []),
        ("收入总计2,995.40万元。", ["info"]),
        ("收入总计2,995.41万元。", ["error"]),
        ("收入总计3000万元。", ["error"]),
    ],
)
def test_an_amount_in_the_text_is_that_of_the_table(text: str, expected: list[str]) -> None:
    verdict = applied("C8", text, document=in_yuan(2_995_390_000))
    assert (severities(verdict), verdict.compared) == (expected, 1)


def test_the_text_in_ten_thousands_rounds_a_table_in_yuan() -> None:
    verdict = applied("C8", "收入总计2,995.39万元。", document=in_yuan(2_995_394_956))
    assert verdict.found == []


def test_both_values_of_a_wrong_amount_are_told() -> None:
    (finding,) = applied("C8", "全年收入总计100.00万元，比上年多。", document=in_yuan(90 * WAN)).found
    assert (finding.left, finding.right) == (100 * WAN, 90 * WAN)
    assert finding.detail == {
        "words": ["收入总计"],
        "right": ["summary.income_total.amount"],
        "excerpt": "全年收入总计100.00万元，比上年多",
    }


def test_an_amount_of_something_else_is_not_taken_for_it() -> None:
    assert amount_after(["收入总计"], "收入总计和支出总计均有增加，其中其他收入6.20万元") is None


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("编报绩效目标的项目39个，涉及资金400.00万元。", []),
        ("编报绩效目标的项目39个，涉及资金415.48万元。", ["warn"]),
    ],
)
def test_money_with_goals_is_no_more_than_project_expenditure(text: str, expected: list[str]) -> None:
    document = OneTable("expenditure", "total", 10_000, project=400 * WAN)
    assert severities(applied("C9", text, document=document)) == expected


def test_money_of_several_years_is_not_compared_with_one() -> None:
    document = OneTable("expenditure", "total", 10_000, project=400 * WAN)
    verdict = applied("C9", "编报绩效目标的项目3个，累计涉及资金900.00万元。", document=document)
    assert (verdict.compared, [reason.word for reason in verdict.reasons]) == (0, ["several_years"])


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("政府采购支出总额100.00万元，其中：货物支出60.00万元、工程支出10.00万元、服务支出30.00万元。", []),
        ("政府采购支出总额100.00万元，其中：货物支出60.00万元、工程支出10.00万元、服务支出20.00万元。", ["error"]),
        ("政府采购支出总额100.00万元，其中：货物支出60.01万元、服务支出40.00万元。", ["info"]),
    ],
)
def test_procurement_is_goods_works_and_services(text: str, expected: list[str]) -> None:
    assert severities(applied("C10", text)) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2024年度支出比2023年增加。", []),
        ("2022年度支出比2023年增加。", ["2022"]),
        ("按照《2018年工作要点》执行。", []),
        ("根据财预〔2018〕143号文件。", []),
        ("截至2022年底的结余。", []),
        ("自2019年起开展。", []),
    ],
)
def test_the_text_speaks_of_this_year_and_the_year_before(text: str, expected: list[str]) -> None:
    assert [finding.detail["says"] for finding in applied("C14", text).found] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [("XX局负责。", ["XX"]), ("某某单位", ["某某"]), ("××项目待填", ["××"]), ("TAXX是词", []), ("水务局负责。", [])],
)
def test_placeholders_are_found(text: str, expected: list[str]) -> None:
    assert [finding.detail["says"] for finding in applied("C15", text).found] == expected


@pytest.mark.parametrize(
    ("title", "text", "expected"),
    [
        ("市水务局2024年度部门决算", "本部门收入增加。", []),
        ("市水务局2024年度部门决算", "本单位收入增加。", ["本单位"]),
        ("市水务局（本级）2024年度单位决算", "本部门收入增加。", ["本部门"]),
    ],
)
def test_a_department_is_not_called_a_unit(title: str, text: str, expected: list[str]) -> None:
    assert [finding.detail["says"] for finding in applied("C16", text, title=title).found] == expected


def test_a_title_that_names_neither_leaves_the_wording_open() -> None:
    assert [reason.word for reason in applied("C16", "本单位", title="钱花到哪里去了").reasons] == ["not_told_by_title"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("本年完成投资100万元，占总投资900万元的11%。", 1),
        ("本年支出100万元，比上年90万元增加。", 0),
        ("项目总投资900万元。", 0),
    ],
)
def test_a_year_is_not_set_against_several(text: str, expected: int) -> None:
    assert len(applied("C17", text).found) == expected


@pytest.mark.parametrize("rule_id", ["C8", "C9", "C10", "C14", "C16", "C17"])
def test_without_a_text_nothing_is_said_to_have_passed(rule_id: str) -> None:
    verdict = applied(rule_id, "", document=in_yuan(0))
    assert (verdict.compared, [reason.word for reason in verdict.reasons]) == (0, ["no_text"])


def test_markup_is_no_text_and_paragraphs_stay_apart() -> None:
    assert plain("<p>收入&nbsp;<b>合计</b></p><p>1万元</p>") == "收入 合计\n1万元"
