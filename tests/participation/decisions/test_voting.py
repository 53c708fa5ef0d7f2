"""Ballots, receipts, closing, the file and the count."""

from __future__ import annotations

import hashlib
import json
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from django.core.management import call_command
from django.utils import timezone

from participation.decisions.actions import change_seat, publish_options
from participation.decisions.models import DecisionRoom
from participation.decisions.objecting.models import DecisionObjection
from participation.decisions.voting.actions import (
    cast_ballot,
    close_round,
    extend_round,
    hide_words,
    judge_ballot,
    open_rating,
)
from participation.decisions.voting.counting import record_result, work_out
from participation.decisions.voting.files import result_text
from participation.decisions.voting.models import DecisionBallot, DecisionRound
from participation.decisions.voting.receipts import receipt_of
from participation.stakeholders.models import Role
from portal.errors import Closed, Conflict, Invalid, NotAllowed
from privacy.access.recording import reading
from tests.factories import CITIZEN, make_moderator, make_officeholder, make_user
from tests.log_entries import entries
from tests.participation.decisions.rooms import (
    BALLOTS,
    FEW,
    MOST_WANT_A,
    WE_CANNOT,
    again,
    counted_room,
    end,
    make_decision_room,
    make_objection,
    make_population,
    make_rule,
    open_round,
    option,
    rate,
    rate_all,
    voters,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]
State = DecisionRoom.State


@pytest.fixture
def round_() -> DecisionRound:
    return open_round(make_decision_room())


# Before ------------------------------------------------------------------------------------------------------


def test_the_charter_is_frozen_with_groups_rosters_and_equal_weights(round_: DecisionRound) -> None:
    charter = round_.room.charter
    assert charter["groups"] == {
        "citizen": {"open": True, "quorum": 3},
        "social_organisation": {"open": False, "roster": 5},
    }
    assert charter["weights"] == {"citizen": "1/2", "social_organisation": "1/2"}
    (leaf,) = entries(kind="decision.charter_frozen")
    assert json.loads(leaf.leaf)["public"]["charter_sha256"] == round_.room.charter_sha256


def test_without_rules_on_record_nothing_opens() -> None:
    room = publish_options(make_decision_room(), acting_user=make_moderator())
    with pytest.raises(Closed):
        open_rating(room, ends_at=timezone.now() + timedelta(days=10), acting_user=make_moderator())


def test_people_have_as_many_days_as_the_rules_say() -> None:
    make_rule()
    room = publish_options(make_decision_room(), acting_user=make_moderator())
    with pytest.raises(Invalid) as refused:
        open_rating(room, ends_at=timezone.now() + timedelta(days=6), acting_user=make_moderator())
    assert refused.value.data["field"] == "ends_at"


def test_branches_of_one_owner_share_a_ballot() -> None:
    room = make_decision_room(groups=("citizen", "enterprise"), seats=2)
    first, second = room.seats.order_by("pk")
    change_seat(second, votes_with=first, reason="同一集团", acting_user=make_moderator())
    round_ = open_round(room)
    (one, one_for), (two, two_for) = voters(room, "enterprise")
    ballot = rate(round_, one, one_for, A=5)
    assert round_.room.charter["groups"]["enterprise"]["roster"] == 1
    assert rate(round_, two, two_for, A=8).pk == ballot.pk


# Ballots -----------------------------------------------------------------------------------------------------


def test_the_latest_ballot_counts_and_each_has_its_leaf(round_: DecisionRound) -> None:
    person = make_user()
    first = rate(round_, person, A=3, B=4, SQ=5)
    second = rate(round_, person, A=8, B=4, SQ=5)
    assert (first.pk, round_.ballots.count()) == (second.pk, 1)
    states = [json.loads(leaf.leaf)["public"]["state"] for leaf in entries(kind="ballot.cast")]
    assert states == ["cast", "changed"]


def test_a_ballot_lies_sealed_and_its_voter_can_make_the_receipt_again(round_: DecisionRound) -> None:
    ballot = rate(round_, A=8, B=None, SQ=3)
    with reading("test"):
        kept = DecisionBallot.objects.get(pk=ballot.pk)
        text, receipt = f"{kept.content['nonce']} A=8 B=- SQ=3", kept.receipt
    assert hashlib.sha256(text.encode()).hexdigest() == receipt
    plain = DecisionBallot.objects.filter(pk=ballot.pk).values().get()
    assert [name for name, value in plain.items() if receipt in str(value)] == []


@pytest.mark.parametrize(
    ("ratings", "field"),
    [({"A": 11}, "rating_A"), ({"A": -1}, "rating_A"), ({"Z": 5}, None), ({"A": None}, None), ({}, None)],
)
def test_what_is_no_ballot_is_refused(round_: DecisionRound, ratings: Any, field: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        cast_ballot(round_, standing=CITIZEN, ratings=ratings, acting_user=make_user())
    assert refused.value.data.get("field") == field


def test_strong_opposition_has_to_give_its_reason(round_: DecisionRound) -> None:
    with pytest.raises(Invalid) as refused:
        cast_ballot(round_, standing=CITIZEN, ratings={"A": 1}, acting_user=make_user())
    assert refused.value.data["field"] == "reason_A"


def test_one_person_casts_one_ballot_for_one_side(round_: DecisionRound) -> None:
    person, standing = voters(round_.room, "social_organisation")[0]
    rate(round_, person, standing, A=5)
    with pytest.raises(NotAllowed):
        rate(round_, person, CITIZEN, A=5)


def test_an_organisation_off_the_roster_has_no_ballot() -> None:
    room = make_decision_room()
    person, standing = voters(room, "social_organisation")[0]
    seat = room.seats.get(organisation=standing.organisation)
    change_seat(seat, is_removed=True, reason="未参与", acting_user=make_moderator())
    with pytest.raises(NotAllowed):
        rate(open_round(room), person, standing, A=5)


def test_nothing_is_taken_after_the_end(round_: DecisionRound) -> None:
    DecisionRound.objects.filter(pk=round_.pk).update(ends_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Closed):
        rate(round_, A=5)


def test_nobody_closes_before_the_end(round_: DecisionRound) -> None:
    with pytest.raises(Closed):
        close_round(round_, acting_user=make_moderator())


# The count ---------------------------------------------------------------------------------------------------


def test_what_all_can_live_with_wins_over_what_most_want() -> None:
    _room, round_ = counted_room()
    assert (round_.work, round_.status) == ("done", "decided")
    assert (round_.result["decision"]["option"], round_.result["winners"]["pooled"]) == ("B", "A")  # type: ignore[index]


@pytest.mark.parametrize("organisations", [5, 4, 3, 2])
def test_the_published_file_gives_the_same_result_by_the_command(
    organisations: int, tmp_path: Any, capsys: Any
) -> None:
    ballots = {"citizen": [MOST_WANT_A] * 8, "social_organisation": [WE_CANNOT, *[{**WE_CANNOT, "A": 6}] * 4]}
    ballots["social_organisation"] = ballots["social_organisation"][:organisations]
    _room, round_ = counted_room(ballots)
    path = tmp_path / "decision.json"
    path.write_text(round_.file, encoding="utf-8")
    call_command("decide", str(path), "--json", f"--resamples={FEW}")
    printed = capsys.readouterr().out
    assert printed == result_text(json.loads(printed))
    assert json.loads(printed) == round_.result
    (counted,) = entries(kind="decision.counted")
    assert json.loads(counted.leaf)["public"]["result_sha256"] == round_.result_sha256
    assert round_.result_sha256 == hashlib.sha256(printed.encode()).hexdigest()


def test_the_hash_of_the_file_is_in_the_log_before_the_count() -> None:
    _room, round_ = counted_room()
    fixed, counted = entries(kind__in=("decision.file", "decision.counted"))
    assert (fixed.kind, counted.kind) == ("decision.file", "decision.counted")
    assert json.loads(fixed.leaf)["public"]["file_sha256"] == hashlib.sha256(round_.file.encode()).hexdigest()


def test_every_receipt_stands_in_the_file_beside_its_ratings() -> None:
    room = make_decision_room()
    round_ = open_round(room)
    rate_all(round_, BALLOTS)
    mine = rate(round_, A=4, B=None, SQ=10)
    with reading("test"):
        nonce = DecisionBallot.objects.get(pk=mine.pk).content["nonce"]
    data = json.loads(end(round_).file)
    place = data["receipts"]["citizen"].index(receipt_of(nonce, {"A": 4, "B": None, "SQ": 10}))
    assert [data["ratings"]["citizen"][key][place] for key in ("A", "B", "SQ")] == [4, None, 10]


@pytest.mark.parametrize(
    ("few", "told"),
    [
        (4, {"ballots": 4, "options": {"A": [4, 6, 0, 4, 4], "B": None, "SQ": [4, 20, 4, 4, 0]}}),
        (3, {"ballots": 3, "options": {"A": [3, 5, 0, 3, 3], "B": None, "SQ": [3, 15, 3, 3, 0]}}),
        (2, None),
    ],
)
def test_of_a_small_group_no_single_ballot_is_published(few: int, told: Any) -> None:
    rows = [{"A": 2, "SQ": 5}, {"A": 1, "B": 5, "SQ": 5}, {"A": 2, "B": 7, "SQ": 5}, {"A": 1, "SQ": 5}]
    _room, round_ = counted_room({"citizen": [MOST_WANT_A] * 8, "social_organisation": rows[:few]}, oppose_to=2)
    data = json.loads(round_.file)
    assert (round_.withheld, data["ratings"]["social_organisation"]) == (["social_organisation"], {})
    assert data["groups"]["social_organisation"].get("sums") == told
    assert len(data["receipts"]["social_organisation"]) == (0 if told is None else few)
    assert round_.file_sha256 != round_.whole_sha256
    assert {group for _key, group, _words in round_.words} <= {"citizen"}


def test_an_objection_that_goes_with_a_ballot_of_a_small_group_counts_in_its_sums_and_names_no_ballot() -> None:
    room = make_decision_room()
    round_ = open_round(room)
    (author, side), *_others = voters(room, "social_organisation")
    found = make_objection(option(room, "B"), author, standing=side, with_ballot=True)
    DecisionObjection.objects.filter(pk=found.pk).update(state="sustained")
    rate_all(round_, {"citizen": [MOST_WANT_A] * 8, "social_organisation": [WE_CANNOT] * 3})
    data = json.loads(end(round_).file)
    assert data["groups"]["social_organisation"]["sums"]["options"]["B"] == [3, 15, 3, 3, 1]
    assert [one["ballot"] for one in data["objections"]] == [None]


def test_ballots_of_citizens_weigh_as_their_part_of_the_population_does() -> None:
    make_population(South=3000, North=1000)
    round_ = open_round(make_decision_room())
    for district, rating, ballots in (("城南", 9, 5), ("城北", 3, 10), ("城南", 5, 1)):
        for _number in range(ballots):
            rate(round_, part=f"{district} 0–34" if rating != 5 else f"{district} 35+", A=rating, B=5, SQ=5)
    rate_all(round_, {"social_organisation": [WE_CANNOT] * 5})
    counted = end(round_)
    told = json.loads(counted.file)["groups"]["citizen"]
    assert sorted(told["strata"], key=str) == [None] + ["城北 0–34"] * 10 + ["城南 0–34"] * 5
    # 15 stated: 3/4 of the people in a third of the ballots weigh 9/4, 1/4 in two thirds 3/8; the one of few weighs 1.
    weighted = (Fraction(9, 4) * 45 + Fraction(3, 8) * 30 + 5) / 160
    assert counted.result["result"]["A"]["U"]["citizen"][0] == str(weighted)  # type: ignore[index]
    assert counted.result["decision"]["unweighted"]["citizen"]["A"][0] == str(Fraction(80, 160))  # type: ignore[index]


def test_a_part_of_the_population_that_is_not_in_the_charter_is_refused(round_: DecisionRound) -> None:
    with pytest.raises(Invalid):
        rate(round_, part="城东 0–34", A=5)


def test_a_population_entered_again_changes_nothing_and_other_numbers_are_refused() -> None:
    first = make_population()
    assert {part.pk for part in make_population()} == {part.pk for part in first}
    with pytest.raises(Conflict):
        make_population(South=1)


def test_a_missed_quorum_is_extended_twice_and_then_the_authority_decides() -> None:
    room = make_decision_room()
    round_ = open_round(room)
    rate_all(round_, {"citizen": [MOST_WANT_A] * 8})
    statuses = []
    for _time in range(2):
        round_ = end(round_)
        statuses.append((round_.status, round_.result["decision"]["not_heard"]))  # type: ignore[index]
        round_ = extend_round(round_, ends_at=timezone.now() + timedelta(days=8), acting_user=room.opened_by)
    round_ = end(round_)
    statuses.append((round_.status, round_.result["decision"]["not_heard"]))  # type: ignore[index]
    silent = ["social_organisation"]
    assert statuses == [("extend", silent), ("extend", silent), ("authority", silent)]
    with pytest.raises(Conflict):
        extend_round(round_, ends_at=timezone.now() + timedelta(days=8), acting_user=room.opened_by)


def silent_round() -> DecisionRound:
    round_ = open_round(make_decision_room())
    rate_all(round_, {"citizen": [MOST_WANT_A] * 8})
    return end(round_)


def test_no_more_time_is_given_while_it_is_counted_again() -> None:
    round_ = silent_round()
    DecisionRound.objects.filter(pk=round_.pk).update(work="running")
    with pytest.raises(Conflict):
        extend_round(round_, ends_at=timezone.now() + timedelta(days=8), acting_user=round_.room.opened_by)


def test_a_count_that_ends_late_says_nothing_of_a_round_that_goes_on() -> None:
    round_ = silent_round()
    file, late = round_.file, dict(round_.result or {})
    extend_round(round_, ends_at=timezone.now() + timedelta(days=8), acting_user=round_.room.opened_by)
    record_result(round_, file, late, None)
    assert (again(round_).work, again(round_).result) == ("", None)


def test_a_group_without_anybody_on_its_roster_is_not_heard() -> None:
    room = make_decision_room(seats=0)
    round_ = open_round(room)
    rate_all(round_, {"citizen": [MOST_WANT_A] * 8})
    assert end(round_).result["decision"]["not_heard"] == ["social_organisation"]  # type: ignore[index]


def test_words_that_break_a_rule_are_hidden_and_the_file_stays_as_it_was() -> None:
    room, round_ = counted_room()
    (key, group, words), *_others = round_.words
    hidden = hide_words(round_, place=0, reason="指名道姓。", acting_user=room.opened_by)
    assert (words, hidden.words[0], hidden.file_sha256) == ("会伤到我们。", [key, group, ""], round_.file_sha256)
    with pytest.raises(Conflict):
        hide_words(round_, place=0, reason="指名道姓。", acting_user=room.opened_by)


# Quarantine --------------------------------------------------------------------------------------------------


def flagged_round() -> DecisionRound:
    """Three young accounts say exactly the same within minutes."""
    room = make_decision_room()
    round_ = open_round(room, flag_ballots=3)
    rate_all(round_, {"social_organisation": [{**WE_CANNOT, "SQ": number} for number in range(5)]})
    for number in range(6):
        person = make_user()
        type(person).objects.filter(pk=person.pk).update(date_joined=timezone.now() - timedelta(days=30))
        rate(round_, person, A=9, B=7, SQ=number)
    for _number in range(3):
        rate(round_, A=0, B=0, SQ=10)
    return end(round_)


def test_flagged_ballots_wait_for_two_auditors_and_both_results_are_told() -> None:
    round_ = flagged_round()
    assert (round_.work, round_.ballots.exclude(flags=[]).count()) == ("waiting", 3)
    auditors = [make_officeholder(Role.AUDITOR) for _number in range(2)]
    for ballot in round_.ballots.exclude(flags=[]):
        for auditor in auditors:
            judge_ballot(ballot, counts=False, reason="同一分钟内的相同选票。", acting_user=auditor)
    assert work_out(round_.pk, resamples=FEW) == "done"
    round_ = again(round_)
    assert round_.result["decision"]["ballots"] == {"citizen": 6, "social_organisation": 5}  # type: ignore[index]
    assert round_.with_excluded["ballots"] == 3  # type: ignore[index]


def test_one_auditor_who_lets_a_ballot_count_is_enough() -> None:
    round_ = flagged_round()
    ballot = round_.ballots.exclude(flags=[]).first()
    judge_ballot(ballot, counts=False, reason="可疑", acting_user=make_officeholder(Role.AUDITOR))  # type: ignore[arg-type]
    judge_ballot(ballot, counts=True, reason="一家人", acting_user=make_officeholder(Role.AUDITOR))  # type: ignore[arg-type]
    ballot.refresh_from_db()  # type: ignore[union-attr]
    assert ballot.verdict == "counts"  # type: ignore[union-attr]


def test_no_auditor_judges_a_ballot_twice() -> None:
    ballot = flagged_round().ballots.exclude(flags=[]).first()
    auditor = make_officeholder(Role.AUDITOR)
    judge_ballot(ballot, counts=False, reason="可疑", acting_user=auditor)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        judge_ballot(ballot, counts=False, reason="可疑", acting_user=auditor)  # type: ignore[arg-type]
