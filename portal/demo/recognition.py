"""The last mile's end in the made-up city: rules of automation that have run, one award decided on, one open."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone

from participation.automation.actions import confirm_paragraph, dismiss_deed, run_rule, set_rule
from participation.automation.models import AutomationDeed, AutomationRule
from participation.automation.options import defaults_of
from participation.following.telling import of_the_past
from participation.models import (
    Award,
    Commendation,
    Juror,
    JuryOpinion,
    Nomination,
    RectificationTask,
    User,
)
from participation.recognition.actions import (
    Choice,
    cast_vote,
    decide_award,
    declare_interests,
    judge_case,
    look_at_nomination,
    name_juror,
    nominate_case,
    open_award,
)
from participation.recognition.permissions import has_interest
from participation.recognition.shown.actions import choose_shown
from participation.stakeholders.queries import standings_of
from portal.demo.backdate import at, written_with
from portal.demo.city import City

Does = AutomationRule.Does
TOUCHED = (Award, Nomination, Juror, JuryOpinion, Commendation)
# Days from now: announced, nominated, voted on and judged, decided; the last day for nominations, votes, appeals.
OPENED, NOMINATED, VOTED, DECIDED = -60.0, -50.0, -35.0, -20.0
NOMINATIONS_UNTIL, VOTING_UNTIL, APPEALS_UNTIL = -45, -25, 8
CASES_MOST, SHOWN_MOST = 3, 4
JURY = (
    ("云川大学公共管理学院教授", "Professor of public administration, Yunchuan University", "91.5"),
    ("市注册会计师协会代表", "Delegate of the institute of accountants", "84"),
    ("社区居民代表", "Delegate of the residents", "88"),
)
WHY = "问题是大家提出来的，整改看得见，核验的人自己去看过现场。"
REASONS = "意见、答复、整改、核验环环相扣，各方都出了力，经得起现场查看。"
REASONS_EN = "What people said was answered, put right and checked on the spot: every side had its part in it."


def load_automation(city: City) -> None:
    """Every rule in force, and what they found; one paragraph confirmed, one proposal dismissed."""
    if AutomationRule.objects.exists():
        return
    since = city.calendar.date_on(-100)
    with of_the_past():
        for does in Does.values:
            run_rule(set_rule(does, options=defaults_of(does), valid_from=since, acting_user=None), acting_user=None)
        waiting = AutomationDeed.objects.waiting().order_by("pk")
        drafted = waiting.filter(does=Does.FUNNEL).first()
        if drafted is not None:
            confirm_paragraph(drafted, text=drafted.text, text_en=drafted.text_en, acting_user=city.people["editor"])
        alert = waiting.filter(does=Does.ALERT_TASK).first()
        if alert is not None:
            reason = "部门已在月度例会上说明原因，下月复看。"
            dismiss_deed(alert, reason=reason, acting_user=city.people["moderator"])


@transaction.atomic
def load_awards(city: City) -> None:
    if Award.objects.exists():
        return
    tasks = list(RectificationTask.objects.filter(status__in=RectificationTask.PROVEN).order_by("-verified_at", "-pk"))
    if not tasks:
        return
    year = timezone.localdate(tasks[0].verified_at).year if tasks[0].verified_at else city.calendar.year
    people = [
        person
        for key, person in sorted(city.people.items())
        if not person.held_roles and not person.is_superuser and person.has_verified_email
    ]
    with of_the_past():
        _finished(city, year, tasks[:CASES_MOST], people)
        _open(city, year + 1, tasks[0], people)
    for person in people[:SHOWN_MOST]:
        choose_shown(["badges", "training"], acting_user=person)


def _finished(city: City, year: int, tasks: list[RectificationTask], people: list[User]) -> None:
    calendar, keeper = city.calendar, city.people["moderator"]
    days = {
        "nominations_until": calendar.date_on(NOMINATIONS_UNTIL),
        "voting_until": calendar.date_on(VOTING_UNTIL),
    }
    later = timezone.localdate() + timedelta(days=1)
    with written_with(Award, **days), at(calendar.on(OPENED), *TOUCHED):
        award = open_award(
            **_words(year),
            nominations_until=later,
            voting_until=later + timedelta(days=1),
            min_closing_percent=30,
            min_verified_percent=50,
            acting_user=keeper,
        )
    with at(calendar.on(NOMINATED), *TOUCHED):
        for place, task in enumerate(tasks):
            author = people[place]
            nomination = nominate_case(award, task, reason=WHY, standing=standings_of(author)[-1], acting_user=author)
            look_at_nomination(nomination, is_admitted=True, acting_user=city.people["moderator2"])
    nominations = list(award.nominations.select_related("task", "award").order_by("pk"))
    _set(award, nominations_until=timezone.localdate() - timedelta(days=2))
    with at(calendar.on(VOTED), *TOUCHED):
        _judge(award, nominations, people[-len(JURY) :], keeper)
        for place, person in enumerate(people):
            chosen = [nominations[0]] if place % 3 else nominations
            cast_vote(award, nominations=chosen, standing=standings_of(person)[-1], acting_user=person)
    _set(award, voting_until=timezone.localdate() - timedelta(days=1))
    appeals_until = calendar.date_on(APPEALS_UNTIL)
    with written_with(Award, **days, appeals_until=appeals_until), at(calendar.on(DECIDED), *TOUCHED):
        decide_award(
            award,
            choices=[Choice(nominations[0], REASONS, REASONS_EN)],
            decided_as="云川市财政局局长",
            acting_user=city.people["reviewer"],
        )
    _set(award, **days, appeals_until=appeals_until)


def _open(city: City, year: int, task: RectificationTask, people: list[User]) -> None:
    calendar = city.calendar
    with at(calendar.on(-5), *TOUCHED):
        award = open_award(
            **_words(year),
            nominations_until=calendar.date_on(30),
            voting_until=calendar.date_on(51),
            min_verified_percent=50,
            acting_user=city.people["moderator"],
        )
    author = people[-1]
    with at(calendar.on(-2), *TOUCHED):
        nominate_case(award, task, reason=WHY, standing=standings_of(author)[-1], acting_user=author)


def _judge(award: Award, nominations: list[Nomination], people: list[User], keeper: User) -> None:
    for person, (standing, standing_en, score) in zip(people, JURY, strict=True):
        juror = name_juror(award, person, standing=standing, standing_en=standing_en, acting_user=keeper)
        bound = [each for each in nominations if has_interest(person, each)]
        declare_interests(juror, conflicts=bound, acting_user=person)
        for place, nomination in enumerate(nominations):
            if nomination not in bound:
                points = Decimal(score) - 6 * place
                judge_case(juror, nomination, score=points, reason="看了佐证，也去了现场。", acting_user=person)


def _words(year: int) -> dict[str, Any]:
    return {"year": year, "title": f"{year} 年度协同治理案例奖", "title_en": f"Award for cases {year}"}


def _set(award: Award, **days: date) -> None:
    """Days that no action takes: the award moves on as if they had passed."""
    Award.objects.filter(pk=award.pk).update(**days)
    award.refresh_from_db()
