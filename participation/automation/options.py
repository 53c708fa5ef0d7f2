"""What can be set of each kind of rule: whole numbers with their limits. Rows of rules hold the values, by date."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from participation.automation.models import AutomationRule
from portal.errors import Invalid

Does = AutomationRule.Does


@dataclass(frozen=True)
class Option:
    """``default`` is what a new rule begins with. From 0 to 1 it is a choice between no and yes."""

    name: str
    label: str | Promise
    default: int
    least: int
    most: int

    @property
    def is_choice(self) -> bool:
        return (self.least, self.most) == (0, 1)


_WORKING_DAYS = Option("working_days", gettext_lazy("Working days that the proposed deadline allows"), 20, 1, 250)

OPTIONS: dict[str, tuple[Option, ...]] = {
    Does.CHECK_TASK: (Option("with_warnings", gettext_lazy("Warnings as well as errors"), 0, 0, 1), _WORKING_DAYS),
    Does.ALERT_TASK: (
        Option("money_ahead", gettext_lazy("Money ahead of results"), 1, 0, 1),
        Option("goals_ahead", gettext_lazy("Results ahead of money"), 0, 0, 1),
        Option("stale", gettext_lazy("Spending behind its pace"), 1, 0, 1),
        Option("silent", gettext_lazy("No recent report"), 1, 0, 1),
        _WORKING_DAYS,
    ),
    Does.REMIND: (
        Option("days_before", gettext_lazy("Working days before the deadline of a task"), 3, 1, 60),
        Option("days_waiting", gettext_lazy("Working days that a proposal may wait"), 5, 1, 60),
    ),
    # When, and to whom, is said by the ladder itself.
    Does.ESCALATE: (),
    Does.FUNNEL: (),
    Does.EVALUATION: (
        Option("amount_from", gettext_lazy("Least budget of a proposed programme, in 10,000 yuan"), 1000, 0, 10**8),
        Option("risk_from", gettext_lazy("Or least points of risk"), 3, 1, 10),
        Option("most", gettext_lazy("Most proposals for one year"), 5, 1, 200),
    ),
}


def defaults_of(does: str) -> dict[str, int]:
    return {option.name: option.default for option in OPTIONS[does]}


def checked_options(does: str, given: Mapping[str, Any]) -> dict[str, int]:
    """Every option of ``does``, those that are not given by default. Raises ``Invalid`` for what does not fit."""
    if does not in OPTIONS:
        raise Invalid(_("There is no such rule."), field="does")
    known = {option.name: option for option in OPTIONS[does]}
    if unknown := sorted(given.keys() - known.keys()):
        raise Invalid(_("This rule has no option “%(name)s”.") % {"name": unknown[0]}, field="options")
    values = {**defaults_of(does), **given}
    for name, option in known.items():
        value = values[name]
        if type(value) is not int or not option.least <= value <= option.most:
            message = _("%(label)s: a whole number from %(least)d to %(most)d.")
            raise Invalid(
                message % {"label": option.label, "least": option.least, "most": option.most}, field=f"option_{name}"
            )
    return {option.name: values[option.name] for option in OPTIONS[does]}
