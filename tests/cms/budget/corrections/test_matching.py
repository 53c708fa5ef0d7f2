"""What any two lists of lines have to come to, whatever stands in them."""

from __future__ import annotations

from collections import Counter
from itertools import chain

from hypothesis import given
from hypothesis import strategies as st

from cms.budget.corrections import Entry, Matching, _entry, match

# Few values, so that lines collide in codes, names and amounts.
codes = st.sampled_from(["", "01", "02"])
names = st.sampled_from(["", "甲", "乙"])
amounts = st.one_of(st.none(), st.integers(0, 2))
rows = st.tuples(codes, names, codes, names, codes, names, codes, names, names, st.just(""), amounts)
lists = st.lists(rows, max_size=12)
distinct = st.lists(rows, max_size=12, unique_by=lambda row: row[:9])


def entries(found: list[tuple[object, ...]]) -> list[Entry]:
    return [_entry((number, *row)) for number, row in enumerate(found)]


def matched(before: list[tuple[object, ...]], after: list[tuple[object, ...]]) -> Matching:
    return match(entries(before), entries(after))


def total(found: list[tuple[object, ...]], indexes: list[int]) -> int:
    return sum(found[index][-1] or 0 for index in indexes)  # type: ignore[misc]


@given(lists, lists)
def test_every_line_stands_in_exactly_one_place(before: list, after: list) -> None:
    found = matched(before, after)
    pairs = [*found.same, *found.changed]
    olds = Counter([*(i for i, _j in pairs), *found.removed, *chain(*(olds for olds, _news in found.unclear))])
    news = Counter([*(j for _i, j in pairs), *found.added, *chain(*(news for _olds, news in found.unclear))])
    assert olds == Counter(range(len(before)))
    assert news == Counter(range(len(after)))


@given(lists, lists)
def test_the_differences_add_up_to_the_difference_of_the_totals(before: list, after: list) -> None:
    found = matched(before, after)
    changed = sum(total(after, [j]) - total(before, [i]) for i, j in found.changed)
    unclear = sum(total(after, news) - total(before, olds) for olds, news in found.unclear)
    explained = changed + unclear + total(after, found.added) - total(before, found.removed)
    assert explained == total(after, list(range(len(after)))) - total(before, list(range(len(before))))


@given(lists)
def test_a_release_is_the_same_as_itself(lines: list) -> None:
    assert matched(lines, lines) == Matching([(i, i) for i in range(len(lines))], [], [], [], [])


@given(lists, lists)
def test_what_was_added_one_way_was_removed_the_other_way(before: list, after: list) -> None:
    there, back = matched(before, after), matched(after, before)
    assert (there.added, there.removed) == (back.removed, back.added)
    assert {(i, j) for i, j in there.changed} == {(i, j) for j, i in back.changed}


@given(distinct, st.randoms(use_true_random=False))
def test_another_order_of_lines_that_can_be_told_apart_is_no_change(lines: list, random: object) -> None:
    shuffled = list(lines)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    found = matched(lines, shuffled)
    assert (len(found.same), found.changed, found.added, found.removed) == (len(lines), [], [], [])


@given(lists, lists)
def test_lines_that_share_neither_codes_nor_names_are_never_paired(before: list, after: list) -> None:
    found, olds, news = matched(before, after), entries(before), entries(after)
    for i, j in (*found.same, *found.changed):
        assert olds[i].by_code == news[j].by_code or olds[i].by_name == news[j].by_name


def row(code: str, name: str, amount: int | None, note: str = "") -> tuple[object, ...]:
    return ("", "", "", "", code, name, "", "", "", note, amount)


def test_a_corrected_name_and_a_corrected_code_are_changes() -> None:
    found = matched([row("01", "甲", 5), row("02", "乙", 6)], [row("01", "丙", 5), row("03", "乙", 6)])
    assert (found.changed, found.added, found.removed) == ([(0, 0), (1, 1)], [], [])


def test_equal_amounts_alone_pair_nothing() -> None:
    found = matched([row("01", "甲", 5)], [row("02", "乙", 5)])
    assert (found.removed, found.added) == ([0], [0])


def test_lines_alike_in_everything_but_the_amount_are_paired_in_their_order() -> None:
    found = matched([row("01", "甲", 5), row("01", "甲", 6)], [row("01", "甲", 5), row("01", "甲", 7)])
    assert (found.same, found.changed) == ([(0, 0)], [(1, 1)])


def test_one_line_that_became_two_cannot_be_told_apart() -> None:
    found = matched([row("01", "甲", 5)], [row("01", "甲", 2), row("01", "甲", 3)])
    assert found.unclear == [([0], [0, 1])]


def test_a_changed_note_is_a_change() -> None:
    assert matched([row("01", "甲", 5, "旧")], [row("01", "甲", 5, "新")]).changed == [(0, 0)]
