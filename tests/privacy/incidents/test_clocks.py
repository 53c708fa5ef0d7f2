"""Clocks run from the moment somebody was aware, by the rules of that day, and warn at 50, 80 and 100 %."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from participation.stakeholders.models import User
from privacy.incidents.actions import change_facts, move_incident
from privacy.incidents.clocks import AUTHORITY, PEOPLE, clocks_of, look_after_clocks
from privacy.incidents.errors import NotNow
from privacy.incidents.models import AffectedPerson, Incident
from privacy.incidents.reporting import draft_report, hand_in_report
from tests.privacy.incidents.conftest import Open

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


def states(incident: Incident) -> dict[str, str]:
    return {clock.kind: clock.state for clock in clocks_of(incident)}


def test_the_clocks_are_those_of_the_jurisdiction(opened: Open) -> None:
    assert [clock.kind for clock in clocks_of(opened(jurisdiction="CN-33"))] == [
        "incident/authority",
        "incident/people",
        "incident/final-report",
    ]
    assert clocks_of(opened(jurisdiction="US")) == []


@pytest.mark.parametrize(("hours", "state"), [(1, "running"), (3.3, "near"), (5, "late")])
def test_what_a_clock_says(opened: Open, hours: float, state: str) -> None:
    incident = opened(aware_at=timezone.now() - timedelta(hours=hours))
    assert states(incident)[AUTHORITY] == state


def test_handing_in_a_report_stops_the_clock_and_its_moment_counts(opened: Open, guard: User) -> None:
    incident = opened(aware_at=timezone.now() - timedelta(hours=5))
    report = draft_report(incident, kind="first", authority="云川市网信办", acting_user=guard)
    hand_in_report(report, handed_in_at=incident.aware_at + timedelta(hours=2), acting_user=guard)
    clock = clocks_of(incident)[0]
    assert (clock.state, clock.percent) == ("met", 50)


def test_a_reason_for_not_telling_stops_the_clock(opened: Open, guard: User) -> None:
    incident = change_facts(opened(), people_not_told_because="无人受影响", reason="已查", acting_user=guard)
    assert states(incident)[PEOPLE] == "waived"


def test_each_share_is_warned_of_once_and_only_the_last_one_that_passed(
    opened: Open, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    incident = opened(aware_at=timezone.now() - timedelta(hours=3.3))
    with django_capture_on_commit_callbacks(execute=True):
        assert [look_after_clocks(), look_after_clocks()] == [1, 0]
    assert list(incident.steps.filter(kind="clock").values_list("what", flat=True)) == ["incident/authority:80"]
    assert len(mailoutbox) == 1


def test_people_who_are_not_told_yet_keep_their_clock_running(assessed: Incident) -> None:
    assert states(assessed)[PEOPLE] == "running"


def test_where_nobody_could_be_reached_nobody_was_told(assessed: Incident, guard: User) -> None:
    report = draft_report(assessed, kind="first", authority="云川市网信办", acting_user=guard)
    hand_in_report(report, handed_in_at=timezone.now(), acting_user=guard)
    assessed.affected.update(notice=AffectedPerson.Notice.FAILED, told_at=timezone.now())
    assert states(assessed)[PEOPLE] == "running"
    with pytest.raises(NotNow):
        move_incident(assessed, to="notified", words="都通知了", acting_user=guard)


def test_nobody_is_warned_of_what_is_closed(opened: Open, guard: User) -> None:
    move_incident(opened(aware_at=timezone.now() - timedelta(hours=9)), to="closed", words="误报", acting_user=guard)
    assert look_after_clocks() == 0
