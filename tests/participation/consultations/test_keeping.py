"""Looking after a consultation: how long it is open, other dates, its outcome and its end."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone, translation
from django.utils.dateformat import format as formatted

from cms.calendars.actions import enter_clock
from cms.calendars.clock_files import ClockDefinition
from participation.consultations.actions import change_dates, close_consultation, publish_outcome
from participation.consultations.models import Consultation, Stage
from participation.consultations.planning import checked_links
from participation.consultations.stages import current_stage
from participation.stakeholders.models import Role
from portal.errors import Closed, Invalid
from tests.factories import make_consultation, make_line, make_moderator, make_officeholder, make_officer, make_user
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def thirty_days() -> None:
    values = {"name": "征求意见", "starts_with": "公布", "law": "条例", "article": "15", "kind": "calendar"}
    enter_clock(
        ClockDefinition(jurisdiction="CN", rule_id="C1", days=30, valid_from=date(2019, 9, 1), **values),  # type: ignore[arg-type]
        acting_user=None,
    )


def start(consultation: Consultation, kind: str) -> Any:
    return consultation.stages.get(kind=kind).starts_at


def kinds(consultation: Consultation) -> list[str]:
    return [entry.kind for entry in entries(record_ref=consultation.row_id)]


# How long ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("is_major", "short_reason"), [(False, ""), (True, "汛期前必须定下来。")])
def test_ten_days_are_enough_for_a_small_matter_or_with_a_published_reason(
    is_major: bool, short_reason: str, thirty_days: None
) -> None:
    consultation = make_consultation(is_major=is_major, short_reason=short_reason)
    assert ("consultation.shortened" in kinds(consultation)) is is_major


def test_a_major_decision_is_not_open_for_less_than_the_law_says_without_a_reason(thirty_days: None) -> None:
    with pytest.raises(Invalid) as refused:
        make_consultation(is_major=True)
    assert refused.value.data == {"field": "short_reason"}


def test_nobody_promises_an_answer_later_than_the_rule_allows() -> None:
    with pytest.raises(Invalid) as refused:
        make_consultation(answer_within_days=21)
    assert refused.value.data == {"field": "answer_within_days"}


@pytest.mark.parametrize(
    ("fields", "field"), [({"scope": "programme"}, "programme"), ({"scope": "department"}, "department")]
)
def test_what_is_asked_about_has_to_be_named(fields: dict[str, str], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_consultation(**fields)
    assert refused.value.data == {"field": field}


# Other dates ---------------------------------------------------------------------------------------


def test_input_is_taken_for_longer_and_what_follows_begins_when_it_ends() -> None:
    consultation = make_consultation()
    later = start(consultation, "balance") + timedelta(days=5)
    change_dates(consultation, starts={"balance": later}, reason="很多人还在写。", acting_user=make_moderator())
    found = {stage.kind: stage for stage in consultation.stages.all()}
    assert (found["open"].ends_at, found["balance"].starts_at) == (later, later)
    entry = entries(record_ref=consultation.row_id)[-1]
    assert (entry.kind, "很多人" in entry.leaf) == ("consultation.dates_changed", False)


@pytest.mark.parametrize(
    ("kind", "days", "field"), [("open", 1, "opens_on"), ("balance", -30, "closes_on"), ("answered", -6, "answered_on")]
)
def test_what_has_begun_is_not_moved_nor_anything_into_the_past_or_out_of_order(
    kind: str, days: int, field: str
) -> None:
    consultation = make_consultation()
    base = start(consultation, kind) if kind != "answered" else start(consultation, "balance")
    with pytest.raises(Invalid) as refused:
        change_dates(
            consultation, starts={kind: base + timedelta(days=days)}, reason="改期", acting_user=make_moderator()
        )
    assert refused.value.data == {"field": field}


# The outcome and the end -----------------------------------------------------------------------------


def test_a_consultation_cannot_close_without_an_outcome() -> None:
    consultation = make_consultation(stage=Stage.Kind.FOLLOW_UP)
    with pytest.raises(Closed):
        close_consultation(consultation, reason="都办完了。", acting_user=make_moderator())


def test_with_an_outcome_it_closes_before_its_date() -> None:
    consultation, moderator = make_consultation(stage=Stage.Kind.FOLLOW_UP), make_moderator()
    publish_outcome(consultation, outcome="先装电梯。", links="/zh-hans/\nhttps://example.org/a", acting_user=moderator)
    closed = close_consultation(consultation, reason="都办完了。", acting_user=moderator)
    stage = current_stage(closed)
    assert stage is not None
    assert (stage.kind, kinds(closed)[-2:]) == ("closed", ["consultation.outcome", "consultation.closed"])
    with pytest.raises(Closed):
        publish_outcome(closed, outcome="后来改了。", acting_user=moderator)


@pytest.mark.parametrize("link", ["javascript:alert(1)", "//example.org", "example.org", "/\\example.org"])
def test_an_outcome_leads_to_pages_only(link: str) -> None:
    with pytest.raises(Invalid) as refused:
        checked_links(link)
    assert refused.value.data == {"field": "outcome_links"}


# The pages -----------------------------------------------------------------------------------------


def test_the_page_is_for_moderators_auditors_and_officers_of_the_department() -> None:
    line = make_line()
    consultation = make_consultation(release=line.release, department=line.department)
    auditor, page = make_officeholder(Role.AUDITOR), f"/en/consultations/{consultation.row_id}/keep/"
    people = [(302, None), (403, make_officeholder(Role.EDITOR)), (200, auditor), (200, make_officer(line.department))]
    for status, person in people:
        client = Client()
        if person is not None:
            client.force_login(person)
        answer = client.get(page)
        assert answer.status_code in ({302, 401, 403} if person is None else {status})
        assert person != auditor or 'method="post" action="/en/consultations/' not in answer.content.decode()


def test_a_moderator_extends_it_on_the_page_and_the_days_mean_what_they_say(client: Client) -> None:
    consultation = make_consultation()
    client.force_login(make_moderator())
    page = client.get(f"/en/consultations/{consultation.row_id}/keep/")
    form = page.context["dates_form"]
    data = {name: day.isoformat() for name, (_kind, day) in form.days.items()}
    last = form.days["closes_on"][1] + timedelta(days=3)
    answer = client.post(
        f"/en/consultations/{consultation.row_id}/keep/dates/",
        {**data, "closes_on": last.isoformat(), "reason": "多留三天。"},
    )
    assert answer.status_code == 302
    assert timezone.localdate(start(consultation, "balance")) == last + timedelta(days=1)
    shown = Client().get(f"/en/consultations/{consultation.row_id}/").content.decode()
    assert f"Input until {formatted(last, 'N j, Y')}:" in shown


def test_an_overdue_outcome_stands_in_public_until_it_is_there(client: Client) -> None:
    consultation = make_consultation(stage=Stage.Kind.CLOSED)
    Consultation.objects.filter(pk=consultation.pk).update(outcome="", outcome_at=None)
    address, sentence = f"/en/consultations/{consultation.row_id}/", "The outcome of this consultation is overdue"
    assert sentence in client.get(address).content.decode()
    client.force_login(make_moderator())
    client.post(f"{address}keep/outcome/", {"outcome": "先装电梯。", "outcome_links": "https://example.org/d"})
    shown = client.get(address).content.decode()
    assert (sentence in shown, "先装电梯。" in shown, 'href="https://example.org/d"' in shown) == (False, True, True)


def test_the_refusal_stands_beside_what_was_typed(client: Client) -> None:
    consultation = make_consultation(stage=Stage.Kind.BALANCE)
    client.force_login(make_moderator())
    with translation.override("en"):
        answer = client.post(
            f"/en/consultations/{consultation.row_id}/keep/outcome/",
            {"outcome": "先装电梯。", "outcome_links": "javascript:x"},
        )
    assert (answer.status_code, "先装电梯。" in answer.content.decode()) == (400, True)


def test_a_citizen_changes_nothing(client: Client) -> None:
    consultation = make_consultation(stage=Stage.Kind.BALANCE)
    client.force_login(make_user())
    for deed in ("dates", "outcome", "close"):
        assert client.post(f"/en/consultations/{consultation.row_id}/keep/{deed}/", {"reason": "x"}).status_code == 403
