"""One announcement reaches everybody whom it concerns, once, and nobody else."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.consultations.actions import hide_contribution
from participation.following import telling
from participation.following.actions import announce, choose_cadence
from participation.following.kinds import DEFAULTS, SENTENCES, WORDS, Kind
from participation.following.models import Announcement, Follow, Notification
from participation.following.telling import tell, tell_interrupted
from tests.factories import (
    make_case,
    make_consultation,
    make_feedback,
    make_line,
    make_moderator,
    make_release,
    make_user,
)
from tests.participation.following.mailbox import Committing, committed, mails_to, make_follower, told

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_every_kind_has_words_and_a_default() -> None:
    assert {kind for kind, _step in SENTENCES} == set(DEFAULTS) == set(Kind.values)


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("gossip", {}),
        (Kind.TASK, {}),
        (Kind.TASK, {"step": "abandoned"}),
        (Kind.FEEDBACK, {"body": "what somebody wrote"}),
    ],
    ids=["unknown kind", "without a step", "unknown step", "other words"],
)
def test_what_is_outside_the_vocabulary_is_refused(kind: str, words: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="no words for"):
        announce(kind, make_release(), words=words)
    assert {"step", "on", "title", "title_en"} == WORDS


def test_nobody_is_ever_told_of_a_confidential_report() -> None:
    with pytest.raises(ValueError, match="nobody is told about"):
        announce(Kind.FEEDBACK, make_case(), to=make_user())
    assert Announcement.objects.count() == 0


def test_told_are_followers_of_the_record_and_of_what_it_is_about_and_those_addressed(
    django_capture_on_commit_callbacks: Committing,
) -> None:
    line = make_line()
    consultation = make_consultation(release=line.release)
    of_line, of_consultation, of_all = (
        make_follower(line),
        make_follower(consultation),
        make_follower(line, consultation),
    )
    addressed, stranger = make_user(), make_follower(make_release())
    with committed(django_capture_on_commit_callbacks):
        announce(Kind.CONSULTATION_OUTCOME, consultation, to=addressed, of=[line])
    people = (of_line, of_consultation, of_all, addressed, stranger)
    assert [len(told(user)) for user in people] == [1, 1, 1, 1, 0]


def test_who_did_it_is_not_told(django_capture_on_commit_callbacks: Committing) -> None:
    release = make_release()
    actor = make_follower(release)
    with committed(django_capture_on_commit_callbacks):
        announce(Kind.CORRECTION, release, to=actor, acting_user=actor)
    assert told(actor) == []


def test_nothing_is_told_of_what_was_not_committed(django_capture_on_commit_callbacks: Committing) -> None:
    release = make_release()
    follower = make_follower(release)
    with django_capture_on_commit_callbacks() as waiting:
        announce(Kind.CORRECTION, release)
        assert told(follower) == []
    assert len(waiting) == 1


def test_followers_are_told_nothing_of_a_draft(django_capture_on_commit_callbacks: Committing) -> None:
    release, draft = make_release(), make_release(published=False)
    follower = make_follower(release)
    with committed(django_capture_on_commit_callbacks):
        announce(Kind.CORRECTION, draft, of=[release])
    assert told(follower) == []


def test_followers_are_told_nothing_of_what_is_hidden_but_its_author_is(
    django_capture_on_commit_callbacks: Committing,
) -> None:
    author = make_user()
    feedback = make_feedback(acting_user=author)
    follower = make_follower(feedback)
    with committed(django_capture_on_commit_callbacks):
        hide_contribution(feedback, rule=1, reason="离题", acting_user=make_moderator())
        announce(Kind.MODERATED, feedback, to=author, words={"step": "hidden"})
    assert (told(author), told(follower)) == ([("moderated", "hidden")], [])


def test_who_wants_nothing_of_a_kind_is_not_told(django_capture_on_commit_callbacks: Committing) -> None:
    release = make_release()
    follower = make_follower(release)
    choose_cadence({Kind.CORRECTION: "never"}, acting_user=follower)
    with committed(django_capture_on_commit_callbacks):
        announce(Kind.CORRECTION, release)
    assert told(follower) == []


def test_the_same_key_is_announced_once() -> None:
    release = make_release()
    first = announce(Kind.CORRECTION, release, key="v2")
    assert (first is None, announce(Kind.CORRECTION, release, key="v2")) == (False, None)
    assert announce(Kind.PAGE, release, key="v2") is not None


def test_an_interrupted_telling_goes_on_and_tells_nobody_twice(
    monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Committing
) -> None:
    release = make_release()
    followers = [make_follower(release) for _number in range(5)]
    monkeypatch.setattr(telling, "BATCH", 2)
    real, done = telling._tell_batch, []

    def ends_after_one(*arguments: Any) -> None:
        if done:
            raise KeyboardInterrupt
        done.append(real(*arguments))

    announcement = announce(Kind.CORRECTION, release)
    monkeypatch.setattr(telling, "_tell_batch", ends_after_one)
    assert announcement is not None
    with pytest.raises(KeyboardInterrupt):
        tell.call(announcement.pk)
    assert Notification.objects.count() == 2
    monkeypatch.setattr(telling, "_tell_batch", real)
    Announcement.objects.update(created="2026-01-01T00:00Z")
    with committed(django_capture_on_commit_callbacks):
        tell_interrupted()
    tell_interrupted()
    assert [told(user) for user in followers] == [[("correction", "")]] * 5


def test_a_sentence_is_in_the_readers_language_and_names_nobody(
    django_capture_on_commit_callbacks: Committing,
) -> None:
    consultation = make_consultation()
    english = make_follower(consultation, preferred_language="en")
    with committed(django_capture_on_commit_callbacks):
        choose_cadence({Kind.FEEDBACK: "instantly"}, acting_user=english)
        feedback = make_feedback(
            consultation, acting_user=make_user(display_name="林晓"), is_anonymous=True, body="秘密的话"
        )
    [message] = mails_to(english)
    title = f"{feedback.reference} · How to renew old housing estates"
    assert message.subject == f"Gongzhi: New feedback: {title}"
    everything = message.subject + message.body + str(message.alternatives)
    assert [word for word in ("林晓", "秘密的话") if word in everything] == []


@pytest.mark.parametrize("count", [1, 30])
def test_telling_takes_the_same_queries_for_one_and_for_thirty(count: int) -> None:
    release = make_release()
    for _number in range(count):
        make_follower(release)
    announcement = announce(Kind.CORRECTION, release)
    assert announcement is not None
    with CaptureQueriesContext(connection) as queries:
        tell.call(announcement.pk)
    assert (len(queries), Notification.objects.count(), Follow.objects.count()) == (TELLING, count, count)


# Announcement, visibility, two looks for followers, active people, preferences, two inserts and the savepoint around
# them, letters, done.
TELLING = 11
