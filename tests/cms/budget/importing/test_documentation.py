from __future__ import annotations

import re
from pathlib import Path

ROOT = Path(__file__).parents[4]
SOURCES = [*(ROOT / "cms" / "budget" / "importing").glob("*.py"), ROOT / "cms" / "budget" / "reports.py"]
CODE = re.compile(
    r"(?:refusal\(|AmountError\(|Severity\.\w+, |problem=|(?:reject|warn|note)\(\s*(?:number|line\.row|None),)"
    r'\s*"([a-z_]+)"'
)


def test_every_code_of_a_problem_is_documented() -> None:
    used = {code for path in SOURCES for code in CODE.findall(path.read_text(encoding="utf-8"))}
    documented = set(re.findall(r"`([a-z_]+)`", (ROOT / "docs" / "budget-import.md").read_text(encoding="utf-8")))
    assert len(used) > 25
    assert used - documented == set()
