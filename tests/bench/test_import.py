"""How much longer an import takes than the bare insertion of its lines, in one run."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from cms.budget.actions import import_release
from cms.budget.importing.mapping import parse_mapping
from cms.budget.models import Line, Release
from tests.factories import make_release

pytestmark = pytest.mark.django_db
LINES = 30_000
MAPPING = """
[release]
government = "云川市"
fiscal_year = 2030
currency = "CNY"
[columns]
department_code = "d"
department = "dept"
programme = "prog"
functional_code = "f"
[amounts]
adopted = "a"
executed = "e"
"""


def seconds(work: Any) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def test_import_against_bare_insertion(capsys: pytest.CaptureFixture[str]) -> None:
    rows = [
        f"{n % 60:03d},部门{n % 60},项目{n % 900},{2010000 + n % 400},{n}.{n % 100:02d},{n // 2}" for n in range(LINES)
    ]
    content = "\n".join(["d,dept,prog,f,a,e", *rows]).encode()
    mapping = parse_mapping(MAPPING)
    importing = seconds(lambda: import_release(content, source_name="bench.csv", mapping=mapping))
    release = make_release()
    template = Line.objects.filter(release=Release.objects.get(fiscal_year=2030)).first()
    assert template is not None
    bare = [
        Line(
            release=release,
            row_number=number,
            department=template.department,
            programme=template.programme,
            functional_code=template.functional_code,
            adopted=number,
            executed=number,
        )
        for number in range(1, LINES + 1)
    ]
    inserting = seconds(lambda: Line.objects.bulk_create(bare, batch_size=2000))
    figures = {
        "lines": LINES,
        "import_seconds": round(importing, 2),
        "insert_seconds": round(inserting, 2),
        "import_over_insert": round(importing / inserting, 2),
    }
    with capsys.disabled():
        print("\n" + json.dumps({"budget_import": figures}))
    assert Line.objects.filter(release__fiscal_year=2030).count() == LINES
