"""The tracker, the page of a task, and the forms on it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from participation.rectification.models import BudgetLinkage, ProgressReport, RectificationTask, Verification
from participation.stakeholders.models import Role, User
from tests.factories import (
    make_answer,
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_line,
    make_moderator,
    make_officeholder,
    make_officer,
    make_release,
    make_task,
    make_task_in,
    make_user,
)

pytestmark = pytest.mark.django_db
UNKNOWN = "00000000-0000-4000-8000-000000000000"

Status = RectificationTask.Status


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, task: RectificationTask) -> str:
    return reverse(f"participation:rectification:{name}", args=[task.row_id])


def make_private(task: RectificationTask) -> None:
    release = task.finding.answer.consultation.release
    release.published_at = None
    release.save()


# The tracker ---------------------------------------------------------------------------------------

INDEX = "/rectification/"


def test_an_empty_tracker_says_what_will_stand_there() -> None:
    page = Client().get(INDEX)
    assert page.status_code == 200
    assert "empty" in page.content.decode()


def test_everybody_reads_who_is_responsible_and_how_long_is_left() -> None:
    task = make_task()
    text = Client().get("/en" + INDEX).content.decode()
    assert task.title_en in text
    assert task.department.name_en in text
    assert "30 days left" in text


def test_what_is_overdue_says_by_how_many_days() -> None:
    task = make_task()
    RectificationTask.objects.filter(pk=task.pk).update(due_on=timezone.localdate() - timedelta(days=2))
    page = Client().get("/en" + INDEX)
    assert "overdue by 2 days" in page.content.decode()
    assert (page.context["counts"].overdue, page.context["counts"].on_time) == (1, 0)


def test_the_tracker_is_filtered_by_status_department_lateness_release_and_words() -> None:
    wanted, other = make_task_in(Status.SUBMITTED), make_task(title="别的事", finding="无关")
    RectificationTask.objects.filter(pk=wanted.pk).update(due_on=timezone.localdate() - timedelta(days=2))
    queries = {
        "status": f"?status={Status.SUBMITTED}",
        "department": f"?department={wanted.department.row_id}",
        "overdue": "?overdue=on",
        "release": f"?release={wanted.finding.answer.consultation.release.row_id}",
        "words": "?q=重新招标",
        "reference": f"?q={wanted.reference}",
    }
    shown = {
        name: [wanted.reference in text, other.reference in text]
        for name, query in queries.items()
        for text in [Client().get(INDEX + query).content.decode()]
    }
    assert shown == {name: [True, False] for name in queries}


SENSELESS = (
    "?status=nonsense",
    "?department=nonsense",
    "?release=nonsense&line=1",
    f"?release={UNKNOWN}",
    f"?line={UNKNOWN}",
    "?q=%22%25%F0%9F%98%80'--",
    "?q=" + "x" * 5000,
    "?q=%00",
    "?page=" + "9" * 5000,
)


def test_filters_that_make_no_sense_do_no_harm() -> None:
    make_task()
    answers = {query: Client().get(INDEX + query).status_code for query in SENSELESS}
    assert answers == dict.fromkeys(SENSELESS, 200)


def test_tasks_of_a_consultation_that_is_not_public_are_nowhere() -> None:
    task = make_task_in(Status.SUBMITTED)
    report = task.progress_reports.get()
    make_private(task)
    client = signed_in(make_user())
    assert task.reference not in client.get(INDEX).content.decode()
    assert client.get(task.get_absolute_url()).status_code == 404
    assert client.get(reverse("participation:rectification:evidence", args=[report.row_id])).status_code == 404
    for name in ("accept", "progress", "submit", "verify", "link_budget"):
        assert client.post(url(name, task)).status_code == 404
    assert client.get(reverse("participation:rectification:open", args=[task.finding.answer.row_id])).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_the_tracker_takes_the_same_queries_whatever_is_promised(count: int, django_assert_num_queries: Any) -> None:
    answer = make_answer()
    department = make_department(answer.consultation.release.government)
    for _number in range(count):
        make_task(answer, department=department)
    Client().get(INDEX)
    with django_assert_num_queries(7):
        Client().get(INDEX)


# The page of a task --------------------------------------------------------------------------------


def test_the_page_shows_where_a_task_comes_from_and_what_became_of_it() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    feedback = make_feedback(consultation, line=line)
    task = make_task_in(Status.VERIFIED, make_answer(feedback=[feedback]), line=line, programme=line.programme)
    text = Client().get(task.get_absolute_url()).content.decode()
    links = [
        line.get_absolute_url(),
        line.programme.get_absolute_url(),
        feedback.get_absolute_url(),
        task.finding.answer.get_absolute_url(),
        consultation.get_absolute_url(),
        reverse("privacy:log:verify", args=[task.row_id]),
    ]
    assert [link for link in links if f'href="{link}"' not in text] == []
    for said in (task.finding.text, "已重新招标，施工单位进场。", "现场看过。"):
        assert said in text


TOOLS = ("accept", "progress", "submit", "verify", "link_budget")


@pytest.mark.parametrize(
    ("status", "offered"),
    [
        (Status.ASSIGNED, {"officer": {"accept", "progress"}}),
        (Status.ACCEPTED, {"officer": {"progress"}}),
        (Status.SUBMITTED, {"moderator": {"verify"}, "evaluator": {"verify"}}),
        (Status.RETURNED, {"officer": {"progress"}}),
        (Status.VERIFIED, {"reviewer": {"link_budget"}}),
    ],
)
def test_each_reader_is_offered_what_they_can_do_now(status: str, offered: dict[str, set[str]]) -> None:
    evaluation = make_evaluation()
    task = make_task_in(status, make_answer(evaluations=[evaluation]))
    readers = {
        "visitor": Client(),
        "citizen": signed_in(make_user()),
        "other officer": signed_in(make_officer(make_department())),
        "officer": signed_in(task.officer),
        "moderator": signed_in(make_moderator()),
        "reviewer": signed_in(make_officeholder(Role.REVIEWER)),
        "evaluator": signed_in(evaluation.author),
    }
    found = {}
    for name, client in readers.items():
        text = client.get(task.get_absolute_url()).content.decode()
        found[name] = {tool for tool in TOOLS if f'action="{url(tool, task)}"' in text}
    assert found == {name: offered.get(name, set()) for name in readers}


def test_work_is_handed_over_once_it_was_reported() -> None:
    task = make_task_in(Status.ACCEPTED)
    client = signed_in(task.officer)
    assert f'action="{url("submit", task)}"' not in client.get(task.get_absolute_url()).content.decode()
    client.post(url("progress", task), {"text": "已完工。"})
    assert f'action="{url("submit", task)}"' in client.get(task.get_absolute_url()).content.decode()


def test_the_whole_last_mile_by_its_forms() -> None:
    task = make_task()
    officer, moderator = signed_in(task.officer), signed_in(make_moderator())
    reviewer = signed_in(make_officeholder(Role.REVIEWER))
    later = make_line(make_release(fiscal_year=2026))
    proof = SimpleUploadedFile("验收单.pdf", b"%PDF-1.7 proof")
    steps = [
        (officer, "accept", {}, Status.ACCEPTED),
        (officer, "progress", {"text": "已完工。", "attachment": proof}, Status.IN_PROGRESS),
        (officer, "submit", {}, Status.SUBMITTED),
        (moderator, "verify", {"outcome": "returned", "reason": "缺照片。"}, Status.RETURNED),
        (officer, "progress", {"text": "补了照片。"}, Status.IN_PROGRESS),
        (officer, "submit", {}, Status.SUBMITTED),
        (moderator, "verify", {"outcome": "verified", "reason": "看过了。"}, Status.VERIFIED),
        (
            reviewer,
            "link_budget",
            {"fiscal_year": 2026, "decision": "keep", "reason": "照旧。", "line": later.row_id},
            Status.VERIFIED,
        ),
    ]
    for client, name, data, status in steps:
        response = client.post(url(name, task), data)
        assert (response.status_code, response.headers["Location"]) == (302, task.get_absolute_url())
        task.refresh_from_db()
        assert task.status == status
    assert BudgetLinkage.objects.get().line == later
    assert later.get_absolute_url() in Client().get(task.get_absolute_url()).content.decode()


def test_a_visitor_is_asked_to_sign_in() -> None:
    task = make_task()
    assert {name: Client().post(url(name, task)).status_code for name in TOOLS} == dict.fromkeys(TOOLS, 401)


def test_the_address_of_a_step_leads_to_the_task() -> None:
    task = make_task()
    answers = {name: Client().get(url(name, task)) for name in TOOLS}
    leads = {name: (answer.status_code, answer.headers["Location"]) for name, answer in answers.items()}
    assert leads == dict.fromkeys(TOOLS, (302, task.get_absolute_url()))


def test_a_citizen_is_refused_and_changes_nothing() -> None:
    task, client = make_task(), signed_in(make_user())
    steps: dict[str, dict[str, Any]] = {
        "accept": {},
        "progress": {"text": "我来报告"},
        "submit": {},
        "verify": {"outcome": "verified", "reason": "好"},
        "link_budget": {"fiscal_year": 2026, "decision": "keep", "reason": "好"},
    }
    found = {}
    for name, data in steps.items():
        status = client.post(url(name, task), data).status_code
        task.refresh_from_db()
        found[name] = (status, task.status)
    assert found == dict.fromkeys(TOOLS, (403, Status.ASSIGNED))


@pytest.mark.parametrize(
    ("status", "name", "data", "text"),
    [
        (Status.SUBMITTED, "progress", {"text": "写了很久的报告"}, "写了很久的报告"),
        (Status.VERIFIED, "progress", {"text": "写了很久的报告"}, "写了很久的报告"),
    ],
)
def test_a_step_that_comes_too_late_keeps_what_was_typed(
    status: str, name: str, data: dict[str, Any], text: str
) -> None:
    task = make_task_in(status)
    page = signed_in(task.officer).post(url(name, task), data)
    assert page.status_code == 409
    assert text in page.content.decode()
    assert "data-error-summary" in page.content.decode()


def test_a_check_that_comes_too_late_keeps_what_was_typed() -> None:
    task = make_task_in(Status.VERIFIED)
    page = signed_in(make_moderator()).post(url("verify", task), {"outcome": "returned", "reason": "我的长篇核验意见"})
    assert page.status_code == 409
    assert "我的长篇核验意见" in page.content.decode()
    assert Verification.objects.count() == 1


def test_a_second_click_on_accept_says_how_things_stand() -> None:
    task = make_task()
    client = signed_in(task.officer)
    assert [client.post(url("accept", task)).status_code for _click in range(2)] == [302, 409]


def test_a_program_is_refused_as_evidence_and_the_text_stays() -> None:
    task = make_task_in(Status.ACCEPTED)
    upload = SimpleUploadedFile("照片.png", b"MZ\x90\x00" + b"\x00" * 50)
    page = signed_in(task.officer).post(url("progress", task), {"text": "保留我的文字", "attachment": upload})
    assert page.status_code == 400
    assert list(page.context["form"].errors) == ["attachment"]
    assert "保留我的文字" in page.content.decode()
    assert ProgressReport.objects.count() == 0


def test_evidence_is_handed_out_as_a_download() -> None:
    task = make_task_in(Status.ACCEPTED)
    upload = SimpleUploadedFile("验收单.pdf", b"%PDF-1.7 proof")
    signed_in(task.officer).post(url("progress", task), {"text": "见附件。", "attachment": upload})
    address = reverse("participation:rectification:evidence", args=[ProgressReport.objects.get().row_id])
    assert address in Client().get(task.get_absolute_url()).content.decode()
    response = Client().get(address)
    assert b"".join(response.streaming_content) == b"%PDF-1.7 proof"  # type: ignore[arg-type]
    assert response.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_a_report_without_a_file_hands_out_nothing() -> None:
    report = make_task_in(Status.SUBMITTED).progress_reports.get()
    assert Client().get(reverse("participation:rectification:evidence", args=[report.row_id])).status_code == 404


@pytest.mark.parametrize("count", [1, 30])
def test_the_page_of_a_task_takes_the_same_queries_however_much_was_reported(
    count: int, django_assert_num_queries: Any
) -> None:
    consultation = make_consultation()
    said = [make_feedback(consultation) for _number in range(count)]
    task = make_task_in(Status.ACCEPTED, make_answer(feedback=said))
    for _number in range(count):
        ProgressReport.objects.create(task=task, text="又完成一部分。", posted_by=task.officer)
    Client().get(task.get_absolute_url())
    with django_assert_num_queries(10):
        Client().get(task.get_absolute_url())


def test_what_visitors_read_can_be_kept_by_any_cache() -> None:
    task = make_task_in(Status.SUBMITTED)
    for address in (INDEX, task.get_absolute_url(), task.finding.answer.get_absolute_url()):
        response = Client().get(address)
        assert "Cookie" not in response.headers.get("Vary", "")
        assert not response.cookies


# The later budget ----------------------------------------------------------------------------------


def test_a_result_is_linked_to_published_lines_of_later_years_only() -> None:
    task, client = make_task_in(Status.VERIFIED), signed_in(make_officeholder(Role.REVIEWER))
    lines = {
        "draft": make_line(make_release(fiscal_year=2026, published=False)).row_id,
        "same year": make_line(make_release(fiscal_year=2025)).row_id,
        "nonsense": "nonsense",
    }
    found = {}
    for name, line in lines.items():
        data = {"fiscal_year": 2026, "decision": "keep", "reason": "好。", "line": line}
        page = client.post(url("link_budget", task), data)
        found[name] = (page.status_code, list(page.context["form"].errors), BudgetLinkage.objects.count())
    assert found == dict.fromkeys(lines, (400, ["line"], 0))


def test_a_later_line_is_found_by_its_name() -> None:
    task = make_task_in(Status.VERIFIED)
    later = make_line(make_release(fiscal_year=2026))
    address = f"{task.get_absolute_url()}?line_q={later.programme.name}"
    assert f'value="{later.row_id}"' in signed_in(make_officeholder(Role.REVIEWER)).get(address).content.decode()


def test_a_line_shows_the_task_of_the_earlier_year_that_it_follows_from() -> None:
    task = make_task_in(Status.VERIFIED)
    later = make_line(make_release(fiscal_year=2026))
    data = {"fiscal_year": 2026, "decision": "keep", "reason": "照旧。", "line": later.row_id}
    signed_in(make_officeholder(Role.REVIEWER)).post(url("link_budget", task), data)
    assert f'href="{task.get_absolute_url()}"' in Client().get(later.get_absolute_url()).content.decode()


@pytest.mark.parametrize("status", [status for status in Status if status != Status.DRAFTED])
def test_a_task_is_shown_in_both_languages(status: str) -> None:
    task = make_task_in(status)
    for language, title in (("zh-hans", task.title), ("en", task.title_en)):
        with translation.override(language):
            address = task.get_absolute_url()
        assert title in Client().get(address).content.decode()


def test_the_feed_takes_the_filters_of_the_tracker() -> None:
    answer = make_answer()
    first, second = make_task(answer), make_task(answer)
    address = reverse("participation:rectification:feed")
    told = Client().get(f"{address}?q={first.reference}").content.decode()
    assert [task.reference in told for task in (first, second)] == [True, False]


def test_the_page_gives_the_code_for_a_frame_on_another_site() -> None:
    task = make_task()
    told = Client().get(task.get_absolute_url()).content.decode()
    assert f"&lt;iframe src=&quot;http://testserver{url('embed', task)}&quot;" in told
