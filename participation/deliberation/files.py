"""The published files of a conversation, in the open export format of Polis: whoever has them draws the same map.

No file tells who somebody is, who made a statement, or at what time of the day anybody answered.
"""

from __future__ import annotations

import csv
import io
from collections import defaultdict
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import Any

from participation.consultations.models import Contribution
from participation.deliberation.models import OpinionMap
from portal.ui.spreadsheets import guarded

Row = tuple[int, int, int, int]

VOTES = ("timestamp", "datetime", "comment-id", "voter-id", "vote")
COMMENTS = (
    *("timestamp", "datetime", "comment-id", "author-id", "agrees", "disagrees", "moderated"),
    *("is-meta", "is-seed", "comment-body"),
)
PARTICIPANTS = ("participant", "group-id", "n-votes", "n-agree", "n-disagree")
GROUPS = ("participant", "group-id")
FILES = ("votes.csv", "comments.csv", "participants-votes.csv", "stakeholders.csv", "result.json")


def table(header: Iterable[str], rows: Iterable[Iterable[Any]]) -> bytes:
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return out.getvalue().encode()


def votes_csv(rows: Iterable[Row]) -> bytes:
    """One line for each answer that counts: the latest of everybody to everything. 1 agree, 0 pass, -1 disagree."""
    return table(VOTES, ((time, _date(time), statement, person, value) for time, statement, person, value in rows))


def _date(seconds: int) -> str:
    return datetime.fromtimestamp(seconds, UTC).date().isoformat()


def comments_csv(kept: OpinionMap) -> bytes:
    """The statements as the map was drawn with them; the words only of those that are public now."""
    written = {one.number: one for one in kept.conversation.statements.all()}
    lines = []
    for number, is_rejected, is_meta in kept.statements:
        statement = written[number]
        agrees, disagrees, _seen = kept.tallies["all"].get(str(number), (0, 0, 0))
        is_shown = statement.status == Contribution.Status.VISIBLE
        seconds = int(statement.created.timestamp()) // 86_400 * 86_400
        told = (-1 if is_rejected else 1, str(is_meta).lower(), str(statement.is_seed).lower())
        words = guarded(statement.body) if is_shown else ""
        lines.append((seconds, _date(seconds), number, "", agrees, disagrees, *told, words))
    return table(COMMENTS, lines)


def participants_csv(kept: OpinionMap, rows: Iterable[Row]) -> bytes:
    """One line for each person, by the number that stands for them, and one column for each statement."""
    columns = [number for number, _is_rejected, _is_meta in kept.statements]
    groups = {person: group["id"] for group in kept.result["groups"] for person in group["members"]}
    answers: dict[int, dict[int, int]] = defaultdict(dict)
    for _time, statement, person, value in rows:
        answers[person][statement] = value
    return table(
        (*PARTICIPANTS, *map(str, columns)),
        (
            (
                *(person, groups.get(person, ""), len(given)),
                *(sum(value == wanted for value in given.values()) for wanted in (1, -1)),
                *(given.get(number, "") for number in columns),
            )
            for person, given in sorted(answers.items())
        ),
    )


def stakeholders_csv(kept: OpinionMap) -> bytes:
    """For which side each spoke; empty where fewer than five people did."""
    sides = {person: group["id"] for group in kept.sides["groups"] for person in group["members"]}
    people = sorted(int(person) for person in kept.result["participants"])
    return table(GROUPS, ((person, sides.get(person, "")) for person in people))
