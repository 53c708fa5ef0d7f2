"""An incident goes its way by one table, and every step of it has a leaf."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise
from typing import Any

import pytest
from django.core.exceptions import PermissionDenied
from django.utils import timezone

from participation.stakeholders.models import Role, User
from privacy.incidents.actions import (
    add_lesson,
    add_note,
    change_facts,
    finish_lesson,
    move_incident,
    open_incident,
    tick_step,
)
from privacy.incidents.errors import NotNow, Refused
from privacy.incidents.models import Incident, IncidentStep
from privacy.incidents.transitions import TRANSITIONS, WAY
from privacy.log.models import AppendOnlyError
from tests.factories import make_officeholder, make_user
from tests.log_entries import entries
from tests.privacy.incidents.conftest import Open, faults_of_this_room

pytestmark = pytest.mark.django_db


def kinds(incident: Incident) -> list[str]:
    return list(incident.steps.values_list("kind", flat=True))


def test_opening_starts_the_timeline_and_leaves_a_leaf_that_does_not_tell_the_kind(opened: Open) -> None:
    incident = opened()
    (leaf,) = entries(kind="incident.opened")
    assert (kinds(incident), incident.state) == (["opened"], "detected")
    assert "leaked_export" not in leaf.leaf


def test_guards_are_told_of_a_new_incident_without_a_word_of_what_happened(
    opened: Open, guard: User, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        incident = opened()
    (letter,) = mailoutbox
    assert letter.to == [guard.email]
    assert str(incident.row_id) in letter.body
    assert incident.what_happened not in letter.body


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.MODERATOR])
def test_only_who_answers_for_privacy_opens_one(role: Role | None) -> None:
    person = make_officeholder(role) if role else make_user()
    with pytest.raises(PermissionDenied):
        open_incident(
            kind="lost_device", what_happened="x", aware_at=timezone.now(), jurisdiction="CN", acting_user=person
        )


@pytest.mark.parametrize("given", [{"aware_at": timezone.now() + timedelta(days=9999)}, {"what_happened": " "}])
def test_an_incident_of_tomorrow_or_without_words_is_refused(opened: Open, given: dict[str, Any]) -> None:
    with pytest.raises(Refused):
        opened(**given)


def test_the_table_leads_from_the_first_state_to_the_last_and_every_false_alarm_can_be_closed() -> None:
    steps = [(transition.start, transition.end) for transition in TRANSITIONS]
    assert all(pair in steps for pair in pairwise(WAY))
    assert [start for start, end in steps if end == "closed"] == ["detected", "triaged", "reviewed"]


def test_a_state_cannot_be_skipped(opened: Open, guard: User) -> None:
    with pytest.raises(NotNow):
        move_incident(opened(), to="contained", words="快", acting_user=guard)


def test_what_is_missing_is_named(opened: Open, guard: User) -> None:
    with pytest.raises(NotNow) as refused:
        move_incident(opened(), to="triaged", words="属实", acting_user=guard)
    assert str(refused.value)


def test_a_false_alarm_is_closed_with_its_reason_and_then_nothing_changes(opened: Open, guard: User) -> None:
    incident = move_incident(opened(), to="closed", words="测试机", acting_user=guard)
    assert (incident.state, incident.notified_at) == ("closed", None)
    with pytest.raises(NotNow):
        add_note(incident, words="再说", acting_user=guard)


def test_the_scope_being_known_does_not_mean_that_everybody_has_been_told(assessed: Incident, guard: User) -> None:
    with pytest.raises(NotNow):
        move_incident(assessed, to="notified", words="好了", acting_user=guard)


def test_reasons_take_the_place_of_telling_and_then_nobody_counts_as_told(assessed: Incident, guard: User) -> None:
    change_facts(
        assessed,
        people_not_told_because="文件已加密，密钥未泄露。",
        authority_not_told_because="未达到报告标准。",
        reason="法务意见",
        acting_user=guard,
    )
    assert move_incident(assessed, to="notified", words="不需通知", acting_user=guard).notified_at is None


def test_a_span_that_ends_before_it_begins_is_refused(opened: Open, guard: User) -> None:
    now = timezone.now()
    with pytest.raises(Refused) as refused:
        change_facts(opened(), occurred_from=now, occurred_until=now - timedelta(1), reason="x", acting_user=guard)
    assert refused.value.field == "occurred_until"


def test_a_step_of_the_run_book_is_ticked_once(opened: Open, guard: User) -> None:
    incident = opened()
    tick_step(incident, key="freeze", acting_user=guard)
    with pytest.raises(NotNow):
        tick_step(incident, key="freeze", acting_user=guard)
    with pytest.raises(Refused):
        tick_step(incident, key="nothing", acting_user=guard)


def test_a_task_outlives_its_incident(opened: Open, guard: User) -> None:
    incident = opened()
    lesson = add_lesson(
        incident, text="导出改为两人批准", responsible="数据科", due_on=timezone.localdate(), acting_user=guard
    )
    move_incident(incident, to="closed", words="误报", acting_user=guard)
    assert finish_lesson(lesson, result="已上线", acting_user=guard).done_at
    with pytest.raises(NotNow):
        finish_lesson(lesson, result="又一次", acting_user=guard)


def test_the_timeline_is_never_shortened(opened: Open) -> None:
    with pytest.raises(AppendOnlyError):
        opened().steps.get().delete()
    with pytest.raises(AppendOnlyError):
        IncidentStep.objects.all().delete()


@pytest.mark.both
def test_the_log_holds_after_the_whole_way(assessed: Incident) -> None:
    assert faults_of_this_room() == []
    assert len(entries(kind="incident.step")) == assessed.steps.count()
