from __future__ import annotations

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cms.budget import export
from cms.budget.export import FORMULA_STARTS, csv_pieces, csv_pieces_async, guarded, written
from cms.budget.models import Release
from tests.factories import make_line, make_programme, make_release


def rows_of(release: Release) -> list[dict[str, str]]:
    content = b"".join(csv_pieces(release)).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content)))


@given(st.text())
def test_no_text_cell_starts_like_a_formula(text: str) -> None:
    assert not guarded(text).startswith(FORMULA_STARTS)
    assert guarded(text).removeprefix("'") == text.removeprefix("'")


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "＝1", "－2"])
def test_formulas_are_shown_and_not_run(text: str) -> None:
    assert guarded(text) == f"'{text}"


@pytest.mark.parametrize(
    ("minor", "text"),
    [(0, "0.00"), (-1, "-0.01"), (123456, "1234.56"), (None, ""), (262130332500000, "2621303325000.00")],
)
def test_amounts_are_exact_and_a_blank_stays_blank(minor: int | None, text: str) -> None:
    assert written(minor, "CNY") == text


def test_amounts_have_the_places_of_their_currency() -> None:
    assert (written(12345, "JPY"), written(12345, "KWD")) == ("12345", "12.345")


@pytest.mark.django_db
@pytest.mark.both
def test_the_file_has_every_fact_in_the_order_of_the_source_and_no_subtotal() -> None:
    release = make_release()
    lines = [make_line(release, adopted=amount) for amount in (3, -2, None)]
    make_line(release, is_leaf=False)
    rows = rows_of(release)
    assert [(row["row"], row["adopted"], row["line"]) for row in rows] == [
        (str(lines[0].row_number), "0.03", str(lines[0].row_id)),
        (str(lines[1].row_number), "-0.02", str(lines[1].row_id)),
        (str(lines[2].row_number), "", str(lines[2].row_id)),
    ]


@pytest.mark.django_db
def test_names_notes_and_negative_amounts_come_through_unharmed() -> None:
    release = make_release()
    make_line(release, make_programme(name='=HYPERLINK("http://x")'), note="第一行\n第二行，“引号”", executed=-5)
    (row,) = rows_of(release)
    assert (row["programme"], row["note"], row["executed"]) == (
        '\'=HYPERLINK("http://x")',
        "第一行\n第二行，“引号”",
        "-0.05",
    )


@pytest.mark.django_db
def test_only_the_published_phases_are_columns() -> None:
    release = make_release(phases=["adopted"])
    make_line(release)
    assert set(rows_of(release)[0]) & {"proposed", "adopted", "adjusted", "committed", "executed"} == {"adopted"}


@pytest.mark.django_db
def test_a_long_release_is_written_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(export, "LINES_PER_PIECE", 2)
    release = make_release()
    for _number in range(5):
        make_line(release)
    assert len(list(csv_pieces(release))) == 1 + 3
    assert len(rows_of(release)) == 5


@pytest.mark.django_db(transaction=True)
async def test_an_asynchronous_server_sends_the_same_bytes() -> None:
    from asgiref.sync import sync_to_async

    release = await sync_to_async(make_release)()
    await sync_to_async(make_line)(release)
    pieces = [piece async for piece in csv_pieces_async(release)]
    assert pieces == await sync_to_async(lambda: list(csv_pieces(release)))()
