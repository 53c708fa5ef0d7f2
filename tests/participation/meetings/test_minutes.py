"""What came of a meeting: decisions, action items, minutes that participants judge, recordings by consent."""

from __future__ import annotations

from datetime import timedelta
from io import BytesIO
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from participation.meetings.actions import add_agenda_item, change_agenda_item
from participation.meetings.minutes import followup
from participation.meetings.minutes.actions import (
    agree_action,
    change_minutes,
    draft_minutes,
    judge_minutes,
    open_task_of_action,
    propose_minutes,
    publish_minutes,
    publish_recording,
    record_resolution,
    withdraw_recording,
)
from participation.meetings.minutes.models import MeetingMinutes, MeetingRecording
from participation.meetings.minutes.queries import draft_text, judged
from participation.meetings.models import Meeting
from participation.meetings.seats.actions import change_registration
from participation.meetings.seats.models import MeetingRegistration
from participation.photos import without_metadata
from participation.stakeholders.models import User
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from tests.factories import make_department, make_meeting, make_moderator, make_officer, make_task, make_user
from tests.log_entries import entries
from tests.participation.meetings.people import held_meeting, live_meeting

pytestmark = [pytest.mark.django_db, pytest.mark.both]

Held = tuple[User, Meeting, list[MeetingRegistration]]


@pytest.fixture
def held() -> Held:
    keeper = make_moderator()
    meeting, there = held_meeting(keeper)
    return keeper, meeting, there


def soon(days: int = 5) -> Any:
    return timezone.localdate() + timedelta(days=days)


def proposed(held: Held) -> MeetingMinutes:
    keeper, meeting, _there = held
    return propose_minutes(draft_minutes(meeting, acting_user=keeper), answer_by=soon(), acting_user=keeper)


def over(minutes: MeetingMinutes) -> MeetingMinutes:
    """The time of the participants has passed."""
    MeetingMinutes.objects.filter(pk=minutes.pk).update(answer_by=timezone.localdate() - timedelta(days=1))
    minutes.refresh_from_db()
    return minutes


def test_minutes_are_drafted_from_agenda_notes_decisions_and_action_items() -> None:
    keeper = make_moderator()
    meeting, _there = live_meeting(keeper)
    item = add_agenda_item(meeting, title="电梯先后次序", acting_user=keeper)
    change_agenda_item(item, notes="居民希望先装高层。", acting_user=keeper)
    record_resolution(meeting, text="先装七层以上。", item=item, acting_user=keeper)
    agree_action(meeting, text="公布名单", department=make_department(name="住建局"), due_on=soon(), acting_user=keeper)
    text = draft_text(meeting)
    for part in ("1. 电梯先后次序", "居民希望先装高层。", "先装七层以上。", "公布名单", "住建局"):
        assert part in text
    assert text.index("先装七层以上。") < text.index("公布名单")


def test_nothing_comes_of_a_meeting_that_has_not_taken_place() -> None:
    keeper, meeting = make_moderator(), make_meeting()
    with pytest.raises(Closed):
        record_resolution(meeting, text="先装七层以上。", acting_user=keeper)
    with pytest.raises(Closed):
        draft_minutes(meeting, acting_user=keeper)


def test_participants_approve_and_objections_are_published_with_the_minutes(held: Held) -> None:
    keeper, meeting, there = held
    minutes = proposed(held)
    judge_minutes(minutes, agrees=True, acting_user=there[0].person)
    judge_minutes(minutes, agrees=False, words="第一项写反了。", acting_user=there[1].person)
    with pytest.raises(Closed):
        publish_minutes(minutes, acting_user=keeper)
    judge_minutes(minutes, agrees=True, acting_user=there[2].person)
    publish_minutes(minutes, acting_user=keeper)
    found = judged(minutes)
    assert (found.agreed, [one.words for one in found.objections], found.asked) == (2, ["第一项写反了。"], 3)
    assert [entry.kind for entry in entries(record_ref=minutes.row_id)] == [
        "minutes.drafted",
        "minutes.proposed",
        "minutes.published",
    ]
    assert MeetingMinutes.objects.visible_to(AnonymousUser()).get().meeting == meeting


def test_when_their_time_is_over_silence_does_not_hold_the_minutes_up(held: Held) -> None:
    minutes = publish_minutes(over(proposed(held)), acting_user=held[0])
    assert minutes.published_at is not None


def test_an_objection_has_words_and_each_speaks_once(held: Held) -> None:
    _keeper, _meeting, there = held
    minutes = proposed(held)
    with pytest.raises(Invalid):
        judge_minutes(minutes, agrees=False, acting_user=there[0].person)
    judge_minutes(minutes, agrees=True, acting_user=there[0].person)
    with pytest.raises(Conflict):
        judge_minutes(minutes, agrees=True, acting_user=there[0].person)
    with pytest.raises(NotAllowed):
        judge_minutes(minutes, agrees=True, acting_user=make_user())


def test_another_text_is_another_version_and_goes_before_the_participants_again(held: Held) -> None:
    keeper, _meeting, there = held
    minutes = proposed(held)
    judge_minutes(minutes, agrees=True, acting_user=there[0].person)
    changed = change_minutes(minutes, text="更正后的纪要。", acting_user=keeper)
    assert (changed.version, changed.proposed_at, judged(changed).agreed) == (2, None, 0)
    with pytest.raises(Closed):
        publish_minutes(changed, acting_user=keeper)


def test_published_minutes_and_what_they_tell_of_stay_as_they_are(held: Held) -> None:
    keeper, meeting, _there = held
    minutes = publish_minutes(over(proposed(held)), acting_user=keeper)
    with pytest.raises(Closed):
        change_minutes(minutes, text="改写。", acting_user=keeper)
    with pytest.raises(Closed):
        record_resolution(meeting, text="补记一条。", acting_user=keeper)


def test_drafts_are_for_those_who_keep_the_meeting_and_proposals_for_those_who_were_there(held: Held) -> None:
    keeper, meeting, there = held
    readers = (AnonymousUser(), make_user(), there[0].person, keeper)
    minutes = draft_minutes(meeting, acting_user=keeper)
    assert [MeetingMinutes.objects.visible_to(one).exists() for one in readers] == [False, False, False, True]
    propose_minutes(minutes, answer_by=soon(), acting_user=keeper)
    assert [MeetingMinutes.objects.visible_to(one).exists() for one in readers] == [False, False, True, True]


def test_an_action_item_becomes_a_task_by_the_room_that_keeps_tasks(held: Held, monkeypatch: Any) -> None:
    keeper, meeting, _there = held
    department = make_department()
    action = agree_action(meeting, text="公布名单", department=department, due_on=soon(), acting_user=keeper)
    officer = make_officer(department)
    monkeypatch.setattr(followup, "_openers", [])
    with pytest.raises(Closed):
        open_task_of_action(action, officer=officer, acting_user=keeper)
    followup.register_task_opener(lambda item, who, by: make_task(department=item.department, officer=who))
    task = open_task_of_action(action, officer=officer, acting_user=keeper)
    action.refresh_from_db()
    assert (action.task, task.meeting_action_item) == (task, action)
    with pytest.raises(Conflict):
        open_task_of_action(action, officer=officer, acting_user=keeper)


# Recordings ------------------------------------------------------------------------------------------------------


def photo(**exif: Any) -> SimpleUploadedFile:
    target = BytesIO()
    tags = Image.Exif()
    tags[0x010F] = "CameraMaker"
    Image.new("RGB", (40, 20), "red").save(target, "JPEG", exif=tags)
    return SimpleUploadedFile("IMG_0001.jpg", target.getvalue(), content_type="image/jpeg")


def test_a_photo_loses_what_the_camera_wrote_into_it() -> None:
    before = photo()
    assert b"CameraMaker" in before.read()
    before.seek(0)
    clean = without_metadata(before)
    assert (b"CameraMaker" in clean.read(), clean.name, Image.open(clean).size) == (False, "photo.jpg", (40, 20))


@pytest.mark.parametrize("content", [b"", b"%PDF-1.7", b"\xff\xd8\xffbroken"], ids=["empty", "pdf", "broken"])
def test_what_is_no_picture_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        without_metadata(SimpleUploadedFile("a.jpg", content))


def test_a_photo_is_published_with_the_consent_of_everybody_in_it_and_leaves_with_it(held: Held) -> None:
    keeper, meeting, there = held
    with pytest.raises(NotAllowed):
        publish_recording(
            meeting, kind="photo", caption="讨论", shown=there[:1], attachment=photo(), acting_user=keeper
        )
    consenting = change_registration(there[0], may_record=True, acting_user=there[0].person)
    recording = publish_recording(
        meeting, kind="photo", caption="讨论", shown=[consenting], attachment=photo(), acting_user=keeper
    )
    assert list(MeetingRecording.objects.visible_to(AnonymousUser())) == [recording]
    change_registration(consenting, may_record=False, acting_user=consenting.person)
    assert list(MeetingRecording.objects.visible_to(AnonymousUser())) == []


def test_a_withdrawn_recording_is_seen_by_nobody(held: Held) -> None:
    keeper, meeting, _there = held
    recording = publish_recording(
        meeting, kind="video", caption="全程", shown=[], link="https://example.org/v", acting_user=keeper
    )
    withdraw_recording(recording, acting_user=keeper)
    assert list(MeetingRecording.objects.visible_to(keeper)) == []


@pytest.mark.parametrize("kind", ["photo", "video"])
def test_a_recording_is_somewhere(kind: str, held: Held) -> None:
    keeper, meeting, _there = held
    with pytest.raises(Invalid):
        publish_recording(meeting, kind=kind, caption="讨论", shown=[], acting_user=keeper)
