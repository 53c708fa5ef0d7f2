"""Where a matter stands among the steps that it has to pass."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from django.utils import timezone
from django.utils.formats import date_format

from portal.ui.furniture import Step


@dataclass(frozen=True)
class Station:
    """A step before it is known where the matter stands. ``done`` is None where the step does not apply."""

    key: str
    label: str
    done: bool | None
    detail: str = ""
    url: str = ""


def placed(stations: Iterable[Station]) -> list[Step]:
    """The stations as steps: what is done is "ok", the first that is not is "now", the others are "todo"."""
    steps: list[Step] = []
    for station in stations:
        is_first = station.done is False and all(step.state != "now" for step in steps)
        state: Literal["ok", "now", "todo"] = "ok" if station.done else "now" if is_first else "todo"
        steps.append(Step(station.key, station.label, state, station.detail, station.url))
    return steps


def on_day(moment: date | datetime | None) -> str:
    """A day in the reader's words and in local time."""
    if moment is None:
        return ""
    day = timezone.localdate(moment) if isinstance(moment, datetime) else moment
    return date_format(day, "DATE_FORMAT")
