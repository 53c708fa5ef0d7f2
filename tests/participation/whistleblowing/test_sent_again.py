"""A form that is sent twice: the same text is stored once, and other text is never thrown away."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from participation.whistleblowing import codes
from participation.whistleblowing.actions import add_reporter_message, reply
from participation.whistleblowing.codes import new_code
from participation.whistleblowing.models import Case, CaseEntry, CaseFile
from participation.whistleblowing.queries import opened_for_reporter
from tests.factories import make_case, make_department, make_integrity_officer

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def texts(case: Case) -> list[str]:
    return [said.text for said in opened_for_reporter(case)]


def test_a_report_sent_again_with_other_text_becomes_a_further_message() -> None:
    code = new_code()
    case = make_case(code, account="发票是假的。")
    again = make_case(code, account="发票是假的，还有合同。")
    assert (again.pk, texts(case)) == (case.pk, ["发票是假的。", "发票是假的，还有合同。"])


def test_the_changed_report_sent_twice_is_one_further_message() -> None:
    code = new_code()
    case = make_case(code, account="发票是假的。")
    for _time in range(2):
        make_case(code, account="发票是假的，还有合同。")
    assert (texts(case), CaseEntry.objects.count()) == (["发票是假的。", "发票是假的，还有合同。"], 2)


def test_whatever_else_was_changed_in_the_form_is_kept_with_its_label() -> None:
    code, department = new_code(), make_department()
    case = make_case(code, contact="老王")
    make_case(code, contact="老王 13800138000", place_and_time="三月", item="校车", department=department)
    [_report, further] = texts(case)
    for text in ("老王 13800138000", "三月", "校车", str(department)):
        assert text in further
    assert "发票" not in further


def test_a_file_that_was_added_is_kept_and_the_same_file_is_not_kept_twice() -> None:
    code = new_code()
    case = make_case(code, files=[SimpleUploadedFile("a.png", PNG)])
    make_case(code, files=[SimpleUploadedFile("a.png", PNG)])
    assert (CaseFile.objects.count(), CaseEntry.objects.count()) == (1, 1)
    make_case(code, files=[SimpleUploadedFile("a.png", PNG), SimpleUploadedFile("b.png", PNG + b"b")])
    names = [name for said in opened_for_reporter(case) for _file, name in said.files]
    assert (names, CaseEntry.objects.count()) == (["a.png", "b.png"], 2)


def test_the_page_that_says_it_arrived_is_true() -> None:
    ticket, client = codes.new_ticket(), Client()
    for account in ("发票是假的。", "发票是假的，还有合同。"):
        sent = client.post(reverse("participation:whistleblowing:index"), {"account": account, "ticket": ticket})
        assert sent.status_code == 200
    assert texts(Case.objects.get()) == ["发票是假的。", "发票是假的，还有合同。"]


def test_a_message_or_reply_sent_again_with_other_text_is_a_further_one() -> None:
    case, officer, mark, other = make_case(), make_integrity_officer(), uuid4(), uuid4()
    for text in ("一", "一", "二", "二"):
        add_reporter_message(case, text=text, client_id=mark)
        reply(case, text=f"答{text}", client_id=other, acting_user=officer)
    assert sorted(texts(case)[1:]) == sorted(["一", "答一", "二", "答二"])
