"""Rounds, proposals, feasibility, the list: by the actions."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.utils import timezone, translation

from participation.allocation.actions import change_dates, publish_list
from participation.allocation.models import Allocation, AllocationRule, Phase
from participation.allocation.proposals.actions import (
    answer_review,
    assign_department,
    change_project,
    review_project,
    withdraw_project,
)
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.rule_files import OWN
from participation.consultations.models import Stage, WayIn
from participation.models import FeasibilityReview
from participation.moderation.actions import decide_appeal, hide_item, lodge_appeal, report_item, show_item
from participation.moderation.queries import queue_of
from participation.stakeholders.levels.queries import Level
from participation.stakeholders.models import Role
from portal.errors import Closed, Conflict, GongzhiError, Invalid, NotAllowed
from privacy.log.models import PendingLeaf
from tests.factories import (
    EVERY_GROUP,
    make_consultation,
    make_department,
    make_house_rule,
    make_line,
    make_moderator,
    make_officeholder,
    make_officer,
    make_user,
)
from tests.participation.allocation.rounds import (
    DAY,
    dates_for,
    listed_round,
    make_allocation,
    make_proposal,
    make_rule,
    move_to,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


@pytest.mark.parametrize("phase", [phase for phase in Phase if phase not in (Phase.CLOSED, Phase.COUNTED)])
def test_where_a_round_stands_follows_from_its_dates_and_its_list(phase: Phase) -> None:
    allocation = Allocation(**dates_for(phase))
    if phase in (Phase.LISTED, Phase.VOTING, Phase.CLOSING):
        allocation.listed_at = timezone.now()
    assert allocation.phase == phase


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"amount": 0}, "amount"),
        ({"title": " "}, "title"),
        ({"rules": {"ballot_kind": "points"}}, "points"),
        ({"rules": {"points": 5}}, "points"),
        ({"rules": {"utility": "points"}}, "utility"),
        ({"rules": {"most_projects": 0}}, "most_projects"),
        ({"rules": {"completion": "magic"}}, "completion"),
        ({"dates": {**dates_for(Phase.PROPOSING), "voting_from": timezone.now() - DAY}}, "voting_from"),
        ({"dates": dates_for(Phase.CLOSING)}, "voting_until"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_round_that_could_not_be_held_is_refused(wrong: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_allocation(**wrong)
    assert refused.value.data["field"] == field


def test_without_rules_no_round_is_opened() -> None:
    make_rule(valid_from=timezone.localdate() + DAY)
    with pytest.raises(Closed, match="no rules"):
        make_allocation()


@pytest.mark.parametrize("rules", [{"required_level": Level.EMAIL}, {"recommended": 2}], ids=["level", "number"])
def test_a_round_asks_for_what_the_rules_of_its_day_ask_or_more(rules: dict[str, int]) -> None:
    make_rule(valid_from=date(2020, 1, 1), valid_until=date(2024, 12, 31), recommended=9)
    rule = make_rule(required_level=Level.PHONE)
    higher = {"required_level": Level.RESIDENT, "recommended": 4}
    allocation = make_allocation(rules=higher)
    assert (allocation.rule, allocation.required_level, allocation.recommended) == (rule, Level.RESIDENT, 4)
    with pytest.raises(Invalid, match="not for less"):
        make_allocation(rules={**higher, **rules})


def test_rules_are_entered_once_and_never_changed(tmp_path: Path) -> None:
    call_command("allocation_rules", verbosity=0)
    call_command("allocation_rules", verbosity=0)
    rule = AllocationRule.objects.get()
    assert (rule.required_level, rule.recommended, rule.proposals_most, rule.comparison) == (3, 3, 5, "shown")
    other = tmp_path / "rules.toml"
    for words in (OWN.read_text().replace("recommended = 3", "recommended = 4"), "rules = [{}]"):
        other.write_text(words)
        with pytest.raises(CommandError):
            call_command("allocation_rules", other)


def test_a_consultation_without_this_way_in_has_no_round() -> None:
    consultation = make_consultation(ways_in=[(WayIn.Way.FEEDBACK, group) for group in EVERY_GROUP])
    with pytest.raises(Closed, match="does not use this way"):
        make_allocation(consultation=consultation, dates=dates_for(Phase.ANNOUNCED))


def test_a_round_lies_within_the_time_in_which_its_consultation_takes_input() -> None:
    consultation = make_consultation()
    taking = consultation.stages.get(kind=Stage.Kind.OPEN)
    assert taking.ends_at is not None
    dates = dates_for(Phase.ANNOUNCED)
    allocation = make_allocation(consultation=consultation, department=make_department(), dates=dates)
    assert list(Allocation.objects.visible_to(make_user())) == [allocation]
    with pytest.raises(Invalid, match="within the time"):
        make_allocation(consultation=consultation, dates={**dates, "voting_until": taking.ends_at + DAY})


def test_a_round_is_as_public_as_its_consultation() -> None:
    consultation = make_consultation()
    allocation = make_allocation(consultation=consultation, dates=dates_for(Phase.ANNOUNCED))
    consultation.stages.update(starts_at=timezone.now() + DAY, ends_at=None)
    assert list(Allocation.objects.visible_to(make_user())) == []
    assert list(Allocation.objects.visible_to(make_moderator())) == [allocation]


def test_dates_that_have_passed_stay() -> None:
    allocation, keeper = make_allocation(), make_moderator()
    later = allocation.voting_until + DAY
    assert (
        change_dates(allocation, dates={"voting_until": later}, reason="春节", acting_user=keeper).voting_until == later
    )
    with pytest.raises(Closed):
        change_dates(allocation, dates={"proposals_from": timezone.now() + DAY}, reason="x", acting_user=keeper)


# Proposing -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("phase", [Phase.ANNOUNCED, Phase.REVIEW, Phase.CLOSING])
def test_projects_are_proposed_while_proposals_are_taken(phase: Phase) -> None:
    allocation = move_to(make_allocation(), phase)
    with pytest.raises(Closed):
        make_proposal(allocation)


def test_projects_are_numbered_in_a_round() -> None:
    allocation = make_allocation()
    assert [make_proposal(allocation).number for _each in range(3)] == [1, 2, 3]
    assert make_proposal(make_allocation()).number == 1


def test_nobody_fills_the_list_alone() -> None:
    make_rule(proposals_most=2)
    allocation, person = make_allocation(), make_user()
    for _number in range(2):
        make_proposal(allocation, acting_user=person)
    with pytest.raises(Conflict):
        make_proposal(allocation, acting_user=person)


CHANGED = {"title": "巷口的灯", "place": "槐树巷", "description": "晚上看得见。", "category": "safety"}


def test_a_project_is_changed_until_a_department_has_looked_and_its_history_keeps_what_was() -> None:
    proposal = make_proposal(make_allocation())
    changed = change_project(proposal, **CHANGED, estimate=80_00, acting_user=proposal.author)
    assert (changed.title, changed.estimate, changed.changed_at is not None) == ("巷口的灯", 80_00, True)
    assert list(changed.history.order_by("pk").values_list("title", flat=True)) == ["巷口的长椅", "巷口的灯"]
    assert PendingLeaf.objects.filter(kind="project.changed").count() == 1
    with pytest.raises(Conflict):
        change_project(proposal, **CHANGED, estimate=80_00, acting_user=proposal.author)
    with pytest.raises(NotAllowed):
        change_project(proposal, **CHANGED, estimate=90_00, acting_user=make_user())
    assert proposal.department is not None
    review_project(
        proposal, is_feasible=True, cost=1_00, reason="可行。", acting_user=make_officer(proposal.department)
    )
    with pytest.raises(Conflict):
        change_project(proposal, **CHANGED, estimate=90_00, acting_user=proposal.author)


def test_a_project_is_not_changed_once_no_more_are_proposed() -> None:
    proposal = make_proposal(make_allocation())
    move_to(proposal.allocation, Phase.REVIEW)
    with pytest.raises(Closed):
        change_project(proposal, **CHANGED, estimate=80_00, acting_user=proposal.author)


@pytest.mark.parametrize("estimate", [0, 1000_01])
def test_an_estimate_lies_within_the_money(estimate: int) -> None:
    with pytest.raises(Invalid) as refused:
        make_proposal(make_allocation(), estimate=estimate)
    assert refused.value.data["field"] == "estimate"


def test_somebody_below_the_level_of_the_round_is_told_how_to_reach_it() -> None:
    allocation = make_allocation(rules={"required_level": Level.RESIDENT})
    with pytest.raises(NotAllowed, match="residents"):
        make_proposal(allocation)


def test_a_file_that_is_no_picture_is_kept_as_it_is() -> None:
    upload = SimpleUploadedFile("plan.pdf", b"%PDF-1.7 plan")
    assert make_proposal(make_allocation(), attachment=upload).attachment_name == "plan.pdf"


def test_whose_consultation_looks_first_the_proposal_waits_for_a_moderator() -> None:
    consultation = make_consultation()
    consultation.look_within_hours = 24
    consultation.save()
    allocation = make_allocation(consultation=consultation, dates=dates_for(Phase.ANNOUNCED))
    proposal = make_proposal(move_to(allocation, Phase.PROPOSING))
    assert list(ProjectProposal.objects.visible_to(make_user())) == []
    moderator = make_moderator()
    assert [task.item for task in queue_of(moderator).held] == [proposal]
    show_item(proposal, reason="", acting_user=moderator)
    assert list(ProjectProposal.objects.visible_to(make_user())) == [proposal]
    change_project(proposal, **CHANGED, estimate=80_00, acting_user=proposal.author)
    assert list(ProjectProposal.objects.visible_to(make_user())) == []


# Feasibility -----------------------------------------------------------------------------------------------------


def test_what_is_not_feasible_is_answered_once_and_looked_at_again() -> None:
    proposal = make_proposal(make_allocation())
    department = proposal.department
    assert department is not None
    officer = make_officer(department)
    review_project(proposal, is_feasible=False, reason="地下有管线。", acting_user=officer)
    proposal.refresh_from_db()
    assert proposal.step == "unfeasible"
    answer_review(proposal, reply="管线在对面。", acting_user=proposal.author)
    review_project(proposal, is_feasible=False, reason="两边都有。", acting_user=officer)
    with pytest.raises(Conflict):
        answer_review(proposal, reply="还是在对面。", acting_user=proposal.author)
    review_project(proposal, is_feasible=True, cost=120_00, reason="已现场核实。", acting_user=officer)
    proposal.refresh_from_db()
    assert (proposal.step, proposal.cost, FeasibilityReview.objects.count()) == ("feasible", 120_00, 3)


@pytest.mark.parametrize("cost", [None, 0, 1000_01])
def test_what_is_feasible_has_a_cost_within_the_money(cost: int | None) -> None:
    proposal = make_proposal(make_allocation())
    assert proposal.department is not None
    with pytest.raises(Invalid) as refused:
        review_project(
            proposal, is_feasible=True, cost=cost, reason="可行。", acting_user=make_officer(proposal.department)
        )
    assert refused.value.data["field"] == "cost"


def test_a_department_that_was_not_asked_does_not_judge() -> None:
    proposal, other = make_proposal(make_allocation()), make_department()
    with pytest.raises(NotAllowed):
        review_project(proposal, is_feasible=False, reason="不行。", acting_user=make_officer(other))
    assign_department(proposal, department=other, acting_user=make_moderator())
    proposal.refresh_from_db()
    review_project(proposal, is_feasible=False, reason="不行。", acting_user=make_officer(other))


def test_nobody_judges_the_own_project() -> None:
    allocation = make_allocation()
    assert allocation.department is not None
    officer = make_officer(allocation.department)
    proposal = make_proposal(allocation, acting_user=officer)
    with pytest.raises(NotAllowed):
        review_project(proposal, is_feasible=True, cost=1_00, reason="可行。", acting_user=officer)


def test_the_list_waits_for_every_department() -> None:
    allocation = make_allocation()
    make_proposal(allocation)
    move_to(allocation, Phase.REVIEW)
    with pytest.raises(Conflict, match="1 proposed project"):
        publish_list(allocation, acting_user=make_moderator())


def test_the_list_does_not_wait_for_a_project_that_was_withdrawn_before_a_moderator_had_looked() -> None:
    allocation = make_allocation()
    proposal, other = make_proposal(allocation), make_proposal(allocation)
    assert allocation.department is not None
    review_project(other, is_feasible=True, reason="可行。", cost=100, acting_user=make_officer(allocation.department))
    ProjectProposal.objects.filter(pk=proposal.pk).update(status="held")
    withdraw_project(proposal, reason="不做了。", acting_user=proposal.author)
    move_to(allocation, Phase.REVIEW)
    publish_list(allocation, acting_user=make_moderator())
    assert list(ProjectProposal.objects.on_ballot()) == [other]


def test_without_a_feasible_project_there_is_no_list() -> None:
    allocation = make_allocation()
    proposal = make_proposal(allocation)
    assert allocation.department is not None
    review_project(proposal, is_feasible=False, reason="不行。", acting_user=make_officer(allocation.department))
    move_to(allocation, Phase.REVIEW)
    with pytest.raises(Conflict, match="nothing to vote on"):
        publish_list(allocation, acting_user=make_moderator())


# Moderation ------------------------------------------------------------------------------------------------------


def test_a_proposal_is_reported_hidden_appealed_against_and_shown_again() -> None:
    proposal = make_proposal(make_allocation())
    report_item(proposal, reason="advert", acting_user=make_user())
    decision = hide_item(proposal, rule=make_house_rule(), reason="广告", acting_user=make_moderator())
    proposal.refresh_from_db()
    assert proposal.is_hidden
    assert list(ProjectProposal.objects.visible_to(make_user())) == []
    appeal = lodge_appeal(decision, words="不是广告。", acting_user=proposal.author)
    decide_appeal(appeal, outcome="granted", reason="不是。", acting_user=make_moderator())
    proposal.refresh_from_db()
    assert not proposal.is_hidden


def test_what_is_on_the_ballot_is_withdrawn_and_not_hidden() -> None:
    allocation = listed_round(100)
    with pytest.raises(Closed):
        hide_item(allocation.proposals.get(), rule=make_house_rule(), reason="广告", acting_user=make_moderator())


# Who ------------------------------------------------------------------------------------------------------------

WHO = ("visitor", "proposer", "citizen", "officer", "other officer", "moderator", "auditor")
ALLOWED = {
    "assign": {"officer", "moderator"},
    "review": {"officer"},
    "answer": {"proposer"},
    "withdraw": {"proposer", "officer", "moderator"},
    "dates": {"officer", "moderator"},
    "list": {"officer", "moderator"},
}


@pytest.mark.parametrize("deed", list(ALLOWED))
def test_who_may_do_what_in_a_round(deed: str) -> None:
    department = make_line().department
    allocation = make_allocation(department)
    proposal = make_proposal(allocation)
    officer = make_officer(department)
    people: dict[str, Any] = {
        "visitor": None,
        "proposer": proposal.author,
        "citizen": make_user(),
        "officer": officer,
        "other officer": make_officer(make_department()),
        "moderator": make_moderator(),
        "auditor": make_officeholder(Role.AUDITOR),
    }
    if deed == "answer":
        review_project(proposal, is_feasible=False, reason="不行。", acting_user=officer)
    deeds: dict[str, Any] = {
        "assign": lambda who: assign_department(proposal, department=make_department(), acting_user=who),
        "review": lambda who: review_project(proposal, is_feasible=False, reason="不行。", acting_user=who),
        "answer": lambda who: answer_review(proposal, reply="可以。", acting_user=who),
        "withdraw": lambda who: withdraw_project(proposal, reason="不做了。", acting_user=who),
        "dates": lambda who: change_dates(allocation, dates={}, reason="无", acting_user=who),
        "list": lambda who: publish_list(allocation, acting_user=who),
    }
    allowed = set()
    for name in WHO:
        try:
            deeds[deed](people[name])
        except (Conflict, Closed):
            # The right is there; it is not the time, or it was done.
            allowed.add(name)
        except GongzhiError:
            continue
        else:
            allowed.add(name)
    assert allowed == ALLOWED[deed]
