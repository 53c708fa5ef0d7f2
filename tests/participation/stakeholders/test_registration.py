"""The life of a registration: papers, verification, expiry, renewal; and mandates."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from participation.stakeholders.models import Mandate, Organisation, StakeholderGroup, User
from participation.stakeholders.queries import organisations_waiting, standings_of
from participation.stakeholders.registration.actions import (
    ask_renewal,
    expire_organisations,
    grant_mandate,
    hand_in_document,
    remove_document,
    revoke_mandate,
    verify_organisation,
)
from participation.stakeholders.registration.models import RegistrationDocument
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed
from privacy.access.models import AccessEvent
from tests import log_entries
from tests.factories import make_moderator, make_organisation, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PDF = b"%PDF-1.7 certificate of registration"
Status = Organisation.Status


def owned(**fields: Any) -> tuple[User, Organisation]:
    owner = make_user()
    return owner, make_organisation(member=owner, **fields)


def paper(owner: User, organisation: Organisation, **fields: Any) -> RegistrationDocument:
    values = {"kind": "certificate", "file": SimpleUploadedFile("登记证书.pdf", PDF), "acting_user": owner, **fields}
    return hand_in_document(organisation, **values)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: Any) -> str:
    return reverse(f"participation:stakeholders:{name}", args=args)


# Papers ---------------------------------------------------------------------------------------------------


def test_a_paper_is_sealed_and_its_leaf_tells_nothing_of_it() -> None:
    owner, organisation = owned(status=Status.PENDING)
    document = paper(owner, organisation)
    stored = document.file.storage.open(document.file.name, "rb").read()
    entry = log_entries.entry(record_ref=document.row_id)
    assert (PDF in stored, entry.kind, "登记证书" in entry.leaf) == (False, "document.handed_in", False)


def test_only_an_owner_hands_in_papers() -> None:
    owner, organisation = owned()
    member = make_user()
    grant_mandate(organisation, person=member, acting_user=owner)
    with pytest.raises(NotAllowed):
        paper(member, organisation)


def test_a_program_is_no_paper() -> None:
    owner, organisation = owned()
    with pytest.raises(Invalid) as refused:
        paper(owner, organisation, file=SimpleUploadedFile("a.pdf", b"MZ\x90"))
    assert refused.value.data == {"field": "file"}


def test_a_paper_is_taken_back_but_not_while_it_is_looked_at() -> None:
    owner, organisation = owned(status=Status.PENDING)
    document = paper(owner, organisation)
    with pytest.raises(Conflict):
        remove_document(document, acting_user=owner)
    Organisation.objects.filter(pk=organisation.pk).update(status=Status.VERIFIED)
    remove_document(RegistrationDocument.objects.get(), acting_user=owner)
    assert RegistrationDocument.objects.count() == 0


def test_a_moderator_reads_a_paper_for_a_purpose_and_only_until_the_decision() -> None:
    owner, organisation = owned(status=Status.PENDING)
    address = url("paper", paper(owner, organisation).row_id)
    moderator = make_moderator()
    client = signed_in(moderator)
    assert (client.get(address).status_code, client.post(address, {"purpose": ""}).status_code) == (200, 400)
    handed_out = client.post(address, {"purpose": "核对登记证书"})
    assert b"".join(handed_out.streaming_content) == PDF
    event = AccessEvent.objects.get()
    assert (event.purpose, event.actor) == ("核对登记证书", moderator)
    verify_organisation(organisation, accept=True, reason="", acting_user=moderator)
    assert client.get(address).status_code == 404


@pytest.mark.parametrize("who", ["visitor", "stranger", "member"])
def test_nobody_else_finds_a_paper(who: str) -> None:
    owner, organisation = owned(status=Status.PENDING)
    address = url("paper", paper(owner, organisation).row_id)
    member = make_user()
    grant_mandate(organisation, person=member, acting_user=owner)
    client = {"visitor": Client(), "stranger": signed_in(make_user()), "member": signed_in(member)}[who]
    assert client.get(address).status_code == (401 if who == "visitor" else 404)


# Verification -----------------------------------------------------------------------------------------------


def test_a_verification_has_its_dates() -> None:
    organisation = make_organisation(status=Status.PENDING)
    today = timezone.localdate()
    decided = verify_organisation(
        organisation, accept=True, reason="", accredited_until=today + timedelta(days=90), acting_user=make_moderator()
    )
    assert (decided.verified_on, decided.valid_until, decided.is_accredited) == (
        today,
        today + timedelta(days=730),
        True,
    )


@pytest.mark.parametrize("field", ["valid_until", "accredited_until"])
def test_a_day_in_the_past_is_refused(field: str) -> None:
    organisation = make_organisation(status=Status.PENDING)
    with pytest.raises(Invalid) as refused:
        verify_organisation(
            organisation, accept=True, reason="", acting_user=make_moderator(), **{field: date(2020, 1, 1)}
        )
    assert refused.value.data == {"field": field}


def test_what_is_over_expires_once_and_nobody_speaks_for_it() -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    owner, organisation = owned(valid_until=yesterday)
    make_organisation(valid_until=timezone.localdate())
    assert (expire_organisations(acting_user=None), expire_organisations(acting_user=None)) == (1, 0)
    organisation.refresh_from_db()
    assert (organisation.status, len(standings_of(owner))) == ("expired", 1)
    assert log_entries.entry(record_ref=organisation.row_id).kind == "organisation.verified"


def test_a_renewal_leaves_the_organisation_its_voice_until_the_decision() -> None:
    owner, organisation = owned(valid_until=timezone.localdate() + timedelta(days=5))
    ask_renewal(organisation, acting_user=owner)
    assert (len(standings_of(owner)), list(organisations_waiting())) == (2, [organisation])
    renewed = verify_organisation(organisation, accept=True, reason="", acting_user=make_moderator())
    assert (renewed.renewal_asked_at, renewed.valid_until) == (None, timezone.localdate() + timedelta(days=730))


@pytest.mark.parametrize("status", [Status.EXPIRED, Status.REJECTED])
def test_an_organisation_that_lost_it_asks_again(status: str) -> None:
    owner, organisation = owned(status=status)
    assert ask_renewal(organisation, acting_user=owner).status == Status.PENDING
    with pytest.raises(Conflict):
        ask_renewal(organisation, acting_user=owner)


def test_a_rejected_one_does_not_come_back_beside_another_with_its_code() -> None:
    owner, organisation = owned(status=Status.REJECTED)
    other = make_organisation()
    Organisation.objects.filter(pk=other.pk).update(credit_code=organisation.credit_code)
    with pytest.raises(Conflict):
        ask_renewal(organisation, acting_user=owner)


def test_the_code_whose_check_fails_is_warned_about_and_taken() -> None:
    person = make_user()
    data = {"group": StakeholderGroup.ENTERPRISE, "name": "河西印务", "credit_code": "91350100M000100Y44"}
    page = signed_in(person).post(url("register_organisation"), data, follow=True)
    levels = [message.level_tag for message in page.context["messages"]]
    assert (Organisation.objects.get().credit_code, levels) == ("91350100M000100Y44", ["success", "warning"])


# Mandates ---------------------------------------------------------------------------------------------------


def test_a_mandate_ends_with_its_day_and_makes_room_for_another() -> None:
    owner, organisation = owned()
    member = make_user()
    mandate = grant_mandate(
        organisation, person=member, expires_at=timezone.now() + timedelta(days=1), acting_user=owner
    )
    assert len(standings_of(member)) == 2
    Mandate.objects.filter(pk=mandate.pk).update(expires_at=timezone.now() - timedelta(seconds=1))
    assert len(standings_of(member)) == 1
    assert grant_mandate(organisation, person=member, acting_user=owner).pk != mandate.pk
    assert len(standings_of(member)) == 2


@pytest.mark.parametrize("days", [-1, 1200])
def test_the_end_of_a_mandate_lies_within_three_years(days: int) -> None:
    owner, organisation = owned()
    with pytest.raises(Invalid):
        grant_mandate(
            organisation, person=make_user(), expires_at=timezone.now() + timedelta(days=days), acting_user=owner
        )


def test_an_owner_ends_a_mandate_and_it_is_on_record_with_the_actor() -> None:
    owner, organisation = owned()
    mandate = grant_mandate(organisation, person=make_user(), acting_user=owner)
    revoked = revoke_mandate(mandate, acting_user=owner)
    kinds = [entry.kind for entry in log_entries.entries(record_ref=mandate.row_id)]
    assert kinds == ["mandate.granted", "mandate.revoked"]
    assert revoked.history.first().history_user == owner
    with pytest.raises(Conflict):
        revoke_mandate(mandate, acting_user=owner)


def test_everybody_lays_down_their_own_mandate_and_nobody_that_of_others() -> None:
    owner, organisation = owned()
    one, other = make_user(), make_user()
    mandates = [grant_mandate(organisation, person=person, acting_user=owner) for person in (one, other)]
    with pytest.raises(NotAllowed):
        revoke_mandate(mandates[1], acting_user=one)
    assert revoke_mandate(mandates[0], acting_user=one).revoked_at is not None


def test_the_last_owner_stays() -> None:
    owner, organisation = owned()
    with pytest.raises(Conflict):
        revoke_mandate(organisation.mandates.get(), acting_user=owner)
    grant_mandate(organisation, person=make_user(), is_owner=True, acting_user=owner)
    revoke_mandate(organisation.mandates.get(person=owner), acting_user=owner)
    assert organisation.mandates.current().count() == 1


def test_one_current_mandate_a_person_and_organisation() -> None:
    owner, organisation = owned()
    with pytest.raises(GongzhiError):
        grant_mandate(organisation, person=owner, acting_user=owner)
    with pytest.raises(IntegrityError), transaction.atomic():
        Mandate.objects.create(person=owner, organisation=organisation)


def test_an_owner_grants_and_ends_on_the_page() -> None:
    owner, organisation = owned()
    member = make_user()
    client = signed_in(owner)
    address = url("mandates", organisation.row_id)
    assert client.post(address, {"person": "nobody@example.org"}).status_code == 400
    assert client.post(address, {"person": member.email, "expires_on": ""}).status_code == 302
    mandate = organisation.mandates.get(person=member)
    assert member.display_name in client.get(address).content.decode()
    assert client.post(url("revoke_mandate", organisation.row_id, mandate.row_id)).status_code == 302
    mandate.refresh_from_db()
    assert mandate.revoked_at is not None


@pytest.mark.parametrize("name", ["mandates", "papers"])
def test_the_pages_of_owners_are_found_by_owners_only(name: str) -> None:
    owner, organisation = owned()
    found = [signed_in(person).get(url(name, organisation.row_id)).status_code for person in (owner, make_user())]
    assert found == [200, 404]


def test_an_owner_hands_in_a_paper_on_the_page_and_asks_for_renewal() -> None:
    owner, organisation = owned()
    client = signed_in(owner)
    address = url("papers", organisation.row_id)
    data = {"kind": "certificate", "file": SimpleUploadedFile("证书.pdf", PDF)}
    assert client.post(address, data).status_code == 302
    assert client.post(url("renew_organisation", organisation.row_id)).status_code == 302
    organisation.refresh_from_db()
    assert (organisation.documents.count(), organisation.awaits_decision) == (1, True)
    page = signed_in(make_moderator()).get(url("verify_organisation", organisation.row_id)).content.decode()
    assert url("paper", organisation.documents.get().row_id) in page
