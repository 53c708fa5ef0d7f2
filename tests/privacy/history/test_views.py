"""The history page of a record: for whoever may see the record, with nothing that they may not read."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest
from django.apps import apps
from django.db.models.signals import post_init
from django.test import Client
from django.urls import reverse
from django.utils.translation import override

from cms.budget.actions import publish_release
from participation.consultations.actions import accept_contribution, hide_contribution, restore_contribution
from participation.consultations.models import Stage
from participation.feedback.models import Feedback
from participation.rectification.models import RectificationTask
from participation.stakeholders.actions import register_organisation
from participation.stakeholders.models import Mandate, Role, User
from participation.stakeholders.registration.actions import verify_organisation
from privacy.history.actor import acting
from privacy.history.queries import public_changes
from tests.factories import (
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_moderator,
    make_officeholder,
    make_officer,
    make_organisation,
    make_release,
    make_task_in,
    make_user,
)
from tests.participation.stakeholders.confidential_input import handed_in
from tests.privacy.history.records import PARTS, RECORDS

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PHONE = "+8613800138000"
ROLES = ("visitor", "author", "citizen", "moderator", "officer", "auditor", "administrator")


def history_path(record: Any) -> str:
    return f"/en/records/{record._meta.label_lower}/{record.row_id}/history/"


def difference_path(record: Any) -> str:
    newest = record.history.order_by("-history_date", "-history_id").first()
    return f"{history_path(record)}{newest.pk}/"


def person_of(role: str, author: User) -> User | None:
    made = {
        "visitor": lambda: None,
        "author": lambda: author,
        "citizen": make_user,
        "moderator": make_moderator,
        "officer": lambda: make_officer(make_department()),
        "auditor": lambda: make_officeholder(Role.AUDITOR),
        "administrator": lambda: make_user(is_superuser=True),
    }
    return made[role]()  # type: ignore[no-any-return,operator]


def browser_of(user: User | None) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


def text_of(path: str, user: User | None = None) -> str:
    page = browser_of(user).get(path)
    assert page.status_code == 200
    return str(page.content.decode())


@pytest.fixture
def public_feedback() -> Feedback:
    feedback = make_feedback(callback_phone=PHONE, body="王某的电话是 12345")
    accept_contribution(feedback, acting_user=make_moderator())
    return feedback


@pytest.fixture
def hidden_feedback(public_feedback: Feedback) -> Feedback:
    return hide_contribution(public_feedback, rule=1, reason="含他人电话", acting_user=make_moderator())


@pytest.mark.parametrize(
    ("role", "statuses"),
    [
        # (history, difference) of public feedback, then of hidden feedback
        ("visitor", [200, 404, 404, 404]),
        ("author", [200, 404, 200, 404]),
        ("citizen", [200, 404, 404, 404]),
        ("moderator", [200, 200, 200, 200]),
        ("officer", [200, 404, 404, 404]),
        ("auditor", [200, 200, 200, 200]),
        ("administrator", [200, 404, 404, 404]),
    ],
)
def test_every_page_is_for_whom_it_is(role: str, statuses: list[int]) -> None:
    author = make_user()
    shown, hidden = make_feedback(acting_user=author), make_feedback(acting_user=author)
    accept_contribution(shown, acting_user=make_moderator())
    hide_contribution(hidden, rule=1, reason="含他人电话", acting_user=make_moderator())
    browser = browser_of(person_of(role, author))
    paths = [history_path(shown), difference_path(shown), history_path(hidden), difference_path(hidden)]
    assert [browser.get(path).status_code for path in paths] == statuses


@pytest.mark.parametrize("role", ROLES)
def test_a_history_shows_neither_what_is_sealed_nor_what_is_not_declared(role: str, public_feedback: Feedback) -> None:
    public_feedback.callback_phone = "+8613900139000"
    public_feedback.body = "another wording"
    public_feedback.save()
    page = text_of(history_path(public_feedback), person_of(role, public_feedback.author))
    for kept in ("13800138000", "13900139000", "12345", "another wording"):
        assert kept not in page
    assert "what you want to say" in page


def test_it_tells_who_in_which_office_when_and_why(public_feedback: Feedback) -> None:
    moderator = make_moderator()
    hidden = hide_contribution(public_feedback, rule=1, reason="含他人电话", acting_user=moderator)
    restore_contribution(hidden, reason="已删去电话", acting_user=moderator)
    page = text_of(history_path(public_feedback))
    for told in (moderator.display_name, "Moderator", "已删去电话", "Hidden by a moderator", "Public"):
        assert told in page


def test_an_office_that_ended_is_told_as_it_was(public_feedback: Feedback) -> None:
    officer = make_officer(make_department(name="教育局"))
    with acting(officer):
        public_feedback.save()
    officer.appointments.update(revoked_at=officer.appointments.get().granted_at.replace(year=2999))
    assert "Department officer · 教育局" in text_of(history_path(public_feedback))


@pytest.mark.parametrize("role", ["visitor", "moderator", "auditor"])
def test_an_author_who_withheld_the_name_is_not_named_even_with_an_office(role: str) -> None:
    author = make_moderator()
    feedback = make_feedback(acting_user=author, is_anonymous=True)
    page = text_of(history_path(feedback), person_of(role, author))
    assert "A citizen" in page
    assert author.display_name not in page
    assert "Moderator" not in page.split('class="timeline"')[1].split("</ol>")[0]


def test_an_organisation_is_named_for_its_member() -> None:
    member = make_user(display_name="member of it")
    organisation = make_organisation(member=member, name="评价中心")
    evaluation = make_evaluation(acting_user=member, organisation=organisation)
    page = text_of(history_path(evaluation))
    assert "评价中心" in page
    assert "member of it" not in page


def test_the_history_of_a_consultation_tells_when_its_stages_moved() -> None:
    consultation = make_consultation()
    stage = consultation.stages.get(kind=Stage.Kind.OPEN)
    with acting(make_moderator(), reason="more time asked for"):
        stage.ends_at = stage.ends_at.replace(year=2031, month=5, day=6)  # type: ignore[union-attr]
        stage.save()
    page = text_of(history_path(consultation))
    assert "more time asked for" in page
    assert "2031" in page


def test_the_history_of_a_task_tells_of_its_finding_reports_and_checks() -> None:
    page = text_of(history_path(make_task_in(RectificationTask.Status.VERIFIED)))
    for told in ("Rectification task", "Finding", "Progress report", "Verification", "Being put right"):
        assert told in page


def with_a_page() -> set[str]:
    return {
        model._meta.label
        for model in apps.get_models()
        if getattr(getattr(getattr(model, "history", None), "model", None), "public_fields", None) is not None
        and model.history.model.in_log  # type: ignore[attr-defined]
        and hasattr(model, "get_absolute_url")
    }


def test_every_model_with_a_public_history_and_a_page_is_walked_below() -> None:
    assert with_a_page() - set(RECORDS) - set(PARTS) == set()


@pytest.mark.parametrize("label", RECORDS)
def test_the_page_of_every_public_record_leads_to_its_history_and_its_verification(label: str) -> None:
    record = RECORDS[label]()
    # Rows of a table share the entry of the table.
    entered = getattr(record, "entered_with", record)
    assert browser_of(None).get(history_path(record)).status_code == 200
    with override("en"):
        page = text_of(record.get_absolute_url())
        ways = [history_path(record), reverse("privacy:log:verify", args=[entered.row_id])]
    assert [way for way in ways if f'href="{way}"' not in page] == []


@pytest.mark.parametrize("label", [label for label, make in PARTS.items() if make is not None])
def test_what_stands_on_the_page_of_a_task_is_told_in_the_history_of_the_task(label: str) -> None:
    part = PARTS[label]()
    assert any(change.record == part for change in public_changes(part.task))
    assert browser_of(None).get(history_path(part)).status_code == 200


def test_an_office_leads_to_its_history_where_offices_are_kept() -> None:
    appointment = make_moderator().appointments.get()
    administrator = make_user(is_superuser=True)
    with override("en"):
        assert history_path(appointment) in text_of(reverse("participation:stakeholders:offices"), administrator)
    assert "Appointment" in text_of(history_path(appointment), administrator)
    assert browser_of(None).get(history_path(appointment)).status_code == 404


def test_the_history_of_an_organisation_tells_of_its_mandates_and_names_nobody_who_acts_for_it() -> None:
    member = make_user(display_name="member of it")
    organisation = register_organisation(
        group="enterprise", name="电梯公司", credit_code="91350100M000100Y43", acting_user=member
    )
    verify_organisation(organisation, accept=True, reason="与登记机关核对", acting_user=make_moderator())
    page = text_of(history_path(organisation))
    assert ("member of it" in page, "Mandate" in page, "与登记机关核对" in page) == (False, True, True)


def test_the_history_of_a_draft_is_not_public() -> None:
    release = make_release(published=False)
    path = history_path(release)
    assert browser_of(None).get(path).status_code == 404
    publish_release(release, acting_user=None)
    assert browser_of(None).get(path).status_code == 200


@pytest.mark.parametrize(
    "path",
    [
        f"/records/participation.feedback/{UUID(int=7)}/history/",
        f"/records/participation.user/{UUID(int=7)}/history/",
        f"/records/no.model/{UUID(int=7)}/history/",
        f"/records/nonsense/{UUID(int=7)}/history/",
        "/records/participation.feedback/7/history/",
    ],
)
def test_what_is_not_there_is_not_found(path: str) -> None:
    assert browser_of(make_moderator()).get(path).status_code == 404


@pytest.mark.parametrize("role", ROLES)
def test_nobody_reads_the_history_of_a_person_there(role: str) -> None:
    person = make_user()
    assert browser_of(person_of(role, person)).get(history_path(person)).status_code == 404


def test_what_declares_no_public_history_has_one_for_those_in_office_who_may_see_it() -> None:
    part = handed_in("feedback").confidential
    author = make_user()
    statuses = {role: browser_of(person_of(role, author)).get(history_path(part)).status_code for role in ROLES}
    assert {role for role, status in statuses.items() if status == 200} == {"moderator"}


def test_a_difference_belongs_to_its_record(public_feedback: Feedback) -> None:
    other = make_feedback()
    number = other.history.get().pk
    browser = browser_of(make_moderator())
    assert browser.get(f"{history_path(public_feedback)}{number}/").status_code == 404


def test_a_difference_marks_words_and_keeps_sealed_values_closed(public_feedback: Feedback) -> None:
    public_feedback.callback_phone = "+8613900139000"
    public_feedback.body = "李某的电话是 67890"
    public_feedback.save()
    page = text_of(difference_path(public_feedback), make_moderator())
    assert "<del>王</del>某的电话是 <del>12345</del>" in page
    assert "<ins>李</ins>某的电话是 <ins>67890</ins>" in page
    assert "[sealed, changed]" in page
    assert "13800138000" not in page
    assert "13900139000" not in page


def test_a_long_history_has_pages(public_feedback: Feedback) -> None:
    for number in range(30):
        with acting(None, reason=f"reason-{number:02d}"):
            public_feedback.save()
    path = history_path(public_feedback)
    assert text_of(path).count("reason-") == 30
    assert text_of(f"{path}?page=2").count("Feedback: ") == 2


def test_only_the_changes_of_one_page_are_read(public_feedback: Feedback) -> None:
    for _ in range(40):
        public_feedback.save()
    loaded: list[Any] = []

    def count(**told: Any) -> None:
        loaded.append(told)

    post_init.connect(count, sender=Feedback.history.model)
    try:
        text_of(history_path(public_feedback))
    finally:
        post_init.disconnect(count, sender=Feedback.history.model)
    assert len(loaded) == 60  # each of the 30 with the one before it


def test_what_was_changed_on_an_earlier_page_is_told_on_the_next(public_feedback: Feedback) -> None:
    public_feedback.due_on = date(2031, 5, 6)
    public_feedback.save()
    for _ in range(29):
        public_feedback.save()
    path = history_path(public_feedback)
    assert ("2031" in text_of(path), "2031" in text_of(f"{path}?page=2")) == (True, False)
    public_feedback.save()
    assert ("2031" in text_of(path), "2031" in text_of(f"{path}?page=2")) == (False, True)


def test_a_history_asks_the_same_number_of_questions_however_long_it_is(
    public_feedback: Feedback, django_assert_num_queries: Any
) -> None:
    browser, path = Client(), history_path(public_feedback)
    browser.get(path)
    with django_assert_num_queries(7):
        browser.get(path)
    for _ in range(28):
        with acting(make_moderator()):
            public_feedback.save()
    with django_assert_num_queries(7):
        browser.get(path)


def test_the_history_of_an_organisation_asks_the_same_number_of_questions_however_many_act_for_it(
    django_assert_num_queries: Any,
) -> None:
    organisation = make_organisation()
    browser, path = Client(), history_path(organisation)
    for count in (1, 5):
        for _ in range(count):
            person = make_user()
            with acting(person):
                Mandate.objects.create(person=person, organisation=organisation)
                organisation.save()
        browser.get(path)
        with django_assert_num_queries(9):
            browser.get(path)
