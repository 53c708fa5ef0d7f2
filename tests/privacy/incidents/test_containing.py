"""Measures do what they say; in an exercise they only say it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.test import Client
from django.urls import reverse

from participation.stakeholders.erased import end_account
from participation.stakeholders.models import User
from participation.stakeholders.permissions import require_writing
from portal.errors import Closed
from privacy.incidents.containing import contain_incident, exports_are_stopped, is_read_only, lift_containment
from privacy.incidents.errors import NotNow, Refused
from privacy.rights.exporting.freezing import exports_are_frozen
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey
from privacy.sealing.ring import active_key
from tests.factories import make_user
from tests.privacy.incidents.conftest import Open

pytestmark = pytest.mark.django_db


@pytest.fixture
def take(opened: Open, guard: User) -> Callable[..., Any]:
    def take_one(action: str, *people: User, is_exercise: bool = False) -> Any:
        return contain_incident(
            opened(is_exercise=is_exercise),
            action=action,
            subjects=[person.row_id for person in people],
            reason="必须马上停止",
            acting_user=guard,
        )

    return take_one


def sign_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_signing_out_ends_the_sessions_of_those_who_are_named(take: Any) -> None:
    one, other = make_user(), make_user()
    sign_in(one), sign_in(other)
    assert take("end_sessions", one).count == 1
    assert Session.objects.count() == 1


def test_signing_everybody_out_leaves_whoever_does_it(take: Any, guard: User) -> None:
    sign_in(make_user()), sign_in(make_user())
    client = sign_in(guard)
    assert take("end_sessions").count == 2
    assert client.get(reverse("privacy:incidents:desk")).status_code == 200


def test_a_locked_account_is_opened_again_when_the_measure_ends(take: Any, guard: User) -> None:
    person, asleep = make_user(), make_user(is_active=False)
    measure = take("lock_accounts", person, asleep)
    person.refresh_from_db()
    assert (person.is_active, measure.count) == (False, 1)
    lift_containment(measure, reason="已换密码", acting_user=guard)
    person.refresh_from_db()
    asleep.refresh_from_db()
    assert (person.is_active, asleep.is_active) == (True, False)


def test_an_account_that_was_erased_meanwhile_stays_shut(take: Any, guard: User) -> None:
    person = make_user()
    measure = take("lock_accounts", person)
    end_account(person.sealing_subject())
    lift_containment(measure, reason="已换密码", acting_user=guard)
    person.refresh_from_db()
    assert person.is_active is False


def test_nobody_locks_everybody_or_themselves_out(take: Any, guard: User) -> None:
    for people in ((), (guard,)):
        with pytest.raises(Refused):
            take("lock_accounts", *people)


def test_retired_keys_seal_no_more(take: Any) -> None:
    person, other = make_user(), make_user()
    key, kept = (active_key(Subject("person", one.row_id)) for one in (person, other))
    assert take("retire_keys", person).count == 1
    states = dict(DataKey.objects.filter(pk__in=[key.pk, kept.pk]).values_list("pk", "state"))
    assert (states[key.pk], states[kept.pk]) == ("retired", "active")


def test_the_key_encryption_key_is_changed_in_the_settings_first(take: Any) -> None:
    active_key(Subject("person", make_user().row_id))
    with pytest.raises(Refused, match="GONGZHI_KEK_PREVIOUS"):
        take("rotate_kek")


@pytest.mark.parametrize(("action", "holds"), [("freeze_exports", exports_are_stopped), ("read_only", is_read_only)])
def test_a_lasting_measure_holds_until_it_is_ended(
    take: Any, guard: User, action: str, holds: Callable[[], bool], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        measure = take(action)
    assert holds()
    with pytest.raises(NotNow):
        take(action)
    with django_capture_on_commit_callbacks(execute=True):
        lift_containment(measure, reason="已排除", acting_user=guard)
    assert not holds()


def test_an_exercise_stops_nothing_and_nobody(take: Any, django_capture_on_commit_callbacks: Any) -> None:
    person = make_user()
    with django_capture_on_commit_callbacks(execute=True):
        for action in ("read_only", "freeze_exports", "lock_accounts"):
            take(action, person, is_exercise=True)
    person.refresh_from_db()
    assert (is_read_only(), exports_are_stopped(), person.is_active) == (False, False, True)


def test_in_read_only_mode_pages_are_read_and_nothing_is_taken(
    take: Any, guard: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        measure = take("read_only")
    client = sign_in(guard)
    refused = client.post(reverse("participation:stakeholders:profile"), {"display_name": "新名"})
    assert (refused.status_code, refused["Retry-After"]) == (503, "600")
    assert client.get(reverse("charter")).status_code == 200
    asked = client.post("/api/v1/nothing", headers={"accept": "application/json"})
    assert asked.status_code == 404
    lifted = client.post(
        reverse("privacy:incidents:act", args=[measure.incident.row_id, "lift"]),
        {"ref": measure.row_id, "reason": "已排除"},
    )
    assert lifted.status_code == 302


def test_stopping_exports_reaches_the_room_that_makes_them(take: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        take("freeze_exports")
    assert exports_are_frozen()


def test_what_comes_by_a_socket_is_refused_in_read_only_mode(
    take: Any, django_capture_on_commit_callbacks: Any
) -> None:
    require_writing()
    with django_capture_on_commit_callbacks(execute=True):
        take("read_only")
    with pytest.raises(Closed):
        require_writing()
