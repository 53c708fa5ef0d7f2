"""The pages of an erasure: for the person, for those who guard privacy, and for nobody else."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from participation.stakeholders.models import Role, User
from privacy.rights.erasing.actions import ask_erasure, carry_out_erasure, place_hold
from privacy.rights.erasing.models import Erasure, LegalHold
from tests import factories

pytestmark = pytest.mark.django_db
ASK = "/en" + reverse("privacy:erasing:ask")


@pytest.fixture(autouse=True)
def in_english() -> None:
    translation.activate("en")


@pytest.fixture(autouse=True)
def ledger_of_this_test(settings: Any, tmp_path: Any) -> None:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")


@pytest.fixture
def person() -> User:
    return factories.make_user()


def signed_in(user: User) -> Client:
    """With the password typed a moment ago."""
    client = Client(headers={"accept-language": "en"})
    client.force_login(user)
    client.post(reverse("account_reauthenticate"), {"password": factories.PASSWORD})
    return client


def guard() -> Client:
    return signed_in(factories.make_officeholder(Role.PRIVACY))


def asked(person: User) -> Erasure:
    return ask_erasure(person.sealing_subject(), acting_user=person)


def erased(person: User) -> Erasure:
    erasure = asked(person)
    Erasure.objects.update(due_at=timezone.now() - timedelta(seconds=1))
    return carry_out_erasure(erasure)


def test_the_password_is_asked_for_again(person: User) -> None:
    client = Client()
    client.force_login(person)
    answer = client.get(ASK)
    assert (answer.status_code, answer["Location"].split("?")[0]) == (302, reverse("account_reauthenticate"))


def test_asking_leads_to_the_page_where_it_can_be_taken_back(person: User) -> None:
    client = signed_in(person)
    answer = client.post(ASK, {"understood": "on"}, follow=True)
    assert "Take it back" in answer.content.decode()
    erasure = Erasure.objects.get()
    # Asked again, the same page.
    assert client.get(ASK)["Location"] == erasure.get_absolute_url()
    client.post(reverse("privacy:erasing:withdraw", args=[erasure.row_id]))
    erasure.refresh_from_db()
    assert erasure.state == "withdrawn"


def test_nothing_is_asked_without_a_tick(person: User) -> None:
    assert signed_in(person).post(ASK).status_code == 400
    assert not Erasure.objects.exists()


def test_what_stands_in_the_way_is_said_and_no_button_shown() -> None:
    answer = signed_in(factories.make_moderator()).get(ASK)
    content = answer.content.decode()
    assert ("You hold an office" in content, "Ask for erasure" in content) == (True, False)
    refused = signed_in(factories.make_moderator()).post(ASK, {"understood": "on"})
    assert (refused.status_code, "You hold an office" in refused.content.decode()) == (409, True)


def test_an_organisation_is_asked_for_by_its_owner_only(person: User) -> None:
    organisation = factories.make_organisation(member=person)
    address = f"{ASK}?of={organisation.row_id}"
    assert organisation.name in signed_in(person).get(address).content.decode()
    assert signed_in(factories.make_user()).get(address).status_code == 404
    assert signed_in(person).get(f"{ASK}?of=nonsense").status_code == 404


def test_an_open_erasure_is_nobody_elses_business(person: User) -> None:
    address = asked(person).get_absolute_url()
    assert signed_in(factories.make_user()).get(address).status_code == 404
    assert Client().get(address).status_code == 404
    assert signed_in(person).get(address).status_code == 200


def test_the_certificate_is_there_for_whoever_kept_the_address(person: User) -> None:
    erasure = erased(person)
    page = Client().get(erasure.get_absolute_url())
    assert (page.status_code, "gongzhi/certificate-of-erasure/v1" in page.content.decode()) == (200, True)
    file = Client().get(reverse("privacy:erasing:certificate", args=[erasure.row_id]))
    assert file.content.decode() == erasure.certificate


def test_there_is_no_certificate_before(person: User) -> None:
    assert Client().get(reverse("privacy:erasing:certificate", args=[asked(person).row_id])).status_code == 404


def test_an_officer_refuses_with_law_and_reason(person: User) -> None:
    erasure, officer = asked(person), guard()
    address = reverse("privacy:erasing:refuse", args=[erasure.row_id])
    assert officer.post(address, {"basis": "", "reason": ""}).status_code == 400
    officer.post(address, {"basis": "档案法", "reason": "Must be kept."})
    assert "Must be kept." in signed_in(person).get(erasure.get_absolute_url()).content.decode()


def test_an_officer_places_and_lifts_a_hold(person: User) -> None:
    officer, address = guard(), reverse("privacy:erasing:holds")
    given = {"who": person.email, "basis": "诉讼法", "reason": "Court case", "until": ""}
    assert officer.post(address, given).status_code == 302
    hold = LegalHold.objects.get()
    assert hold.scope_ref == person.row_id
    officer.post(reverse("privacy:erasing:hold", args=[hold.row_id]), {"reason": "over"})
    hold.refresh_from_db()
    assert hold.lift_reason == "over"
    assert officer.get(address).status_code == 200


def test_a_hold_can_name_a_record() -> None:
    feedback = factories.make_feedback()
    given = {"who": f"participation.feedback {feedback.row_id}", "basis": "法", "reason": "x"}
    guard().post(reverse("privacy:erasing:holds"), given)
    assert LegalHold.objects.get().record_ref == feedback.row_id


@pytest.mark.parametrize("who", ["nobody@example.org", "participation.feedback 7", "x.y", "participation.nothing 3"])
def test_a_hold_on_nothing_is_refused(who: str) -> None:
    answer = guard().post(reverse("privacy:erasing:holds"), {"who": who, "basis": "法", "reason": "x"})
    assert (answer.status_code, "Nobody, and no record, is found under this." in answer.content.decode()) == (400, True)


def test_the_queue_says_what_each_waits_for(person: User) -> None:
    officer = factories.make_officeholder(Role.PRIVACY)
    place_hold(subject=person.sealing_subject(), basis="诉讼法第七条", reason="x", acting_user=officer)
    asked(person)
    assert "诉讼法第七条" in signed_in(officer).get(reverse("privacy:erasing:queue")).content.decode()


def test_an_officer_starts_one_for_somebody_and_may_take_it_back(person: User) -> None:
    officer, address = guard(), reverse("privacy:erasing:queue")
    assert officer.post(address, {"email": "nobody@example.org"}).status_code == 400
    assert "Take it back" in officer.post(address, {"email": person.email}, follow=True).content.decode()
    assert officer.post(address, {"email": person.email}).status_code == 409
    erasure = Erasure.objects.get()
    officer.post(reverse("privacy:erasing:withdraw", args=[erasure.row_id]))
    erasure.refresh_from_db()
    assert erasure.state == "withdrawn"


def test_letters_say_that_it_was_asked_for(
    person: User, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        erasure = asked(person)
    (letter,) = mailoutbox
    assert (letter.to, str(erasure.row_id) in letter.body) == ([person.email], True)
