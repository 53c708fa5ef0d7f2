"""Pages of meetings ask the database as often for thirty of everything as for one."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from pytest_django import DjangoAssertNumQueries

from participation.meetings.actions import add_agenda_item, publish_material
from participation.meetings.minutes.actions import record_resolution
from participation.meetings.models import Meeting
from participation.meetings.session.actions import ask_to_speak, open_poll
from participation.stakeholders.models import User
from tests.factories import make_line, make_meeting, make_moderator
from tests.participation.meetings.people import live_meeting, pdf

pytestmark = pytest.mark.django_db


def busy_meeting(keeper: User, count: int) -> Meeting:
    """A meeting that goes on, with ``count`` of everything that grows."""
    meeting, people = live_meeting(keeper, count)
    for number in range(count):
        add_agenda_item(meeting, title=f"议题{number}", minutes=5, matter=make_line(), acting_user=keeper)
        publish_material(meeting, title=f"材料{number}", attachment=pdf(), acting_user=keeper)
        record_resolution(meeting, text=f"决定{number}", acting_user=keeper)
        open_poll(meeting, question=f"问题{number}", options="是\n否", acting_user=keeper)
        ask_to_speak(meeting, acting_user=people[number].person)
    return meeting


def queries_of(client: Client, name: str, meeting: Meeting) -> int:
    address = reverse(f"participation:meetings:{name}", args=[meeting.row_id])
    client.get(address)
    with CaptureQueriesContext(connection) as asked:
        assert client.get(address).status_code == 200
    return len(asked)


@pytest.mark.parametrize("count", [1, 30])
def test_the_pages_of_a_meeting(count: int) -> None:
    keeper, visitor, leading = make_moderator(), Client(), Client()
    meeting = busy_meeting(keeper, count)
    leading.force_login(keeper)
    assert {name: queries_of(visitor, name, meeting) for name in ("detail", "room", "state")} == {
        "detail": 13,
        "room": 6,
        "state": 2,
    }
    assert queries_of(leading, "keep", meeting) == 22


@pytest.mark.parametrize("count", [1, 30])
def test_the_list_of_meetings(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    for _number in range(count):
        make_meeting()
    client = Client()
    client.get(reverse("participation:meetings:index"))
    with django_assert_num_queries(2):
        client.get(reverse("participation:meetings:index"))
