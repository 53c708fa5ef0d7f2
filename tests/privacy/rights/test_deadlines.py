"""Periods for personal data are dated rows; asking for one finds the row of that day and place."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import IntegrityError, transaction

from privacy.log.kinds import LeafKind
from privacy.rights.deadlines import LegalRule, RuleDefinition, deadline, enter_rule, files, read_rules, rule
from tests.log_entries import entries

pytestmark = pytest.mark.django_db


def definition(**fields: Any) -> RuleDefinition:
    values = {
        "jurisdiction": "CN",
        "kind": "test/period",
        "amount": 15,
        "unit": "days",
        "basis": "某法第一条",
        "valid_from": date(2020, 1, 1),
    }
    return RuleDefinition(**{**values, **fields})


def enter(**fields: Any) -> LegalRule:
    return enter_rule(definition(**fields), acting_user=None)


# Noon in Shanghai on a Friday.
SINCE = datetime(2026, 1, 30, 4, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("unit", "amount", "last"),
    [
        pytest.param("hours", 72, datetime(2026, 2, 2, 4, 0, tzinfo=UTC), id="hours_exactly"),
        pytest.param("days", 7, datetime(2026, 2, 6, 15, 59, 59, tzinfo=UTC), id="days_to_midnight"),
        pytest.param(
            "working_days", 2, datetime(2026, 2, 3, 15, 59, 59, tzinfo=UTC), id="working_days_without_weekend"
        ),
        pytest.param("months", 1, datetime(2026, 2, 28, 15, 59, 59, tzinfo=UTC), id="short_month"),
        pytest.param("months", 36, datetime(2029, 1, 30, 15, 59, 59, tzinfo=UTC), id="three_years"),
    ],
)
def test_a_period_ends(unit: str, amount: int, last: datetime) -> None:
    enter(unit=unit, amount=amount)
    assert deadline("test/period", SINCE) == last


def test_no_rule_means_no_deadline() -> None:
    assert deadline("test/period", SINCE) is None


def test_the_rule_of_the_day_counts() -> None:
    enter(amount=10, valid_until=date(2025, 12, 31))
    enter(amount=20, valid_from=date(2026, 1, 1))
    on = [rule("test/period", date(year, 6, 1)) for year in (2019, 2025, 2026)]
    assert [found and found.amount for found in on] == [None, 10, 20]


def test_a_part_inherits_and_says_otherwise_where_it_has_a_rule_of_its_own() -> None:
    enter(amount=10)
    enter(jurisdiction="CN-33", amount=5)
    asked = ("CN", "CN-33", "CN-33-01", "CN-44", "EU")
    found = [rule("test/period", jurisdiction=code) for code in asked]
    assert [one and one.amount for one in found] == [10, 5, 5, 10, None]


def test_the_portal_has_a_jurisdiction(settings: Any) -> None:
    settings.PRIVACY_JURISDICTION = "EU"
    enter()
    assert rule("test/period") is None


def test_a_rule_is_entered_once_with_a_leaf() -> None:
    assert enter() == enter()
    assert [entry.record_ref for entry in entries(kind=LeafKind.LEGAL_RULE_ENTERED)] == [LegalRule.objects.get().row_id]


def test_what_deadlines_were_counted_by_is_not_changed() -> None:
    enter()
    with pytest.raises(ValueError, match="CN test/period"):
        enter(amount=16)


def test_the_supplied_sets_can_be_loaded_twice_and_answer_the_same_questions() -> None:
    call_command("legal_rules_load", verbosity=0)
    call_command("legal_rules_load", verbosity=0)
    asked = (
        *("request/answer", "request/extension", "erasure/cooling-off", "export/link"),
        *("incident/authority", "incident/people", "processing/keeping"),
    )
    missing = [(code, kind) for code in ("CN", "EU") for kind in asked if rule(kind, jurisdiction=code) is None]
    assert missing == []


def test_every_supplied_rule_says_where_it_comes_from() -> None:
    supplied = [one for path in files() for one in read_rules(path.read_bytes())]
    assert [one for one in supplied if not one.basis or not one.basis_en or not one.origin] == []
    # Whatever is said to stand in a law can be looked up.
    assert [one for one in supplied if one.origin == "law" and not one.url] == []


@pytest.mark.parametrize("content", ["", "[laws.a]\n[[rules]]\nlaw = 'b'\n", "[laws.a]\n[[rules]]\nlaw = 'a'\n"])
def test_a_file_that_is_none_is_refused_with_its_name(tmp_path: Any, content: str) -> None:
    path = tmp_path / "mine.toml"
    path.write_text(content)
    with pytest.raises(CommandError, match=r"mine\.toml"):
        call_command("legal_rules_load", path)


@pytest.mark.parametrize("wrong", [{"amount": 0}, {"amount": True}, {"unit": "weeks"}, {"origin": "hearsay"}])
def test_a_rule_that_cannot_be_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError):
        definition(**wrong)


@pytest.mark.both
def test_the_database_refuses_a_rule_that_ends_before_it_begins() -> None:
    found = enter()
    found.valid_until = date(2019, 1, 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        found.save()
