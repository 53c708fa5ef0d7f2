"""What a transaction destroyed and took back, and what is saved from before a destruction."""

from __future__ import annotations

import pytest
from django.db import transaction

from privacy.sealing import ring
from privacy.sealing.errors import Shredded
from privacy.sealing.opening import unrecorded
from tests.privacy.sealing.columns import stored
from tests.specimens.models import Contact, Dossier

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


def note_of(dossier: Dossier) -> str:
    with unrecorded():
        return str(Dossier.objects.get(pk=dossier.pk).note)


@pytest.mark.parametrize("is_within", [False, True], ids=["transaction", "savepoint"])
def test_what_was_read_before_the_destruction_was_taken_back_opens_again(is_within: bool) -> None:
    dossier = Dossier.objects.create(note="note")

    def destroyed_and_taken_back() -> None:
        with transaction.atomic():
            ring.shred(dossier.sealing_subject())
            with pytest.raises(Shredded):
                note_of(dossier)
            with transaction.atomic():
                transaction.set_rollback(True)
            with pytest.raises(Shredded):
                note_of(dossier)
            transaction.set_rollback(True)

    if is_within:
        with transaction.atomic():
            destroyed_and_taken_back()
            assert note_of(dossier) == "note"
    else:
        destroyed_and_taken_back()
    assert note_of(dossier) == "note"


@pytest.mark.parametrize("is_opened", [False, True], ids=["closed", "opened"])
def test_saving_a_row_that_was_loaded_before_brings_no_entry_back(is_opened: bool) -> None:
    contact = Contact.objects.create(phone="13800138000", code="A")
    before = Contact.objects.get(pk=contact.pk)
    if is_opened:
        with unrecorded():
            assert before.phone == "13800138000"
    ring.shred(contact.sealing_subject())
    before.save()
    assert [stored(contact, "phone_index"), stored(contact, "code_index")] == [None, None]
    assert before.phone_index is None
