"""New data keys: everything of a subject is sealed anew, everywhere it lies, and nothing that changes is overwritten."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from wagtail.models import Revision

from privacy.sealing import inventory, ring
from privacy.sealing.files import stored_key_id
from privacy.sealing.inventory import FileColumn, ValueColumn, value_columns
from privacy.sealing.keys import INDEX_ROOT, Subject
from privacy.sealing.models import DataKey
from privacy.sealing.resealing import all_subjects, reseal, subjects_in, unfinished_subjects
from tests.privacy.sealing.columns import store, stored
from tests.specimens.models import Notice, Statement, Witness

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]

TEXT = "my number is 555 0100"


def make_statement(about: UUID, **fields: Any) -> Statement:
    values = {"body": TEXT, "answers": {"a": [1, "二"]}, "attachment": SimpleUploadedFile("a.txt", b"file" * 9000)}
    return Statement.objects.create(about=about, **{**values, **fields})


def make_notice(about: UUID) -> Notice:
    notice = Notice(about=about, title="notice", contact=TEXT)
    notice.witnesses.add(Witness(about=about, phone="555 0101"))  # type: ignore[attr-defined]
    notice.save()
    notice.save_revision()
    return notice


def key_of(blob: bytes | None) -> UUID:
    assert blob is not None
    return UUID(bytes=blob[2:18])


def keys_by_state(subject: Subject) -> dict[str, UUID]:
    return {key.state: key.pk for key in DataKey.objects.filter(scope_ref=subject.ref)}


@pytest.fixture
def subject() -> Subject:
    return Subject("person", uuid4())


# What is sealed anew -----------------------------------------------------------------------------


def test_rows_and_their_history_are_under_the_new_key_and_read_the_same(subject: Subject) -> None:
    statement = make_statement(subject.ref)
    statement.body = TEXT + "1"
    statement.save()
    reseal({subject})
    new = keys_by_state(subject)["active"]
    again = Statement.objects.get()
    past = list(again.history.order_by("history_id"))  # type: ignore[attr-defined]
    assert [key_of(stored(again, column)) for column in ("body", "answers", "attachment_details")] == [new] * 3
    assert [row.body for row in past] == [TEXT, TEXT + "1"]
    assert (again.body, again.answers, again.attachment.details.name) == (TEXT + "1", {"a": [1, "二"]}, "a.txt")
    assert {row.held[2:18] for row in history_column().read(history_column().rows())} == {new.bytes}


def history_column() -> ValueColumn:
    return next(column for column in value_columns() if column.name == "specimens.historicalstatement.body")


def test_files_are_under_the_new_key_and_the_old_ones_are_gone(subject: Subject) -> None:
    statement = make_statement(subject.ref)
    old = Path(statement.attachment.storage.path(statement.attachment.name))
    reseal({subject})
    again = Statement.objects.get().attachment
    assert stored_key_id(again.storage, again.name) == keys_by_state(subject)["active"]
    assert (again.open().read(), old.exists()) == (b"file" * 9000, False)


def test_revisions_are_under_the_new_key_with_the_rows_inside_them(subject: Subject) -> None:
    notice = make_notice(subject.ref)
    report = reseal({subject})
    past = notice.get_latest_revision_as_object()
    assert (past.contact, [witness.phone for witness in past.witnesses.all()]) == (TEXT, ["555 0101"])
    assert report.values["wagtailcore.revision.content"] == {"resealed": 2}
    assert report.used_keys == []


def make_enclosed(about: UUID, *, is_replaced: bool) -> Notice:
    """A notice with two revisions that name its file, which the row names as well unless it was replaced since."""
    notice = Notice.objects.create(about=about, title="notice", enclosure=SimpleUploadedFile("a.txt", b"first"))
    notice.save_revision()
    notice.save_revision()
    if is_replaced:
        notice.enclosure = SimpleUploadedFile("b.txt", b"second")
        notice.save()
    return notice


@pytest.mark.parametrize("is_replaced", [True, False], ids=["only revisions name it", "the row names it too"])
def test_a_file_that_revisions_name_is_under_the_new_key_once_and_the_old_one_is_gone(
    subject: Subject, is_replaced: bool
) -> None:
    notice = make_enclosed(subject.ref, is_replaced=is_replaced)
    old = {revision.as_object().enclosure.name for revision in notice.revisions.all()}
    report = reseal({subject})
    past = [revision.as_object().enclosure for revision in notice.revisions.all()]
    present = Notice.objects.get().enclosure
    storage = present.storage
    assert [file.open().read() for file in past] == [b"first"] * 2
    assert {stored_key_id(storage, file.name) for file in [*past, present]} == {keys_by_state(subject)["active"]}
    assert len({file.name for file in [*past, present]}) == 1 + is_replaced
    assert [name for name in old if storage.exists(name)] == []
    assert (report.values["wagtailcore.revision.content"], report.used_keys) == ({"resealed": 2}, [])


def test_an_altered_file_that_only_a_revision_names_keeps_its_key_in_use(subject: Subject) -> None:
    notice = make_enclosed(subject.ref, is_replaced=True)
    path = Path(notice.enclosure.storage.path(notice.revisions.first().as_object().enclosure.name))
    path.write_bytes(path.read_bytes()[:-1])
    old = ring.active_key(subject).pk
    report = reseal({subject})
    assert report.values["wagtailcore.revision.content"] == {"tampered": 2}
    assert (report.used_keys, path.exists()) == ([str(old)], True)


def test_the_old_key_is_retired_and_reported_as_unused(subject: Subject) -> None:
    make_statement(subject.ref)
    old = ring.active_key(subject).pk
    report = reseal({subject})
    assert (keys_by_state(subject)["retired"], report.unused_keys, report.used_keys) == (old, [str(old)], [])


def test_it_counts_by_column(subject: Subject) -> None:
    make_statement(subject.ref)
    report = reseal({subject})
    assert report.values == {
        f"specimens.{table}.{column}": {"resealed": 1}
        for table in ("statement", "historicalstatement")
        for column in ("body", "answers", "attachment_details", "attachment")
        if (table, column) != ("historicalstatement", "attachment")
    }


def test_what_is_of_others_keeps_its_ciphertext(subject: Subject) -> None:
    make_statement(subject.ref)
    other = make_statement(uuid4())
    before = (stored(other, "body"), other.attachment.name)
    reseal({subject})
    again = Statement.objects.get(pk=other.pk)
    assert (stored(again, "body"), again.attachment.name) == before


def test_no_history_is_written(subject: Subject) -> None:
    statement = make_statement(subject.ref)
    reseal({subject})
    assert statement.history.count() == 1  # type: ignore[attr-defined]


def test_more_rows_than_one_batch(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "BATCH", 2)
    for number in range(5):
        make_statement(subject.ref, body=f"text {number}")
    assert reseal({subject}).values["specimens.statement.body"] == {"resealed": 5}
    assert [row.body for row in Statement.objects.order_by("pk")] == [f"text {number}" for number in range(5)]


def test_more_keys_than_a_query_may_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(inventory, "_MOST_KEYS", 1)
    for _ in range(3):
        make_statement(uuid4())
    assert reseal(all_subjects()).values["specimens.statement.body"] == {"resealed": 3}


def test_root_keys_are_never_replaced() -> None:
    root = ring.active_key(INDEX_ROOT).pk
    report = reseal({INDEX_ROOT})
    assert (ring.active_key(INDEX_ROOT).pk, report.subjects, INDEX_ROOT in all_subjects()) == (root, 0, False)


def test_the_subjects_of_a_model_are_found_in_rows_history_and_files() -> None:
    now, before, somebody = uuid4(), uuid4(), uuid4()
    make_statement(now)
    make_statement(before).delete()
    make_notice(somebody)
    assert {subject.ref for subject in subjects_in(Statement)} == {now, before}


# What is not overwritten -------------------------------------------------------------------------


def test_a_row_changed_meanwhile_stays_as_it_was_changed(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    statement = make_statement(subject.ref)
    replace = ValueColumn.replace

    def changed_just_before(column: ValueColumn, row: Any, blob: bytes) -> bool:
        if column.name == "specimens.statement.body" and Statement.objects.get().body == TEXT:
            writer = Statement.objects.get()
            writer.body = "changed meanwhile"
            writer.save()
        return replace(column, row, blob)

    monkeypatch.setattr(ValueColumn, "replace", changed_just_before)
    reseal({subject})
    assert Statement.objects.get(pk=statement.pk).body == "changed meanwhile"


def test_a_file_replaced_meanwhile_stays(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    make_statement(subject.ref)
    replace = FileColumn.replace
    is_first: Iterator[bool] = iter([True])

    def replaced_just_before(column: FileColumn, row: Any, name: str) -> bool:
        if next(is_first, False):
            writer = Statement.objects.get()
            writer.attachment = SimpleUploadedFile("b.txt", b"new")
            writer.save()
        return replace(column, row, name)

    monkeypatch.setattr(FileColumn, "replace", replaced_just_before)
    reseal({subject})
    again = Statement.objects.get().attachment
    folder = Path(again.storage.path(again.name)).parent
    assert (again.open().read(), (folder / Path(again.name).name).exists()) == (b"new", True)


def test_a_revision_saved_meanwhile_stays(subject: Subject, monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy.sealing import revisions

    make_notice(subject.ref)
    replace = revisions.replace
    is_first: Iterator[bool] = iter([True])

    def saved_just_before(revision: Any, before: Any) -> bool:
        if next(is_first, False):
            held = Revision.objects.get()
            held.content["title"] = "changed meanwhile"
            Revision.objects.filter(pk=held.pk).update(content=held.content)
        return replace(revision, before)

    monkeypatch.setattr(revisions, "replace", saved_just_before)
    report = reseal({subject})
    assert (Revision.objects.get().content["title"], report.used_keys) == ("changed meanwhile", [])


def test_a_value_sealed_with_the_old_key_while_it_ran_is_found_by_the_next_round(
    subject: Subject, monkeypatch: pytest.MonkeyPatch
) -> None:
    statement = make_statement(subject.ref)
    old_blob, late = stored(statement, "body"), iter([True])

    def write_back(name: str, count: int) -> None:
        if name == "specimens.statement.body" and next(late, False):
            store(statement, "body", old_blob)

    report = reseal({subject}, progress=write_back)
    assert (report.values["specimens.statement.body"], report.used_keys) == ({"resealed": 2}, [])


# What does not open ------------------------------------------------------------------------------


def test_what_was_tampered_with_is_counted_left_and_keeps_its_key_in_use(subject: Subject) -> None:
    make_statement(subject.ref)
    bad = make_statement(subject.ref)
    blob = bytearray(stored(bad, "body") or b"")
    blob[-1] ^= 1
    store(bad, "body", bytes(blob))
    old = ring.active_key(subject).pk
    report = reseal({subject})
    assert report.values["specimens.statement.body"] == {"resealed": 1, "tampered": 1}
    assert (report.used_keys, stored(bad, "body")) == ([str(old)], bytes(blob))


def test_a_missing_file_is_no_obstacle(subject: Subject) -> None:
    statement = make_statement(subject.ref)
    statement.attachment.storage.delete(statement.attachment.name)
    report = reseal({subject})
    assert report.values["specimens.statement.attachment"] == {"missing": 1}
    assert report.values["specimens.statement.body"] == {"resealed": 1}


def test_whoever_was_erased_gets_no_new_key(subject: Subject) -> None:
    make_statement(subject.ref)
    ring.shred(subject)
    reseal({subject})
    assert list(keys_by_state(subject)) == ["shredded"]


# Stopped and started again -----------------------------------------------------------------------


def test_stopped_at_any_step_everything_reads_and_the_next_run_finishes(subject: Subject) -> None:
    make_statement(subject.ref)
    make_notice(subject.ref)
    steps: list[str] = []
    reseal({subject}, progress=lambda name, count: steps.append(name))
    for number in range(len(steps)):
        left = iter(range(number))

        def stop(name: str, count: int, left: Any = left) -> None:
            if next(left, None) is None:
                raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            reseal({subject}, progress=stop)
        statement = Statement.objects.get()
        assert (statement.body, statement.attachment.open().read()) == (TEXT, b"file" * 9000)
    reseal(unfinished_subjects(), with_new_keys=False)
    assert unfinished_subjects() == set()
