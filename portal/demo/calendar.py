"""When things happen in the city: counted back from the moment of loading, so that it is always in full swing."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random

from django.utils import timezone

# The newest figures come out this many days before the moment of loading.
PUBLISHED_DAYS_AGO = 19.5
# Before its figures reach this month a year has little to show, and the one before it is the newest.
FIRST_TELLING_MONTH = 7
WAKING_HOUR, WAKING_HOURS = 7, 15
JUST_NOW = timedelta(hours=2)


@dataclass(frozen=True)
class Calendar:
    """``now``: the moment of loading. ``as_of``: the last day that the newest figures cover."""

    now: datetime
    as_of: date

    @classmethod
    def at(cls, now: datetime) -> Calendar:
        day = timezone.localdate(now - timedelta(days=PUBLISHED_DAYS_AGO))
        end_of_month = day.replace(day=1) - timedelta(days=1)
        if end_of_month.month < FIRST_TELLING_MONTH:
            end_of_month = date(end_of_month.year - 1, 12, 31)
        return cls(now, end_of_month)

    @property
    def year(self) -> int:
        """The newest fiscal year."""
        return self.as_of.year

    def on(self, day: float) -> datetime:
        """The moment ``day`` days from now; those before are negative."""
        return self.now + timedelta(days=day)

    def date_on(self, day: float) -> date:
        return timezone.localdate(self.on(day))

    def spread(self, count: int, start: float, end: float, rng: Random) -> list[datetime]:
        """``count`` moments in order between two days, irregular, at hours when people are awake."""
        end = min(end, -JUST_NOW / timedelta(days=1))
        step = (end - start) / max(count, 1)
        days = [start + step * (place + 0.15 + 0.7 * rng.random()) for place in range(count)]
        moments = sorted(self._awake(self.on(day)) for day in days)
        # Nobody says two things in one breath.
        return [moment + timedelta(seconds=place) for place, moment in enumerate(moments)]

    def _awake(self, moment: datetime) -> datetime:
        local = timezone.localtime(moment)
        midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
        share = (local - midnight) / timedelta(days=1)
        awake = midnight + timedelta(hours=WAKING_HOUR + share * WAKING_HOURS)
        return awake if awake < self.now - JUST_NOW else moment
