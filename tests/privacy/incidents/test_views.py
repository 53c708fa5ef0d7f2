"""The pages of incidents: the desk is for few, and what people were told is for all."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.stakeholders.models import Role, User
from privacy.incidents.acts import ACTS
from privacy.incidents.models import HoneyRecord, Incident, NoticeTemplate
from privacy.incidents.reporting import draft_report
from privacy.incidents.runbooks import runbooks
from privacy.incidents.scope import assess_incident, by_name
from privacy.sealing.keys import Subject
from tests.factories import make_officeholder, make_user
from tests.privacy.incidents.conftest import Open

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("rules")]


@pytest.fixture
def client_of() -> Any:
    def make(person: User) -> Client:
        client = Client()
        client.force_login(person)
        return client

    return make


def page(incident: Incident) -> str:
    return reverse("privacy:incidents:detail", args=[incident.row_id])


def do(client: Client, incident: Incident, act: str, **given: Any) -> Any:
    return client.post(reverse("privacy:incidents:act", args=[incident.row_id, act]), given)


def test_the_desk_does_not_exist_for_others(client_of: Any, assessed: Incident) -> None:
    for client in (Client(), client_of(make_user())):
        assert client.get(page(assessed)).status_code == 404


def test_auditors_read_everything_and_change_nothing(client_of: Any, assessed: Incident) -> None:
    client = client_of(make_officeholder(Role.AUDITOR))
    answer = client.get(page(assessed))
    assert (answer.status_code, "/note/" in answer.content.decode()) == (200, False)
    assert do(client, assessed, "note", words="我来改").status_code == 403


def test_the_page_shows_every_clock_state_and_act(client_of: Any, guard: User, assessed: Incident) -> None:
    text = client_of(guard).get(page(assessed)).content.decode()
    assert text.count("<progress max=") == 3
    missing = [
        act for act in ACTS if act not in {"resume", "again", "hand_in", "finish", "notify"} and f"/{act}/" not in text
    ]
    assert missing == []


def test_what_is_refused_stays_in_the_form_with_its_status(client_of: Any, guard: User, opened: Open) -> None:
    client, incident = client_of(guard), opened()
    assert do(client, incident, "note", words="").status_code == 400
    refused = do(client, incident, "move", to="triaged", words="没判断严重程度")
    assert (refused.status_code, "没判断严重程度" in refused.content.decode()) == (409, True)
    assert do(client, incident, "nothing").status_code == 404
    answer = do(client, incident, "contain", action="lock_accounts", people="nobody@example.org", reason="x")
    assert answer.status_code == 400


def test_an_incident_is_put_on_record_by_the_form(client_of: Any, guard: User) -> None:
    answer = client_of(guard).post(
        reverse("privacy:incidents:new"),
        {
            "kind": "lost_device",
            "what_happened": "笔记本电脑在火车上丢失。",
            "aware_at": timezone.localtime().strftime("%Y-%m-%dT%H:%M"),
            "jurisdiction": "CN",
        },
    )
    assert answer["Location"] == page(Incident.objects.get())


def test_words_are_taken_over_and_changed_as_a_new_version(client_of: Any, guard: User) -> None:
    client = client_of(guard)
    assert client.post(reverse("privacy:incidents:templates")).status_code == 302
    address = reverse("privacy:incidents:template", args=["lost_device"])
    given = client.get(address).context["form"].initial
    assert client.post(address, {**given, "subject_en": "Your data"}).status_code == 302
    assert list(NoticeTemplate.objects.filter(kind="lost_device").values_list("version", flat=True)) == [2, 1]
    assert client.post(address, {**given, "body_en": "{nothing}"}).status_code == 400


def test_the_preview_is_in_every_language(client_of: Any, guard: User, assessed: Incident) -> None:
    address = reverse("privacy:incidents:notice", args=[assessed.row_id])
    text = client_of(guard).get(address, {"contact": "privacy@example.org"}).content.decode()
    assert ["您好" in text, "We learned" in text, "privacy@example.org" in text] == [True] * 3


def test_a_report_is_printed_and_handed_over_as_json(client_of: Any, guard: User, assessed: Incident) -> None:
    report = draft_report(assessed, kind="first", authority="云川市网信办", acting_user=guard)
    client = client_of(guard)
    facts = client.get(reverse("privacy:incidents:report_json", args=[report.row_id])).json()["facts"]
    assert (facts["people"], facts["harm"], len(facts["clocks"])) == (3, "可能接到诈骗电话。", 3)
    assert "云川市网信办" in client.get(reverse("privacy:incidents:report", args=[report.row_id])).content.decode()


def test_run_books_have_a_page_for_every_kind(client_of: Any, guard: User) -> None:
    client = client_of(guard)
    assert set(runbooks()) == set(Incident.Kind.values)
    answers = [client.get(reverse("privacy:incidents:runbook", args=[kind])).status_code for kind in runbooks()]
    assert set(answers) == {200}


def test_planting_a_record_makes_a_person_who_can_never_sign_in(client_of: Any, guard: User) -> None:
    assert client_of(guard).post(reverse("privacy:incidents:planted"), {"note": "名册末尾"}).status_code == 302
    planted = User.objects.get(row_id=HoneyRecord.objects.get().record_ref)
    assert (planted.is_active, planted.has_usable_password()) == (False, False)


@pytest.mark.parametrize(
    ("is_exercise", "was_told", "status"), [(False, True, 200), (False, False, 404), (True, True, 404)]
)
def test_everybody_reads_what_people_were_told_and_nothing_else(
    opened: Open, is_exercise: bool, was_told: bool, status: int
) -> None:
    incident = opened(is_exercise=is_exercise)
    Incident.objects.update(notified_at=timezone.now() if was_told else None)
    assert Client().get(reverse("privacy:incidents:public", args=[incident.row_id])).status_code == status
    listed = str(incident.row_id) in Client().get(reverse("privacy:incidents:index")).content.decode()
    assert listed == (status == 200)


def test_a_measure_about_whom_it_concerns_is_never_about_everybody(client_of: Any, guard: User, opened: Open) -> None:
    client, incident = client_of(guard), opened()
    given = {"action": "end_sessions", "concerned": "on", "reason": "停"}
    assert do(client, incident, "contain", **given).status_code == 400
    person = Subject("person", make_user().row_id)
    assess_incident(incident, by_name([person], fields=["participation.user.phone"]), words="一人", acting_user=guard)
    assert do(client, incident, "contain", **given).status_code == 302
    assert incident.containments.get().subjects == [str(person.ref)]
