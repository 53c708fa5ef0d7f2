"""What a result means for a later year's money (评价结果与预算安排挂钩): decided by a named officer, with reasons."""

from __future__ import annotations

from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Line
from participation.rectification import moving
from participation.rectification.models import BudgetLinkage, RectificationTask
from participation.rectification.notices import announce_step
from participation.rectification.periods import jurisdiction_of
from participation.rectification.permissions import may_decide_on_money
from participation.rectification.results.ladder import rule_for
from participation.stakeholders.models import User
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

Status = RectificationTask.Status
Decision = BudgetLinkage.Decision
# What may follow before anything is verified: a task that is overdue keeps nobody's money going.
CONTROLS = (Decision.REDUCE, Decision.SUSPEND, Decision.CANCEL)
WITH_RATIO = (Decision.REDUCE, Decision.INCREASE)


@transaction.atomic
def link_budget(
    task: RectificationTask,
    *,
    fiscal_year: int,
    decision: str,
    reason: str,
    line: Line | None = None,
    ratio: Decimal | None = None,
    grade: str = "",
    score: Decimal | None = None,
    acting_user: User,
) -> BudgetLinkage:
    """State what a result means for a later year's budget, and the line where it shows.

    ``ratio``: by how much is cut or added at least, from 0 to 1. ``grade``: the one that triggers it, whose rule is
    noted; a decision may depart from the rule, and its reasons then say why. Of a task that nobody verified only less
    money can follow, and only once it is overdue.
    """
    found = moving.locked(task)
    if not may_decide_on_money(acting_user, found):
        raise NotAllowed(_("A budget reviewer who has no part in the task decides on the money."))
    if decision not in Decision.values:
        raise Invalid(_("Please choose what it means for the money."), field="decision")
    if not found.is_proven and not (found.is_overdue and decision in CONTROLS):
        moving.require_status(found, *RectificationTask.PROVEN)
    if BudgetLinkage.objects.filter(task=found).exists():
        raise Conflict(_("The result is linked to a budget already."))
    if fiscal_year <= found.finding.fiscal_year:
        raise Invalid(_("Choose a year after the one that was evaluated."), field="fiscal_year")
    if line is not None and line.release.fiscal_year != fiscal_year:
        raise Invalid(_("That line belongs to another year's budget."), field="line")
    if line is not None and line.release.published_at is None:
        raise Invalid(_("That line is not published yet."), field="line")
    if ratio is not None and (decision not in WITH_RATIO or not 0 < ratio <= 1):
        raise Invalid(_("A share above 0 and up to 100 % belongs to a cut or an increase."), field="ratio")
    if not reason.strip():
        raise Invalid(_("Please give the reasons."), field="reason")
    with acting(acting_user, reason=reason.strip()):
        linkage: BudgetLinkage = BudgetLinkage.objects.create(
            task=found,
            fiscal_year=fiscal_year,
            decision=decision,
            ratio=ratio,
            grade=grade,
            score=score,
            rule=rule_for(grade, jurisdiction_of(found.department)) if grade else None,
            reason=reason.strip(),
            line=line,
            linked_by=acting_user,
        )
    append_leaf(
        LeafKind.BUDGET_LINKED,
        linkage,
        public={
            "task": str(found.row_id),
            "fiscal_year": fiscal_year,
            "decision": decision,
            "line": str(line.row_id) if line else None,
        },
        committed={"reason": linkage.reason},
    )
    announce_step(found, "linked", acting_user=acting_user)
    return linkage
