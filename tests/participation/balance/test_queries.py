"""What the desk counts and how the board is filled."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from participation.balance.queries import (
    ALL,
    ANSWERED,
    HIDDEN,
    ITEMS_OF_A_SIDE,
    OVERDUE,
    WAITING,
    board,
    desk,
    inputs_shown,
)
from participation.consultations.actions import hide_contribution
from participation.consultations.models import Contribution
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import Standing
from tests.factories import (
    make_answer,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_moderator,
    make_organisation,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def said_days_ago(contribution: Contribution, days: int) -> Contribution:
    contribution.created = timezone.now() - timedelta(days=days)
    contribution.due_on = timezone.localdate(contribution.created) + timedelta(
        days=contribution.consultation.answer_within_days
    )
    contribution.save()
    return contribution


def test_the_desk_counts_by_consultation_and_side() -> None:
    quiet, busy = make_consultation(), make_consultation()
    make_feedback(busy)
    make_feedback(busy)
    make_evaluation(busy)
    make_answer(quiet)
    rows = {row.consultation: (row.waiting, row.overdue, row.sides) for row in desk(make_moderator())}
    assert rows == {
        busy: (3, 0, [("citizen", 2), ("social_organisation", 1)]),
        quiet: (0, 0, []),
    }


@pytest.mark.parametrize(("days", "overdue"), [(19, 0), (20, 0), (21, 1)])
def test_an_answer_is_overdue_from_the_day_after_it_was_due(days: int, overdue: int) -> None:
    consultation = make_consultation(answer_within_days=20)
    feedback = said_days_ago(make_feedback(consultation), days)
    (row,) = desk(make_moderator())
    assert row.overdue == overdue
    assert (feedback.answer_due_on < timezone.localdate()) == bool(overdue)


def test_each_consultation_has_its_own_deadline() -> None:
    short, long = make_consultation(answer_within_days=5), make_consultation(answer_within_days=20)
    for consultation in (short, long):
        said_days_ago(make_feedback(consultation), 10)
    assert {row.consultation: row.overdue for row in desk(make_moderator())} == {short: 1, long: 0}
    assert desk(make_moderator())[0].consultation == short


def test_hidden_input_does_not_wait() -> None:
    feedback = make_feedback()
    hide_contribution(feedback, rule=1, reason="广告", acting_user=make_moderator())
    assert [row.waiting for row in desk(make_moderator())] == [0]


@pytest.mark.parametrize("count", [1, 30])
def test_the_desk_takes_five_queries(count: int, django_assert_num_queries: DjangoAssertNumQueries) -> None:
    consultations = [make_consultation() for _number in range(2)]
    for _number in range(count):
        make_feedback(consultations[_number % 2])
    moderator = make_moderator()
    assert moderator.has_role("moderator")
    with django_assert_num_queries(5):
        desk(moderator)


def shown(sides: list) -> dict[str, list]:  # type: ignore[type-arg]
    return {side.group: [item.contribution for item in side.items] for side in sides if side.items}


def test_the_board_sorts_by_side_and_shows_the_longest_waiting_first() -> None:
    consultation = make_consultation()
    newer = make_feedback(consultation)
    older = said_days_ago(make_feedback(consultation), 3)
    evaluation = make_evaluation(consultation)
    sides = board(make_moderator(), consultation, state=WAITING)
    assert [side.group for side in sides] == list(StakeholderGroup.values)
    assert shown(sides) == {"citizen": [older, newer], "social_organisation": [evaluation]}


@pytest.mark.parametrize("state", [WAITING, OVERDUE, ANSWERED, HIDDEN, ALL])
def test_the_board_filters_by_state(state: str) -> None:
    consultation = make_consultation(answer_within_days=20)
    inputs = {
        WAITING: make_feedback(consultation),
        OVERDUE: said_days_ago(make_feedback(consultation), 30),
        ANSWERED: make_feedback(consultation),
        HIDDEN: make_feedback(consultation),
    }
    make_answer(feedback=[inputs[ANSWERED]])
    hide_contribution(inputs[HIDDEN], rule=1, reason="广告", acting_user=make_moderator())
    expected = {
        WAITING: {WAITING, OVERDUE},
        OVERDUE: {OVERDUE},
        ANSWERED: {ANSWERED},
        HIDDEN: {HIDDEN},
        ALL: {WAITING, OVERDUE, ANSWERED, HIDDEN},
    }[state]
    found = shown(board(make_moderator(), consultation, state=state)).get("citizen", [])
    assert set(found) == {inputs[name] for name in expected}


def test_every_side_gets_the_same_room() -> None:
    consultation = make_consultation()
    for _number in range(ITEMS_OF_A_SIDE + 3):
        make_feedback(consultation)
    enterprise = make_organisation(StakeholderGroup.ENTERPRISE)
    make_feedback(consultation, standing=Standing(StakeholderGroup.ENTERPRISE, enterprise))
    sides = {side.group: side for side in board(make_moderator(), consultation, state=WAITING)}
    assert (len(sides["citizen"].items), sides["citizen"].total, sides["citizen"].more) == (
        ITEMS_OF_A_SIDE,
        ITEMS_OF_A_SIDE + 3,
        3,
    )
    assert (len(sides["enterprise"].items), sides["enterprise"].more) == (1, 0)


def test_one_side_alone_is_shown_in_full() -> None:
    consultation = make_consultation()
    for _number in range(ITEMS_OF_A_SIDE + 3):
        make_feedback(consultation)
    (side,) = board(make_moderator(), consultation, state=WAITING, group="citizen")
    assert len(side.items) == ITEMS_OF_A_SIDE + 3


def test_what_is_hidden_keeps_its_place_under_an_answer_without_its_text() -> None:
    consultation = make_consultation()
    author = make_user()
    visible, hidden = make_feedback(consultation), make_feedback(consultation, acting_user=author)
    answer = make_answer(feedback=[visible, hidden])
    hide_contribution(hidden, rule=1, reason="重复", acting_user=make_moderator())
    readers = {"visitor": AnonymousUser(), "author": author, "moderator": make_moderator()}
    read = {name: [item.contribution for item in inputs_shown(user, answer)] for name, user in readers.items()}
    assert read == {"visitor": [visible, None], "author": [visible, hidden], "moderator": [visible, hidden]}
