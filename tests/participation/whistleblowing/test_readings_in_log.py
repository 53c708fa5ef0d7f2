"""What the public log tells of the work of integrity officers: not when they read, nor what, nor how much."""

from __future__ import annotations

import json
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from participation.whistleblowing.actions import add_reporter_message, enter_receipts, reply
from participation.whistleblowing.models import Case
from participation.whistleblowing.queries import opened_for_officer
from privacy.access.actions import enter_readings
from privacy.access.models import AccessEvent, ReadingDay
from privacy.log import sequencer
from privacy.log.audit import audit_log
from privacy.log.models import LogEntry, PendingLeaf
from privacy.log.triggers import lifted
from tests.factories import make_case, make_integrity_officer
from tests.participation.whistleblowing.cases import leaves, yesterday

# The record of an opening is committed on its own: not within the transaction of a test.
pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def read_everything() -> list[Case]:
    first = make_case(contact="老王", files=[SimpleUploadedFile("a.png", PNG)])
    second, officer = make_case(), make_integrity_officer()
    add_reporter_message(first, text="还有一张。")
    for case in (first, second):
        opened_for_officer(Case.objects.get(pk=case.pk), reason="初核", acting_user=officer)
    return [first, second]


def kinds() -> list[str]:
    waiting = PendingLeaf.objects.order_by("pk").values_list("kind", flat=True)
    return [kind for kind in waiting if kind not in ("appointment.granted",)]


def a_day_later() -> None:
    ReadingDay.objects.update(day=timezone.localdate() - timedelta(days=1))


def test_a_reading_is_on_record_at_once_and_in_the_log_on_no_account_the_same_day() -> None:
    read_everything()
    assert (AccessEvent.objects.count(), kinds()) == (5, [])
    assert (enter_readings(), kinds()) == (0, [])


def test_all_readings_of_a_day_are_one_leaf_that_tells_nothing_of_them() -> None:
    read_everything()
    a_day_later()
    assert (enter_readings(), enter_readings(), kinds()) == (1, 0, ["cases.read"])
    leaf = json.loads(PendingLeaf.objects.get(kind="cases.read").leaf)
    assert (leaf["public"], list(leaf["commit"]), leaf["history"]) == ({}, ["readings"], [])
    assert leaf["record"] == {"model": "privacy.readingday", "id": str(ReadingDay.objects.get().row_id)}
    assert {event.batch_ref for event in AccessEvent.objects.all()} == {ReadingDay.objects.get().row_id}


def test_what_is_read_after_the_days_leaf_gets_a_leaf_of_its_own() -> None:
    [case, _other] = read_everything()
    a_day_later()
    enter_readings()
    opened_for_officer(Case.objects.get(pk=case.pk), reason="复核", acting_user=make_integrity_officer())
    assert [day.is_entered for day in ReadingDay.objects.order_by("pk")] == [True, False]
    a_day_later()
    assert (enter_readings(), kinds()) == (1, ["cases.read", "cases.read"])


def test_readings_are_entered_with_the_receipts_before_an_officer_does_anything() -> None:
    [case, other] = read_everything()
    a_day_later()
    yesterday(case)
    reply(other, text="请说明日期。", acting_user=make_integrity_officer())
    assert sorted(kinds()) == ["case.received", "case.replied", "cases.read"]
    assert kinds()[-1] == "case.replied"


def test_the_nightly_work_enters_them_too() -> None:
    read_everything()
    a_day_later()
    enter_receipts(acting_user=None)
    assert kinds() == ["cases.read"]


def test_the_sequencer_enters_receipts_by_itself() -> None:
    case = make_case()
    yesterday(case)
    sequencer.do_regular_work()
    assert leaves(case) == ["case.received"]


def test_other_work_that_fails_does_not_keep_the_sequencer_from_the_rest(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fails() -> None:
        raise RuntimeError("broken for a test")

    done: list[str] = []
    monkeypatch.setattr(sequencer, "regular_work", [fails, lambda: done.append("done")])
    sequencer.do_regular_work()
    assert (done, "broken for a test" in caplog.text) == (["done"], True)


def problems() -> list[str]:
    return [problem.kind for problem in audit_log().problems if "privacy.accessevent" in problem.name]


@pytest.mark.parametrize("is_altered", [False, True])
def test_the_leaf_of_a_day_proves_every_reading_of_it(is_altered: bool) -> None:
    read_everything()
    assert problems() == []
    a_day_later()
    enter_readings()
    sequencer.number_and_sign()
    if is_altered:
        with lifted(connection), connection.cursor() as cursor:
            cursor.execute("UPDATE privacy_accessevent SET typed_reason = 'x' WHERE record_label LIKE '%casefile'")
    assert problems() == (["row"] if is_altered else [])


def test_no_leaf_holds_a_name_of_a_column_of_a_case() -> None:
    read_everything()
    a_day_later()
    enter_receipts(acting_user=None)
    sequencer.sequence_pending()
    texts = " ".join(LogEntry.objects.values_list("leaf", flat=True))
    assert [name for name in ("participation.caseentry", "participation.casefile", "contact") if name in texts] == []
