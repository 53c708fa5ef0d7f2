"""What is destroyed while values are sealed anew stays destroyed: no key is made for somebody who was erased."""

from __future__ import annotations

from threading import Thread
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from privacy.sealing import resealing, ring
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey
from privacy.sealing.resealing import reseal
from tests.privacy.sealing.columns import stored
from tests.specimens.models import Notice, Statement

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


def states(subject: Subject) -> list[str]:
    return sorted(DataKey.objects.filter(scope_ref=subject.ref).values_list("state", flat=True))


def elsewhere(work: Any) -> None:
    """As another process would: in a thread, whose forgetting of keys this one is kept from hearing of."""

    def run() -> None:
        try:
            work()
        finally:
            connection.close()

    thread = Thread(target=run)
    thread.start()
    thread.join(60)


def destroyed_elsewhere(subject: Subject) -> None:
    for key in DataKey.objects.filter(scope_ref=subject.ref).exclude(state="shredded"):
        ring.derived_key(key.pk, b"open")
    held = dict(ring.open_keys.recent)
    elsewhere(lambda: ring.shred(subject))
    # This process has not heard of it yet.
    ring.open_keys.recent.update(held)


@pytest.fixture
def subject() -> Subject:
    return Subject("person", uuid4())


@pytest.mark.parametrize("part", ["_values", "_file", "_revision"])
def test_keys_destroyed_before_a_batch_bring_nobody_back(
    monkeypatch: pytest.MonkeyPatch, subject: Subject, part: str
) -> None:
    statement = Statement.objects.create(
        about=subject.ref, body="555 0100", attachment=SimpleUploadedFile("a.txt", b"file")
    )
    notice = Notice(about=subject.ref, title="notice", contact="555 0100")
    notice.save()
    notice.save_revision()
    before = stored(statement, "body"), statement.attachment.name
    original = getattr(resealing._Round, part)

    def destroyed_first(self: Any, *arguments: Any) -> Any:
        destroyed_elsewhere(subject)
        return original(self, *arguments)

    monkeypatch.setattr(resealing._Round, part, destroyed_first)
    reseal({subject})
    again = Statement.objects.get()
    assert set(states(subject)) == {"shredded"}
    if part == "_values":
        assert (stored(again, "body"), again.attachment.name) == before


def test_whoever_has_no_key_gets_none(subject: Subject) -> None:
    Statement.objects.create(about=subject.ref, body="555 0100")
    ring.shred(subject)
    reseal({subject})
    assert states(subject) == ["shredded"]


def test_retiring_and_making_the_new_key_are_one_step(subject: Subject) -> None:
    ring.active_key(subject)
    reseal({subject})
    assert states(subject) == ["active", "retired"]
