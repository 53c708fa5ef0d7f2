from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.budget.models import Release
from tests.factories import (
    make_consultation,
    make_department,
    make_feedback,
    make_line,
    make_programme,
    make_release,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def corrected(lines: int = 1, *, published: bool = True) -> tuple[Release, Release]:
    """A release, and its correction in which every line costs half."""
    old = make_release(totals={"adopted": 100_000_00 * lines}, line_count=lines)
    new = make_release(totals={"adopted": 50_000_00 * lines}, line_count=lines, published=published)
    programme = make_programme(make_department(old.government))
    for release, adopted in ((old, 100_000_00), (new, 50_000_00)):
        for number in range(lines):
            make_line(release, programme, row_number=number, functional_code=f"205{number:04d}", adopted=adopted)
    return old, new


def difference_url(release: Release) -> str:
    return f"/en/budget/releases/{release.row_id}/difference/"


def test_the_difference_tells_totals_and_lines_before_and_after(client: Client) -> None:
    _old, new = corrected()
    page = client.get(difference_url(new)).content.decode()
    for told in ("CNY 100,000.00", "CNY 50,000.00", "−CNY 50,000.00", "Changed 1"):
        assert told in page
    assert "It corrects version" not in page


def test_lines_that_came_and_went_are_listed(client: Client) -> None:
    old, new = corrected()
    gone, came = make_line(old, functional_name="旧项"), make_line(new, functional_name="新项")
    for show, line in (("removed", gone), ("added", came)):
        page = client.get(difference_url(new), {"show": show}).content.decode()
        assert line.get_absolute_url() in page


def test_a_first_version_has_nothing_to_compare_with(client: Client) -> None:
    assert client.get(difference_url(make_release())).status_code == 404


def test_the_difference_of_a_draft_is_nobodys_to_read(client: Client) -> None:
    _old, draft = corrected(published=False)
    assert client.get(difference_url(draft)).status_code == 404


def test_a_draft_is_no_earlier_version(client: Client) -> None:
    make_release(published=False)
    assert client.get(difference_url(make_release())).status_code == 404


def test_the_old_version_stays_readable_and_leads_to_what_was_corrected(client: Client) -> None:
    old, new = corrected()
    page = client.get(f"/en/budget/releases/{old.row_id}/").content.decode()
    assert f"{difference_url(new)}?from={old.row_id}" in page


def test_the_correction_says_what_it_corrects(client: Client) -> None:
    _old, new = corrected()
    assert difference_url(new) in client.get(f"/en/budget/releases/{new.row_id}/").content.decode()


def test_the_page_of_an_old_line_tells_what_became_of_it(client: Client) -> None:
    old, new = corrected()
    page = client.get("/en" + old.lines.get().get_absolute_url()).content.decode()
    assert ("the line was changed" in page, new.lines.get().get_absolute_url() in page) == (True, True)
    assert "It has been corrected" not in page


def test_what_was_said_keeps_citing_its_line_and_shows_what_became_of_it(client: Client) -> None:
    old, new = corrected()
    line = old.lines.get()
    feedback = make_feedback(make_consultation(release=old), line=line)
    page = client.get("/en" + feedback.get_absolute_url()).content.decode()
    told = (line.get_absolute_url() in page, new.lines.get().get_absolute_url() in page, "CNY 50,000.00" in page)
    assert told == (True, True, True)


def test_a_list_of_what_was_said_marks_lines_that_changed_since(client: Client) -> None:
    old, _new = corrected()
    consultation = make_consultation(release=old)
    make_feedback(consultation, line=old.lines.get())
    page = client.get("/en" + consultation.get_absolute_url()).content.decode()
    assert "line changed since" in page


def test_queries_do_not_grow_with_the_lines_that_changed(client: Client) -> None:
    counts = []
    for number in (1, 30):
        _old, new = corrected(number)
        Release.objects.exclude(pk__in=(_old.pk, new.pk)).update(fiscal_year=2020 + number % 5)
        client.get(difference_url(new))
        with CaptureQueriesContext(connection) as queries:
            assert client.get(difference_url(new)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
