"""What the e-mails say, to whom, how many, and that each is sent once."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta
from smtplib import SMTPDataError, SMTPServerDisconnected
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.core import mail
from django.core.mail.backends.locmem import EmailBackend
from django.test import Client
from django.utils import timezone

from participation.following.actions import announce, choose_cadence, mark_read, stop_mail
from participation.following.digests import send_left
from participation.following.kinds import Kind
from participation.following.letters import ATTEMPTS, send_letters
from participation.following.models import Letter, Notification
from participation.following.queries import cadences_of
from participation.stakeholders.models import User
from tests.factories import make_release, make_user
from tests.participation.following.mailbox import Committing, committed, mails_to, told

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def announce_to(user: User, about: Any = None) -> None:
    announce(Kind.DEADLINE, about or make_release(), to=user, words={"step": "near", "on": "2026-12-01"})


def states(user: User) -> list[str]:
    return list(Letter.objects.filter(recipient=user).order_by("pk").values_list("state", flat=True))


def test_a_letter_links_to_the_matter_in_the_recipients_language(
    django_capture_on_commit_callbacks: Committing, settings: Any
) -> None:
    settings.WAGTAILADMIN_BASE_URL = "https://budget.example.org"
    user, release = make_user(preferred_language="en"), make_release()
    with committed(django_capture_on_commit_callbacks):
        announce_to(user, release)
    [message] = mails_to(user)
    assert message.subject == "Gongzhi: Due on Dec. 1, 2026: Yunchuan 2025"
    assert f"https://budget.example.org/en/budget/releases/{release.row_id}/" in message.body
    [(html, kind)] = message.alternatives
    assert (kind, '<html lang="en">' in html, str(release.row_id) in html) == ("text/html", True, True)
    assert states(user) == ["sent"]


def test_a_letter_ends_by_one_click_without_signing_in(
    django_capture_on_commit_callbacks: Committing, client: Client
) -> None:
    user = make_user()
    with committed(django_capture_on_commit_callbacks):
        announce_to(user)
    headers = mails_to(user)[0].extra_headers
    assert headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    [address] = re.findall(r"^<http://127.0.0.1:8000(/\S+)>$", headers["List-Unsubscribe"])
    # A program that only opens the address changes nothing.
    assert (client.get(address).status_code, user.preferences.count()) == (200, 0)
    done = Client(enforce_csrf_checks=True).post(address, {"List-Unsubscribe": "One-Click"})
    assert (done.status_code, list(user.preferences.values_list("kind", "cadence"))) == (200, [("deadline", "here")])
    with committed(django_capture_on_commit_callbacks):
        announce_to(user)
    assert (len(mails_to(user)), len(told(user))) == (1, 2)


def unconfirmed(user: User) -> None:
    EmailAddress.objects.filter(user=user).update(verified=False)


def gone(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def has_read_it(user: User) -> None:
    mark_read(acting_user=user)


def unsubscribed(user: User) -> None:
    choose_cadence({Kind.DEADLINE: "here"}, acting_user=user)


@pytest.mark.parametrize("happens", [unconfirmed, gone, has_read_it, unsubscribed])
def test_a_letter_that_is_not_wanted_or_has_nothing_to_say_is_not_sent(happens: Callable[[User], None]) -> None:
    user = make_user()
    waiting = letter_to(user)
    happens(user)
    assert (send_letters.call([waiting]), states(user), mail.outbox) == (0, ["dropped"], [])


def letter_to(user: User, about: Any = None) -> int:
    """A letter that waits. Returns its primary key."""
    announcement = announce(Kind.DEADLINE, about or make_release(), to=user, words={"step": "near", "on": "2026-12-01"})
    assert announcement is not None
    Notification.objects.create(recipient=user, announcement=announcement, cadence="instantly")
    letter = Letter.objects.create(
        recipient=user, cadence="instantly", period=str(announcement.pk), announcement=announcement
    )
    return letter.pk


def test_nothing_is_sent_of_what_was_withdrawn_in_between() -> None:
    user, release = make_user(), make_release()
    waiting = letter_to(user, release)
    release.published_at = None
    release.save()
    assert (send_letters.call([waiting]), states(user)) == (0, ["dropped"])


def test_a_letter_is_sent_once_however_often_it_is_handed_out() -> None:
    user = make_user()
    waiting = letter_to(user)
    assert [send_letters.call([waiting, waiting]), send_letters.call([waiting])] == [1, 0]
    assert len(mails_to(user)) == 1


def test_a_process_that_ends_while_it_sends_leaves_a_letter_that_is_not_sent_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    user = make_user()
    waiting = letter_to(user)

    def ends(self: Any, messages: Any) -> int:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", ends)
        with pytest.raises(KeyboardInterrupt):
            send_letters.call([waiting])
    Letter.objects.update(created=timezone.now() - timedelta(hours=1))
    send_left()
    assert (states(user), mail.outbox) == (["sending"], [])


def failing(error: Exception) -> Callable[..., int]:
    def fails(self: Any, messages: Any) -> int:
        raise error

    return fails


def test_a_refused_letter_is_tried_again_with_growing_pauses(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user()
    waiting = letter_to(user)
    with monkeypatch.context() as patched:
        patched.setattr(EmailBackend, "send_messages", failing(SMTPDataError(451, b"try later")))
        pauses = []
        for _attempt in range(ATTEMPTS - 1):
            before = timezone.now()
            send_letters.call([waiting])
            letter = Letter.objects.get(pk=waiting)
            pauses.append(round((letter.try_after - before).total_seconds() / 60))
            assert send_letters.call([waiting]) == 0
            Letter.objects.update(try_after=timezone.now())
        assert (pauses, states(user)) == ([5, 10, 20, 40, 80], ["waiting"])
    Letter.objects.update(created=timezone.now() - timedelta(hours=1))
    send_left()
    assert (states(user), len(mails_to(user))) == (["sent"], 1)


def test_a_letter_that_is_always_refused_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user()
    waiting = letter_to(user)
    monkeypatch.setattr(EmailBackend, "send_messages", failing(SMTPDataError(550, b"no such mailbox")))
    for _attempt in range(ATTEMPTS):
        send_letters.call([waiting])
        Letter.objects.update(try_after=timezone.now())
    assert states(user) == ["failed"]


def test_a_letter_that_may_have_been_taken_is_not_sent_again(monkeypatch: pytest.MonkeyPatch) -> None:
    user = make_user()
    waiting = letter_to(user)
    monkeypatch.setattr(EmailBackend, "send_messages", failing(SMTPServerDisconnected("gone")))
    send_letters.call([waiting])
    assert states(user) == ["failed"]


def test_whoever_had_enough_letters_today_gets_the_rest_in_the_digest(settings: Any) -> None:
    settings.MAILS_PER_DAY = 4
    user, other = make_user(), make_user()
    waiting = [letter_to(user) for _number in range(3)]
    assert send_letters.call([*waiting, letter_to(other)]) == 3
    assert (states(user), states(other)) == (["sent", "sent", "postponed"], ["sent"])
    cadences = Notification.objects.filter(recipient=user).order_by("pk").values_list("cadence", flat=True)
    assert list(cadences) == ["instantly", "instantly", "daily"]


@pytest.mark.parametrize("scope", ["daily", "weekly", "all", "answered"])
def test_ending_mail_leaves_what_is_told_here(scope: str) -> None:
    user = make_user()
    choose_cadence({Kind.PAGE: "weekly", Kind.TASK: "never"}, acting_user=user)
    before = cadences_of(user)
    ended = stop_mail(scope, acting_user=user)
    after = cadences_of(user)
    assert {kind: after[kind] for kind in ended} == dict.fromkeys(ended, "here")
    assert {kind for kind in before if before[kind] != after[kind]} == set(ended)
    expected = {
        "daily": {kind for kind in before if before[kind] == "daily"},
        "weekly": {"page"},
        "all": {kind for kind in before if before[kind] not in ("here", "never")},
        "answered": {"answered"},
    }
    assert set(ended) == expected[scope]
