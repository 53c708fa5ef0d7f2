"""What earlier databases hold is still there, and holds, after their migration."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone
from pytest_django import DjangoDbBlocker

from privacy.sealing import ring
from privacy.sealing.open_keys import open_keys
from tests.privacy.earlier import Earlier, in_earlier_database

CHAIN, TREE = ("privacy", "0001_initial"), ("privacy", "0002_transparency_log")
GOALS, HISTORY_OF_GOALS = ("cms", "0003_performance"), ("cms", "0004_history_of_goals")
SALTS = {"reason": "ab" * 32}


@pytest.fixture(autouse=True)
def _database_of_its_own(django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    with django_db_blocker.unblock():
        yield
    open_keys.clear()


def chained(apps: Any, index: int) -> Any:
    ref = uuid4()
    leaf = json.dumps({"kind": "feedback.hidden", "ref": str(ref)})
    return apps.get_model("privacy", "LogEntry").objects.create(
        index=index,
        kind="feedback.hidden",
        record_label="participation.feedback",
        record_ref=UUID(int=7),
        leaf=leaf,
        leaf_hash=hashlib.sha256(b"\x00" + leaf.encode()).hexdigest(),
        chain_hash="00" * 32,
        created=timezone.now(),
    )


def test_entries_of_the_chain_keep_their_leaf_and_get_its_name() -> None:
    def work(database: Earlier) -> None:
        before = database.migrate(CHAIN)
        entries = [chained(before, index) for index in range(3)]
        after = database.migrate(TREE).get_model("privacy", "LogEntry")
        assert list(after.objects.order_by("index").values_list("leaf", "leaf_hash", "ref")) == [
            (entry.leaf, entry.leaf_hash, UUID(json.loads(entry.leaf)["ref"])) for entry in entries
        ]

    in_earlier_database(work)


def test_entries_are_guarded_again_once_they_are_migrated() -> None:
    from django.db import DatabaseError

    def work(database: Earlier) -> None:
        chained(database.migrate(CHAIN), 0)
        after = database.migrate(TREE).get_model("privacy", "LogEntry")
        with pytest.raises(DatabaseError):
            after.objects.update(leaf="{}")

    in_earlier_database(work)


def test_salts_that_stood_in_plain_are_sealed_and_open_again() -> None:
    def work(database: Earlier) -> None:
        before = database.migrate(CHAIN)
        entry = chained(before, 0)
        before.get_model("privacy", "LeafSecret").objects.create(entry=entry, salts=SALTS)
        database.migrate(TREE)
        with database.connection.cursor() as cursor:
            cursor.execute("SELECT row_id, leaf_ref, salts FROM privacy_leafsecret")
            ((row_id, leaf_ref, blob),) = cursor.fetchall()
            cursor.execute("SELECT name FROM sqlite_master WHERE name LIKE 'privacy_plain%'")
            assert cursor.fetchall() == []
        assert (UUID(leaf_ref), SALTS["reason"].encode() in blob) == (UUID(json.loads(entry.leaf)["ref"]), False)
        opened = ring.unseal(blob, ring.context("privacy.leafsecret.salts", UUID(row_id)))
        assert json.loads(opened) == SALTS

    in_earlier_database(work)


def test_goals_from_before_get_the_first_row_of_their_history_and_no_leaf_is_missed() -> None:
    tables = ["cms.Government", "cms.Department", "cms.Programme", "cms.ProgrammeYear", "cms.Goal"]
    others = ["cms.ScoringScheme", "cms.HistoricalGoal", "privacy.Reconciled", "participation.User"]

    def work(database: Earlier) -> None:
        before = database.pretend([GOALS, ("privacy", "0006_guards")], [*tables, *others])
        government = before.get_model("cms.Government").objects.create(name="云川市")
        department = before.get_model("cms.Department").objects.create(government=government, name="民政局")
        programme = before.get_model("cms.Programme").objects.create(department=department, name="电梯加装")
        year = before.get_model("cms.ProgrammeYear").objects.create(programme=programme, fiscal_year=2024)
        goals = [
            before.get_model("cms.Goal").objects.create(programme_year=year, text=text) for text in ("加装", "验收")
        ]
        known = before.get_model("cms.HistoricalGoal").objects
        known.create(id=goals[0].pk, row_id=goals[0].row_id, text="加装", history_date=timezone.now(), history_type="+")
        after = database.migrate(HISTORY_OF_GOALS)
        history = after.get_model("cms.HistoricalGoal").objects.order_by("history_id")
        assert list(history.values_list("id", "text", "history_type")) == [
            (goals[0].pk, "加装", "+"),
            (goals[1].pk, "验收", "+"),
        ]
        assert history.last().programme_year_id == year.pk
        mark = after.get_model("privacy.Reconciled").objects.get(row_label="cms.historicalgoal")
        assert (mark.begins_after, mark.looked_to, mark.seen) == (history.last().pk,) * 3

    in_earlier_database(work)
