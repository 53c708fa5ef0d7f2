"""Every number of a published release is held by the log to what was published."""

import pytest

from cms.budget.actions import publish_release
from cms.budget.fingerprint import lines_sha256
from cms.budget.models import Line, Release
from privacy.log.audit import audit_log
from privacy.log.sequencer import sequence_once
from tests.factories import make_line, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def release() -> Release:
    """Published, with one line, and on record."""
    release = make_release(published=False)
    make_line(release, adopted=100)
    publish_release(release, acting_user=None)
    sequence_once()
    return release


def lines_found() -> list[str]:
    return [problem.sentence for problem in audit_log().problems if problem.sentence.startswith("the lines of")]


def test_what_was_published_is_found_again(release: Release) -> None:
    assert lines_found() == []


@pytest.mark.parametrize("change", [{"adopted": 101}, {"adopted": None}, {"note": "改过"}, {"is_leaf": False}])
def test_a_changed_line_is_found(release: Release, change: dict[str, object]) -> None:
    Line.objects.update(**change)
    name = f"cms.release {release.row_id}"
    assert lines_found() == [f"the lines of {name} are not those that entry 0 was written about"]


def test_a_line_more_is_another_fingerprint(release: Release) -> None:
    before = lines_sha256(release)
    make_line(release, adopted=0)
    assert lines_sha256(release) != before
