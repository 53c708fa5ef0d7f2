"""Leaves that are appended together: each as if it had been alone, for the price of few statements."""

import json
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.db.transaction import TransactionManagementError
from django.test.utils import CaptureQueriesContext

from privacy.history.records import create_recorded
from privacy.log.actions import append_leaf
from privacy.log.bindings import Binding, check_bindings
from privacy.log.canonical import commitment
from privacy.log.kinds import LeafKind
from privacy.log.models import LeafSecret, PendingLeaf, RecordedState
from privacy.log.outbox import Told, append_leaves
from privacy.log.queries import salts_of
from tests.specimens.models import Statement

pytestmark = [pytest.mark.django_db, pytest.mark.both]
POSTED = {"room": str(UUID(int=7)), "seq": 1, "stakeholder_group": "citizen"}


def statements(count: int) -> list[Any]:
    return create_recorded(Statement(title=str(number)) for number in range(count))


def append(records: list[Any], **parts: Any) -> list[PendingLeaf]:
    with transaction.atomic():
        return append_leaves(
            LeafKind.MESSAGE_POSTED,
            [
                Told(record, parts.get("public", POSTED), {"body": f"第{number}条"})
                for number, record in enumerate(records)
            ],
        )


def test_each_leaf_is_bound_to_the_history_of_its_own_record() -> None:
    leaves = append(statements(3))
    result = check_bindings([Binding.of(leaf) for leaf in leaves])
    assert (result.checked, result.erased, result.problems) == (3, 0, [])
    assert RecordedState.objects.count() == LeafSecret.objects.count() == 3


def test_each_leaf_looks_as_if_it_had_been_appended_alone() -> None:
    records = statements(2)
    (together, _other) = append(records)
    (record,) = statements(1)
    with transaction.atomic():
        alone = append_leaf(LeafKind.MESSAGE_POSTED, record, public=POSTED, committed={"body": "一"})

    def shape(leaf: PendingLeaf) -> dict[str, Any]:
        told = json.loads(leaf.leaf)
        return {name: set(value) if isinstance(value, dict) else type(value) for name, value in told.items()}

    assert shape(together) == shape(alone)
    assert [leaf.record_ref for leaf in PendingLeaf.objects.order_by("pk")][:2] == [each.row_id for each in records]


def test_a_committed_text_is_held_to_the_leaf_by_its_own_salt() -> None:
    leaves = append(statements(2))
    for number, leaf in enumerate(leaves):
        salt = bytes.fromhex(salts_of(leaf.ref)["body"])
        assert json.loads(leaf.leaf)["commit"]["body"] == commitment("body", f"第{number}条", salt)


def test_a_history_row_is_covered_once() -> None:
    records = statements(2)
    append(records)
    assert [json.loads(leaf.leaf)["history"] for leaf in append(records)] == [[], []]


def test_many_ask_for_as_much_as_two() -> None:
    # What each new person costs once: the key.
    few, many = statements(2), statements(20)
    append(few), append(many)
    asked = []
    for records in (few, many):
        with transaction.atomic(), CaptureQueriesContext(connection) as queries:
            append_leaves(LeafKind.MESSAGE_POSTED, [Told(each, POSTED, {"body": "一"}) for each in records])
        asked.append(len(queries))
    assert asked[0] == asked[1]


def test_one_that_is_not_as_declared_keeps_all_from_being_appended() -> None:
    with pytest.raises(ValueError, match="seq"):
        append(statements(2), public={"room": POSTED["room"], "stakeholder_group": "citizen"})
    assert not PendingLeaf.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_leaves_belong_inside_a_transaction() -> None:
    with pytest.raises(TransactionManagementError):
        append_leaves(LeafKind.MESSAGE_POSTED, [])


def test_nothing_appends_nothing() -> None:
    assert append([]) == []
