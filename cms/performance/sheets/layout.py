"""The self-evaluation sheet (项目支出绩效自评表): what it holds, and the words that stand in its cells.

The words are those of the printed form, in Chinese in every language of the portal: the sheet goes to offices that
know no other. Several spellings are read; the first of each is written.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from cms.performance.models import Indicator

TITLE = "项目支出绩效自评表"
Dimension, Category, Operator = Indicator.Dimension, Indicator.Category, Indicator.Operator
Direction, Level = Indicator.Direction, Indicator.Level


class Severity(StrEnum):
    """An error keeps the sheet out; a warning is for the reader to think about, and lets it in."""

    ERROR = "error"
    WARNING = "warning"


@dataclass(frozen=True)
class Message:
    """What is wrong where (``cell``: as in the spreadsheet, E6; empty for the sheet as a whole), and what to do."""

    severity: Severity
    code: str
    cell: str
    text: str


@dataclass(frozen=True)
class SheetIndicator:
    dimension: str
    category: str
    name: str
    operator: str
    weight: Decimal
    direction: str = ""
    baseline: Decimal | None = None
    target: Decimal | None = None
    target_text: str = ""
    unit: str = ""
    actual: Decimal | None = None
    actual_text: str = ""
    level: str = ""
    share: Decimal | None = None
    stated_points: Decimal | None = None
    evidence: str = ""
    deviation_reason: str = ""
    corrective_action: str = ""
    # Which goal it belongs to; 1 is the first.
    goal: int = 1
    # Where it stands in the file; 0 where it does not come from one.
    row: int = field(default=0, compare=False)


@dataclass(frozen=True)
class Sheet:
    """Amounts in minor units of yuan; None is a blank cell and not 0."""

    fiscal_year: int
    programme: str
    programme_code: str = ""
    department: str = ""
    initial: int | None = None
    full_year: int | None = None
    executed: int | None = None
    execution_weight: Decimal | None = None
    execution_points: Decimal | None = None
    execution_reason: str = ""
    goals: tuple[tuple[str, str], ...] = ()
    indicators: tuple[SheetIndicator, ...] = ()
    self_score: Decimal | None = None
    problems_found: int | None = None
    problems_fixed: int | None = None
    problems_open: int | None = None
    goals_set_on: date | None = None
    tracked_on: date | None = None
    self_evaluated_on: date | None = None


DIMENSIONS = {
    Dimension.OUTPUT: ("产出指标", "产出"),
    Dimension.BENEFIT: ("效益指标", "效益", "效果"),
    Dimension.SATISFACTION: ("满意度指标", "满意度"),
    Dimension.COST: ("成本指标", "成本"),
}
CATEGORIES = {
    Category.QUANTITY: ("数量指标", "数量"),
    Category.QUALITY: ("质量指标", "质量"),
    Category.TIMELINESS: ("时效指标", "时效"),
    Category.COST: ("成本指标", "成本"),
    Category.ECONOMIC: ("经济效益指标", "经济效益", "经济成本指标", "经济成本"),
    Category.SOCIAL: ("社会效益指标", "社会效益", "社会成本指标", "社会成本"),
    Category.ECOLOGICAL: ("生态效益指标", "生态效益", "生态环境成本指标", "生态环境成本"),
    Category.SUSTAINABLE: ("可持续影响指标", "可持续影响", "可持续"),
    Category.SATISFACTION: ("服务对象满意度指标", "服务对象满意度", "满意度指标", "满意度"),
}
OPERATORS = {
    Operator.AT_LEAST: ("≥", ">=", "≧", "⩾", ">", "大于等于", "不低于", "不少于"),
    Operator.AT_MOST: ("≤", "<=", "≦", "⩽", "<", "小于等于", "不高于", "不超过", "不多于"),
    Operator.EQUAL: ("=", "等于"),
    Operator.QUALITATIVE: ("定性",),
}
DIRECTIONS = {Direction.POSITIVE: ("正向", "正向指标"), Direction.REVERSE: ("反向", "反向指标", "负向")}
# The first that a cell begins with counts, so what is denied and what is half done stand before what is done.
LEVELS = {
    Level.NOT_ACHIEVED: ("未达成预期指标且效果较差", "未达成", "未完成", "未实现", "较差", "差"),
    Level.PARTLY: ("部分达成预期指标并具有一定效果", "部分达成", "部分完成", "部分实现", "基本达成", "基本完成"),
    Level.ACHIEVED: ("达成预期指标", "达成", "完成", "已完成", "全部达成", "全部完成", "实现", "达到预期"),
}
# Column of the indicators -> headings.
COLUMNS = {
    "dimension": ("一级指标",),
    "category": ("二级指标",),
    "name": ("三级指标", "指标名称", "指标内容"),
    "goal": ("所属目标",),
    "direction": ("指标方向", "方向"),
    "operator": ("指标性质", "性质", "运算符号"),
    "baseline": ("基线值", "历史值", "上年完成值"),
    "target": ("年度指标值", "指标值", "预期指标值", "年初设定值", "目标值"),
    "unit": ("度量单位", "计量单位", "单位"),
    "actual": ("实际完成值", "全年实际完成值", "完成值", "实际值"),
    "share": ("达成比例",),
    "weight": ("分值", "权重", "分值权重"),
    "stated_points": ("得分", "自评得分"),
    "evidence": ("佐证材料",),
    "deviation_reason": ("偏差原因分析", "偏差原因", "偏差原因分析及改进措施", "未完成原因分析"),
    "corrective_action": ("改进措施",),
}
# Column of the money -> headings.
FUNDS = {
    "initial": ("年初预算数", "年初预算"),
    "full_year": ("全年预算数", "调整后预算数", "调整预算数", "全年预算"),
    "executed": ("全年执行数", "预算执行数", "执行数"),
    "weight": ("分值", "权重"),
    "rate": ("执行率", "预算执行率"),
    "points": ("得分",),
}
FUNDS_TOTAL = ("年度资金总额", "资金总额", "总额")
FUNDS_PARTS = ("其中:当年财政拨款", "上年结转资金", "其他资金")
# Fact beside its label -> labels.
FACTS = {
    "programme": ("项目名称",),
    "programme_code": ("项目编码", "项目代码"),
    "department": ("主管部门", "主管部门及代码"),
    "execution_reason": ("执行率偏低原因", "执行偏差原因", "预算执行率低于90%的原因"),
    "problems_found": ("发现问题数",),
    "problems_fixed": ("已整改问题数",),
    "problems_open": ("正在整改问题数",),
    "goals_set_on": ("绩效目标设定日期",),
    "tracked_on": ("绩效跟踪日期",),
    "self_evaluated_on": ("绩效自评日期",),
}
COUNTS = ("problems_found", "problems_fixed", "problems_open")
DATES = ("goals_set_on", "tracked_on", "self_evaluated_on")
TOTAL = ("总分", "合计", "自评总分")
GOALS = ("年度总体目标", "总体目标", "年度目标")
EXPECTED, ACHIEVED = ("预期目标", "年初设定目标"), ("实际完成情况", "目标完成情况")
# Heading unit -> minor units.
UNITS = {"万元": Decimal(1_000_000), "千元": Decimal(100_000), "亿元": Decimal(10_000_000_000), "元": Decimal(100)}
