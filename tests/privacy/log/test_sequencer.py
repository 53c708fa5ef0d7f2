"""Numbers without gaps, tiles, and signatures over nothing but a tree that follows on the one signed before."""

import logging
import os
import signal
import threading
import time
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection

from privacy.log import sequencer
from privacy.log.audit import audit_log
from privacy.log.background import Background
from privacy.log.checkpoints import Checkpoint as SignedCheckpoint
from privacy.log.merkle import EMPTY_ROOT, leaf_hash, root, subtree_from_leaf_hashes
from privacy.log.models import Checkpoint, LogEntry, PendingLeaf, Tile
from privacy.log.notes import VerifierKey, open_note
from privacy.log.sequencer import BrokenLog, publish_checkpoint, sequence_once, sequence_pending
from privacy.log.tree import root_of, tree_size
from tests.log_entries import fill_outbox
from tests.privacy.forked import forked
from tests.privacy.log.written import tamper, wait_for_number

pytestmark = [pytest.mark.django_db, pytest.mark.both]

OTHER = "ab" * 32


def indexes() -> list[int]:
    return list(LogEntry.objects.order_by("index").values_list("index", flat=True))


def expected_root() -> bytes:
    leaves = LogEntry.objects.order_by("index").values_list("leaf", flat=True)
    hashes = [leaf_hash(leaf.encode()) for leaf in leaves]
    return root(subtree_from_leaf_hashes(hashes), len(hashes))


def test_leaves_get_their_numbers_in_the_order_in_which_they_were_appended() -> None:
    refs = fill_outbox(5)
    assert sequence_pending() == 5
    assert list(LogEntry.objects.values_list("index", "ref")) == list(enumerate(refs))
    assert not PendingLeaf.objects.exists()


def test_nothing_pending_is_nothing_done() -> None:
    assert (sequence_pending(), tree_size(), indexes()) == (0, 0, [])


def test_a_limit_is_kept() -> None:
    fill_outbox(5)
    assert [sequence_pending(limit=2), sequence_pending(limit=2), sequence_pending(limit=2)] == [2, 2, 1]
    assert indexes() == [0, 1, 2, 3, 4]


@pytest.mark.parametrize("rounds", [[1, 1], [255, 1, 1], [256, 256], [300, 300], [700]])
def test_the_tree_is_that_of_the_entries_however_they_came(rounds: list[int]) -> None:
    for count in rounds:
        fill_outbox(count)
        sequence_pending()
    total = sum(rounds)
    assert root_of(total) == expected_root()
    assert list(Tile.objects.order_by("number").values_list("level", "number")) == [(0, n) for n in range(total // 256)]


def test_a_tile_of_the_second_level_is_stored_when_it_is_full() -> None:
    """65,536 hashes, given to the step that stores tiles: it needs no entries."""
    hashes = [leaf_hash(bytes([n % 251, n // 251 % 251, n // 63001])) for n in range(65_536)]
    for start, end in ((0, 156 * 256), (156 * 256, 65_536)):
        sequencer._store_full_tiles(start, hashes[start:end])
    assert (Tile.objects.filter(level=0).count(), Tile.objects.filter(level=1).count()) == (256, 1)
    assert root_of(65_536) == root(subtree_from_leaf_hashes(hashes), 65_536)


# Signing -----------------------------------------------------------------------------------------


def signed(stored: Checkpoint | None) -> SignedCheckpoint:
    assert stored is not None
    return SignedCheckpoint.parse(open_note(stored.note, [VerifierKey.parse(stored.verifier_key)]).text)


def test_a_checkpoint_is_signed_over_the_present_tree(settings: Any) -> None:
    fill_outbox(3)
    sequence_pending()
    checkpoint = signed(publish_checkpoint())
    assert checkpoint == SignedCheckpoint(settings.GONGZHI_LOG_ORIGIN, 3, expected_root())


def test_an_empty_log_can_be_signed() -> None:
    assert signed(publish_checkpoint()).root == EMPTY_ROOT


def test_the_same_tree_is_signed_once() -> None:
    fill_outbox(1)
    sequence_pending()
    assert publish_checkpoint() is not None
    assert publish_checkpoint() is None
    assert Checkpoint.objects.count() == 1


def test_checkpoints_follow_on_one_another() -> None:
    for count in (1, 255, 3):
        fill_outbox(count)
        sequence_once()
    assert list(Checkpoint.objects.values_list("size", flat=True)) == [1, 256, 259]
    assert audit_log().problems == []


@pytest.mark.parametrize(
    ("sql", "complaint"),
    [
        ("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 300", "entry 300: the leaf is not what was hashed"),
        ('DELETE FROM privacy_logentry WHERE "index" = 300', "entry 300 is missing"),
        ('DELETE FROM privacy_logentry WHERE "index" >= 290', "300 entries were signed for, the log has 290"),
        ('DELETE FROM privacy_logentry WHERE "index" = 280', "checkpoint 303: tile/0/001.p/44 is not whole"),
        ("DELETE FROM privacy_tile", "checkpoint 303: tile/1/000.p/1 is not whole"),
        (
            f"UPDATE privacy_logentry SET leaf_hash = '{OTHER}' WHERE \"index\" = 280",
            "checkpoint 300",
        ),
        (f"UPDATE privacy_checkpoint SET root = '{OTHER}'", "checkpoint 300"),
    ],
    ids=["changed", "lost", "cut off", "lost before", "no tile", "changed before", "other root"],
)
def test_a_broken_log_is_not_signed_over(sql: str, complaint: str) -> None:
    fill_outbox(300)
    sequence_once()
    fill_outbox(3)
    sequence_pending()
    tamper(sql)
    with pytest.raises(BrokenLog, match=complaint):
        publish_checkpoint()
    assert Checkpoint.objects.count() == 1


def test_the_command_works_once_and_says_what_it_did(capsys: pytest.CaptureFixture[str]) -> None:
    fill_outbox(3)
    call_command("log_sequence", once=True)
    assert capsys.readouterr().out == "3 entries numbered; signed up to 3.\n"


def test_the_command_refuses_a_broken_log() -> None:
    fill_outbox(3)
    sequence_once()
    tamper('DELETE FROM privacy_logentry WHERE "index" = 2')
    with pytest.raises(CommandError, match="3 entries were signed for"):
        call_command("log_sequence", once=True)


# Several at once, and ends in the middle ---------------------------------------------------------


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "step", ["_store_full_tiles", "tile_root", "publish_checkpoint", "sign_note", "push_checkpoint"]
)
def test_killed_at_any_step_the_next_one_goes_on_without_gap_or_double(step: str) -> None:
    refs = fill_outbox(700)

    def killed() -> None:
        setattr(sequencer, step, lambda *a, **k: os.kill(os.getpid(), signal.SIGKILL))
        sequencer.BATCH = 300
        sequence_once()

    assert forked(killed).ended() == (-signal.SIGKILL, "")
    assert indexes() == list(range(tree_size()))
    refs += fill_outbox(10)
    sequence_once()
    assert (indexes(), set(LogEntry.objects.values_list("ref", flat=True))) == (list(range(710)), set(refs))
    assert signed(Checkpoint.objects.latest("size")).root == expected_root()
    assert audit_log().problems == []


@pytest.mark.django_db(transaction=True)
def test_of_two_processes_at_once_each_leaf_gets_one_number() -> None:
    refs = fill_outbox(600)

    def work() -> int:
        sequencer.BATCH = 20
        done = sequence_pending()
        publish_checkpoint()
        return done

    results = [child.ended() for child in [forked(work), forked(work)]]
    assert [code for code, _said in results] == [0, 0], results
    assert sum(int(said) for _code, said in results) == 600
    assert (indexes(), set(LogEntry.objects.values_list("ref", flat=True))) == (list(range(600)), set(refs))
    assert audit_log().problems == []


@pytest.mark.django_db(transaction=True)
def test_while_one_works_the_other_waits() -> None:
    fill_outbox(3)
    holding, release = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with sequencer._alone():
                holding.set()
                release.wait(30)
        finally:
            connection.close()

    def work() -> None:
        try:
            sequence_pending()
        finally:
            connection.close()

    first, second = threading.Thread(target=hold), threading.Thread(target=work)
    first.start()
    assert holding.wait(30)
    second.start()
    second.join(0.5)
    assert (second.is_alive(), LogEntry.objects.count()) == (True, 0)
    release.set()
    second.join(30)
    first.join(30)
    assert indexes() == [0, 1, 2]


def waited_for(condition: Any) -> bool:
    deadline = time.monotonic() + 30
    while not condition():
        if time.monotonic() > deadline:
            return False
        time.sleep(0.02)
    return True


@pytest.mark.django_db(transaction=True)
def test_in_the_serving_process_it_numbers_and_signs_until_it_is_stopped() -> None:
    background = Background(interval=0.02)
    background.start()
    try:
        wait_for_number()
        assert waited_for(lambda: Checkpoint.objects.filter(size=1).exists())
        fill_outbox(2)
        assert waited_for(lambda: Checkpoint.objects.filter(size=3).exists())
    finally:
        background.stop()
    assert not background.is_at_work


@pytest.mark.django_db(transaction=True)
def test_an_error_of_the_database_is_said_and_waited_out(caplog: pytest.LogCaptureFixture) -> None:
    def rename(before: str, after: str) -> None:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {before} RENAME TO {after}")

    rename("privacy_pendingleaf", "privacy_gone")
    background = Background(interval=0.02)
    try:
        with caplog.at_level(logging.ERROR, "privacy.log.sequencer"):
            background.start()
            assert waited_for(lambda: "The log waits for the database" in caplog.text)
    finally:
        rename("privacy_gone", "privacy_pendingleaf")
    fill_outbox(1)
    assert waited_for(lambda: Checkpoint.objects.filter(size=1).exists())
    background.stop()


@pytest.mark.django_db(transaction=True)
def test_a_broken_log_is_said_and_left_unsigned_while_leaves_still_get_numbers(
    caplog: pytest.LogCaptureFixture,
) -> None:
    fill_outbox(3)
    sequence_once()
    tamper(f"UPDATE privacy_logentry SET leaf_hash = '{OTHER}' WHERE \"index\" = 1")
    background = Background(interval=0.02)
    with caplog.at_level(logging.CRITICAL, "privacy.log.sequencer"):
        background.start()
        fill_outbox(1)
        assert waited_for(lambda: "The log is not signed any more" in caplog.text)
    background.stop()
    assert (tree_size(), list(Checkpoint.objects.values_list("size", flat=True))) == (4, [3])
