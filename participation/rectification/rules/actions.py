"""Entering the rules that tasks go by: rungs of escalation, and what a grade means for the money."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from participation.rectification.ladder.models import EscalationRung
from participation.rectification.results.models import LinkageRule
from participation.rectification.rules.files import identity, said
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_right
from portal.charter.matrix import Act
from portal.errors import Conflict
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

Rule = EscalationRung | LinkageRule


@transaction.atomic
def enter_rule(rule: Rule, *, acting_user: User | None) -> Rule:
    """Enter a rule that was not saved yet, once; what is there with the same words stays as it is.

    The one that held until then ends the day before. None: the operator at the machine. Raises ``Conflict`` where the
    rule says something else from that day on: tasks were judged by it.
    """
    if acting_user is not None:
        require_right(acting_user, Act.SET_RULES)
    model = type(rule)
    found: Rule | None = model.objects.filter(**identity(rule)).first()
    if found is not None:
        if isinstance(rule, LinkageRule) and rule.ratio is not None:
            rule.ratio = rule.ratio.quantize(Decimal("0.001"))
        if said(found) != said(rule):
            raise Conflict(_("That rule is on record already and says something else. Enter it from a later day on."))
        return found
    same = {name: value for name, value in identity(rule).items() if name != "valid_from"}
    ended = model.objects.filter(**same, valid_from__lt=rule.valid_from, valid_until__isnull=True).first()
    with acting(acting_user, reason=str(_("Rule entered"))):
        if ended is not None:
            ended.valid_until = rule.valid_from - timedelta(days=1)
            ended.save()
        rule.save()
    kind = LeafKind.RUNG_ENTERED if isinstance(rule, EscalationRung) else LeafKind.LINKAGE_RULE_ENTERED
    append_leaf(
        kind,
        rule,
        public={"valid_from": rule.valid_from.isoformat()},
        committed={"rule": canonical(said(rule))},
        also=[ended] if ended else [],
    )
    return rule
