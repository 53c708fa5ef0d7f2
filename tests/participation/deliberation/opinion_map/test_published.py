"""Real conversations: the same figures as red-dwarf, and as the production of Polis."""

from __future__ import annotations

import csv
import json
from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np
import pytest

from participation.deliberation.opinion_map.drawing import OpinionMap, draw_map
from participation.deliberation.opinion_map.reading import read_groups, read_statements, read_votes
from participation.deliberation.opinion_map.reporting import as_data
from participation.deliberation.opinion_map.votes import Statement, Votes
from tests.data import SHARED

CONVERSATIONS, PRODUCTION, ORACLE = (SHARED / "data" / name for name in ("polis", "polis_production", "oracle/polis"))

pytestmark = pytest.mark.skipif(
    not CONVERSATIONS.is_dir(), reason="real conversations are expected beside the repository, in ../shared/data/polis"
)

SEVEN = [
    "15-per-hour-seattle",
    "bg2050-volunteers",
    "brexit-consensus",
    "canadian-electoral-reform",
    "football-concussions",
    "scoop-hivemind.ubi",
    "vtaiwan.uberx",
]
THREE = ["below-100-ptpts", "above-100-ptpts", "150ptpt-3gp-no-strict-no-meta"]


def conversation(name: str, file: str = "votes.csv") -> tuple[Votes, list[Statement]]:
    statements = read_statements((CONVERSATIONS / name / "comments.csv").read_bytes())
    votes, notes = read_votes((CONVERSATIONS / name / file).read_bytes()).votes(statements)
    assert notes == ()
    return votes, statements


@pytest.fixture(params=SEVEN)
def compared(request: pytest.FixtureRequest) -> tuple[dict[str, Any], dict[str, Any]]:
    return both(request.param)


@cache
def both(name: str) -> tuple[dict[str, Any], dict[str, Any]]:
    votes, statements = conversation(name)
    oracle = json.loads((ORACLE / f"{name}.json").read_text("utf-8"))
    return as_data(draw_map(votes, statements, compatible=True)), oracle


def labels(data: Mapping[str, Any]) -> dict[str, int]:
    return {str(member): group["id"] for group in data["groups"] for member in group["members"]}


def test_positions_equal_the_oracle_up_to_sign(compared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ours, theirs = compared
    assert ours["participants"].keys() == theirs["participant_xy"].keys()
    here = np.array([ours["participants"][id_] for id_ in theirs["participant_xy"]])
    there = np.array(list(theirs["participant_xy"].values()))
    assert np.abs(here * np.sign((here * there).sum(axis=0)) - there).max() <= 1e-9


def test_groups_equal_the_oracle_up_to_names(compared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ours, theirs = compared
    here = labels(ours)
    assert here.keys() == theirs["labels"].keys()
    assert len({(here[id_], label) for id_, label in theirs["labels"].items()}) == ours["k"] == theirs["k"]


def test_consensus_scores_and_priorities_equal_the_oracle(compared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ours, theirs = compared
    scores = {id_: ours["group_informed_consensus"][id_] for id_ in theirs["group_aware_consensus_all"]}
    assert scores == pytest.approx(theirs["group_aware_consensus_all"], rel=0, abs=1e-12)
    assert {id_: ours["priority"][id_] for id_ in theirs["priority"]} == pytest.approx(theirs["priority"], abs=1e-9)


def test_lists_equal_the_oracle(compared: tuple[dict[str, Any], dict[str, Any]]) -> None:
    ours, theirs = compared
    here = labels(ours)
    for side in ("agree", "disagree"):
        assert {entry["tid"] for entry in ours["consensus"][side]} == {
            entry["tid"] for entry in theirs["consensus"][side]
        }
    for name, group in {label: here[id_] for id_, label in theirs["labels"].items()}.items():
        listed = {entry["tid"]: entry for entry in ours["representative"][str(group)]}
        expected = {entry["tid"]: entry for entry in theirs["repness"][str(name)]}
        assert listed.keys() == expected.keys()
        for id_, entry in expected.items():
            assert listed[id_] == pytest.approx(entry, abs=1e-12), id_


@pytest.mark.parametrize("name", SEVEN)
def test_both_export_formats_give_the_same_votes(name: str) -> None:
    one, other = conversation(name)[0], conversation(name, "participants-votes.csv")[0]
    assert [part.tolist() for part in (one.participants, one.statements, one.rows, one.columns, one.values)] == [
        part.tolist() for part in (other.participants, other.statements, other.rows, other.columns, other.values)
    ]


@pytest.mark.parametrize("name", SEVEN)
def test_our_own_groups_are_never_tiny(name: str) -> None:
    drawn = draw_map(*conversation(name))
    sizes = np.bincount(drawn.labels[drawn.labels >= 0])
    assert sizes.min() >= max(3, 0.02 * sizes.sum())


def test_exported_consensus_of_a_conversation_is_reproduced_from_its_exported_groups() -> None:
    folder = CONVERSATIONS / "bg2050-volunteers"
    votes, statements = conversation("bg2050-volunteers")
    groups = read_groups((folder / "participants-votes.csv").read_bytes())
    scores = as_data(draw_map(votes, statements, groups=groups))["group_informed_consensus"]
    with (folder / "comments.csv").open(encoding="utf-8", newline="") as file:
        exported = {row["comment-id"]: float(row["group-informed-consensus"]) for row in csv.DictReader(file)}
    assert len(exported) == 371
    assert scores == pytest.approx(exported, rel=0, abs=1e-12)


@cache
def produced(name: str) -> tuple[OpinionMap, dict[str, Any]]:
    theirs, comments, journal = (
        json.loads((PRODUCTION / name / f"{file}.json").read_text("utf-8"))
        for file in ("math-pca2", "comments", "votes")
    )

    def either(row: Mapping[str, Any], long: str, short: str) -> Any:
        return row[long] if long in row else row[short]

    statements = [
        Statement(either(row, "statement_id", "tid"), either(row, "moderated", "mod") == -1, bool(row.get("is_meta")))
        for row in comments
    ]
    votes = Votes.latest(
        [either(row, "participant_id", "pid") for row in journal],
        [either(row, "statement_id", "tid") for row in journal],
        [row["vote"] for row in journal],
        [int(float(row["modified"])) for row in journal],
    )
    members = dict(zip(theirs["base-clusters"]["id"], theirs["base-clusters"]["members"], strict=True))
    groups = {
        group["id"]: [person for base in group["members"] for person in members[base]]
        for group in theirs["group-clusters"]
    }
    return draw_map(votes, statements, groups=groups), theirs


@pytest.fixture(params=THREE)
def production(request: pytest.FixtureRequest) -> tuple[OpinionMap, dict[str, Any]]:
    return produced(request.param)


def test_axes_and_extremity_equal_production(production: tuple[OpinionMap, dict[str, Any]]) -> None:
    ours, theirs = production
    order = [theirs["tids"].index(id_) for id_ in ours.votes.statements.tolist()]
    axes = np.array(theirs["pca"]["comps"])[:, order]
    signs = np.sign((axes * ours.positions.axes).sum(axis=1, keepdims=True))
    # Production counts agreement as -1, so its centre has the other sign.
    assert np.abs(np.array(theirs["pca"]["center"])[order] + ours.positions.center).max() <= 1e-12
    assert np.abs(axes * signs - ours.positions.axes).max() <= 1e-12
    assert np.abs(np.array(theirs["pca"]["comment-extremity"])[order] - ours.positions.extremity).max() <= 1e-12


def test_positions_equal_the_base_clusters_of_production(production: tuple[OpinionMap, dict[str, Any]]) -> None:
    ours, theirs = production
    base = theirs["base-clusters"]
    position = dict(zip(ours.votes.participants.tolist(), ours.positions.participants, strict=True))
    here = np.array([np.mean([position[person] for person in members], axis=0) for members in base["members"]])
    there = np.array([base["x"], base["y"]]).T
    assert np.abs(there * np.sign((there * here).sum(axis=0)) - here).max() <= 1e-12


def test_counts_equal_production_in_every_cell(production: tuple[OpinionMap, dict[str, Any]]) -> None:
    ours, theirs = production
    column = {str(id_): place for place, id_ in enumerate(ours.votes.statements.tolist())}
    counted = {
        str(id_): {text: {"A": agree[place], "D": disagree[place], "S": seen[place]} for text, place in column.items()}
        for id_, agree, disagree, seen in zip(ours.group_ids, *(part.tolist() for part in ours.tallies), strict=True)
    }
    assert counted == {id_: group["votes"] for id_, group in theirs["group-votes"].items()}


def test_figures_and_lists_equal_production(production: tuple[OpinionMap, dict[str, Any]]) -> None:
    ours, theirs = production
    data = as_data(ours)
    scores, priorities = theirs["group-aware-consensus"], theirs["comment-priorities"]
    assert {id_: data["group_informed_consensus"][id_] for id_ in scores} == pytest.approx(scores, rel=0, abs=1e-12)
    assert {id_: data["priority"][id_] for id_ in priorities} == pytest.approx(priorities, rel=1e-9)
    for id_, chosen in theirs["repness"].items():
        assert [(entry["tid"], entry["repful-for"]) for entry in data["representative"][id_]] == [
            (entry["tid"], entry["repful-for"]) for entry in chosen
        ]
    for side in ("agree", "disagree"):
        assert {entry["tid"] for entry in data["consensus"][side]} == {
            entry["tid"] for entry in theirs["consensus"][side]
        }
