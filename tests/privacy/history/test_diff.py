"""Which words went and which came."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from privacy.history.diff import Piece, compare


def marked(pieces: tuple[Piece, ...], mark: str) -> str:
    return "".join(f"{mark}{piece.text}{mark}" if piece.is_changed else piece.text for piece in pieces)


@pytest.mark.parametrize(
    ("before", "after", "old", "new"),
    [
        ("", "", "", ""),
        ("same", "same", "same", "same"),
        ("", "new", "", "+new+"),
        ("gone", "", "-gone-", ""),
        ("twelve lifts", "ten lifts", "-twelve- lifts", "+ten+ lifts"),
        ("年内完成十二部。", "年内完成十部。", "年内完成十-二-部。", "年内完成十部。"),
        ("One. Two.", "One. Three. Two.", "One. Two.", "One.+ Three.+ Two."),
    ],
    ids=["empty", "same", "added", "removed", "word", "chinese", "sentence"],
)
def test_it_marks_what_differs(before: str, after: str, old: str, new: str) -> None:
    left, right = compare(before, after)
    assert (marked(left, "-"), marked(right, "+")) == (old, new)


@given(st.text(alphabet="ab 。.\n字词", max_size=60), st.text(alphabet="ab 。.\n字词", max_size=60))
def test_the_pieces_are_the_texts_and_what_is_unmarked_is_the_same(before: str, after: str) -> None:
    left, right = compare(before, after)
    assert ("".join(piece.text for piece in left), "".join(piece.text for piece in right)) == (before, after)
    kept = ["".join(piece.text for piece in side if not piece.is_changed) for side in (left, right)]
    assert kept[0] == kept[1]
