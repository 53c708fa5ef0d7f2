"""Incidents at every point of their way."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone

from participation.stakeholders.models import Role, User
from privacy.incidents.actions import change_facts, move_incident, open_incident
from privacy.incidents.clocks import AUTHORITY, FINAL, PEOPLE
from privacy.incidents.containing import contain_incident
from privacy.incidents.models import Incident
from privacy.incidents.notices import set_template, supplied_templates
from privacy.incidents.scope import assess_incident, made_up
from privacy.log.audit import audit_log
from privacy.rights.deadlines import RuleDefinition, enter_rule
from tests.factories import make_officeholder

Open = Callable[..., Incident]


def faults_of_this_room() -> list[str]:
    """What does not hold; the factories leave appointments without a leaf."""
    return [problem.sentence for problem in audit_log().problems if "privacy." in problem.name]


@pytest.fixture
def guard(db: Any) -> User:
    return make_officeholder(Role.PRIVACY)


@pytest.fixture
def rules(db: Any) -> None:
    for kind, amount, unit in ((AUTHORITY, 4, "hours"), (PEOPLE, 72, "hours"), (FINAL, 30, "days")):
        enter_rule(RuleDefinition("CN", kind, amount, unit, "第五十七条", date(2021, 11, 1)), acting_user=None)


@pytest.fixture
def opened(guard: User) -> Open:
    def open_one(**given: Any) -> Incident:
        facts = {
            "kind": "leaked_export",
            "what_happened": "一份导出文件出现在网盘上。",
            "aware_at": timezone.now() - timedelta(hours=1),
            "jurisdiction": "CN",
            "acting_user": guard,
        }
        return open_incident(**{**facts, **given})

    return open_one


@pytest.fixture
def assessed(opened: Open, guard: User) -> Incident:
    """An exercise with three made-up people, whom nobody has told yet."""
    incident = opened(is_exercise=True)
    set_template(kind=incident.kind, texts=supplied_templates()[incident.kind], acting_user=guard)
    change_facts(
        incident,
        severity="high",
        harm="可能接到诈骗电话。",
        measures="链接已失效。",
        reason="已查明",
        acting_user=guard,
    )
    move_incident(incident, to="triaged", words="属实", acting_user=guard)
    contain_incident(incident, action="freeze_exports", reason="先停下", acting_user=guard)
    move_incident(incident, to="contained", words="已止住", acting_user=guard)
    assess_incident(incident, made_up(3), words="三人", acting_user=guard)
    return move_incident(incident, to="assessed", words="范围清楚", acting_user=guard)
