"""Which ballots look as if somebody had cast many of them. A flag discounts nothing: two auditors decide."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from math import sqrt
from typing import Any

IDENTICAL, BURST, DEVICE, NETWORK, RECIPROCAL = "identical", "burst", "device", "network", "reciprocal"
# Fewer ballots in an hour are no burst, however quiet the other hours were.
LEAST_BURST = 20


@dataclass(frozen=True)
class Cast:
    """A ballot as far as flags need it. ``ratings``: complete ones only, else None. ``joined``: of the account.
    ``organisation``: for which it was cast; ``mandates``: all those for which its voter may speak."""

    pk: int
    cast_at: datetime
    joined: datetime
    ratings: tuple[int, ...] | None
    network: str = ""
    device: str = ""
    organisation: int | None = None
    mandates: frozenset[int] = frozenset()


def find_flags(casts: Iterable[Cast], rules: Mapping[str, Any]) -> dict[int, list[str]]:
    """Primary key -> kinds of flags. ``rules``: the ``flag_*`` parameters of a charter."""
    casts = sorted(casts, key=lambda cast: (cast.cast_at, cast.pk))
    found: dict[int, list[str]] = defaultdict(list)
    for pk in sorted(_identical(casts, rules)):
        found[pk].append(IDENTICAL)
    for pk in sorted(_burst(casts, rules["flag_sigma"])):
        found[pk].append(BURST)
    # Several of one household share a browser; a whole building shares an address.
    for name, most in ((DEVICE, rules.get("flag_device")), (NETWORK, rules.get("flag_network"))):
        for pk in sorted(_together(casts, name, most) if most else ()):
            found[pk].append(name)
    for pk in sorted(_reciprocal(casts)):
        found[pk].append(RECIPROCAL)
    return dict(found)


def _together(casts: list[Cast], name: str, most: int) -> set[int]:
    """Ballots from a device or network that more than ``most`` came from on a day."""
    numbers = Counter(getattr(cast, name) for cast in casts)
    return {cast.pk for cast in casts if (origin := getattr(cast, name)) and numbers[origin] > most}


def _reciprocal(casts: list[Cast]) -> set[int]:
    """Ballots of organisations whose people speak for each other."""
    speaks = {cast.organisation: cast for cast in casts if cast.organisation is not None}
    return {
        cast.pk
        for organisation, cast in speaks.items()
        for other in cast.mandates
        if other != organisation and other in speaks and organisation in speaks[other].mandates
    }


def _identical(casts: list[Cast], rules: Mapping[str, Any]) -> set[int]:
    """Complete ballots of young accounts that say the same, so many within so many minutes."""
    window, young = timedelta(minutes=rules["flag_minutes"]), timedelta(days=rules["flag_account_days"])
    alike: dict[tuple[int, ...], list[Cast]] = defaultdict(list)
    for cast in casts:
        if cast.ratings is not None and cast.cast_at - cast.joined < young:
            alike[cast.ratings].append(cast)
    found: set[int] = set()
    for same in alike.values():
        first = 0
        for last, cast in enumerate(same):
            while cast.cast_at - same[first].cast_at > window:
                first += 1
            if last - first + 1 >= rules["flag_ballots"]:
                found.update(one.pk for one in same[first : last + 1])
    return found


def _burst(casts: list[Cast], sigma: int) -> set[int]:
    """Ballots of an hour with far more of them than the same hour of other days; without other days, than other
    hours."""
    hours = Counter(cast.cast_at.replace(minute=0, second=0, microsecond=0) for cast in casts)
    if not hours:
        return set()
    first, last = min(hours), max(hours)
    loud = set()
    for hour, number in hours.items():
        day = timedelta(days=1)
        others = [hours[other] for other in _every(first, last, day, hour)]
        if len(others) < 3:
            others = [hours[other] for other in _every(first, last, timedelta(hours=1), hour)]
        if len(others) < 3 or number < LEAST_BURST:
            continue
        mean = sum(others) / len(others)
        spread = sqrt(max(sum((each - mean) ** 2 for each in others) / len(others), mean, 1))
        if number > mean + sigma * spread:
            loud.add(hour)
    return {cast.pk for cast in casts if cast.cast_at.replace(minute=0, second=0, microsecond=0) in loud}


def _every(first: datetime, last: datetime, step: timedelta, hour: datetime) -> list[datetime]:
    """The hours between the first and the last that lie whole steps away from ``hour``."""
    back, on = (hour - first) // step, (last - hour) // step
    return [hour + step * number for number in range(-back, on + 1) if number]
