"""Periods of laws as a file (TOML): what it looks like, and whether a row says the same."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from datetime import date
from pathlib import Path
from typing import Any

from django.utils.translation import gettext as _

from cms.calendars.models import StatutoryClock
from portal.errors import Invalid

FOLDER = Path(__file__).with_name("data")


@dataclass(frozen=True)
class ClockDefinition:
    """Everything that a row of ``StatutoryClock`` says."""

    jurisdiction: str
    rule_id: str
    name: str
    starts_with: str
    kind: str
    law: str
    article: str
    valid_from: date
    name_en: str = ""
    starts_with_en: str = ""
    law_en: str = ""
    days: int | None = None
    month: int | None = None
    day: int | None = None
    valid_until: date | None = None

    def __post_init__(self) -> None:
        kind = StatutoryClock.Kind(self.kind)
        for name in ("valid_from", "valid_until"):
            if not isinstance(getattr(self, name), date | None):
                raise TypeError(f"{name} is no day")
        if kind == StatutoryClock.Kind.BY_DATE:
            if self.days is not None or self.month is None or self.day is None:
                raise ValueError(f"{self.rule_id} needs a month and a day, and no number of days")
            # Of a leap year, so that the last day of February may be meant.
            date(2000, self.month, self.day)
        elif not self.days or self.days < 1 or self.month is not None or self.day is not None:
            raise ValueError(f"{self.rule_id} needs a number of days, and neither month nor day")

    def as_json(self) -> dict[str, Any]:
        """For the commitment in the log."""
        values = {field.name: getattr(self, field.name) for field in fields(self)}
        return {name: value.isoformat() if isinstance(value, date) else value for name, value in values.items()}


def read_clocks(content: bytes) -> list[ClockDefinition]:
    """Raises ``Invalid`` that says what is wrong with the file."""
    try:
        given = tomllib.loads(content.decode("utf-8"))
        laws: dict[str, dict[str, Any]] = given["laws"]
        return [ClockDefinition(**{**laws[row.pop("law")], **row}) for row in given["clocks"]]
    except KeyError as error:
        raise Invalid(_("The periods do not say %(name)s.") % {"name": error.args[0]}) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise Invalid(_("These are no periods of laws: %(why)s.") % {"why": error}) from error


def definition_of(clock: StatutoryClock) -> ClockDefinition:
    return ClockDefinition(**{field.name: getattr(clock, field.name) for field in fields(ClockDefinition)})


def files() -> Iterator[Path]:
    """The periods that come with the portal."""
    return iter(sorted(FOLDER.glob("*.toml")))
