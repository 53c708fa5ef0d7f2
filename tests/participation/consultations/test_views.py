"""The list of consultations and the page of one."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone, translation

from participation.consultations.models import Consultation, Stage
from participation.discussion.actions import post_message
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import Standing
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_line,
    make_moderator,
    make_organisation,
    make_release,
    make_user,
)

pytestmark = pytest.mark.django_db


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def index_url(language: str = "zh-hans") -> str:
    with translation.override(language):
        return reverse("participation:consultations:index")


def page_of(consultation: Consultation, client: Client | None = None, language: str = "zh-hans", **query: str) -> str:
    with translation.override(language):
        address = consultation.get_absolute_url()
    response = (client or Client()).get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def listed(client: Client, **query: str) -> list[Consultation]:
    return [moment.consultation for moment in client.get(index_url(), query).context["page_obj"]]


# The list ----------------------------------------------------------------------------------------


def test_the_list_shows_what_is_open_first_and_what_is_closed_last() -> None:
    by_stage = {
        stage: make_consultation(stage=stage)
        for stage in (Stage.Kind.CLOSED, Stage.Kind.FOLLOW_UP, Stage.Kind.OPEN, Stage.Kind.BALANCE)
    }
    wanted = [
        by_stage[stage] for stage in (Stage.Kind.OPEN, Stage.Kind.BALANCE, Stage.Kind.FOLLOW_UP, Stage.Kind.CLOSED)
    ]
    assert listed(Client()) == wanted


@pytest.mark.parametrize(
    ("shown", "stages"),
    [
        ("open", {Stage.Kind.OPEN}),
        ("coming", {Stage.Kind.ANNOUNCED}),
        ("weighing", {Stage.Kind.BALANCE, Stage.Kind.ANSWERED}),
        ("follow_up", {Stage.Kind.FOLLOW_UP}),
        ("closed", {Stage.Kind.CLOSED}),
    ],
)
def test_a_tab_shows_the_consultations_of_its_stages(shown: str, stages: set[str]) -> None:
    by_stage = {stage: make_consultation(stage=stage) for stage in Stage.Kind}
    assert set(listed(Client(), show=shown)) == {by_stage[stage] for stage in stages}


def test_an_unknown_tab_shows_all() -> None:
    consultation = make_consultation()
    assert listed(Client(), show="nonsense") == [consultation]


def test_what_is_not_announced_is_listed_for_moderators_only() -> None:
    consultation = make_consultation()
    consultation.stages.update(starts_at=timezone.now() + timedelta(days=30), ends_at=None)
    assert listed(Client()) == []
    assert listed(signed_in(make_user())) == []
    assert listed(signed_in(make_moderator())) == [consultation]


def test_the_list_costs_the_same_for_one_and_for_thirty() -> None:
    release, moderator = make_release(), make_moderator()
    make_consultation(release=release, acting_user=moderator)
    Client().get(index_url())  # what is remembered between requests is remembered now
    with CaptureQueriesContext(connection) as one:
        Client().get(index_url())
    for _number in range(29):
        make_consultation(release=release, acting_user=moderator)
    with CaptureQueriesContext(connection) as many:
        Client().get(index_url())
    assert len(many) == len(one)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_an_empty_list_says_so(language: str) -> None:
    response = Client().get(index_url(language))
    assert (response.status_code, 'class="empty"' in response.content.decode()) == (200, True)


# The page ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("language", ["zh-hans", "en"])
@pytest.mark.parametrize("stage", list(Stage.Kind))
def test_the_page_opens_in_every_stage_and_language(stage: str, language: str) -> None:
    consultation = make_consultation(stage=stage)
    title = {"zh-hans": consultation.title, "en": consultation.title_en}[language]
    assert f"<h1>{title}</h1>" in page_of(consultation, language=language)


def test_who_decides_and_what_can_change_come_before_anything_to_fill_in() -> None:
    page = page_of(make_consultation(), signed_in(make_user()))
    assert 0 < page.index("市财政局") < page.index("总额不变") < page.index("<textarea")


def test_what_is_not_announced_is_not_found() -> None:
    consultation = make_consultation()
    consultation.stages.update(starts_at=timezone.now() + timedelta(days=30), ends_at=None)
    assert Client().get(consultation.get_absolute_url()).status_code == 404
    assert signed_in(make_moderator()).get(consultation.get_absolute_url()).status_code == 200


def test_a_visitor_sees_how_to_sign_in_and_gets_no_cookie() -> None:
    consultation = make_consultation()
    response = Client().get(consultation.get_absolute_url())
    assert f"{reverse('account_login')}?next={reverse('participation:feedback:new', args=[consultation.row_id])}" in (
        response.content.decode()
    )
    assert dict(response.cookies) == {}


def test_a_citizen_finds_both_forms_and_an_unconfirmed_one_the_way_to_confirm() -> None:
    consultation = make_consultation()
    page = page_of(consultation, signed_in(make_user()))
    assert f'action="{reverse("participation:feedback:new", args=[consultation.row_id])}"' in page
    assert f'action="{reverse("participation:discussion:post", args=["consultation", consultation.row_id])}"' in page
    unconfirmed = page_of(consultation, signed_in(make_user(verified=False)))
    assert "<textarea" not in unconfirmed
    assert reverse("account_email") in unconfirmed


def test_a_closed_consultation_is_read_and_followed_but_not_filled_in() -> None:
    consultation = make_consultation()
    feedback = make_feedback(consultation)
    consultation.stages.filter(kind=Stage.Kind.OPEN).update(ends_at=timezone.now())
    consultation.stages.filter(kind=Stage.Kind.BALANCE).update(starts_at=timezone.now())
    page = page_of(consultation, signed_in(make_user()))
    assert (feedback.body in page, "<textarea" in page) == (True, False)


def test_every_side_has_its_turn_unless_the_reader_asks_for_the_order_of_time() -> None:
    consultation = make_consultation()
    member = make_user()
    organisation = make_organisation(member=member)
    side = Standing(StakeholderGroup(organisation.group), organisation)
    quiet = make_feedback(consultation, acting_user=member, standing=side)
    loud = [make_feedback(consultation) for _number in range(12)]
    assert f"feedback-{quiet.row_id}" in page_of(consultation)
    by_time = page_of(consultation, order="time")
    assert f"feedback-{quiet.row_id}" not in by_time
    assert f"feedback-{loud[-1].row_id}" in by_time


def test_the_page_carries_what_the_live_client_needs() -> None:
    consultation = make_consultation()
    event, _dup = post_message(
        consultation, body="大家好", client_id=uuid4(), standing=CITIZEN, acting_user=make_user()
    )
    page = page_of(consultation, language="en")
    assert f'data-live-url="/ws/rooms/consultation/{consultation.row_id}/?lang=en"' in page
    assert f'data-live-since="{event.seq}"' in page
    assert f'data-events-url="/en/discussion/consultation/{consultation.row_id}/events/"' in page
    assert ("data-feedback-list" in page, "data-evaluation-list" in page, 'role="log"' in page) == (True, True, True)


def test_the_page_costs_the_same_for_one_contribution_of_each_kind_and_for_many() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    author = make_user()

    def contribute(times: int) -> None:
        for _number in range(times):
            make_feedback(consultation, line=line, acting_user=author)
            make_evaluation(consultation, programme=line.programme)
            post_message(consultation, body="好", client_id=uuid4(), standing=CITIZEN, acting_user=author)

    contribute(1)
    page_of(consultation)  # what is remembered between requests is remembered now
    with CaptureQueriesContext(connection) as one:
        page_of(consultation)
    contribute(9)
    with CaptureQueriesContext(connection) as many:
        page_of(consultation)
    assert [query["sql"][:60] for query in many] == [query["sql"][:60] for query in one]


def test_the_page_stays_light_with_much_said() -> None:
    consultation = make_consultation()
    line = make_line(consultation.release)
    author = make_user()
    for _number in range(30):
        make_feedback(consultation, line=line, acting_user=author, body="为什么只花了四成？" * 20)
    for _number in range(60):
        post_message(
            consultation, body="同意，请公开招标文件。", client_id=uuid4(), standing=CITIZEN, acting_user=author
        )
    for reader in (author, make_user(), make_moderator()):
        assert len(page_of(consultation, signed_in(reader)).encode()) <= 75 * 1024
