"""The pages of allocations: what everybody sees, the ballot without JavaScript, desks, files."""

from __future__ import annotations

from hashlib import sha256
from io import BytesIO
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation
from PIL import Image

from participation.allocation.models import Allocation, Phase
from participation.allocation.proposals.actions import review_project
from participation.allocation.proposals.models import ProjectProposal
from participation.allocation.results.models import AllocationResult, ProjectResult
from participation.allocation.results.tasks import count_ballots
from participation.models import AllocationBallot, FrozenBallots
from participation.moderation.actions import hide_item
from participation.stakeholders.models import User
from tests.factories import (
    make_consultation,
    make_department,
    make_house_rule,
    make_line,
    make_moderator,
    make_officer,
    make_user,
)
from tests.participation.allocation.rounds import (
    approving,
    close,
    dates_for,
    listed_round,
    make_allocation,
    make_proposal,
    make_rule,
    move_to,
    vote,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _in_english() -> Any:
    with translation.override("en"):
        yield


def at(name: str, record: Any, *more: Any) -> str:
    return reverse(f"participation:allocation:{name}", args=[record.row_id, *more])


def signed_in(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def page(client: Client, url: str) -> str:
    response = client.get(url)
    assert response.status_code == 200, url
    return response.content.decode()


def counted(*ballots: Any) -> Allocation:
    allocation = listed_round(600, 400, 300)
    vote(allocation, *(ballots or [approving(1)] * 4 + [approving(2)] * 3 + [approving(2, 3)] * 2))
    close(allocation)
    count_ballots.func(AllocationResult.objects.get().pk)
    allocation.refresh_from_db()
    return allocation


@pytest.mark.parametrize("phase", [Phase.ANNOUNCED, Phase.PROPOSING, Phase.REVIEW])
def test_the_page_of_a_round_says_where_it_stands(phase: Phase) -> None:
    allocation = move_to(make_allocation(), phase)
    told = page(Client(), allocation.get_absolute_url())
    assert ('href="' + at("propose", allocation) in told) == (phase == Phase.PROPOSING)
    assert allocation.phase_label in told


def test_rounds_are_found_from_the_list_and_from_their_consultation() -> None:
    consultation = make_consultation()
    allocation = make_allocation(consultation=consultation, dates=dates_for(Phase.ANNOUNCED))
    assert allocation.get_absolute_url() in page(Client(), reverse("participation:allocation:index"))
    assert allocation.get_absolute_url() in page(Client(), consultation.get_absolute_url())
    move_to(allocation, Phase.PROPOSING)
    assert at("propose", allocation) in page(Client(), consultation.get_absolute_url())


@pytest.mark.parametrize(
    ("query", "numbers"),
    [("", {1, 2}), ("?words=长椅", {1}), ("?category=green", {2}), ("?step=feasible", set())],
    ids=["all", "words", "field", "state"],
)
def test_projects_are_found_by_words_field_and_state(query: str, numbers: set[int]) -> None:
    allocation = make_allocation()
    make_proposal(allocation)
    make_proposal(allocation, title="种树", category="green")
    response = Client().get(allocation.get_absolute_url() + query)
    assert {proposal.number for proposal in response.context["page_obj"]} == numbers


def test_a_round_asks_as_often_for_thirty_projects_as_for_one(django_assert_max_num_queries: Any) -> None:
    allocation, people = make_allocation(), [make_user() for _number in range(4)]
    for number in range(20):
        make_proposal(allocation, acting_user=people[number % 4])
    with django_assert_max_num_queries(14):
        page(Client(), allocation.get_absolute_url())


# Proposing ---------------------------------------------------------------------------------------------------------

TYPED = {
    "title": "巷口的灯",
    "category": "safety",
    "place": "槐树巷",
    "description": "晚上看得见。",
    "estimate": "88.50",
}


def photo() -> SimpleUploadedFile:
    content = BytesIO()
    Image.new("RGB", (8, 8), "green").save(content, "JPEG")
    return SimpleUploadedFile("lamp.jpg", content.getvalue())


def test_a_project_is_proposed_with_a_photo_and_shown() -> None:
    allocation, person = make_allocation(), make_user()
    client = signed_in(person)
    response = client.post(at("propose", allocation), {**TYPED, "attachment": photo()})
    proposal = ProjectProposal.objects.get()
    assert (response.status_code, response["Location"]) == (302, proposal.get_absolute_url())
    assert (proposal.estimate, proposal.has_photo) == (88_50, True)
    assert at("attachment", proposal) in page(Client(), proposal.get_absolute_url())
    assert client.get(at("attachment", proposal)).status_code == 200


def test_a_proposer_changes_a_project_on_a_page_until_a_department_has_looked() -> None:
    proposal = make_proposal(make_allocation())
    client = signed_in(proposal.author)
    assert at("change", proposal) in page(client, proposal.get_absolute_url())
    assert page(client, at("change", proposal)).count("100.00") == 1
    assert client.post(at("change", proposal), TYPED)["Location"] == proposal.get_absolute_url()
    assert "巷口的灯" in page(Client(), proposal.get_absolute_url())
    assert signed_in(make_user()).get(at("change", proposal)).status_code == 403
    assert proposal.department is not None
    review_project(proposal, is_feasible=False, reason="不行。", acting_user=make_officer(proposal.department))
    assert at("change", proposal) not in page(client, proposal.get_absolute_url())
    assert client.post(at("change", proposal), {**TYPED, "title": "灯"}).status_code == 409


def test_what_was_typed_stays_where_it_is_refused() -> None:
    allocation = make_allocation()
    refused = Client().post(at("propose", allocation), TYPED)
    assert (refused.status_code, "巷口的灯" in refused.content.decode()) == (401, True)
    too_much = signed_in(make_user()).post(at("propose", allocation), {**TYPED, "estimate": "5000"})
    assert (too_much.status_code, "within the money" in too_much.content.decode()) == (400, True)


# Departments -------------------------------------------------------------------------------------------------------


def test_the_desk_of_a_department_leads_to_what_it_was_asked() -> None:
    allocation = make_allocation()
    assert allocation.department is not None
    proposal, officer = make_proposal(allocation), make_officer(allocation.department)
    client = signed_in(officer)
    assert proposal.get_absolute_url() in page(client, reverse("participation:allocation:desk"))
    response = client.post(
        at("project_act", proposal, "review"),
        {"review-outcome": "unfeasible", "review-reason": "管线。"},
    )
    proposal.refresh_from_db()
    assert (response.status_code, proposal.step) == (302, "unfeasible")
    answered = signed_in(proposal.author).post(at("project_act", proposal, "answer"), {"reply-reply": "在对面。"})
    assert answered.status_code == 302
    assert "在对面。" in page(Client(), proposal.get_absolute_url())


def test_a_keeper_asks_a_department_and_withdraws_a_project() -> None:
    keeper, other = make_moderator(), make_line().department
    allocation = make_allocation(make_department())
    proposal = make_proposal(allocation)
    client = signed_in(keeper)
    assert client.post(at("project_act", proposal, "assign"), {"assign-department": other.pk}).status_code == 302
    assert client.post(at("project_act", proposal, "withdraw"), {"withdraw-reason": ""}).status_code == 400
    assert client.post(at("project_act", proposal, "withdraw"), {"withdraw-reason": "重复"}).status_code == 302
    proposal.refresh_from_db()
    assert (proposal.department, proposal.step) == (other, "withdrawn")


@pytest.mark.parametrize("act", ["answer", "review", "withdraw", "assign"])
def test_others_are_refused_on_the_page_of_a_project(act: str) -> None:
    proposal = make_proposal(make_allocation())
    if act == "answer":
        assert proposal.department is not None
        review_project(proposal, is_feasible=False, reason="不行。", acting_user=make_officer(proposal.department))
    sent = {
        "answer": {"reply-reply": "可以。"},
        "review": {"review-outcome": "unfeasible", "review-reason": "不行。"},
        "withdraw": {"withdraw-reason": "不做了。"},
        "assign": {"assign-department": make_line().department.pk},
    }[act]
    assert signed_in(make_user()).post(at("project_act", proposal, act), sent).status_code == 403


# The ballot --------------------------------------------------------------------------------------------------------


def test_a_ballot_is_filled_in_checked_and_cast_without_javascript() -> None:
    allocation, person = listed_round(600, 400, 300), make_user()
    client, url = signed_in(person), at("ballot", allocation)
    added = client.post(url, {"project": ["1", "3"], "step": "update"})
    assert (added.context["cost"], added.context["is_over"]) == (900_00, False)
    checked = client.post(url, {"project": ["1", "3"], "step": "check"})
    assert "At least 3 are recommended" in checked.content.decode()
    cast = client.post(url, {"project": ["1", "3"], "step": "cast"})
    assert (cast.status_code, cast["Location"]) == (302, at("mine", allocation))
    mine = page(client, at("mine", allocation))
    assert AllocationBallot.objects.get().receipt in mine
    assert [choice.points for choice in client.get(url).context["choices"]].count(1) == 2


@pytest.mark.parametrize(
    ("sent", "said"),
    [({}, "at least one"), ({"project": ["9"]}, "not on the ballot"), ({"project": ["x"]}, "")],
    ids=["empty", "unknown", "no number"],
)
def test_a_ballot_that_is_refused_says_why(sent: dict[str, Any], said: str) -> None:
    response = signed_in(make_user()).post(at("ballot", listed_round(100)), {**sent, "step": "cast"})
    assert (response.status_code, said in response.content.decode()) == (400, True)


def test_points_are_given_in_numbers() -> None:
    allocation = listed_round(600, 400, rules={"ballot_kind": "points", "points": 10})
    client, url = signed_in(make_user()), at("ballot", allocation)
    refused = client.post(url, {"points-1": "9", "points-2": "2", "step": "check"})
    assert "You gave 11 points" in refused.content.decode()
    assert client.post(url, {"points-1": "9", "points-2": "1", "step": "cast"}).status_code == 302


def test_a_late_ballot_is_refused_with_the_reason() -> None:
    allocation = move_to(listed_round(100), Phase.CLOSING)
    response = signed_in(make_user()).post(at("ballot", allocation), {"project": ["1"], "step": "cast"})
    assert (response.status_code, "ended on" in response.content.decode()) == (409, True)


def test_everybody_has_another_order_and_always_the_same() -> None:
    allocation = listed_round(*[10] * 12)
    first, second = signed_in(make_user()), signed_in(make_user())

    def order(client: Client) -> list[int]:
        return [choice.proposal.number for choice in client.get(at("ballot", allocation)).context["choices"]]

    assert order(first) == order(first) != order(second)


def test_nobody_sees_the_ballot_of_another() -> None:
    allocation = listed_round(100)
    vote(allocation, approving(1))
    assert signed_in(make_user()).get(at("mine", allocation)).status_code == 404
    assert Client().get(at("mine", allocation)).status_code == 401


# Results -----------------------------------------------------------------------------------------------------------


def test_the_result_shows_winners_losers_and_the_other_rule() -> None:
    allocation = counted()
    told = page(Client(), at("results", allocation))
    assert "2 projects are funded" in told
    for row in ProjectResult.objects.all():
        assert row.get_absolute_url() in told
        assert ("Why it was funded" in page(Client(), row.proposal.get_absolute_url())) == row.is_winner
    assert "how far they are" in page(Client(), allocation.get_absolute_url())


def test_a_result_that_more_people_prefer_is_told_as_such() -> None:
    make_rule(comparison="decides")
    allocation = listed_round(500, 300, 800)
    voter, *_others = vote(allocation, approving(1, 2), approving(3), approving(3))
    close(allocation)
    count_ballots.func(AllocationResult.objects.get().pk)
    told = page(Client(), at("results", allocation))
    assert "by the rules of this round that result holds" in told
    assert "was left when it had its turn" in told
    lost = page(Client(), allocation.proposals.get(number=1).get_absolute_url())
    won = page(Client(), allocation.proposals.get(number=3).get_absolute_url())
    assert ("which more people prefer" in lost, "which more people prefer" in won) == (True, True)
    assert "What became of your projects" in page(signed_in(voter), at("mine", allocation))
    assert "--comparison decides" in page(Client(), at("verify", allocation))


def test_a_voter_sees_where_the_part_went() -> None:
    allocation = counted(approving(1), approving(1, 2))
    voter = AllocationBallot.objects.select_related("voter").order_by("pk").last()
    assert voter is not None
    assert "Where your part of the budget went" in page(signed_in(voter.voter), at("mine", allocation))


def test_all_that_is_needed_to_check_is_published() -> None:
    allocation = counted()
    frozen, result = FrozenBallots.objects.get(), AllocationResult.objects.get()
    told = page(Client(), at("verify", allocation))
    for digest in (allocation.lot_commitment, allocation.lot_opened, frozen.sha256, result.sha256):
        assert digest in told
    ballots = Client().get(at("ballots_file", allocation)).content
    assert sha256(ballots).hexdigest() == frozen.sha256
    assert sha256(Client().get(at("result_file", allocation)).content).hexdigest() == result.sha256
    assert sorted(Client().get(at("lot_file", allocation)).content.decode().split()) == ["1", "2", "3"]


@pytest.mark.parametrize("name", ["ballots_file", "lot_file", "result_file", "results"])
def test_nothing_is_told_of_the_ballots_before_the_vote_is_closed(name: str) -> None:
    allocation = listed_round(100)
    vote(allocation, approving(1))
    assert Client().get(at(name, allocation)).status_code == 404
    page(Client(), at("verify", allocation))


def test_a_round_without_votes_says_so() -> None:
    allocation = listed_round(100)
    close(allocation)
    count_ballots.func(AllocationResult.objects.get().pk)
    assert "Nobody voted in this round" in page(Client(), allocation.get_absolute_url())
    assert "There is no result yet" in page(Client(), at("results", allocation))


def test_a_project_that_is_hidden_after_the_count_keeps_its_number_in_the_result_and_nothing_else() -> None:
    allocation = counted()
    winner = ProjectResult.objects.won().order_by("place")[0].proposal
    hide_item(winner, rule=make_house_rule(), reason="点名道姓", acting_user=make_moderator())
    winner.refresh_from_db()
    assert Client().get(winner.get_absolute_url()).status_code == 404
    for told in (page(Client(), allocation.get_absolute_url()), page(Client(), at("results", allocation))):
        found = (winner.title in told, winner.get_absolute_url() in told, winner.reference in told)
        assert found == (False, False, True)


def test_open_pages_follow_a_count_and_end_with_it() -> None:
    allocation = listed_round(600, 400)
    vote(allocation, approving(1))
    assert Client().get(at("progress", allocation)).status_code == 404
    close(allocation)
    assert at("progress", allocation) in page(Client(), allocation.get_absolute_url())
    assert "HX-Refresh" not in Client().get(at("progress", allocation))
    count_ballots.func(AllocationResult.objects.get().pk)
    assert Client().get(at("progress", allocation))["HX-Refresh"] == "true"
