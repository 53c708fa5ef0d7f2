"""What a result tells, what it keeps back, and that anybody can draw it again from the files."""

from __future__ import annotations

import hashlib
import io
import json
from pathlib import Path

import pytest
from django.core.management import call_command

from participation.deliberation.actions import ban_participant, close_conversation, lift_ban, seed_statements
from participation.deliberation.files import comments_csv, participants_csv, stakeholders_csv, votes_csv
from participation.deliberation.models import Conversation, MapVote, OpinionMap, Statement
from participation.deliberation.queries import next_statement, progress_of
from participation.deliberation.results import Cell, result_of
from participation.deliberation.snapshots import counted_votes, draw, is_stale, printed, redraw, redraw_stale
from participation.moderation.actions import hide_item
from participation.stakeholders.models import StakeholderGroup
from tests.factories import make_house_rule, make_moderator, make_user
from tests.participation.deliberation.conversations import (
    CAMPS,
    SEEDS,
    answer,
    answered,
    hand_in,
    make_conversation,
    two_camps,
)

pytestmark = pytest.mark.django_db


def closed(conversation: Conversation) -> OpinionMap:
    return close_conversation(conversation, reason="时间到", acting_user=make_moderator())


def test_groups_and_what_they_agree_and_differ_on_are_found() -> None:
    conversation = make_conversation()
    people = two_camps(conversation)
    own = conversation.participants.get(person=people[0])
    result = result_of(conversation, closed(conversation), own)
    assert [(group.name, group.size) for group in result.groups] == [("A", 5), ("B", 5)]
    assert [row.statement.number for row in result.agreed] == [3]
    assert [row.statement.number for row in result.divided] == [0, 1, 2]
    assert (result.mine is not None, result.is_placed, len(result.dots)) == (True, True, 10)
    assert {one.statement.number for group in result.groups for one in group.stands_for} >= {0, 1, 2}


def test_somebody_reads_where_they_stand_in_their_group_and_what_they_see_otherwise() -> None:
    conversation = make_conversation()
    people = answered(conversation, [*[CAMPS[0]] * 5, *[CAMPS[1]] * 5, (1, -1, 1, -1)])
    kept = closed(conversation)
    result = result_of(conversation, kept, conversation.participants.get(person=people[-1]))
    assert [row.statement.number for row in result.differences] == [3]
    assert result.mine is not None
    assert result.mine.nearer_than == 0
    usual = result_of(conversation, kept, conversation.participants.get(person=people[0]))
    assert (usual.differences, usual.mine and usual.mine.nearer_than) == ((), 0.2)
    assert result_of(conversation, kept, None).differences == ()


def test_a_map_waits_to_be_drawn_when_somebody_is_excluded_or_let_in_again() -> None:
    conversation, keeper = make_conversation(), make_moderator()
    people = two_camps(conversation, each=3)
    kept = draw(conversation)
    assert not is_stale(conversation, kept)
    ban = ban_participant(conversation.participants.get(person=people[0]), reason="捣乱", acting_user=keeper)
    assert is_stale(conversation, kept)
    kept = draw(conversation)
    lift_ban(ban, reason="弄错了", acting_user=keeper)
    assert is_stale(conversation, kept)
    assert draw(conversation).participants == 6


def test_groups_of_fewer_than_five_are_told_nothing_of() -> None:
    conversation = make_conversation()
    two_camps(conversation, each=4)
    result = result_of(conversation, closed(conversation), None)
    assert {group.size for group in result.groups} == {None}
    assert {dot.css for dot in result.dots} == {0}
    assert (result.agreed, result.divided, [group.stands_for for group in result.groups]) == ([], [], [(), ()])


def test_each_side_counts_once_and_those_of_fewer_than_five_people_are_left_out() -> None:
    conversation = make_conversation()
    two_camps(conversation)
    for group, number in ((StakeholderGroup.ENTERPRISE, 5), (StakeholderGroup.RESEARCH, 4)):
        answered(conversation, [(1, 1, -1, 1)] * number, group)
    kept = closed(conversation)
    result = result_of(conversation, kept, None)
    assert [group["id"] for group in kept.sides["groups"]] == ["citizen", "enterprise"]
    assert [row.statement.number for row in result.agreed_by_sides] == [3]


@pytest.mark.parametrize(
    ("cell", "shown", "shares"), [((4, 1, 6), True, (4, 1, 1)), ((4, 0, 4), False, (4, 0, 0))], ids=["six", "four"]
)
def test_a_cell_of_fewer_than_five_answers_is_not_shown(
    cell: tuple[int, int, int], shown: bool, shares: tuple[int, int, int]
) -> None:
    one = Cell(*cell)
    assert (one.is_shown, (one.agree, one.disagree, one.passed)) == (shown, shares)


# The files ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def published(tmp_path: Path) -> tuple[OpinionMap, Path]:
    """A closed map with all that can befall one: a hidden statement with answers, one that waits, one excluded."""
    conversation, keeper = make_conversation(), make_moderator()
    people = two_camps(conversation)
    seed_statements(conversation, texts=[("=SUM(A1)", ""), ("谁也没答过这一句话", "")], acting_user=keeper)
    answer(conversation, people[3], [None] * 4 + [1])
    hide_item(conversation.statements.all()[0], rule=make_house_rule(), reason="不实", acting_user=make_moderator())
    hand_in(conversation)
    ban_participant(conversation.participants.get(person=people[9]), reason="捣乱", acting_user=keeper)
    kept = OpinionMap.objects.get(pk=closed(conversation).pk)
    rows = counted_votes(conversation)
    (tmp_path / "votes.csv").write_bytes(votes_csv(rows))
    (tmp_path / "comments.csv").write_bytes(comments_csv(kept))
    (tmp_path / "participants-votes.csv").write_bytes(participants_csv(kept, rows))
    (tmp_path / "stakeholders.csv").write_bytes(stakeholders_csv(kept))
    return kept, tmp_path


def drawn_again(folder: Path, votes: str, **options: str) -> str:
    out = io.StringIO()
    call_command(
        "opinion_map",
        votes=folder / votes,
        comments=folder / "comments.csv",
        json=True,
        stdout=out,
        **{name: folder / value for name, value in options.items()},
    )
    return out.getvalue()


@pytest.mark.parametrize("votes", ["votes.csv", "participants-votes.csv"])
def test_the_published_files_give_the_published_result_byte_for_byte(
    published: tuple[OpinionMap, Path], votes: str
) -> None:
    kept, folder = published
    text = drawn_again(folder, votes)
    assert hashlib.sha256(text.encode()).hexdigest() == kept.result_sha256
    assert text == printed(kept.result)
    assert hashlib.sha256((folder / "votes.csv").read_bytes()).hexdigest() == kept.votes_sha256


def test_the_published_sides_give_the_published_figures_of_the_sides(published: tuple[OpinionMap, Path]) -> None:
    kept, folder = published
    assert json.loads(drawn_again(folder, "votes.csv", groups_from="stakeholders.csv")) == kept.sides


def test_files_tell_no_names_no_hours_no_authors_and_no_hidden_words(published: tuple[OpinionMap, Path]) -> None:
    kept, folder = published
    votes, comments = ((folder / name).read_text() for name in ("votes.csv", "comments.csv"))
    assert {int(line.split(",")[0]) % 86_400 for line in votes.splitlines()[1:]} == {0}
    assert [line.split(",")[3] for line in comments.splitlines()[1:]] == [""] * 6
    assert (SEEDS[0] in comments, SEEDS[1] in comments, "'=SUM(A1)" in comments, "充电桩" in comments) == (
        *(False, True, True, False),
    )
    assert [line.split(",")[6] for line in comments.splitlines()[1:]] == ["-1", "1", "1", "1", "1", "1"]
    assert kept.participants == 9


def test_hiding_a_statement_after_the_end_takes_its_words_away_and_leaves_the_result(
    published: tuple[OpinionMap, Path],
) -> None:
    kept, folder = published
    statement = kept.conversation.statements.get(number=1)
    hide_item(statement, rule=make_house_rule(), reason="不实", acting_user=make_moderator())
    (folder / "comments.csv").write_bytes(comments_csv(OpinionMap.objects.get(pk=kept.pk)))
    assert SEEDS[1] not in (folder / "comments.csv").read_text()
    assert hashlib.sha256(drawn_again(folder, "votes.csv").encode()).hexdigest() == kept.result_sha256


# While people answer -----------------------------------------------------------------------------------------------


@pytest.mark.both
def test_a_map_is_drawn_anew_only_when_something_has_changed() -> None:
    conversation = make_conversation()
    two_camps(conversation)
    first = draw(conversation)
    first.refresh_from_db()
    again = draw(conversation)
    assert (again.memory == first.memory, is_stale(conversation, first), is_stale(conversation, again)) == (
        *(True, False, False),
    )
    answer(conversation, make_user(), [1, 1])
    assert is_stale(conversation, first)
    redraw_stale()
    kept = OpinionMap.objects.get()
    assert (kept.participants, kept.drawn_at > first.drawn_at, kept.memory is not None) == (11, True, True)
    draw(conversation)


def test_a_closed_map_is_not_drawn_again() -> None:
    conversation = make_conversation()
    two_camps(conversation)
    kept = closed(conversation)
    redraw.call(conversation.pk)
    assert OpinionMap.objects.get().drawn_at == kept.drawn_at


def test_a_drawing_that_ends_after_the_close_leaves_the_published_map_as_it_is() -> None:
    conversation = make_conversation()
    people = two_camps(conversation)
    draw(conversation)
    begun = Conversation.objects.get(pk=conversation.pk)
    kept = closed(conversation)
    MapVote.objects.filter(participant__person=people[0]).update(value=0)
    assert draw(begun).pk == kept.pk
    after = OpinionMap.objects.get()
    assert (after.is_final, after.drawn_at, after.result_sha256) == (True, kept.drawn_at, kept.result_sha256)


def test_what_comes_next_is_the_same_until_it_is_answered_and_ends_with_the_last_statement() -> None:
    conversation, person = make_conversation(), make_user()
    asked = []
    while True:
        participant = conversation.participants.filter(person=person).first()
        found = next_statement(conversation, person, participant)
        assert found == next_statement(conversation, person, participant)
        if found is None:
            break
        asked.append(found.number)
        answer(conversation, person, [None] * found.number + [1])
    assert sorted(asked) == [0, 1, 2, 3]
    assert progress_of(conversation, conversation.participants.get()).missing == 0


def test_a_statement_that_wants_answers_comes_first_more_often() -> None:
    conversation = make_conversation()
    draw(conversation)
    kept = OpinionMap.objects.get()
    kept.result["priority"] = {"0": 50.0, "1": 0.01, "2": 0.01, "3": 0.01}
    kept.save()
    first = [next_statement(conversation, make_user(), None) for _person in range(20)]
    assert sum(statement is not None and statement.number == 0 for statement in first) > 15


@pytest.mark.parametrize("values", [(), (1,), (0,)], ids=["nobody", "one", "all passed"])
def test_next_to_nothing_gives_a_defined_result(values: tuple[int, ...]) -> None:
    conversation = make_conversation()
    for _person in range(1 if len(values) == 1 else 0):
        answer(conversation, make_user(), values)
    result = result_of(conversation, closed(conversation), None)
    assert (result.agreed, result.divided, result.has_groups) == ([], [], False)


def test_a_statement_about_the_map_itself_places_nobody() -> None:
    conversation = make_conversation()
    seed_statements(conversation, texts=[("这张表太长了", "")], is_meta=True, acting_user=make_moderator())
    answered(conversation, [(*camp, 1) for camp in CAMPS for _person in range(5)])
    kept = closed(conversation)
    assert kept.statements[-1] == [4, False, True]
    assert 4 not in {row.statement.number for row in result_of(conversation, kept, None).rows}
    assert Statement.objects.get(number=4).votes.count() == 10
