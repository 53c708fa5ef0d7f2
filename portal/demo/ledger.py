"""The city's budget files: lines of plausible structure, the same every time they are drawn up.

Amounts are counted in hundreds of yuan, the last digit of a figure in 万元 with two decimals.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from portal.demo.content import read

HEADER = (
    "行类型", "年度", "部门编码", "部门", "项目编码", "项目", "功能科目编码", "功能科目", "经济科目编码", "经济科目",
    "资金来源", "申报数", "年初预算数", "调整预算数", "执行数",
)  # fmt: skip
GENERAL, TRANSFER, GOVERNMENT_FUND = "一般公共预算", "上级专项转移支付", "政府性基金预算"
PER_WAN = 100
# From here on (万元) a programme has a second source of money.
LARGE = 10000
GROWTH = 1.045


@dataclass(frozen=True)
class Amounts:
    proposed: int
    adopted: int
    adjusted: int
    executed: int

    def __add__(self, other: Amounts) -> Amounts:
        return Amounts(
            self.proposed + other.proposed,
            self.adopted + other.adopted,
            self.adjusted + other.adjusted,
            self.executed + other.executed,
        )

    def cells(self) -> list[str]:
        return [
            f"{amount // PER_WAN}.{amount % PER_WAN:02d}"
            for amount in (self.proposed, self.adopted, self.adjusted, self.executed)
        ]


@dataclass(frozen=True)
class Row:
    programme: tuple[str, str]
    functional: str
    economic: str
    fund: str
    amounts: Amounts


def source_name(year: int) -> str:
    return f"yunchuan-{year}.csv"


def budget_file(year: int, *, offset: int, month: int) -> bytes:
    """The file of a fiscal year. ``offset``: 0 for the newest year, -1 for the one before; ``month``: the last one
    executed."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(HEADER)
    names = read("codes")
    for department in read("city")["departments"]:
        head = [year, department["code"], department["name"]]
        rows = list(_rows(department, offset, month))
        total = sum((row.amounts for row in rows), Amounts(0, 0, 0, 0))
        writer.writerow(["小计", *head, *[""] * 7, *total.cells()])
        for row in rows:
            functional, economic = names["functional"][row.functional][0], names["economic"][row.economic][0]
            codes = [row.functional, functional, row.economic, economic]
            writer.writerow(["明细", *head, *row.programme, *codes, row.fund, *row.amounts.cells()])
    return text.getvalue().encode()


def _rows(department: dict[str, Any], offset: int, month: int) -> Iterator[Row]:
    yield from _basic_rows(department, offset, month)
    for programme in department["programmes"]:
        if programme.get("from", -2) <= offset:
            yield from _programme_rows(programme, offset, month)


def _basic_rows(department: dict[str, Any], offset: int, month: int) -> Iterator[Row]:
    """What it takes to run the department (基本支出): it belongs to no programme and is spent month by month."""
    rng = Random(f"{department['code']} {offset}")
    basic = read("profiles")["basic"]
    running = [(code, department["administration"], yuan) for code, yuan in [*basic["wages"], *basic["running"]]]
    for economic, functional, yuan in [*running, *map(tuple, basic["contributions"])]:
        adopted = _rounded(yuan * department["staff"] / 100 * GROWTH**offset * _about(rng, 0.08))
        share = (0.985 if offset < 0 else month / 12) * _about(rng, 0.03)
        amounts = Amounts(_rounded(adopted * 1.03), adopted, adopted, min(adopted, int(adopted * share)))
        yield Row(("", ""), functional, economic, GENERAL, amounts)


def _programme_rows(programme: dict[str, Any], offset: int, month: int) -> Iterator[Row]:
    rng = Random(f"{programme['code']} {offset}")
    total = programme["budget"] * PER_WAN * GROWTH**offset * _about(rng, 0.05)
    asked = 1.03 + 0.12 * rng.random()
    adjustment = 1.0 if rng.random() < 0.7 else 0.9 + 0.2 * rng.random()
    pace = programme["pace"]
    rate = 0.9 + 0.08 * min(pace, 1.0) if offset < 0 else min(0.97, 1.12 * month / 12 * pace)
    for place, (economic, thousandths) in enumerate(read("profiles")["projects"][programme["profile"]]):
        amount = total * thousandths / 1000 * _about(rng, 0.06)
        for fund, share in _funds(programme, place):
            adopted = _rounded(amount * share)
            adjusted = _rounded(adopted * adjustment)
            executed = min(adjusted, int(adjusted * rate * _about(rng, 0.04)))
            yield Row(
                (programme["code"], programme["name"]),
                programme["functional"],
                economic,
                fund,
                Amounts(_rounded(adopted * asked), adopted, adjusted, executed),
            )


def _funds(programme: dict[str, Any], place: int) -> list[tuple[str, float]]:
    if place or programme["budget"] < LARGE:
        return [(GENERAL, 1.0)]
    return [(GENERAL, 0.64), (GOVERNMENT_FUND if programme["profile"] == "works" else TRANSFER, 0.36)]


def _about(rng: Random, deviation: float) -> float:
    return 1 + deviation * (2 * rng.random() - 1)


def _rounded(amount: float) -> int:
    """To the nearest thousand yuan, as budgets are drawn up; never nothing."""
    return max(10, round(amount / 10) * 10)
