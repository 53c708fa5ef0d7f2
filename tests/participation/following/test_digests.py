"""Daily and weekly digests: what is in them, when, and that nobody gets one twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.core.management import call_command
from django.utils import timezone

from participation.consultations.actions import hide_contribution
from participation.following.actions import announce, choose_cadence
from participation.following.digests import due_at, make_digests
from participation.following.kinds import Kind
from participation.following.letters import NAMED
from participation.following.models import Letter, Notification
from participation.stakeholders.models import User
from tests.factories import make_consultation, make_feedback, make_moderator, make_release, make_user
from tests.participation.following.mailbox import mails_to

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def tell_of(user: User, *records: Any, kind: str = Kind.FEEDBACK, cadence: str = "daily", days: float = 2) -> None:
    """``user`` was told of each some days ago, and wants it in a digest."""
    choose_cadence({kind: cadence}, acting_user=user)
    for record in records:
        announcement = announce(kind, record)
        created = timezone.now() - timedelta(days=days)
        Notification.objects.create(recipient=user, announcement=announcement, cadence=cadence, created=created)


@pytest.mark.parametrize(
    ("cadence", "now", "due"),
    [
        ("daily", datetime(2026, 11, 22, 0, 30, tzinfo=UTC), "2026-11-22 08:00"),
        ("daily", datetime(2026, 11, 21, 23, 30, tzinfo=UTC), "2026-11-21 08:00"),
        ("weekly", datetime(2026, 11, 22, 0, 30, tzinfo=UTC), "2026-11-16 08:00"),
        ("weekly", datetime(2026, 11, 23, 0, 0, tzinfo=UTC), "2026-11-23 08:00"),
        ("weekly", datetime(2026, 11, 22, 23, 0, tzinfo=UTC), "2026-11-16 08:00"),
    ],
    ids=["after eight", "before eight", "a Sunday", "Monday at eight", "Monday before eight"],
)
def test_digests_are_due_at_eight_local_time_each_day_or_each_monday(cadence: str, now: datetime, due: str) -> None:
    assert f"{timezone.localtime(due_at(cadence, now)):%Y-%m-%d %H:%M}" == due


def test_a_digest_names_everything_since_the_last_one() -> None:
    user, consultation = make_user(preferred_language="en"), make_consultation()
    said = [make_feedback(consultation) for _number in range(3)]
    tell_of(user, *said)
    assert make_digests() == 1
    [message] = mails_to(user)
    assert message.subject == "Gongzhi: 3 things that you follow"
    assert [feedback.reference in message.body for feedback in said] == [True, True, True]


def test_nobody_gets_the_digest_of_a_period_twice() -> None:
    user, other = make_user(), make_user()
    tell_of(user, make_feedback())
    assert [make_digests(), make_digests()] == [1, 0]
    # What comes after the digest waits for the next one, also if it is dated earlier.
    tell_of(user, make_feedback())
    tell_of(other, make_feedback())
    assert (make_digests(), len(mails_to(user)), len(mails_to(other))) == (1, 1, 1)
    assert (make_digests(timezone.now() + timedelta(days=1)), len(mails_to(user))) == (1, 2)


def test_a_crash_in_the_middle_sends_nobody_twice_and_the_others_still_get_theirs(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    people = [make_user() for _number in range(3)]
    for user in people:
        tell_of(user, make_feedback())
    real = EmailBackend.send_messages

    def ends_at_the_second(self: Any, messages: Any) -> int:
        if messages[0].to == [people[1].email]:
            raise KeyboardInterrupt
        return real(self, messages)

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", ends_at_the_second)
        with pytest.raises(KeyboardInterrupt):
            make_digests()
    assert [len(mails_to(user)) for user in people] == [1, 0, 0]
    Letter.objects.update(created=timezone.now() - timedelta(hours=1))
    call_command("send_digests", verbosity=0)
    call_command("send_digests", verbosity=0)
    assert [len(mails_to(user)) for user in people] == [1, 0, 1]


def test_what_was_hidden_between_event_and_digest_is_not_in_it() -> None:
    user = make_user()
    shown, hidden = make_feedback(), make_feedback()
    tell_of(user, shown, hidden)
    hide_contribution(hidden, rule=1, reason="离题", acting_user=make_moderator())
    make_digests()
    [message] = mails_to(user)
    everything = message.body + str(message.alternatives)
    assert (shown.reference in everything, hidden.reference in everything) == (True, False)
    assert str(hidden.row_id) not in everything


def test_a_digest_with_nothing_left_to_say_is_not_sent() -> None:
    user, release = make_user(), make_release()
    tell_of(user, release, kind=Kind.CORRECTION)
    release.published_at = None
    release.save()
    assert (make_digests(), mail.outbox) == (1, [])
    assert list(Letter.objects.values_list("state", flat=True)) == ["dropped"]


def test_a_weekly_digest_does_not_hold_what_is_told_daily() -> None:
    user = make_user(preferred_language="en")
    tell_of(user, make_feedback(), cadence="daily")
    tell_of(user, make_release(), kind=Kind.CORRECTION, cadence="weekly", days=9)
    assert make_digests() == 2
    daily, weekly = mails_to(user)
    assert [("New feedback" in each.body, "corrected version" in each.body) for each in (daily, weekly)] == [
        (True, False),
        (False, True),
    ]


def test_what_was_read_is_not_sent_again() -> None:
    user = make_user()
    tell_of(user, make_feedback())
    Notification.objects.update(read_at=timezone.now())
    assert (make_digests(), mail.outbox) == (0, [])


def test_a_long_digest_names_some_and_counts_the_others(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("participation.following.letters.NAMED", 2)
    user = make_user(preferred_language="en")
    tell_of(user, *[make_feedback() for _number in range(5)])
    make_digests()
    [message] = mails_to(user)
    assert ("3 more stand on the page" in message.body, message.body.count("* New feedback"), NAMED) == (True, 2, 50)
