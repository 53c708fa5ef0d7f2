"""Counting a ballot file that somebody has, in the background: nothing of it is kept beyond a day."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from functools import partial
from hashlib import sha256
from typing import Any
from uuid import UUID

from django.conf import settings
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django_tasks import task

from participation.allocation.counting import pabulib
from participation.allocation.counting.certificate import NotCertified, certify
from participation.allocation.counting.completion import Completion, Count, Stop, count
from participation.allocation.counting.election import UnreadableElection, Utility, by_cost_votes_and_lot
from participation.allocation.counting.report import plain, step_in, usual_step
from participation.allocation.results.meter import Meter, TooLong
from participation.allocation.results.models import FileCount
from portal.errors import Conflict, Invalid, NotFound, TooLarge

State = FileCount.State
KEPT = timedelta(days=1)
# Files that wait or are counted at the same time, of everybody together.
WAITING_MOST = 20
# By then even the last of so many is counted: what is older was interrupted, and keeps nobody waiting.
INTERRUPTED_AFTER = timedelta(hours=1)
# Processor time of one count. Without a worker somebody waits for the page meanwhile.
SECONDS_IN_WORKER, SECONDS_AT_ONCE = 120, 20


@transaction.atomic
def ask_for_count(
    file: UploadedFile[Any], lot: UploadedFile[Any] | None, *, utility: str, completion: str, stop: str
) -> FileCount:
    """Have a ballot file counted. Raises ``TooLarge``, ``Invalid`` for what is no text, ``Conflict`` where too many
    files wait."""
    since = timezone.now() - INTERRUPTED_AFTER
    if FileCount.objects.filter(state__in=(State.WAITING, State.COUNTING), created__gt=since).count() >= WAITING_MOST:
        raise Conflict(_("Many files are being counted. Please try again in a few minutes."))
    text = _text(file, "file")
    asked = FileCount.objects.create(
        text=text,
        lot=_text(lot, "lot") if lot else "",
        sha256=sha256(text.encode()).hexdigest(),
        utility=utility,
        completion=completion,
        stop=stop,
    )
    transaction.on_commit(partial(count_file.enqueue, asked.pk), robust=True)
    return asked


def _text(upload: UploadedFile[Any], field: str) -> str:
    most = settings.ATTACHMENT_MAX_BYTES
    if (upload.size or 0) > most:
        message = _("The file is larger than %(limit)d MB. Count it with the command.")
        raise TooLarge(message % {"limit": most // 1_000_000}, field=field)
    try:
        text = upload.read().decode()
    except UnicodeDecodeError:
        raise Invalid(_("The file is not text in UTF-8."), field=field) from None
    if "\0" in text:
        raise Invalid(_("The file is not text in UTF-8."), field=field)
    return text


def file_count(row_id: UUID) -> FileCount:
    """Raises ``NotFound`` also for one that is older than a day."""
    found = FileCount.objects.filter(row_id=row_id, created__gt=timezone.now() - KEPT).defer("text", "lot").first()
    if found is None:
        raise NotFound
    return found


def forget_file_counts() -> None:
    """Regular work."""
    FileCount.objects.filter(created__lte=timezone.now() - KEPT).delete()


@task()
def count_file(pk: int) -> None:
    """Count a file: once, however often it is asked for. The file itself is forgotten with that."""
    rows = FileCount.objects.filter(pk=pk)
    if not rows.filter(state=State.WAITING).update(state=State.COUNTING, progress=5):
        return
    most = SECONDS_IN_WORKER if settings.TASKS_IN_WORKER else SECONDS_AT_ONCE
    meter = Meter(lambda percent: rows.update(progress=percent), until=90, most_seconds=most)
    done: dict[str, Any] = {"text": "", "lot": "", "progress": 100}
    try:
        rows.update(**done, state=State.COUNTED, found=found_in(rows.get(), meter))
    except TooLong:
        problem = "It takes too long to be counted here. Count it with the command."
        rows.update(**done, state=State.REFUSED, problem=problem)
    except (UnreadableElection, NotCertified) as error:
        rows.update(**done, state=State.REFUSED, problem=str(error))
    except Exception:
        rows.update(**done, state=State.REFUSED, problem="Something broke on our side.")
        raise


def found_in(asked: FileCount, meter: Meter) -> dict[str, Any]:
    """What the page shows: ``rows`` of winners, ``cost`` and ``budget`` in the unit of the file, ``voters``, and
    the ``share`` of a vote, rounded."""
    election = pabulib.read(asked.text)
    ties = by_cost_votes_and_lot(election, asked.lot.split())
    completion = Completion(asked.completion)
    # Shares are not enlarged in smaller steps than that: it has to end.
    step = max(step_in(election), Fraction(usual_step(election.equal_share)))
    result = count(
        election,
        utility=Utility(asked.utility),
        completion=completion,
        ties=ties,
        stop=Stop(asked.stop),
        step=step,
        on_run=meter.run,
    )
    meter.at(90)
    certify(result, ties, step=step if completion in (Completion.ADD1, Completion.ADD1U) else None)
    return {
        "rows": _rows(result),
        "voters": len(election.ballots),
        "projects": len(election.projects),
        "cost": plain(result.cost),
        "budget": plain(election.budget),
        "share": float(result.outcome.share),
    }


def _rows(result: Count) -> list[dict[str, Any]]:
    election = result.outcome.election
    return [
        {
            "place": place,
            "id": election.projects[position].id,
            "name": election.projects[position].name,
            "cost": plain(election.projects[position].cost),
            "votes": election.supports[position].votes,
            "by_votes": position in result.completed,
        }
        for place, position in enumerate(result.winners, 1)
    ]
