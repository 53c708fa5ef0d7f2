"""Who may follow what, and that nobody else learns of it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from participation.consultations.actions import hide_contribution
from participation.consultations.models import Consultation
from participation.following.actions import follow, unfollow
from participation.following.models import Follow
from participation.following.subjects import FOLLOWABLE, name_of, subject_of
from participation.stakeholders.models import User
from portal.errors import NotFound, SignInRequired
from tests.factories import (
    PASSWORD,
    make_answer,
    make_case,
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_line,
    make_meeting,
    make_moderator,
    make_programme,
    make_release,
    make_task,
    make_user,
)
from tests.participation.allocation.rounds import make_allocation
from tests.participation.decisions.rooms import make_public_room

pytestmark = pytest.mark.django_db

MAKERS: dict[str, Any] = {
    "release": make_release,
    "line": make_line,
    "programme": lambda: make_line().programme,
    "department": lambda: make_line().department,
    "consultation": make_consultation,
    "feedback": make_feedback,
    "evaluation": make_evaluation,
    "task": make_task,
    "meeting": make_meeting,
    "allocation": make_allocation,
    "decision": make_public_room,
}


def followed_by(user: User) -> list[str]:
    return sorted(Follow.objects.visible_to(user).values_list("subject", flat=True))


@pytest.mark.parametrize("subject", MAKERS)
def test_everybody_follows_what_everybody_may_see(subject: str) -> None:
    user, record = make_user(), MAKERS[subject]()
    follow(subject, record.row_id, acting_user=user)
    assert (followed_by(user), subject_of(record)[0]) == ([subject], subject)


def test_a_page_is_followed_in_all_its_languages(site: Any) -> None:
    user, home = make_user(), site
    follow("page", home.translation_key, acting_user=user)
    assert followed_by(user) == ["page"]


def test_there_is_a_maker_for_everything_that_can_be_followed() -> None:
    assert {*MAKERS, "page"} == {subject.value for subject in FOLLOWABLE}


def withdrawn(consultation: Consultation) -> Consultation:
    """Announced for next year only."""
    consultation.stages.update(starts_at=timezone.now() + timedelta(days=365), ends_at=None)
    return consultation


HIDDEN: dict[str, Any] = {
    "release": lambda: make_release(published=False),
    "line": lambda: make_line(make_release(published=False)),
    "programme": make_programme,
    "department": make_department,
    "consultation": lambda: withdrawn(make_consultation()),
    "feedback": lambda: hide_contribution(make_feedback(), rule=1, reason="离题", acting_user=make_moderator()),
    "evaluation": lambda: hide_contribution(make_evaluation(), rule=1, reason="离题", acting_user=make_moderator()),
    "whistleblowing": make_case,
    "case": make_case,
    "answer": make_answer,
}


@pytest.mark.parametrize("subject", HIDDEN)
def test_what_somebody_may_not_see_or_nobody_may_follow_is_not_there(subject: str) -> None:
    user, record = make_user(), HIDDEN[subject]()
    with pytest.raises(NotFound):
        follow(subject, record.row_id, acting_user=user)
    assert followed_by(user) == []


def test_a_visitor_signs_in_first() -> None:
    with pytest.raises(SignInRequired):
        follow("release", make_release().row_id, acting_user=None)  # type: ignore[arg-type]


def test_following_twice_is_following_once_and_ending_it_ends_it() -> None:
    user, release = make_user(), make_release()
    for _time in range(2):
        follow("release", release.row_id, acting_user=user)
    assert followed_by(user) == ["release"]
    unfollow("release", release.row_id, acting_user=user)
    assert followed_by(user) == []


def test_who_writes_something_follows_it() -> None:
    author = make_user()
    feedback = make_feedback(acting_user=author)
    assert [(row.subject, row.row_id) for row in Follow.objects.visible_to(author)] == [("feedback", feedback.row_id)]


def test_nobody_sees_what_somebody_else_follows() -> None:
    author = make_user()
    make_feedback(acting_user=author)
    other = Client()
    other.login(email=make_moderator().email, password=PASSWORD)
    page = other.get("/notifications/following/")
    assert (page.status_code, page.context["followed"]) == (200, [])


def test_of_what_people_said_the_name_is_its_number_and_never_their_words() -> None:
    feedback = make_feedback(body="电梯的钱去哪了")
    assert name_of(feedback) == f"{feedback.reference} · 老旧小区改造怎么花"
