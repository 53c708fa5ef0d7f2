"""House rules as a file (TOML): a table ``rules`` of number, day, title and text in both languages."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path

from django.utils.translation import gettext as _

from participation.moderation.models import HouseRule
from portal.errors import Invalid

OWN = Path(__file__).with_name("data") / "house_rules.toml"


@dataclass(frozen=True)
class RuleDefinition:
    """Everything that a row of ``HouseRule`` says, but for the day on which it ends."""

    number: int
    valid_from: date
    title: str
    text: str
    title_en: str = ""
    text_en: str = ""

    def __post_init__(self) -> None:
        if type(self.number) is not int or type(self.valid_from) is not date or not (self.title and self.text):
            raise ValueError(f"rule {self.number}")


def read_rules(content: bytes) -> list[RuleDefinition]:
    """Raises ``Invalid`` that says what is wrong with the file."""
    try:
        return [RuleDefinition(**row) for row in tomllib.loads(content.decode("utf-8"))["rules"]]
    except (KeyError, ValueError, TypeError) as error:
        raise Invalid(_("These are no house rules: %(why)s.") % {"why": error}) from error


def supplied_rules() -> list[RuleDefinition]:
    """The set that comes with the portal, in both languages."""
    return read_rules(OWN.read_bytes())


def says_the_same(rule: HouseRule, definition: RuleDefinition) -> bool:
    return all(getattr(rule, field.name) == getattr(definition, field.name) for field in fields(RuleDefinition))
