"""Rules for meetings as a file (TOML): a table ``rules``, as in ``data/rules.toml``."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from decimal import Decimal
from pathlib import Path

from django.utils.translation import gettext as _

from participation.meetings.models import Meeting
from participation.meetings.seats.models import MeetingRule
from portal.errors import Invalid

OWN = Path(__file__).parents[1] / "data" / "rules.toml"


@dataclass(frozen=True)
class RuleDefinition:
    """Everything that a row of ``MeetingRule`` says. Shares are ratios."""

    kind: str
    valid_from: date
    law: str
    law_en: str = ""
    valid_until: date | None = None
    least_people: int | None = None
    most_people: int | None = None
    least_drawn: Decimal | None = None
    most_drawn: Decimal | None = None

    def __post_init__(self) -> None:
        shares = (self.least_drawn, self.most_drawn)
        if (
            self.kind not in Meeting.Kind.values
            or type(self.valid_from) is not date
            or not self.law
            or any(share is not None and not 0 <= share <= 1 for share in shares)
        ):
            raise ValueError(f"rule for {self.kind} of {self.valid_from}")


def read_rules(content: bytes) -> list[RuleDefinition]:
    """Raises ``Invalid`` that says what is wrong with the file."""
    try:
        table = tomllib.loads(content.decode("utf-8"), parse_float=Decimal)
        return [RuleDefinition(**row) for row in table["rules"]]
    except (KeyError, ValueError, TypeError) as error:
        raise Invalid(_("These are no rules for meetings: %(why)s.") % {"why": error}) from error


def says_the_same(rule: MeetingRule, definition: RuleDefinition) -> bool:
    return all(getattr(rule, field.name) == getattr(definition, field.name) for field in fields(RuleDefinition))
