"""A result in words and in a table of options and groups, with what small groups must not tell left out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.formats import number_format
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from participation.decisions.models import DecisionOption, DecisionRoom
from participation.decisions.offers import Offer, Uptake, offers_of, uptake_of
from participation.decisions.parallel import Line, Parallel
from participation.decisions.voting.models import DecisionRound
from portal.ui.furniture import group_name

GRADES: dict[str, tuple[str | Promise, str]] = {
    "accepted_by_all": (gettext_lazy("Every side can live with it"), "done"),
    "accepted_with_duties": (gettext_lazy("Acceptable with duties"), "due"),
    "return_for_revision": (gettext_lazy("Not acceptable to every side yet"), "due"),
    "not_acceptable": (gettext_lazy("Not acceptable"), "late"),
}
STATUSES: dict[str, str | Promise] = {
    "decided": gettext_lazy("Decided: every side can live with the result"),
    "decided_with_duties": gettext_lazy("Decided with duties: what burdens a side is met by commitments"),
    "status_quo": gettext_lazy("Things stay as they are: after the last round, no option was acceptable"),
    "authority": gettext_lazy(
        "A side was not heard in spite of more time: the competent authority decides, with reasons"
    ),
    "extend": gettext_lazy("A side was not heard: there is more time to rate"),
    "revise": gettext_lazy("No option is acceptable to every side yet: the options are revised and rated again"),
    "integrate": gettext_lazy("Before it is decided, objections or a petition are worked on"),
}
RULES: dict[str, str | Promise] = {
    "leximin": gettext_lazy(
        "Of the options that every side can live with (%(among)s), %(option)s leaves the worst-off side best off."
    ),
    "nash": gettext_lazy("%(option)s gives all sides together the greatest gain over how things are now (%(among)s)."),
    "balanced": gettext_lazy("%(option)s has the highest support when every side weighs the same (%(among)s)."),
    "cost": gettext_lazy("%(among)s were equal in everything that the charter compares; %(option)s costs least."),
    "lot": gettext_lazy("%(among)s were equal in everything; %(option)s came first in the lot drawn beforehand."),
}
PARTS: dict[str, str | Promise] = {
    "accept": gettext_lazy("too few can live with it"),
    "strong": gettext_lazy("too many are strongly against it"),
    "floor": gettext_lazy("the mean is too low"),
}


@dataclass(frozen=True)
class Cell:
    """One option as one group sees it. ``unweighted``: the plain mean of a group that is weighted by its population.
    ``is_told``: False for a group of one or two ballots, of which nothing is told."""

    group: str
    mean: float | None
    accept: float | None
    strong: float | None
    passes: bool
    is_told: bool
    misses: tuple[str, ...]
    unweighted: float | None = None


@dataclass(frozen=True)
class Row:
    option: DecisionOption
    cells: tuple[Cell, ...]
    grade: str
    tone: str
    balanced: float | None
    is_chosen: bool
    is_beaten: bool = False


@dataclass(frozen=True)
class GroupShare:
    """What the chosen option is to one group, in hundredths of utility."""

    group: str
    mean: float
    given_up: float
    favourites: str
    gained: float | None


@dataclass(frozen=True)
class Shown:
    """Everything that the page of an outcome tells. ``why``: sentences. ``is_robust``: None where no rule chose."""

    status: str
    headline: str
    rows: tuple[Row, ...]
    groups: tuple[str, ...]
    chosen: DecisionOption | None
    why: tuple[str, ...]
    worst_off: str
    shares: tuple[GroupShare, ...]
    changed_by: tuple[str, ...]
    unchanged: int
    same: float | None
    smallest: str
    winners: tuple[tuple[str, str], ...]
    is_robust: bool | None
    added_up: tuple[str, ...]
    untold: tuple[str, ...]
    duties: tuple[str, ...]
    offers: tuple[Offer, ...]
    uptake: tuple[Uptake, ...]
    front: Parallel
    other: str


def _value(told: Any) -> float | None:
    return None if told is None else float(told[1])


def is_told(round_: DecisionRound | None) -> bool:
    """Whether the result is shown. Where the ballot goes on for a side that was not heard, what others said is not."""
    return round_ is not None and round_.result is not None and round_.status != "extend"


def outcome_of(room: DecisionRoom, round_: DecisionRound) -> Shown | None:
    if not is_told(round_) or round_.result is None:
        return None
    data: dict[str, Any] = round_.result
    options = {option.key: option for option in room.options.all() if option.key in round_.options}
    chosen = room.decided_option.key if room.decided_option else data["decision"]["option"]
    groups = tuple(group for group in room.charter["groups"])
    untold = tuple(group for group in groups if data["decision"]["ballots"].get(group, 0) is None)
    rows = tuple(_row(data, options[key], groups, is_chosen=key == chosen) for key in _order(data, options))
    found = data["explanation"]
    shares = () if chosen != data["decision"]["option"] else tuple(_shares(data, chosen))
    worst = found["worst_off"] or ""
    changed, unchanged = _variants(data, chosen)
    return Shown(
        status=round_.status,
        headline=str(STATUSES[round_.status]),
        rows=rows,
        groups=groups,
        chosen=options.get(chosen) if chosen else None,
        why=tuple(_why(data, room)),
        worst_off=_worst_off(worst, shares),
        shares=shares,
        changed_by=changed,
        unchanged=unchanged,
        same=_value(data.get("robustness", {}).get("bootstrap", {}).get("same")),
        smallest=_smallest(data),
        winners=tuple(_winners(data)),
        is_robust=found["robust"] if chosen and chosen == data["decision"]["option"] else None,
        added_up=tuple(group for group in round_.withheld if group not in untold),
        untold=untold,
        duties=tuple(str(DUTIES[duty]) for duty in found["duties"]),
        offers=offers_of(data, room),
        uptake=uptake_of(room, round_),
        front=_front(rows, groups),
        other=_other(round_),
    )


DUTIES: dict[str, str | Promise] = {
    "mitigation_plan": gettext_lazy("a plan of commitments that meet the harms"),
    "review_date": gettext_lazy("a day on which it is looked at again"),
    "minority_report": gettext_lazy("a minority report"),
    "answer_point_by_point": gettext_lazy("an answer to it, point by point"),
    "monitoring_indicator": gettext_lazy("an indicator by which one will see who was right"),
}


def _order(data: dict[str, Any], options: dict[str, DecisionOption]) -> list[str]:
    """What was chosen first, then by balanced support; the status quo as it falls."""
    chosen = data["decision"]["option"]

    def place(key: str) -> tuple[bool, float, str]:
        return key != chosen, -(_value(data["result"][key]["balanced"]) or 0), key

    return sorted(options, key=place)


def _row(data: dict[str, Any], option: DecisionOption, groups: Sequence[str], *, is_chosen: bool) -> Row:
    told = data["result"][option.key]
    missed = data["explanation"]["shortfalls"].get(option.key, {})
    plain = data["decision"]["unweighted"]
    cells = tuple(
        Cell(
            group,
            _value(told["U"][group]),
            _value(told["accept"][group]),
            _value(told["strong"][group]),
            told["passes"][group],
            data["decision"]["ballots"][group] is not None,
            tuple(_missed(name, told) for name, told in missed.get(group, {}).items()),
            _value(plain[group][option.key]) if group in plain else None,
        )
        for group in groups
    )
    grade, tone = GRADES.get(data["decision"]["grades"][option.key] or "", (_("How things are now"), "plain"))
    balanced = _value(told["balanced"])
    return Row(option, cells, str(grade), tone, balanced, is_chosen, is_beaten=not told["pareto"])


def _missed(part: str, told: Any) -> str:
    """Which part of the test a side does not pass, and by how much; of an open side the bound may fail by nothing."""
    by = _value(told) or 0.0
    if not by:
        return str(PARTS[part])
    if part == "floor":
        said, points = _("%(part)s (by %(points)s of 10)"), number_format(round(by * 10, 1), 1)
    else:
        said, points = _("%(part)s (by %(points)s in 100)"), number_format(round(by * 100))
    return said % {"part": PARTS[part], "points": points}


def _front(rows: Sequence[Row], groups: Sequence[str]) -> Parallel:
    """The options that no other beats for every side."""
    complete = [row for row in rows if not row.is_beaten and all(cell.mean is not None for cell in row.cells)]
    lines = tuple(Line(row.option.key, tuple(10 * (cell.mean or 0.0) for cell in row.cells)) for row in complete)
    return Parallel(tuple(group_name(group) for group in groups), lines)


def _why(data: dict[str, Any], room: DecisionRoom) -> list[str]:
    status, option, steps = data["decision"]["status"], data["decision"]["option"], data["decision"]["steps"]
    if room.status == "authority":
        return [
            _("A side was not heard, so no rule chose. The competent authority has decided, with the reasons below.")
        ]
    if status == "status_quo":
        return [str(STATUSES["status_quo"])]
    if not steps:
        return []
    first, last = steps[0], steps[-1]
    if status == "decided_with_duties" or (status == "integrate" and not data["decision"]["eligible"]):
        opening = _(
            "No option is acceptable to every side; these come near enough to be decided with duties: %(among)s."
        )
        said = [opening % {"among": _letters(first["left"])}]
    elif len(first["left"]) == 1:
        return [_("%(option)s is the only option that every side can live with.") % {"option": option}]
    else:
        said = []
    if last is not first:
        before = steps[-2]["left"]
        rule = last["rule"].partition("_")[0]
        said.append(str(RULES[rule]) % {"option": option, "among": _letters(before)})
    return said


def _letters(keys: Sequence[str]) -> str:
    return _(", ").join(sorted(keys))


def _worst_off(group: str, shares: Sequence[GroupShare]) -> str:
    if not group or not shares:
        return ""
    mean = next((share.mean for share in shares if share.group == group), None)
    if mean is None:
        return _("The worst-off side is: %(group)s.") % {"group": group_name(group)}
    words = _("The worst-off side is: %(group)s, with a mean of %(mean).1f of 10.")
    return words % {"group": group_name(group), "mean": mean * 10}


def _shares(data: dict[str, Any], option: str | None) -> list[GroupShare]:
    if option is None:
        return []
    return [
        GroupShare(
            group,
            _value(data["result"][option]["U"][group]) or 0.0,
            _value(view["given_up"]) or 0.0,
            _letters(view["favourites"]),
            _value(view["gained"]),
        )
        for group, view in data["explanation"]["groups"].items()
    ]


def _winners(data: dict[str, Any]) -> list[tuple[str, str]]:
    """(rule, letter) of what each rule would have chosen among all options, acceptable or not."""
    names = {
        "leximin": _("worst-off side first"),
        "nash": _("product of all sides"),
        "balanced": _("every side weighs the same"),
        "pooled": _("every ballot weighs the same"),
    }
    return [(name, data["winners"][rule] or "–") for rule, name in names.items()]


# Robustness -------------------------------------------------------------------------------------------------------


def _variants(data: dict[str, Any], chosen: str | None) -> tuple[tuple[str, ...], int]:
    """What would have led to something else, in words; and how many changes would not."""
    found = data.get("robustness", {}).get("variants", [])
    other = [variant for variant in found if variant["option"] != chosen]
    return tuple(_variant(variant) for variant in other), len(found) - len(other)


def _variant(variant: dict[str, Any]) -> str:
    what = str(variant["what"])
    result = str(variant["option"]) if variant["option"] else str(STATUSES[variant["status"]])
    if variant["kind"] == "without_group":
        changed = _("Without the side %(group)s") % {"group": group_name(what)}
    elif variant["kind"] == "weight":
        group, _times, factor = what.partition(" x ")
        changed = _("If the side %(group)s weighed %(factor)s times as much") % {
            "group": group_name(group),
            "factor": factor,
        }
    elif variant["kind"] == "threshold":
        name, _blank, step = what.rpartition(" ")
        changed = _("If the threshold %(name)s were different by %(step)s") % {"name": _threshold(name), "step": step}
    else:
        changed = _("If the highest and lowest tenth of the ratings were left out")
    return _("%(changed)s: %(result)s.") % {"changed": changed, "result": result}


def _threshold(name: str) -> str:
    names = {
        "accept_min": _("for acceptance"),
        "open_accept_min": _("for acceptance by citizens"),
        "strong_max": _("for strong opposition"),
        "floor": _("for the mean"),
        "duties_balanced_min": _("for support with duties"),
        "duties_accept_min": _("for acceptance with duties"),
        "duties_strong_max": _("for strong opposition with duties"),
    }
    return names[name]


def _smallest(data: dict[str, Any]) -> str:
    change = data.get("robustness", {}).get("smallest_change")
    if change is None:
        return ""
    number, words = change["ballots"], {"number": change["ballots"], "group": group_name(change["group"])}
    if change["how"] == "acceptance":
        said = ngettext(
            "Had %(number)d ballot of the side %(group)s been rated the other way, it would not be acceptable to all.",
            "Had %(number)d ballots of the side %(group)s been rated the other way, it would not be acceptable to all.",
            number,
        )
    else:
        said = ngettext(
            "Had %(number)d ballot of the side %(group)s been rated the other way, another option would have won.",
            "Had %(number)d ballots of the side %(group)s been rated the other way, another option would have won.",
            number,
        )
    return said % words


def _other(round_: DecisionRound) -> str:
    other = round_.with_excluded
    if not other:
        return ""
    words = {"number": other["ballots"], "result": other["option"] or str(STATUSES[other["status"]])}
    if other["option"] == (round_.result or {})["decision"]["option"]:
        return _("Two auditors took %(number)d ballots out. With them the result is the same.") % words
    return _("Two auditors took %(number)d ballots out. With them the result would have been: %(result)s.") % words
