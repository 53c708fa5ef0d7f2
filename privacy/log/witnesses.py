"""Handing each signed checkpoint to the witnesses, and keeping what they sign."""

import logging
import threading
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.db import close_old_connections, transaction
from django.utils import timezone

from privacy.log import witness as protocol
from privacy.log.merkle import ProofError, consistency_proof
from privacy.log.models import Checkpoint, Cosignature, Witness
from privacy.log.notes import NoteError, VerifierKey
from privacy.log.tiles import TileError
from privacy.log.tree import latest_checkpoint, subtree
from privacy.log.waiting import drop_connection, pause_after
from privacy.sealing.alarms import sound

logger = logging.getLogger(__name__)

# Witnesses are asked one after the other, so none may take long, with all its attempts,
TIMEOUT_SECONDS = 5.0
# and one that failed is left alone for a while.
PAUSE = timedelta(seconds=60)
# A witness may sign for somebody else while we ask it, so its size is taken from its answer more than once.
ATTEMPTS = 3
# For whoever stops: until the witness that is asked just now has answered or failed.
WAIT_SECONDS = TIMEOUT_SECONDS + 1


def push_latest(interval: float, stop: threading.Event) -> None:
    """Look for a new checkpoint every ``interval`` seconds, and hand it to the witnesses, until ``stop`` is set."""
    failures = 0
    while not stop.is_set():
        try:
            close_old_connections()
            latest = latest_checkpoint()
            if latest is not None:
                push_checkpoint(latest, stop)
            failures = 0
        except Exception as error:
            failures += 1
            logger.error("The witnesses could not be asked: %s: %s", type(error).__name__, error)
            drop_connection()
        stop.wait(pause_after(failures, interval))
    drop_connection()


def push_checkpoint(checkpoint: Checkpoint, stop: threading.Event | None = None) -> list[Cosignature]:
    """Ask every witness to cosign ``checkpoint``, until ``stop`` is set; returns what was signed newly.

    Never raises for what a witness does or fails to do: that is noted on the witness and told to the operator. Not to
    be called inside a transaction, which would be held open for as long as a witness takes.
    """
    found = []
    for asked in _due(checkpoint):
        if stop is not None and stop.is_set():
            break
        signed = _ask(asked, checkpoint)
        if signed is not None:
            found.append(signed)
    return found


def _due(checkpoint: Checkpoint) -> Iterator[Witness]:
    now = timezone.now()
    for found in Witness.objects.filter(is_asked=True).exclude(cosignatures__checkpoint=checkpoint):
        if checkpoint.size and (found.last_error_at is None or found.last_error_at + PAUSE <= now):
            yield found


def _ask(asked: Witness, checkpoint: Checkpoint) -> Cosignature | None:
    try:
        return _keep(asked, checkpoint, _cosigned(asked, checkpoint))
    except (protocol.WitnessError, NoteError, ProofError, TileError) as error:
        asked.last_error, asked.last_error_at = f"{type(error).__name__}: {error}"[:500], timezone.now()
        asked.save(update_fields=["last_error", "last_error_at"])
        # An unreachable witness is a nuisance; one that will not follow us may be saying that the log was rewritten.
        is_away = isinstance(error, protocol.Unreachable)
        if not is_away:
            sound("witness", f"{asked.name}: {type(error).__name__}")
        level = logging.WARNING if is_away else logging.ERROR
        logger.log(level, "Witness %s did not sign the checkpoint at size %s: %s", asked.name, checkpoint.size, error)
        return None


def _cosigned(asked: Witness, checkpoint: Checkpoint) -> protocol.Cosigned:
    key = VerifierKey.parse(asked.verifier_key.strip())
    hashes = subtree(checkpoint.size)
    old_size = min(asked.size, checkpoint.size)
    deadline = time.monotonic() + TIMEOUT_SECONDS
    for _attempt in range(ATTEMPTS):
        proof = consistency_proof(hashes, old_size, checkpoint.size)
        try:
            left = deadline - time.monotonic()
            signed, *_more = protocol.submit(asked.url, old_size, proof, checkpoint.note, [key], timeout=left)
            return signed
        except protocol.StaleSize as stale:
            if stale.size > checkpoint.size:
                raise protocol.Refused(409) from stale
            old_size = stale.size
    raise protocol.Unreachable("the witness gave another size each time")


@transaction.atomic
def _keep(asked: Witness, checkpoint: Checkpoint, signed: protocol.Cosigned) -> Cosignature:
    try:
        signed_at = datetime.fromtimestamp(signed.timestamp, UTC)
    except (OverflowError, ValueError, OSError) as error:
        raise protocol.BadAnswer("the witness signed at a time that no calendar has") from error
    kept: Cosignature = Cosignature.objects.create(
        checkpoint=checkpoint, witness=asked, line=signed.line, signed_at=signed_at
    )
    asked.size = checkpoint.size
    asked.save(update_fields=["size"])
    return kept
