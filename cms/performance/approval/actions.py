"""Approving goals, and changing them afterwards: asked for by one person, decided by another."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.performance.approval.models import GoalApproval, GoalChange
from cms.performance.models import Indicator, ProgrammeYear
from cms.performance.permissions import require_may_approve_goals, require_may_report
from cms.performance.queries import without_trailing_zeros
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

if TYPE_CHECKING:
    from participation.stakeholders.models import User

CHANGEABLE = ("target", "target_text", "weight")
NUMERIC = ("target", "weight")

Values = Mapping[str, "Decimal | str"]


@transaction.atomic
def approve_goals(year: ProgrammeYear, *, note: str = "", acting_user: User | None) -> GoalApproval:
    """Approve the goals of a year as they stand. Raises ``Conflict`` the second time, ``Invalid`` without goals."""
    require_may_approve_goals(acting_user)
    locked = ProgrammeYear.objects.select_for_update().get(pk=year.pk)
    if GoalApproval.objects.filter(programme_year=locked).exists():
        raise Conflict(_("These goals were approved already. A change of them is approved on its own."))
    indicators = list(Indicator.objects.filter(goal__programme_year=locked).order_by("pk"))
    if not indicators:
        raise Invalid(_("There is no indicator to approve yet."))
    with acting(acting_user, reason=_("Goals approved")):
        approval: GoalApproval = GoalApproval.objects.create(
            programme_year=locked, approved_by=acting_user, note=note.strip()
        )
    append_leaf(
        LeafKind.GOALS_APPROVED,
        approval,
        public={**_facts(year), "indicators": len(indicators)},
        committed={"goals": canonical({"indicators": [_standing(indicator) for indicator in indicators]})},
    )
    return approval


@transaction.atomic
def propose_goal_change(
    year: ProgrammeYear, *, wanted: Mapping[Indicator, Values], reason: str, acting_user: User | None
) -> GoalChange:
    """Ask for other targets or weights of approved goals. ``wanted``: for each indicator the fields that are to change.

    Raises ``Conflict`` before the approval and while another change waits, ``Invalid`` for a change that changes
    nothing, does not fit its indicator, or alters the sum of all weights.
    """
    require_may_report(acting_user, year.programme.department)
    if not reason.strip():
        raise Invalid(_("Say why the goals have to change: the reason is published."), field="reason")
    locked = ProgrammeYear.objects.select_for_update().get(pk=year.pk)
    if not GoalApproval.objects.filter(programme_year=locked).exists():
        raise Conflict(_("These goals are not approved yet, so they can still be changed by handing in the sheet."))
    if locked.goal_changes.filter(status=GoalChange.Status.PROPOSED).exists():
        raise Conflict(_("Another change of these goals still waits to be decided."))
    own = {i.pk: i for i in Indicator.objects.filter(goal__programme_year=locked)}
    changes = [
        moved
        for indicator, values in wanted.items()
        if (stored := own.get(indicator.pk)) and (moved := _changed(stored, values))
    ]
    if not changes:
        raise Invalid(_("Nothing would change: enter another target or weight."))
    _require_same_weights(changes)
    with acting(acting_user, reason=reason):
        change: GoalChange = GoalChange.objects.create(
            programme_year=locked, changes=changes, reason=reason.strip(), proposed_by=acting_user
        )
    append_leaf(
        LeafKind.GOAL_CHANGE_PROPOSED,
        change,
        public=_facts(year),
        committed={"changes": canonical({"changes": changes}), "reason": change.reason},
    )
    return change


@transaction.atomic
def decide_goal_change(change: GoalChange, *, approve: bool, reason: str, acting_user: User | None) -> GoalChange:
    """Approve a change again, which makes it, or refuse it.

    Raises ``Conflict`` when it was decided before or its indicators have moved on, ``NotAllowed`` for one's own.
    """
    require_may_approve_goals(acting_user)
    if not reason.strip():
        raise Invalid(_("Give the reason: it is published with the decision."), field="reason")
    locked = (
        GoalChange.objects.select_for_update(of=("self",))
        .select_related("programme_year__programme__department")
        .get(pk=change.pk)
    )
    if locked.status != GoalChange.Status.PROPOSED:
        raise Conflict(_("This change was decided already."))
    if acting_user is not None and locked.proposed_by_id == acting_user.pk:
        raise NotAllowed(_("Somebody else has to decide over a change that you proposed."))
    written: list[Any] = []
    with acting(acting_user, reason=reason):
        if approve:
            written = _apply(locked)
        locked.status = GoalChange.Status.APPROVED if approve else GoalChange.Status.REFUSED
        locked.decided_by, locked.decided_at, locked.decision_reason = acting_user, timezone.now(), reason.strip()
        locked.save()
    append_leaf(
        LeafKind.GOAL_CHANGE_DECIDED,
        locked,
        public={**_facts(locked.programme_year), "outcome": locked.status},
        committed={"changes": canonical({"changes": locked.changes}), "decision_reason": locked.decision_reason},
        also=written,
    )
    return locked


def _facts(year: ProgrammeYear) -> dict[str, Any]:
    return {"programme": str(year.programme.row_id), "fiscal_year": year.fiscal_year}


def _text(indicator: Indicator, name: str) -> str | None:
    value = getattr(indicator, name)
    if value is None or value == "":
        return None
    return str(without_trailing_zeros(value)) if isinstance(value, Decimal) else str(value)


def _standing(indicator: Indicator) -> dict[str, Any]:
    told: dict[str, Any] = {name: _text(indicator, name) for name in CHANGEABLE}
    return {"indicator": str(indicator.row_id), "name": indicator.name, "operator": indicator.operator, **told}


def _changed(indicator: Indicator, values: Values) -> dict[str, Any] | None:
    is_in_words = indicator.operator == Indicator.Operator.QUALITATIVE
    fields: dict[str, list[str | None]] = {}
    for name, value in values.items():
        fits = name in CHANGEABLE and name != ("target" if is_in_words else "target_text")
        if not fits or isinstance(value, Decimal) != (name in NUMERIC):
            raise Invalid(_("“%(name)s” cannot be changed like this.") % {"name": indicator.name})
        if name == "weight" and not (isinstance(value, Decimal) and value > 0):
            raise Invalid(_("A weight is more than 0."), field=f"weight_{indicator.pk}")
        new = str(without_trailing_zeros(value)) if isinstance(value, Decimal) else str(value).strip()
        if new and new != _text(indicator, name):
            fields[name] = [_text(indicator, name), new]
    if not fields:
        return None
    return {"indicator": str(indicator.row_id), "name": indicator.name, "fields": fields}


def _require_same_weights(changes: list[dict[str, Any]]) -> None:
    pairs = [change["fields"]["weight"] for change in changes if "weight" in change["fields"]]
    before = sum((Decimal(old) for old, _new in pairs), Decimal(0))
    after = sum((Decimal(new) for _old, new in pairs), Decimal(0))
    if before != after:
        difference = without_trailing_zeros(after - before)
        message = _("The weights would not come to their sum any more: they differ by %(difference)s.")
        raise Invalid(message % {"difference": difference})


def _apply(change: GoalChange) -> list[Indicator]:
    """Write the values. What stands has to be what stood when the change was proposed."""
    stored = {
        str(indicator.row_id): indicator
        for indicator in Indicator.objects.select_for_update().filter(goal__programme_year=change.programme_year)
    }
    written = []
    for entry in change.changes:
        indicator = stored.get(entry["indicator"])
        if indicator is None or any(_text(indicator, name) != old for name, (old, _new) in entry["fields"].items()):
            raise Conflict(_("“%(name)s” has changed since. Refuse this change and propose it anew.") % entry)
        for name, (_old, new) in entry["fields"].items():
            setattr(indicator, name, Decimal(new) if name in NUMERIC else new)
        indicator.save()
        written.append(indicator)
    return written
