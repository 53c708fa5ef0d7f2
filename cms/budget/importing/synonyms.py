"""What columns of budget tables are called, in Chinese and English, by key of the mapping."""

from __future__ import annotations

import re
import unicodedata

# In the order in which columns are given out: the more particular names first.
NAMES: dict[str, tuple[str, ...]] = {
    "department_code": (
        *("部门编码", "部门代码", "单位编码", "单位代码", "预算单位编码", "主管部门编码"),
        *("department code", "departmentcode", "dept code", "agency code", "unit code", "seccion"),
    ),
    "programme_code": (
        *("项目编码", "项目代码", "项目编号", "計畫代碼"),
        *("programme code", "program code", "project code", "programa"),
    ),
    "functional_code": (
        *("功能分类科目编码", "支出功能分类科目编码", "功能科目编码", "功能分类编码", "科目编码", "科目代码"),
        *("functional code", "function code", "func code", "cofog code"),
    ),
    "economic_code": (
        *("经济分类科目编码", "支出经济分类科目编码", "部门预算经济分类编码", "经济科目编码", "经济分类编码"),
        *("economic code", "economico", "object code"),
    ),
    "department": (
        *("部门名称", "单位名称", "预算单位名称", "预算单位", "主管部门", "部门", "单位", "機關名稱", "机关"),
        *("department", "dept", "agency", "ministry", "depname", "descripcion seccion", "unit"),
    ),
    "programme": (
        *("项目名称", "项目", "計畫名稱", "预算项目"),
        *("programme", "program", "project", "project name", "descripcion programa"),
    ),
    "functional": (
        *("功能分类科目名称", "支出功能分类", "功能科目", "功能分类", "科目名称"),
        *("functional", "function", "func name", "functional classification"),
    ),
    "economic": (
        *("经济分类科目名称", "支出经济分类", "部门预算经济分类", "经济科目", "经济分类"),
        *("economic", "economic type", "descripcion economico"),
    ),
    "fund": ("资金来源", "资金性质", "经费来源", "fund", "fund source", "source of funds", "descripcion centro"),
    "note": ("备注", "说明", "備註", "說明", "note", "notes", "remark", "remarks", "description", "comment"),
    "executed": (
        *("决算数", "全年执行数", "执行数", "支出决算", "实际支出数", "实际支出", "決算數", "本年支出"),
        *("executed", "actual", "spent", "outturn", "expenditure", "obl reconoc", "total wan"),
    ),
    "adjusted": (
        *("调整预算数", "调整后预算数", "全年预算数", "调整后预算", "预算调整数"),
        *("adjusted", "revised budget", "revised", "c definitivo"),
    ),
    "committed": ("承诺数", "合同金额", "committed", "encumbered", "c dispuesto"),
    "proposed": ("预算草案数", "草案", "申报数", "建议数", "預算案數", "proposed", "requested", "draft budget"),
    "adopted": (
        *("年初预算数", "年初预算", "批复数", "预算数", "预算金额", "预算", "法定預算數", "預算數", "金额", "金額"),
        *("adopted", "approved", "budget", "initial budget", "cred inicial", "amount"),
    ),
}
AMOUNTS = ("proposed", "adopted", "adjusted", "committed", "executed")
LEVEL = ("级次", "层级", "科目级次", "level", "code len", "code length")
YEAR = ("年度", "预算年度", "会计年度", "年份", "fiscal year", "fiscalyear", "year")
GOVERNMENT = ("地区", "政府", "government", "行政区划")
CURRENCY = ("币种", "货币", "currency")
UNIT = ("金额单位", "计量单位", "unit of amounts")


def plain(name: str) -> str:
    """A name without what differs from office to office: width, case, blanks, and remarks in brackets."""
    text = unicodedata.normalize("NFKC", name).casefold()
    text = re.sub(r"\([^)]*\)|\[[^]]*\]", "", text)
    text = re.sub(r"[_\-.·]+", " ", text)
    text = re.sub(r"\s+", " ", text).strip()
    # Chinese offices spread short names over the width of the column: 项 目 名 称.
    return re.sub(r"(?<=[\u4e00-\u9fff]) (?=[\u4e00-\u9fff])", "", text)


def parts_of(name: str) -> list[str]:
    """A joined name (年初预算/合计) and what it is made of, the whole first."""
    pieces = [plain(piece) for piece in name.split("/")]
    return list(dict.fromkeys([plain(name), *reversed(pieces)]))
