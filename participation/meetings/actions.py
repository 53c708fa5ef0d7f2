"""Convening meetings: series, dates, places of the sides, agenda, material."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cms.budget.models import Department
from participation import drawing
from participation.attachments import attachment_fields
from participation.consultations.models import Consultation
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.following.telling import is_of_the_past
from participation.meetings.models import (
    MATTERS,
    AgendaItem,
    Meeting,
    MeetingMaterial,
    MeetingPlaces,
    MeetingSeries,
)
from participation.meetings.permissions import require_convener, require_convener_for, require_meeting_keeper
from participation.meetings.seats.models import MeetingLot, MeetingRule
from participation.meetings.seats.queries import placed, seats_of
from participation.meetings.seats.rule_files import RuleDefinition, says_the_same
from participation.stakeholders.models import StakeholderGroup, User
from portal.errors import Closed, Conflict, Invalid
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.canonical import canonical
from privacy.log.kinds import LeafKind

# Stakeholder group -> number of places, and whether they are drawn by lot.
Places = Mapping[str, tuple[int, bool]]
TEXTS = ("title", "purpose", "scope")
# What can be changed later, beside the dates.
CHANGEABLE = (
    *("place", "place_en", "access", "access_en", "online_link", "stream_link", "turn_seconds"),
    *("starts_at", "ends_at", "registration_ends_at"),
)


@transaction.atomic
def start_series(
    *,
    title: str,
    purpose: str,
    title_en: str = "",
    purpose_en: str = "",
    department: Department | None = None,
    acting_user: User,
) -> MeetingSeries:
    require_convener(acting_user, department)
    title = typed_text(title, field="title", limit=200, missing=_("Please give it a title."))
    purpose = typed_text(purpose, field="purpose", limit=2000, missing=_("Please say what it is for."))
    with acting(acting_user):
        series = MeetingSeries.objects.create(
            title=title,
            title_en=title_en,
            purpose=purpose,
            purpose_en=purpose_en,
            department=department,
            started_by=acting_user,
        )
    append_leaf(LeafKind.MEETING_SERIES_STARTED, series, public={}, committed={"title": title, "purpose": purpose})
    return series


@transaction.atomic
def convene_meeting(
    *,
    kind: str,
    title: str,
    purpose: str,
    scope: str,
    starts_at: datetime,
    ends_at: datetime,
    registration_ends_at: datetime,
    places: Places,
    series: MeetingSeries | None = None,
    consultation: Consultation | None = None,
    department: Department | None = None,
    details: Mapping[str, Any] | None = None,
    acting_user: User,
) -> Meeting:
    """Convene a meeting; it is public at once. Where a group is drawn by lot, the secret is made and committed to now,
    before anybody can register.

    ``details``: values of the other fields that can be changed later, and of the ``_en`` twins.
    """
    require_convener(acting_user, department)
    if series is not None and series.department_id is not None:
        require_convener(acting_user, series.department)
    if consultation is not None:
        require_convener_for(acting_user, consultation)
    texts = {
        name: typed_text(text, field=name, limit=limit, missing=_("Please fill this in."))
        for name, text, limit in (("title", title, 200), ("purpose", purpose, 2000), ("scope", scope, 2000))
    }
    _check_dates(starts_at, ends_at, registration_ends_at)
    _check_places(places)
    meeting = Meeting(
        series=series,
        consultation=consultation,
        department=department,
        kind=Meeting.Kind(kind),
        starts_at=starts_at,
        ends_at=ends_at,
        registration_ends_at=registration_ends_at,
        convened_by=acting_user,
        **texts,
        **(details or {}),
    )
    _check_place(meeting)
    with acting(acting_user):
        meeting.save()
    MeetingPlaces.objects.bulk_create(
        MeetingPlaces(meeting=meeting, group=group, places=number, by_lot=by_lot)
        for group, (number, by_lot) in places.items()
        if number
    )
    append_leaf(
        LeafKind.MEETING_CONVENED,
        meeting,
        public={
            "series": str(series.row_id) if series else None,
            "consultation": str(consultation.row_id) if consultation else None,
            "meeting_kind": meeting.kind,
            **_dates_told(meeting),
        },
        committed=texts,
    )
    if any(by_lot and number for number, by_lot in places.values()):
        _commit_to_lot(meeting, acting_user)
    matters = [record for record in (consultation, department) if record is not None]
    announce(Kind.MEETING, meeting, of=matters, words={"step": "convened"}, acting_user=acting_user)
    return meeting


def _commit_to_lot(meeting: Meeting, acting_user: User) -> None:
    secret = drawing.new_secret()
    with acting(acting_user):
        lot = MeetingLot.objects.create(meeting=meeting, commitment=drawing.commit(secret), secret=secret.hex())
    told = {"meeting": str(meeting.row_id), "commitment": lot.commitment}
    append_leaf(LeafKind.MEETING_LOT_COMMITTED, lot, public=told, committed={})


def _check_dates(starts_at: datetime, ends_at: datetime, registration_ends_at: datetime) -> None:
    if starts_at <= timezone.now() and not is_of_the_past():
        raise Invalid(_("The meeting has to begin in the future."), field="starts_at")
    if ends_at <= starts_at:
        raise Invalid(_("The meeting has to end after it begins."), field="ends_at")
    if registration_ends_at > starts_at:
        raise Invalid(_("Registration ends before the meeting begins."), field="registration_ends_at")


def _check_places(places: Places) -> None:
    unknown = set(places) - set(StakeholderGroup.values)
    if unknown or not any(number for number, _by_lot in places.values()):
        raise Invalid(_("Please give at least one side a place."), field="places")


def _check_place(meeting: Meeting) -> None:
    if not meeting.place and not meeting.online_link:
        raise Invalid(_("Please say where it is, or give an address for taking part online."), field="place")


def _dates_told(meeting: Meeting) -> dict[str, Any]:
    return {
        "starts_at": meeting.starts_at.isoformat(),
        "ends_at": meeting.ends_at.isoformat(),
        "registration_ends_at": meeting.registration_ends_at.isoformat(),
        "places": [[row.group, row.places, "lot" if row.by_lot else "order"] for row in meeting.places_of_groups.all()],
    }


def _locked(meeting: Meeting, *states: str) -> Meeting:
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    if locked.state not in states:
        raise Conflict(_("The meeting is now: %(state)s. That does not fit it.") % {"state": locked.state_label})
    return locked


@transaction.atomic
def change_meeting(
    meeting: Meeting,
    *,
    reason: str,
    changes: Mapping[str, Any],
    places: Mapping[str, int] | None = None,
    acting_user: User,
) -> Meeting:
    """Change time, place or number of places, with a published reason. ``changes``: of ``CHANGEABLE``.

    How a side gets its places, by lot or by the hour, was said when people registered and stays.
    """
    keeper = require_meeting_keeper(acting_user, meeting)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    locked = _locked(meeting, "coming")
    for name, value in changes.items():
        if name not in CHANGEABLE:
            raise ValueError(name)
        setattr(locked, name, value)
    _check_dates(locked.starts_at, locked.ends_at, locked.registration_ends_at)
    lot = MeetingLot.objects.filter(meeting=locked).first()
    if lot is not None and lot.closed_at is not None and "registration_ends_at" in changes:
        raise Closed(_("The list of the lot is closed: registration cannot be opened again."))
    _check_place(locked)
    had_place = {registration.pk for registration in placed(locked)}
    for row in locked.places_of_groups.all():
        number = (places or {}).get(row.group)
        if number is not None:
            MeetingPlaces.objects.filter(pk=row.pk).update(places=number)
    with acting(keeper, reason=reason):
        locked.save()
    append_leaf(LeafKind.MEETING_CHANGED, locked, public=_dates_told(locked), committed={"reason": reason})
    people = [registration.person for registration in locked.registrations.standing().select_related("person")]
    announce(Kind.MEETING_PLACE, locked, to=people, words={"step": "changed"}, acting_user=keeper)
    announce(Kind.MEETING, locked, words={"step": "changed"}, acting_user=keeper)
    _tell_of_places(locked, had_place, keeper)
    return locked


def _tell_of_places(meeting: Meeting, had_place: set[int], keeper: User) -> None:
    """Who has a place now and had none before, and the other way round."""
    seats = seats_of(meeting).values()
    gained = [seat.registration.person for seat in seats if seat.has_place and seat.registration.pk not in had_place]
    lost = [seat.registration.person for seat in seats if seat.waits and seat.registration.pk in had_place]
    for step, people in (("place", gained), ("waiting", lost)):
        if people:
            announce(Kind.MEETING_PLACE, meeting, to=people, words={"step": step}, acting_user=keeper)


@transaction.atomic
def cancel_meeting(meeting: Meeting, *, reason: str, acting_user: User) -> Meeting:
    keeper = require_meeting_keeper(acting_user, meeting)
    reason = typed_text(reason, field="reason", limit=1000, missing=_("Please give the reason."))
    locked = _locked(meeting, "coming")
    locked.cancelled_at, locked.cancel_reason = timezone.now(), reason
    with acting(keeper, reason=reason):
        locked.save()
    append_leaf(LeafKind.MEETING_CANCELLED, locked, public={}, committed={"reason": reason})
    people = [registration.person for registration in locked.registrations.standing().select_related("person")]
    announce(Kind.MEETING_PLACE, locked, to=people, words={"step": "cancelled"}, acting_user=keeper)
    announce(Kind.MEETING, locked, words={"step": "cancelled"}, acting_user=keeper)
    return locked


@transaction.atomic
def add_agenda_item(
    meeting: Meeting,
    *,
    title: str,
    title_en: str = "",
    minutes: int = 15,
    matter: Any = None,
    acting_user: User,
) -> AgendaItem:
    """Put something on the agenda, at its end. ``matter``: a line, programme, evaluation or task that it is about."""
    keeper = require_meeting_keeper(acting_user, meeting)
    title = typed_text(title, field="title", limit=200, missing=_("Please give it a title."))
    if not 1 <= minutes <= 480:
        raise Invalid(_("Please give it between 1 and 480 minutes."), field="minutes")
    locked = _locked(meeting, "coming", "live")
    last = locked.agenda.order_by("-number").first()
    item = AgendaItem(
        meeting=locked, number=last.number + 1 if last else 1, title=title, title_en=title_en, minutes=minutes
    )
    if matter is not None:
        setattr(item, _field_of(matter), matter)
    return _record_item(item, keeper)


def _field_of(matter: Any) -> str:
    for name in MATTERS:
        if isinstance(matter, AgendaItem._meta.get_field(name).related_model):  # type: ignore[arg-type]
            return name
    raise ValueError(f"no item of an agenda is about {matter._meta.label}")


@transaction.atomic
def change_agenda_item(
    item: AgendaItem, *, title: str | None = None, notes: str | None = None, acting_user: User
) -> AgendaItem:
    """Change the title before the meeting, or write down what was said in it."""
    keeper = require_meeting_keeper(acting_user, item.meeting)
    meeting = _locked(item.meeting, "coming", "live", "held")
    locked = AgendaItem.objects.select_for_update(of=("self",)).get(pk=item.pk)
    if title is not None and meeting.state == "coming":
        locked.title = typed_text(title, field="title", limit=200, missing=_("Please give it a title."))
    if notes is not None:
        if meeting.state == "coming":
            raise Closed(_("What was said is written down once the meeting is open."))
        locked.notes = typed_text(notes, field="notes", limit=8000)
    return _record_item(locked, keeper)


def _record_item(item: AgendaItem, keeper: User) -> AgendaItem:
    with acting(keeper):
        item.save()
    told = {"meeting": str(item.meeting.row_id), "number": item.number}
    append_leaf(LeafKind.MEETING_AGENDA, item, public=told, committed={"title": item.title})
    return item


@transaction.atomic
def publish_material(
    meeting: Meeting, *, title: str, title_en: str = "", attachment: UploadedFile[Any] | None, acting_user: User
) -> MeetingMaterial:
    """Publish something to be read. Later than the rule allows is still better than never: the page says so."""
    keeper = require_meeting_keeper(acting_user, meeting)
    title = typed_text(title, field="title", limit=200, missing=_("Please give it a title."))
    if attachment is None:
        raise Invalid(_("Please choose a file."), field="attachment")
    locked = _locked(meeting, "coming", "live", "held")
    with acting(keeper):
        material = MeetingMaterial.objects.create(
            meeting=locked, title=title, title_en=title_en, published_by=keeper, **attachment_fields(attachment)
        )
    told = {"meeting": str(locked.row_id), "attachment_sha256": material.attachment_sha256}
    append_leaf(LeafKind.MEETING_MATERIAL, material, public=told, committed={"title": title})
    people = [registration.person for registration in placed(locked)]
    announce(Kind.MEETING, locked, to=people, words={"step": "material"}, acting_user=keeper)
    return material


@transaction.atomic
def enter_meeting_rule(definition: RuleDefinition, *, acting_user: User | None) -> MeetingRule:
    """Enter a rule by command. Entered again it changes nothing; other words for the same day are refused."""
    found = MeetingRule.objects.filter(kind=definition.kind, valid_from=definition.valid_from).first()
    if found is not None:
        if not says_the_same(found, definition):
            raise Conflict(_("There is another rule for this kind of meeting and day."))
        return found
    with acting(acting_user):
        rule = MeetingRule.objects.create(**vars(definition))
    words = canonical({name: str(value) for name, value in vars(definition).items()})
    told = {"meeting_kind": rule.kind, "valid_from": rule.valid_from.isoformat()}
    append_leaf(LeafKind.MEETING_RULE_ENTERED, rule, public=told, committed={"rule": words})
    return rule
