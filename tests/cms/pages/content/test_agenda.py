"""The calendar asks every room, shows only what the reader may see, and can be taken into other programs."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from cms.pages.content.agenda import CalendarEntry, Entry, entries_between
from cms.pages.content.agenda_page import month_asked, page_context
from cms.pages.content.ical import escaped, folded, write_calendar
from cms.pages.content.models import CalendarPage
from cms.pages.models import HomePage
from tests.factories import make_consultation, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]

NOW = datetime(2026, 3, 1, 8, 0, tzinfo=UTC)
TODAY = date(2026, 3, 1)


def around() -> tuple[date, date]:
    return timezone.localdate() - timedelta(days=60), timezone.localdate() + timedelta(days=60)


def kinds_for_everybody() -> list[str]:
    return [entry.kind for entry in entries_between(AnonymousUser(), *around())]


def test_publications_and_open_consultations_stand_in_it() -> None:
    make_consultation(release=make_release())
    assert sorted(kinds_for_everybody()) == ["consultation", "release"]


def test_what_is_not_public_does_not() -> None:
    make_release(published=False)
    assert kinds_for_everybody() == []


def test_what_editors_announce_lasts_to_its_last_day() -> None:
    CalendarEntry.objects.create(title="会议", kind="session", starts_on=date(2026, 3, 3), ends_on=date(2026, 3, 5))

    def found(first: int, last: int) -> int:
        return len(entries_between(AnonymousUser(), date(2026, 3, first), date(2026, 3, last)))

    assert [found(1, 2), found(5, 5), found(4, 4), found(6, 9)] == [0, 1, 1, 0]


def test_entries_are_narrowed_by_kind() -> None:
    for kind in ("hearing", "session"):
        CalendarEntry.objects.create(title=kind, kind=kind, starts_on=TODAY)
    assert [e.title for e in entries_between(AnonymousUser(), TODAY, TODAY, "hearing")] == ["hearing"]


@pytest.mark.parametrize(
    ("asked", "month"),
    [("2026-07", (2026, 7)), ("2026-13", (2026, 3)), ("x", (2026, 3)), ("", (2026, 3)), ("9999999-1", (2026, 3))],
    ids=["a-month", "no-month", "a-word", "nothing", "far-away"],
)
def test_a_month_that_is_none_shows_this_one(asked: str, month: tuple[int, int]) -> None:
    found = month_asked({"month": asked}, TODAY)
    assert (found.year, found.month) == month


def test_a_month_is_laid_out_in_whole_weeks() -> None:
    weeks = page_context({"month": "2026-03"}, AnonymousUser())["weeks"]
    days = [day.day for week in weeks for day in week]
    assert (days[0].weekday(), days[-1].weekday(), len(days) % 7) == (0, 6, 0)
    assert sum(day.is_in_month for week in weeks for day in week) == 31


def event(**fields: Any) -> list[str]:
    values = {"uid": "x", "kind": "hearing", "title": "听证会", "starts": TODAY}
    text = write_calendar([Entry(**{**values, **fields})], name="N", base="https://example.org/", now=NOW)
    return text.replace("\r\n ", "").split("\r\n")


def test_a_whole_day_ends_on_the_day_after() -> None:
    assert {"DTSTART;VALUE=DATE:20260301", "DTEND;VALUE=DATE:20260302"} <= set(event())
    assert "DTEND;VALUE=DATE:20260304" in event(ends=date(2026, 3, 3))


def test_a_moment_is_told_in_utc() -> None:
    starts = datetime(2026, 3, 1, 14, 30, tzinfo=timezone.get_default_timezone())
    assert "DTSTART:20260301T063000Z" in event(starts=starts)


def test_an_event_has_an_id_of_this_site_and_a_whole_address() -> None:
    lines = event(url="/x/")
    assert {"UID:x@example.org", "URL:https://example.org/x/"} <= set(lines)


def test_what_means_something_to_the_format_is_escaped() -> None:
    assert escaped("a;b,c\\d\ne\x07") == "a\\;b\\,c\\\\d\\ne"


@given(st.text(max_size=300))
def test_no_line_is_longer_than_75_octets_and_none_loses_a_character(text: str) -> None:
    line = escaped(text)
    pieces = list(folded(line))
    assert max(len(piece.encode()) for piece in pieces) <= 75
    assert pieces[0] + "".join(piece[1:] for piece in pieces[1:]) == line


def test_the_feed_is_a_calendar_without_drafts(client: Client) -> None:
    make_consultation(release=make_release())
    answer = client.get("/budget/calendar.ics")
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/calendar; charset=utf-8")
    assert answer.content.decode().count("BEGIN:VEVENT") == 2


@pytest.mark.parametrize("query", ["", "?view=list", "?kind=hearing&month=2026-03", "?kind=x&month=x"])
def test_the_page_answers_in_every_view(client: Client, site: HomePage, query: str) -> None:
    site.add_child(instance=CalendarPage(title="日历", slug="calendar", locale=site.locale))
    CalendarEntry.objects.create(title="听证会", starts_on=timezone.localdate())
    assert client.get(f"/calendar/{query}").status_code == 200
