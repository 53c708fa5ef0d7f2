"""Decisions, action items, minutes and recordings of a meeting."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from functools import partial
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation.attachments import attachment_fields
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.following.telling import is_of_the_past
from participation.meetings.minutes.followup import task_opener
from participation.meetings.minutes.models import (
    ActionItem,
    MeetingMinutes,
    MeetingRecording,
    MinutesOpinion,
    Resolution,
)
from participation.meetings.minutes.queries import draft_text, judged
from participation.meetings.models import AgendaItem, Meeting
from participation.meetings.permissions import require_meeting_keeper, require_present
from participation.meetings.seats.models import MeetingRegistration
from participation.photos import without_metadata
from participation.stakeholders.models import User
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

MINUTES_MAX_CHARS = 40_000


def _taken_place(meeting: Meeting) -> Meeting:
    """Locked, live or held, with minutes that are not published yet: what is published stays as it is."""
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if locked.state not in ("live", "held"):
        raise Closed(_("The meeting has not taken place yet."))
    if MeetingMinutes.objects.filter(meeting=locked, published_at__isnull=False).exists():
        raise Closed(_("The minutes are published: what came of the meeting stands as it is."))
    return locked


def _check_item(item: AgendaItem | None, meeting: Meeting) -> None:
    if item is not None and item.meeting_id != meeting.pk:
        raise Invalid(_("That is not on the agenda of this meeting."), field="item")


@transaction.atomic
def record_resolution(meeting: Meeting, *, text: str, item: AgendaItem | None = None, acting_user: User) -> Resolution:
    keeper = require_meeting_keeper(acting_user, meeting)
    text = typed_text(text, field="text", limit=2000, missing=_("Please say what was decided."))
    locked = _taken_place(meeting)
    _check_item(item, locked)
    with acting(keeper):
        resolution = Resolution.objects.create(meeting=locked, item=item, text=text)
    told = {"meeting": str(locked.row_id)}
    append_leaf(LeafKind.MEETING_RESOLVED, resolution, public=told, committed={"text": text})
    return resolution


@transaction.atomic
def agree_action(
    meeting: Meeting,
    *,
    text: str,
    department: Department,
    due_on: date,
    item: AgendaItem | None = None,
    acting_user: User,
) -> ActionItem:
    """Write down who does what by when."""
    keeper = require_meeting_keeper(acting_user, meeting)
    text = typed_text(text, field="text", limit=200, missing=_("Please say what will be done."))
    locked = _taken_place(meeting)
    _check_item(item, locked)
    if due_on <= timezone.localdate(locked.opened_at):
        raise Invalid(_("The deadline has to lie after the meeting."), field="due_on")
    with acting(keeper):
        action = ActionItem.objects.create(meeting=locked, item=item, text=text, department=department, due_on=due_on)
    told = {
        "meeting": str(locked.row_id),
        "department": str(department.row_id),
        "due_on": due_on.isoformat(),
    }
    append_leaf(LeafKind.MEETING_ACTION_AGREED, action, public=told, committed={"text": text})
    return action


@transaction.atomic
def open_task_of_action(action: ActionItem, *, officer: User, acting_user: User) -> Any:
    """Make the action item a rectification task, with an officer of its department who answers for it.

    Raises ``Closed`` where no room that keeps tasks has registered how to open one.
    """
    keeper = require_meeting_keeper(acting_user, action.meeting)
    opener = task_opener()
    if opener is None:
        raise Closed(_("Tasks cannot be opened from a meeting here."))
    locked = ActionItem.objects.select_for_update(of=("self",)).get(pk=action.pk)
    if locked.task_id is not None:
        raise Conflict(_("This has become a task already."))
    if locked.meeting.state != "held":
        raise Closed(_("Tasks are opened once the meeting is closed."))
    task = opener(locked, officer, keeper)
    locked.task = task
    with acting(keeper):
        locked.save()
    told = {"meeting": str(locked.meeting.row_id), "task": str(task.row_id)}
    append_leaf(LeafKind.MEETING_ACTION_OPENED, locked, public=told, committed={})
    return task


# Minutes ---------------------------------------------------------------------------------------------------------


@transaction.atomic
def draft_minutes(meeting: Meeting, *, acting_user: User) -> MeetingMinutes:
    """Draft the minutes from agenda, notes, decisions and action items; or draft them anew as the next version."""
    keeper = require_meeting_keeper(acting_user, meeting)
    locked = _taken_place(meeting)
    if locked.state != "held":
        raise Closed(_("Minutes are drafted once the meeting is closed."))
    minutes = MeetingMinutes.objects.select_for_update().filter(meeting=locked).first()
    if minutes is None:
        minutes = MeetingMinutes(meeting=locked, drafted_by=keeper)
        return _write(minutes, draft_text(locked), keeper)
    return _rewrite(minutes, draft_text(locked), keeper)


@transaction.atomic
def change_minutes(minutes: MeetingMinutes, *, text: str, acting_user: User) -> MeetingMinutes:
    """Another text is another version. One that was put before the participants has to be put before them again."""
    keeper = require_meeting_keeper(acting_user, minutes.meeting)
    text = typed_text(text, field="text", limit=MINUTES_MAX_CHARS, missing=_("Please write the minutes."))
    _taken_place(minutes.meeting)
    return _rewrite(MeetingMinutes.objects.select_for_update().get(pk=minutes.pk), text, keeper)


def _rewrite(minutes: MeetingMinutes, text: str, keeper: User) -> MeetingMinutes:
    if text == minutes.text:
        return minutes
    minutes.version += 1
    minutes.proposed_at, minutes.answer_by = None, None
    return _write(minutes, text, keeper)


def _write(minutes: MeetingMinutes, text: str, keeper: User) -> MeetingMinutes:
    minutes.text = text
    with acting(keeper):
        minutes.save()
    append_leaf(LeafKind.MINUTES_DRAFTED, minutes, public={"version": minutes.version}, committed={"text": text})
    return minutes


@transaction.atomic
def propose_minutes(minutes: MeetingMinutes, *, answer_by: date, acting_user: User) -> MeetingMinutes:
    """Put the minutes before everybody who was there, who say until a day whether they stand by them."""
    keeper = require_meeting_keeper(acting_user, minutes.meeting)
    if answer_by <= timezone.localdate() and not is_of_the_past():
        raise Invalid(_("The day has to lie in the future."), field="answer_by")
    meeting = _taken_place(minutes.meeting)
    locked = MeetingMinutes.objects.select_for_update().get(pk=minutes.pk)
    if locked.proposed_at is not None:
        raise Conflict
    locked.proposed_at, locked.answer_by = timezone.now(), answer_by
    with acting(keeper):
        locked.save()
    told = {"version": locked.version, "answer_by": answer_by.isoformat()}
    append_leaf(LeafKind.MINUTES_PROPOSED, locked, public=told, committed={"text": locked.text})
    there = meeting.registrations.filter(attended_at__isnull=False).select_related("person")
    words = {"step": "minutes", "on": answer_by.isoformat()}
    announce(
        Kind.MEETING_PLACE,
        meeting,
        to=[registration.person for registration in there],
        words=words,
        key=f"minutes {locked.version}",
        acting_user=keeper,
    )
    return locked


@transaction.atomic
def judge_minutes(minutes: MeetingMinutes, *, agrees: bool, words: str = "", acting_user: User) -> MinutesOpinion:
    """Stand by the minutes, or say what is not right in them: that is published with them, without a name."""
    registration = require_present(acting_user, minutes.meeting)
    missing = None if agrees else _("Please say what is not right.")
    words = typed_text(words, field="words", limit=1000, missing=missing)
    locked = MeetingMinutes.objects.select_for_update().get(pk=minutes.pk)
    if locked.proposed_at is None or locked.published_at is not None:
        raise Closed(_("The minutes are not before the participants now."))
    if locked.opinions.filter(registration=registration, version=locked.version).exists():
        raise Conflict(_("You have said so already."))
    opinion = MinutesOpinion.objects.create(
        minutes=locked, registration=registration, version=locked.version, agrees=agrees, words=words
    )
    told = {
        "minutes": str(locked.row_id),
        "version": locked.version,
        "opinion": "agrees" if agrees else "objects",
    }
    append_leaf(LeafKind.MINUTES_JUDGED, opinion, public=told, committed={"words": words})
    return opinion


@transaction.atomic
def publish_minutes(minutes: MeetingMinutes, *, acting_user: User) -> MeetingMinutes:
    """Publish them, with what participants object to: when all have said, or when their time is over."""
    keeper = require_meeting_keeper(acting_user, minutes.meeting)
    meeting = _taken_place(minutes.meeting)
    locked = MeetingMinutes.objects.select_for_update().get(pk=minutes.pk)
    if locked.proposed_at is None or locked.answer_by is None:
        raise Closed(_("Put the minutes before the participants first."))
    if timezone.localdate() <= locked.answer_by and not judged(locked).is_complete:
        raise Closed(_("Participants may say until the day that they were given."))
    locked.published_at = timezone.now()
    with acting(keeper):
        locked.save()
    told = {"version": locked.version}
    append_leaf(LeafKind.MINUTES_PUBLISHED, locked, public=told, committed={"text": locked.text})
    matters = [record for record in (meeting.consultation, meeting.department) if record is not None]
    announce(Kind.MEETING, meeting, of=matters, words={"step": "published"}, acting_user=keeper)
    return locked


# Recordings ------------------------------------------------------------------------------------------------------


@transaction.atomic
def publish_recording(
    meeting: Meeting,
    *,
    kind: str,
    caption: str,
    shown: Sequence[MeetingRegistration],
    link: str = "",
    attachment: UploadedFile[Any] | None = None,
    acting_user: User,
) -> MeetingRecording:
    """Publish a photo, or the address of a recording. ``shown``: everybody of the participants who is seen or heard in
    it; each of them has consented, and takes it down by taking the consent back."""
    keeper = require_meeting_keeper(acting_user, meeting)
    caption = typed_text(caption, field="caption", limit=300, missing=_("Please say what it shows."))
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if locked.state not in ("live", "held"):
        raise Closed(_("The meeting has not taken place yet."))
    if any(registration.meeting_id != locked.pk for registration in shown):
        raise Invalid(field="shown")
    if not all(registration.may_record for registration in shown):
        raise NotAllowed(_("Somebody who is seen or heard in it has not consented. It cannot be published."))
    is_photo = kind == MeetingRecording.Kind.PHOTO
    if is_photo and attachment is None:
        raise Invalid(_("Please choose a file."), field="attachment")
    if not is_photo and not link:
        raise Invalid(_("Please give the address of the recording."), field="link")
    file = attachment_fields(without_metadata(attachment)) if is_photo and attachment is not None else {}
    with acting(keeper):
        recording = MeetingRecording.objects.create(
            meeting=locked,
            kind=MeetingRecording.Kind(kind),
            caption=caption,
            link="" if is_photo else link,
            published_by=keeper,
            **file,
        )
    recording.shown.set(shown)
    _record_recording(recording, "published")
    return recording


def _record_recording(recording: MeetingRecording, state: str) -> None:
    told = {
        "meeting": str(recording.meeting.row_id),
        "state": state,
        "attachment_sha256": recording.attachment_sha256 or None,
    }
    append_leaf(LeafKind.MEETING_RECORDING, recording, public=told, committed={})


@transaction.atomic
def withdraw_recording(recording: MeetingRecording, *, acting_user: User) -> MeetingRecording:
    """Take it down for good, and its file with it."""
    keeper = require_meeting_keeper(acting_user, recording.meeting)
    locked = MeetingRecording.objects.select_for_update(of=("self",)).get(pk=recording.pk)
    if locked.withdrawn_at is not None:
        raise Conflict
    locked.withdrawn_at = timezone.now()
    with acting(keeper):
        locked.save()
    _record_recording(locked, "withdrawn")
    if locked.attachment:
        transaction.on_commit(partial(locked.attachment.delete, save=False), robust=True)
    return locked
