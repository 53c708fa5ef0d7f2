"""Appending and signing."""

import json
from datetime import date
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.utils.translation import gettext_lazy

from privacy.log import verify
from privacy.log.actions import append_leaf, sign_head
from privacy.log.kinds import LeafKind
from privacy.log.models import LeafSecret, LogEntry, LogHead, SignedHead
from privacy.log.signing import public_key
from tests.factories import make_department
from tests.privacy.log.chain import BODY, append, tamper

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_entries_are_numbered_from_zero_and_chained() -> None:
    entries = [append() for _ in range(3)]
    assert [entry.index for entry in entries] == [0, 1, 2]
    assert verify.verify_chain(entries) == verify.ChainReport(3, entries[2].chain_hash)
    assert LogHead.objects.values_list("size", "head").get() == (3, entries[2].chain_hash)


def test_a_leaf_says_what_when_and_about_which_record() -> None:
    department = make_department()
    leaf = json.loads(append(department).leaf)
    assert set(leaf) == {"v", "kind", "ref", "time", "record", "public", "commit"}
    assert (leaf["v"], leaf["kind"], leaf["public"]) == (1, "feedback.submitted", {"stage": "open"})
    assert leaf["record"] == {"model": "cms.department", "id": str(department.row_id)}
    assert leaf["time"].endswith("Z")
    assert UUID(leaf["ref"]) != department.row_id


def test_a_leaf_is_canonical() -> None:
    leaf = append().leaf
    assert leaf == json.dumps(json.loads(leaf), sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def test_a_leaf_holds_no_committed_text() -> None:
    entry = append()
    assert BODY not in entry.leaf
    assert BODY not in json.dumps(LeafSecret.objects.get().salts, ensure_ascii=False)


def test_a_commitment_is_met_by_its_text_and_by_no_other() -> None:
    entry = append()
    salt = bytes.fromhex(LeafSecret.objects.get(entry=entry).salts["body"])
    expected = json.loads(entry.leaf)["commit"]["body"]
    assert verify.commitment("body", BODY, salt) == expected
    assert verify.commitment("body", BODY + " ", salt) != expected


def test_equal_texts_leave_different_commitments() -> None:
    first, second = (json.loads(append().leaf)["commit"]["body"] for _ in range(2))
    assert first != second


def test_without_committed_values_there_is_no_secret() -> None:
    append(committed={})
    assert not LeafSecret.objects.exists()


def test_values_with_one_obvious_text_are_written_so() -> None:
    reference = uuid4()
    entry = append(public={"id": reference, "kind": LeafKind.TASK_OPENED, "until": date(2025, 1, 2), "n": [1]})
    assert json.loads(entry.leaf)["public"] == {
        "id": str(reference),
        "kind": "task.opened",
        "until": "2025-01-02",
        "n": [1],
    }


@pytest.mark.parametrize("value", [0.5, [0.5], {"x": 1.0}, b"bytes", {1: "one"}, gettext_lazy("Created")])
def test_values_without_one_text_are_refused(value: Any) -> None:
    with pytest.raises(TypeError):
        append(public={"value": value})
    assert not LogEntry.objects.exists()


def test_a_committed_value_must_be_text() -> None:
    with pytest.raises(TypeError, match="score"):
        append(committed={"score": 5})


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        append(kind="nonsense")  # type: ignore[arg-type]


def test_a_record_without_row_id_is_refused() -> None:
    with pytest.raises(TypeError, match="row_id"):
        append(make_department().government)


def test_a_person_is_never_named() -> None:
    person = get_user_model().objects.create_user(email="a@example.org", password="x", display_name="A")
    with pytest.raises(TypeError, match="person"):
        append(person)


def test_a_rolled_back_change_leaves_no_entry_and_no_gap() -> None:
    append()
    with transaction.atomic():
        append()
        transaction.set_rollback(True)
    assert append().index == 1


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_refused() -> None:
    department = make_department()
    with pytest.raises(TransactionManagementError):
        append_leaf(LeafKind.FEEDBACK_SUBMITTED, department, public={}, committed={})


@pytest.mark.django_db(transaction=True)
def test_writers_at_the_same_time_leave_no_gap_and_no_fork() -> None:
    writers, each = 4, 5
    department = make_department()
    barrier = Barrier(writers)

    def write() -> None:
        try:
            barrier.wait(10)
            for _ in range(each):
                append(department)
        finally:
            connection.close()

    threads = [Thread(target=write) for _ in range(writers)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    report = verify.verify_chain(LogEntry.objects.order_by("index"))
    assert (report.size, report.first_bad) == (writers * each, None)


def test_a_head_is_signed_over_the_present_state() -> None:
    entry = append()
    head = sign_head()
    assert (head.size, head.head) == (1, entry.chain_hash)
    assert verify.is_signed(head.text, bytes(head.signature), public_key())
    assert not verify.is_signed(head.text.replace("\n1\n", "\n2\n"), bytes(head.signature), public_key())


def test_the_same_state_is_signed_once() -> None:
    append()
    assert sign_head() == sign_head()
    assert SignedHead.objects.count() == 1


def test_an_empty_log_can_be_signed() -> None:
    assert (sign_head().size, SignedHead.objects.get().head) == (0, verify.GENESIS)


def test_a_rewritten_log_is_not_signed_over() -> None:
    append()
    append()
    tamper("UPDATE privacy_logentry SET leaf = '{}' WHERE \"index\" = 0")
    with pytest.raises(verify.BrokenChain):
        sign_head()
    assert not SignedHead.objects.exists()


def test_a_shortened_log_is_not_signed_over() -> None:
    append(committed={})
    append(committed={})
    tamper('DELETE FROM privacy_logentry WHERE "index" = 1')
    with pytest.raises(verify.BrokenChain):
        sign_head()
