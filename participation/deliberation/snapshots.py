"""Drawing the map of a conversation and keeping it: every so often while people vote, and once for good at the end."""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from dataclasses import asdict
from datetime import UTC, datetime, time
from typing import TYPE_CHECKING, Any

from django.core.cache import cache
from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django_tasks import task

from participation.consultations.models import Contribution
from participation.deliberation.files import Row, votes_csv
from participation.deliberation.models import Conversation, MapBan, MapParticipant, MapVote, OpinionMap
from participation.live import announce
from participation.small_cells import LEAST

if TYPE_CHECKING:
    from participation.deliberation.opinion_map.drawing import Memory
    from participation.deliberation.opinion_map.drawing import OpinionMap as Drawn
    from participation.deliberation.opinion_map.votes import Votes

# Seconds between two drawings of one map.
EVERY = 10


def counted_votes(conversation: Conversation) -> list[Row]:
    """(seconds since 1970, statement, participant, value) of every answer that counts, in the order of the published
    file. Of when it was given only the day is told: the minute could tell who it was."""
    rows = (
        MapVote.objects.filter(participant__conversation=conversation)
        .exclude(participant__in=MapBan.objects.in_force().values("participant"))
        .order_by("statement__number", "participant__number")
        .values_list("cast_at", "statement__number", "participant__number", "value")
    )
    return [(_day(cast_at), statement, participant, value) for cast_at, statement, participant, value in rows]


def _day(moment: datetime) -> int:
    return int(datetime.combine(timezone.localdate(moment), time.min, UTC).timestamp())


def statements_asked(conversation: Conversation) -> list[list[Any]]:
    """[number, is rejected, is about the map itself] of every statement that is, or was, put to the vote."""
    rows = conversation.statements.exclude(status=Contribution.Status.HELD).order_by("number")
    voted = set(MapVote.objects.filter(statement__conversation=conversation).values_list("statement", flat=True))
    return [
        [number, status == Contribution.Status.HIDDEN, is_meta]
        for pk, number, status, is_meta in rows.values_list("pk", "number", "status", "is_meta")
        if status == Contribution.Status.VISIBLE or pk in voted
    ]


def declared_groups(conversation: Conversation, voters: set[int]) -> dict[int | str, list[int]]:
    """Stakeholder group -> numbers of those who voted for it, without groups of fewer than five people."""
    groups: dict[str, list[int]] = defaultdict(list)
    rows = MapParticipant.objects.filter(conversation=conversation).order_by("number")
    for number, group in rows.values_list("number", "stakeholder_group"):
        if number in voters:
            groups[group].append(number)
    return {group: groups[group] for group in sorted(groups) if len(groups[group]) >= LEAST}


def printed(result: dict[str, Any]) -> str:
    """What ``manage.py opinion_map --json`` prints, with the line end."""
    return json.dumps(result, allow_nan=False) + "\n"


def draw(conversation: Conversation, *, is_final: bool = False) -> OpinionMap:
    """Draw the map anew and keep it. The final one knows nothing of those before: it follows from the files alone."""
    from participation.deliberation.opinion_map.drawing import draw_map
    from participation.deliberation.opinion_map.reporting import as_data
    from participation.deliberation.opinion_map.votes import Statement, Votes

    # What is answered from now on may be missing in it.
    started = timezone.now()
    rows, asked = counted_votes(conversation), statements_asked(conversation)
    before = OpinionMap.objects.filter(conversation=conversation).first()
    votes_sha256 = hashlib.sha256(votes_csv(rows)).hexdigest()
    if before is not None and not is_final and (before.votes_sha256, before.statements) == (votes_sha256, asked):
        OpinionMap.objects.filter(pk=before.pk, is_final=False).update(drawn_at=started)
        before.refresh_from_db()
        return before
    _times, numbers, people, values = zip(*rows, strict=True) if rows else ((), (), (), ())
    votes = Votes.latest(people, numbers, values)
    statements = [Statement(number, is_rejected, is_meta) for number, is_rejected, is_meta in asked]
    memory = _remembered(before.memory) if before is not None and before.memory and not is_final else None
    drawn = draw_map(votes, statements, memory=memory)
    declared = declared_groups(conversation, set(people))
    by_side = draw_map(votes, statements, groups=declared)
    result = as_data(drawn)
    found = {
        "drawn_at": started,
        "is_final": is_final,
        "participants": len(votes.participants),
        "votes": len(rows),
        "votes_sha256": votes_sha256,
        "result_sha256": hashlib.sha256(printed(result).encode()).hexdigest(),
        "statements": asked,
        "result": result,
        "sides": as_data(by_side),
        "tallies": {"all": _everybody(votes), "groups": _tallies(drawn), "sides": _tallies(by_side)},
        "memory": asdict(drawn.memory) if drawn.memory else None,
    }
    return _keep(conversation, found)


@transaction.atomic
def _keep(conversation: Conversation, found: dict[str, Any]) -> OpinionMap:
    """Whoever closes the map meanwhile comes first: what is published then is never drawn over."""
    Conversation.objects.select_for_update(of=("self",), no_key=True).get(pk=conversation.pk)
    published = OpinionMap.objects.filter(conversation=conversation, is_final=True).first()
    if published is not None and not found["is_final"]:
        return published
    return OpinionMap.objects.update_or_create(conversation=conversation, defaults=found)[0]


def _tallies(drawn: Drawn) -> dict[str, list[list[int]]]:
    """Number of a statement -> [agree, disagree, all answers] of each group."""
    parts = [part.T.tolist() for part in drawn.tallies]
    by_statement = zip(drawn.votes.statements.tolist(), *parts, strict=True)
    return {
        str(number): [list(cell) for cell in zip(agree, disagree, seen, strict=True)]
        for number, agree, disagree, seen in by_statement
    }


def _everybody(votes: Votes) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {str(number): [0, 0, 0] for number in votes.statements.tolist()}
    for column, value in zip(votes.columns.tolist(), votes.values.tolist(), strict=True):
        cell = counts[str(votes.statements[column])]
        cell[2] += 1
        if value:
            cell[0 if value > 0 else 1] += 1
    return counts


def _remembered(memory: dict[str, Any]) -> Memory:
    """JSON has text for keys."""
    from participation.deliberation.opinion_map.drawing import Memory

    axes = {int(number): (x, y) for number, (x, y) in memory["axes"].items()}
    groups = {int(group): members for group, members in memory["groups"].items()}
    return Memory(axes, groups, memory["k"], memory["best_k"], memory["streak"])


# While people vote -------------------------------------------------------------------------------------------------


@task()
def redraw(conversation: int) -> None:
    """Draw the map of the open conversation with this primary key, and tell the open pages."""
    found = Conversation.objects.open().select_related("consultation").filter(pk=conversation).first()
    if found is not None:
        draw(found)
        announce(found.consultation.row_id, {"kind": "opinion_map", "row_id": str(found.row_id)})


def ask_for_redraw(conversation: Conversation) -> None:
    """Have the map drawn after the present transaction, unless that was asked for within the last ten seconds."""
    pk = conversation.pk

    def ask() -> None:
        if cache.add(f"opinion-map-{pk}", True, EVERY):
            redraw.enqueue(pk)

    transaction.on_commit(ask, robust=True)


def is_stale(conversation: Conversation, kept: OpinionMap | None) -> bool:
    """Whether votes were cast, people excluded or let in again, or statements shown or hidden, since the map was
    drawn. Three short queries."""
    if conversation.closed_at is not None:
        return False
    latest = MapVote.objects.filter(participant__conversation=conversation).aggregate(latest=Max("cast_at"))["latest"]
    if kept is None:
        return latest is not None
    bans = MapBan.objects.filter(participant__conversation=conversation)
    moments = bans.aggregate(banned=Max("banned_at"), lifted=Max("lifting__lifted_at"))
    if any(moment is not None and moment > kept.drawn_at for moment in (latest, *moments.values())):
        return True
    return statements_asked(conversation) != kept.statements


def redraw_stale() -> None:
    """Regular work: what was voted within ten seconds of a drawing, and nobody has looked at since."""
    for conversation in Conversation.objects.open().select_related("map"):
        if is_stale(conversation, getattr(conversation, "map", None)):
            redraw.enqueue(conversation.pk)
