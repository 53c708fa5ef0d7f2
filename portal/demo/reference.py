"""What the city's budgets are read by: codes, periods of laws, days of approval, and a name of former years."""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta

from django.core.management import call_command
from django.utils import timezone

from cms.budget.checks.actions import record_approval
from cms.classification.actions import declare_department_alias, load_edition
from cms.classification.editions import EditionDefinition, EntryDefinition
from cms.classification.models import CHINA, DepartmentAlias
from cms.models import Department, Release
from participation.models import User
from portal.demo.backdate import at
from portal.demo.content import read

# With the first edition that comes with the portal, and loaded after it: the city reads its codes by its own list.
FIRST_YEAR = 2024
RENAMED_AFTER = 2018
# The city publishes within the twenty days that the law allows.
APPROVED_DAYS_BEFORE = 13
FORMER_NAMES = {"101": ("教育委员会", "Education Commission")}


def load_reference() -> None:
    """The editions and periods that come with the portal, and the city's own codes, finer than those."""
    call_command("classification_load", verbosity=0)
    call_command("calendar_load", periods=[], verbosity=0)
    call_command("house_rules", verbosity=0)
    call_command("legal_rules_load", verbosity=0)
    for scheme, codes in read("codes").items():
        load_edition(
            EditionDefinition(
                scheme=scheme,
                label="yunchuan",
                jurisdiction=CHINA,
                name="云川市使用的科目（虚构示例）",
                name_en="Codes used by Yunchuan (made-up example)",
                valid_from=FIRST_YEAR,
                valid_until=None,
                source="",
                entries=tuple(EntryDefinition(code, name, name_en) for code, (name, name_en) in codes.items()),
                sha256=hashlib.sha256(repr(sorted(codes.items())).encode()).hexdigest(),
            ),
            acting_user=None,
        )


def approve(release: Release, published: datetime, editor: User) -> None:
    """Say when the people's congress approved the budget that comes out at ``published``."""
    approved_on = timezone.localdate(published - timedelta(days=APPROVED_DAYS_BEFORE))
    with at(published - timedelta(days=1), Release):
        record_approval(release, approved_on=approved_on, acting_user=editor)


def name_departments(departments: dict[str, Department], editor: User) -> None:
    """What departments were called before the first year that the city publishes."""
    for code, (name, name_en) in FORMER_NAMES.items():
        if not DepartmentAlias.objects.filter(department=departments[code]).exists():
            declare_department_alias(
                departments[code],
                name=name,
                name_en=name_en,
                valid_until=RENAMED_AFTER,
                note="机构改革后改称教育局。",
                note_en="Renamed in an administrative reform.",
                acting_user=editor,
            )
