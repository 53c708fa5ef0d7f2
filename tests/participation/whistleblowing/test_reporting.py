"""The pages of somebody who reports: without account, session or cookie."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from participation.whistleblowing import codes
from participation.whistleblowing.actions import reply
from participation.whistleblowing.models import Case, CaseEntry, CaseFile
from participation.whistleblowing.queries import opened_for_reporter
from portal import rates
from privacy.access.models import AccessEvent
from privacy.log.models import LogEntry, PendingLeaf
from tests.factories import make_case, make_department, make_integrity_officer, make_user

pytestmark = pytest.mark.django_db

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64


def url(name: str, language: str = "zh-hans") -> str:
    with translation.override(language):
        return reverse(f"participation:whistleblowing:{name}")


def report(client: Client | None = None, **changes: Any) -> Any:
    data = {"account": "发票是假的。", "ticket": codes.new_ticket(), **changes}
    return (client or Client()).post(url("index"), data)


def code_in(response: Any) -> str:
    found = re.search(rf'class="casecode">([{codes.ALPHABET}-]+)<', response.content.decode())
    assert found is not None
    return found[1]


# Reporting ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", ["index", "case"])
def test_the_pages_are_there_in_both_languages_and_leave_nothing_behind(name: str, language: str) -> None:
    page = Client().get(url(name, language))
    assert (page.status_code, dict(page.cookies)) == (200, {})
    assert ("no-store" in page["Cache-Control"], page["Referrer-Policy"]) == (True, "no-referrer")
    assert "csrfmiddlewaretoken" not in page.content.decode()


def test_what_is_kept_and_who_reads_it_stands_before_the_form() -> None:
    page = Client().get(url("index", "en")).content.decode()
    assert page.index('id="protection"') < page.index("<form")


def test_every_page_leads_to_it() -> None:
    assert f'href="{url("index")}"' in Client().get(url("case")).content.decode()


def test_a_report_without_account_or_cookie_is_taken_and_its_code_shown_once() -> None:
    client = Client(enforce_csrf_checks=True)
    sent = report(
        client, place_and_time="三月", item="校车", contact="老王", attachments=SimpleUploadedFile("a.png", PNG)
    )
    code = code_in(sent)
    assert (sent.status_code, dict(client.cookies), Session.objects.count()) == (200, {}, 0)
    assert ("no-store" in sent["Cache-Control"], CaseFile.objects.count()) == (True, 1)
    thread = client.post(url("case"), {"code": code})
    assert (thread.status_code, "发票是假的。" in thread.content.decode(), "a.png" in thread.content.decode()) == (
        200,
        True,
        True,
    )
    assert (dict(client.cookies), Session.objects.count(), AccessEvent.objects.count()) == ({}, 0, 0)


def test_a_department_can_be_named() -> None:
    department = make_department()
    sent = report(department=str(department.row_id))
    assert (sent.status_code, Case.objects.count()) == (200, 1)


def test_a_signed_in_reporter_is_told_and_not_recorded() -> None:
    person, client = make_user(), Client()
    client.force_login(person)
    assert "callout warn" in client.get(url("index")).content.decode()
    report(client)
    entry = CaseEntry.objects.get()
    texts = [*PendingLeaf.objects.values_list("leaf", flat=True), *LogEntry.objects.values_list("leaf", flat=True)]
    assert (entry.officer, AccessEvent.objects.count()) == (None, 0)
    assert any(str(entry.case.row_id) in text or "case" in text for text in texts) is False


def test_sending_the_same_page_again_shows_the_same_code_for_one_report() -> None:
    ticket = codes.new_ticket()
    first, again = report(ticket=ticket), report(ticket=ticket)
    assert (code_in(first), Case.objects.count()) == (code_in(again), 1)


@pytest.mark.parametrize("ticket", ["", "K7MQ-4XWD-9TRA-VC63-HN8P", "K7MQ-4XWD-9TRA-VC63-HN8P:1abc:forged"])
def test_a_ticket_that_is_not_ours_is_replaced_and_the_text_kept(ticket: str) -> None:
    refused = report(ticket=ticket, account="写了很久的话")
    fresh = refused.context["form"]["ticket"].value()
    assert (refused.status_code, Case.objects.count(), codes.code_of(fresh) is not None) == (400, 0, True)
    assert "写了很久的话" in refused.content.decode()


@pytest.mark.parametrize(
    ("changes", "status", "field"),
    [
        ({"account": ""}, 400, "account"),
        ({"attachments": SimpleUploadedFile("a.exe", b"MZ\x90\x00")}, 400, "attachments"),
        ({"attachments": SimpleUploadedFile("a.png", b"")}, 400, "attachments"),
        ({"department": "nonsense"}, 400, "department"),
        ({"contact": "x" * 1001}, 400, "contact"),
    ],
    ids=["no account", "program", "empty file", "department", "contact"],
)
def test_what_is_at_fault_stands_beside_its_field(changes: dict[str, Any], status: int, field: str) -> None:
    refused = report(**changes)
    assert (refused.status_code, list(refused.context["form"].errors), Case.objects.count()) == (status, [field], 0)


def test_files_together_over_the_limit_are_refused(settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 100
    refused = report(attachments=[SimpleUploadedFile("a.png", PNG), SimpleUploadedFile("b.png", PNG)])
    assert (refused.status_code, Case.objects.count()) == (413, 0)


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"sec-fetch-site": "cross-site"}, 403),
        ({"sec-fetch-site": "same-site"}, 403),
        ({"origin": "https://evil.example"}, 403),
        ({"sec-fetch-site": "same-origin", "origin": "null"}, 200),
        ({"origin": "null"}, 200),
        ({"origin": "http://testserver"}, 200),
        ({}, 200),
    ],
    ids=["other site", "sister site", "other origin", "ours without referrer", "null", "ours", "says nothing"],
)
def test_forms_from_other_sites_are_refused(headers: dict[str, str], status: int) -> None:
    data = {"account": "发票是假的。", "ticket": codes.new_ticket()}
    assert Client().post(url("index"), data, headers=headers).status_code == status


# The code -----------------------------------------------------------------------------------------


def test_the_code_is_taken_from_the_form_only() -> None:
    code = codes.new_code()
    make_case(code)
    page = Client().get(url("case"), {"code": code})
    assert (page.status_code, "发票" in page.content.decode()) == (200, False)


def test_an_unknown_code_and_no_code_at_all_look_alike() -> None:
    make_case()
    answers = []
    for typed in (codes.new_code(), "K7MQ", "' OR 1=1 --", "你好"):
        answer = Client().post(url("case"), {"code": typed})
        answers.append((answer.status_code, [str(e) for e in answer.context["form"].errors["code"]]))
    assert (answers[0][0], len({str(answer) for answer in answers})) == (404, 1)


def test_trying_codes_is_limited_for_right_and_wrong_ones_alike() -> None:
    code = codes.new_code()
    make_case(code)
    client = Client()
    assert [client.post(url("case"), {"code": codes.new_code()}).status_code for _n in range(10)] == [404] * 10
    refused = client.post(url("case"), {"code": code})
    assert (refused.status_code, "发票" in refused.content.decode()) == (429, False)
    elsewhere = Client(REMOTE_ADDR="192.0.2.7").post(url("case"), {"code": code})
    assert elsewhere.status_code == 200


def test_reports_are_limited_without_the_address_being_held() -> None:
    client = Client(REMOTE_ADDR="192.0.2.55")
    statuses = [report(client).status_code for _n in range(11)]
    assert (statuses[:10], statuses[10], Case.objects.count()) == ([200] * 10, 429, 10)
    storage: Any = rates._limiter().storage
    held = f"{vars(storage)} {list(storage.storage.keys())}"
    assert ("report" in held, "192.0.2.55" in held) == (True, False)


def test_neither_code_nor_text_nor_address_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    client = Client(REMOTE_ADDR="192.0.2.55")
    code = code_in(report(client))
    client.post(url("case"), {"code": code})
    client.post(url("case"), {"code": "K7MQ-4XWD-9TRA-VC63-HN8P"})
    logged = caplog.text
    assert [s for s in (code, code.replace("-", ""), "K7MQ", "发票", "192.0.2.55") if s in logged] == []


# The thread ---------------------------------------------------------------------------------------


def test_the_reporter_reads_the_reply_and_adds_to_it() -> None:
    code, client = codes.new_code(), Client()
    case = make_case(code)
    reply(case, text="请说明日期。", acting_user=make_integrity_officer())
    thread = client.post(url("case"), {"code": code})
    assert "请说明日期。" in thread.content.decode()
    mark = thread.context["form"]["cid"].value()
    data = {"code": code, "send": "1", "text": "三月五日", "cid": mark, "attachments": SimpleUploadedFile("b.png", PNG)}
    added = client.post(url("case"), data)
    client.post(url("case"), {**data, "attachments": SimpleUploadedFile("b.png", PNG)})
    assert (added.status_code, [said.text for said in opened_for_reporter(case)][-1]) == (200, "三月五日")
    assert (case.entries.count(), CaseFile.objects.count()) == (3, 1)


def test_the_reporter_does_not_see_the_officers_name() -> None:
    code, officer = codes.new_code(), make_integrity_officer()
    reply(make_case(code), text="请说明日期。", acting_user=officer)
    assert officer.display_name not in Client().post(url("case"), {"code": code}).content.decode()


def test_an_empty_message_is_refused_and_nothing_lost() -> None:
    code = codes.new_code()
    case = make_case(code)
    refused = Client().post(url("case"), {"code": code, "send": "1", "text": " ", "cid": "nonsense"})
    assert (refused.status_code, case.entries.count(), code in refused.content.decode()) == (400, 1, True)


def test_a_message_needs_the_code() -> None:
    case = make_case()
    refused = Client().post(url("case"), {"code": codes.new_code(), "send": "1", "text": "我猜的"})
    assert (refused.status_code, case.entries.count()) == (404, 1)


def test_a_destroyed_case_says_so() -> None:
    code = codes.new_code()
    case = make_case(code)
    Case.objects.filter(pk=case.pk).update(
        state="destroyed", outcome="confirmed", keep_until=case.received_on, destroyed_on=case.received_on
    )
    page = Client().post(url("case"), {"code": code})
    assert (page.status_code, page.context["entries"], "<textarea" in page.content.decode()) == (200, (), False)


@pytest.mark.parametrize("name", ["index", "case"])
@pytest.mark.parametrize("method", ["post", "put"])
def test_a_refusal_leaves_no_more_behind_than_the_page(name: str, method: str) -> None:
    answer = getattr(Client(), method)(url(name), {}, headers={"Sec-Fetch-Site": "cross-site"})
    assert answer.status_code == {"post": 403, "put": 405}[method]
    assert ("no-store" in answer["Cache-Control"], answer["Referrer-Policy"]) == (True, "no-referrer")
