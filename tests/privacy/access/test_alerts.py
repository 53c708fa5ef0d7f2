"""Who opens more than their office should need raises an alert, once an hour, that somebody else looks into."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.db import connection

from participation.stakeholders.models import Role
from privacy.access.actions import acknowledge_alert
from privacy.access.alerts import threshold_of, watch
from privacy.access.errors import AlreadyAcknowledged, ReasonRequired
from privacy.access.models import AccessAlert, AccessEvent
from privacy.access.recording import reading
from privacy.history.queries import history_of
from privacy.log.kinds import LeafKind
from tests.factories import make_moderator, make_officeholder, make_user
from tests.log_entries import entries
from tests.specimens.models import Dossier

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def _few(settings: Any) -> None:
    settings.SEALED_READS_PER_HOUR = {"default": 1, "moderator": 3}


def read(reader: Any, count: int) -> None:
    made = [Dossier.objects.create(note=str(number)) for number in range(count)]
    with reading(purpose="going through them", acting_user=reader):
        for dossier in Dossier.objects.filter(pk__in=[one.pk for one in made]):
            assert dossier.note


@pytest.fixture
def moderator() -> Any:
    return make_moderator()


@pytest.fixture
def auditor() -> Any:
    return make_officeholder(Role.AUDITOR)


@pytest.fixture
def privacy_officer() -> Any:
    return make_officeholder(Role.PRIVACY)


@pytest.fixture
def alert(moderator: Any, django_capture_on_commit_callbacks: Any) -> AccessAlert:
    with django_capture_on_commit_callbacks(execute=True):
        read(moderator, 4)
    return AccessAlert.objects.get()


def test_the_office_that_allows_most_counts() -> None:
    assert [threshold_of(roles) for roles in [(), ("moderator",), ("editor",), ("editor", "moderator")]] == [1, 3, 1, 3]


def test_as_many_as_the_office_needs_raise_nothing(moderator: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        read(moderator, 3)
    assert not AccessAlert.objects.exists()


def test_one_more_raises_an_alert(alert: AccessAlert, moderator: Any) -> None:
    assert (alert.actor, alert.actor_roles, alert.record_count, alert.threshold, alert.state) == (
        moderator,
        ["moderator"],
        4,
        3,
        "open",
    )
    assert (alert.window_start.minute, alert.window_start.second) == (0, 0)


def test_reading_one_record_often_raises_nothing(moderator: Any, django_capture_on_commit_callbacks: Any) -> None:
    dossier = Dossier.objects.create(note="1")
    with django_capture_on_commit_callbacks(execute=True):
        for _ in range(5):
            with reading(purpose="again", acting_user=moderator):
                assert Dossier.objects.get(pk=dossier.pk).note
    assert AccessEvent.objects.count() == 5
    assert not AccessAlert.objects.exists()


def test_it_is_raised_once_an_hour(alert: AccessAlert, moderator: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        read(moderator, 4)
    assert AccessAlert.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_many_that_notice_at_once_raise_one(moderator: Any) -> None:
    made = [Dossier.objects.create(note=str(number)) for number in range(4)]
    AccessEvent.objects.bulk_create(
        AccessEvent(
            actor=moderator,
            purpose="x",
            record_label="specimens.dossier",
            record_ref=dossier.row_id,
            subject_ref=dossier.about,
            fields=["note"],
        )
        for dossier in made
    )
    failures: list[BaseException] = []

    def notice() -> None:
        try:
            watch(moderator)
        except BaseException as error:
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=notice) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    assert AccessAlert.objects.count() == 1


def test_administrators_are_told_by_mail_and_the_mail_names_nobody(
    moderator: Any, django_capture_on_commit_callbacks: Any
) -> None:
    administrator = make_user(is_superuser=True)
    with django_capture_on_commit_callbacks(execute=True):
        read(moderator, 4)
    [message] = mail.outbox
    alert = AccessAlert.objects.get()
    assert message.to == [administrator.email]
    assert f"/readings/alerts/{alert.row_id}/" in message.body
    assert moderator.display_name not in message.body
    assert moderator.email not in message.body


def test_the_log_tells_how_many_and_names_nobody(alert: AccessAlert, moderator: Any) -> None:
    [entry] = entries(kind=LeafKind.ALERT_RAISED)
    assert entry.record_ref == alert.row_id
    assert str(moderator.row_id) not in entry.leaf


def test_a_privacy_officer_acknowledges_it_with_a_reason(alert: AccessAlert, privacy_officer: Any) -> None:
    acknowledge_alert(alert, reason=" yearly clean-up, agreed ", acting_user=privacy_officer)
    alert.refresh_from_db()
    found = (alert.state, alert.acknowledged_by, alert.reason)
    assert found == ("acknowledged", privacy_officer, "yearly clean-up, agreed")
    assert alert.acknowledged_at is not None
    newest = history_of(alert)[0]
    assert (newest.who, newest.reason) == (privacy_officer.display_name, "yearly clean-up, agreed")
    assert len(entries(kind=LeafKind.ALERT_ACKNOWLEDGED)) == 1


def test_without_a_reason_it_stays_open(alert: AccessAlert, privacy_officer: Any) -> None:
    with pytest.raises(ReasonRequired):
        acknowledge_alert(alert, reason=" ", acting_user=privacy_officer)


def test_it_is_acknowledged_once(alert: AccessAlert, privacy_officer: Any) -> None:
    acknowledge_alert(alert, reason="fine", acting_user=privacy_officer)
    with pytest.raises(AlreadyAcknowledged):
        acknowledge_alert(alert, reason="not fine", acting_user=make_officeholder(Role.PRIVACY))


def test_nobody_acknowledges_an_alert_about_themselves(
    privacy_officer: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        read(privacy_officer, 2)
    with pytest.raises(PermissionDenied):
        acknowledge_alert(AccessAlert.objects.get(), reason="it was me", acting_user=privacy_officer)


@pytest.mark.parametrize("role", ["citizen", "moderator", "auditor"])
def test_who_only_reads_it_or_does_not_acknowledges_nothing(alert: AccessAlert, role: str) -> None:
    somebody = make_user() if role == "citizen" else make_officeholder(Role(role))
    with pytest.raises(PermissionDenied):
        acknowledge_alert(alert, reason="fine", acting_user=somebody)
