"""The form, the page and the evidence of third-party evaluations."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from cms.performance.models import ProgrammeYear
from participation.consultations.actions import hide_contribution
from participation.consultations.models import Consultation
from participation.evaluations.models import Evaluation
from tests.factories import (
    make_consultation,
    make_evaluation,
    make_line,
    make_moderator,
    make_officer,
    make_organisation,
    make_programme,
    make_user,
)

pytestmark = pytest.mark.django_db

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def url(name: str, record: Any, language: str = "zh-hans") -> str:
    with translation.override(language):
        return reverse(f"participation:evaluations:{name}", args=[record.row_id])


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def prepared() -> tuple[Any, Any, dict[str, Any]]:
    """A consultation, a member of an organisation, and what that member types."""
    consultation, member = make_consultation(), make_user()
    organisation = make_organisation(member=member)
    line = make_line(consultation.release)
    assert line.programme is not None
    data = {
        "programme": str(line.programme.row_id),
        "score": "66.5",
        "reasoning": "满意度样本不足 200。",
        "organisation": str(organisation.row_id),
    }
    return consultation, member, data


def test_submitting_publishes_with_the_attachment() -> None:
    consultation, member, data = prepared()
    data["attachment"] = SimpleUploadedFile("报告.pdf", PDF)
    response = signed_in(member).post(url("new", consultation), data)
    evaluation = Evaluation.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"{evaluation.get_absolute_url()}?sent=1")
    assert (evaluation.score, evaluation.attachment_name) == (Decimal("66.50"), "报告.pdf")


def test_a_single_organisation_needs_no_choosing() -> None:
    consultation, member, data = prepared()
    del data["organisation"]
    assert signed_in(member).post(url("new", consultation), data).status_code == 302


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"score": "101"}, "score"),
        ({"score": "NaN"}, "score"),
        ({"score": "viel"}, "score"),
        ({"reasoning": ""}, "reasoning"),
        ({"programme": ""}, "programme"),
        ({"programme": "not-a-uuid"}, "programme"),
        ({"organisation": "not-a-uuid"}, "organisation"),
    ],
)
def test_bad_input_is_refused_beside_its_field_and_nothing_is_lost(changes: dict[str, str], field: str) -> None:
    consultation, member, data = prepared()
    response = signed_in(member).post(url("new", consultation), {**data, **changes})
    form = response.context["form"]
    assert (response.status_code, list(form.errors), Evaluation.objects.count()) == (400, [field], 0)
    assert form["reasoning"].value() == changes.get("reasoning", data["reasoning"])


def test_a_programme_of_another_budget_cannot_be_chosen() -> None:
    consultation, member, data = prepared()
    data["programme"] = str(make_programme().row_id)
    response = signed_in(member).post(url("new", consultation), data)
    assert list(response.context["form"].errors) == ["programme"]


def test_an_executable_is_refused_with_everything_typed_kept() -> None:
    consultation, member, data = prepared()
    data["attachment"] = SimpleUploadedFile("报告.pdf", b"MZ\x90\x00")
    response = signed_in(member).post(url("new", consultation), data)
    assert (response.status_code, list(response.context["form"].errors)) == (400, ["attachment"])
    assert "满意度样本不足" in response.content.decode()


def test_a_file_over_the_limit_is_refused_with_everything_typed_kept(settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 100
    consultation, member, data = prepared()
    data["attachment"] = SimpleUploadedFile("报告.pdf", PDF * 10)
    response = signed_in(member).post(url("new", consultation), data)
    assert (response.status_code, list(response.context["form"].errors)) == (413, ["attachment"])
    assert "满意度样本不足" in response.content.decode()


@pytest.mark.parametrize(("who", "status"), [("visitor", 401), ("citizen", 403), ("unverified", 403)])
def test_who_may_not_submit_is_refused_with_the_text_kept(who: str, status: int) -> None:
    consultation, _member, data = prepared()
    del data["organisation"]
    people = {"citizen": make_user, "unverified": lambda: make_user(verified=False)}
    client = signed_in(people[who]()) if who in people else Client()
    response = client.post(url("new", consultation), data)
    assert (response.status_code, Evaluation.objects.count()) == (status, 0)
    assert "满意度样本不足" in response.content.decode()


def test_a_link_from_a_programme_preselects_it() -> None:
    consultation, member, data = prepared()
    response = signed_in(member).get(url("new", consultation), {"programme": data["programme"]})
    assert f'value="{data["programme"]}" selected' in response.content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("name", ["detail", "card"])
def test_everybody_reads_score_and_self_evaluation_side_by_side(name: str, language: str) -> None:
    evaluation = make_evaluation(score=Decimal("66.5"))
    ProgrammeYear.objects.create(
        programme=evaluation.programme,
        fiscal_year=evaluation.consultation.release.fiscal_year,
        self_score=Decimal("93.1"),
    )
    page = Client().get(url(name, evaluation, language)).content.decode()
    assert ("66.5" in page, "93.1" in page) == (True, True)


def test_the_evidence_is_a_download_and_never_a_page() -> None:
    evaluation = make_evaluation(attachment=SimpleUploadedFile("报告.pdf", PDF))
    response = Client().get(url("attachment", evaluation))
    assert b"".join(response.streaming_content) == PDF
    assert response["Content-Disposition"].startswith("attachment;")
    assert (response["Content-Type"], response["X-Content-Type-Options"]) == ("application/pdf", "nosniff")
    assert response["Content-Security-Policy"] == "default-src 'none'; sandbox"


def test_an_evaluation_without_evidence_has_none_to_download() -> None:
    assert Client().get(url("attachment", make_evaluation())).status_code == 404


@pytest.mark.parametrize("name", ["detail", "card", "attachment"])
def test_a_hidden_evaluation_is_there_for_its_author_and_moderators_only(name: str) -> None:
    author = make_user()
    evaluation = make_evaluation(acting_user=author, attachment=SimpleUploadedFile("报告.pdf", PDF))
    hide_contribution(evaluation, rule=1, reason="抄袭", acting_user=make_moderator())
    found = [client.get(url(name, evaluation)).status_code for client in (Client(), signed_in(make_user()))]
    own = [client.get(url(name, evaluation)).status_code for client in (signed_in(author), signed_in(make_moderator()))]
    assert (found, own) == ([404, 404], [200, 200])


def test_an_officer_of_the_department_takes_longer_once_and_the_page_says_why() -> None:
    evaluation = make_evaluation()
    officer = signed_in(make_officer(evaluation.programme.department))
    Consultation.objects.update(department=evaluation.programme.department)
    due_before = evaluation.answer_due_on
    refused = officer.post(url("extend", evaluation, "en"), {"reason": " "})
    taken = officer.post(url("extend", evaluation, "en"), {"reason": "要等审计结果。"})
    again = officer.post(url("extend", evaluation, "en"), {"reason": "还要等。"})
    page = Client().get(url("detail", evaluation, "en")).content.decode()
    evaluation.refresh_from_db()
    assert (refused.status_code, taken.status_code, again.status_code) == (400, 302, 409)
    assert (evaluation.due_on > due_before, "要等审计结果。" in page, "还要等。" in page) == (True, True, False)


@pytest.mark.parametrize(("who", "status"), [("visitor", 401), ("citizen", 403)])
def test_only_moderators_accept(who: str, status: int) -> None:
    evaluation = make_evaluation()
    client = Client() if who == "visitor" else signed_in(make_user())
    assert client.post(url("accept", evaluation)).status_code == status


def test_a_moderator_accepts_and_finds_the_way_to_moderate() -> None:
    evaluation, client = make_evaluation(), signed_in(make_moderator())
    assert client.post(url("accept", evaluation)).status_code == 302
    evaluation.refresh_from_db()
    assert evaluation.accepted_at is not None
    page = client.get(evaluation.get_absolute_url()).content.decode()
    assert reverse("participation:moderation:item", args=["evaluation", evaluation.row_id]) in page


def test_evidence_that_is_missing_from_the_storage_breaks_no_page() -> None:
    evaluation = make_evaluation(attachment=SimpleUploadedFile("报告.pdf", PDF))
    evaluation.attachment.storage.delete(evaluation.attachment.name)
    page = Client().get(evaluation.get_absolute_url())
    assert (page.status_code, evaluation.attachment_sha256 in page.content.decode()) == (200, True)
    download = Client().get(url("attachment", evaluation))
    assert (download.status_code, url("attachment", evaluation) in page.content.decode()) == (404, False)
