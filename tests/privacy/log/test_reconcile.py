"""Rows that ought to have a leaf and have none are found, soon and in bounded time."""

import logging
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from participation.feedback.models import Feedback
from privacy.log.audit import audit_log
from privacy.log.models import Reconciled, Unrecorded
from privacy.log.reconcile import look_for_unrecorded
from tests.factories import make_feedback, make_organisation

pytestmark = [pytest.mark.django_db, pytest.mark.both]

LABEL = "participation.historicalfeedback"


def missed(label: str = LABEL) -> list[int]:
    look_for_unrecorded()
    return list(Unrecorded.objects.filter(row_label=label).values_list("row_pk", flat=True))


def unleafed(feedback: Feedback) -> int:
    """What a bulk helper writes, which sends no signals."""
    return int(Feedback.history.bulk_history_create([feedback], update=True)[0].pk)


def test_what_actions_write_is_not_missed() -> None:
    make_feedback()
    assert missed() == []


def test_a_row_without_a_leaf_is_found_said_and_remembered(caplog: pytest.LogCaptureFixture) -> None:
    pk = unleafed(make_feedback())
    with caplog.at_level(logging.ERROR, "privacy.log.reconcile"):
        assert missed() == [pk]
    (said,) = caplog.messages
    assert f"{LABEL} {pk}" in said
    assert missed() == [pk]
    assert ("unrecorded", f"{LABEL} {pk}") in [(found.kind, found.name) for found in audit_log().problems]


def test_many_rows_without_a_leaf_are_said_in_one_line(caplog: pytest.LogCaptureFixture) -> None:
    feedback = make_feedback()
    look_for_unrecorded()
    caplog.clear()
    before = Unrecorded.objects.count()
    pks = [unleafed(feedback) for _ in range(12)]
    with caplog.at_level(logging.ERROR, "privacy.log.reconcile"):
        assert look_for_unrecorded() == before + 12
    first = ", ".join(f"{LABEL} {pk}" for pk in pks[:10])
    assert caplog.messages == [f"12 rows have no leaf in the log, the first of them: {first}"]


def test_a_record_that_was_saved_round_its_action_is_found() -> None:
    organisation = make_organisation()
    assert missed("participation.historicalorganisation") == [organisation.history.get().pk]


def test_what_was_looked_through_is_not_looked_through_again() -> None:
    feedback = make_feedback()
    assert missed() == missed() == []
    mark = Reconciled.objects.get(row_label=LABEL)
    assert (mark.looked_to, mark.seen) == (feedback.history.get().pk,) * 2
    later = unleafed(feedback)
    assert missed() == [later]


def test_a_row_whose_transaction_ended_late_is_met_by_the_next_look() -> None:
    """The first look saw a later row already; the row between appears only now."""
    feedback = make_feedback()
    between = unleafed(feedback)
    last = unleafed(feedback)
    Feedback.history.filter(pk=between).delete()
    assert missed() == [last]
    row = Feedback.history.get(pk=last)
    row.pk = between
    row.save(force_insert=True)
    assert missed() == [between, last]


def test_rows_from_before_the_rule_are_not_missed() -> None:
    pk = unleafed(make_feedback())
    Reconciled.objects.create(row_label=LABEL, begins_after=pk, looked_to=pk, seen=pk)
    assert missed() == []
    assert ("unrecorded", f"{LABEL} {pk}") not in [(found.kind, found.name) for found in audit_log().problems]


def test_the_audit_counts_the_rows_from_before_the_rule_so_that_a_moved_mark_shows() -> None:
    feedback = make_feedback()
    pk = unleafed(feedback)
    Reconciled.objects.create(row_label=LABEL, begins_after=pk, looked_to=pk, seen=pk)
    assert audit_log().before == {LABEL: 1}
    planted = unleafed(feedback)
    Reconciled.objects.filter(row_label=LABEL).update(begins_after=planted)
    assert audit_log().before == {LABEL: 2}


def test_the_look_asks_as_many_questions_for_many_rows_as_for_few() -> None:
    feedback = make_feedback()

    def questions(count: int) -> int:
        for _ in range(count):
            unleafed(feedback)
        with CaptureQueriesContext(connection) as asked:
            look_for_unrecorded()
        return len(asked)

    # The first looks make their marks.
    questions(1)
    questions(1)
    assert questions(1) == questions(30)


def test_a_published_edition_without_a_leaf_is_found(site: Any) -> None:
    from wagtail.models import Page

    from cms.pages.models import HomePage

    home = HomePage.objects.first()
    assert home is not None
    revision = home.save_revision()
    assert missed("wagtailcore.revision") == []
    Page.objects.filter(pk=home.pk).update(live_revision=revision)
    assert missed("wagtailcore.revision") == [revision.pk]
    revision.publish()
    assert missed("wagtailcore.revision") == []
