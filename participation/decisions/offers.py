"""What measures would change: what people said, what it costs, and what they rated afterwards."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from participation.decisions.models import DecisionMeasure, DecisionOption, DecisionRoom
from participation.decisions.voting.models import DecisionRound
from portal.ui.furniture import local


@dataclass(frozen=True)
class Offer:
    """The cheapest measures with which every side would pass, by what people said. ``not_asked``: sides of fewer than
    five ballots, of whom nothing is told."""

    option: str
    titles: str
    cost: int
    not_asked: tuple[str, ...]


@dataclass(frozen=True)
class Uptake:
    """What a side said that it would rate an option with measures, and what it rated when it was asked again."""

    option: DecisionOption
    group: str
    stated: float
    rated: float


def _titles(measures: Iterable[DecisionMeasure]) -> str:
    return _(", ").join(local(measure, "title") for measure in measures)


def offers_of(data: dict[str, Any], room: DecisionRoom) -> tuple[Offer, ...]:
    found = []
    measures = {
        measure.code: measure for measure in DecisionMeasure.objects.filter(option__room=room).select_related("option")
    }
    for search in data.get("compensation", []):
        cheapest = search["cheapest_sufficient_package"]
        if cheapest and cheapest["measures"]:
            chosen = [measures[code] for code in cheapest["measures"]]
            cost = sum(measure.cost for measure in chosen)
            found.append(Offer(search["option"], _titles(chosen), cost, tuple(search.get("not_asked", ()))))
    return tuple(found)


def uptake_of(room: DecisionRoom, round_: DecisionRound) -> tuple[Uptake, ...]:
    """Of every package that is rated in this round: what was stated in the round before it was made."""
    packages = [option for option in packages_in(room) if option.key in round_.options]
    earlier = list(room.rounds.filter(number__lt=round_.number, result__isnull=False)) if packages else []
    found = []
    for option in packages:
        codes = {measure.code for measure in option.package.all()}
        for before in earlier:
            stated = _stated(before.result or {}, option.based_on.key if option.based_on else "", codes)
            for group, mean in stated.items():
                rated = (round_.result or {})["result"][option.key]["U"].get(group)
                if rated is not None:
                    found.append(Uptake(option, group, mean, float(rated[1])))
    return tuple(found)


def _stated(result: dict[str, Any], key: str, codes: set[str]) -> dict[str, float]:
    """Group -> mean with these measures, by what its people said; nothing where that was not asked."""
    for search in result.get("compensation", []):
        for package in search.get("all_packages", []) if search["option"] == key else []:
            if set(package["measures"]) == codes:
                # The file, and so the count, has groups in alphabetical order; what is stored may have lost it.
                means = zip(sorted(search["conditional"]), package["group_means"], strict=True)
                return {group: mean for group, mean in means if mean is not None}
    return {}


def packages_in(room: DecisionRoom) -> QuerySet[DecisionOption]:
    found: QuerySet[DecisionOption] = room.options.filter(based_on__isnull=False).select_related("based_on")
    return found.prefetch_related("package__option")


@dataclass(frozen=True)
class Burden:
    """What measures cost for each household that an option burdens, in minor units."""

    option: DecisionOption
    cost: int
    each: int


def burden_of(option: DecisionOption) -> Burden | None:
    """None where nobody said how many households it burdens, or no measure is named. For a package, its measures."""
    measures = list(option.package.all()) or list(option.measures.all())
    if not option.households or not measures:
        return None
    cost = sum(measure.cost for measure in measures)
    return Burden(option, cost, round(cost / option.households))


def burdens_in(options: Iterable[DecisionOption]) -> list[Burden]:
    """The dearest for each household first: what is asked for out of proportion is seen."""
    found = [burden for option in options if (burden := burden_of(option)) is not None]
    return sorted(found, key=lambda burden: (-burden.each, burden.option.pk))
