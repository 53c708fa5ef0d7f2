"""Registering, waiting, and the lot that anybody can draw again."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from django.utils.translation import gettext as _

from cms.calendars.actions import enter_clock
from cms.calendars.clock_files import ClockDefinition
from participation.following.models import Announcement
from participation.meetings.actions import enter_meeting_rule, publish_material
from participation.meetings.models import Meeting
from participation.meetings.notices import remind_of_meetings, run_lots
from participation.meetings.seats.actions import (
    change_registration,
    close_list,
    draw_lot,
    register_for_meeting,
    withdraw_registration,
)
from participation.meetings.seats.models import MeetingLot, MeetingRegistration
from participation.meetings.seats.queries import counts_of, list_text, seat_of, seats_of, warnings_for
from participation.meetings.seats.rule_files import OWN, RuleDefinition, read_rules
from participation.stakeholders.models import Role, StakeholderGroup
from participation.stakeholders.queries import Standing
from participation.stakeholders.sides import Side
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from privacy.access.models import AccessEvent
from tests.factories import CITIZEN, make_consultation, make_meeting, make_moderator, make_officeholder, make_user
from tests.log_entries import entries
from tests.participation.meetings.people import end_registration, pdf, register, register_organisation

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def steps_told(meeting: Meeting) -> list[tuple[str, int]]:
    told = Announcement.objects.filter(kind="meeting_place", row_id=meeting.row_id).order_by("pk")
    return [(announcement.words["step"], len(announcement.people)) for announcement in told]


# Places --------------------------------------------------------------------------------------------------------


def test_who_comes_first_has_the_place_and_the_next_waits() -> None:
    meeting = make_meeting(places={"social_organisation": (1, False)})
    first, second = register_organisation(meeting), register_organisation(meeting)
    seats = seats_of(meeting)
    assert [(seats[one.pk].has_place, seats[one.pk].waits) for one in (first, second)] == [(True, False), (False, True)]
    assert steps_told(meeting) == [("place", 1), ("waiting", 1)]


def test_whoever_steps_back_leaves_the_place_to_the_next_who_is_told() -> None:
    meeting = make_meeting(places={"social_organisation": (1, False)})
    first, second = register_organisation(meeting), register_organisation(meeting)
    withdraw_registration(first, acting_user=first.person)
    assert (seat_of(first), seat_of(second).has_place) == (None, True)  # type: ignore[union-attr]
    assert steps_told(meeting)[-1] == ("place", 1)


def test_whoever_comes_again_stands_at_the_end_under_the_same_mark() -> None:
    meeting = make_meeting(places={"citizen": (1, False)})
    first, second = register(meeting), register(meeting)
    withdraw_registration(first, acting_user=first.person)
    again = register(meeting, first.person)
    assert (again.mark, seat_of(again).position, seat_of(second).position) == (first.mark, 2, 1)  # type: ignore[union-attr]


def test_nobody_registers_twice_or_for_a_side_without_places_or_late() -> None:
    meeting = make_meeting(places={"citizen": (1, False)})
    one = register(meeting)
    with pytest.raises(Conflict):
        register(meeting, one.person)
    with pytest.raises(NotAllowed):
        register_organisation(meeting)
    with pytest.raises(Closed):
        register(end_registration(meeting))


def test_without_a_confirmed_address_nobody_registers() -> None:
    with pytest.raises(NotAllowed):
        register(make_meeting(), make_user(verified=False))


def test_registering_for_the_meeting_of_a_consultation_takes_the_side_there() -> None:
    consultation = make_consultation()
    person = register(make_meeting(consultation=consultation)).person
    assert Side.objects.get(consultation=consultation, person=person).group == "citizen"


def test_numbers_below_five_are_not_told() -> None:
    meeting = make_meeting(places={"citizen": (2, False), "social_organisation": (2, False)})
    register(meeting)
    assert [(count.group, count.registered, count.is_full) for count in counts_of(meeting)] == [
        ("citizen", None, False),
        ("social_organisation", 0, False),
    ]


def test_a_registration_is_seen_by_its_person_and_those_who_keep_meetings() -> None:
    meeting = make_meeting()
    own = register(meeting)
    seen = [
        MeetingRegistration.objects.visible_to(user).filter(pk=own.pk).exists()
        for user in (own.person, make_user(), make_moderator(), make_officeholder(Role.EDITOR))
    ]
    assert seen == [True, False, True, False]


def test_consent_is_given_and_taken_back_by_oneself_alone() -> None:
    registration = register(make_meeting(), may_record=True)
    with pytest.raises(NotAllowed):
        change_registration(registration, may_record=True, acting_user=make_moderator())
    assert change_registration(registration, may_record=False, acting_user=registration.person).may_record is False


# The lot -------------------------------------------------------------------------------------------------------


def test_the_hash_is_in_the_log_before_anybody_registers_and_the_secret_after_the_list() -> None:
    meeting = make_meeting()
    for _number in range(5):
        register(meeting)
    close_list(end_registration(meeting), acting_user=None)
    lot = draw_lot(meeting, acting_user=None)
    kinds = [entry.kind for entry in entries(record_ref=lot.row_id)]
    assert kinds == ["meeting.lot_committed", "meeting.lot_closed", "meeting.lot_drawn"]
    assert hashlib.sha256(bytes.fromhex(lot.opened)).hexdigest() == lot.commitment


def test_that_the_secret_was_opened_and_what_for_is_on_record() -> None:
    meeting, keeper = make_meeting(), make_moderator()
    register(meeting)
    close_list(end_registration(meeting), acting_user=keeper)
    lot = draw_lot(meeting, acting_user=keeper)
    told = AccessEvent.objects.values_list("actor", "purpose", "record_ref", "fields")
    assert list(told) == [(keeper.pk, _("To draw the lot"), lot.row_id, ["secret"])]


def test_ten_lines_of_anybody_draw_the_same_people() -> None:
    meeting = make_meeting()
    for _number in range(6):
        register(meeting)
    register_organisation(meeting)
    close_list(end_registration(meeting), acting_user=None)
    lot = draw_lot(meeting, acting_user=None)

    published = list_text(lot.names)
    marks = [line.split()[1] for line in published.splitlines() if line.startswith("citizen ")]
    key = bytes.fromhex(lot.opened)
    expected = sorted(marks, key=lambda mark: hmac.new(key, mark.encode(), hashlib.sha256).digest())

    drawn = [seat for seat in seats_of(meeting).values() if seat.registration.group == "citizen"]
    assert [seat.registration.mark for seat in drawn] == expected
    assert [seat.has_place for seat in drawn] == [True] * 3 + [False] * 3
    assert hashlib.sha256(published.encode()).hexdigest() == lot.names_sha256
    # The organisation had its place by the hour; then those who were drawn, and those who wait.
    assert steps_told(meeting) == [("place", 1), ("place", 3), ("waiting", 3)]


def test_before_the_lot_nobody_of_that_side_has_a_place() -> None:
    meeting = make_meeting()
    seat = seat_of(register(meeting))
    assert seat is not None
    assert (seat.position, seat.has_place, seat.waits) == (None, False, False)


def test_the_lot_is_drawn_only_from_a_closed_list_and_only_once() -> None:
    meeting = make_meeting()
    with pytest.raises(Closed):
        close_list(meeting, acting_user=make_moderator())
    end_registration(meeting)
    with pytest.raises(Closed):
        draw_lot(meeting, acting_user=make_moderator())
    close_list(meeting, acting_user=make_moderator())
    draw_lot(meeting, acting_user=make_moderator())
    with pytest.raises(Conflict):
        draw_lot(meeting, acting_user=make_moderator())


def test_a_list_that_was_changed_after_it_was_closed_is_not_drawn_from() -> None:
    meeting = make_meeting()
    register(meeting)
    close_list(end_registration(meeting), acting_user=None)
    MeetingLot.objects.filter(meeting=meeting).update(names={"citizen": ["ZZZZZZZZ"]})
    with pytest.raises(Conflict):
        draw_lot(meeting, acting_user=None)
    assert MeetingLot.objects.get(meeting=meeting).opened == ""


def test_regular_work_closes_the_list_first_and_draws_the_next_time() -> None:
    meeting = end_registration(make_meeting())
    run_lots()
    lot = MeetingLot.objects.get(meeting=meeting)
    assert (lot.closed_at is not None, lot.drawn_at) == (True, None)
    run_lots()
    lot.refresh_from_db()
    assert lot.drawn_at is not None


def test_a_citizen_neither_closes_the_list_nor_draws() -> None:
    meeting = end_registration(make_meeting())
    for act in (close_list, draw_lot):
        with pytest.raises(NotAllowed):
            act(meeting, acting_user=make_user())


def test_without_places_by_lot_there_is_nothing_to_draw() -> None:
    meeting = end_registration(make_meeting(places={"citizen": (3, False)}))
    with pytest.raises(Invalid):
        close_list(meeting, acting_user=make_moderator())


# Rules and reminders -------------------------------------------------------------------------------------------


def deliberation(citizens: int, others: int) -> Meeting:
    return make_meeting(
        kind=Meeting.Kind.DELIBERATION, places={"citizen": (citizens, True), "research": (others, False)}
    )


@pytest.mark.parametrize(
    ("citizens", "others", "warned"),
    [(24, 8, 0), (25, 5, 0), (17, 3, 1), (23, 8, 1), (26, 4, 1), (86, 16, 1), (10, 10, 2)],
    ids=["75%", "83%", "too few", "below 75%", "above 85%", "too many", "too few, half drawn"],
)
def test_size_and_share_are_held_to_the_rule_of_the_day(citizens: int, others: int, warned: int) -> None:
    for definition in read_rules(OWN.read_bytes()):
        enter_meeting_rule(definition, acting_user=None)
    assert len(warnings_for(deliberation(citizens, others))) == warned


def test_before_a_rule_holds_nobody_is_warned() -> None:
    rule = RuleDefinition("deliberation", timezone.localdate() + timedelta(days=90), "标准", least_drawn=Decimal(1))
    enter_meeting_rule(rule, acting_user=None)
    assert warnings_for(deliberation(1, 1)) == []


def test_the_same_rule_is_entered_once_and_another_for_its_day_is_refused() -> None:
    rule = RuleDefinition("hearing", date(2026, 1, 1), "条例", least_people=10)
    assert enter_meeting_rule(rule, acting_user=None) == enter_meeting_rule(rule, acting_user=None)
    with pytest.raises(Conflict):
        enter_meeting_rule(RuleDefinition("hearing", date(2026, 1, 1), "条例", least_people=9), acting_user=None)


@pytest.mark.parametrize(("days", "warned"), [(8, 0), (7, 0), (6, 1)])
def test_material_published_later_than_the_rule_is_published_with_a_warning(days: int, warned: int) -> None:
    values = {"name": "送达材料", "starts_with": "会议日", "law": "条例", "article": "16", "kind": "calendar"}
    enter_clock(
        ClockDefinition(jurisdiction="CN", rule_id="C3", days=7, valid_from=date(2019, 9, 1), **values),  # type: ignore[arg-type]
        acting_user=None,
    )
    starts_at = timezone.now() + timedelta(days=days)
    meeting = make_meeting(starts_at=starts_at, ends_at=starts_at + timedelta(hours=1), registration_ends_at=starts_at)
    publish_material(meeting, title="草案", attachment=pdf(), acting_user=make_moderator())
    assert len(warnings_for(meeting)) == warned


def test_each_reminder_is_sent_once_to_those_who_have_a_place() -> None:
    starts_at = timezone.now() + timedelta(days=3)
    meeting = make_meeting(
        places={"citizen": (1, False)},
        starts_at=starts_at,
        ends_at=starts_at + timedelta(hours=1),
        registration_ends_at=starts_at,
    )
    register(meeting)
    register(meeting)
    remind_of_meetings()
    remind_of_meetings()
    assert steps_told(meeting)[2:] == [("reminder", 1)]


def test_a_standing_for_an_organisation_is_kept_with_the_registration() -> None:
    registration = register_organisation(make_meeting())
    assert (registration.group, registration.organisation is not None) == ("social_organisation", True)
    with pytest.raises(NotAllowed):
        register_for_meeting(
            make_meeting(places={"citizen": (1, False)}),
            standing=Standing(StakeholderGroup.ENTERPRISE),
            acting_user=make_user(),
        )
    assert CITIZEN.group == "citizen"
