"""Gives every leaf its number, builds the tiles, and signs the tree.

One works at a time: on PostgreSQL by an advisory lock, on SQLite because a writer locks the database when it begins.
Each step is one transaction that only inserts (and empties the outbox), so that a process that is killed leaves
nothing half done and the next one goes on from what is there.
"""

import hashlib
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from django.db import DatabaseError, InterfaceError, close_old_connections, connection, transaction
from django.utils import timezone

from privacy.log import checkpoints, shown_key
from privacy.log.merkle import CompactRange, consistency_proof, leaf_hash, root, verify_consistency
from privacy.log.models import Checkpoint, LogEntry, PendingLeaf, Tile
from privacy.log.notes import sign_note
from privacy.log.reconcile import look_for_unrecorded
from privacy.log.signing import origin, own_keys, present_key, read_signed, signing_key
from privacy.log.tiles import WIDTH, TileAddress, TileError, join_hashes, split_hashes, tile_root
from privacy.log.tree import hashes_below, hashes_of, latest_checkpoint, subtree, tree_size
from privacy.log.waiting import drop_connection, pause_after
from privacy.log.witnesses import WAIT_SECONDS, push_checkpoint, push_latest
from privacy.sealing.alarms import sound
from privacy.sealing.errors import SealingError

logger = logging.getLogger(__name__)

# Leaves in one transaction: what memory holds at a time.
BATCH = 1024
RECONCILE_SECONDS = 300.0
# What other apps have to do every few minutes, for which no process of its own is needed. Each may be repeated at any
# time and by several processes at once.
regular_work: list[Callable[[], object]] = []
# Any number that nobody else uses for an advisory lock in this database.
_LOCK = int.from_bytes(hashlib.sha256(b"gongzhi log sequencer").digest()[:8], "big", signed=True)


class BrokenLog(Exception):
    """What the database holds does not follow on what was signed before; the message names what. Never signed over."""


@contextmanager
def _alone() -> Iterator[None]:
    """A transaction in which nobody else numbers or signs. Waits for whoever does."""
    with transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        yield


def sequence_pending(limit: int | None = None) -> int:
    """Give the leaves in the outbox their numbers, oldest first, at most ``limit`` of them. Returns how many.

    Raises ``BrokenLog`` where that would give numbers anew that were signed for, or where tiles cannot be made.
    """
    done = 0
    while limit is None or done < limit:
        wanted = BATCH if limit is None else min(BATCH, limit - done)
        taken = _sequence_batch(wanted)
        done += taken
        if taken < wanted:
            break
    return done


def _sequence_batch(size: int) -> int:
    # Asked first without the lock: on SQLite it would keep everybody from writing, every second.
    if not PendingLeaf.objects.exists():
        return 0
    with _alone():
        pending = list(PendingLeaf.objects.order_by("pk")[:size])
        if not pending:
            return 0
        _require_all_that_was_signed()
        first = tree_size()
        hashes = [leaf_hash(waiting.leaf.encode()) for waiting in pending]
        LogEntry.objects.bulk_create(
            LogEntry(
                index=index,
                ref=waiting.ref,
                kind=waiting.kind,
                record_label=waiting.record_label,
                record_ref=waiting.record_ref,
                leaf=waiting.leaf,
                leaf_hash=hashed.hex(),
                created=waiting.created,
            )
            for index, (waiting, hashed) in enumerate(zip(pending, hashes, strict=True), start=first)
        )
        try:
            _store_full_tiles(first, hashes)
        except TileError as error:
            raise BrokenLog(f"entry {first} cannot follow: {error}") from error
        # By primary key, not by range: one that was given a lower number may be committed only now.
        PendingLeaf.objects.filter(pk__in=[waiting.pk for waiting in pending]).delete()
    return len(pending)


def _store_full_tiles(first: int, hashes: list[bytes]) -> None:
    """Store the tiles that became full when ``hashes`` were appended at ``first``, level by level."""
    level = 0
    while hashes:
        number, missing = divmod(first, WIDTH)
        if missing + len(hashes) < WIDTH:
            return
        if missing:
            # The beginning of the tile was there before.
            hashes = [*split_hashes(hashes_of(TileAddress(level, number, missing))), *hashes]
        full = [hashes[start : start + WIDTH] for start in range(0, len(hashes) // WIDTH * WIDTH, WIDTH)]
        tiles = [(join_hashes(part), tile_root(join_hashes(part))) for part in full]
        Tile.objects.bulk_create(
            Tile(level=level, number=number + offset, hashes=content, root=above)
            for offset, (content, above) in enumerate(tiles)
        )
        level, first, hashes = level + 1, number, [above for _content, above in tiles]


# Signing ---------------------------------------------------------------------------------------


def publish_checkpoint() -> Checkpoint | None:
    """Sign the present tree, unless it is signed already under the present key. Returns the new checkpoint.

    Raises ``BrokenLog`` when the tree does not follow on the one signed before.
    """
    _require_all_that_was_signed()
    key = present_key()
    if not _has_grown(key.text):
        return None
    with _alone():
        if not _has_grown(key.text):
            return None
        size = tree_size()
        before = latest_checkpoint()
        hashed = _checked_root(before, size)
        signed = checkpoints.Checkpoint(origin(), size, hashed)
        fresh: Checkpoint = Checkpoint.objects.create(
            size=size,
            root=hashed.hex(),
            note=sign_note(signed.text, origin(), signing_key()),
            verifier_key=key.text,
            created=timezone.now(),
        )
    shown_key.remember(key.text)
    return fresh


def _has_grown(key: str) -> bool:
    return not Checkpoint.objects.filter(size=tree_size(), verifier_key=key).exists()


def _require_all_that_was_signed() -> None:
    # In this order: without the lock, entries and then a checkpoint may come in between.
    before = latest_checkpoint()
    size = tree_size()
    if before is not None and size < before.size:
        raise BrokenLog(f"{before.size} entries were signed for, the log has {size}")


def _checked_root(before: Checkpoint | None, size: int) -> bytes:
    """The root of the present tree, after having seen that the last tree was signed by this log and is the beginning of
    it, that the entries since then are what their hashes say, and that the tiles hold these hashes and no others."""
    old_size = before.size if before else 0
    _require_all_that_was_signed()
    if before is not None:
        _require_own_signature(before)
    read = subtree(size)
    try:
        grown = CompactRange.of(subtree(old_size), old_size)
        if before is not None and grown.root.hex() != before.root:
            raise BrokenLog(f"the first {old_size} entries are not those that were signed: checkpoint {old_size}")
        _append_entries(grown, size)
        new_root = root(read, size)
        if grown.root != new_root:
            raise BrokenLog(f"checkpoint {size}: the tiles do not match the entries")
        _check_tiles(old_size, size)
        if before is not None and old_size:
            # As a witness will, from tiles.
            verify_consistency(
                old_size, size, bytes.fromhex(before.root), new_root, consistency_proof(read, old_size, size)
            )
    except ValueError as error:
        raise BrokenLog(f"checkpoint {size}: {error}") from error
    return new_root


def _require_own_signature(before: Checkpoint) -> None:
    # Whoever rewrites the database can rewrite a checkpoint too, but not sign it.
    try:
        read_signed(before, own_keys())
    except ValueError as error:
        raise BrokenLog(f"checkpoint {before.size}: {error}") from error


def _append_entries(tree: CompactRange, stop: int) -> None:
    for entry in LogEntry.objects.walk(tree.size, stop):
        if entry.index != tree.size:
            break
        hashed = leaf_hash(entry.leaf.encode())
        if hashed.hex() != entry.leaf_hash:
            raise BrokenLog(f"entry {tree.size}: the leaf is not what was hashed")
        tree.append(hashed)
    if tree.size != stop:
        raise BrokenLog(f"entry {tree.size} is missing")


def _check_tiles(old_size: int, size: int) -> None:
    """Hold the tiles that became full since ``old_size`` to the level below. The root alone does not tell: it comes
    from the uppermost tiles."""
    level, start, stop = 0, old_size // WIDTH, size // WIDTH
    while start < stop:
        for number in range(start, stop):
            address = TileAddress(level, number)
            stored = hashes_of(address)
            if stored != join_hashes(hashes_below(address)):
                raise BrokenLog(f"{address.path} does not hold the hashes of the level below")
        level, start, stop = level + 1, start // WIDTH, stop // WIDTH


# Working on ------------------------------------------------------------------------------------


def number_and_sign() -> int:
    """Number what is pending and sign the tree. Returns how many were numbered."""
    done = sequence_pending()
    publish_checkpoint()
    return done


def sequence_once() -> int:
    """Number what is pending, sign the tree and hand the signature to the witnesses. Returns how many were numbered."""
    done = number_and_sign()
    latest = latest_checkpoint()
    if latest is not None:
        push_checkpoint(latest)
    return done


def look_after() -> None:
    """What is done now and then: look for rows without a leaf, and do the regular work of other rooms."""
    look_for_unrecorded()
    do_regular_work()


def do_regular_work() -> None:
    """Do all of ``regular_work``. What fails is said and tried again; errors of the database are left to the caller."""
    for work in regular_work:
        try:
            work()
        except (DatabaseError, InterfaceError):
            raise
        except Exception:
            logger.exception("Regular work failed and is tried again later")


def run(interval: float, stop: threading.Event) -> None:
    """Work every ``interval`` seconds until ``stop`` is set, and until nothing else: every error is said and waited
    out. Witnesses are asked by a thread of their own, so that no leaf waits for them."""
    asking = threading.Thread(target=push_latest, args=(interval, stop), name="witnesses", daemon=True)
    asking.start()
    failures, next_look = 0, 0.0
    while not stop.is_set():
        is_done = _attempt(number_and_sign)
        if time.monotonic() >= next_look:
            # Also, and above all, while the log is not signed.
            next_look = time.monotonic() + RECONCILE_SECONDS
            is_done &= _attempt(look_after)
        failures = 0 if is_done else failures + 1
        stop.wait(pause_after(failures, interval))
    asking.join(WAIT_SECONDS)
    drop_connection()


def _attempt(work: Callable[[], object]) -> bool:
    try:
        close_old_connections()
        work()
    except Exception as error:
        _say(error)
        drop_connection()
        return False
    return True


def _say(error: Exception) -> None:
    if isinstance(error, BrokenLog | TileError):
        sound("log_broken", str(error))
        logger.critical("The log is not signed any more: %s. Run manage.py log_verify.", error)
    elif isinstance(error, DatabaseError | InterfaceError):
        logger.error("The log waits for the database: %s", error)
    elif isinstance(error, SealingError):
        logger.error("The log waits for its key: %s", error)
    else:
        logger.error("The log could not be worked on", exc_info=error)
