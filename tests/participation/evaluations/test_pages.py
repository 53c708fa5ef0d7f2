"""The pages of calls, of evaluations on their way, and of second opinions, as people use them."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from participation.evaluations.calls.models import EvaluationAuthor, EvaluationCall, EvaluatorSeat
from participation.evaluations.models import Evaluation
from participation.evaluations.opinions.models import OfficialScore, PublicScore, Reevaluation
from participation.evaluations.reports.models import EvaluationReport
from participation.evaluations.reports.sheets import write_report
from participation.stakeholders.models import Organisation, Role, User
from tests.factories import (
    make_consultation,
    make_evaluation,
    make_line,
    make_moderator,
    make_officeholder,
    make_officer,
    make_organisation,
    make_user,
)
from tests.participation.evaluations.panels import (
    make_applicant,
    make_call,
    make_lot,
    make_replying,
    make_report,
    make_scheme,
    make_seat,
)

pytestmark = pytest.mark.django_db


def url(name: str, *given: Any) -> str:
    with override("en"):
        return reverse(f"participation:evaluations:{name}", args=[getattr(each, "row_id", each) for each in given])


def browser_of(person: User | None) -> Client:
    client = Client()
    if person is not None:
        client.force_login(person)
    return client


def text(response: Any) -> str:
    return response.content.decode()  # type: ignore[no-any-return]


def test_a_moderator_calls_and_an_organisation_applies_declares_and_begins() -> None:
    line = make_line()
    consultation, scheme = make_consultation(release=line.release), make_scheme()
    moderator, person = make_moderator(), make_user()
    make_organisation("research", member=person)
    terms = {
        "title": "评价",
        "programmes": str(line.programme.row_id),
        "scheme": str(scheme.row_id),
        "mode": "open",  # type: ignore[union-attr]
        "eligibility": "有经验",
        "places": "1",
        "due_on": "2099-01-01",
        "paid_by": "财政局",
    }
    desk, own = browser_of(moderator), browser_of(person)
    assert desk.get(url("new_call", consultation)).status_code == 200
    assert desk.post(url("new_call", consultation), {**terms, "places": "0"}).status_code == 400
    assert desk.post(url("new_call", consultation), terms).status_code == 302
    call = EvaluationCall.objects.get()
    assert "财政局" in text(browser_of(None).get(url("call", call)))
    organisation = str(Organisation.objects.get().row_id)
    given = {"organisation": organisation, "statement": "做过三次"}
    assert own.post(url("apply", call), {**given, "statement": ""}).status_code == 400
    assert own.post(url("apply", call), given).status_code == 302
    assert "做过三次" not in text(browser_of(None).get(url("call", call)))
    assert "做过三次" in text(desk.get(url("call", call)))
    seat = EvaluatorSeat.objects.get()
    assert desk.post(url("decide_seat", seat), {"reason": "合适", "choose": "1"}).status_code == 302
    assert own.post(url("declare", seat), {"interest": "none"}).status_code == 400
    declared = {"interest": "contract", "details": "讲过一次课", "undertakes": "on"}
    assert own.post(url("declare", seat), declared).status_code == 302
    author = EvaluationAuthor.objects.get()
    page = text(browser_of(None).get(url("call", call)))
    assert ("Paid by the department" in page, "讲过一次课" in page) == (True, False)
    assert desk.post(url("decide_interest", author), {"reason": "时间短", "allow": "1"}).status_code == 302
    assert own.get(url("report", EvaluationReport.objects.get())).status_code == 200
    assert own.get(url("work")).status_code == 200


def test_every_page_of_the_form_is_shown_and_saved() -> None:
    seat, person = make_seat()
    report = seat.reports.get()
    browser = browser_of(person)
    pages = ("about", "decision", "process", "output", "benefit", "findings")
    assert [browser.get(url("report_page", report, page)).status_code for page in pages] == [200] * 6
    assert browser.get(url("report_page", report, "weather")).status_code == 404
    address = url("report_page", report, "decision")
    assert browser.post(address, {"revision": "0", "points_A1": "7", "reason_A1": ""}).status_code == 302
    report.refresh_from_db()
    assert report.draft["scores"]["A1"]["points"] == "7"
    typed = {"revision": "1", "count": "1", "title_0": "样本小", "severity_0": "major"}
    assert browser.post(url("report_page", report, "findings"), {**typed, "more": "1"}).status_code == 302
    assert "样本小" in text(browser.get(url("report_page", report, "findings")))


def test_a_page_saves_itself_and_says_when_somebody_else_has() -> None:
    seat, person = make_seat()
    browser, address = browser_of(person), url("report_page", seat.reports.get(), "about")
    first = browser.post(address, {"autosave": "1", "revision": "0", "method": "访谈"})
    assert (first.status_code, first.json()) == (200, {"revision": 1})
    second = browser.post(address, {"autosave": "1", "revision": "0", "method": "问卷"})
    assert (second.status_code, list(second.json())) == (409, ["error"])
    shown = browser.post(address, {"revision": "0", "method": "问卷"})
    assert (shown.status_code, "问卷" in text(shown)) == (409, True)
    assert browser.post(address, {"revision": "0", "method": "问卷", "anyway": "1"}).status_code == 302


def test_from_handing_in_to_the_published_reply() -> None:
    report, person, (finding,) = make_report()
    own, desk, officer = browser_of(person), make_moderator(), make_officer(report.programme.department)
    assert own.get(url("check_answers", report)).status_code == 200
    assert own.post(url("check_answers", report)).status_code == 302
    assert browser_of(desk).get(url("form_check", report)).status_code == 200
    assert browser_of(desk).post(url("form_check", report)).status_code == 302
    inbox = browser_of(officer)
    with override("en"):
        assert url("reply", report) in text(inbox.get(reverse("participation:me")))
    assert inbox.get(url("reply", report)).status_code == 200
    given = {"finding": str(finding), "stance": "rejects", "text": ""}
    assert inbox.post(url("reply", report), given).status_code == 400
    assert inbox.post(url("reply", report), {**given, "text": "样本足够。"}).status_code == 302
    evaluation = Evaluation.objects.get()
    with override("en"):
        page = text(browser_of(None).get(evaluation.get_absolute_url()))
    assert [words in page for words in ("样本足够。", "市财政局，8 万元", "访谈与抽查")] == [True] * 3
    assert browser_of(None).get(url("versions", evaluation)).status_code == 200
    assert url("report", report) in page or own.get(url("report", report)).status_code == 200


def test_a_report_that_is_not_theirs_is_not_there() -> None:
    report, _person, _findings = make_replying()
    strangers = (make_user(), make_officer(make_seat()[0].call.department), make_officeholder(Role.AUDITOR))
    names = ("report", "check_answers", "form_check", "reply", "workbook", "evidence")
    found = {browser_of(who).get(url(name, report)).status_code for who in strangers for name in names}
    assert found == {404}


def test_a_workbook_goes_out_and_comes_back() -> None:
    report, person, _findings = make_report()
    browser = browser_of(person)
    assert browser.get(url("workbook", report))["Content-Disposition"].endswith('.xlsx"')
    file = SimpleUploadedFile("评价.xlsx", write_report(report))
    assert browser.post(url("take_workbook", report), {"file": file}).status_code == 302
    broken = SimpleUploadedFile("评价.xlsx", b"nothing")
    assert browser.post(url("take_workbook", report), {"file": broken}).status_code == 400


def test_evidence_is_downloaded_once_the_evaluation_is_public() -> None:
    report, person, _findings = make_report(findings=0)
    browser = browser_of(person)
    file = SimpleUploadedFile("问卷.csv", "户,分\n1,90\n".encode())
    assert browser.post(url("evidence", report), {"title": "问卷", "attachment": file}).status_code == 302
    each = report.evidence.get()
    assert browser_of(None).get(url("evidence_file", each)).status_code == 404
    assert browser.post(url("check_answers", report)).status_code == 302
    browser_of(make_moderator()).post(url("form_check", report))
    assert browser_of(None).get(url("evidence_file", each))["Content-Disposition"].startswith("attachment")


def test_a_lead_begins_a_correction() -> None:
    report, person, _findings = make_replying(findings=0)
    browser = browser_of(person)
    assert browser.post(url("begin_correction", report), {"reason": ""}).status_code == 400
    assert browser.post(url("begin_correction", report), {"reason": "抄错"}).status_code == 302
    report.refresh_from_db()
    assert (report.status, report.version) == ("correcting", 2)


def test_an_evaluation_without_a_call_is_corrected_by_its_organisation_only() -> None:
    evaluation = make_evaluation()
    given = {"score": "70", "reasoning": "补充样本", "reason": "样本"}
    assert browser_of(make_user()).get(url("correct", evaluation)).status_code == 404
    assert browser_of(evaluation.author).post(url("correct", evaluation), given).status_code == 302
    page = text(browser_of(None).get(url("versions", evaluation)))
    assert ("66.00" in page, "70" in page) == (True, True)


def test_the_second_opinion_takes_scores_of_the_public_and_of_officials() -> None:
    line = make_line()
    programme, consultation = line.programme, make_consultation(release=line.release)
    make_evaluation(consultation, programme=programme)
    assert "66.00" in text(browser_of(None).get(url("opinions", programme)))
    assert browser_of(make_user()).post(url("give_score", programme, consultation), {"points": "80"}).status_code == 302
    assert PublicScore.objects.get().points == 80
    reviewer = browser_of(make_officeholder(Role.REVIEWER))
    given = {"fiscal_year": "2025", "kind": "finance", "score": "72.5", "summary": "抽查"}
    assert reviewer.get(url("opinions", programme)).status_code == 200
    assert reviewer.post(url("record_score", programme), given).status_code == 302
    assert OfficialScore.objects.get().score == 72.5
    with override("en"):
        page = text(browser_of(None).get(programme.get_absolute_url()))  # type: ignore[union-attr]
    assert url("opinions", programme) in page


def test_a_lot_is_announced_and_drawn_in_public() -> None:
    evaluation = make_evaluation()
    reviewer = browser_of(make_officeholder(Role.REVIEWER))
    given = {"fiscal_year": str(evaluation.consultation.fiscal_year), "count": "1", "reason": "复核"}
    assert reviewer.post(url("reevaluations"), given).status_code == 302
    lot = Reevaluation.objects.get()
    assert browser_of(None).get(url("reevaluation", lot)).status_code == 200
    assert browser_of(make_user()).post(url("draw", lot)).status_code == 403
    assert reviewer.post(url("draw", lot)).status_code == 302
    assert evaluation.reference in text(browser_of(None).get(url("reevaluation", lot)))
    assert browser_of(None).get(url("reevaluations")).status_code == 200


def test_a_lot_without_evaluations_is_not_drawn() -> None:
    lot = make_lot()
    assert browser_of(make_officeholder(Role.REVIEWER)).post(url("draw", lot)).status_code == 409


def test_calls_are_listed_with_the_same_number_of_queries() -> None:
    def queries() -> int:
        with CaptureQueriesContext(connection) as asked:
            assert browser_of(None).get(url("calls")).status_code == 200
        return len(asked)

    make_applicant(make_call())
    queries()
    one = queries()
    make_seat()
    make_seat()
    assert queries() == one
