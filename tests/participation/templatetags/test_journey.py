"""The tags that tell, on the pages of every room, what became of a release, a line or a contribution."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.template import Context, Template
from django.test import RequestFactory
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import translation

from participation.consultations.actions import hide_contribution
from participation.consultations.models import Stage
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import Standing
from participation.templatetags.journey import voices_of_release
from tests.factories import (
    make_answer,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_line,
    make_moderator,
    make_organisation,
    make_release,
    make_task_in,
    make_user,
)

pytestmark = pytest.mark.django_db


def drawn(tag: str, user: Any = None, language: str = "en", **context: Any) -> str:
    request = RequestFactory().get("/")
    request.user = user or AnonymousUser()
    with translation.override(language):
        return Template("{% load journey %}{% " + tag + " %}").render(Context({"request": request, **context}))


def test_the_chain_of_a_release_leads_to_what_was_heard_and_promised() -> None:
    release = make_release()
    consultation = make_consultation(release=release)
    make_task_in("in_progress", make_answer(consultation))
    chain = drawn("chain_of_release release", release=release)
    for address in (
        release.get_absolute_url(),
        consultation.get_absolute_url(),
        f"{reverse('participation:rectification:index')}?release={release.row_id}",
    ):
        assert address in chain.replace("/en/", "/").replace("&amp;", "&")


def test_the_chain_of_a_line_is_of_that_line_alone() -> None:
    line = make_line()
    consultation = make_consultation(release=line.release)
    make_feedback(consultation)
    assert "Nothing yet" in drawn("chain_of_line line", line=line)
    make_feedback(consultation, line=line)
    assert "1 input from 1 group" in drawn("chain_of_line line", line=line)


def test_voices_show_every_side_and_count_what_is_public() -> None:
    consultation, member = make_consultation(), make_user()
    enterprise = make_organisation(StakeholderGroup.ENTERPRISE, member=member)
    make_feedback(consultation)
    make_feedback(consultation, standing=Standing(StakeholderGroup.ENTERPRISE, enterprise), acting_user=member)
    make_evaluation(consultation, acting_user=member, organisation=enterprise)
    hide_contribution(make_feedback(consultation), rule=1, reason="住址", acting_user=make_moderator())
    request = RequestFactory().get("/")
    request.user = make_moderator()
    found = voices_of_release(Context({"request": request}), consultation.release)
    assert found["sides"] == [
        ("citizen", 1),
        ("social_organisation", 0),
        ("enterprise", 2),
        ("government", 0),
        ("research", 0),
    ]
    assert "2 of 5 sides have been heard" in drawn("voices_of_release release", release=consultation.release)


def test_a_release_nobody_spoke_about_says_so() -> None:
    assert "Nobody has been heard yet" in drawn("voices_of_release release", release=make_release())


def test_the_consultations_of_a_release_are_listed_and_others_are_not() -> None:
    mine, other = make_consultation(), make_consultation()
    listed = drawn("consultations_of_release release", release=mine.release)
    assert (str(mine.row_id) in listed, str(other.row_id) in listed) == (True, False)


def test_of_many_consultations_a_few_are_listed_and_those_that_are_open_stand_first() -> None:
    release = make_release()
    closed = [make_consultation(release=release, stage="closed") for _number in range(3)]
    still_open = make_consultation(release=release)
    listed = drawn("consultations_of_release release", release=release)
    shown = [str(each.row_id) in listed for each in (still_open, *closed)]
    assert (shown[0], sum(shown), "See all consultations" in listed) == (True, 3, True)


def test_what_is_open_is_listed_the_one_that_closes_first_on_top() -> None:
    later, sooner = make_consultation(), make_consultation()
    make_consultation(stage="closed")
    stage = sooner.stages.get(kind=Stage.Kind.OPEN)
    assert stage.ends_at is not None
    later.stages.filter(kind=Stage.Kind.OPEN).update(ends_at=stage.ends_at.replace(year=stage.ends_at.year + 1))
    listed = drawn("open_consultations")
    assert 0 < listed.index(str(sooner.row_id)) < listed.index(str(later.row_id))
    assert listed.count('class="card"') == 2


def test_nothing_open_leads_to_all_consultations() -> None:
    assert f'href="/en{reverse("participation:consultations:index")}"' in drawn("open_consultations")


# What was said about a line --------------------------------------------------------------------------


def ask_url(consultation: Any, line: Any) -> str:
    return f"/en{reverse('participation:feedback:new', args=[consultation.row_id])}?line={line.row_id}"


def test_a_line_of_an_open_consultation_can_be_asked_about() -> None:
    line = make_line()
    consultation = make_consultation(release=line.release)
    feedback = make_feedback(consultation, line=line)
    page = drawn("said_about_line line", line=line)
    assert (ask_url(consultation, line) in page, feedback.body in page) == (True, True)


@pytest.mark.parametrize(
    ("stage", "words"),
    [
        (Stage.Kind.ANNOUNCED, "You can ask about this line from"),
        (Stage.Kind.BALANCE, "no longer takes input"),
        (Stage.Kind.CLOSED, "no longer takes input"),
        (None, "No consultation covers this line"),
    ],
)
def test_a_line_that_cannot_be_asked_about_now_says_why(stage: str | None, words: str) -> None:
    line = make_line()
    if stage is not None:
        make_consultation(release=line.release, stage=stage)
    page = drawn("said_about_line line", line=line)
    assert (words in page, "?line=" in page) == (True, False)


def test_a_consultation_on_another_department_does_not_cover_a_line() -> None:
    line = make_line()
    other = make_line(line.release)
    make_consultation(release=line.release, department=other.department)
    assert "No consultation covers this line" in drawn("said_about_line line", line=line)


def test_a_subtotal_cannot_be_asked_about() -> None:
    line = make_line(is_leaf=False)
    make_consultation(release=line.release)
    assert "?line=" not in drawn("said_about_line line", line=line)


# Promises --------------------------------------------------------------------------------------------


def test_kept_promises_count_and_show_what_was_verified() -> None:
    kept, under_way = make_task_in("verified"), make_task_in("assigned")
    shown = drawn("kept_promises")
    assert (kept.title_en in shown, str(kept.row_id) in shown, str(under_way.row_id) in shown) == (True, True, False)
    assert "of 2" in shown


def test_an_officer_is_shown_what_is_still_to_do_and_not_what_is_done() -> None:
    under_way, done = make_task_in("assigned"), make_task_in("verified")
    shown = [str(task.row_id) in drawn("tasks_of person", person=task.officer) for task in (under_way, done)]
    assert shown == [True, False]


def test_no_promise_kept_yet_says_so() -> None:
    assert "No promise has been verified yet" in drawn("kept_promises")


def test_the_tracker_of_a_contribution_has_five_steps() -> None:
    feedback = make_feedback()
    assert drawn("tracker_of feedback", feedback=feedback).count("<li") == 5


@pytest.mark.parametrize("tag", ["said_about_line line", "voices_of_release line.release", "chain_of_line line"])
def test_the_cost_does_not_grow_with_what_was_said(tag: str) -> None:
    line = make_line()
    consultation = make_consultation(release=line.release)

    def cost() -> int:
        with CaptureQueriesContext(connection) as queries:
            drawn(tag, line=line)
        return len(queries)

    make_answer(consultation, feedback=[make_feedback(consultation, line=line)])
    one = cost()
    for _number in range(9):
        make_answer(consultation, feedback=[make_feedback(consultation, line=line)])
    assert cost() == one
