"""Registering, stepping back, and the lot: the list is closed first, and the secret opened after that."""

from __future__ import annotations

import secrets

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_variables

from participation import drawing
from participation.following.actions import announce
from participation.following.kinds import Kind
from participation.following.telling import is_of_the_past
from participation.lot_secrets import opened_secret
from participation.meetings.live import tell_room
from participation.meetings.models import Meeting
from participation.meetings.permissions import require_meeting_keeper
from participation.meetings.seats.models import MeetingLot, MeetingRegistration
from participation.meetings.seats.queries import list_digest, seats_of
from participation.stakeholders.levels.queries import Level, require_level
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.permissions import require_confirmed
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import take_side
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from portal.ui.typed import typed_text
from privacy.history.actor import acting
from privacy.log.actions import append_leaf
from privacy.log.kinds import LeafKind

NEEDS_MAX_CHARS = 1000
# Without vowels, so that no mark is a word, and without what is read wrongly.
MARK_SIGNS = "BCDFGHJKLMNPQRSTVWXZ23456789"


def _new_mark() -> str:
    return "".join(secrets.choice(MARK_SIGNS) for _place in range(8))


def _record(registration: MeetingRegistration, state: str) -> None:
    told = {"meeting": str(registration.meeting.row_id), "state": state}
    append_leaf(LeafKind.MEETING_REGISTRATION_CHANGED, registration, public=told, committed={})


@sensitive_variables("needs")
@transaction.atomic
def register_for_meeting(
    meeting: Meeting, *, standing: Standing, needs: str = "", may_record: bool = False, acting_user: User
) -> MeetingRegistration:
    """Put one's name down for the places of one side. Whoever stepped back may come again, at the end of the line.

    ``needs``: what somebody needs in order to take part; sealed, for those who keep the meeting.
    """
    person = require_confirmed(acting_user)
    needs = typed_text(needs, field="needs", limit=NEEDS_MAX_CHARS)
    locked = Meeting.objects.select_for_update(of=("self",)).select_related("consultation").get(pk=meeting.pk)
    is_listed = MeetingLot.objects.filter(meeting=locked, closed_at__isnull=False).exists()
    if is_listed or not (locked.takes_registrations() or is_of_the_past()):
        raise Closed(_("Registration for this meeting is closed."))
    if not locked.places_of_groups.filter(group=standing.group).exists():
        raise NotAllowed(_("This meeting has no places for that side."))
    if locked.consultation is not None:
        if standing.group == StakeholderGroup.CITIZEN and locked.consultation.required_level > Level.EMAIL:
            require_level(person, Level(locked.consultation.required_level))
        take_side(person, locked.consultation, standing.group)
    found = locked.registrations.filter(person=person).first()
    if found is not None and found.withdrawn_at is None:
        raise Conflict(_("You are registered for this meeting already."))
    registration = found or MeetingRegistration(meeting=locked, person=person, mark=_new_mark())
    registration.group, registration.organisation = standing.group, standing.organisation
    registration.needs, registration.may_record = needs or None, may_record
    registration.created, registration.withdrawn_at = timezone.now(), None
    with acting(person):
        registration.save()
    append_leaf(
        LeafKind.MEETING_REGISTERED,
        registration,
        public={"meeting": str(locked.row_id), "stakeholder_group": registration.group},
        committed={"mark": registration.mark},
    )
    seat = seats_of(locked)[registration.pk]
    if seat.position is not None:
        _tell([registration], "place" if seat.has_place else "waiting", locked)
    return registration


@sensitive_variables("needs")
@transaction.atomic
def change_registration(
    registration: MeetingRegistration, *, needs: str | None = None, may_record: bool | None = None, acting_user: User
) -> MeetingRegistration:
    """Change what one needs, or give or take back the consent to being seen and heard in recordings, at any time."""
    locked = _own(registration, acting_user)
    if needs is not None:
        locked.needs = typed_text(needs, field="needs", limit=NEEDS_MAX_CHARS) or None
    if may_record is not None:
        locked.may_record = may_record
    with acting(acting_user):
        locked.save()
    _record(locked, "changed")
    return locked


def _own(registration: MeetingRegistration, acting_user: User) -> MeetingRegistration:
    locked = MeetingRegistration.objects.select_for_update(of=("self",)).get(pk=registration.pk)
    if locked.person_id != acting_user.pk:
        raise NotAllowed
    return locked


@transaction.atomic
def withdraw_registration(registration: MeetingRegistration, *, acting_user: User) -> MeetingRegistration:
    """Step back. The next one on the waiting list has the place, and is told."""
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=registration.meeting_id)
    locked = _own(registration, acting_user)
    if locked.withdrawn_at is not None or meeting.state != "coming":
        raise Conflict
    before = {pk for pk, seat in seats_of(meeting).items() if seat.has_place}
    locked.withdrawn_at = timezone.now()
    with acting(acting_user):
        locked.save()
    _record(locked, "withdrawn")
    after = [seat.registration for pk, seat in seats_of(meeting).items() if seat.has_place and pk not in before]
    _tell(after, "place", meeting)
    return locked


def _tell(registrations: list[MeetingRegistration], step: str, meeting: Meeting) -> None:
    people = [registration.person for registration in registrations]
    if people:
        announce(Kind.MEETING_PLACE, meeting, to=people, words={"step": step})


# The lot --------------------------------------------------------------------------------------------------------


def _lot_of(meeting: Meeting) -> MeetingLot:
    lot: MeetingLot | None = MeetingLot.objects.select_for_update().filter(meeting=meeting).first()
    if lot is None:
        raise Invalid(_("No place in this meeting is drawn by lot."))
    return lot


@transaction.atomic
def close_list(meeting: Meeting, *, acting_user: User | None) -> MeetingLot:
    """Take no more names, and publish the list of marks with its digest. ``acting_user`` None: regular work."""
    if acting_user is not None:
        require_meeting_keeper(acting_user, meeting)
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    lot = _lot_of(locked)
    if lot.closed_at is not None or locked.state != "coming":
        raise Conflict(_("The list is closed already."))
    if timezone.now() < locked.registration_ends_at:
        raise Closed(_("The list is closed when registration has ended."))
    by_lot = locked.places_of_groups.filter(by_lot=True).values_list("group", flat=True)
    names: dict[str, list[str]] = {group: [] for group in by_lot}
    for registration in locked.registrations.standing().filter(group__in=names):
        names[registration.group].append(registration.mark)
    lot.names = {group: sorted(marks) for group, marks in names.items()}
    lot.names_sha256, lot.closed_at = list_digest(lot.names), timezone.now()
    with acting(acting_user):
        lot.save()
    told = {"names": sum(map(len, names.values())), "names_sha256": lot.names_sha256}
    append_leaf(LeafKind.MEETING_LOT_CLOSED, lot, public=told, committed={})
    return lot


def _lot_to_draw(meeting: Meeting) -> MeetingLot:
    """The lot, locked. Raises unless it may be drawn now."""
    locked = Meeting.objects.select_for_update(of=("self",)).get(pk=meeting.pk)
    lot = _lot_of(locked)
    if lot.closed_at is None:
        raise Closed(_("The list has to be closed and published before the lot is drawn."))
    if lot.drawn_at is not None or locked.state != "coming":
        raise Conflict(_("The lot has been drawn already."))
    lot.meeting = locked
    return lot


@sensitive_variables("secret")
def draw_lot(meeting: Meeting, *, acting_user: User | None) -> MeetingLot:
    """Open the secret and draw: the first of each side have its places, the others wait in the order of the lot.

    That the secret was opened is on record first. ``acting_user`` None: regular work.
    """
    if acting_user is not None:
        require_meeting_keeper(acting_user, meeting)
    with transaction.atomic():
        lot = _lot_to_draw(meeting)
    return _draw(meeting, opened_secret(lot, "secret", acting_user=acting_user), acting_user)


@sensitive_variables("secret")
@transaction.atomic
def _draw(meeting: Meeting, secret: bytes, acting_user: User | None) -> MeetingLot:
    lot = _lot_to_draw(meeting)
    if not drawing.is_opened_by(lot.commitment, secret) or list_digest(lot.names) != lot.names_sha256:
        raise Conflict(_("Secret or list are not what was committed to. Nothing was drawn."))
    for marks in lot.names.values():
        for rank, mark in enumerate(drawing.draw(secret, marks, len(marks)), 1):
            # Follows from what is published, and is no record of its own.
            MeetingRegistration.objects.filter(meeting=lot.meeting, mark=mark).update(rank=rank)
    lot.opened, lot.secret, lot.drawn_at = secret.hex(), None, timezone.now()
    with acting(acting_user):
        lot.save()
    told = {"secret": lot.opened, "names_sha256": lot.names_sha256}
    append_leaf(LeafKind.MEETING_LOT_DRAWN, lot, public=told, committed={})
    drawn = [seat for seat in seats_of(lot.meeting).values() if seat.registration.group in lot.names]
    _tell([seat.registration for seat in drawn if seat.has_place], "place", lot.meeting)
    _tell([seat.registration for seat in drawn if seat.waits], "waiting", lot.meeting)
    return lot


@transaction.atomic
def check_in(registration: MeetingRegistration, *, acting_user: User) -> MeetingRegistration:
    """Note that somebody has come. Who waits for a place may come in where one stays empty."""
    require_meeting_keeper(acting_user, registration.meeting)
    meeting = Meeting.objects.select_for_update(of=("self",)).get(pk=registration.meeting_id)
    if meeting.state != "live":
        raise Closed(_("People are checked in while the meeting goes on."))
    locked = MeetingRegistration.objects.select_for_update(of=("self",)).get(pk=registration.pk)
    if locked.attended_at is not None or locked.withdrawn_at is not None:
        raise Conflict
    locked.attended_at = timezone.now()
    with acting(acting_user):
        locked.save()
    _record(locked, "attended")
    tell_room(meeting)
    return locked
