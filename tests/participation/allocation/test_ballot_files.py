"""Ballot files in the Pabulib format."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from participation.allocation.counting import pabulib
from participation.allocation.counting.election import Election, Project, UnreadableElection
from tests.participation.allocation.elections import election, needs_elections, real

META = "META\nkey;value\nbudget;100\nvote_type;approval\n"
PROJECTS = "PROJECTS\nproject_id;cost;name\nA;10;Bench\nB;20,5;Tree\n"
VOTES = "VOTES\nvoter_id;vote\n1;A,B\n2;\n"


def test_a_file_is_read() -> None:
    one = pabulib.read(META + PROJECTS + VOTES)
    assert [(project.id, project.cost, project.name) for project in one.projects] == [
        ("A", 10, "Bench"),
        ("B", Fraction(41, 2), "Tree"),
    ]
    # A ballot without a project is a vote: it takes its part of the budget.
    assert (one.ballots, one.voters, one.budget) == ([{0: 1, 1: 1}, {}], ["1", "2"], 100)


def test_points_are_read_and_no_points_are_no_support() -> None:
    text = META.replace("approval", "cumulative") + PROJECTS + "VOTES\nvoter_id;vote;points\n1;A,B;7,0\n"
    assert pabulib.read(text).ballots == [{0: 7}]


def test_lines_may_end_in_any_way_and_values_may_be_quoted() -> None:
    text = (META + PROJECTS + VOTES).replace("Bench", '"Bench; or\u2028two\nchairs"').replace("\n", "\r\n")
    one = pabulib.read("\ufeff" + text)
    assert (one.projects[0].name, len(one.ballots)) == ("Bench; or\u2028two\r\nchairs", 2)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no section META and no section PROJECTS and no section VOTES"),
        ("hello;world\n", "Line 1: the file must begin with the section META"),
        (META + PROJECTS, "no section VOTES"),
        (META + PROJECTS + "VOTES\nvoter_id;vote\n", "no ballot to count"),
        (META + PROJECTS + VOTES + VOTES, "Line 13: the section VOTES begins a second time"),
        (META.replace("100", "0") + PROJECTS + VOTES, "budget must be above zero, not 0"),
        (META.replace("100", "-3") + PROJECTS + VOTES, "budget must be above zero, not -3"),
        (META.replace("100", "NaN") + PROJECTS + VOTES, "budget is “NaN”, which is no amount"),
        (META.replace("100", "1e9") + PROJECTS + VOTES, "budget is “1e9”, which is no amount"),
        (META.replace("budget;100\n", "") + PROJECTS + VOTES, "budget is “”, which is no amount"),
        (META.replace("approval", "ordinal") + PROJECTS + VOTES, "vote type “ordinal” cannot be counted"),
        (META + PROJECTS + "A;5;Again\n" + VOTES, "Project A is listed twice"),
        (META + PROJECTS + ";5;Nobody\n" + VOTES, "Line 9: the project has no id"),
        (META + PROJECTS + '"C,D";5;Two\n' + VOTES, "“C,D” is no id"),
        (META + PROJECTS + "C;-5;Debt\n" + VOTES, "Project C has the cost -5: it cannot be negative"),
        (META + PROJECTS + "C;nan;Nothing\n" + VOTES, "Line 9: the cost of project C is “nan”, which is no amount"),
        (META + PROJECTS + "C;--;Nothing\n" + VOTES, "Line 9: the cost of project C is “--”, which is no amount"),
        (META + PROJECTS + "C\n" + VOTES, "Line 9: the value of cost is missing"),
        (META + PROJECTS.replace("cost", "price") + VOTES, "Line 6: the column cost is missing"),
        (META + PROJECTS + VOTES + "3;X\n", "Line 13: project X is not on the list"),
        (META + PROJECTS + VOTES + "3;A,A\n", "Line 13: project A is supported twice"),
        (META.replace("approval", "scoring") + PROJECTS + VOTES, "Line 10: the column points is missing"),
        (
            META.replace("approval", "scoring") + PROJECTS + "VOTES\nvoter_id;vote;points\n1;A,B;3\n",
            "Line 11: 2 projects, but 1 numbers of points",
        ),
        (
            META.replace("approval", "scoring") + PROJECTS + "VOTES\nvoter_id;vote;points\n1;A;-3\n",
            "Line 11: “-3” is no whole number of points",
        ),
        (META + PROJECTS + VOTES + "3;" + "A," * 5_000_000, "Line 13 has 10000002 characters; 1000000 are the most"),
        (META + PROJECTS + 'C;5;"' + "long\n" * 250_000 + '"\n' + VOTES, "field larger than field limit"),
    ],
    ids=[
        "empty", "no-section", "no-votes", "no-ballot", "section-twice", "zero-budget", "negative-budget", "budget-nan",
        "budget-exponent", "no-budget", "vote-type", "id-twice", "no-id", "comma-in-id", "negative-cost", "cost-nan",
        "cost-dashes", "no-cost", "no-cost-column", "unknown-project", "vote-twice", "no-points", "points-missing",
        "negative-points", "10-mb-line", "long-field",
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_counted_says_what_is_wrong_and_where(text: str, message: str) -> None:
    with pytest.raises(UnreadableElection) as caught:
        pabulib.read(text)
    assert message in str(caught.value)


def test_a_project_that_costs_nothing_is_read() -> None:
    assert pabulib.read(META + PROJECTS + "C;0;Free\n" + VOTES).projects[2].cost == 0


WORDS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)


@settings(max_examples=40)
@given(
    st.lists(st.tuples(st.decimals(0, 10**9, places=3), WORDS, WORDS), min_size=1, max_size=4),
    st.lists(st.dictionaries(st.integers(0, 3), st.integers(1, 99)), min_size=1, max_size=5),
    st.sampled_from(["approval", "choose-1", "scoring", "cumulative"]),
)
def test_what_was_written_is_read_again(
    projects: list[tuple[str, str, str]], ballots: list[dict[int, int]], kind: str
) -> None:
    has_points = kind in ("scoring", "cumulative")
    one = Election(
        [
            Project(f"p{position}", Fraction(cost), name, {"category": category})
            for position, (cost, name, category) in enumerate(projects)
        ],
        [
            {position: points if has_points else 1 for position, points in ballot.items() if position < len(projects)}
            for ballot in ballots
        ],
        Fraction(12345, 100),
        {"vote_type": kind},
    )
    found = pabulib.read(pabulib.write(one))
    assert [(p.id, p.cost, p.name, p.details["category"]) for p in found.projects] == [
        (p.id, p.cost, p.name, p.details["category"]) for p in one.projects
    ]
    assert (found.ballots, found.budget) == (one.ballots, one.budget)


def test_winners_are_marked() -> None:
    text = pabulib.write(election({"A": 1, "B": 2}, ["A", "AB"], 2), [0])
    assert [project.details for project in pabulib.read(text).projects] == [
        {"votes": "2", "selected": "1"},
        {"votes": "1", "selected": "0"},
    ]


def test_an_amount_without_an_end_is_not_written() -> None:
    with pytest.raises(UnreadableElection, match="1/3"):
        pabulib.write(election({"A": "1/3"}, ["A"], 1))


@needs_elections
def test_a_real_file_is_the_same_after_writing_and_reading() -> None:
    one = real("Poland_Wieliczka_2023_Green_Budget")
    winners = [position for position, project in enumerate(one.projects) if project.details["selected"] == "1"]
    found = pabulib.read(pabulib.write(one, winners))
    assert (found.projects, found.ballots, found.meta, found.voters) == (
        one.projects,
        one.ballots,
        one.meta,
        one.voters,
    )
