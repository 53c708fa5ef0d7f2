"""Taking, answering, closing and destroying reports."""

from __future__ import annotations

import threading
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.storage import storages
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.test import override_settings
from django.utils import timezone

from participation.stakeholders.models import Role
from participation.whistleblowing.actions import (
    add_reporter_message,
    change_state,
    enter_receipts,
    open_case,
    recuse,
    reply,
    shred_case,
)
from participation.whistleblowing.codes import new_code
from participation.whistleblowing.models import Case, CaseEntry, CaseFile, Recusal
from participation.whistleblowing.queries import (
    case_of_code,
    cases_for,
    opened_for_officer,
    opened_for_reporter,
    unattended_count,
)
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed, NotFound, SignInRequired, TooLarge
from privacy.access.errors import ReasonRequired
from privacy.access.models import AccessEvent
from privacy.log.models import PendingLeaf
from privacy.sealing.models import DataKey
from privacy.sealing.opening import unrecorded
from tests.factories import make_case, make_department, make_integrity_officer, make_officeholder, make_user
from tests.participation.whistleblowing.cases import leaves

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


# Taking ------------------------------------------------------------------------------------------


def test_a_report_is_found_again_by_its_code() -> None:
    code, department = new_code(), make_department()
    case = open_case(
        code, account="发票是假的。", place_and_time="三月，采购科", department=department, item="校车", contact="老王"
    )
    found = case_of_code(code)
    assert found == case
    assert [(said.number, said.is_reporter, said.text) for said in opened_for_reporter(case)] == [
        (1, True, "发票是假的。")
    ]


def test_nobody_stands_behind_a_report_and_only_its_day_is_kept() -> None:
    case = make_case()
    entry = case.entries.get()
    moment_columns = [
        field.name
        for model in (Case, CaseEntry, CaseFile)
        for field in model._meta.concrete_fields
        if field.get_internal_type() == "DateTimeField"
    ]
    key = DataKey.objects.get(scope_ref=case.row_id)
    midnight = timezone.localtime(key.created)
    assert (entry.officer, moment_columns, hasattr(Case, "history")) == (None, [], False)
    assert (midnight.hour, midnight.minute, midnight.second, midnight.microsecond) == (0, 0, 0, 0)


def test_the_same_code_sent_twice_is_one_report() -> None:
    code = new_code()
    first, second = make_case(code), make_case(code)
    assert (first.pk, Case.objects.count(), CaseEntry.objects.count()) == (second.pk, 1, 1)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"account": "  "}, "account"),
        ({"account": "字" * 20_001}, "account"),
        ({"contact": "字" * 1_001}, "contact"),
        ({"files": [SimpleUploadedFile("a.exe", b"MZ\x90\x00")]}, "attachments"),
        ({"files": [SimpleUploadedFile("a.png", b"not a picture")]}, "attachments"),
        ({"files": [SimpleUploadedFile("a.png", PNG)] * 4}, "attachments"),
    ],
    ids=["no account", "account too long", "contact too long", "program", "wrong type", "too many files"],
)
def test_what_is_at_fault_is_named_and_nothing_is_kept(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_case(**fields)
    assert (refused.value.data["field"], Case.objects.count()) == (field, 0)


@override_settings(ATTACHMENT_MAX_BYTES=100)
def test_files_that_are_too_large_together_are_refused() -> None:
    with pytest.raises(TooLarge):
        make_case(files=[SimpleUploadedFile("a.png", PNG), SimpleUploadedFile("b.png", PNG)])


def test_a_file_comes_back_exactly_as_it_was_sent_and_lies_sealed() -> None:
    case = make_case(files=[SimpleUploadedFile("../../合同 v2.png", PNG)])
    file = CaseFile.objects.get()
    stored = storages["attachments"].open(file.content.name).read()
    with unrecorded():
        details, content = file.details, file.content.open().read()
    assert (details["name"], details["media_type"], content) == ("合同 v2.png", "image/png", PNG)
    assert (PNG in stored, "合同" in file.content.name) == (False, False)
    assert opened_for_reporter(case)[0].files[0][1] == "合同 v2.png"


# The thread ---------------------------------------------------------------------------------------


def test_both_sides_write_in_one_thread() -> None:
    case, officer = make_case(), make_integrity_officer()
    add_reporter_message(case, text="还有一张。")
    reply(case, text="请说明日期。", acting_user=officer)
    said = [(entry.number, entry.is_reporter, entry.text, entry.officer) for entry in opened_for_reporter(case)]
    assert said[1:] == [(2, True, "还有一张。", ""), (3, False, "请说明日期。", officer.display_name)]


def test_a_message_sent_twice_is_stored_once() -> None:
    case, mark = make_case(), uuid4()
    first = add_reporter_message(case, text="还有一张。", client_id=mark)
    again = add_reporter_message(case, text="还有一张。", client_id=mark)
    assert (first, case.entries.count()) == (again, 2)


def at_once(*deeds: Any) -> list[Exception]:
    """Do all of them in threads that start together; what went wrong."""
    barrier, failures = threading.Barrier(len(deeds)), []

    def run(deed: Any) -> None:
        try:
            barrier.wait()
            deed()
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(deed,)) for deed in deeds]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return failures


@pytest.mark.django_db(transaction=True)
def test_the_same_report_twice_at_once_is_one_case() -> None:
    code = new_code()
    failures = at_once(lambda: make_case(code), lambda: make_case(code))
    assert (failures, Case.objects.count(), CaseEntry.objects.count()) == ([], 1, 1)


@pytest.mark.django_db(transaction=True)
def test_two_messages_at_once_get_two_numbers() -> None:
    case, officer = make_case(), make_integrity_officer()
    failures = at_once(
        lambda: add_reporter_message(case, text="一"), lambda: reply(case, text="二", acting_user=officer)
    )
    numbers = list(case.entries.values_list("number", flat=True))
    assert (failures, numbers, Case.objects.get().last_number) == ([], [1, 2, 3], 3)


# Officers -----------------------------------------------------------------------------------------

DEEDS: dict[str, Any] = {
    "reply": lambda case, user: reply(case, text="请说明日期。", acting_user=user),
    "change_state": lambda case, user: change_state(case, state="review", text="已受理。", acting_user=user),
    "recuse": lambda case, user: recuse(case, reason="同事", acting_user=user),
    "shred_case": lambda case, user: shred_case(case, reason="期满", acting_user=user),
    "enter_receipts": lambda case, user: enter_receipts(acting_user=user),
}
PEOPLE: dict[str, tuple[Any, type[GongzhiError]]] = {
    "visitor": (lambda: None, SignInRequired),
    "citizen": (make_user, NotAllowed),
    "administrator": (lambda: make_user(is_superuser=True), NotAllowed),
    **{
        role.value: (lambda role=role: make_officeholder(role), NotAllowed)
        for role in (Role.MODERATOR, Role.EDITOR, Role.REVIEWER, Role.AUDITOR)
    },
    "officer": (lambda: make_officeholder(Role.OFFICER, make_department()), NotAllowed),
}


# Nobody is the service itself, which enters receipts.
@pytest.mark.parametrize(
    ("who", "deed"),
    [(who, deed) for who in PEOPLE for deed in DEEDS if (who, deed) != ("visitor", "enter_receipts")],
)
def test_nobody_but_an_integrity_officer_works_on_a_report(who: str, deed: str) -> None:
    make, refusal = PEOPLE[who]
    case, person = make_case(), make()
    with pytest.raises(refusal):
        DEEDS[deed](case, person)
    case.refresh_from_db()
    assert (case.state, case.last_number, leaves(case), Recusal.objects.count()) == ("received", 1, [], 0)


def test_an_officer_opens_a_report_for_a_reason_that_is_on_record_first() -> None:
    case, officer = make_case(contact="老王", item="校车"), make_integrity_officer()
    with pytest.raises(ReasonRequired):
        opened_for_officer(case, reason=" ", acting_user=officer)
    assert AccessEvent.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_an_opening_is_one_record_for_each_row_and_no_leaf_that_day() -> None:
    case, officer = make_case(contact="老王", files=[SimpleUploadedFile("a.png", PNG)]), make_integrity_officer()
    add_reporter_message(case, text="还有一张。")
    before = PendingLeaf.objects.count()
    opened = opened_for_officer(Case.objects.get(), reason="初核", acting_user=officer)
    events = AccessEvent.objects.all()
    assert (opened.contact, [said.text for said in opened.entries][1]) == ("老王", "还有一张。")
    assert {(event.actor, event.typed_reason, event.subject_ref) for event in events} == {
        (officer, "初核", case.row_id)
    }
    labels = sorted((event.record_label.split(".")[1], event.fields) for event in events)
    assert labels == [
        ("case", ["contact"]),
        ("caseentry", ["text"]),
        ("caseentry", ["text"]),
        ("casefile", ["details"]),
    ]
    assert PendingLeaf.objects.count() == before


def test_the_reporter_reads_and_no_record_says_so() -> None:
    case = make_case()
    opened_for_reporter(case)
    assert AccessEvent.objects.count() == 0


@pytest.mark.parametrize(
    ("before", "after", "outcome", "error"),
    [
        ("received", "review", "", None),
        ("received", "closed", "referred", None),
        ("received", "closed", "", Invalid),
        ("received", "closed", "nonsense", Invalid),
        ("received", "received", "", Conflict),
        ("received", "destroyed", "", Conflict),
        ("review", "closed", "not_confirmed", None),
        ("review", "review", "", Conflict),
        ("closed", "review", "", None),
        ("closed", "closed", "partly", Conflict),
    ],
)
def test_steps_from_state_to_state(before: str, after: str, outcome: str, error: Any) -> None:
    case, officer = make_case(), make_integrity_officer()
    if before != "received":
        change_state(
            case, state=before, outcome="confirmed" if before == "closed" else "", text="下一步。", acting_user=officer
        )
    if error:
        with pytest.raises(error):
            change_state(case, state=after, outcome=outcome, text="下一步。", acting_user=officer)
        return
    changed = change_state(case, state=after, outcome=outcome, text="下一步。", acting_user=officer)
    changed.refresh_from_db()
    assert (changed.state, changed.outcome, (changed.keep_until is None)) == (after, outcome, after != "closed")
    assert leaves(case)[-1] == "case.state_changed"


def test_who_steps_back_does_not_find_the_case_any_more() -> None:
    case, officer, colleague = make_case(), make_integrity_officer(), make_integrity_officer()
    recuse(case, reason="同一科室", acting_user=officer)
    with pytest.raises(NotFound):
        reply(case, text="请说明日期。", acting_user=officer)
    assert (list(cases_for(officer)), list(cases_for(colleague)), leaves(case)) == ([], [case], ["case.recused"])
    assert unattended_count() == 0
    recuse(case, reason="同乡", acting_user=colleague)
    assert unattended_count() == 1
