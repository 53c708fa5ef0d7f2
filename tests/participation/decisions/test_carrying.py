"""Rounds of revision, packages, deciding, commitments, minority reports, suspending."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.utils import timezone

from participation.decisions.actions import add_option, begin_revision, make_package, withdraw_option
from participation.decisions.carrying.actions import (
    add_commitment,
    answer_minority,
    conclude_room,
    open_task_of_commitment,
    report_minority,
    resume_room,
)
from participation.decisions.carrying.models import DecisionCommitment
from participation.decisions.models import DecisionMeasure, DecisionRoom
from participation.decisions.notices import suspend_what_is_overdue
from participation.decisions.objecting.actions import file_objection
from participation.decisions.objecting.models import NOT_NAMED, DecisionObjection
from participation.decisions.offers import uptake_of
from participation.decisions.voting.actions import cast_ballot, count_again
from participation.decisions.voting.models import DecisionRound
from participation.models import RectificationTask
from participation.stakeholders.models import StakeholderGroup, User
from participation.stakeholders.queries import Standing
from portal.errors import Conflict, Invalid
from privacy.history.queries import PublicChanges
from tests.factories import CITIZEN, make_department, make_officer, make_organisation, make_user
from tests.participation.decisions.rooms import (
    BALLOTS,
    counted_room,
    end,
    make_decision_room,
    make_objection,
    measure_of,
    open_round,
    option,
    rate_all,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

# Organisations can live with nothing but how things are; A with a measure would do.
NOTHING_DOES = {
    "citizen": [{"A": 9, "B": 8, "SQ": 2}] * 8,
    "social_organisation": [{"A": 3, "B": 2, "SQ": 7}] * 5,
}


def decide(room: DecisionRoom, **fields: Any) -> DecisionRoom:
    return conclude_room(room, reasons="各方都能接受。", acting_user=room.opened_by, **fields)


def test_what_was_counted_is_decided_with_reasons() -> None:
    room, _round = counted_room()
    decided = decide(room)
    assert (decided.state, decided.status, decided.decided_option.key) == ("decided", "decided", "B")  # type: ignore[union-attr]


def test_nothing_is_decided_before_it_is_counted() -> None:
    room = make_decision_room()
    open_round(room)
    with pytest.raises(Conflict):
        decide(room)


def test_a_count_that_finds_nothing_acceptable_leads_to_another_round_with_other_options() -> None:
    room, round_ = counted_room(NOTHING_DOES)
    assert round_.status == "revise"
    with pytest.raises(Conflict):
        decide(room)
    begin_revision(room, reason="没有方案各方都能接受。", acting_user=room.opened_by)
    withdraw_option(option(room, "B"), reason="反对太多。", acting_user=room.opened_by)
    add_option(room, title="折中", text="分两年。", cost=90_000, legal_note="可行。", acting_user=room.opened_by)
    room.refresh_from_db()
    assert open_round(room).options == ["A", "C", "SQ"]


def test_options_are_not_revised_while_it_is_counted_again() -> None:
    room, round_ = counted_room(NOTHING_DOES)
    count_again(round_, acting_user=room.opened_by)
    DecisionRound.objects.filter(pk=round_.pk).update(work="running")
    with pytest.raises(Conflict):
        begin_revision(room, reason="没有方案各方都能接受。", acting_user=room.opened_by)


def test_the_cheapest_package_is_found_by_what_people_said_and_rated_as_an_option_of_its_own() -> None:
    room = make_decision_room()
    code = measure_of(room).code
    round_ = open_round(room)
    ballots = rate_all(round_, NOTHING_DOES)
    for ballot in ballots[8:]:
        standing = Standing(StakeholderGroup(ballot.group), ballot.seat.organisation)  # type: ignore[union-attr]
        cast_ballot(
            round_,
            standing=standing,
            ratings={"A": 3, "B": 2, "SQ": 7},
            conditions={code: 6},
            acting_user=ballot.person,
        )
    counted = end(round_)
    assert [found["cheapest_sufficient_package"]["measures"] for found in counted.result["compensation"]] == [[code]]  # type: ignore[index]
    begin_revision(room, reason="补偿后重新打分。", acting_user=room.opened_by)
    measures = list(option(room, "A").measures.all())
    package = make_package(option(room, "A"), measures=measures, share=Fraction(1, 10), acting_user=room.opened_by)
    assert (package.key, package.cost, package.based_on) == ("C", 105_000, option(room, "A"))


def test_what_people_said_of_measures_is_shown_beside_what_they_rated_then() -> None:
    room = make_decision_room()
    code = measure_of(room).code
    round_ = open_round(room)
    for ballot in rate_all(round_, NOTHING_DOES)[8:]:
        standing = Standing(StakeholderGroup(ballot.group), ballot.seat.organisation)  # type: ignore[union-attr]
        ratings = {"A": 3, "B": 2, "SQ": 7}
        cast_ballot(round_, standing=standing, ratings=ratings, conditions={code: 8}, acting_user=ballot.person)
    end(round_)
    begin_revision(room, reason="补偿后重新打分。", acting_user=room.opened_by)
    measures = list(option(room, "A").measures.all())
    make_package(option(room, "A"), measures=measures, share=Fraction(1, 10), acting_user=room.opened_by)
    room.refresh_from_db()
    again = open_round(room)
    rate_all(again, {group: [{**rows[0], "C": 6}] * len(rows) for group, rows in NOTHING_DOES.items()})
    found = uptake_of(room, end(again))
    assert [(one.option.key, one.group, one.stated, one.rated) for one in found] == [
        ("C", "citizen", 0.9, 0.6),
        ("C", "social_organisation", 0.8, 0.6),
    ]


@pytest.mark.parametrize(("cost", "budget"), [(10_001, None), (5_000, 104_999)], ids=["over the share", "over budget"])
def test_a_package_over_its_limit_is_refused(cost: int, budget: int | None) -> None:
    room = make_decision_room(budget=budget)
    measure = measure_of(room, cost=cost)
    DecisionRoom.objects.filter(pk=room.pk).update(state="revision", frozen_at=timezone.now())
    with pytest.raises(Invalid):
        make_package(option(room, "A"), measures=[measure], share=Fraction(1, 10), acting_user=room.opened_by)


def test_a_measure_of_a_decided_package_becomes_a_commitment_and_that_a_task() -> None:
    room, _round = counted_room()
    option(room, "B").package.set([measure_of_closed(room)])
    decided = decide(room)
    commitment = decided.commitments.get()
    assert (decided.state, commitment.progress) == ("follow_up", "reserved")
    task = open_task_of_commitment(
        commitment, officer=make_officer(commitment.department), acting_user=decided.opened_by
    )
    commitment.refresh_from_db()
    assert (commitment.task, commitment.progress, task.finding.source) == (task, "due", "decision")


def measure_of_closed(room: DecisionRoom) -> DecisionMeasure:
    """A measure of an option that was rated already."""
    return DecisionMeasure.objects.create(
        option=option(room, "B"),
        number=1,
        kind="service",
        title="摆渡车",
        beneficiaries="东门居民",
        cost=1_000,
        department=make_department(),
        due_on=timezone.localdate() + timedelta(days=60),
        evidence="班次公开",
    )


def promised(room: DecisionRoom, **fields: Any) -> DecisionCommitment:
    values = {"text": "修坡道", "beneficiaries": "轮椅使用者", "evidence": "验收照片", "cost": 100}
    due_on = timezone.localdate() + timedelta(days=30)
    department = make_department()
    return add_commitment(
        room, department=department, due_on=due_on, acting_user=room.opened_by, **{**values, **fields}
    )


def test_a_commitment_that_is_long_overdue_suspends_the_decision_until_it_is_met() -> None:
    room, _round = counted_room()
    room = decide(room)
    commitment = promised(room)
    suspend_what_is_overdue()
    room.refresh_from_db()
    assert room.state == "follow_up"
    DecisionCommitment.objects.filter(pk=commitment.pk).update(due_on=timezone.localdate() - timedelta(days=31))
    suspend_what_is_overdue()
    room.refresh_from_db()
    assert room.state == "suspended"
    with pytest.raises(Conflict):
        resume_room(room, reason="继续。", acting_user=room.opened_by)
    task = open_task_of_commitment_late(commitment)
    RectificationTask.objects.filter(pk=task.pk).update(status="verified")
    assert resume_room(room, reason="坡道修好了。", acting_user=room.opened_by).state == "follow_up"


def open_task_of_commitment_late(commitment: DecisionCommitment) -> RectificationTask:
    """Tasks are due in the future: the deadline is given back for the moment in which it is opened."""
    late = timezone.localdate() - timedelta(days=31)
    DecisionCommitment.objects.filter(pk=commitment.pk).update(due_on=timezone.localdate() + timedelta(days=1))
    commitment.refresh_from_db()
    officer = make_officer(commitment.department)
    task = open_task_of_commitment(commitment, officer=officer, acting_user=commitment.room.opened_by)
    DecisionCommitment.objects.filter(pk=commitment.pk).update(due_on=late)
    return task  # type: ignore[no-any-return]


def test_a_sustained_objection_has_its_minority_report_answered_point_by_point_and_a_review() -> None:
    room = make_decision_room()
    round_ = open_round(room)
    author = make_user()
    objection = file_objection(
        option(room, "B"), standing=CITIZEN, harm="unequal_burden", part="第二条", text="负担不均。", acting_user=author
    )
    DecisionObjection.objects.filter(pk=objection.pk).update(state="sustained")
    rate_all(round_, BALLOTS)
    end(round_)
    with pytest.raises(Invalid) as refused:
        decide(room)
    assert refused.value.data["field"] == "review_on"
    decide(room, review_on=timezone.localdate() + timedelta(days=300))
    report = report_minority(objection, text="我们预计……", indicator="空铺率", acting_user=author)
    assert answer_minority(report, answer="一、……", acting_user=room.opened_by).answered_at is not None


def sustained(author: User, **fields: Any) -> DecisionObjection:
    round_ = open_round(make_decision_room())
    objection = make_objection(option(round_.room, "B"), author, **fields)
    DecisionObjection.objects.filter(pk=objection.pk).update(state="sustained")
    rate_all(round_, BALLOTS)
    end(round_)
    return DecisionObjection.objects.get(pk=objection.pk)


def names_in_history(room: DecisionRoom) -> set[str]:
    return {change.who for change in PublicChanges(room)}


def test_whoever_does_not_show_their_name_is_not_named_by_their_minority_report_either() -> None:
    author = make_user(display_name="钱多多")
    objection = sustained(author, is_protected=True)
    report_minority(objection, text="我们预计……", acting_user=author)
    named = names_in_history(objection.room)
    assert ("钱多多" in named, str(NOT_NAMED) in named) == (False, True)


def test_who_objects_and_reports_for_an_organisation_is_named_by_it() -> None:
    author = make_user(display_name="钱多多")
    organisation = make_organisation("social_organisation", member=author, name="老街商会")
    objection = sustained(author, standing=Standing(StakeholderGroup("social_organisation"), organisation))
    report_minority(objection, text="我们预计……", acting_user=author)
    named = names_in_history(objection.room)
    assert ("钱多多" in named, "老街商会" in named) == (False, True)


def test_what_moved_since_the_count_has_to_be_counted_first() -> None:
    room = make_decision_room()
    round_ = open_round(room)
    objection = file_objection(
        option(room, "A"), standing=CITIZEN, harm="law", part="第一条", text="违反规定。", acting_user=make_user()
    )
    rate_all(round_, BALLOTS)
    end(round_)
    DecisionObjection.objects.get(pk=objection.pk).save()
    with pytest.raises(Conflict):
        decide(room)
