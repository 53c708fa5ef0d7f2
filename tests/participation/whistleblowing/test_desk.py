"""The desk of the integrity officers: who gets in, and what is shown when."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from participation.stakeholders.models import Role
from participation.whistleblowing import desk
from participation.whistleblowing.actions import change_state, recuse, shred_case
from participation.whistleblowing.models import Case, CaseFile
from privacy.access.models import AccessEvent
from privacy.log.models import PendingLeaf
from tests.factories import (
    make_case,
    make_department,
    make_integrity_officer,
    make_line,
    make_moderator,
    make_officeholder,
    make_officer,
    make_user,
)
from tests.participation.whistleblowing.cases import closed

# The record of an opening is committed on its own: not within the transaction of a test.
pytestmark = pytest.mark.django_db(transaction=True)

PNG = b"\x89PNG\r\n\x1a\n" + b"\x00" * 64
PEOPLE: dict[str, Any] = {
    "visitor": lambda: None,
    "citizen": make_user,
    "moderator": make_moderator,
    "officer": lambda: make_officer(make_department()),
    "editor": lambda: make_officeholder(Role.EDITOR),
    "reviewer": lambda: make_officeholder(Role.REVIEWER),
    "auditor": lambda: make_officeholder(Role.AUDITOR),
    "administrator": lambda: make_user(is_superuser=True, is_staff=True),
}
POSTS: dict[str, dict[str, str]] = {
    "opened": {"reason": "初核"},
    "reply": {"reply-text": "请说明日期。", "reply-cid": "0b9d0f0e-34a5-4f0c-9a52-0f5ed0a1a001"},
    "state": {"state-state": "review", "state-text": "已受理。"},
    "step_back": {"recuse-reason": "同事"},
    "destroy": {"destroy-reason": "期满"},
}


def url(name: str, case: Case, *more: Any, language: str = "zh-hans") -> str:
    with translation.override(language):
        return reverse(f"participation:whistleblowing:{name}", args=[case.row_id, *more])


def signed_in(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def opened(client: Client, case: Case) -> Any:
    return client.post(url("opened", case), POSTS["opened"], follow=True)


@pytest.mark.parametrize("who", list(PEOPLE))
def test_nobody_else_reads_or_changes_a_report(who: str) -> None:
    case = make_case(files=[SimpleUploadedFile("a.png", PNG)])
    client, refusal = signed_in(PEOPLE[who]()), 401 if who == "visitor" else 403
    answers = {name: client.post(url(name, case), data).status_code for name, data in POSTS.items()}
    answers["read"] = client.get(url("opened", case)).status_code
    answers["file"] = client.get(url("file", case, CaseFile.objects.get().row_id)).status_code
    case.refresh_from_db()
    assert answers == dict.fromkeys(answers, refusal)
    assert (case.state, case.last_number, AccessEvent.objects.count()) == ("received", 1, 0)


@pytest.mark.parametrize(("who", "status"), [(w, {"visitor": 401, "auditor": 200}.get(w, 403)) for w in PEOPLE])
def test_the_desk_is_for_integrity_officers_and_its_numbers_for_auditors(who: str, status: int) -> None:
    case = make_case()
    answer = signed_in(PEOPLE[who]()).get(reverse("participation:whistleblowing:desk"))
    assert (answer.status_code, case.reference in answer.content.decode()) == (status, False)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_desk_lists_states_and_days_without_content(language: str) -> None:
    case = make_case(contact="老王")
    with translation.override(language):
        page = signed_in(make_integrity_officer()).get(reverse("participation:whistleblowing:desk"))
    content = page.content.decode()
    assert (page.status_code, case.reference in content, "发票" in content, "老王" in content) == (
        200,
        True,
        False,
        False,
    )
    assert AccessEvent.objects.count() == 0


def test_nothing_is_shown_before_a_reason_is_typed() -> None:
    case, officer = make_case(contact="老王"), make_integrity_officer()
    client = signed_in(officer)
    closed = client.get(url("opened", case))
    refused = client.post(url("opened", case), {"reason": "  "})
    for page in (closed, refused):
        assert ("发票" in page.content.decode(), "老王" in page.content.decode()) == (False, False)
    assert (refused.status_code, AccessEvent.objects.count()) == (400, 0)
    shown = opened(client, case)
    assert ("发票" in shown.content.decode(), "老王" in shown.content.decode()) == (True, True)
    assert {(event.actor, event.typed_reason) for event in AccessEvent.objects.all()} == {(officer, "初核")}
    assert "no-store" in shown["Cache-Control"]


def test_where_the_record_cannot_be_written_nothing_is_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    from privacy.access import recording

    def fails(*_args: Any) -> Any:
        raise RuntimeError("the record cannot be written")

    case, client = make_case(), signed_in(make_integrity_officer())
    client.post(url("opened", case), POSTS["opened"])
    monkeypatch.setattr(recording, "write_events", fails)
    client.raise_request_exception = False
    answer = client.get(url("opened", case))
    assert (answer.status_code, "发票" in answer.content.decode()) == (500, False)


def test_a_reason_serves_one_case_for_a_while_and_one_officer() -> None:
    case, other, client = make_case(), make_case(account="另一件事"), signed_in(make_integrity_officer())
    opened(client, case)
    assert "另一件事" not in client.get(url("opened", other)).content.decode()
    assert "发票" not in signed_in(make_integrity_officer()).get(url("opened", case)).content.decode()


def test_a_reason_runs_out_and_then_nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    case, client = make_case(), signed_in(make_integrity_officer())
    monkeypatch.setattr(desk, "REASON_SECONDS", -1)
    opened(client, case)
    answer = client.post(url("reply", case), POSTS["reply"], follow=True)
    case.refresh_from_db()
    assert (case.last_number, "发票" in answer.content.decode()) == (1, False)


def test_the_line_named_by_its_address_is_linked() -> None:
    line = make_line()
    case, client = make_case(item=f"http://testserver{line.get_absolute_url()}"), signed_in(make_integrity_officer())
    assert f'href="{line.get_absolute_url()}"' in opened(client, case).content.decode()


def test_a_file_is_handed_out_for_a_reason_as_a_download() -> None:
    case, client = make_case(files=[SimpleUploadedFile("合同.png", PNG)]), signed_in(make_integrity_officer())
    there = url("file", case, CaseFile.objects.get().row_id)
    assert client.get(there).status_code == 302
    opened(client, case)
    file = client.get(there)
    content = b"".join(file.streaming_content)
    assert (file.status_code, content, file["Content-Type"]) == (200, PNG, "image/png")
    assert (file["Content-Disposition"].startswith("attachment"), "sandbox" in file["Content-Security-Policy"]) == (
        True,
        True,
    )
    assert "content" in {
        name for event in AccessEvent.objects.filter(record_label="participation.casefile") for name in event.fields
    }
    assert client.get(url("file", case, uuid4())).status_code == 404


def test_an_officer_replies_and_moves_the_case_on() -> None:
    case, client = make_case(), signed_in(make_integrity_officer())
    opened(client, case)
    replied = client.post(url("reply", case), POSTS["reply"], follow=True)
    moved = client.post(url("state", case), POSTS["state"], follow=True)
    case.refresh_from_db()
    assert ("请说明日期。" in replied.content.decode(), moved.status_code) == (True, 200)
    assert (case.state, case.last_number) == ("review", 3)


def test_closing_without_an_outcome_is_refused_with_the_text_kept() -> None:
    case, client = make_case(), signed_in(make_integrity_officer())
    opened(client, case)
    refused = client.post(url("state", case), {"state-state": "closed", "state-text": "查过了，写得很长"})
    assert (refused.status_code, list(refused.context["state_form"].errors)) == (400, ["outcome"])
    assert "查过了，写得很长" in refused.content.decode()


def test_who_steps_back_finds_nothing_any_more() -> None:
    case, client = make_case(), signed_in(make_integrity_officer())
    opened(client, case)
    assert client.post(url("step_back", case), POSTS["step_back"], follow=True).status_code == 200
    assert client.get(url("opened", case)).status_code == 404
    assert client.post(url("reply", case), POSTS["reply"]).status_code == 404


def test_nobody_left_is_shown_to_auditors() -> None:
    case, officer = make_case(), make_integrity_officer()
    recuse(case, reason="同事", acting_user=officer)
    page = signed_in(make_officeholder(Role.AUDITOR)).get(reverse("participation:whistleblowing:desk"))
    assert page.context["unattended"] == 1


def test_a_case_is_destroyed_from_its_page_when_its_time_is_over() -> None:
    case, officer = make_case(), make_integrity_officer()
    client = signed_in(officer)
    change_state(case, state="closed", outcome="confirmed", text="已查实。", acting_user=officer)
    opened(client, case)
    early = client.post(url("destroy", case), POSTS["destroy"])
    assert early.status_code == 409
    Case.objects.filter(pk=case.pk).update(keep_until=timezone.localdate())
    assert client.post(url("destroy", case), POSTS["destroy"]).status_code == 302
    page = client.get(url("opened", case))
    assert (page.status_code, "期满" in page.content.decode(), "发票" in page.content.decode()) == (200, True, False)


def test_the_nightly_command_enters_what_came_in_on_earlier_days(capsys: pytest.CaptureFixture[str]) -> None:
    case = make_case()
    case.entries.update(written_on=timezone.localdate() - timedelta(days=1))
    call_command("case_receipts")
    assert capsys.readouterr().out.startswith("1 ")
    assert list(PendingLeaf.objects.filter(record_ref=case.row_id).values_list("kind", flat=True)) == ["case.received"]


def test_navigation_leads_integrity_officers_and_auditors_to_the_desk_and_nobody_else() -> None:
    there = f'href="{reverse("participation:whistleblowing:desk")}"'
    shown = {
        who: there in signed_in(make()).get(reverse("participation:me")).content.decode()
        for who, make in {**PEOPLE, "integrity": make_integrity_officer}.items()
        if who != "visitor"
    }
    assert {who for who, is_shown in shown.items() if is_shown} == {"integrity", "auditor"}


@pytest.mark.parametrize("text", ["请说明日期。", ""])
def test_a_case_that_a_colleague_destroyed_meanwhile_leads_back_to_its_page(text: str) -> None:
    case, officer = make_case(), make_integrity_officer()
    client = signed_in(officer)
    opened(client, case)
    shred_case(closed(case, officer, days_ago=2000), reason="期满", acting_user=make_integrity_officer())
    answer = client.post(url("reply", case), {**POSTS["reply"], "reply-text": text})
    assert (answer.status_code, answer["Location"]) == (302, case.get_absolute_url())
    page = client.get(url("opened", case))
    assert (page.status_code, "期满" in page.content.decode()) == (200, True)
