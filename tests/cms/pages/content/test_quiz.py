"""A quiz is scored on the server; whoever is signed in and passes gets a certificate."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.test import Client
from django.urls import reverse

from cms.pages.content.actions import issue_certificate, mark_lesson
from cms.pages.content.models import CoursePage, GuideIndexPage, LessonPage
from cms.pages.content.quiz import Question, Result, mark
from cms.pages.content.training import Certificate, LessonDone, progress_in
from cms.pages.models import HomePage
from portal.errors import Conflict, SignInRequired
from privacy.log.models import PendingLeaf
from tests.factories import make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]

ONE = Question("一", ("甲", "乙"), frozenset({1}), "因为")
SEVERAL = Question("二", ("甲", "乙", "丙"), frozenset({0, 2}), "因为")
RIGHT = {"q0": "1", "q1": ["0", "2"]}
WRONG = {"q0": "0", "q1": ["0"]}


def stream(*questions: Question) -> list[tuple[str, Any]]:
    return [
        (
            "question",
            {
                "question": each.text,
                "options": [{"text": text, "is_right": n in each.right} for n, text in enumerate(each.options)],
                "explanation": each.explanation,
            },
        )
        for each in questions
    ]


@pytest.fixture
def course(site: HomePage) -> CoursePage:
    guides = site.add_child(instance=GuideIndexPage(title="指南", slug="guides", locale=site.locale))
    page = guides.add_child(
        instance=CoursePage(title="读预算", slug="read", locale=site.locale, quiz=stream(ONE, SEVERAL), pass_mark=80)
    )
    for number in (1, 2):
        page.add_child(instance=LessonPage(title=f"第{number}课", slug=f"l{number}", locale=site.locale))
    return page


def address(course: CoursePage) -> str:
    return reverse("cms:budget:quiz", args=[course.translation_key])


def passed() -> Result:
    return mark([ONE, SEVERAL], [frozenset({1}), frozenset({0, 2})], 80)


@pytest.mark.parametrize(
    ("answers", "score"),
    [(({1}, {0, 2}), 100), (({1}, {0}), 50), (({1}, {0, 1, 2}), 50), (({0}, {1}), 0)],
    ids=["all", "one-of-two-right-answers", "one-too-many", "none"],
)
def test_several_right_answers_count_only_together(answers: tuple[set[int], set[int]], score: int) -> None:
    assert mark([ONE, SEVERAL], [frozenset(each) for each in answers], 80).score == score


def test_a_share_is_rounded_down_so_that_the_mark_is_really_reached() -> None:
    result = mark([ONE] * 3, [frozenset({1}), frozenset({1}), frozenset({0})], 67)
    assert (result.score, result.is_passed) == (66, False)


def test_a_visitor_may_try_and_is_told_why(client: Client, course: CoursePage) -> None:
    answer = client.post(address(course), WRONG)
    assert (answer.status_code, answer.context["result"].score) == (200, 0)
    assert answer.content.decode().count("因为") == 2
    assert client.post(address(course), RIGHT).context["certificate"] is None
    assert Certificate.objects.count() == 0


def test_what_was_not_answered_is_asked_again(client: Client, course: CoursePage) -> None:
    answer = client.post(address(course), {"q0": "1"})
    assert (answer.status_code, list(answer.context["form"].errors)) == (400, ["q1"])


def test_an_answer_that_is_not_offered_is_refused(client: Client, course: CoursePage) -> None:
    assert client.post(address(course), {"q0": "7", "q1": ["0"]}).status_code == 400


def test_whoever_is_signed_in_and_passes_gets_a_certificate_by_whose_code_it_is_found(
    client: Client, course: CoursePage
) -> None:
    person = make_user(display_name="学员甲")
    client.force_login(person)
    certificate = client.post(address(course), RIGHT).context["certificate"]
    assert (certificate.person, certificate.score, len(certificate.code)) == (person, 100, 16)
    shown = Client().get(reverse("cms:budget:certificate", args=[certificate.written_code.lower()]))
    assert (shown.status_code, shown["Cache-Control"]) == (200, "private, no-store")
    assert "学员甲" in shown.content.decode()


def test_a_code_that_is_nobodys_is_not_found(client: Client) -> None:
    assert client.get(reverse("cms:budget:certificate", args=["AAAA-BBBB"])).status_code == 404


def test_a_certificate_is_issued_once_and_keeps_the_better_score(course: CoursePage) -> None:
    person = make_user()
    half = mark([ONE, SEVERAL], [frozenset({1}), frozenset({1})], 50)
    first = issue_certificate(course, half, acting_user=person)
    again = issue_certificate(course, passed(), acting_user=person)
    assert (first.score, again.score, issue_certificate(course, half, acting_user=person).score) == (50, 100, 100)
    assert (first.code, Certificate.objects.count()) == (again.code, 1)


def test_the_log_says_that_a_certificate_was_issued_and_not_to_whom(course: CoursePage) -> None:
    person = make_user(display_name="学员乙")
    certificate = issue_certificate(course, passed(), acting_user=person)
    leaf = PendingLeaf.objects.get(kind="certificate.issued").leaf
    assert str(course.translation_key) in leaf
    assert [secret for secret in ("学员乙", certificate.code, person.email) if secret in leaf] == []


def test_a_quiz_that_was_not_passed_earns_nothing(course: CoursePage) -> None:
    failed = mark([ONE], [frozenset({0})], 80)
    with pytest.raises(Conflict):
        issue_certificate(course, failed, acting_user=make_user())


def test_certificates_and_progress_need_a_person(course: CoursePage) -> None:
    for act in (
        lambda: issue_certificate(course, passed(), acting_user=AnonymousUser()),
        lambda: mark_lesson(course.lessons()[0], is_done=True, acting_user=AnonymousUser()),
    ):
        with pytest.raises(SignInRequired):
            act()


def test_progress_is_kept_for_whoever_is_signed_in_and_shown_to_nobody_else(client: Client, course: CoursePage) -> None:
    person, lesson = make_user(), course.lessons()[0]
    client.force_login(person)
    answer = client.post(reverse("cms:budget:lesson_done", args=[lesson.translation_key]), {"done": "1", "next": "1"})
    assert (answer.status_code, answer["Location"]) == (302, course.lessons()[1].url)
    assert (progress_in(course, person).done, progress_in(course, make_user()).done) == (1, 0)
    client.post(reverse("cms:budget:lesson_done", args=[lesson.translation_key]), {"done": "0"})
    assert LessonDone.objects.count() == 0


def test_guessing_codes_is_slow(client: Client, settings: Any) -> None:
    settings.WRITE_RATES = {**settings.WRITE_RATES, "certificate": "2/minute"}
    address = reverse("cms:budget:certificate", args=["AAAA"])
    assert [client.get(address).status_code for _ in range(3)] == [404, 404, 429]


def test_retrying_a_quiz_is_limited(client: Client, course: CoursePage, settings: Any) -> None:
    settings.WRITE_RATES = {**settings.WRITE_RATES, "quiz": "1/minute"}
    assert [client.post(address(course), WRONG).status_code for _ in range(2)] == [200, 429]
