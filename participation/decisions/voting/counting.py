"""From closed ballots to a result, as a task: flags, quarantine, the file and its hash, the count, the robustness."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from typing import Any

from django.db import transaction
from django.utils import timezone
from django_tasks import task

from participation.decisions.deciding.decision import UnreadableDecision
from participation.decisions.deciding.reading import read_decision
from participation.decisions.deciding.reporting import decide, report
from participation.decisions.deciding.robustness import RESAMPLES
from participation.decisions.notices import tell
from participation.decisions.voting.files import (
    Opened,
    as_text,
    published_file,
    result_text,
    small_groups,
    whole_file,
    words_of,
)
from participation.decisions.voting.flags import Cast, find_flags
from participation.decisions.voting.models import DecisionBallot, DecisionRound
from participation.decisions.voting.receipts import receipt_of
from participation.stakeholders.models import Role, User
from privacy.access.recording import reading
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind
from privacy.sealing import ring
from privacy.sealing.errors import Shredded

PURPOSE = "count of a decision"
Work = DecisionRound.Work
Verdict = DecisionBallot.Verdict
# How far the count is, in per cent, once ballots are opened, the file is hashed, and the result is known but for its
# robustness.
OPENED, HASHED, COUNTED = 10, 25, 45


@task()
def tally(round_pk: int) -> str:
    """Count a round that is closed; returns how far it came (``DecisionRound.Work``)."""
    return work_out(round_pk)


def work_out(round_pk: int, *, resamples: int = RESAMPLES) -> str:
    """Ballots are opened outside of every transaction, so that each opening is on record whatever happens next."""
    round_ = DecisionRound.objects.select_related("room__consultation").get(pk=round_pk)
    if round_.closed_at is None or round_.work == Work.DONE:
        return str(round_.work)
    ballots = _opened(round_)
    _progress(round_, OPENED)
    if round_.flagged_at is None:
        record_flags(round_, ballots)
    if any(ballot.is_quarantined for ballot, _content in ballots):
        DecisionRound.objects.filter(pk=round_.pk).update(work=Work.WAITING)
        return str(Work.WAITING)
    counted = [_told(ballot, content) for ballot, content in ballots if ballot.verdict != Verdict.EXCLUDED]
    everything = [_told(ballot, content) for ballot, content in ballots]
    published = record_file(round_, counted)
    _progress(round_, HASHED)
    try:
        result = _decided(round_, published, resamples)
        left_out = len(everything) - len(counted)
        other = _other_result(round_, everything, left_out) if left_out else None
    except UnreadableDecision as error:
        DecisionRound.objects.filter(pk=round_.pk).update(work=Work.FAILED, fault=str(error))
        return str(Work.FAILED)
    record_result(round_, published, result, other)
    return str(Work.DONE)


def _progress(round_: DecisionRound, percent: int) -> None:
    DecisionRound.objects.filter(pk=round_.pk).update(work=Work.RUNNING, progress=percent)


def _opened(round_: DecisionRound) -> list[tuple[DecisionBallot, dict[str, Any]]]:
    """Every ballot with its content. What was erased with its voter's key is not counted."""
    found = list(round_.ballots.select_related("person", "seat"))
    ring.prefetch(found)
    opened = []
    with reading(PURPOSE):
        for ballot in found:
            try:
                content: Any = ballot.content
            except Shredded:
                continue
            opened.append((ballot, {name: content[name] for name in content}))
    return opened


def _told(ballot: DecisionBallot, content: dict[str, Any]) -> Opened:
    return Opened(
        group=ballot.group,
        person=ballot.person_id,
        receipt=receipt_of(content["nonce"], content["ratings"]),
        ratings=content["ratings"],
        reasons=content["reasons"],
        conditions=content["conditions"],
        part=content.get("part", ""),
    )


@transaction.atomic
def record_flags(round_: DecisionRound, ballots: list[tuple[DecisionBallot, dict[str, Any]]]) -> None:
    """Put what looks odd into quarantine, and tell the auditors."""
    casts, mandates = [], _mandates(ballot.person_id for ballot, _content in ballots)
    for ballot, content in ballots:
        ratings = [content["ratings"].get(key) for key in round_.options]
        complete = tuple(rating for rating in ratings if rating is not None)
        casts.append(
            Cast(
                ballot.pk,
                ballot.first_cast_at,
                ballot.person.date_joined,
                complete if len(complete) == len(ratings) else None,
                ballot.network,
                ballot.device,
                ballot.seat.organisation_id if ballot.seat else None,
                mandates.get(ballot.person_id, frozenset()),
            )
        )
    flags = find_flags(casts, round_.room.charter["more"])
    for ballot, _content in ballots:
        if ballot.pk in flags and not ballot.verdict:
            ballot.flags = flags[ballot.pk]
            ballot.save(update_fields=["flags"])
    # What they were kept for is done.
    round_.ballots.update(network="", device="")
    flagged = sum(ballot.is_quarantined for ballot, _content in ballots)
    locked = DecisionRound.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    locked.flagged_at = timezone.now()
    with acting(None):
        locked.save()
    append_leaf(LeafKind.DECISION_FLAGGED, locked, public={"ballots": flagged}, committed={})
    if flagged:
        auditors = User.objects.filter(pk__in=_in_office(Role.AUDITOR))
        tell(round_.room, "flagged", to=auditors, key=f"flagged {round_.number} {round_.extensions_used}")


def _mandates(people: Iterable[int]) -> dict[int, frozenset[int]]:
    """Person -> organisations that they may speak for."""
    from participation.stakeholders.models import Mandate

    found: dict[int, set[int]] = {}
    for person, organisation in (
        Mandate.objects.current().filter(person__in=set(people)).values_list("person", "organisation")
    ):
        found.setdefault(person, set()).add(organisation)
    return {person: frozenset(organisations) for person, organisations in found.items()}


def _in_office(role: Role) -> Any:
    from participation.stakeholders.models import Appointment

    return Appointment.objects.current().filter(role=role).values("person")


@transaction.atomic
def record_file(round_: DecisionRound, ballots: list[Opened]) -> str:
    """Freeze what is counted: its hash is in the log before anybody counts. Returns the file."""
    withheld = small_groups(round_, ballots)
    whole, published = as_text(whole_file(round_, ballots)), as_text(published_file(round_, ballots))
    locked = DecisionRound.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    locked.version += 1
    locked.file, locked.file_sha256 = published, _sha256(published)
    locked.whole_file, locked.whole_sha256 = (whole if withheld else None), _sha256(whole)
    locked.withheld, locked.words = withheld, words_of(ballots, withheld)
    with acting(None):
        locked.save()
    told = {
        "version": locked.version,
        "ballots": len(ballots),
        "file_sha256": locked.file_sha256,
        "whole_sha256": locked.whole_sha256,
        "withheld": withheld,
    }
    append_leaf(LeafKind.DECISION_FILE, locked, public=told, committed={})
    return published


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _decided(round_: DecisionRound, published: str, resamples: int) -> dict[str, Any]:
    decision, compensation = read_decision(published.encode())
    decide(decision, resamples=0)
    _progress(round_, COUNTED)
    return report(decide(decision, resamples=resamples), compensation)


def _other_result(round_: DecisionRound, ballots: list[Opened], left_out: int) -> dict[str, Any]:
    """What would have come of it with the ballots that two auditors took out; published beside the result."""
    decision, _compensation = read_decision(as_text(published_file(round_, ballots)).encode())
    outcome = decide(decision, resamples=0).outcome
    return {"ballots": left_out, "status": str(outcome.status), "option": outcome.option}


@transaction.atomic
def record_result(round_: DecisionRound, published: str, result: dict[str, Any], other: dict[str, Any] | None) -> None:
    """Record what came of the ``published`` file; nothing where another count has written a later one meanwhile, or the
    round goes on."""
    locked = DecisionRound.objects.select_for_update(of=("self",)).get(pk=round_.pk)
    if locked.closed_at is None or locked.file_sha256 != _sha256(published):
        return
    locked.result, locked.with_excluded, locked.result_sha256 = result, other, _sha256(result_text(result))
    locked.work, locked.progress, locked.counted_at, locked.fault = Work.DONE, 100, timezone.now(), ""
    with acting(None):
        locked.save()
    option = result["decision"]["option"]
    told = {
        "version": locked.version,
        "status": result["decision"]["status"],
        "option": option.lower() if option else None,
        "result_sha256": locked.result_sha256,
    }
    append_leaf(LeafKind.DECISION_COUNTED, locked, public=told, committed={})
    tell(round_.room, "counted", key=f"counted {locked.number} {locked.version}")
