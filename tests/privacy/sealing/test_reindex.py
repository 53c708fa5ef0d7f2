"""Blind indexes under a new root: every value is found before, meanwhile and after, and what is left is told."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from privacy.custody.models import KeyOperation
from privacy.log.models import PendingLeaf
from privacy.sealing import reindexing, ring
from privacy.sealing.errors import KeyKeeperFailed
from privacy.sealing.index import find_by_sealed, index_of, indexes
from privacy.sealing.keys import INDEX_ROOT
from privacy.sealing.models import DataKey
from privacy.sealing.reindexing import new_index_root, reindex, under_earlier_roots
from tests.privacy.sealing.columns import store, stored
from tests.specimens.models import Contact

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PHONE = "+86 138 0013 8000"
NAME = "specimens.contact.phone_index"


def make_contacts(number: int) -> list[Contact]:
    return [Contact.objects.create(phone=f"138001380{n:02}") for n in range(number)]


def found(value: str) -> list[Contact]:
    return list(find_by_sealed(Contact.objects.order_by("pk"), "phone", value))


def roots_in_use() -> set[bytes]:
    return {(stored(contact, "phone_index") or b"")[:4] for contact in Contact.objects.all()}


def run(*arguments: str) -> tuple[int, Any]:
    out = StringIO()
    try:
        call_command("privacy_reindex", "--json", *arguments, stdout=out, stderr=StringIO())
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    return status, json.loads(out.getvalue())


def test_every_entry_is_made_anew_once_and_found() -> None:
    contacts = make_contacts(3)
    new_index_root()
    assert (reindex(indexes()).columns, reindex(indexes()).columns) == ({NAME: {"made": 3}}, {})
    assert roots_in_use() == {ring.active_key(INDEX_ROOT).id.bytes[:4]}
    assert found("13800138001") == [contacts[1]]


def test_entries_that_are_missing_are_made() -> None:
    (contact,) = make_contacts(1)
    Contact.objects.update(phone_index=None)
    reindex(indexes())
    assert found("13800138000") == [contact]


def test_what_was_erased_keeps_no_entry_and_what_has_no_form_gets_none() -> None:
    (erased,) = make_contacts(1)
    ring.shred(erased.sealing_subject())
    Contact.objects.create(phone="call me")
    new_index_root()
    assert reindex(indexes()).columns == {NAME: {"no_form": 1, "shredded": 1}}


def test_what_does_not_open_keeps_its_entry_and_is_told() -> None:
    (contact,) = make_contacts(1)
    store(contact, "phone", b"planted")
    entry = stored(contact, "phone_index")
    new_index_root()
    report = reindex(indexes())
    assert (report.columns, report.remaining) == ({NAME: {"tampered": 1}}, {NAME: 1})
    assert stored(contact, "phone_index") == entry


def test_a_value_changed_meanwhile_keeps_the_entry_of_whoever_changed_it(monkeypatch: pytest.MonkeyPatch) -> None:
    (contact,) = make_contacts(1)
    new_index_root()
    prefetch = ring.prefetch

    def changed_meanwhile(rows: list[Any]) -> None:
        prefetch(rows)
        writer = Contact.objects.get(pk=contact.pk)
        writer.phone = "13911112222"
        writer.save()

    monkeypatch.setattr(ring, "prefetch", changed_meanwhile)
    assert reindex(indexes()).columns == {NAME: {"changed": 1}}
    assert found("13911112222") == [contact]


def test_one_of_two_with_the_same_value_is_named_where_a_value_may_be_there_once() -> None:
    (earlier,) = make_contacts(1)
    new_index_root()
    # Under two roots the database could not know that it is the same.
    Contact.objects.create(phone="13800138000")
    report = reindex(indexes())
    assert (report.columns, report.doubles) == ({NAME: {"double": 1}}, [f"{NAME}: {earlier.pk}"])


def test_stopped_at_any_step_every_value_is_found_and_the_next_run_finishes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reindexing, "BATCH", 2)
    contacts = make_contacts(5)
    new_index_root()

    def stop(name: str, count: int) -> None:
        raise KeyboardInterrupt

    for left in (3, 1):
        with pytest.raises(KeyboardInterrupt):
            reindex(indexes(), stop)
        assert under_earlier_roots(index_of(Contact, "phone")).count() == left
        assert [found(f"1380013800{n}") for n in range(5)] == [[contact] for contact in contacts]
    assert reindex(indexes()).made == 1


# Command -----------------------------------------------------------------------------------------


def test_the_command_makes_a_new_root_and_every_entry_under_it() -> None:
    make_contacts(2)
    before = ring.active_key(INDEX_ROOT).id
    status, report = run("--new-root")
    assert (status, report["made"], report["remaining"]) == (0, 2, {})
    assert (ring.active_key(INDEX_ROOT).id != before, DataKey.objects.get(pk=before).state) == (True, "retired")


def test_without_anything_to_do_nothing_is_put_on_record() -> None:
    make_contacts(1)
    Contact.objects.create(phone="call me")
    erased = Contact.objects.create(phone="13900139000")
    ring.shred(erased.sealing_subject())
    assert (run()[1]["made"], KeyOperation.objects.count()) == (0, 0)


def test_without_anything_to_do_it_says_one_line() -> None:
    Contact.objects.create(phone="call me")
    out, err = StringIO(), StringIO()
    call_command("privacy_reindex", stdout=out, stderr=err)
    assert (out.getvalue(), err.getvalue()) == ("Entries made anew: 0\n", "")


def test_the_command_exits_1_while_entries_are_under_an_earlier_root() -> None:
    (contact,) = make_contacts(1)
    store(contact, "phone", b"planted")
    assert run("--new-root")[0] == 1


def test_its_beginning_and_its_end_are_in_the_log() -> None:
    make_contacts(2)
    run("--new-root")
    operation = KeyOperation.objects.get()
    leaves = PendingLeaf.objects.filter(kind="keys.reindexed", record_ref=operation.row_id)
    assert [json.loads(leaf.leaf)["public"] for leaf in leaves] == [
        {"keys": 1, "state": "begun", "values": 0},
        {"keys": 1, "state": "finished", "values": 2},
    ]


def test_a_key_service_that_does_not_answer_stops_it_with_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    make_contacts(1)
    new_index_root()

    def away(rows: object) -> None:
        raise KeyKeeperFailed("the key service does not answer")

    monkeypatch.setattr(ring, "prefetch", away)
    with pytest.raises(CommandError, match="does not answer"):
        call_command("privacy_reindex", stdout=StringIO(), stderr=StringIO())


def test_on_a_terminal_it_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    make_contacts(2)
    new_index_root()
    shown = StringIO()
    monkeypatch.setattr(shown, "isatty", lambda: True)
    call_command("privacy_reindex", stdout=StringIO(), stderr=shown)
    assert f"100% 2 of 2 {NAME}" in shown.getvalue()
