"""An award with its cases, made through the actions."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from django.utils import timezone

from participation.recognition.actions import (
    Choice,
    cast_vote,
    decide_award,
    look_at_nomination,
    nominate_case,
    open_award,
)
from participation.recognition.models import Award, Commendation, Nomination
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Role
from tests.factories import CITIZEN, make_moderator, make_officeholder, make_task_in, make_user


def make_award(**fields: Any) -> Award:
    today = timezone.localdate()
    values: dict[str, Any] = {
        "year": today.year,
        "title": "协同治理案例奖",
        "title_en": "Award for cases",
        "nominations_until": today + timedelta(days=30),
        "voting_until": today + timedelta(days=50),
        "acting_user": None,
    }
    fields["acting_user"] = fields.get("acting_user") or make_moderator()
    return open_award(**{**values, **fields})


def make_nomination(award: Award, task: RectificationTask | None = None, **fields: Any) -> Nomination:
    """An admitted nomination of a verified case."""
    task = task or make_task_in(RectificationTask.Status.VERIFIED)
    values: dict[str, Any] = {"reason": "三方一起办成的。", "standing": CITIZEN}
    author = fields.pop("acting_user", None) or make_user()
    nomination = nominate_case(award, task, acting_user=author, **{**values, **fields})
    return look_at_nomination(nomination, is_admitted=True, acting_user=make_moderator())


def move_to(award: Award, stage: Award.Stage) -> Award:
    """Let the days of an award pass until it stands in ``stage``."""
    today = timezone.localdate()
    dates: dict[str, tuple[date, date]] = {
        Award.Stage.NOMINATING: (today, today + timedelta(days=9)),
        Award.Stage.VOTING: (today - timedelta(days=1), today + timedelta(days=9)),
        Award.Stage.DECIDING: (today - timedelta(days=9), today - timedelta(days=1)),
    }
    first, second = dates[stage]
    Award.objects.filter(pk=award.pk).update(nominations_until=first, voting_until=second)
    award.refresh_from_db()
    return award


def vote_for(nomination: Nomination, **fields: Any) -> Any:
    person = fields.pop("acting_user", None) or make_user()
    standing = fields.pop("standing", CITIZEN)
    return cast_vote(nomination.award, nominations=[nomination], standing=standing, acting_user=person)


def make_commendation(award: Award | None = None) -> Commendation:
    """A case that was given the award, decided on today."""
    award = award or make_award()
    nomination = make_nomination(award)
    move_to(award, Award.Stage.DECIDING)
    choice = Choice(nomination, "各方都出了力。", "Every side helped.")
    decider = make_officeholder(Role.REVIEWER)
    return decide_award(award, choices=[choice], decided_as="市财政局局长", acting_user=decider)[0]
