from __future__ import annotations

import re

import pytest

from cms.budget.checks.rules import FOLDER, RuleError, all_rules, parse_rules
from tests.architecture.tree import ROOT

HEAD = '[file]\njurisdiction = "CN"\n'
RULE = """
[rules.{id}]
kind = "deadline"
title = {{ zh = "题", en = "Title" }}
source = {{ zh = "源", en = "Source" }}
severity = "warn"
valid_from = {start}
{end}
clock = "T1"
"""


def rule(rule_id: str = "C1", start: str = "2015-01-01", end: str = "") -> str:
    return RULE.format(id=rule_id, start=start, end=f"valid_until = {end}" if end else "")


def test_every_check_of_the_list_has_a_rule() -> None:
    assert [found.id for found in all_rules()[0].rules] == [f"C{number}" for number in range(1, 19)]


def test_a_rule_that_stands_twice_is_refused() -> None:
    with pytest.raises(RuleError, match="C1"):
        parse_rules(HEAD + rule() + rule(), name="made-up.toml")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        (rule().replace('clock = "T1"', 'clock = "T1"\nclocks = 1'), "clocks"),
        (rule().replace('"deadline"', '"eval"'), "kind"),
        (rule().replace('"warn"', '"fatal"'), "severity"),
        (rule().replace('clock = "T1"', ""), "clock"),
        (rule().replace('kind = "deadline"', 'kind = "equal"').replace('clock = "T1"', 'compare = [{ left = ["a.b.c"], right = ["a.b.c"] }]'), "left"),
    ],
    ids=["unknown key", "unknown kind", "unknown severity", "missing key", "unknown reference"],
)  # fmt: skip
def test_words_that_are_not_in_the_vocabulary_are_refused_and_named(text: str, named: str) -> None:
    with pytest.raises(RuleError, match=named):
        parse_rules(HEAD + text, name="made-up.toml")


@pytest.mark.parametrize(
    ("start", "end", "years"),
    [("2015-01-01", "", [2015, 2016, 2030]), ("2015-06-01", "2016-01-31", [2015, 2016]), ("2031-01-01", "", [])],
)
def test_a_rule_counts_for_the_years_in_which_it_was_valid(start: str, end: str, years: list[int]) -> None:
    rules = parse_rules(HEAD + rule(start=start, end=end), name="made-up.toml")
    assert [year for year in (2014, 2015, 2016, 2030) if rules.valid_for(year)] == years


def test_the_documentation_lists_every_rule_and_every_kind() -> None:
    text = (ROOT / "docs/checks.md").read_text("utf-8")
    rules = [found for rules in all_rules() for found in rules.rules]
    told = set(re.findall(r"^\| (C\d+) \| `(\w+)` \|", text, re.MULTILINE))
    assert told == {(found.id, found.kind) for found in rules}


def test_rule_files_are_named_for_their_jurisdiction() -> None:
    assert [path.stem for path in FOLDER.glob("*.toml")] == ["cn"]
