"""Appending a leaf: what it says, what it is bound to, and what is refused."""

import json
from datetime import UTC, date, datetime
from threading import Barrier, Thread
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.contrib.auth import get_user_model
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError

from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical, commitment
from privacy.log.kinds import LeafKind
from privacy.log.models import LeafSecret, LogEntry, PendingLeaf, RecordedState
from privacy.log.queries import salts_of
from privacy.log.tiles import LeafTooLarge
from privacy.sealing.ring import shred
from tests.factories import make_department, make_feedback, make_organisation, make_user
from tests.log_entries import entries, entry

pytestmark = [pytest.mark.django_db, pytest.mark.both]

BODY = "电梯加装的钱为什么只花了四成？"
POSTED = {"room": str(UUID(int=7)), "seq": 1, "stakeholder_group": "citizen"}


def append(record: Any = None, kind: Any = LeafKind.MESSAGE_POSTED, **parts: Any) -> PendingLeaf:
    values = {"public": POSTED, "committed": {"body": BODY}, **parts}
    with transaction.atomic():
        return append_leaf(kind, record or make_department(), **values)


def told(leaf: PendingLeaf | LogEntry) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(leaf.leaf)
    return found


def test_a_leaf_says_what_when_and_about_which_record() -> None:
    department = make_department()
    leaf = told(append(department))
    assert set(leaf) == {"v", "kind", "ref", "time", "record", "public", "commit", "history"}
    assert (leaf["v"], leaf["kind"], leaf["public"]) == (2, "message.posted", POSTED)
    assert leaf["record"] == {"model": "cms.department", "id": str(department.row_id)}
    assert leaf["time"].endswith("Z")


def test_the_columns_repeat_what_the_leaf_says() -> None:
    pending = append()
    leaf = told(pending)
    assert (pending.ref.hex, pending.kind, pending.record_label) == (leaf["ref"], leaf["kind"], leaf["record"]["model"])
    assert str(pending.record_ref) == leaf["record"]["id"]


def test_a_leaf_is_canonical() -> None:
    leaf = append().leaf
    assert leaf == canonical(json.loads(leaf))


def test_a_leaf_holds_no_committed_text_and_its_salts_are_sealed() -> None:
    pending = append()
    with connection.cursor() as cursor:
        cursor.execute("SELECT salts FROM privacy_leafsecret")
        ((stored,),) = cursor.fetchall()
    salt = salts_of(pending.ref)["body"]
    assert BODY not in pending.leaf
    assert (bytes(stored)[:2], salt.encode() in bytes(stored)) == (b"\xe5\x01", False)


def test_a_commitment_is_met_by_its_text_and_by_no_other() -> None:
    pending = append()
    salt = bytes.fromhex(salts_of(pending.ref)["body"])
    expected = told(pending)["commit"]["body"]
    assert commitment("body", BODY, salt) == expected
    assert commitment("body", BODY + " ", salt) != expected


def test_equal_texts_leave_different_commitments() -> None:
    first, second = (told(append())["commit"]["body"] for _ in range(2))
    assert first != second


def test_without_committed_values_and_history_there_is_no_secret() -> None:
    append(kind=LeafKind.FEEDBACK_ACCEPTED, public={}, committed={})
    assert not LeafSecret.objects.exists()


def test_salts_are_sealed_for_whom_the_record_is_about_and_go_with_their_key() -> None:
    feedback = make_feedback()
    leaf = entry(record_ref=feedback.row_id)
    secret = LeafSecret.objects.get(leaf_ref=leaf.ref)
    assert secret.sealing_subject() == feedback.author.sealing_subject()
    assert set(salts_of(leaf.ref)) == {"body", f"participation.historicalfeedback:{feedback.history.get().pk}"}
    shred(feedback.author.sealing_subject())
    assert salts_of(leaf.ref) == {}


def test_values_with_one_obvious_text_are_written_so() -> None:
    moment = datetime(2025, 1, 2, 3, 4, 5, tzinfo=UTC)
    release = uuid4()
    pending = append(
        kind=LeafKind.CONSULTATION_OPENED,
        public={
            "release": release,
            "answer_within_days": 30,
            "ways_in": [("feedback", "citizen")],
            "stages": [("open", moment, None)],
        },
        committed=dict.fromkeys(("title", "purpose", "decided_by", "limits"), "x"),
    )
    assert told(pending)["public"] == {
        "release": str(release),
        "answer_within_days": 30,
        "ways_in": [["feedback", "citizen"]],
        "stages": [["open", "2025-01-02T03:04:05.000000Z", None]],
    }


@pytest.mark.parametrize(
    ("public", "complaint"),
    [
        (POSTED | {"stage": "open"}, "public field stage is not declared"),
        ({"room": POSTED["room"], "seq": 1}, "public field stakeholder_group is missing"),
        (POSTED | {"seq": "1"}, "seq is no whole number"),
        (POSTED | {"seq": True}, "seq is no whole number"),
        (POSTED | {"seq": 1.0}, "seq is no whole number"),
        (POSTED | {"seq": -1}, "seq is no whole number"),
        (POSTED | {"stakeholder_group": "电梯"}, "stakeholder_group is no word"),
        (POSTED | {"stakeholder_group": date(2025, 1, 2)}, "stakeholder_group is no word"),
        (POSTED | {"room": "7"}, "room is no reference"),
        (POSTED | {"room": None}, "room is no reference"),
    ],
)
def test_public_fields_are_those_that_the_kind_declares(public: dict[str, Any], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        append(public=public)
    assert not PendingLeaf.objects.exists()


@pytest.mark.parametrize(
    ("committed", "complaint"),
    [({}, "committed name body is missing"), ({"body": "x", "name": "y"}, "committed name name is not declared")],
)
def test_committed_names_are_those_that_the_kind_declares(committed: dict[str, str], complaint: str) -> None:
    with pytest.raises(ValueError, match=complaint):
        append(committed=committed)


def test_a_committed_value_must_be_text() -> None:
    with pytest.raises(TypeError, match="body"):
        append(committed={"body": 5})


def test_an_unknown_kind_is_refused() -> None:
    with pytest.raises(ValueError, match="nonsense"):
        append(kind="nonsense")


def test_a_leaf_over_the_limit_is_refused_with_its_size() -> None:
    inputs = [str(uuid4()) for _ in range(2000)]
    with pytest.raises(LeafTooLarge, match="at most 65535"):
        append(
            kind=LeafKind.ANSWER_PUBLISHED, public={"outcome": "adopted", "inputs": inputs}, committed={"reason": "x"}
        )
    assert not PendingLeaf.objects.exists()


def test_a_record_without_row_id_is_refused() -> None:
    with pytest.raises(TypeError, match="row_id"):
        append(make_department().government)


def test_a_person_is_never_named_nor_covered() -> None:
    person = get_user_model().objects.create_user(email="a@example.org", password="x", display_name="A")
    with pytest.raises(TypeError, match="person"):
        append(person)
    with pytest.raises(TypeError, match="person"):
        append(also=[person])


def test_a_rolled_back_change_leaves_no_leaf() -> None:
    with transaction.atomic():
        append()
        transaction.set_rollback(True)
    assert (PendingLeaf.objects.count(), LeafSecret.objects.count()) == (0, 0)


@pytest.mark.django_db(transaction=True)
def test_outside_a_transaction_it_is_refused() -> None:
    department = make_department()
    with pytest.raises(TransactionManagementError):
        append_leaf(LeafKind.FEEDBACK_ACCEPTED, department, public={}, committed={})


@pytest.mark.django_db(transaction=True)
def test_writers_do_not_wait_for_one_another() -> None:
    """Two transactions with a leaf each are open at once, which a locked head would not have allowed."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time, whatever it writes")
    department = make_department()
    both_have_appended = Barrier(2)

    def write() -> None:
        try:
            with transaction.atomic():
                append_leaf(LeafKind.FEEDBACK_ACCEPTED, department, public={}, committed={})
                both_have_appended.wait(20)
        finally:
            connection.close()

    threads = [Thread(target=write) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert [found.index for found in entries()] == [0, 1]


# History ---------------------------------------------------------------------------------------


def history_of_leaf(leaf: PendingLeaf) -> list[tuple[str, int]]:
    return [(row["model"], row["id"]) for row in told(leaf)["history"]]


def test_a_leaf_covers_the_history_rows_that_its_record_wrote_since_the_leaf_before() -> None:
    organisation = make_organisation()
    kind, nothing = LeafKind.ORGANISATION_CHANGED, {"public": {}, "committed": {}}
    first = append(organisation, kind, **nothing)
    with acting(None, reason="renamed"):
        organisation.name = "Another"
        organisation.save()
    second, third = append(organisation, kind, **nothing), append(organisation, kind, **nothing)
    created, changed = organisation.history.order_by("pk").values_list("pk", flat=True)
    label = "participation.historicalorganisation"
    assert [history_of_leaf(leaf) for leaf in (first, second, third)] == [[(label, created)], [(label, changed)], []]


def test_a_leaf_covers_what_other_records_wrote_where_it_says_so() -> None:
    first, second = make_organisation(), make_organisation()
    leaf = append(first, LeafKind.ORGANISATION_CHANGED, public={}, committed={}, also=[second])
    assert [pk for _label, pk in history_of_leaf(leaf)] == [first.history.get().pk, second.history.get().pk]
    scopes = {secret.scope_ref for secret in LeafSecret.objects.filter(leaf_ref=leaf.ref)}
    assert scopes == {first.row_id, second.row_id}


def test_a_row_that_went_with_a_savepoint_is_not_covered() -> None:
    organisation = make_organisation()
    append(organisation, LeafKind.ORGANISATION_CHANGED, public={}, committed={})
    with transaction.atomic():
        organisation.save()
        transaction.set_rollback(True)
    assert history_of_leaf(append(organisation, LeafKind.ORGANISATION_CHANGED, public={}, committed={})) == []


def test_sealed_columns_are_not_bound_they_prove_themselves() -> None:
    make_feedback(callback_phone="+86 138 0000 0000")
    state = RecordedState.objects.get(row_label="participation.historicalfeedback")
    assert "callback_phone" not in state.columns
    assert {"body", "status", "author_id", "history_user_id", "history_change_reason"} <= set(state.columns)


def test_what_people_say_of_themselves_is_nobodys_to_prove() -> None:
    person = make_user()
    person.display_name = "Another"
    person.save()
    assert person.history.count() == 2
    assert not RecordedState.objects.filter(row_label="participation.historicaluser").exists()
