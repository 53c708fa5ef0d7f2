"""The course of an award: who may do what, in which stage, and what stays on record."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.utils import timezone

from cms.budget.models import Government
from cms.calendars.models import CalendarDay
from cms.calendars.working_days import add_working_days
from participation.following.models import Announcement
from participation.recognition.actions import (
    DAYS_TO_APPEAL,
    Choice,
    cast_vote,
    decide_award,
    declare_interests,
    judge_case,
    look_at_nomination,
    name_juror,
    nominate_case,
)
from participation.recognition.appeals.actions import decide_award_appeal, lodge_award_appeal
from participation.recognition.models import Award, AwardAppeal, AwardBallot, JuryOpinion, Nomination
from participation.recognition.queries import count_for, standings_of
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Role, StakeholderGroup
from participation.stakeholders.queries import Standing
from portal.errors import Closed, Conflict, GongzhiError, Invalid, NotAllowed
from tests.factories import (
    CITIZEN,
    make_moderator,
    make_officeholder,
    make_organisation,
    make_task,
    make_task_in,
    make_user,
)
from tests.log_entries import entries
from tests.participation.recognition.awards import make_award, make_commendation, make_nomination, move_to, vote_for

pytestmark = pytest.mark.django_db

Stage = Award.Stage


def refused(act: Callable[[], Any]) -> str:
    try:
        act()
    except GongzhiError as error:
        return type(error).__name__
    return ""


def make_juror(award: Award, **fields: Any) -> Any:
    return name_juror(award, fields.pop("person", None) or make_user(), standing="教授", acting_user=make_moderator())


def test_any_side_nominates_and_a_moderator_looks_at_it_first() -> None:
    award, author = make_award(), make_user()
    task = make_task_in(RectificationTask.Status.VERIFIED)
    nomination = nominate_case(award, task, reason="办成了。", standing=CITIZEN, acting_user=author)
    visitor = AnonymousUser()
    assert not Nomination.objects.visible_to(visitor).exists()
    assert Nomination.objects.visible_to(author).get() == nomination
    look_at_nomination(nomination, is_admitted=True, acting_user=make_moderator())
    assert Nomination.objects.visible_to(visitor).get() == nomination
    assert Announcement.objects.get(kind="award").words == {"step": "nominated"}
    kinds = [entry.kind for entry in entries(record_ref=nomination.row_id)]
    assert kinds == ["nomination.handed_in", "nomination.admitted"]


def test_a_refusal_has_a_reason_and_leaves_the_case_free_to_be_nominated_again() -> None:
    award, task = make_award(), make_task_in(RectificationTask.Status.VERIFIED)
    first = nominate_case(award, task, reason="x", standing=CITIZEN, acting_user=make_user())
    moderator = make_moderator()
    assert refused(lambda: look_at_nomination(first, is_admitted=False, acting_user=moderator)) == "Invalid"
    look_at_nomination(first, is_admitted=False, refusal="没有写理由", acting_user=moderator)
    assert make_nomination(award, task).status == Nomination.Status.ADMITTED


def test_a_case_is_nominated_once_a_year_and_only_when_it_was_verified() -> None:
    award, task = make_award(), make_task_in(RectificationTask.Status.VERIFIED)
    make_nomination(award, task)
    with pytest.raises(Conflict):
        nominate_case(award, task, reason="又一次", standing=CITIZEN, acting_user=make_user())
    with pytest.raises(Invalid):
        nominate_case(award, make_task(), reason="还没好", standing=CITIZEN, acting_user=make_user())


def test_nobody_admits_the_own_nomination() -> None:
    award, moderator = make_award(), make_moderator()
    task = make_task_in(RectificationTask.Status.VERIFIED)
    nomination = nominate_case(award, task, reason="x", standing=CITIZEN, acting_user=moderator)
    with pytest.raises(NotAllowed):
        look_at_nomination(nomination, is_admitted=True, acting_user=moderator)


@pytest.mark.parametrize("stage", [Stage.NOMINATING, Stage.VOTING, Stage.DECIDING])
def test_each_act_belongs_to_its_stage(stage: Award.Stage) -> None:
    award = make_award()
    nomination = make_nomination(award)
    juror = make_juror(award)
    declare_interests(juror, conflicts=[], acting_user=juror.person)
    task = make_task_in(RectificationTask.Status.VERIFIED)
    move_to(award, stage)
    reviewer = make_officeholder(Role.REVIEWER)
    acts: dict[str, Callable[[], Any]] = {
        "nominate": lambda: nominate_case(award, task, reason="x", standing=CITIZEN, acting_user=make_user()),
        "vote": lambda: vote_for(nomination),
        "judge": lambda: judge_case(juror, nomination, score=Decimal(80), reason="好", acting_user=juror.person),
        "decide": lambda: decide_award(
            award, choices=[Choice(nomination, "好")], decided_as="局长", acting_user=reviewer
        ),
    }
    open_in = {
        "nominate": {Stage.NOMINATING},
        "vote": {Stage.VOTING},
        "judge": {Stage.VOTING, Stage.DECIDING},
        "decide": {Stage.DECIDING},
    }
    found = {name: refused(act) for name, act in acts.items()}
    assert found == {name: "" if stage in stages else "Closed" for name, stages in open_in.items()}


def test_one_person_votes_once_in_one_group() -> None:
    award, person = make_award(), make_user()
    first, second = make_nomination(award), make_nomination(award)
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=person)
    move_to(award, Stage.VOTING)
    cast_vote(award, nominations=[first], standing=CITIZEN, acting_user=person)
    cast_vote(award, nominations=[second], standing=CITIZEN, acting_user=person)
    ballot = AwardBallot.objects.get()
    assert (ballot.group, [each.pk for each in ballot.nominations.all()]) == ("citizen", [second.pk])
    as_enterprise = Standing(StakeholderGroup.ENTERPRISE, organisation)
    with pytest.raises(NotAllowed):
        cast_vote(award, nominations=[first], standing=as_enterprise, acting_user=person)


def test_nobody_votes_without_a_confirmed_address_or_for_what_is_not_nominated() -> None:
    award = make_award()
    nomination, other = make_nomination(award), make_nomination(make_award(year=2000))
    move_to(award, Stage.VOTING)
    with pytest.raises(NotAllowed):
        vote_for(nomination, acting_user=make_user(verified=False))
    with pytest.raises(Invalid):
        cast_vote(award, nominations=[other], standing=CITIZEN, acting_user=make_user())


def test_a_juror_judges_after_declaring_and_never_where_there_is_an_interest() -> None:
    award = make_award()
    free, bound = make_nomination(award), make_nomination(award)
    juror = make_juror(award)
    officer = make_juror(award, person=free.task.officer)
    move_to(award, Stage.VOTING)

    def judged(who: Any, nomination: Nomination) -> str:
        return refused(lambda: judge_case(who, nomination, score=Decimal(70), reason="好", acting_user=who.person))

    assert judged(juror, free) == "NotAllowed"
    declare_interests(juror, conflicts=[bound], acting_user=juror.person)
    declare_interests(officer, conflicts=[], acting_user=officer.person)
    assert (judged(juror, free), judged(juror, bound), judged(officer, free)) == ("", "NotAllowed", "NotAllowed")
    assert count_for(award).cases[0].judges == 1


def test_what_the_jury_says_is_public_once_nobody_votes_any_more() -> None:
    award = make_award()
    nomination, juror = make_nomination(award), make_juror(award)
    declare_interests(juror, conflicts=[], acting_user=juror.person)
    move_to(award, Stage.VOTING)
    judge_case(juror, nomination, score=Decimal("81.5"), reason="扎实", acting_user=juror.person)
    shown = {
        "visitor": JuryOpinion.objects.visible_to(AnonymousUser()).count(),
        "juror": JuryOpinion.objects.visible_to(juror.person).count(),
    }
    move_to(award, Stage.DECIDING)
    shown["later"] = JuryOpinion.objects.visible_to(AnonymousUser()).count()
    assert shown == {"visitor": 0, "juror": 1, "later": 1}


def test_who_decides_has_no_other_part_in_the_award() -> None:
    award, reviewer = make_award(), make_officeholder(Role.REVIEWER)
    nomination = make_nomination(award)
    make_juror(award, person=reviewer)
    move_to(award, Stage.DECIDING)
    choices = [Choice(nomination, "好")]
    for person, name in ((reviewer, "jury"), (make_moderator(), "office"), (make_user(), "citizen")):
        assert refused(lambda p=person: decide_award(award, choices=choices, decided_as="x", acting_user=p)), name  # type: ignore[misc]


def test_a_case_that_falls_short_by_the_facts_is_not_given_the_award() -> None:
    award = make_award(min_verified_percent=100)
    task = make_task_in(RectificationTask.Status.VERIFIED)
    task.verifications.update(outcome="returned")
    nomination = make_nomination(award, task)
    move_to(award, Stage.DECIDING)
    (standing,) = standings_of(award)
    assert [(c.found, c.count, c.is_met) for c in standing.criteria] == [("0.0 %", 1, False)]
    reviewer = make_officeholder(Role.REVIEWER)
    with pytest.raises(Invalid):
        decide_award(award, choices=[Choice(nomination, "好")], decided_as="局长", acting_user=reviewer)


def test_a_decision_keeps_reasons_count_facts_and_the_day_until_which_one_appeals() -> None:
    commendation = make_commendation()
    award = Award.objects.get()
    assert (award.stage, commendation.place, award.decided_as) == (Stage.DECIDED, 1, "市财政局局长")
    assert award.appeals_until > timezone.localdate()
    assert award.result["cases"][0]["nomination"] == commendation.nomination_id
    kept = Nomination.objects.get()
    assert (kept.is_eligible, kept.facts["first_check"]) == (True, [1, 1])
    assert [entry.kind for entry in entries(record_ref=award.row_id)] == ["award.opened", "award.decided"]


def test_the_days_for_appeals_are_counted_as_the_government_of_the_case_counts_them() -> None:
    task = make_task_in(RectificationTask.Status.VERIFIED)
    Government.objects.filter(pk=task.department.government_id).update(jurisdiction="ES-MD")
    today = timezone.localdate()
    by_chinese_days = add_working_days(today, DAYS_TO_APPEAL)
    CalendarDay.objects.create(jurisdiction="ES-MD", date=by_chinese_days, is_workday=False)
    award = make_award()
    nomination = make_nomination(award, task)
    move_to(award, Stage.DECIDING)
    reviewer = make_officeholder(Role.REVIEWER)
    decide_award(award, choices=[Choice(nomination, "好")], decided_as="局长", acting_user=reviewer)
    until = Award.objects.get().appeals_until
    assert (until, until > by_chinese_days) == (add_working_days(today, DAYS_TO_APPEAL, "ES-MD"), True)


def test_an_upheld_appeal_withdraws_the_commendation_and_is_decided_by_somebody_uninvolved() -> None:
    commendation, person = make_commendation(), make_user()
    appeal = lodge_award_appeal(commendation, words="数据不实", acting_user=person)
    with pytest.raises(Conflict):
        lodge_award_appeal(commendation, words="再说一次", acting_user=person)
    upheld = AwardAppeal.Outcome.UPHELD
    decider = Award.objects.get().decided_by
    assert refused(lambda: decide_award_appeal(appeal, outcome=upheld, reason="x", acting_user=decider)) == "NotAllowed"
    decide_award_appeal(appeal, outcome=upheld, reason="经核实数据有误", acting_user=make_moderator())
    commendation.refresh_from_db()
    assert commendation.withdrawn_at is not None
    assert Announcement.objects.filter(kind="award", words__step="withdrawn").exists()
    with pytest.raises(Closed):
        lodge_award_appeal(commendation, words="晚了", acting_user=make_user())


def test_there_is_one_award_a_year() -> None:
    make_award()
    with pytest.raises(Conflict):
        make_award()


def test_standings_take_the_same_number_of_queries_for_one_case_and_for_three(
    django_assert_num_queries: Any,
) -> None:
    award = make_award()
    make_nomination(award)
    with django_assert_num_queries(9) as captured:
        standings_of(award)
    for _number in range(2):
        make_nomination(award)
    with django_assert_num_queries(len(captured)):
        standings_of(award)
