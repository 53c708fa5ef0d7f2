"""The columns of every file of lines: their names, types and meaning, in one place.

Files, the descriptor of the Data Package and the data dictionary on the page are all made from this list. The meaning
stands here in both languages, because it travels inside files, whoever asks for them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from cms.budget.models import Phase


class Kind(StrEnum):
    """Types of Table Schema (datapackage.org), as far as lines need them."""

    STRING = "string"
    INTEGER = "integer"
    YEAR = "year"
    NUMBER = "number"


@dataclass(frozen=True)
class Column:
    """One column. ``fiscal`` is its ColumnType in the budget taxonomy of the Fiscal Data Package (1.0rc1)."""

    name: str
    kind: Kind
    meaning: str
    meaning_en: str
    fiscal: str = ""
    phase: Phase | None = None
    is_required: bool = False


# Names and codes come before the amounts, in the order in which people read them.
TEXTS = (
    Column("government", Kind.STRING, "公布预算的政府", "The government that publishes", is_required=True),
    Column(
        "department_code",
        Kind.STRING,
        "主管部门代码；来源未给出时为空",
        "Code of the competent department; empty where the source gives none",
        "administrative-classification:generic:code",
    ),
    Column(
        "department",
        Kind.STRING,
        "主管部门名称，与来源一致",
        "Name of the competent department, as published",
        "administrative-classification:generic:label",
    ),
    Column("programme_code", Kind.STRING, "项目代码", "Code of the programme", "activity:generic:program:code"),
    Column("programme", Kind.STRING, "项目名称", "Name of the programme", "activity:generic:program:label"),
    Column(
        "functional_code",
        Kind.STRING,
        "支出功能分类代码（类、款、项）",
        "Code of the functional classification",
        "functional-classification:generic:code",
    ),
    Column(
        "functional",
        Kind.STRING,
        "支出功能分类名称",
        "Name in the functional classification",
        "functional-classification:generic:label",
    ),
    Column(
        "economic_code",
        Kind.STRING,
        "支出经济分类代码",
        "Code of the economic classification",
        "economic-classification:generic:code",
    ),
    Column(
        "economic",
        Kind.STRING,
        "支出经济分类名称",
        "Name in the economic classification",
        "economic-classification:generic:label",
    ),
    Column("fund", Kind.STRING, "资金来源或资金性质", "Fund or source of finance", "fin-source:generic:label"),
    Column("note", Kind.STRING, "来源文件中的备注", "Note in the source"),
)
LINE = Column(
    "line",
    Kind.STRING,
    "本行的永久标识，/budget/lines/<标识>/ 是它的页面",
    "Permanent identity of the line; its page is /budget/lines/<identity>/",
    "budget-line-id",
    is_required=True,
)
RELEASE = Column(
    "release", Kind.STRING, "本行所属公开批次的永久标识", "Permanent identity of the release", is_required=True
)
YEAR = Column("fiscal_year", Kind.YEAR, "财政年度", "Fiscal year", "date:fiscal-year", is_required=True)
VERSION = Column(
    "version",
    Kind.INTEGER,
    "该年度公开的版本号，更正即新版本",
    "Version of the year's release; a correction is a new version",
    is_required=True,
)
ROW = Column(
    "row", Kind.INTEGER, "来源文件中的行号，1 为首个数据行", "Row in the source file; 1 is the first", is_required=True
)
CURRENCY = Column(
    "currency", Kind.STRING, "币种（ISO 4217）", "Currency (ISO 4217)", "value-currency:code", is_required=True
)
PHASES = {
    Phase.PROPOSED: ("草案数", "Amount proposed"),
    Phase.ADOPTED: ("批复（年初）预算数", "Amount adopted"),
    Phase.ADJUSTED: ("调整后预算数", "Amount after adjustment"),
    Phase.COMMITTED: ("已承诺（已签约）数", "Amount committed"),
    Phase.EXECUTED: ("执行数", "Amount executed"),
}


def minor(phase: str) -> str:
    """The name of the column that holds a phase's amounts as whole numbers."""
    return f"{phase}_minor"


def columns_of(phases: Iterable[Phase]) -> tuple[Column, ...]:
    """The columns of a file whose releases have amounts for ``phases``, in the order of the file."""
    amounts: list[Column] = []
    for phase in phases:
        zh, en = PHASES[phase]
        amounts.append(
            Column(
                phase.value,
                Kind.NUMBER,
                f"{zh}，以币种主单位（元）计的精确小数；来源未公布时为空",
                f"{en}, an exact decimal in units of the currency; empty where nothing was published",
                phase=phase,
            )
        )
        amounts.append(
            Column(
                minor(phase),
                Kind.INTEGER,
                f"{zh}，以最小货币单位（分）计的整数",
                f"{en}, a whole number in the smallest unit of the currency",
            )
        )
    return (RELEASE, YEAR, VERSION, ROW, *TEXTS, CURRENCY, *amounts, LINE)
