"""What is flagged, so that two auditors look at it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.core.cache import cache
from django.test import RequestFactory

from participation.decisions.voting.flags import Cast, find_flags
from participation.decisions.voting.origins import origin_of

RULES = {
    "flag_ballots": 3,
    "flag_minutes": 10,
    "flag_account_days": 7,
    "flag_sigma": 5,
    "flag_device": 2,
    "flag_network": 4,
}
NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
OLD = NOON - timedelta(days=400)


def cast(pk: int, **fields: Any) -> Cast:
    values: dict[str, Any] = {"cast_at": NOON + timedelta(hours=pk), "joined": OLD, "ratings": (pk % 11, pk // 11)}
    return Cast(pk, **{**values, **fields})


def test_what_says_the_same_within_minutes_from_young_accounts_is_flagged() -> None:
    young = {"joined": NOON - timedelta(days=1), "ratings": (0, 10)}
    alike = [cast(number, cast_at=NOON + timedelta(minutes=number), **young) for number in range(3)]
    late = cast(9, cast_at=NOON + timedelta(minutes=30), **young)
    old = cast(10, cast_at=NOON, ratings=(0, 10))
    assert find_flags([*alike, late, old], RULES) == {0: ["identical"], 1: ["identical"], 2: ["identical"]}


def test_an_hour_with_far_more_ballots_than_that_of_other_days_is_flagged() -> None:
    days = [cast(number, cast_at=NOON + timedelta(days=number % 5)) for number in range(20)]
    burst = [cast(100 + number, cast_at=NOON + timedelta(days=6, seconds=number)) for number in range(40)]
    assert set(find_flags([*days, *burst], RULES)) == {one.pk for one in burst}


@pytest.mark.parametrize(("field", "most"), [("device", 2), ("network", 4)])
def test_more_ballots_of_a_day_from_one_place_than_the_rules_allow_are_flagged(field: str, most: int) -> None:
    here = [cast(number, **{field: "a"}) for number in range(most + 1)]
    there = [cast(50 + number, **{field: "b"}) for number in range(most)]
    unknown = [cast(100 + number) for number in range(9)]
    assert find_flags([*here, *there, *unknown], RULES) == {one.pk: [field] for one in here}


def test_organisations_whose_people_speak_for_each_other_are_flagged() -> None:
    one, two = (cast(n, organisation=n, mandates=frozenset({1, 2})) for n in (1, 2))
    one_way = cast(3, organisation=3, mandates=frozenset({1, 3}))
    assert find_flags([one, two, one_way], RULES) == {1: ["reciprocal"], 2: ["reciprocal"]}


def test_a_charter_that_was_frozen_without_a_rule_flags_nothing_by_it() -> None:
    rules = {name: value for name, value in RULES.items() if name not in ("flag_device", "flag_network")}
    assert find_flags([cast(number, device="a", network="n") for number in range(9)], rules) == {}


def test_nobody_can_tell_the_address_once_the_key_of_the_day_is_forgotten() -> None:
    request = RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="phone")
    first, again = origin_of(request), origin_of(request)
    other = origin_of(RequestFactory().get("/", REMOTE_ADDR="203.0.113.9", HTTP_USER_AGENT="laptop"))
    cache.clear()
    assert first == again
    assert (first.network == other.network, first.device == other.device) == (True, False)
    assert origin_of(request) != first
