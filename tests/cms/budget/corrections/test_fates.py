from __future__ import annotations

import random

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.budget.corrections import FateKind, difference, line_fate, line_fates
from cms.budget.models import Line, Phase, Release
from tests.factories import make_department, make_line, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def corrected(*, published: bool = True) -> tuple[Release, Release]:
    old = make_release(totals={"adopted": 100_00})
    return old, make_release(published=published, totals={"adopted": 90_00})


def copied(line: Line, release: Release, **changes: object) -> Line:
    """The line again in another release, with some things different."""
    fields = (
        "row_number",
        "is_leaf",
        "department",
        "programme",
        "functional_code",
        "functional_name",
        "adopted",
        "executed",
    )
    return Line.objects.create(release=release, **{**{name: getattr(line, name) for name in fields}, **changes})


def test_a_line_of_the_newest_version_is_current() -> None:
    assert line_fate(make_line()).kind == FateKind.CURRENT


def test_a_draft_correction_is_nobodys_to_know() -> None:
    old, draft = corrected(published=False)
    line = make_line(old)
    copied(line, draft, adopted=1)
    assert line_fate(line).kind == FateKind.CURRENT


def test_an_unchanged_line_leads_to_itself_in_the_newest_version() -> None:
    old, new = corrected()
    line = make_line(old)
    again = copied(line, new)
    fate = line_fate(line)
    assert (fate.kind, fate.line, fate.newest, fate.changes) == (FateKind.SAME, again, new, ())


def test_a_changed_line_tells_from_what_to_what() -> None:
    old, new = corrected()
    line = make_line(old)
    copied(line, new, adopted=90_000_00, functional_name="初中教育")
    fate = line_fate(line)
    told = [(str(change.label), change.before, change.after) for change in fate.changes]
    assert (fate.kind, told) == (
        FateKind.CHANGED,
        [(str(Phase.ADOPTED.label), 100_000_00, 90_000_00), ("功能分类", "小学教育", "初中教育")],
    )


def test_a_line_that_is_gone_is_removed() -> None:
    old, _new = corrected()
    assert line_fate(make_line(old)).kind == FateKind.REMOVED


def test_of_a_line_that_became_two_nobody_can_say() -> None:
    old, new = corrected()
    line = make_line(old)
    copied(line, new, row_number=1)
    copied(line, new, row_number=2)
    assert line_fate(line).kind == FateKind.UNKNOWN


def test_a_subtotal_is_not_taken_for_a_line() -> None:
    old, new = corrected()
    line = make_line(old)
    copied(line, new, is_leaf=False)
    assert line_fate(line).kind == FateKind.REMOVED


def test_a_phase_that_only_the_correction_has_is_no_change_of_a_line() -> None:
    old = make_release(phases=["adopted"])
    line = make_line(old, executed=None)
    copied(line, make_release(), executed=5)
    assert line_fate(line).kind == FateKind.SAME


def test_a_fate_says_the_same_as_the_whole_difference() -> None:
    old, new = corrected()
    draw = random.Random(20241122)
    department = make_department(old.government)
    programmes = [make_programme(department, code=code, name=name) for code in ("", "1", "2") for name in ("甲", "乙")]
    for release in (old, new):
        for number in range(40):
            make_line(
                release,
                draw.choice(programmes),
                row_number=number,
                functional_code=draw.choice(["", "2050201", "2050202"]),
                functional_name=draw.choice(["", "小学教育", "初中教育"]),
                adopted=draw.choice([None, 1, 2]),
                executed=None,
            )
    found = difference(old, new)
    expected = dict(found.changed)
    gone, unclear = set(found.removed), {i for olds, _news in found.unclear for i in olds}
    fates = line_fates(Line.objects.filter(release=old).select_related("release", "department", "programme"))
    assert {pk for pk, fate in fates.items() if fate.kind == FateKind.REMOVED} == gone
    assert {pk for pk, fate in fates.items() if fate.kind == FateKind.UNKNOWN} == unclear
    assert {pk: fate.line.pk for pk, fate in fates.items() if fate.kind == FateKind.CHANGED and fate.line} == expected
    single = {line.pk: line_fate(line).kind for line in Line.objects.filter(release=old)}
    assert single == {pk: fate.kind for pk, fate in fates.items()}


@pytest.mark.parametrize("count", [1, 30])
def test_queries_do_not_grow_with_the_lines_of_a_page(count: int) -> None:
    old, new = corrected()
    programme = make_programme(make_department(old.government))
    for number in range(count):
        line = make_line(old, programme, row_number=number, functional_code=f"20502{number:02d}")
        copied(line, new, adopted=1)
    lines = list(Line.objects.filter(release=old).select_related("release", "department", "programme"))
    with CaptureQueriesContext(connection) as queries:
        line_fates(lines)
    assert len(queries) == 7
