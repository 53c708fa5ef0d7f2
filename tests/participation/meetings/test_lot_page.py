"""The lot on its page, and drawn again."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from participation.meetings.models import Meeting
from participation.meetings.seats.actions import close_list, draw_lot
from participation.meetings.seats.models import MeetingRegistration
from participation.meetings.seats.queries import list_text
from participation.stakeholders.models import User
from tests.factories import (
    make_meeting,
)
from tests.participation.meetings.people import (
    end_registration,
    register,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def at(name: str, meeting: Meeting, *more: Any) -> str:
    return reverse(f"participation:meetings:{name}", args=[meeting.row_id, *more])


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200
    return response.content.decode()


# Convening -------------------------------------------------------------------------------------------------------


def meeting_form(**changes: Any) -> dict[str, Any]:
    starts = timezone.localtime() + timedelta(days=20)
    moment = "%Y-%m-%dT%H:%M"
    return {
        "kind": "hearing",
        "title": "学校改造听证会",
        "purpose": "听取家长意见。",
        "scope": "可以调整次序。",
        "starts_at": starts.strftime(moment),
        "ends_at": (starts + timedelta(hours=2)).strftime(moment),
        "registration_ends_at": (starts - timedelta(days=8)).strftime(moment),
        "place": "市民中心",
        "turn_seconds": "120",
        "places_citizen": "20",
        "places_research": "3",
        "by_lot": ["citizen"],
        **changes,
    }


def test_the_page_and_the_command_draw_the_same_again(tmp_path: Path, capsys: Any) -> None:
    meeting = make_meeting()
    for _number in range(4):
        register(meeting)
    assert Client().get(at("lot_list", meeting)).status_code == 404
    close_list(end_registration(meeting), acting_user=None)
    published = Client().get(at("lot_list", meeting)).content.decode()
    lot = draw_lot(meeting, acting_user=None)
    assert published == list_text(lot.names)
    file = tmp_path / "lot.txt"
    file.write_text(published)
    call_command("redraw", file, secret=lot.opened, commitment=lot.commitment, group="citizen")
    order = capsys.readouterr().out.split()
    by_rank = [one.mark for one in MeetingRegistration.objects.order_by("rank")]
    shown = page(Client(), at("lot", meeting))
    places = [shown.index(f". <code>{mark}</code>") for mark in order]
    assert (order, places) == (by_rank, sorted(places))
    with pytest.raises(CommandError):
        call_command("redraw", file, secret="00" * 32, commitment=lot.commitment)
