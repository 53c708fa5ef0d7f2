"""Objections from filing to their end, the panel, and petitions of concern."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import gettext

from participation import drawing
from participation.decisions.models import DecisionOption, DecisionRoom
from participation.decisions.notices import admit_what_is_overdue
from participation.decisions.objecting.actions import (
    draw_panel,
    integrate_objection,
    join_panel,
    move_own_objection,
    record_legal_finding,
    vote_on_objection,
)
from participation.decisions.objecting.models import DecisionObjection, DecisionPetition
from participation.decisions.objecting.queries import bench_of, petitions_in, petitions_to_find
from participation.decisions.petitioning.actions import (
    integrate_petition,
    sign_petition,
    start_petition,
    vote_on_petition,
)
from participation.decisions.voting.models import DecisionRound
from participation.stakeholders.models import Role, User
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from privacy.access.models import AccessEvent
from privacy.history.queries import PublicChanges
from tests.factories import CITIZEN, make_moderator, make_officeholder, make_user
from tests.participation.decisions.rooms import (
    BALLOTS,
    end,
    make_decision_room,
    make_objection,
    open_round,
    option,
    rate_all,
    voters,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def round_() -> DecisionRound:
    return open_round(make_decision_room())


def object_to(round_: DecisionRound, key: str = "A", person: User | None = None, **fields: Any) -> DecisionObjection:
    return make_objection(option(round_.room, key), person, **fields)


def seat_panel(round_: DecisionRound) -> list[User]:
    """One volunteer of each side, drawn."""
    member, standing = voters(round_.room, "social_organisation")[-1]
    citizen = make_user()
    join_panel(round_.room, standing=CITIZEN, acting_user=citizen)
    join_panel(round_.room, standing=standing, acting_user=member)
    draw_panel(round_.room, acting_user=make_moderator())
    return [citizen, member]


def test_a_preference_is_no_objection(round_: DecisionRound) -> None:
    with pytest.raises(Invalid) as refused:
        object_to(round_, harm="preference")
    assert refused.value.data["field"] == "harm"


def test_an_objection_needs_the_part_of_the_plan(round_: DecisionRound) -> None:
    with pytest.raises(Invalid):
        object_to(round_, part=" ")


def test_nobody_objects_twice_to_the_same_option(round_: DecisionRound) -> None:
    author = make_user()
    object_to(round_, person=author)
    with pytest.raises(Conflict):
        object_to(round_, person=author)


def test_three_of_four_admit_so_that_of_two_both_have_to(round_: DecisionRound) -> None:
    panel, objection = seat_panel(round_), object_to(round_)
    vote_on_objection(objection, admits=True, reason="说得具体。", acting_user=panel[0])
    objection.refresh_from_db()
    assert objection.state == "filed"
    vote_on_objection(objection, admits=True, reason="同意。", acting_user=panel[1])
    objection.refresh_from_db()
    assert objection.state == "admissible"


def test_what_the_panel_rejects_is_appealed_once(round_: DecisionRound) -> None:
    panel, objection = seat_panel(round_), object_to(round_)
    for state in ("rejected", "rejected"):
        vote_on_objection(objection, admits=False, reason="没有指出危害。", acting_user=panel[0])
        objection.refresh_from_db()
        assert objection.state == state
        if not objection.votes.filter(hearing=2).exists():
            move_own_objection(objection, state="appealed", acting_user=objection.person)
            objection.refresh_from_db()
    with pytest.raises(Conflict):
        move_own_objection(objection, state="appealed", acting_user=objection.person)


def test_nobody_sits_over_the_own_objection(round_: DecisionRound) -> None:
    panel = seat_panel(round_)
    objection = object_to(round_, person=panel[0])
    assert panel[0] not in [juror.person for juror in bench_of(objection)]
    with pytest.raises(NotAllowed):
        vote_on_objection(objection, admits=True, reason="我的。", acting_user=panel[0])


def test_each_opening_of_a_secret_is_on_record_with_its_purpose(round_: DecisionRound) -> None:
    seat_panel(round_)
    end(round_)
    told = AccessEvent.objects.filter(record_ref__in=(round_.row_id, round_.room.row_id)).order_by("pk")
    assert [(one.fields, one.purpose) for one in told] == [
        (["panel_secret"], gettext("To draw the lot")),
        (["secret"], gettext("To draw the lot")),
    ]


def test_anybody_can_draw_the_panel_again(round_: DecisionRound) -> None:
    people = [make_user() for _number in range(4)]
    for person in people:
        join_panel(round_.room, standing=CITIZEN, acting_user=person)
    room = draw_panel(round_.room, acting_user=make_moderator())
    names = [juror.row_id.hex for juror in room.jurors.order_by("rank")]
    secret = bytes.fromhex(room.panel_opened)
    assert drawing.is_opened_by(room.panel_commitment, secret)
    assert names == drawing.draw(secret, sorted(names), len(names))
    with pytest.raises(Closed):
        join_panel(room, standing=CITIZEN, acting_user=make_user())


def test_what_the_panel_leaves_undecided_is_admitted(round_: DecisionRound) -> None:
    objection = object_to(round_)
    DecisionObjection.objects.filter(pk=objection.pk).update(due_on=timezone.localdate() - timedelta(days=1))
    admit_what_is_overdue()
    objection.refresh_from_db()
    assert objection.state == "admissible"


def test_an_unsettled_objection_to_what_would_win_asks_for_integration(round_: DecisionRound) -> None:
    objection = object_to(round_, "B")
    rate_all(round_, BALLOTS)
    counted = end(round_)
    assert (counted.status, counted.result["decision"]["option"]) == ("integrate", "B")  # type: ignore[index]
    assert json.loads(counted.file)["objections"][0]["part"] == objection.part


def test_after_the_last_round_of_integration_it_counts_as_sustained(round_: DecisionRound) -> None:
    objection = object_to(round_, "B")
    DecisionObjection.objects.filter(pk=objection.pk).update(state="admissible")
    for words in ("提高补偿。", "推迟一年。"):
        objection = integrate_objection(objection, words=words, acting_user=make_moderator())
    with pytest.raises(Conflict):
        integrate_objection(objection, words="再来。", acting_user=make_moderator())
    rate_all(round_, BALLOTS)
    counted = end(round_)
    assert (counted.status, counted.result["explanation"]["duties"][0]) == ("decided", "minority_report")  # type: ignore[index]


def test_an_objection_about_safety_blocks_until_the_legal_unit_has_written(round_: DecisionRound) -> None:
    objection = object_to(round_, "B", harm="safety")
    DecisionObjection.objects.filter(pk=objection.pk).update(state="sustained")
    reviewer = make_officeholder(Role.REVIEWER)
    rate_all(round_, BALLOTS)
    assert end(round_).result["decision"]["grades"]["B"] == "return_for_revision"  # type: ignore[index]
    done = record_legal_finding(objection, finding="closed", words="符合规范。", acting_user=reviewer)
    assert done.legal == "closed"


def test_the_ballot_of_an_objection_is_named_only_where_its_author_wants_it(round_: DecisionRound) -> None:
    ballots = rate_all(round_, BALLOTS)
    author = ballots[0].person
    for other in (author, ballots[1].person):
        found = object_to(round_, "A", person=other, with_ballot=other == author)
        DecisionObjection.objects.filter(pk=found.pk).update(state="sustained")
    told = json.loads(end(round_).file)["objections"]
    assert [one["ballot"] is None for one in told] == [False, True]


# Petitions ---------------------------------------------------------------------------------------------------


def test_a_quarter_of_a_roster_is_enough_and_asks_for_every_side_and_one_round(round_: DecisionRound) -> None:
    room = round_.room
    (first, first_for), (second, second_for), *_others = voters(room, "social_organisation")
    petition = start_petition(option(room, "B"), standing=first_for, text="影响太大。", acting_user=first)
    assert [shown.is_valid for shown in petitions_in(room, round_)] == [False]
    sign_petition(petition, standing=second_for, acting_user=second)
    assert [(shown.is_valid, shown.signatures) for shown in petitions_in(room, round_)] == [(True, 2)]
    rate_all(round_, BALLOTS)
    assert end(round_).status == "integrate"
    done = integrate_petition(petition, words="增加了两条补偿措施。", acting_user=make_moderator())
    assert done.integration_rounds == 1


def test_who_began_a_petition_is_named_no_more_than_who_signed_it(round_: DecisionRound) -> None:
    first = make_user(display_name="钱多多")
    start_petition(option(round_.room, "A"), standing=CITIZEN, text="影响太大。", acting_user=first)
    assert "钱多多" not in {change.who for change in PublicChanges(round_.room)}


def test_a_petition_is_signed_once_and_by_its_own_side(round_: DecisionRound) -> None:
    (first, first_for), *_others = voters(round_.room, "social_organisation")
    petition = start_petition(option(round_.room, "A"), standing=first_for, text="影响太大。", acting_user=first)
    with pytest.raises(Conflict):
        sign_petition(petition, standing=first_for, acting_user=first)
    with pytest.raises(NotAllowed):
        sign_petition(petition, standing=CITIZEN, acting_user=make_user())


@pytest.fixture
def affected(round_: DecisionRound) -> DecisionRound:
    DecisionOption.objects.filter(room=round_.room, key="B").update(area="城南三条街", area_people=10)
    return round_


def test_most_people_of_an_affected_area_are_enough(affected: DecisionRound) -> None:
    room = affected.room
    petition = start_petition(
        option(room, "B"), standing=CITIZEN, text="夜里太吵。", of_area=True, acting_user=make_user()
    )
    told = []
    for _number in range(5):
        told.append([(shown.is_valid, shown.signatures) for shown in petitions_in(room, affected)])
        sign_petition(petition, standing=CITIZEN, lives_there=True, acting_user=make_user())
    assert told == [[(False, None)]] * 4 + [[(False, 5)]]
    rate_all(affected, BALLOTS)
    counted = end(affected)
    (filed,) = json.loads(counted.file)["petitions"]
    assert (filed["signers"], filed["signatures"], filed["out_of"], counted.status) == ("area", 6, 10, "integrate")


def test_whoever_signs_for_an_area_says_that_they_live_there(affected: DecisionRound) -> None:
    start = {"standing": CITIZEN, "text": "太吵。", "of_area": True}
    petition = start_petition(option(affected.room, "B"), **start, acting_user=make_user())  # type: ignore[arg-type]
    with pytest.raises(Invalid):
        sign_petition(petition, standing=CITIZEN, acting_user=make_user())
    with pytest.raises(Invalid) as refused:
        start_petition(option(affected.room, "A"), **start, acting_user=make_user())  # type: ignore[arg-type]
    assert refused.value.data["field"] == "of_area"


@pytest.fixture
def beyond(round_: DecisionRound) -> tuple[DecisionPetition, list[User]]:
    """A petition of a side that has used up the one of its year, with enough signatures; and a panel."""
    earlier = DecisionRoom.objects.get(pk=open_round(make_decision_room(groups=("citizen", "enterprise"))).room_id)
    DecisionPetition.objects.create(
        room=earlier,
        option=option(earlier, "A"),
        group="social_organisation",
        text="先前的。",
        started_by=make_user(),
    )
    panel = seat_panel(round_)
    (first, first_for), (second, second_for), *_others = voters(round_.room, "social_organisation")
    petition = start_petition(option(round_.room, "B"), standing=first_for, text="影响太大。", acting_user=first)
    sign_petition(petition, standing=second_for, acting_user=second)
    return petition, panel


@pytest.mark.parametrize("finds", [True, False])
def test_beyond_those_of_the_year_a_petition_counts_where_the_panel_finds_substance(
    beyond: tuple[DecisionPetition, list[User]], round_: DecisionRound, finds: bool
) -> None:
    petition, panel = beyond
    (before,) = petitions_in(round_.room, round_)
    assert (before.is_valid, before.is_beyond_the_year) == (False, True)
    assert petitions_to_find([before], panel[0]) == [petition]
    for member in panel[: 2 if finds else 1]:
        vote_on_petition(petition, finds=finds, reason="说得具体。", acting_user=member)
    (after,) = petitions_in(round_.room, round_)
    assert (after.is_valid, after.petition.has_substance) == (finds, finds)
    assert petitions_to_find([after], panel[1]) == []


def test_only_the_panel_finds_substance_each_once_and_only_where_it_is_needed(
    beyond: tuple[DecisionPetition, list[User]], round_: DecisionRound
) -> None:
    petition, panel = beyond
    with pytest.raises(NotAllowed):
        vote_on_petition(petition, finds=True, reason="好。", acting_user=make_user())
    vote_on_petition(petition, finds=True, reason="好。", acting_user=panel[0])
    with pytest.raises(Conflict):
        vote_on_petition(petition, finds=True, reason="好。", acting_user=panel[0])
    within = start_petition(option(round_.room, "A"), standing=CITIZEN, text="太贵。", acting_user=make_user())
    with pytest.raises(Conflict):
        vote_on_petition(within, finds=True, reason="好。", acting_user=panel[1])


def test_nothing_of_this_is_begun_once_ratings_are_closed(round_: DecisionRound) -> None:
    rate_all(round_, BALLOTS)
    end(round_)
    assert DecisionRoom.objects.get(pk=round_.room_id).state == "closed"
    with pytest.raises(Conflict):
        object_to(round_)
