"""One tap on a line; drafts; how soon departments answer; translation on demand."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test import Client
from django.utils import timezone

from participation.consultations.models import Consultation
from participation.evaluations.models import Evaluation
from participation.feedback.actions import react_to_line, remove_draft, save_draft
from participation.feedback.models import Draft, Feedback, Reaction
from participation.feedback.queries import draft_of
from participation.feedback.reactions import own_reaction, reactions_to
from participation.feedback.response_times import response_times
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import Standing
from portal.errors import Closed, NotAllowed, SignInRequired
from tests.factories import (
    CITIZEN,
    make_answer,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_line,
    make_moderator,
    make_organisation,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def asked_about() -> tuple[Consultation, Any]:
    line = make_line()
    return make_consultation(release=line.release), line


def tap(consultation: Consultation, line: Any, kind: str, person: Any = None) -> Any:
    return react_to_line(consultation, line=line, kind=kind, standing=CITIZEN, acting_user=person or make_user())


def test_one_person_has_one_reaction_that_changes_and_is_taken_back() -> None:
    (consultation, line), person = asked_about(), make_user()
    seen = []
    for kind in ("more", "less", "less"):
        tap(consultation, line, kind, person)
        seen.append(own_reaction(person, line))
    assert (seen, Reaction.objects.count()) == (["more", "less", ""], 0)


def test_the_public_sees_each_side_and_no_small_number() -> None:
    consultation, line = asked_about()
    people = [make_user() for _ in range(9)]
    Reaction.objects.bulk_create(
        Reaction(
            consultation=consultation,
            line=line,
            person=person,
            stakeholder_group="citizen",
            kind="more" if number < 6 else "stop",
        )
        for number, person in enumerate(people)
    )
    (side,) = reactions_to(line)
    cells = dict(side.published.cells)
    assert (side.group, cells["stop"], cells["unclear"]) == ("citizen", None, 0)


def test_nobody_taps_for_two_sides_in_one_consultation() -> None:
    (consultation, line), person = asked_about(), make_user()
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=person)
    tap(consultation, line, "more", person)
    with pytest.raises(NotAllowed):
        react_to_line(
            consultation,
            line=line,
            kind="more",
            standing=Standing(StakeholderGroup.ENTERPRISE, organisation),
            acting_user=person,
        )


def test_a_visitor_signs_in_and_a_closed_consultation_takes_no_taps() -> None:
    consultation, line = asked_about()
    with pytest.raises(SignInRequired):
        react_to_line(consultation, line=line, kind="more", standing=CITIZEN, acting_user=AnonymousUser())  # type: ignore[arg-type]
    closed = make_consultation(release=line.release, stage="balance")
    with pytest.raises(Closed):
        tap(closed, line, "more")


def test_a_tap_is_a_button_of_a_form_on_the_page_of_the_line(client: Client) -> None:
    _consultation, line = asked_about()
    client.force_login(make_user())
    answer = client.post(f"/en/feedback/reactions/{line.row_id}/", {"kind": "unclear"})
    page = client.get(line.get_absolute_url()).content.decode()
    assert (answer.status_code, Reaction.objects.get().kind) == (302, "unclear")
    assert 'value="unclear" aria-pressed="true"' in page


# Drafts --------------------------------------------------------------------------------------------


def test_a_draft_is_sealed_kept_and_gone_with_the_feedback(client: Client) -> None:
    consultation, person = make_consultation(), make_user()
    client.force_login(person)
    address = f"/en/feedback/new/{consultation.row_id}/"
    saved = client.post(address, {"body": "还没写完的话", "kind": "problem", "save": "1"})
    with connection.cursor() as cursor:
        cursor.execute("SELECT typed FROM participation_draft")
        assert "还没写完".encode() not in bytes(cursor.fetchone()[0])
    again = client.get(address).content.decode()
    assert (saved.status_code, "还没写完的话" in again) == (200, True)
    assert consultation.get_absolute_url().split("/")[-2] in client.get("/en/me/").content.decode()
    make_feedback(consultation, acting_user=person)
    assert Draft.objects.count() == 0


def test_a_draft_is_its_writers_alone() -> None:
    consultation, person = make_consultation(), make_user()
    save_draft(consultation, typed={"body": "还没写完"}, acting_user=person)
    readers = [make_moderator(), make_user(), AnonymousUser()]
    assert [draft_of(reader, consultation) for reader in readers] == [{}, {}, {}]
    remove_draft(consultation, acting_user=readers[0])
    assert draft_of(person, consultation)["body"] == "还没写完"


# How soon departments answer -------------------------------------------------------------------------


def answered_after(consultation: Consultation, line: Any, days: list[int], due: int) -> None:
    said = [make_feedback(consultation, line=line) for _ in days]
    answer = make_answer(consultation, feedback=said)
    for feedback, number in zip(said, days, strict=True):
        received = answer.published_at - timedelta(days=number)
        due_on = timezone.localdate(received) + timedelta(days=due)
        Feedback.objects.filter(pk=feedback.pk).update(created=received, due_on=due_on)


def test_the_league_table_tells_medians_and_shares_and_withholds_small_numbers(client: Client) -> None:
    consultation, line = asked_about()
    answered_after(consultation, line, [1, 2, 3, 4, 5, 6, 7, 8, 9, 20, 21, 22, 23, 24], due=10)
    few = make_line(consultation.release)
    answered_after(consultation, few, [1, 1], due=10)
    first, second = response_times()
    assert (first.department, first.answered, first.median_days) == (line.department, 14, 7.5)
    assert first.in_time == pytest.approx(9 / 14)
    assert (second.department, second.answered, second.median_days, second.in_time) == (
        few.department,
        None,
        None,
        None,
    )
    assert "7.5" in client.get("/en/feedback/response-times/").content.decode()
    rows = client.get("/en/feedback/response-times.csv").content.decode("utf-8-sig").splitlines()
    assert (len(rows), rows[0]) == (3, "department,department_en,answered,median_days,in_time,waiting,late")


def test_third_party_evaluations_wait_for_an_answer_as_feedback_does() -> None:
    consultation, line = asked_about()
    for _number in range(4):
        make_feedback(consultation, line=line)
    make_evaluation(consultation, programme=line.programme)
    hidden = make_evaluation(consultation, programme=line.programme)
    Evaluation.objects.filter(pk=hidden.pk).update(status="hidden")
    [row] = response_times()
    assert (row.department, row.waiting, row.answered) == (line.department, 5, 0)


@pytest.mark.parametrize("status", ["hidden", "held"])
def test_what_is_not_public_is_in_no_statistic_and_under_no_address(status: str, client: Client) -> None:
    consultation, line = asked_about()
    feedback = make_feedback(consultation, line=line, body="绝不公开的话")
    Feedback.objects.filter(pk=feedback.pk).update(status=status)
    assert response_times() == []
    addresses = {
        f"/en/feedback/{feedback.row_id}/": 404,
        f"/en/feedback/{feedback.row_id}/card/": 404,
        f"/en/feedback/{feedback.row_id}/attachment/": 404,
        line.get_absolute_url(): 200,
        consultation.get_absolute_url(): 200,
        "/en/budget/search/?q=绝不公开": 200,
    }
    for address, code in addresses.items():
        answer = client.get(address)
        shown = answer.content.decode()
        assert (answer.status_code, feedback.reference in shown, "绝不公开的话" in shown) == (code, False, False)


# Translation -----------------------------------------------------------------------------------------


class Shouting:
    """Translates by capitals."""

    def __call__(self, text: str, *, to: str) -> str:
        return f"{to}: {text.upper()}"


def test_there_is_a_button_only_where_something_translates(client: Client, settings: Any) -> None:
    feedback = make_feedback(body="why so late")
    address = f"/en/feedback/{feedback.row_id}/"
    without = (b"translation/" in client.get(address).content, client.post(f"{address}translation/").status_code)
    settings.TRANSLATOR = f"{__name__}.Shouting"
    page = client.get(address).content
    answer = client.post(f"{address}translation/")
    assert (without, b"translation/" in page, "en: WHY SO LATE" in answer.content.decode()) == (
        (False, 404),
        True,
        True,
    )
    Feedback.objects.filter(pk=feedback.pk).update(status=Feedback.Status.HIDDEN)
    assert client.post(f"{address}translation/").status_code == 404
