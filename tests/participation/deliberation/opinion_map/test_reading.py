from __future__ import annotations

import pytest

from participation.deliberation.opinion_map.reading import read_groups, read_statements, read_votes
from participation.deliberation.opinion_map.votes import Statement, UnreadableVotes

HEADER = "timestamp,datetime,comment-id,voter-id,vote\n"
MATRIX = "participant,xid,group-id,n-comments,n-votes,n-agree,n-disagree,0,12\n"
COMMENTS = "timestamp,datetime,comment-id,author-id,agrees,disagrees,moderated,comment-body\n"


def journal(text: str) -> list[list[int]]:
    return read_votes(text.encode()).journal.T.tolist()


def test_a_journal_of_votes() -> None:
    assert journal(HEADER + "10,Fri,12,7,-1\n11,Sat,0,7,0\n") == [[10, 12, 7, -1], [11, 0, 7, 0]]


def test_columns_are_found_by_name_behind_a_byte_order_mark_and_line_ends_of_any_kind() -> None:
    assert journal("\ufeffvote,voter-id,comment-id,timestamp\r\n1,7,12,10\r\n") == [[10, 12, 7, 1]]


def test_a_matrix_with_foreign_ids_has_a_vote_for_each_filled_cell() -> None:
    assert journal(MATRIX + "7,abc,,0,1,0,1,,-1\n8,,1,0,2,1,0,1,0\n9,,,0,0,0,0,,\n") == [
        [0, 12, 7, -1],
        [0, 0, 8, 1],
        [0, 12, 8, 0],
    ]


def test_the_header_again_inside_the_file_is_passed_over_and_noted() -> None:
    for text in (HEADER + "10,Fri,12,7,-1\n" + HEADER, MATRIX + "7,,,0,1,0,1,,-1\n" + MATRIX):
        read = read_votes(text.encode())
        assert read.journal.T[:, 1:].tolist() == [[12, 7, -1]]
        assert read.notes == ("Line 3 is the header again: passed over.",)


def test_votes_on_unknown_statements_are_left_out_and_noted() -> None:
    votes, notes = read_votes((HEADER + "10,Fri,12,7,-1\n10,Fri,99,7,1\n10,Fri,99,8,1\n").encode()).votes(
        [Statement(12)]
    )
    assert (votes.participants.tolist(), votes.statements.tolist()) == ([7], [12])
    assert notes == ("Left out: 2 votes on statements that the comments do not list (99).",)


def test_a_file_with_a_header_alone_has_no_votes() -> None:
    assert journal(HEADER) == []
    assert journal(MATRIX) == []


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "no column timestamp"),
        ("a;b\n1;2\n", "no column timestamp. Its first line is: a;b"),
        (HEADER + "10,Fri,12,7,2\n", "Line 2: a vote is -1"),
        (HEADER + "10,Fri,12,7,\n", "Line 2: '' is not a whole number"),
        (HEADER + "10,Fri,12,7,0.5\n", "Line 2: '0.5' is not a whole number"),
        (HEADER + "10,Fri,12,nan,1\n", "Line 2: 'nan' is not a whole number"),
        (HEADER + "10,Fri,12,7,1\n10,Fri,12\n", "Line 3 has 3 cells, the header 5"),
        (HEADER + f"10,Fri,12,{2**70},1\n", "too large"),
        (HEADER + '10,"Fri,12,7,1\n', "Line 2: this is not a CSV table"),
        (HEADER + "10," + "x" * 10_000_000 + ",12,7,9\n", "Line 2: this is not a CSV table"),
        (MATRIX + "7,,,0,1,0,1,,-1\n7,,,0,1,0,1,,-1\n", "Line 3: participant 7 has a row already"),
        (MATRIX + "7,,,0,1,0,1,3,\n", "Line 2: a vote is -1"),
        ("participant,group-id,5,5\n", "names a statement twice"),
    ],
    ids=[
        "empty", "other table", "vote 2", "no vote", "half a vote", "no participant", "short row", "huge id", "open quote",
        "10 MB line", "participant twice", "matrix vote 3", "statement twice",
    ],
)  # fmt: skip
def test_what_is_no_vote_is_refused_with_its_line(text: str, message: str) -> None:
    with pytest.raises(UnreadableVotes) as caught:
        read_votes(text.encode())
    assert message in str(caught.value)


def test_a_file_that_is_not_text_is_refused() -> None:
    with pytest.raises(UnreadableVotes, match="not UTF-8"):
        read_votes(b"\xff\xfe\x00")


def test_statements_with_all_that_people_write_in_them() -> None:
    text = COMMENTS + '10,Fri,5,0,1,0,-1,"Line one,\nline ""two"" 🙂"\n11,Fri,3,0,0,0,0,电梯\n'
    assert read_statements(text.encode()) == [Statement(5, is_rejected=True), Statement(3)]


def test_statements_about_the_conversation_are_marked() -> None:
    text = "comment-id,moderated,is-meta,comment-body\n1,1,true,a\n2,1,false,b\n"
    assert [statement.is_meta for statement in read_statements(text.encode())] == [True, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("comment-id,comment-body\n1,a\n", "no column moderated"),
        ("comment-id,moderated\n1,1\n1,0\n", "Line 3: statement 1 occurs twice"),
        ("comment-id,moderated\n1,5\n", "Line 2: moderated is -1"),
    ],
    ids=["no moderation", "twice", "other state"],
)
def test_what_is_no_statement_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnreadableVotes) as caught:
        read_statements(text.encode())
    assert message in str(caught.value)


def test_groups_by_number_or_by_name() -> None:
    assert read_groups((MATRIX + "7,,10,0,0,0,0,,\n8,,,0,0,0,0,,\n9,,2,0,0,0,0,,\n").encode()) == {2: [9], 10: [7]}
    assert read_groups("participant,group-id\n7,居民\n8,企业\n9,居民\n".encode()) == {"企业": [8], "居民": [7, 9]}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("participant\n7\n", "no column group-id"),
        ("participant,group-id\n7,\n", "puts nobody in a group"),
        ("participant,group-id\n7,a\n7,b\n", "Line 3: participant 7 is in the file of groups already"),
    ],
    ids=["no group", "nobody", "twice"],
)
def test_what_are_no_groups_is_refused(text: str, message: str) -> None:
    with pytest.raises(UnreadableVotes) as caught:
        read_groups(text.encode())
    assert message in str(caught.value)
