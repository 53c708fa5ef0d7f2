"""What stories are told about: who there is, and which budgets are public."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Sum

from cms.models import Department, Line, Programme, Release
from participation.models import User
from participation.stakeholders.queries import Standing, standings_of
from portal.demo.calendar import Calendar
from portal.demo.disclosures import percent

FEN_PER_WAN = 1_000_000
WAN_PER_YI = 10_000


@dataclass
class City:
    """``releases`` by distance from the newest year; departments and programmes by code, people by key."""

    calendar: Calendar
    people: dict[str, User]
    releases: dict[int, Release]
    departments: dict[str, Department]
    programmes: dict[str, Programme]
    _standings: dict[int, Standing] = field(default_factory=dict)

    def standing(self, person: User) -> Standing:
        """For their organisation where they act for a verified one, else as a citizen."""
        if person.pk not in self._standings:
            self._standings[person.pk] = standings_of(person)[-1]
        return self._standings[person.pk]

    def words(self, text: str, release: Release, programme: Programme | None = None) -> str:
        """``text`` with its figures and years filled in."""
        year = self.calendar.year
        month = self.calendar.as_of.month
        values: dict[str, Any] = {"y": year, "y1": year - 1, "y2": year - 2, "ny": year + 1, "month": month}
        if programme is not None:
            lines = Line.objects.filter(release=release, programme=programme).facts()
            sums = lines.aggregate(adopted=Sum("adopted"), adjusted=Sum("adjusted"), executed=Sum("executed"))
            values |= {"adopted": in_wan(sums["adopted"]), "executed": in_wan(sums["executed"])}
            values["rate"] = percent(sums["executed"], sums["adjusted"])
        return text.format_map(values)

    def line(self, release: Release, programme: Programme) -> Line:
        """The largest line of a programme."""
        found: Line = Line.objects.filter(release=release, programme=programme).facts().order_by("-adopted")[0]
        return found


def in_wan(fen: int) -> str:
    wan = round(fen / FEN_PER_WAN)
    return f"{wan / WAN_PER_YI:.2f}亿元" if wan >= WAN_PER_YI else f"{wan}万元"
