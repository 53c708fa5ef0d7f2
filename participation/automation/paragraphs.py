"""The paragraph on how goals were followed up (预算绩效管理情况), drafted from the funnel in both languages."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.utils import translation

from cms.budget.models import Department
from cms.performance.funnel import Funnel, Station, funnel_of
from cms.performance.models import ProgrammeYear
from participation.rectification.models import RectificationTask
from participation.rectification.queries import TaskCounts, count_tasks
from portal.ui.furniture import local
from privacy.log.canonical import canonical

MINOR_UNITS_OF_YUAN = 100
WAN, MILLION = 10_000, 1_000_000


@dataclass(frozen=True)
class Paragraph:
    """``key`` changes with the figures: what was drafted from others is another draft."""

    department: Department
    fiscal_year: int
    found: dict[str, Any]
    text: str
    text_en: str

    @property
    def key(self) -> str:
        digest = hashlib.sha256(canonical(self.found).encode()).hexdigest()[:16]
        return f"{self.department.row_id} {self.fiscal_year} {digest}"


def drafted_paragraphs() -> Iterator[Paragraph]:
    """One for each department that has evaluated itself, of its newest such year."""
    visitor = AnonymousUser()
    scored = ProgrammeYear.objects.visible_to(visitor).filter(self_score__isnull=False)
    departments = Department.objects.filter(pk__in=scored.values("programme__department")).select_related("government")
    for department in departments.order_by("code", "pk"):
        funnel = funnel_of(department, visitor)
        if funnel is None or not funnel.self_evaluated.count:
            continue
        tasks = count_tasks(RectificationTask.objects.visible_to(visitor).filter(department=department))
        yield Paragraph(
            department,
            funnel.fiscal_year,
            found_in(funnel, tasks),
            _chinese(department, funnel, tasks),
            _english(department, funnel, tasks),
        )


def found_in(funnel: Funnel, tasks: TaskCounts) -> dict[str, Any]:
    stations = {name: [station.count, station.amount] for name, station in funnel.stations}
    return {
        "year": funnel.fiscal_year,
        **stations,
        "mean": None if funnel.mean is None else str(funnel.mean),
        "problems": [funnel.problems_found, funnel.problems_fixed, funnel.problems_open],
        "tasks": [tasks.total, tasks.verified],
    }


def _chinese(department: Department, funnel: Funnel, tasks: TaskCounts) -> str:
    def told(station: Station) -> str:
        amount = "" if station.amount is None else f"，涉及资金 {_yuan(station.amount) / WAN:,.2f} 万元"
        return f"项目 {station.count} 个{amount}"

    said = [
        f"{funnel.fiscal_year} 年度，{department.name}设定绩效目标的{told(funnel.with_goals)}",
        f"开展绩效跟踪的{told(funnel.tracked)}",
        f"完成绩效自评的{told(funnel.self_evaluated)}",
    ]
    if funnel.mean is not None:
        with translation.override("zh-hans"):
            grades = "、".join(f"“{local(grade, 'name')}”{count} 个" for grade, count in funnel.grades)
        said.append(f"自评平均得分 {funnel.mean} 分" + (f"，其中{grades}" if grades else ""))
    if funnel.problems_found is not None:
        said.append(
            f"发现问题 {funnel.problems_found} 个，已整改 {funnel.problems_fixed or 0} 个，"
            f"正在整改 {funnel.problems_open or 0} 个"
        )
    if tasks.total:
        said.append(f"社会公众参与提出并公开跟踪的整改任务 {tasks.total} 项，经核验完成 {tasks.verified} 项")
    return "；".join(said) + "。"


def _english(department: Department, funnel: Funnel, tasks: TaskCounts) -> str:
    def told(station: Station) -> str:
        amount = "" if station.amount is None else f" (CNY {_yuan(station.amount) / MILLION:,.2f} million)"
        return f"{station.count}{amount}"

    name = department.name_en or department.name
    said = [
        f"{name}, {funnel.fiscal_year}: programmes with goals {told(funnel.with_goals)}, "
        f"tracked {told(funnel.tracked)}, self-evaluated {told(funnel.self_evaluated)}."
    ]
    if funnel.mean is not None:
        with translation.override("en"):
            grades = ", ".join(f"{local(grade, 'name')} {count}" for grade, count in funnel.grades)
        said.append(f"Mean self-evaluation score {funnel.mean}" + (f"; grades: {grades}." if grades else "."))
    if funnel.problems_found is not None:
        said.append(
            f"Problems found {funnel.problems_found}, put right {funnel.problems_fixed or 0}, "
            f"being put right {funnel.problems_open or 0}."
        )
    if tasks.total:
        said.append(f"Tasks followed in public {tasks.total}, of which verified {tasks.verified}.")
    return " ".join(said)


def _yuan(minor_units: int) -> Decimal:
    return Decimal(minor_units) / MINOR_UNITS_OF_YUAN
