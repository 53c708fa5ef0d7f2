"""The file of a round: charter, options, and ballots without names, which ``manage.py decide`` decides again."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from participation.decisions.models import STATUS_QUO, DecisionMeasure, DecisionOption
from participation.decisions.objecting.queries import petitions_told
from participation.decisions.voting.models import DecisionRound
from participation.small_cells import LEAST


@dataclass(frozen=True)
class Opened:
    """A ballot that was opened for the count."""

    group: str
    person: int
    receipt: str
    ratings: Mapping[str, int | None]
    reasons: Mapping[str, str]
    conditions: Mapping[str, int]


def small_groups(round_: DecisionRound, ballots: Sequence[Opened]) -> list[str]:
    """Groups of one to four ballots: theirs are not published."""
    counts = {group: sum(ballot.group == group for ballot in ballots) for group in round_.room.charter["groups"]}
    return sorted(group for group, number in counts.items() if 0 < number < LEAST)


def decision_file(round_: DecisionRound, ballots: Sequence[Opened], *, without: Collection[str] = ()) -> dict[str, Any]:
    """Plain data in the format of docs/deciding.md. Ballots stand in the order of their receipts, which tells nothing.

    ``without``: groups that are left out, with all that they said.
    """
    room, charter = round_.room, round_.room.charter
    groups = [group for group in charter["groups"] if group not in without]
    of_group = {
        group: sorted((one for one in ballots if one.group == group), key=lambda one: one.receipt) for group in groups
    }
    costs = dict(DecisionOption.objects.filter(room=room).values_list("key", "cost"))
    data: dict[str, Any] = {
        "ratings": {
            group: {key: [one.ratings.get(key) for one in of_group[group]] for key in round_.options}
            for group in groups
        },
        "receipts": {group: [one.receipt for one in of_group[group]] for group in groups},
        "status_quo": STATUS_QUO,
        "weights": {group: charter["weights"][group] for group in groups},
        "params": charter["params"],
        "options": {key: {"cost": costs[key]} for key in round_.options},
        "groups": {group: charter["groups"][group] for group in groups},
        "lot": round_.lot,
        "round": round_.number,
        "extensions_used": round_.extensions_used,
        "objections": _objections(round_, of_group),
        "petitions": petitions_told(round_, {group: len(of_group[group]) for group in groups}),
        "charter_sha256": room.charter_sha256,
    }
    if compensation := _compensation(round_, of_group):
        data["compensation"] = compensation
    return data


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


def _compensation(round_: DecisionRound, of_group: Mapping[str, Sequence[Opened]]) -> dict[str, Any] | None:
    """Measures of the option about which most was said; the search is for one option."""
    said: dict[str, dict[str, list[list[Any]]]] = {}
    for group, ballots in of_group.items():
        for position, ballot in enumerate(ballots):
            for code, rating in ballot.conditions.items():
                said.setdefault(code.partition("-")[0], {}).setdefault(group, []).append([position, code, rating])
    if not said:
        return None
    key = min(said, key=lambda option: (-sum(map(len, said[option].values())), option))
    measures = DecisionMeasure.objects.filter(option__room=round_.room, option__key=key).select_related("option")
    share = Fraction(round_.room.charter["more"]["compensation_share"])
    cost = next(measure.option.cost for measure in measures)
    return {
        "option": key,
        "measures": {measure.code: measure.cost for measure in measures},
        "conditional": said[key],
        "limit": str(share * cost),
    }


def words_of(ballots: Sequence[Opened], without: Collection[str]) -> list[list[str]]:
    """[letter, group, words] in the order of receipts; nothing of groups whose ballots are not published."""
    return [
        [key, ballot.group, ballot.reasons[key]]
        for ballot in sorted(ballots, key=lambda one: one.receipt)
        if ballot.group not in without
        for key in sorted(ballot.reasons)
    ]
