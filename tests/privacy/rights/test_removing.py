"""What is taken out by right is told from what is tampered with, and every declared way can be gone."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import models

from participation.stakeholders.models import Role
from privacy.log.audit import audit_log
from privacy.log.models import PendingLeaf, RecordedState
from privacy.rights import removing
from privacy.rights.erasing.actions import place_hold
from privacy.rights.erasing.models import LegalHold
from privacy.rights.registry import Empty, personal_data
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def hold() -> LegalHold:
    """A record whose history the log is bound to by salts of the portal's own."""
    person, guard = factories.make_user(), factories.make_officeholder(Role.PRIVACY)
    return place_hold(subject=person.sealing_subject(), basis="法", reason="Names a person.", acting_user=guard)


def about(hold: LegalHold) -> list[str]:
    label = hold._meta.label_lower.replace(".", ".historical")
    return [problem.sentence for problem in audit_log().problems if problem.name.startswith((str(hold._meta), label))]


def emptied(hold: LegalHold) -> removing.Removed:
    removed = removing.Removed()
    removing.empty(LegalHold.objects.filter(pk=hold.pk), ["reason"], None, removed)
    removing.say_emptied(removed, hold)
    return removed


def test_what_was_taken_out_by_right_is_no_fault(hold: LegalHold) -> None:
    before = audit_log().erased
    removed = emptied(hold)
    hold.refresh_from_db()
    assert (hold.reason, hold.history.get().reason, removed.emptied) == ("—", "—", 1)
    assert about(hold) == []
    assert audit_log().erased == before + 1


def test_what_was_taken_out_without_a_leaf_is_a_fault(hold: LegalHold) -> None:
    removing.empty(LegalHold.objects.filter(pk=hold.pk), ["reason"], None, removing.Removed())
    assert [sentence.split(": ")[0] for sentence in about(hold)] == [
        f"the row privacy.historicallegalhold {hold.history.get().pk} is not what pending leaf"
        f" {PendingLeaf.objects.get(record_ref=hold.row_id).ref} was written about"
    ]


def test_what_is_altered_afterwards_is_a_fault(hold: LegalHold) -> None:
    emptied(hold)
    hold.history.update(reason="Written by a hand in the database.")
    LegalHold.objects.update(reason="Written by a hand in the database.")
    last = PendingLeaf.objects.get(kind="rows.emptied")
    assert about(hold) == [
        f"the row privacy.historicallegalhold {hold.history.get().pk} is not what pending leaf"
        f" {last.ref} was written about"
    ]


def test_a_planted_state_excusesnothing_in(hold: LegalHold) -> None:
    other = factories.make_officeholder(Role.PRIVACY)
    emptied(place_hold(subject=hold.placed_by.sealing_subject(), basis="法", reason="x", acting_user=other))
    state = RecordedState.objects.get(row_label="privacy.historicallegalhold", row_pk=hold.history.get().pk)
    RecordedState.objects.create(
        row_label=state.row_label,
        row_pk=state.row_pk,
        leaf_ref=PendingLeaf.objects.get(kind="rows.emptied").ref,
        columns=state.columns,
        scope_type=state.scope_type,
        scope_ref=state.scope_ref,
    )
    hold.history.update(reason="Written by a hand in the database.")
    LegalHold.objects.filter(pk=hold.pk).update(reason="Written by a hand in the database.")
    assert len(about(hold)) == 2


def test_a_row_that_the_log_is_bound_to_is_emptied_and_not_deleted(hold: LegalHold) -> None:
    removed = removing.Removed()
    removing.delete(LegalHold.objects.filter(pk=hold.pk), ["reason", "placed_at"], None, removed)
    removing.say_emptied(removed, hold)
    assert (removed.deleted, removed.emptied) == (0, 1)
    assert about(hold) == []


def test_a_file_goes_with_its_row(django_capture_on_commit_callbacks: Any) -> None:
    feedback = factories.make_feedback(attachment=SimpleUploadedFile("a.txt", b"text", "text/plain"))
    storage, name = feedback.attachment.storage, feedback.attachment.name
    subject = feedback.author.sealing_subject()
    with django_capture_on_commit_callbacks(execute=True):
        removing.delete(type(feedback).objects.filter(pk=feedback.pk), ["body"], subject, removing.Removed())
    assert not storage.exists(name)
    assert not type(feedback).objects.filter(pk=feedback.pk).exists()
    assert not type(feedback).history.filter(id=feedback.pk).exists()


def test_every_field_that_is_declared_to_be_emptied_can_be() -> None:
    """A non-empty text where nothing may be missing; a room learns here, and not on the day of an erasure."""
    wrong = []
    for declared in personal_data():
        if declared.model_class is get_user_model():
            continue
        for way in (*declared.ways, *([declared.on_expiry] if declared.on_expiry else [])):
            for name in way.fields if isinstance(way, Empty) else ():
                field = declared.model_class._meta.get_field(name)
                if not isinstance(field, models.Field) or field.unique:
                    wrong.append(f"{declared.model}.{name}")
                    continue
                try:
                    removing.nothing_in(field)
                except ValueError:
                    wrong.append(f"{declared.model}.{name}")
    assert wrong == []
