"""What the sequencer never signs over, and what it goes on after."""

import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from privacy.log import sequencer
from privacy.log.background import Background
from privacy.log.models import Checkpoint, LogEntry, PendingLeaf, Witness
from privacy.log.sequencer import BrokenLog, publish_checkpoint, sequence_once, sequence_pending
from privacy.log.signing import present_key
from privacy.log.tiles import TileError
from privacy.log.tree import tree_size
from privacy.sealing.errors import KeyKeeperFailed, UnknownKey
from tests.log_entries import fill_outbox
from tests.privacy.log.witness_server import SmallWitness
from tests.privacy.log.written import tamper

pytestmark = [pytest.mark.django_db, pytest.mark.both]

OTHER = "ab" * 32


def cut_back_to(size: int) -> None:
    tamper('DELETE FROM privacy_logentry WHERE "index" >= %s', size)


def grow(*counts: int) -> None:
    for count in counts:
        fill_outbox(count)
        sequence_once()


def test_a_log_cut_back_to_an_earlier_signed_size_is_noticed() -> None:
    grow(2, 3)
    cut_back_to(2)
    with pytest.raises(BrokenLog, match="5 entries were signed for, the log has 2"):
        publish_checkpoint()


def test_on_a_log_that_was_cut_back_no_leaf_gets_a_number_that_was_given_before() -> None:
    grow(2, 3)
    cut_back_to(2)
    fill_outbox(3)
    with pytest.raises(BrokenLog, match="5 entries were signed for, the log has 2"):
        sequence_pending()
    assert (tree_size(), PendingLeaf.objects.count()) == (2, 3)


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("UPDATE privacy_tile SET root = %s WHERE number = 1", "the tiles do not match the entries"),
        ("UPDATE privacy_tile SET hashes = %s WHERE number = 1", "tile/0/001"),
        ("UPDATE privacy_tile SET hashes = %s WHERE number = 0", "tile/0/000"),
    ],
    ids=["root", "hashes", "hashes-begun-before"],
)
def test_tiles_that_do_not_match_the_entries_are_not_signed(sql: str, complaint: str) -> None:
    grow(100)
    fill_outbox(500)
    sequence_pending()
    tamper(sql, bytes(32 if "root" in sql else 256 * 32))
    with pytest.raises(BrokenLog, match=complaint):
        publish_checkpoint()
    assert Checkpoint.objects.count() == 1


def test_a_first_tree_whose_tiles_do_not_match_its_entries_is_not_signed() -> None:
    fill_outbox(300)
    sequence_pending()
    tamper("UPDATE privacy_tile SET root = %s", bytes(32))
    with pytest.raises(BrokenLog, match="the tiles do not match the entries"):
        publish_checkpoint()


def test_a_tile_that_cannot_be_read_while_numbering_is_a_broken_log() -> None:
    grow(255)
    tamper('DELETE FROM privacy_logentry WHERE "index" = 7')
    fill_outbox(10)
    with pytest.raises(BrokenLog, match="is not whole"):
        sequence_pending()


# What it goes on after ---------------------------------------------------------------------------


def waited_for(condition: Callable[[], bool]) -> bool:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@contextmanager
def working() -> Iterator[Background]:
    background = Background(interval=0.02)
    background.start()
    try:
        yield background
    finally:
        background.stop()


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("fault", "said"),
    [
        (KeyKeeperFailed("no answer"), "The log waits for its key: no answer"),
        (UnknownKey("no such key"), "The log waits for its key: no such key"),
        (TileError("tile/0/000 is not whole"), "The log is not signed any more: tile/0/000 is not whole"),
        (RuntimeError("never seen before"), "never seen before"),
    ],
    ids=["key-service", "unknown-key", "tile", "unforeseen"],
)
@pytest.mark.parametrize("step", ["close_old_connections", "present_key", "look_for_unrecorded"])
def test_only_the_stop_event_ends_the_sequencer(
    fault: Exception, said: str, step: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = getattr(sequencer, step)
    # After a failed look for rows without a leaf the next one is minutes away: numbering goes on meanwhile.
    times = 1 if step == "look_for_unrecorded" else 2
    faults = iter([fault] * times)

    def fails_at_first() -> Any:
        for present in faults:
            raise present
        return real()

    monkeypatch.setattr(sequencer, step, fails_at_first)
    fill_outbox(1)
    with caplog.at_level(logging.ERROR, "privacy.log.sequencer"), working() as background:
        assert waited_for(lambda: caplog.text.count(said) >= times)
        fill_outbox(1)
        # An alarm opens an incident, at the next look around, with two leaves of its own.
        sizes = (2, 4) if isinstance(fault, TileError) else (2,)
        assert waited_for(lambda: Checkpoint.objects.filter(size__in=sizes).exists())
        assert background.is_at_work
    assert not background.is_at_work


@pytest.mark.django_db(transaction=True)
def test_numbers_and_signatures_do_not_wait_for_a_witness(monkeypatch: pytest.MonkeyPatch) -> None:
    asked, answer = threading.Event(), threading.Event()

    def slow(*args: object, **kwargs: object) -> None:
        asked.set()
        answer.wait(30)

    monkeypatch.setattr("privacy.log.witnesses._ask", slow)
    witness = SmallWitness(present_key())
    Witness.objects.create(name="A", url="http://127.0.0.1:9", verifier_key=witness.key)
    with working():
        fill_outbox(1)
        assert asked.wait(30)
        fill_outbox(2)
        assert waited_for(lambda: Checkpoint.objects.filter(size=3).exists())
        answer.set()
    assert LogEntry.objects.count() == 3
