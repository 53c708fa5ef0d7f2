"""The file of a round: charter, options, and ballots without names, which ``manage.py decide`` decides again.

What is published is what is counted. Of a group of three or four ballots it has the sums, of one or two nothing.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from participation.decisions import deciding
from participation.decisions.deciding.figures import marks
from participation.decisions.deciding.reading import read_decision
from participation.decisions.models import STATUS_QUO, DecisionMeasure, DecisionOption
from participation.decisions.objecting.queries import petitions_told
from participation.decisions.voting.models import DecisionRound
from participation.small_cells import LEAST

# Sums of fewer ballots, or of fewer ratings of an option, would tell somebody what somebody else rated.
LEAST_ADDED_UP = 3


@dataclass(frozen=True)
class Opened:
    """A ballot that was opened for the count. ``part``: of the population, "" where none is said."""

    group: str
    person: int
    receipt: str
    ratings: Mapping[str, int | None]
    reasons: Mapping[str, str]
    conditions: Mapping[str, int]
    part: str = ""


def small_groups(round_: DecisionRound, ballots: Sequence[Opened]) -> list[str]:
    """Groups of one to four ballots: theirs are not published one by one."""
    counts = {group: sum(ballot.group == group for ballot in ballots) for group in round_.room.charter["groups"]}
    return sorted(group for group, number in counts.items() if 0 < number < LEAST)


def whole_file(round_: DecisionRound, ballots: Sequence[Opened]) -> dict[str, Any]:
    """Plain data in the format of docs/deciding.md, with every ballot, in the order of their receipts, which tells
    nothing."""
    room, charter = round_.room, round_.room.charter
    of_group = {
        group: sorted((one for one in ballots if one.group == group), key=lambda one: one.receipt)
        for group in charter["groups"]
    }
    costs = dict(DecisionOption.objects.filter(room=room).values_list("key", "cost"))
    data: dict[str, Any] = {
        "ratings": {
            group: {key: [one.ratings.get(key) for one in cast] for key in round_.options}
            for group, cast in of_group.items()
        },
        "receipts": {group: [one.receipt for one in cast] for group, cast in of_group.items()},
        "status_quo": STATUS_QUO,
        "weights": charter["weights"],
        "params": charter["params"],
        "options": {key: {"cost": costs[key]} for key in round_.options},
        "groups": {group: _with_strata(charter["groups"][group], cast) for group, cast in of_group.items()},
        "lot": round_.lot,
        "round": round_.number,
        "extensions_used": round_.extensions_used,
        "objections": _objections(round_, of_group),
        "petitions": petitions_told(round_, {group: len(cast) for group, cast in of_group.items()}),
        "charter_sha256": room.charter_sha256,
        "program_sha256": program_sha256(),
    }
    if compensation := _compensation(round_, of_group):
        data["compensation"] = compensation
    return data


def _with_strata(about: Mapping[str, Any], cast: Sequence[Opened]) -> dict[str, Any]:
    """A part of the population in which fewer than five have voted is not told, and weighs nothing."""
    numbers = Counter(one.part for one in cast if one.part in about.get("population", {}))
    strata = [one.part if numbers[one.part] >= LEAST else None for one in cast]
    return {**about, "strata": strata} if any(strata) else {**about, "population": {}}


def published_file(round_: DecisionRound, ballots: Sequence[Opened]) -> dict[str, Any]:
    """The same with the ballots of small groups added up, or left out: what is counted."""
    data = whole_file(round_, ballots)
    few = small_groups(round_, ballots)
    if not few:
        return data
    decision, _searches = read_decision(as_text(data).encode())
    for group in (group for group in decision.groups if group.id in few):
        data["ratings"][group.id] = {}
        about = {name: told for name, told in data["groups"][group.id].items() if name != "strata"}
        if group.ballots < LEAST_ADDED_UP:
            data["receipts"][group.id] = []
            data["groups"][group.id] = {**about, "told": False}
            continue
        added = marks(group.ratings, decision.objecting(group), decision.charter).sum(axis=1).T.tolist()
        told = {
            option.id: numbers if numbers[0] >= LEAST_ADDED_UP else None
            for option, numbers in zip(decision.options, added, strict=True)
        }
        data["groups"][group.id] = {**about, "sums": {"ballots": group.ballots, "options": told}}
    for objection in data["objections"]:
        if objection["group"] in few:
            objection["ballot"] = None
    for search in data.get("compensation", []):
        search["conditional"] = {group: said for group, said in search["conditional"].items() if group not in few}
    return data


@cache
def program_sha256() -> str:
    """Which program counted: the SHA-256 of its files in the order of their names."""
    files = sorted(Path(deciding.__file__).parent.glob("*.py"))
    return hashlib.sha256(b"".join(file.read_bytes() for file in files)).hexdigest()


def as_text(data: Mapping[str, Any]) -> str:
    """The very characters that are hashed and published."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True, separators=(",", ":")) + "\n"


def result_text(report: Mapping[str, Any]) -> str:
    """As ``manage.py decide FILE --json`` prints it."""
    return json.dumps(report, ensure_ascii=False, indent=1) + "\n"


def _objections(round_: DecisionRound, of_group: Mapping[str, Sequence[Opened]]) -> list[dict[str, Any]]:
    told = []
    for objection in round_.room.objections.select_related("option"):
        if objection.option.key not in round_.options or objection.group not in of_group:
            continue
        people = [one.person for one in of_group[objection.group]]
        has_ballot = objection.with_ballot and objection.person_id in people
        told.append(
            {
                "option": objection.option.key,
                "group": objection.group,
                "harm": objection.harm,
                "part": objection.part,
                "state": objection.state,
                "ballot": people.index(objection.person_id) if has_ballot else None,
                "legal": objection.legal,
                "integration_rounds": objection.integration_rounds,
            }
        )
    return told


def _compensation(round_: DecisionRound, of_group: Mapping[str, Sequence[Opened]]) -> list[dict[str, Any]]:
    """One search for each option with measures of which somebody said what they would change."""
    said: dict[str, dict[str, list[list[Any]]]] = {}
    for group, ballots in of_group.items():
        for position, ballot in enumerate(ballots):
            for code, rating in ballot.conditions.items():
                said.setdefault(code.partition("-")[0], {}).setdefault(group, []).append([position, code, rating])
    share = Fraction(round_.room.charter["more"]["compensation_share"])
    found = []
    for key in sorted(said):
        measures = list(
            DecisionMeasure.objects.filter(option__room=round_.room, option__key=key).select_related("option")
        )
        found.append(
            {
                "option": key,
                "measures": {measure.code: measure.cost for measure in measures},
                "conditional": said[key],
                "limit": str(share * measures[0].option.cost),
            }
        )
    return found


def words_of(ballots: Sequence[Opened], without: Collection[str]) -> list[list[str]]:
    """[letter, group, words] in the order of receipts; nothing of groups whose ballots are not published."""
    return [
        [key, ballot.group, ballot.reasons[key]]
        for ballot in sorted(ballots, key=lambda one: one.receipt)
        if ballot.group not in without
        for key in sorted(ballot.reasons)
    ]
