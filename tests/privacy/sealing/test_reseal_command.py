"""The command that gives new data keys: what it takes, how it goes on, what it reports and logs."""

from __future__ import annotations

import json
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from privacy.custody.models import KeyOperation
from privacy.log.models import PendingLeaf
from privacy.sealing import resealing, ring
from privacy.sealing.keys import Subject
from privacy.sealing.models import DataKey
from privacy.sealing.resealing import unfinished_subjects
from tests.privacy.sealing.columns import store, stored
from tests.privacy.sealing.test_reseal import key_of, make_enclosed, make_notice, make_statement
from tests.specimens.models import Notice, Statement, Witness

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.both]


@pytest.fixture
def subject() -> Subject:
    return Subject("person", uuid4())


def run(*arguments: str) -> tuple[int, Any]:
    out = StringIO()
    try:
        call_command("privacy_reseal", "--json", *arguments, stdout=out, stderr=StringIO())
        status = 0
    except SystemExit as left:
        status = int(left.code or 0)
    return status, json.loads(out.getvalue())


def test_the_command_takes_subjects(subject: Subject) -> None:
    make_statement(subject.ref)
    status, report = run("--subject", f"person:{subject.ref}")
    assert (status, report["subjects"], report["resealed"], len(report["unused_keys"])) == (0, 1, 7, 1)


def test_the_command_takes_a_model(subject: Subject) -> None:
    make_statement(subject.ref)
    make_notice(uuid4())
    assert run("--model", "specimens.statement")[1]["subjects"] == 1


def test_the_command_takes_everybody() -> None:
    make_statement(uuid4())
    make_statement(uuid4())
    assert run("--all")[1]["subjects"] == 2


def test_the_command_resumes_without_new_keys(subject: Subject) -> None:
    statement = make_statement(subject.ref)
    ring.retire(subject)
    new = ring.active_key(subject).pk
    run("--resume")
    assert (key_of(stored(statement, "body")), DataKey.objects.filter(scope_ref=subject.ref).count()) == (new, 2)


def test_resuming_names_what_it_emptied_once_and_then_has_nothing_to_do(subject: Subject) -> None:
    make_statement(subject.ref)
    old = ring.active_key(subject).pk
    ring.retire(subject)
    ring.active_key(subject)
    first, second = run("--resume"), run("--resume")
    assert (first[0], first[1]["subjects"], first[1]["unused_keys"]) == (0, 1, [str(old)])
    assert (second[0], second[1]["subjects"], second[1]["unused_keys"]) == (0, 0, [])
    assert KeyOperation.objects.count() == 1


@pytest.mark.parametrize("where", ["statement", "file", "revision", "file of a revision"])
def test_whoever_has_something_left_under_a_retired_key_is_found(subject: Subject, where: str) -> None:
    if where == "revision":
        make_notice(subject.ref)
        Notice.objects.update(contact=None)
        Witness.objects.update(phone=None)
    elif where == "file of a revision":
        make_enclosed(subject.ref, is_replaced=False)
        Notice.objects.update(enclosure="")
    else:
        statement = make_statement(subject.ref)
        if where == "file":
            columns = {"body": None, "answers": None, "attachment_details": None}
            Statement.objects.filter(pk=statement.pk).update(**columns)
            statement.history.all().delete()  # type: ignore[attr-defined]
    ring.retire(subject)
    ring.active_key(subject)
    assert unfinished_subjects() == {subject}


def test_the_command_exits_1_when_values_are_left(subject: Subject) -> None:
    statement = make_statement(subject.ref)
    blob = stored(statement, "body") or b""
    store(statement, "body", blob[:-1] + bytes([blob[-1] ^ 1]))
    assert run("--subject", f"person:{subject.ref}")[0] == 1


@pytest.mark.parametrize("text", ["person", "person:x", f"nobody:{UUID(int=1)}"])
def test_a_subject_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(CommandError, match="TYPE:REF"):
        run("--subject", text)


def test_an_unknown_model_is_refused() -> None:
    with pytest.raises(CommandError, match="no model"):
        run("--model", "specimens.nothing")


def test_its_beginning_and_its_end_are_in_the_log_without_naming_anybody(subject: Subject) -> None:
    make_statement(subject.ref)
    run("--subject", f"person:{subject.ref}")
    operation = KeyOperation.objects.get()
    leaves = [leaf.leaf for leaf in PendingLeaf.objects.filter(kind="keys.resealed", record_ref=operation.row_id)]
    assert [json.loads(leaf)["public"] for leaf in leaves] == [
        {"keys": 1, "state": "begun", "values": 0},
        {"keys": 1, "state": "finished", "values": 7},
    ]
    assert not any(str(subject.ref) in leaf for leaf in leaves)


def test_nothing_else_is_appended_to_the_log(subject: Subject) -> None:
    make_statement(subject.ref)
    resealing.reseal({subject})
    assert PendingLeaf.objects.count() == 0
