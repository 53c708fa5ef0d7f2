"""In what amounts are counted, as Chinese tables say it: 元, 万元, 亿元."""

from __future__ import annotations

import re
from collections.abc import Iterable

UNIT_WORDS = {
    "元": 1,
    "千元": 1_000,
    "万元": 10_000,
    "萬元": 10_000,
    "百万元": 1_000_000,
    "百萬元": 1_000_000,
    "亿元": 100_000_000,
    "億元": 100_000_000,
}
SAID = re.compile(
    r"(?:金额|金額)?单位\s*[:：]?\s*(?:人民币)?\s*([千百]?[万萬亿億]?元)|單位\s*[:：]?\s*([千百]?[万萬亿億]?元)"
)
IN_NAME = re.compile(r"[（(]\s*([千百]?[万萬亿億]?元)\s*[)）]")


def unit_said(texts: Iterable[str]) -> str:
    """The unit that stands above a table (单位：万元), or ""."""
    for text in texts:
        if (match := SAID.search(text)) and (word := match[1] or match[2]) in UNIT_WORDS:
            return word
    return ""


def unit_in_names(names: Iterable[str]) -> str:
    """The unit that the names of columns tell, such as 预算数（万元）; "" where they tell none or several."""
    found = {match[1] for name in names for match in IN_NAME.finditer(name) if match[1] in UNIT_WORDS}
    return found.pop() if len(found) == 1 else ""
