"""The nine tables of one department's final accounts, drawn up from the lines of its release.

Everything agrees but two cells: one sum is off by the last digit, and one total was misprinted, for which the officer
of the department answers.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta

from cms.budget.checks import blocking
from cms.budget.checks.actions import override_check, record_tables
from cms.models import CheckOverride, Line, Release
from participation.models import Appointment, User
from participation.stakeholders.models import Role
from portal.demo.backdate import at
from portal.demo.content import read

# The year before the newest is the last one with final accounts; all money of this department is appropriated.
OFFSET, DEPARTMENT = -1, "103"
UNIT = 10_000
# 0.01 万元, in 分.
STEP = 10_000
MISPRINT = 20 * STEP
# Of what is spent on goods and services: 因公出国（境）费、公务用车运行维护费、公务接待费, in thousandths.
THREE_PUBLIC = (6, 31, 11)
REASON = (
    "原件支出侧“总计”一格误印，少印0.20万元；本年支出合计、各分项与其他八张表均无误。部门已书面说明，将在下一版更正。"
)
NO_FUNDS = "注：本部门没有{}收支，故本表为空。"
OTHER_SPENDING = ("上缴上级支出", "经营支出", "对附属单位补助支出")
GROUPS = {"personnel": ("301", "303"), "operating": ("302", "310")}


def hand_in_tables(release: Release, offset: int, published: datetime, editor: User) -> None:
    """Into the draft of the year that has them; to be called before it is published."""
    if offset != OFFSET:
        return
    record_tables(release, tables_of(release), unit=UNIT, acting_user=editor)
    with at(published - timedelta(hours=3), CheckOverride):
        for finding in blocking(release):
            officer = Appointment.objects.current().get(role=Role.OFFICER, department=finding.department).person
            override_check(finding, reason=REASON, acting_user=officer)


def tables_of(release: Release) -> bytes:
    """The file with the tables, as ``cms.budget.table_reading`` has it."""
    lines = Line.objects.filter(release=release, department__code=DEPARTMENT).facts()
    spent = list(lines.values_list("functional_code", "economic_code", "programme", "executed"))
    basic = _rolled_up((code, amount) for code, _economic, programme, amount in spent if programme is None)
    project = _rolled_up((code, amount) for code, _economic, programme, amount in spent if programme is not None)
    economic = _rolled_up((code, amount) for _code, code, programme, amount in spent if programme is None)
    printed = _Printed(basic, project, economic)
    name = next(row["name"] for row in read("city")["departments"] if row["code"] == DEPARTMENT)
    text = io.StringIO()
    writer = csv.writer(text)
    for page, (title, rows) in enumerate(printed.tables().items(), 5):
        writer.writerows([name, title, page, *row] for row in rows)
    return text.getvalue().encode()


def _rolled_up(amounts: Iterable[tuple[str, int | None]]) -> dict[str, int]:
    """Sums by code and by every shorter code that it begins with; "" is the whole."""
    sums: dict[str, int] = defaultdict(int)
    for code, amount in amounts:
        for length in {0, 3, 5, len(code)}:
            sums[code[:length]] += amount or 0
    return sums


def wan(fen: int | None) -> str:
    return f"{fen / 1_000_000:,.2f}" if fen else ""


class _Printed:
    """The rows of each table. Sums are by code, in 分; all of them are whole steps of the last digit printed."""

    def __init__(self, basic: dict[str, int], project: dict[str, int], economic: dict[str, int]) -> None:
        self.basic, self.project, self.economic = basic, project, economic
        self.total = basic[""] + project[""]
        self.functions = sorted({*basic, *project} - {""})
        self.names = {
            kind: {code: name for code, (name, _en) in codes.items()} for kind, codes in read("codes").items()
        }

    def spent(self, code: str) -> int:
        return self.basic.get(code, 0) + self.project.get(code, 0)

    def tables(self) -> dict[str, list[list[str]]]:
        return {
            "收入支出决算总表": self.summary(),
            "收入决算表": self.income(),
            "支出决算表": self.expenditure(),
            "财政拨款收入支出决算总表": self.appropriations(),
            "一般公共预算财政拨款支出决算表": self.general(),
            "一般公共预算财政拨款基本支出决算表": self.basic_by_type(),
            "财政拨款“三公”经费支出决算表": self.three_public(),
            "政府性基金预算财政拨款收入支出决算表": self.without_funds("政府性基金预算"),
            "国有资本经营预算财政拨款收入支出决算表": self.without_funds("国有资本经营预算"),
        }

    def classes(self) -> list[str]:
        return [code for code in self.functions if len(code) == 3]

    def summary(self) -> list[list[str]]:
        total = wan(self.total)
        spent = [[self.names["functional"][code], wan(self.spent(code))] for code in self.classes()]
        got = [["一般公共预算财政拨款收入", total], *[["", ""]] * (len(spent) - 1)]
        return [
            ["收入", "", "支出", ""],
            ["项目", "决算数", "项目", "决算数"],
            *[[*left, *right] for left, right in zip(got, spent, strict=True)],
            ["本年收入合计", total, "本年支出合计", total],
            ["总计", total, "总计", wan(self.total - MISPRINT)],
        ]

    def income(self) -> list[list[str]]:
        rows = [[*_levels(code), self._function(code), *[wan(self.spent(code))] * 2, ""] for code in self.functions]
        return [
            ["项目", "", "", "", "本年收入合计", "财政拨款收入", "其他收入"],
            ["功能分类", "", "", "科目名称", "", "", ""],
            ["类", "款", "项", "合计", wan(self.total), wan(self.total), ""],
            *rows,
        ]

    def expenditure(self) -> list[list[str]]:
        rows = [[*_levels(code), self._function(code), *self._parted(code), "", "", ""] for code in self.functions]
        return [
            [
                "项目",
                "",
                "",
                "",
                "本年支出合计",
                "基本支出",
                "项目支出",
                "上缴上级支出",
                "经营支出",
                "对附属单位补助支出",
            ],
            ["功能分类", "", "", "科目名称", *[""] * 6],
            ["类", "款", "项", "合计", *self._parted(""), "", "", ""],
            *rows,
        ]

    def appropriations(self) -> list[list[str]]:
        total = wan(self.total)
        money = ["一般公共预算财政拨款", "政府性基金预算财政拨款", "国有资本经营预算财政拨款"]
        spent = [[self.names["functional"][code], *[wan(self.spent(code))] * 2, "", ""] for code in self.classes()]
        got = [["一般公共预算财政拨款", total], *[["", ""]] * (len(spent) - 1)]
        return [
            ["收入", "", "支出", "", "", "", ""],
            ["项目", "决算数", "项目", "合计", *money],
            *[[*left, *right] for left, right in zip(got, spent, strict=True)],
            ["本年收入合计", total, "本年支出合计", total, total, "", ""],
            ["总计", total, "总计", total, total, "", ""],
        ]

    def general(self) -> list[list[str]]:
        return [
            ["项目", "", "合计", "基本支出", "项目支出"],
            ["功能分类科目编码", "科目名称", "", "", ""],
            *[[code, self._function(code), *self._parted(code)] for code in self.functions],
            ["合计", "", *self._parted("")],
        ]

    def basic_by_type(self) -> list[list[str]]:
        halves = {
            half: [
                [code, self.names["economic"][code], wan(amount)]
                for code, amount in sorted(self.economic.items())
                if code[:3] in groups
            ]
            for half, groups in GROUPS.items()
        }
        height = max(map(len, halves.values()))
        left, right = ([*rows, *[["", "", ""]] * (height - len(rows))] for rows in halves.values())
        sums = {half: wan(sum(self.economic.get(code, 0) for code in groups)) for half, groups in GROUPS.items()}
        heading = ["经济分类科目编码", "科目名称", "决算数"]
        return [
            [*heading, *heading],
            *[[*personnel, *operating] for personnel, operating in zip(left, right, strict=True)],
            ["人员经费合计", "", sums["personnel"], "公用经费合计", "", sums["operating"]],
        ]

    def three_public(self) -> list[list[str]]:
        """Its total was rounded from more digits than its parts, and is one step more than they come to."""
        goods = self.economic.get("302", 0)
        abroad, vehicles, reception = (goods * share // 1000 // STEP * STEP for share in THREE_PUBLIC)
        total = abroad + vehicles + reception + STEP
        amounts = [total, abroad, vehicles, 0, vehicles, reception]
        planned = [sum(amounts[place] for place in (1, 2, 5)), *amounts[1:]]
        return [
            ["合计", "", "因公出国（境）费", "", "公务用车购置及运行费", "", "", "", "", "", "公务接待费", ""],
            ["", "", "", "", "小计", "", "公务用车购置费", "", "公务用车运行费", "", "", ""],
            ["预算数", "决算数"] * 6,
            [cell for plan, amount in zip(planned, amounts, strict=True) for cell in (wan(plan), wan(amount))],
        ]

    @staticmethod
    def without_funds(name: str) -> list[list[str]]:
        return [
            ["项目", "", "年初结转和结余", "本年收入", "本年支出", "", "", "年末结转和结余"],
            ["功能分类科目编码", "科目名称", "", "", "小计", "基本支出", "项目支出", ""],
            ["合计", *[""] * 7],
            [NO_FUNDS.format(name)],
        ]

    def _function(self, code: str) -> str:
        return self.names["functional"][code]

    def _parted(self, code: str) -> list[str]:
        return [wan(self.spent(code)), wan(self.basic.get(code)), wan(self.project.get(code))]


def _levels(code: str) -> list[str]:
    """类、款、项, each in a cell of its own."""
    return [code[:3], code[3:5], code[5:]]
