"""Rules for decisions as a file (TOML): a table ``rules``, as in ``data/rules.toml``; and the charter made of them."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import date
from fractions import Fraction
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from participation.decisions.deciding.charter import Charter
from participation.decisions.models import DecisionRule
from portal.errors import Invalid
from privacy.log.canonical import canonical

OWN = Path(__file__).parent / "data" / "rules.toml"
# What a rule says beside the parameters of the count.
MORE = (
    *("citizen_quorum", "rating_days", "panel_days", "suspended_after_days", "review_months", "compensation_share"),
    *("flag_ballots", "flag_minutes", "flag_account_days", "flag_sigma", "flag_device", "flag_network"),
)
# Fewer ballots of a group could not be told even by their sums.
LEAST_QUORUM = 3


@dataclass(frozen=True)
class RuleDefinition:
    """Everything that a row of ``DecisionRule`` says."""

    valid_from: date
    source: str
    parameters: dict[str, Any]
    source_en: str = ""
    valid_until: date | None = None

    def __post_init__(self) -> None:
        if type(self.valid_from) is not date or not self.source:
            raise ValueError(f"rule of {self.valid_from}")
        wanted = {*Charter().values(), *MORE}
        if odd := sorted(wanted ^ set(self.parameters)):
            raise ValueError(f"look at {odd[0]}: each parameter stands once, and no other")
        if charter_of(self.parameters).quorum_ballots < LEAST_QUORUM:
            raise ValueError(f"quorum_ballots is at least {LEAST_QUORUM}")
        share = Fraction(self.parameters["compensation_share"])
        numbers = [self.parameters[name] for name in MORE if name != "compensation_share"]
        if not 0 <= share <= 1 or any(type(number) is not int or number < 1 for number in numbers):
            raise ValueError("numbers are whole, and a share is from 0 to 1")


def charter_of(parameters: Mapping[str, Any]) -> Charter:
    """The parameters of the count. Raises ``ValueError`` for values that are out of range."""
    defaults = Charter().values()
    given: dict[str, Any] = {
        name: value if isinstance(defaults[name], int) else Fraction(value)
        for name, value in parameters.items()
        if name in defaults
    }
    return Charter(**given)


def read_rules(content: bytes) -> list[RuleDefinition]:
    """Raises ``Invalid`` that says what is wrong with the file."""
    try:
        return [RuleDefinition(**row) for row in tomllib.loads(content.decode("utf-8"))["rules"]]
    except (KeyError, ValueError, TypeError, ZeroDivisionError) as error:
        raise Invalid(_("These are no rules for decisions: %(why)s.") % {"why": error}) from error


def says_the_same(rule: DecisionRule, definition: RuleDefinition) -> bool:
    return all(getattr(rule, field.name) == getattr(definition, field.name) for field in fields(RuleDefinition))


def digest(data: Any) -> str:
    """SHA-256 of plain data, in hexadecimal."""
    return hashlib.sha256(canonical(data).encode()).hexdigest()
