"""What is kept of a published release: never what was taken back, never the state before a later edition."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from cms.budget.actions import publish_release
from cms.budget.checks.models import CheckFinding, CheckOverride
from cms.figures.kept import checks_kept, keep_after_commit
from tests.factories import make_line, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def test_of_a_publication_that_is_taken_back_nothing_is_kept(django_capture_on_commit_callbacks: Any) -> None:
    release = make_line(make_release(published=False)).release
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        publish_release(release, acting_user=None)
        transaction.set_rollback(True)
    release.published_at = timezone.now()
    with CaptureQueriesContext(connection) as queries:
        checks_kept(release)
    assert len(queries) > 0


def test_a_reason_for_a_later_edition_shows_at_once(django_capture_on_commit_callbacks: Any) -> None:
    release = make_line().release
    finding = CheckFinding.objects.create(release=release, rule_id="C1", severity="error", fingerprint="f")
    assert checks_kept(release).overrides == ()
    override = CheckOverride.objects.create(finding=finding, reason="与批复文件核对无误")
    with django_capture_on_commit_callbacks(execute=True):
        keep_after_commit(release)
    assert checks_kept(release).overrides == (override,)
