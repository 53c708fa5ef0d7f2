"""An evaluation from its draft to publication: exact scores, reasons, the check of form, the reply, corrections."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.evaluations.actions import correct_evaluation
from participation.evaluations.models import Evaluation, EvaluationFinding
from participation.evaluations.queries import versions_of
from participation.evaluations.reports.actions import (
    add_evidence,
    begin_correction,
    check_form,
    hand_in,
    publish_due,
    remove_evidence,
    reply_to_finding,
    save_page,
    take_workbook,
)
from participation.evaluations.reports.content import gaps_of, score_of
from participation.evaluations.reports.models import EvaluationReport
from participation.evaluations.reports.queries import work_of
from participation.evaluations.reports.sheets import read_report, write_report
from participation.stakeholders.models import Mandate, Role, User
from portal.errors import Conflict, Invalid, NotAllowed
from privacy.log.reconcile import sources, without_leaf
from tests import log_entries
from tests.factories import make_confidential, make_evaluation, make_moderator, make_officer, make_user
from tests.participation.evaluations.panels import make_replying, make_report, make_seat

pytestmark = pytest.mark.django_db

Status = EvaluationReport.Status
PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def a_page(report: EvaluationReport, points: str, reason: str = "") -> dict[str, dict[str, dict[str, str]]]:
    return {"scores": {"A1": {"points": points, "reason": reason, "evidence": ""}}}


@pytest.mark.parametrize(
    ("points", "reason", "is_missing"),
    [
        ("4", "", False),
        ("3.99", "", True),
        ("3.99", "立项材料不全", False),
        ("7.6", "", False),
        ("7.61", "", True),
        ("7.61", "材料齐全", False),
        ("8.01", "满分以上", True),
        ("-1", "无", True),
        ("5.005", "", True),
        ("五", "", True),
        ("", "", True),
    ],
)
def test_a_score_under_half_or_over_95_percent_needs_a_reason(points: str, reason: str, is_missing: bool) -> None:
    seat, person = make_seat()
    report = seat.reports.get()
    saved = save_page(report, page="decision", typed=a_page(report, points, reason), revision=0, acting_user=person)
    assert any("A1" in gap.words for gap in gaps_of(saved)) == is_missing


def test_the_total_is_exact() -> None:
    report, _person, _findings = make_report(share="0.8")
    assert (score_of(report).points, score_of(report).of_100) == (Decimal("80.00"), Decimal("80.00"))


@pytest.mark.both
def test_two_authors_do_not_overwrite_each_other() -> None:
    seat, person = make_seat()
    report = seat.reports.get()
    save_page(report, page="about", typed={"method": "访谈"}, revision=0, acting_user=person)
    with pytest.raises(Conflict):
        save_page(report, page="about", typed={"method": "问卷"}, revision=0, acting_user=person)
    report.refresh_from_db()
    assert (report.draft["method"], report.revision) == ("访谈", 1)


def test_whoever_has_not_declared_reads_and_writes_nothing() -> None:
    seat, _person = make_seat()
    other = make_user()
    Mandate.objects.create(organisation=seat.organisation, person=other)
    report = seat.reports.get()
    with pytest.raises(NotAllowed):
        save_page(report, page="about", typed={}, revision=0, acting_user=other)
    assert not EvaluationReport.objects.visible_to(other).exists()


def test_what_is_not_complete_is_not_handed_in() -> None:
    seat, person = make_seat()
    with pytest.raises(Invalid):
        hand_in(seat.reports.get(), acting_user=person)


def test_what_was_handed_in_changes_no_more() -> None:
    report, person, _findings = make_report()
    hand_in(report, acting_user=person)
    with pytest.raises(Conflict):
        save_page(report, page="about", typed={}, revision=None, acting_user=person)


def test_a_moderator_returns_an_evaluation_for_its_form_only() -> None:
    report, person, _findings = make_report()
    hand_in(report, acting_user=person)
    moderator = make_moderator()
    with pytest.raises(ValueError, match="too harsh"):
        check_form(report, faults=["too harsh"], acting_user=moderator)
    returned = check_form(report, faults=["personal"], acting_user=moderator)
    assert (returned.status, returned.faults, Evaluation.objects.count()) == (Status.RETURNED, ["personal"], 0)
    assert save_page(returned, page="about", typed={"method": "改"}, revision=None, acting_user=person).revision > 1


def test_nobody_checks_the_form_of_the_own_evaluation() -> None:
    report, person, _findings = make_report()
    moderator = make_moderator()
    Mandate.objects.create(organisation=report.seat.organisation, person=moderator)
    hand_in(report, acting_user=person)
    with pytest.raises(NotAllowed):
        check_form(report, acting_user=moderator)


def test_an_officer_of_the_evaluated_department_does_not_check_the_form() -> None:
    report, person, _findings = make_report()
    officer = make_officer(report.programme.department)
    officer.appointments.create(role=Role.MODERATOR)
    hand_in(report, acting_user=person)
    moderator = User.objects.get(pk=officer.pk)
    assert work_of(moderator).to_check == []
    with pytest.raises(NotAllowed):
        check_form(report, acting_user=moderator)


def test_without_findings_it_is_published_after_the_check() -> None:
    report, person, _findings = make_replying(findings=0)
    assert report.evaluation is not None
    assert (report.status, report.evaluation.score, report.evaluation.author) == (Status.PUBLISHED, 80, person)


def test_before_the_reply_the_public_reads_nothing_and_the_department_does() -> None:
    report, _person, _findings = make_replying()
    officer, stranger = make_officer(report.programme.department), make_officer(make_seat()[0].call.department)
    assert (report.status, Evaluation.objects.count(), EvaluationFinding.objects.count()) == (Status.REPLYING, 0, 0)
    seen = [EvaluationReport.objects.visible_to(who).filter(pk=report.pk).exists() for who in (officer, stranger)]
    assert seen == [True, False]
    assert not EvaluationReport.objects.visible_to(AnonymousUser()).exists()


@pytest.mark.both
def test_with_the_last_reply_it_is_published_and_the_reply_stands_beside_the_finding() -> None:
    report, _person, findings = make_replying(findings=2)
    officer = make_officer(report.programme.department)
    for number in findings:
        reply_to_finding(report, finding=number, stance="partly", text="下季度补做。", acting_user=officer)
    evaluation = Evaluation.objects.get()
    found = evaluation.findings.all()
    assert [(finding.row_id, finding.reply) for finding in found] == [(number, "下季度补做。") for number in findings]
    assert evaluation.versions.get().content["findings"][0]["reply"]["stance"] == "partly"
    entry = log_entries.entry(kind="evaluation.published")
    assert "下季度补做" not in entry.leaf


@pytest.mark.both
def test_silence_is_published_as_no_reply_once_the_time_is_over() -> None:
    report, _person, _findings = make_replying()
    assert publish_due(acting_user=None) == 0
    EvaluationReport.objects.filter(pk=report.pk).update(reply_due_on=timezone.localdate() - timedelta(days=1))
    assert publish_due(acting_user=None) == 1
    assert publish_due(acting_user=None) == 0
    finding = EvaluationFinding.objects.get()
    assert (finding.reply, finding.replied_at) == ("", None)


def test_only_officers_of_the_evaluated_department_reply_and_only_once() -> None:
    report, person, findings = make_replying(findings=2)
    given = {"finding": findings[0], "stance": "rejects", "text": "样本够。"}
    with pytest.raises(NotAllowed):
        reply_to_finding(report, **given, acting_user=person)  # type: ignore[arg-type]
    officer = make_officer(report.programme.department)
    reply_to_finding(report, **given, acting_user=officer)  # type: ignore[arg-type]
    with pytest.raises(Conflict):
        reply_to_finding(report, **given, acting_user=officer)  # type: ignore[arg-type]


@pytest.mark.both
def test_a_correction_is_a_new_version_with_its_difference_and_takes_nothing_back() -> None:
    report, person, _findings = make_replying(findings=0)
    begin_correction(report, reason="抄错一个数", acting_user=person)
    report.refresh_from_db()
    save_page(report, page="decision", typed=a_page(report, "7"), revision=None, acting_user=person)
    hand_in(report, acting_user=person)
    check_form(report, acting_user=make_moderator())
    evaluation = Evaluation.objects.get()
    assert [version.score for version in evaluation.versions.all()] == [Decimal("80.00"), Decimal("80.60")]
    newest, changes = versions_of(evaluation)[0]
    assert (newest.number, newest.reason) == (2, "抄错一个数")
    assert [(change.before, change.after) for change in changes] == [("80.00", "80.60"), ("6.40", "7")]


@pytest.mark.both
def test_a_file_of_a_correction_is_public_once_that_is() -> None:
    report, person, _findings = make_replying(findings=0)
    evaluation = Evaluation.objects.get()
    begin_correction(report, reason="补充证据", acting_user=person)
    added = add_evidence(
        report, title="问卷", attachment=SimpleUploadedFile("q.pdf", PDF, "application/pdf"), acting_user=person
    )

    def readers() -> list[bool]:
        page, client = evaluation.get_absolute_url(), Client()
        file = reverse("participation:evaluations:evidence_file", args=[added.row_id])
        return ["问卷" in client.get(page).content.decode(), client.get(file).status_code == 200]

    assert readers() == [False, False]
    hand_in(report, acting_user=person)
    check_form(report, acting_user=make_moderator())
    assert readers() == [True, True]


def test_a_finding_that_a_correction_leaves_out_stays_and_says_so() -> None:
    report, person, _findings = make_replying()
    EvaluationReport.objects.filter(pk=report.pk).update(reply_due_on=timezone.localdate() - timedelta(days=1))
    publish_due(acting_user=None)
    begin_correction(report, reason="核实后撤回", acting_user=person)
    save_page(report, page="findings", typed={"findings": []}, revision=None, acting_user=person)
    hand_in(report, acting_user=person)
    assert EvaluationFinding.objects.get().dropped_in is None
    check_form(report, acting_user=make_moderator())
    assert EvaluationFinding.objects.get().dropped_in == 2


def test_an_evaluation_without_a_call_is_corrected_in_versions_too() -> None:
    evaluation = make_evaluation()
    version = correct_evaluation(
        evaluation, score=Decimal(70), reasoning="补充了样本。", reason="样本", acting_user=evaluation.author
    )
    assert (version.number, evaluation.versions.first().score) == (2, Decimal(66))
    with pytest.raises(NotAllowed):
        correct_evaluation(evaluation, score=Decimal(1), reasoning="x", reason="y", acting_user=make_user())


@pytest.mark.both
def test_evidence_is_public_with_the_evaluation_or_sealed() -> None:
    report, person, _findings = make_report()
    public = add_evidence(report, title="问卷", attachment=SimpleUploadedFile("问卷.pdf", PDF), acting_user=person)
    sealed = add_evidence(report, title="合同单价", confidential=make_confidential(), acting_user=person)
    with pytest.raises(Invalid):
        add_evidence(report, title="没有文件", acting_user=person)
    assert (public.attachment_name, sealed.attachment_name) == ("问卷.pdf", "")
    assert sealed.confidential is not None
    remove_evidence(public, acting_user=person)
    assert report.evidence.count() == 1


def test_a_workbook_that_was_filled_in_comes_back_as_it_was() -> None:
    report, person, findings = make_report()
    given = read_report(write_report(report), "评价.xlsx")
    assert {code: row["points"] for code, row in given["scores"].items()} == {
        code: row["points"] for code, row in report.draft["scores"].items()
    }
    assert [row["id"] for row in given["findings"]] == [str(number) for number in findings]
    taken = take_workbook(report, given=given, acting_user=person)
    assert taken.draft == report.draft


def test_a_workbook_with_a_code_that_is_not_there_changes_nothing() -> None:
    report, person, _findings = make_report()
    with pytest.raises(Invalid) as refused:
        take_workbook(report, given={"scores": {"Z9": {"points": "1"}}, "findings": []}, acting_user=person)
    before = report.draft
    report.refresh_from_db()
    assert (refused.value.data, report.draft) == ({"field": "file"}, before)


@pytest.mark.parametrize("content", [b"not a workbook", b"%PDF-1.4"], ids=["text", "pdf"])
def test_what_is_no_workbook_is_refused(content: bytes) -> None:
    with pytest.raises(Invalid):
        read_report(content, "评价.xlsx")


@pytest.mark.both
def test_everything_that_is_recorded_has_its_leaf() -> None:
    report, person, findings = make_replying()
    officer = make_officer(report.programme.department)
    reply_to_finding(report, finding=findings[0], stance="accepts", text="照办。", acting_user=officer)
    begin_correction(report, reason="核实后撤回", acting_user=person)
    save_page(report, page="findings", typed={"findings": []}, revision=None, acting_user=person)
    hand_in(report, acting_user=person)
    check_form(report, acting_user=make_moderator())
    evaluation = make_evaluation()
    correct_evaluation(evaluation, score=Decimal(70), reasoning="样本", reason="样本", acting_user=evaluation.author)
    missing = {source.label: without_leaf(source).count() for source in sources() if "evaluat" in source.label}
    assert {label for label, number in missing.items() if number} == set()
    assert len(missing) >= 6
