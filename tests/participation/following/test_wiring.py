"""What happens in the other rooms is told to whom it concerns."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from uuid import uuid4

import pytest
from django.utils import timezone

from cms.budget.publication import followers
from participation.consultations.actions import accept_contribution
from participation.consultations.models import Consultation
from participation.consultations.notices import announce_dates
from participation.discussion.actions import post_message
from participation.discussion.models import Event
from participation.discussion.notices import announce_message
from participation.following.models import Announcement
from participation.following.published import announce_correction
from participation.moderation.actions import hide_item, show_item
from participation.rectification.actions import accept_task, post_progress, submit_task, verify_task
from participation.rectification.models import RectificationTask
from participation.rectification.notices import announce_deadlines
from tests.factories import (
    CITIZEN,
    make_answer,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_house_rule,
    make_line,
    make_moderator,
    make_release,
    make_task,
    make_user,
)
from tests.participation.following.mailbox import Committing, committed, make_follower, sentences, told

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("of", ["consultation", "line", "programme", "department", "release"])
def test_new_feedback_is_told_to_who_follows_what_it_is_about(
    of: str, django_capture_on_commit_callbacks: Committing
) -> None:
    line = make_line()
    consultation = make_consultation(release=line.release)
    matters = {"consultation": consultation, "line": line, "release": line.release}
    follower = make_follower(matters.get(of) or getattr(line, of))
    with committed(django_capture_on_commit_callbacks):
        make_feedback(consultation, line=line)
    assert told(follower) == [("feedback", "")]


def test_a_new_evaluation_is_told(django_capture_on_commit_callbacks: Committing) -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    follower = make_follower(line.programme)
    with committed(django_capture_on_commit_callbacks):
        make_evaluation(consultation, programme=line.programme)
    assert told(follower) == [("evaluation", "")]


def test_an_author_is_told_what_a_moderator_decides(django_capture_on_commit_callbacks: Committing) -> None:
    author, moderator = make_user(), make_moderator()
    feedback = make_feedback(acting_user=author)
    with committed(django_capture_on_commit_callbacks):
        accept_contribution(feedback, acting_user=moderator)
        hide_item(feedback, rule=make_house_rule(), reason="离题", acting_user=moderator)
        show_item(feedback, reason="误会", acting_user=moderator)
    assert told(author) == [("moderated", "accepted"), ("moderated", "hidden"), ("moderated", "restored")]


def test_an_answer_is_told_to_the_author(django_capture_on_commit_callbacks: Committing) -> None:
    author = make_user()
    feedback = make_feedback(acting_user=author)
    with committed(django_capture_on_commit_callbacks):
        make_answer(feedback=[feedback])
    assert ("answered", "") in told(author)


def test_each_step_of_a_task_is_told_to_whose_words_led_to_it(django_capture_on_commit_callbacks: Committing) -> None:
    author = make_user()
    feedback = make_feedback(acting_user=author)
    answer = make_answer(feedback=[feedback])
    with committed(django_capture_on_commit_callbacks):
        task = make_task(answer)
        accept_task(task, acting_user=task.officer)
        post_progress(task, text="已重新招标。", acting_user=task.officer)
        submit_task(task, acting_user=task.officer)
        verify_task(task, outcome="returned", reason="还没有。", acting_user=make_moderator())
    steps = ["opened", "accepted", "progress", "submitted", "returned"]
    assert [step for kind, step in told(author) if kind == "task"] == steps
    # The officer is told of what others did.
    assert told(task.officer) == [("task", "opened"), ("task", "returned")]


def test_who_is_named_or_answered_in_a_discussion_is_told(django_capture_on_commit_callbacks: Committing) -> None:
    consultation = make_consultation()
    named, answered, silent = (
        make_user(display_name="林晓"),
        make_user(display_name="王静"),
        make_user(display_name="赵敏"),
    )
    said = [
        post_message(consultation, body="钱去哪了？", client_id=uuid4(), standing=CITIZEN, acting_user=user)[0]
        for user in (named, answered)
    ]
    with committed(django_capture_on_commit_callbacks):
        post_message(
            consultation,
            body="@林晓 @王静 @赵敏 看附表。",
            client_id=uuid4(),
            standing=CITIZEN,
            acting_user=make_user(),
            reply_to=said[1].seq,
        )
    assert (told(named), told(answered), told(silent)) == ([("reply", "named")], [("reply", "")], [])
    assert [sentence.endswith("老旧小区改造怎么花") for sentence in sentences(answered)] == [True]


def test_a_message_that_is_held_names_nobody_until_it_is_shown(django_capture_on_commit_callbacks: Committing) -> None:
    consultation, named = make_consultation(), make_user(display_name="林晓")
    post_message(consultation, body="钱去哪了？", client_id=uuid4(), standing=CITIZEN, acting_user=named)
    message, _is_known = post_message(
        consultation, body="@林晓 看附表。", client_id=uuid4(), standing=CITIZEN, acting_user=make_user()
    )
    Announcement.objects.all().delete()
    Event.objects.filter(pk=message.pk).update(is_hidden=True, is_held=True)
    message.refresh_from_db()
    with committed(django_capture_on_commit_callbacks):
        announce_message(message)
    assert told(named) == []
    with committed(django_capture_on_commit_callbacks):
        show_item(message, reason="", acting_user=make_moderator())
    assert told(named) == [("reply", "named")]


def test_a_correction_is_told_to_who_follows_the_earlier_version_or_a_line_of_it(
    django_capture_on_commit_callbacks: Committing,
) -> None:
    first = make_release()
    of_release, of_line = make_follower(first), make_follower(make_line(first))
    with committed(django_capture_on_commit_callbacks):
        announce_correction(make_release(government=first.government))
    assert (told(of_release), told(of_line)) == ([("correction", "")], [("correction", "")])
    assert announce_correction in followers


def test_the_first_version_corrects_nothing() -> None:
    announce_correction(make_release())
    assert Announcement.objects.count() == 0


def opens_now(consultation: Consultation) -> None:
    consultation.stages.filter(kind="open").update(starts_at=timezone.now() - timedelta(hours=1))


def closes_soon(consultation: Consultation) -> None:
    now = timezone.now()
    consultation.stages.filter(kind="open").update(starts_at=now - timedelta(days=9), ends_at=now + timedelta(days=2))


def runs(consultation: Consultation) -> None:
    now = timezone.now()
    consultation.stages.filter(kind="open").update(starts_at=now - timedelta(days=9), ends_at=now + timedelta(days=9))


@pytest.mark.parametrize(
    ("stands", "kinds"),
    [(opens_now, ["consultation_opened"]), (closes_soon, ["consultation_closing"]), (runs, [])],
    ids=["opens now", "closes soon", "runs"],
)
def test_the_dates_of_a_consultation_are_told_once(
    stands: Callable[[Consultation], None], kinds: list[str], django_capture_on_commit_callbacks: Committing
) -> None:
    consultation = make_consultation()
    stands(consultation)
    follower = make_follower(consultation.release)
    for _time in range(2):
        with committed(django_capture_on_commit_callbacks):
            announce_dates()
    assert [kind for kind, _step in told(follower)] == kinds


@pytest.mark.parametrize(("days", "steps"), [(3, ["near"]), (-1, ["passed"]), (30, []), (-30, [])])
def test_an_officer_is_reminded_of_a_deadline_once(
    days: int, steps: list[str], django_capture_on_commit_callbacks: Committing
) -> None:
    task = make_task()
    RectificationTask.objects.update(due_on=timezone.localdate() + timedelta(days=days))
    for _time in range(2):
        with committed(django_capture_on_commit_callbacks):
            announce_deadlines()
    assert [step for kind, step in told(task.officer) if kind == "deadline"] == steps
