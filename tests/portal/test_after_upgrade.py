"""After an upgrade one command makes anew whatever is made of other data."""

from __future__ import annotations

import io

import pytest
from django.core.management import call_command
from wagtail.models import Page

from cms.analysis import column_store, cube
from cms.analysis.models import DepartmentCell, Snapshot
from cms.pages.models import HomePage
from tests.factories import make_line, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_everything_that_is_derived_is_there_afterwards_and_a_second_run_changes_nothing() -> None:
    make_line(adopted=5_00)
    out = io.StringIO()
    for _time in range(2):
        call_command("after_upgrade", stdout=out)
        assert (Snapshot.objects.count(), DepartmentCell.objects.count(), list(cube.differences())) == (1, 1, [])
        assert column_store.is_current()
    assert [page.title for page in Page.objects.search("共治")] == list(
        HomePage.objects.filter(title__contains="共治").values_list("title", flat=True)
    )
    assert out.getvalue().count("1 releases") == 2


def test_a_draft_gets_no_snapshot() -> None:
    make_line(make_release(published=False))
    call_command("after_upgrade", verbosity=0)
    assert (Snapshot.objects.count(), DepartmentCell.objects.count()) == (0, 0)
