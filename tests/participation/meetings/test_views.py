"""The pages of meetings, their calendar files, the room and its buttons."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation
from icalendar import Calendar

from cms.pages.content.agenda import entries_between
from participation.meetings.actions import add_agenda_item, cancel_meeting, change_meeting, publish_material
from participation.meetings.minutes.actions import draft_minutes, judge_minutes, propose_minutes, publish_minutes
from participation.meetings.models import Meeting
from participation.meetings.seats.models import MeetingLot, MeetingRegistration
from participation.meetings.session.actions import open_poll
from participation.meetings.session.queries import speaking_in
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.access.models import AccessEvent
from tests.factories import (
    make_consultation,
    make_department,
    make_evaluation,
    make_line,
    make_meeting,
    make_moderator,
    make_officeholder,
    make_officer,
    make_task,
    make_user,
)
from tests.participation.meetings.people import (
    held_meeting,
    live_meeting,
    pdf,
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


def test_a_moderator_convenes_a_meeting_and_the_hash_of_its_lot_is_published() -> None:
    response = signed_in(make_moderator()).post(reverse("participation:meetings:new"), meeting_form())
    meeting = Meeting.objects.get()
    assert (response.status_code, response["Location"]) == (302, meeting.get_absolute_url())
    assert sorted(meeting.places_of_groups.values_list("group", "places", "by_lot")) == [
        ("citizen", 20, True),
        ("research", 3, False),
    ]
    assert MeetingLot.objects.get().commitment in page(Client(), at("lot", meeting))


def test_an_officer_convenes_for_the_own_department_only() -> None:
    own, other = make_line().department, make_line().department
    client = signed_in(make_officer(own))
    url = reverse("participation:meetings:new")
    assert client.post(url, meeting_form()).status_code == 400
    assert client.post(url, meeting_form(department=other.pk)).status_code == 400
    assert client.post(url, meeting_form(department=own.pk)).status_code == 302


def test_an_officer_convenes_no_meeting_of_a_consultation_about_another_department() -> None:
    lines = make_line(), make_line()
    own = lines[0].department
    client, url = signed_in(make_officer(own)), reverse("participation:meetings:new")
    form = meeting_form(department=own.pk)
    near, foreign = (make_consultation(release=line.release, department=line.department) for line in lines)
    assert client.post(url, {**form, "consultation": foreign.row_id}).status_code == 400
    with pytest.raises(NotAllowed):
        make_meeting(consultation=foreign, department=own, acting_user=make_officer(own))
    assert client.post(url, {**form, "consultation": near.row_id}).status_code == 302
    offered = ("meetings/new" in page(client, each.get_absolute_url()) for each in (near, foreign))
    assert tuple(offered) == (True, False)


@pytest.mark.parametrize(
    "wrong",
    [{"place": ""}, {"places_citizen": "0", "places_research": "0"}, {"ends_at": "2020-01-01T10:00"}, {"title": " "}],
    ids=["nowhere", "no places", "ends before", "no title"],
)
def test_a_form_that_is_refused_keeps_what_was_typed(wrong: dict[str, str]) -> None:
    response = signed_in(make_moderator()).post(reverse("participation:meetings:new"), meeting_form(**wrong))
    assert (response.status_code, "听取家长意见。" in response.content.decode()) == (400, True)
    assert Meeting.objects.count() == 0


def test_changes_and_cancelling_have_a_published_reason() -> None:
    keeper, meeting = make_moderator(), make_meeting()
    with pytest.raises(Invalid):
        change_meeting(meeting, reason=" ", changes={"place": "二楼"}, acting_user=keeper)
    changed = change_meeting(
        meeting, reason="换房间", changes={"place": "二楼"}, places={"citizen": 5}, acting_user=keeper
    )
    assert (changed.place, meeting.places_of_groups.get(group="citizen").places) == ("二楼", 5)
    cancel_meeting(meeting, reason="台风", acting_user=keeper)
    with pytest.raises(Conflict):
        change_meeting(meeting, reason="换房间", changes={}, acting_user=keeper)
    assert "台风" in page(Client(), meeting.get_absolute_url())


def test_a_meeting_of_a_consultation_nobody_sees_is_not_found() -> None:
    consultation = make_consultation()
    meeting = make_meeting(consultation=consultation)
    consultation.stages.all().delete()
    assert Client().get(meeting.get_absolute_url()).status_code == 404
    assert Client().get(at("room", meeting)).status_code == 404


# The agenda ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", ["line", "programme", "evaluation", "task"])
def test_an_item_is_tied_to_what_stands_at_an_address(kind: str) -> None:
    makers: dict[str, Any] = {
        "line": make_line,
        "programme": lambda: make_line().programme,
        "evaluation": make_evaluation,
        "task": make_task,
    }
    record, meeting = makers[kind](), make_meeting()
    given = {
        "agenda-title": "看数",
        "agenda-minutes": "20",
        "agenda-matter": f"https://x.org{record.get_absolute_url()}#a",
    }
    signed_in(make_moderator()).post(at("act", meeting, "agenda"), given)
    item = meeting.agenda.get()
    assert (item.matter_kind, getattr(item, kind)) == (kind, record)
    assert record.get_absolute_url() in page(Client(), meeting.get_absolute_url())


def test_an_address_of_nothing_is_refused_and_the_form_keeps_it() -> None:
    meeting = make_meeting()
    given = {"agenda-title": "看数", "agenda-minutes": "20", "agenda-matter": "https://example.org/nothing"}
    response = signed_in(make_moderator()).post(at("act", meeting, "agenda"), given)
    assert (response.status_code, meeting.agenda.count()) == (400, 0)
    assert "https://example.org/nothing" in response.content.decode()


def test_a_line_and_its_programme_lead_to_the_meeting() -> None:
    line, meeting = make_line(), make_meeting()
    add_agenda_item(meeting, title="看数", matter=line, acting_user=make_moderator())
    for record in (line, line.programme):
        assert meeting.get_absolute_url() in page(Client(), record.get_absolute_url())


# Taking part -----------------------------------------------------------------------------------------------------


def test_somebody_registers_finds_it_on_the_own_page_and_steps_back() -> None:
    meeting, person = make_meeting(places={"citizen": (1, False)}), make_user()
    client = signed_in(person)
    client.post(at("register", meeting), {"needs": "手语翻译", "may_record": "on"})
    own = MeetingRegistration.objects.get(person=person)
    assert (str(own.needs), own.may_record) == ("手语翻译", True)
    assert own.mark in page(client, meeting.get_absolute_url())
    assert meeting.get_absolute_url() in page(client, reverse("participation:me"))
    client.post(at("withdraw", meeting))
    assert not MeetingRegistration.objects.standing().exists()


def test_what_people_need_is_opened_on_the_record_only_when_it_is_asked_for() -> None:
    meeting, keeper = make_meeting(), make_moderator()
    register(meeting, needs="手语翻译")
    client = signed_in(keeper)
    assert "手语翻译" not in page(client, at("keep", meeting))
    assert AccessEvent.objects.count() == 0
    assert "手语翻译" in page(client, at("keep", meeting) + "?needs=1")
    assert AccessEvent.objects.get().actor == keeper


def test_nobody_else_sees_who_is_registered_or_the_address_for_taking_part() -> None:
    meeting = make_meeting(places={"citizen": (1, False)}, details={"online_link": "https://meet.example.org/42"})
    own = register(meeting)
    for client in (Client(), signed_in(make_user()), signed_in(make_officeholder(Role.AUDITOR))):
        text = page(client, meeting.get_absolute_url())
        assert (own.person.display_name in text, "meet.example.org" in text) == (False, False)
    assert "meet.example.org" in page(signed_in(own.person), meeting.get_absolute_url())


def test_the_invitation_is_for_whoever_has_a_place() -> None:
    meeting = make_meeting(places={"citizen": (1, False)}, details={"online_link": "https://meet.example.org/42"})
    first, second = register(meeting), register(meeting)
    content = signed_in(first.person).get(at("invitation", meeting)).content
    calendar = Calendar.from_ical(content)
    event = calendar.walk("VEVENT")[0]
    assert (calendar["METHOD"], event["SUMMARY"], event.decoded("DTSTART")) == (
        "REQUEST",
        meeting.title,
        meeting.starts_at.replace(microsecond=0),
    )
    assert (str(event["ATTENDEE"]), "meet.example.org" in event["DESCRIPTION"]) == (
        f"mailto:{first.person.email}",
        True,
    )
    assert signed_in(second.person).get(at("invitation", meeting)).status_code == 404


def test_the_feed_holds_all_meetings_and_no_address_for_taking_part() -> None:
    meeting = make_meeting(details={"online_link": "https://meet.example.org/42"})
    cancel_meeting(make_meeting(), reason="台风", acting_user=make_moderator())
    calendar = Calendar.from_ical(Client().get(reverse("participation:meetings:feed")).content)
    found = {str(event["UID"]).partition("@")[0]: str(event["STATUS"]) for event in calendar.walk("VEVENT")}
    assert (found[f"meeting-{meeting.row_id}"], sorted(found.values())) == ("CONFIRMED", ["CANCELLED", "CONFIRMED"])
    assert "meet.example.org" not in calendar.to_ical().decode()


def test_the_calendar_of_the_portal_has_it() -> None:
    meeting = make_meeting()
    day = timezone.localdate(meeting.starts_at)
    assert [entry.uid for entry in entries_between(AnonymousUser(), day, day, "hearing")] == [
        f"meeting-{meeting.row_id}"
    ]


def test_material_is_downloaded_by_everybody() -> None:
    meeting = make_meeting()
    material = publish_material(meeting, title="草案", attachment=pdf(), acting_user=make_moderator())
    response = Client().get(reverse("participation:meetings:material", args=[material.row_id]))
    assert b"".join(response.streaming_content) == b"%PDF-1.7 draft"  # type: ignore[attr-defined]


# The lot ---------------------------------------------------------------------------------------------------------


# The room --------------------------------------------------------------------------------------------------------


def test_people_ask_to_speak_are_called_and_vote_without_scripts() -> None:
    keeper = make_moderator()
    meeting, there = live_meeting(keeper)
    own, lead = signed_in(there[0].person), signed_in(keeper)
    own.post(at("session_act", meeting, "ask"))
    assert there[0].person.display_name in page(Client(), at("state", meeting))
    lead.post(at("session_act", meeting, "next"))
    assert "It is your turn." in page(own, at("state", meeting))
    own.post(at("session_act", meeting, "leave"))
    assert speaking_in(meeting).now is None
    poll = open_poll(meeting, question="先做哪个？", options="甲\n乙", acting_user=keeper)
    own.post(at("session_act", meeting, "vote"), {"poll": poll.row_id, "choice": "1"})
    assert 'value="1" required checked' in page(own, at("room", meeting))


@pytest.mark.parametrize("given", [{}, {"poll": "x"}, {"poll": "8d2ad0e3-5dd0-4a19-9b5d-86e5e16a3e55"}])
def test_a_vote_in_nothing_is_refused(given: dict[str, str]) -> None:
    meeting, there = live_meeting(make_moderator(), people=1)
    assert signed_in(there[0].person).post(at("session_act", meeting, "vote"), given).status_code in (400, 404)


def test_what_goes_on_is_asked_again_by_the_page_only_while_it_goes_on() -> None:
    keeper = make_moderator()
    meeting, _there = live_meeting(keeper, people=1)
    assert 'hx-trigger="every 10s"' in page(Client(), at("room", meeting))
    signed_in(keeper).post(at("act", meeting, "close"))
    assert "hx-trigger" not in page(Client(), at("room", meeting))


# The minutes -----------------------------------------------------------------------------------------------------


def test_a_participant_judges_the_minutes_and_the_public_reads_them_with_the_objection() -> None:
    keeper = make_moderator()
    meeting, there = held_meeting(keeper, people=1)
    minutes = draft_minutes(meeting, acting_user=keeper)
    propose_minutes(minutes, answer_by=timezone.localdate() + timedelta(days=5), acting_user=keeper)
    own = signed_in(there[0].person)
    assert meeting.get_absolute_url() in page(own, reverse("participation:me"))
    refused = own.post(at("judge", meeting), {"agrees": "0", "words": ""})
    assert refused.status_code == 400
    own.post(at("judge", meeting), {"agrees": "0", "words": "时间写错了。"})
    assert "时间写错了。" not in page(Client(), meeting.get_absolute_url())
    judge_minutes(minutes, agrees=True, acting_user=there[1].person)
    publish_minutes(minutes, acting_user=keeper)
    text = page(Client(), meeting.get_absolute_url())
    assert ("时间写错了。" in text, there[0].person.display_name in text) == (True, False)


def test_every_button_of_the_keeper_is_the_keepers_alone() -> None:
    meeting = make_meeting()
    for act in ("change", "cancel", "open", "draw", "draft", "recording"):
        assert signed_in(make_user()).post(at("act", meeting, act)).status_code == 403
    with pytest.raises(NotAllowed):
        cancel_meeting(meeting, reason="台风", acting_user=make_officer(make_department()))


def test_the_keeper_leads_a_meeting_from_its_page() -> None:
    keeper, meeting = make_moderator(), make_meeting(places={"citizen": (1, False)})
    one, client = register(meeting), signed_in(keeper)
    department = make_line().department
    steps: list[tuple[str, dict[str, Any]]] = [
        ("agenda", {"agenda-title": "次序", "agenda-minutes": "10"}),
        ("material", {"material-title": "草案", "material-attachment": pdf()}),
        ("open", {}),
        ("check-in", {"registration": one.row_id}),
        ("notes", {"number": "1", "notes": "居民希望先装高层。"}),
        ("resolution", {"resolution-text": "先装七层以上。", "resolution-item": "1"}),
        (
            "action",
            {
                "action-text": "公布名单",
                "action-department": department.pk,
                "action-due_on": (timezone.localdate() + timedelta(days=40)).isoformat(),
            },
        ),
        ("close", {}),
        ("draft", {}),
        ("propose", {"answer_by": (timezone.localdate() + timedelta(days=5)).isoformat()}),
    ]
    for act, given in steps:
        response = client.post(at("act", meeting, act), given)
        assert (act, response.status_code) == (act, 302)
    assert "居民希望先装高层。" in page(signed_in(one.person), meeting.get_absolute_url())
    action, officer = meeting.action_items.get(), make_officer(department)
    response = client.post(reverse("participation:meetings:open_task", args=[action.row_id]), {"officer": officer.pk})
    action.refresh_from_db()
    assert (response.status_code, response["Location"]) == (302, action.task.get_absolute_url())
    assert (action.task.title, action.task.officer, action.task.due_on) == ("公布名单", officer, action.due_on)
    assert action.task.reference in page(Client(), meeting.get_absolute_url())


def test_a_choice_that_is_no_number_of_an_answer_is_refused() -> None:
    keeper = make_moderator()
    meeting, (own, *_others) = live_meeting(keeper, 1)
    poll = open_poll(meeting, question="先修哪条路？", options="东路\n西路", acting_user=keeper)
    for choice in ("", "东", "9" * 5000):
        answer = signed_in(own.person).post(at("session_act", meeting, "vote"), {"poll": poll.row_id, "choice": choice})
        assert answer.status_code == 400
