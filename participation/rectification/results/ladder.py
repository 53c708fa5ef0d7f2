"""The ladder of results: which grade triggers what, by the rules of a day."""

from __future__ import annotations

from datetime import date
from decimal import Decimal

from django.utils import timezone

from cms.calendars.models import CHINA
from cms.calendars.working_days import lineage
from cms.performance.assessments import grade_in, scheme_for
from cms.performance.schemes import ScoringScheme
from participation.rectification.models import Finding
from participation.rectification.results.models import LinkageRule


def rules_on(day: date | None = None, jurisdiction: str = CHINA) -> dict[str, LinkageRule]:
    """Grade -> its rule; of several the one of the narrowest jurisdiction, then the latest."""
    order = {code: place for place, code in enumerate(lineage(jurisdiction))}
    rules = LinkageRule.objects.valid_on(day or timezone.localdate()).filter(jurisdiction__in=order)
    return {rule.grade: rule for rule in sorted(rules, key=lambda rule: (order[rule.jurisdiction], rule.valid_from))}


def rule_for(grade: str, jurisdiction: str) -> LinkageRule | None:
    """What a grade means today for a department of that jurisdiction."""
    return rules_on(jurisdiction=jurisdiction).get(grade)


def graded(finding: Finding) -> tuple[Decimal | None, str]:
    """The score that the finding comes from, and its grade by the scheme of that year; None and "" without one."""
    evaluation = finding.evaluation
    if evaluation is None and finding.answer is not None:
        inputs = [link.evaluation for link in finding.answer.inputs.all() if link.evaluation is not None]
        evaluation = min(inputs, key=lambda each: each.score, default=None)
    if evaluation is None:
        return None, ""
    schemes = ScoringScheme.objects.prefetch_related("grades")
    place = finding.programme.department.government.name if finding.programme else ""
    scheme = scheme_for(schemes, finding.fiscal_year, place)
    return evaluation.score, grade_in(scheme, evaluation.score).code if scheme else ""
