"""The clock of automation: every rule in force looks for causes once an hour."""

from __future__ import annotations

import logging
from datetime import timedelta

from django.db.models import Q
from django.utils import timezone

from participation.automation.actions import run_rule
from participation.automation.models import AutomationRule, AutomationRun

logger = logging.getLogger(__name__)

EVERY = timedelta(hours=1)


def rules_in_force() -> list[AutomationRule]:
    return list(AutomationRule.objects.in_force(timezone.localdate()).filter(stopped_at=None).order_by("does", "pk"))


def run_rules_due() -> list[AutomationRun]:
    """Regular work. A rule that breaks keeps no other from its work: what went wrong is in the log of the service."""
    long_ago = timezone.now() - EVERY
    due = AutomationRule.objects.in_force(timezone.localdate()).filter(
        Q(looked_at=None) | Q(looked_at__lte=long_ago), stopped_at=None
    )
    runs = []
    for rule in due.order_by("does", "pk"):
        try:
            run = run_rule(rule, acting_user=None)
        except Exception:
            logger.exception("automation: the rule %s could not run", rule.does)
            continue
        if run is not None:
            runs.append(run)
    return runs
