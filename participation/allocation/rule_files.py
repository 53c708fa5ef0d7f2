"""Rules for allocations as a file (TOML): a table ``rules``, as in ``data/rules.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from participation.allocation.models import AllocationRule
from participation.stakeholders.levels.queries import Level
from portal.errors import Invalid

OWN = Path(__file__).parent / "data" / "rules.toml"


@dataclass(frozen=True)
class RuleDefinition:
    """Everything that a row of ``AllocationRule`` says."""

    valid_from: date
    source: str
    required_level: int
    recommended: int
    proposals_most: int
    comparison: str
    source_en: str = ""
    valid_until: date | None = None

    def __post_init__(self) -> None:
        numbers = (self.recommended, self.proposals_most)
        if (
            type(self.valid_from) is not date
            or not self.source
            or self.required_level not in Level.values
            or self.required_level == Level.NONE
            or self.comparison not in AllocationRule.Comparison.values
            or any(type(number) is not int or number < 1 for number in numbers)
        ):
            raise ValueError(f"rule of {self.valid_from}")


def read_rules(content: bytes) -> list[RuleDefinition]:
    """Raises ``Invalid`` that says what is wrong with the file."""
    try:
        return [RuleDefinition(**row) for row in tomllib.loads(content.decode("utf-8"))["rules"]]
    except (KeyError, ValueError, TypeError) as error:
        raise Invalid(_("These are no rules for allocations: %(why)s.") % {"why": error}) from error


def says_the_same(rule: AllocationRule, definition: RuleDefinition) -> bool:
    return all(getattr(rule, field.name) == getattr(definition, field.name) for field in fields(RuleDefinition))
