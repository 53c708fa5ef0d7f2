"""Entering official days: from files, on the pages, and what it leaves behind."""

from __future__ import annotations

import json
from datetime import date

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from cms.calendars.actions import enter_calendar, set_day
from cms.calendars.days_file import Entered, read_days, write_days
from cms.calendars.models import CalendarChange, CalendarDay, CalendarYear
from cms.calendars.queries import changes_by
from participation.stakeholders.models import Role
from portal.errors import Invalid, NotAllowed
from tests.factories import make_department, make_officeholder, make_officer, make_user
from tests.log_entries import entries

pytestmark = pytest.mark.django_db
DAY, OTHER = date(2025, 10, 1), date(2025, 9, 28)
DAYS = {DAY: Entered(False, "国庆节"), OTHER: Entered(True, "调休")}


@pytest.mark.parametrize(
    "text",
    [
        "date,is_workday,note\n2025-10-01,0,国庆节\n2025-09-28,1,调休\n",
        "日期,工作日,备注\r\n2025/10/1,放假,国庆节\r\n\r\n2025年9月28日,上班,调休",
        "note,IS_WORKDAY,Date\n国庆节,false,20251001\n调休,Yes,2025.9.28\n",
    ],
    ids=["plain", "chinese", "any order"],
)
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_days_are_read_from_tables_as_offices_write_them(text: str, encoding: str) -> None:
    assert read_days(text.encode(encoding)) == DAYS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "date"),
        ("a,b\n1,2", "date"),
        ("date,is_workday\n2025-02-30,1", "2025-02-30"),
        ("date,is_workday\n2025-10-01,maybe", "maybe"),
        ("date,is_workday\n2025-10-01,1\n2025-10-01,0", "3"),
        ("date,is_workday\n", ""),
    ],
    ids=["empty", "other columns", "no such day", "unclear", "twice", "no rows"],
)
def test_a_table_that_cannot_be_read_says_why(text: str, told: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_days(text.encode())
    assert told in str(refused.value.message)


def test_what_is_written_can_be_read() -> None:
    assert read_days(write_days(DAYS).encode()) == DAYS


@pytest.mark.both
def test_a_file_replaces_its_years_and_leaves_the_others_alone() -> None:
    enter_calendar({**DAYS, date(2024, 1, 1): Entered(False, "元旦")}, source="通知一", acting_user=None)
    made = enter_calendar({DAY: Entered(False, "国庆")}, source="通知二", acting_user=None)
    assert list(CalendarDay.objects.order_by("date").values_list("date", "is_workday", "note")) == [
        (date(2024, 1, 1), False, "元旦"),
        (DAY, False, "国庆"),
    ]
    assert [change.days for change in made] == [
        [["2025-09-28", [True, "调休"], None], ["2025-10-01", [False, "国庆节"], [False, "国庆"]]]
    ]


def test_entering_the_same_again_changes_nothing() -> None:
    enter_calendar(DAYS, source="通知", acting_user=None)
    assert (enter_calendar(DAYS, source="通知", acting_user=None), changes_by(DAYS)) == ([], [])


def test_a_calendar_needs_a_source_and_a_changed_day_a_reason() -> None:
    with pytest.raises(Invalid):
        enter_calendar(DAYS, source=" ", acting_user=None)
    with pytest.raises(Invalid):
        set_day(DAY, None, reason="", acting_user=None)


def test_one_day_does_not_make_a_year_complete() -> None:
    set_day(DAY, Entered(False, "国庆节"), reason="通知", acting_user=None)
    assert list(CalendarYear.objects.values_list("year", "is_complete")) == [(2025, False)]
    assert set_day(DAY, Entered(False, "国庆节"), reason="通知", acting_user=None) is None
    set_day(DAY, None, reason="误录", acting_user=None)
    assert not CalendarDay.objects.exists()


def test_every_change_leaves_a_leaf() -> None:
    (change,) = enter_calendar(DAYS, source="通知", acting_user=None)
    (found,) = entries(record_ref=change.row_id)
    assert (found.kind, json.loads(found.leaf)["public"]) == ("calendar.changed", {"year": 2025, "days": 2})


def test_citizens_and_officers_keep_no_calendar() -> None:
    for user in (make_user(), make_officer(make_department())):
        with pytest.raises(NotAllowed):
            enter_calendar(DAYS, source="通知", acting_user=user)


def test_the_command_says_what_would_change_and_then_does_it(tmp_path, capsys) -> None:  # type: ignore[no-untyped-def]
    file = tmp_path / "days.csv"
    file.write_text(write_days(DAYS), "utf-8")
    call_command("calendar_load", file, dry_run=True)
    assert ("2025-10-01: weekly rule -> free 国庆节" in capsys.readouterr().out, CalendarDay.objects.count()) == (
        True,
        0,
    )
    call_command("calendar_load", file, source="通知", verbosity=0)
    assert CalendarDay.objects.count() == 2
    with pytest.raises(CommandError):
        call_command("calendar_load", file, verbosity=0, source="")


# Pages --------------------------------------------------------------------------------------------


def test_a_year_without_official_days_says_so(client: Client) -> None:
    address = reverse("cms:calendars:year", args=["CN", 2025])
    assert "callout warn" in client.get(address).content.decode()
    enter_calendar(DAYS, source="国办通知", acting_user=None)
    page = client.get(address).content.decode()
    assert ("callout warn" in page, "国庆节" in page, "国办通知" in page) == (False, True, True)


def test_the_page_counts_a_period(client: Client) -> None:
    call_command("calendar_load", periods=[], verbosity=0)
    address = reverse("cms:calendars:year", args=["CN", 2025])
    response = client.get(address, {"rule": "T5", "start": "2025-02-20"})
    assert response.context["reckoned"].due_on == date(2025, 3, 20)
    assert client.get(address, {"rule": "x", "start": "x"}).status_code == 200
    endless = client.get(address, {"rule": "T5", "start": "9999-12-31"})
    assert (endless.context["reckoned"], list(endless.context["reckon"].errors)) == (None, ["start"])


@pytest.mark.parametrize("path", ["CN/1900/", "cn/2025/", "CN/2025/13/", "CN/20250/"])
def test_there_is_no_such_calendar(client: Client, path: str) -> None:
    assert client.get(f"/calendars/{path}").status_code == 404


def test_a_file_is_shown_before_it_is_entered(client: Client) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    address = reverse("cms:calendars:import")
    values = {"jurisdiction": "CN", "source": "国办通知"}
    upload = SimpleUploadedFile("days.csv", write_days(DAYS).encode())
    shown = client.post(address, {**values, "file": upload})
    assert (len(shown.context["changes"]), CalendarDay.objects.count()) == (2, 0)
    done = client.post(address, {**values, "days": shown.context["days"], "confirm": "1"})
    assert (done.status_code, CalendarDay.objects.count()) == (302, 2)


def test_a_file_that_cannot_be_read_is_refused_with_its_reason(client: Client) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    upload = SimpleUploadedFile("days.csv", b"\xff\xfe\x00\x01")
    response = client.post(reverse("cms:calendars:import"), {"jurisdiction": "CN", "source": "x", "file": upload})
    assert (response.status_code, bool(response.context["form"].errors["file"])) == (400, True)


def test_days_are_changed_in_the_view_of_their_month(client: Client) -> None:
    client.force_login(make_officeholder(Role.REVIEWER))
    address = reverse("cms:calendars:month", args=["CN", 2025, 10])
    assert client.get(address).status_code == 200
    assert client.post(address, {"d1": "0", "n1": "国庆节"}).status_code == 400
    client.post(address, {"d1": "0", "n1": "国庆节", "reason": "国办通知"})
    assert list(CalendarDay.objects.values_list("date", "note")) == [(DAY, "国庆节")]
    assert CalendarChange.objects.get().reason == "国办通知"


@pytest.mark.parametrize("name", ["import", "month"])
def test_only_those_who_keep_the_calendar_see_its_forms(client: Client, name: str) -> None:
    address = reverse(f"cms:calendars:{name}", args=[] if name == "import" else ["CN", 2025, 10])
    assert client.get(address).status_code in (302, 401, 403)
    client.force_login(make_user())
    assert client.get(address).status_code == 403
