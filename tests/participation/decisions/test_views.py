"""The pages of decisions."""

from __future__ import annotations

import json
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from participation.decisions.actions import add_option, publish_options
from participation.decisions.models import DecisionOption, DecisionRoom
from participation.decisions.objecting.actions import file_objection
from participation.decisions.outcome import outcome_of
from participation.decisions.permissions import may_keep, require_judge, require_legal_unit, voices
from participation.decisions.queries import participation_in, shuffled
from participation.decisions.voting.models import DecisionBallot, DecisionRound
from participation.stakeholders.models import Role
from portal.errors import GongzhiError, Invalid
from tests.factories import CITIZEN, make_consultation, make_moderator, make_officeholder, make_user
from tests.participation.decisions.rooms import (
    MOST_WANT_A,
    WE_CANNOT,
    counted_room,
    end,
    make_decision_room,
    make_population,
    make_public_room,
    measure_of,
    open_round,
    option,
    rate,
    rate_all,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def round_() -> DecisionRound:
    return open_round(make_decision_room())


def url(name: str, room: DecisionRoom, *more: Any) -> str:
    return reverse(f"participation:decisions:{name}", args=[room.row_id, *more])


def signed_in(person: Any = None) -> Client:
    client = Client()
    client.force_login(person or make_user())
    return client


def ballot(**ratings: Any) -> dict[str, Any]:
    return {f"rating_{key}": str(value) for key, value in ratings.items()}


# Who may do what, and when ----------------------------------------------------------------------------------------

SEEN = {"draft": (False, True, True), "options": (True, True, True)}


@pytest.mark.parametrize("state", SEEN)
def test_a_draft_is_for_those_who_prepare_and_check_it(state: str) -> None:
    room = make_decision_room() if state == "draft" else make_public_room()
    readers = (make_user(), make_moderator(), make_officeholder(Role.AUDITOR))
    found = tuple(DecisionRoom.objects.visible_to(reader).filter(pk=room.pk).exists() for reader in readers)
    assert found == SEEN[state]


STAGES = {"announced": False, "open": True, "balance": True, "answered": False, "follow_up": False, "closed": False}


@pytest.mark.parametrize("stage", STAGES)
def test_options_are_rated_while_the_consultation_takes_and_weighs_input(stage: str) -> None:
    room = make_public_room(consultation=make_consultation(stage=stage))
    assert bool(voices(make_user(), room).standings) is STAGES[stage]


OFFICES = {
    None: (False, False, False),
    Role.MODERATOR: (True, False, False),
    Role.AUDITOR: (False, True, False),
    Role.REVIEWER: (False, False, True),
    Role.EDITOR: (False, False, False),
}


def may(act: Any, person: Any) -> bool:
    try:
        act(person)
    except GongzhiError:
        return False
    return True


@pytest.mark.parametrize("role", OFFICES, ids=str)
def test_who_keeps_who_judges_ballots_and_who_writes_for_the_legal_unit(role: Role | None) -> None:
    person = make_officeholder(role) if role else make_user()
    room = make_public_room()
    found = (may_keep(person, room), may(require_judge, person), may(require_legal_unit, person))
    assert found == OFFICES[role]


# The ballot -------------------------------------------------------------------------------------------------------


def test_a_ballot_is_cast_by_a_plain_form_and_leads_to_its_receipt(round_: DecisionRound) -> None:
    person = make_user()
    response = signed_in(person).post(url("rate", round_.room), ballot(A=7, B="-", SQ=3))
    assert (response.status_code, response["Location"]) == (302, url("receipt", round_.room))
    page = signed_in(person).get(url("receipt", round_.room)).content.decode()
    assert DecisionBallot.objects.get(person=person).receipt in page


def test_of_where_a_ballot_came_from_only_hashes_are_kept_until_it_is_closed(round_: DecisionRound) -> None:
    people = [make_user() for _number in range(2)]
    for person in people:
        signed_in(person).post(url("rate", round_.room), ballot(A=7, B="-", SQ=3), REMOTE_ADDR="203.0.113.9")
    kept = list(round_.ballots.values("network", "device"))
    assert kept[0] == kept[1]
    assert [len(value) for value in kept[0].values()] == [32, 32]
    assert "203.0.113.9" not in str(kept)
    end(round_)
    assert set(round_.ballots.values_list("network", "device")) == {("", "")}


def test_where_the_population_is_known_a_citizen_may_say_where_they_live_and_how_old_they_are() -> None:
    make_population()
    round_ = open_round(make_decision_room())
    person = make_user()
    given = ballot(A=7, SQ=3) | {"district": "城南", "ages": "35+"}
    assert signed_in(person).post(url("rate", round_.room), given).status_code == 302
    page = signed_in(person).get(url("rate", round_.room))
    assert [page.context["form"][name].value() for name in ("district", "ages")] == ["城南", "35+"]


def test_what_is_missing_is_said_beside_what_was_typed(round_: DecisionRound) -> None:
    response = signed_in().post(url("rate", round_.room), ballot(A=0, B=8))
    assert response.status_code == 400
    assert list(response.context["form"].errors) == ["reason_A"]
    assert response.context["form"]["rating_B"].value() == "8"


def test_a_visitor_may_look_at_the_ballot_and_is_asked_to_sign_in_to_cast_it(round_: DecisionRound) -> None:
    assert Client().get(url("rate", round_.room)).status_code == 200
    assert Client().post(url("rate", round_.room), ballot(A=7)).status_code in (302, 401)


def test_the_address_of_a_ballot_whose_time_is_over_leads_to_the_decision(round_: DecisionRound) -> None:
    end(round_)
    response = signed_in().get(url("rate", round_.room), follow=True)
    assert response.redirect_chain == [(round_.room.get_absolute_url(), 302)]
    assert len(response.context["messages"]) == 1


def test_every_voter_sees_the_options_in_an_order_of_their_own_that_stays() -> None:
    room = make_decision_room(options={"A": 1, "B": 2, "C": 3, "D": 4, "E": 5})
    options = list(room.options.all())
    people = [make_user() for _number in range(12)]
    orders = {tuple(one.key for one in shuffled(options, room, person)) for person in people}
    again = {tuple(one.key for one in shuffled(options, room, person)) for person in people}
    assert len(orders) > 1
    assert orders == again


def test_nobody_else_sees_a_receipt(round_: DecisionRound) -> None:
    rate(round_, A=5)
    assert signed_in().get(url("receipt", round_.room)).status_code == 404


# Before and after the count ---------------------------------------------------------------------------------------


def test_before_the_end_only_numbers_of_ballots_are_told_and_no_small_ones(round_: DecisionRound) -> None:
    rate_all(round_, {"citizen": [MOST_WANT_A] * 6, "social_organisation": [WE_CANNOT] * 2})
    told = {row.group: row.ballots for row in participation_in(round_)}
    assert told == {"citizen": None, "social_organisation": None}
    assert Client().get(url("ballots", round_.room, 1)).status_code == 404


def test_while_more_time_is_given_nothing_of_the_result_is_shown() -> None:
    room = make_decision_room()
    round_ = open_round(room)
    rate_all(round_, {"citizen": [MOST_WANT_A] * 8})
    round_ = end(round_)
    assert (round_.status, outcome_of(room, round_)) == ("extend", None)
    assert Client().get(url("ballots", room, 1)).status_code == 404


def test_the_outcome_has_a_row_for_every_option_and_a_cell_for_every_side() -> None:
    room, round_ = counted_room()
    shown = outcome_of(room, round_)
    assert shown is not None
    assert [(row.option.key, row.is_chosen, [cell.passes for cell in row.cells]) for row in shown.rows] == [
        ("B", True, [True, True]),
        ("A", False, [True, False]),
        ("SQ", False, [False, True]),
    ]
    assert len(shown.why) == 1


@pytest.mark.parametrize(("few", "means"), [(4, [0.5, 0.1, 0.5]), (2, [None, None, None])])
def test_of_small_groups_the_outcome_tells_what_the_file_does(few: int, means: list[float | None]) -> None:
    room, round_ = counted_room(few_organisations(few))
    if round_.status == "extend":
        DecisionRound.objects.filter(pk=round_.pk).update(
            result={**round_.result, "decision": after_extensions(round_)}
        )
        round_ = DecisionRound.objects.get(pk=round_.pk)
    shown = outcome_of(room, round_)
    assert shown is not None
    cells = [cell for row in shown.rows for cell in row.cells if cell.group == "social_organisation"]
    assert sorted((cell.mean for cell in cells), key=str) == sorted(means, key=str)
    assert (shown.added_up, shown.untold) == (
        ((), ("social_organisation",)) if few == 2 else (("social_organisation",), ())
    )
    assert Client().get(url("detail", room)).status_code == 200


def few_organisations(few: int) -> dict[str, Any]:
    return {"citizen": [MOST_WANT_A] * 8, "social_organisation": [WE_CANNOT] * few}


def after_extensions(round_: DecisionRound) -> dict[str, Any]:
    """As the count is told once no more time is given."""
    return {**(round_.result or {})["decision"], "status": "authority"}


def test_options_that_no_other_beats_are_drawn_with_an_axis_for_each_side() -> None:
    room, _round = counted_room()
    page = Client().get(url("detail", room)).content.decode()
    assert page.count('class="drawing parallel"') == 1
    # A and B, in a form for phones and one for wide pages; B is at least as good for everybody as how things are.
    assert page.count("<polyline") == 2 * 2


@pytest.mark.parametrize("language", ["", "/en"])
def test_the_page_of_a_counted_decision_is_shown_in_both_languages(language: str) -> None:
    room, _round = counted_room()
    assert Client().get(language + url("detail", room)).status_code == 200


def test_the_file_that_is_taken_is_the_one_that_was_hashed() -> None:
    room, round_ = counted_room()
    content = Client().get(url("ballots", room, 1)).content.decode()
    assert content == round_.file
    assert json.loads(content)["charter_sha256"] == room.charter_sha256


# Keepers ----------------------------------------------------------------------------------------------------------


def test_a_keeper_prepares_a_room_from_its_consultation() -> None:
    consultation, keeper = make_consultation(), make_moderator()
    given = {"consultation": consultation.row_id, "title": "选方案", "question": "选哪个？", "status_quo": "照旧"}
    response = signed_in(keeper).post(reverse("participation:decisions:new"), given)
    room = DecisionRoom.objects.get()
    assert response["Location"] == url("keep", room)
    assert [one.key for one in room.options.all()] == ["SQ"]


@pytest.mark.parametrize("state", ["draft", "rating", "counted"])
def test_the_page_of_the_keeper_stands_in_every_state(state: str) -> None:
    room = make_decision_room() if state == "draft" else counted_room()[0] if state == "counted" else None
    room = room or open_round(make_decision_room()).room
    assert signed_in(room.opened_by).get(url("keep", room)).status_code == 200


def test_of_an_option_only_what_is_filled_in_is_changed() -> None:
    room = make_decision_room()
    keeper, before = signed_in(room.opened_by), option(room, "A")
    given = {"change-option": "A", "change-text": "先修屋顶。", "change-reason": "大家要求的"}
    assert keeper.post(url("act", room, "change"), given).status_code == 302
    after = option(room, "A")
    assert (after.text, after.title, after.cost) == ("先修屋顶。", before.title, before.cost)
    assert keeper.post(url("act", room, "change"), {**given, "change-text": ""}).status_code == 400


def test_an_option_over_the_budget_is_refused_beside_its_cost() -> None:
    room = make_decision_room(budget=100_000)
    given = {"option-title": "太贵", "option-text": "全换", "option-cost": "1000.01", "option-legal_note": "可行"}
    response = signed_in(room.opened_by).post(url("act", room, "option"), given)
    assert (response.status_code, list(response.context["option_form"].errors)) == (400, ["cost"])


def test_an_objection_has_a_page_for_everybody(round_: DecisionRound) -> None:
    found = file_objection(
        option(round_.room, "A"), standing=CITIZEN, harm="law", part="第一条", text="违规。", acting_user=make_user()
    )
    assert Client().get(found.get_absolute_url()).status_code == 200


def test_a_protected_author_is_named_nowhere(round_: DecisionRound) -> None:
    author = make_user(display_name="不愿具名的人")
    found = file_objection(
        option(round_.room, "A"),
        standing=CITIZEN,
        harm="law",
        part="第一条",
        text="违规。",
        is_protected=True,
        acting_user=author,
    )
    pages = [
        Client().get(address).content.decode() for address in (found.get_absolute_url(), url("detail", round_.room))
    ]
    assert [author.display_name in page for page in pages] == [False, False]


def test_the_page_of_the_consultation_leads_to_its_decisions() -> None:
    room = make_public_room()
    assert room.get_absolute_url() in Client().get(room.consultation.get_absolute_url()).content.decode()


def test_whoever_looks_after_a_consultation_finds_the_way_to_prepare_a_decision() -> None:
    consultation, keeper = make_consultation(), make_moderator()
    page = signed_in(keeper).get(reverse("participation:consultations:keep", args=[consultation.row_id]))
    assert f"{reverse('participation:decisions:new')}?consultation={consultation.row_id}" in page.content.decode()


def test_what_measures_cost_is_told_for_each_household_and_compared() -> None:
    room = make_decision_room()
    plan = option(room, "A")
    DecisionOption.objects.filter(pk=plan.pk).update(households=40)
    measure_of(room, cost=10_000)
    publish_options(room, acting_user=room.opened_by)
    page = Client().get(reverse("participation:decisions:burdens"))
    assert [(one.option, one.cost, one.each) for one in page.context["page_obj"]] == [(plan, 10_000, 250)]
    assert reverse("participation:decisions:burdens") in Client().get(url("detail", room)).content.decode()


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"benefit": 1}, "equity_reason"),
        ({"area": "城南三条街"}, "area"),
        ({"area": "城南三条街", "area_people": 9}, "area_people"),
        ({"households": 0}, "households"),
    ],
    ids=lambda given: given if isinstance(given, str) else "-".join(given),
)
def test_whom_an_option_burdens_is_said_whole_or_not_at_all(given: dict[str, Any], field: str) -> None:
    room = make_decision_room()
    with pytest.raises(Invalid) as refused:
        add_option(room, title="C", text="全换", cost=2, legal_note="可行", acting_user=room.opened_by, **given)
    assert refused.value.data["field"] == field
