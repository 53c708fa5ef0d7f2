"""What people type, as it is kept."""

from __future__ import annotations

import pytest

from portal.errors import Invalid
from portal.ui.typed import typed_text


def test_blanks_at_the_ends_other_line_ends_and_what_no_database_keeps_are_taken_away() -> None:
    assert typed_text(" 一\r\n二\x00 \n", field="reason", limit=3) == "一\n二"


@pytest.mark.parametrize(("text", "missing"), [("一二三四", None), (" \n", "Please write.")])
def test_too_much_and_nothing_are_refused_at_their_field(text: str, missing: str | None) -> None:
    with pytest.raises(Invalid) as refused:
        typed_text(text, field="reason", limit=3, missing=missing)
    assert refused.value.data["field"] == "reason"


def test_nothing_is_taken_where_nothing_is_asked_for() -> None:
    assert typed_text("", field="reason", limit=3) == ""
