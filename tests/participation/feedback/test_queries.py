"""Who reads which feedback, in which order, at what cost."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from participation.consultations.actions import hide_contribution
from participation.consultations.models import Consultation
from participation.feedback.models import Feedback
from participation.feedback.queries import counts_by_group, feedback_of, find_lines
from participation.stakeholders.models import Role, StakeholderGroup
from participation.stakeholders.queries import Standing
from tests.factories import (
    make_consultation,
    make_feedback,
    make_line,
    make_moderator,
    make_officeholder,
    make_organisation,
    make_programme,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def said_by(consultation: Consultation, group: str, *, days_ago: int) -> Feedback:
    member = make_user()
    standing = Standing(StakeholderGroup(group))
    if group != StakeholderGroup.CITIZEN:
        standing = Standing(StakeholderGroup(group), make_organisation(group, member=member))
    feedback = make_feedback(consultation, standing=standing, acting_user=member)
    Feedback.objects.filter(pk=feedback.pk).update(created=timezone.now() - timedelta(days=days_ago))
    return feedback


def test_every_side_has_its_turn_before_any_has_its_second() -> None:
    consultation = make_consultation()
    citizens = [said_by(consultation, "citizen", days_ago=number) for number in range(3)]
    enterprise = said_by(consultation, "enterprise", days_ago=30)
    balanced = list(feedback_of(AnonymousUser(), consultation, balanced=True))
    assert balanced == [citizens[0], enterprise, citizens[1], citizens[2]]
    assert list(feedback_of(AnonymousUser(), consultation, balanced=False)) == [*citizens, enterprise]


def test_a_hidden_one_is_read_by_its_author_moderators_and_auditors() -> None:
    consultation, author = make_consultation(), make_user()
    feedback = make_feedback(consultation, acting_user=author)
    hide_contribution(feedback, rule=1, reason="住址", acting_user=make_moderator())
    readers: dict[str, Any] = {
        "visitor": AnonymousUser(),
        "citizen": make_user(),
        "editor": make_officeholder(Role.EDITOR),
        "author": author,
        "moderator": make_moderator(),
        "auditor": make_officeholder(Role.AUDITOR),
    }
    found = {name for name, user in readers.items() if feedback_of(user, consultation, balanced=True)}
    assert found == {"author", "moderator", "auditor"}


def test_counts_leave_out_what_is_hidden() -> None:
    consultation = make_consultation()
    kept, hidden = make_feedback(consultation), make_feedback(consultation)
    hide_contribution(hidden, rule=1, reason="住址", acting_user=make_moderator())
    everything = Feedback.objects.visible_to(make_moderator()).filter(consultation=consultation)
    assert (counts_by_group(everything), kept.stakeholder_group) == ({"citizen": 1}, "citizen")


def test_every_word_of_a_search_has_to_be_found() -> None:
    consultation = make_consultation()
    lifts = make_line(consultation.release, make_programme(name="老旧小区电梯加装"))
    roads = make_line(consultation.release, make_programme(name="老旧小区道路"))
    assert find_lines(consultation, "小区") == [lifts, roads]
    assert find_lines(consultation, "小区 电梯") == [lifts]
    assert find_lines(consultation, " ") == []


def test_a_search_stays_within_the_budget_asked_about() -> None:
    consultation = make_consultation()
    make_line(programme=make_programme(name="电梯"))
    assert find_lines(consultation, "电梯") == []
