"""What reaches the public log, and how a case ends."""

from __future__ import annotations

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.utils import timezone

from participation.whistleblowing.actions import (
    add_reporter_message,
    enter_receipts,
    reply,
    shred_case,
)
from participation.whistleblowing.codes import new_code
from participation.whistleblowing.models import Case, CaseFile
from participation.whistleblowing.queries import case_of_code
from portal.errors import Closed
from privacy.log.models import PendingLeaf
from privacy.sealing.errors import Shredded
from privacy.sealing.models import DataKey
from privacy.sealing.opening import unrecorded
from tests.factories import make_case, make_integrity_officer
from tests.participation.whistleblowing.cases import closed, leaves, yesterday

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


# The log ------------------------------------------------------------------------------------------


def test_what_a_reporter_writes_reaches_the_log_on_a_later_day_only() -> None:
    case = make_case()
    assert (enter_receipts(acting_user=None), leaves(case)) == (0, [])
    yesterday(case)
    assert (enter_receipts(acting_user=None), leaves(case)) == (1, ["case.received"])
    assert (enter_receipts(acting_user=None), leaves(case)) == (0, ["case.received"])


def test_an_officers_deed_enters_what_waits_from_earlier_days_of_every_case() -> None:
    old, fresh, officer = make_case(), make_case(), make_integrity_officer()
    yesterday(old)
    reply(fresh, text="请说明日期。", acting_user=officer)
    assert (leaves(old), leaves(fresh)) == (["case.received"], ["case.replied"])


def test_leaves_tell_the_state_and_nothing_else() -> None:
    case, officer = make_case(), make_integrity_officer()
    yesterday(case)
    reply(case, text="请说明日期。", acting_user=officer)
    closed(case, officer)
    texts = list(PendingLeaf.objects.filter(record_ref=case.row_id).order_by("pk").values_list("leaf", flat=True))
    assert ['"public":{"state":"received"}' in text for text in texts] == [True, True, False]
    assert ('"public":{"state":"closed"}' in texts[2], any("发票" in text or "日期" in text for text in texts)) == (
        True,
        False,
    )


def test_a_case_that_does_not_open_keeps_nobody_from_the_others(caplog: pytest.LogCaptureFixture) -> None:
    broken, sound, officer = make_case(), make_case(), make_integrity_officer()
    for case in (broken, sound):
        yesterday(case)
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE participation_caseentry SET text = %s WHERE case_id = %s", [b"planted by somebody", broken.pk]
        )
    reply(sound, text="请说明日期。", acting_user=officer)
    assert (leaves(sound), leaves(broken)) == (["case.received", "case.replied"], [])
    assert str(broken.row_id) in caplog.text


def test_what_was_written_on_the_day_of_its_destruction_stops_nobody() -> None:
    case, officer = make_case(), make_integrity_officer()
    closed(case, officer, days_ago=2000)
    shred_case(case, reason="期满", acting_user=officer)
    yesterday(case)
    assert (enter_receipts(acting_user=None), leaves(case)[-1]) == (0, "case.destroyed")


# The end ------------------------------------------------------------------------------------------


def test_a_case_is_destroyed_when_it_is_closed_and_its_time_is_over_not_before() -> None:
    case, officer = make_case(), make_integrity_officer()
    with pytest.raises(Closed):
        shred_case(case, reason="期满", acting_user=officer)
    closed(case, officer, days_ago=1094)
    with pytest.raises(Closed):
        shred_case(case, reason="期满", acting_user=officer)
    closed_long_ago = Case.objects.filter(pk=case.pk)
    closed_long_ago.update(keep_until=timezone.localdate())
    assert shred_case(case, reason="期满", acting_user=officer).state == "destroyed"


@pytest.mark.django_db(transaction=True)
def test_destroying_makes_everything_unreadable_and_leaves_a_leaf() -> None:
    code = new_code()
    case, officer = make_case(code, contact="老王", files=[SimpleUploadedFile("a.png", PNG)]), make_integrity_officer()
    stored = CaseFile.objects.get().content.name
    closed(case, officer, days_ago=2000)
    shred_case(case, reason="保存期满", acting_user=officer)
    found = case_of_code(code)
    assert found is not None
    assert (found.state, found.destroyed_reason, leaves(case)[-1]) == ("destroyed", "保存期满", "case.destroyed")
    with unrecorded():
        for row, field in [(found, "contact"), *((entry, "text") for entry in found.entries.all())]:
            with pytest.raises(Shredded):
                getattr(row, field)
    assert (storages["attachments"].exists(stored), bool(CaseFile.objects.get().content)) == (False, False)
    assert set(DataKey.objects.filter(scope_ref=case.row_id).values_list("state", flat=True)) == {"shredded"}
    with pytest.raises(Closed):
        add_reporter_message(found, text="还在吗？")


def test_the_database_holds_nothing_that_was_written_nor_the_code() -> None:
    code = new_code()
    case = make_case(code, place_and_time="三月，采购科", contact="老王 13800138000", item="校车")
    officer = make_integrity_officer()
    reply(case, text="请说明日期。", acting_user=officer)
    secrets = ["发票是假的", "采购科", "13800138000", "校车", "请说明日期", code, code.replace("-", "")]
    found = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            for row in cursor.fetchall():
                raw = b"\x00".join(bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode() for v in row)
                found += [(table, secret) for secret in secrets if secret.encode() in raw]
    assert found == []
