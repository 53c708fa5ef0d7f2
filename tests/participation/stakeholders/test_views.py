"""A person's own pages, and those of organisations."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from participation.consultations.actions import hide_contribution
from participation.feedback.actions import reveal_phone
from participation.stakeholders.credit_code import check_character
from participation.stakeholders.models import Organisation, Role, User
from participation.stakeholders.registration.actions import grant_mandate, verify_organisation
from privacy.access.models import AccessEvent
from privacy.history.actor import acting
from tests.factories import (
    make_evaluation,
    make_feedback,
    make_moderator,
    make_officeholder,
    make_organisation,
    make_user,
)

pytestmark = pytest.mark.django_db

STEM = "52310000500000001"
CODE = STEM + check_character(STEM)


def url(name: str, *args: Any, language: str = "zh-hans") -> str:
    with translation.override(language):
        return reverse(f"participation:{name}", args=args)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


# My page -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["me", "stakeholders:profile"])
def test_a_visitor_is_sent_to_sign_in_and_back(name: str) -> None:
    response = Client().get(url(name))
    assert (response.status_code, response["Location"]) == (302, f"{reverse('account_login')}?next={url(name)}")


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_my_page_shows_mine_with_what_became_of_it_and_nothing_of_others(language: str) -> None:
    person = make_user()
    mine, hidden, other = make_feedback(acting_user=person), make_feedback(acting_user=person), make_feedback()
    evaluation = make_evaluation(acting_user=person)
    hide_contribution(hidden, rule=1, reason="含有他人住址", acting_user=make_moderator())
    page = signed_in(person).get(url("me", language=language)).content.decode()
    shown = [
        f'id="{kind}-{record.row_id}"' in page
        for kind, record in (("feedback", mine), ("feedback", hidden), ("evaluation", evaluation), ("feedback", other))
    ]
    assert (shown, "含有他人住址" in page) == ([True, True, True, False], True)


def test_my_page_tells_who_opened_my_number_and_why() -> None:
    person, moderator = make_user(), make_moderator()
    assert "回电核实" not in signed_in(person).get(url("me")).content.decode()
    feedback = make_feedback(acting_user=person, callback_phone="13800138000")
    reveal_phone(feedback, purpose="回电核实", acting_user=moderator)
    page = signed_in(person).get(url("me")).content.decode()
    assert (moderator.display_name in page, "回电核实" in page, "13800138000" in page) == (True, True, False)


def test_an_unconfirmed_address_is_pointed_out_with_a_way_to_confirm() -> None:
    unconfirmed = signed_in(make_user(verified=False)).get(url("me")).content.decode()
    confirmed = signed_in(make_user()).get(url("me")).content.decode()
    assert (unconfirmed.count('class="callout warn"'), confirmed.count('class="callout warn"')) == (1, 0)


def test_my_page_lists_the_organisations_i_speak_for() -> None:
    person = make_user()
    mine, other = make_organisation(member=person), make_organisation()
    page = signed_in(person).get(url("me")).content.decode()
    assert (mine.get_absolute_url() in page, other.get_absolute_url() in page) == (True, False)


def test_the_waiting_organisations_are_pointed_out_to_moderators_only() -> None:
    make_organisation(status="pending")
    waiting = f'href="{url("stakeholders:organisations")}"'
    assert waiting in signed_in(make_moderator()).get(url("me")).content.decode()
    assert waiting not in signed_in(make_user()).get(url("me")).content.decode()


# Profile -----------------------------------------------------------------------------------------


PROFILE = {"display_name": "河西居民", "preferred_language": "en"}


def test_the_profile_keeps_the_number_sealed_and_shows_it_to_its_owner_on_request() -> None:
    person = make_user()
    client = signed_in(person)
    data = {**PROFILE, "phone": "13800138000"}
    assert client.post(url("stakeholders:profile"), data).status_code == 302
    stored = User.objects.get(pk=person.pk)
    with acting(person):
        assert (stored.display_name, stored.preferred_language, stored.phone) == ("河西居民", "en", "+8613800138000")
    masked = client.get(url("stakeholders:profile"))
    shown = client.get(url("stakeholders:profile"), {"show": "phone"})
    found = ["+8613800138000" in page.content.decode() for page in (masked, shown)]
    assert (found, "••••••8000" in masked.content.decode()) == ([False, True], True)
    assert ("no-store" in shown["Cache-Control"], AccessEvent.objects.count()) == (True, 0)


@pytest.mark.parametrize(
    ("name", "text", "mask"),
    [
        ("phone", "+8613800138000", "••••••8000"),
        ("contact_address", "云川市柳溪区柳溪街 7 号 402", "云川市柳溪区••••••"),
        ("real_name", "梅晨", "梅••••••"),
        ("identity_number", "11010519491231002X", "••••••"),
    ],
)
def test_an_own_value_is_masked_until_its_owner_asks_for_it(name: str, text: str, mask: str) -> None:
    client = signed_in(make_user(**{name: text}))
    masked = client.get(url("stakeholders:profile")).content.decode()
    shown = client.get(url("stakeholders:profile"), {"show": name}).content.decode()
    assert (text in masked, mask in masked, text in shown) == (False, True, True)


def test_the_profile_says_that_the_address_for_signing_in_is_not_sealed() -> None:
    person = make_user()
    page = signed_in(person).get(url("stakeholders:profile", language="en")).content.decode()
    assert (person.email in page, "It is not sealed" in page) == (True, True)


def test_an_empty_field_keeps_what_is_there_and_a_tick_removes_it() -> None:
    person = make_user(phone="+8613800138000")
    client = signed_in(person)
    client.post(url("stakeholders:profile"), {**PROFILE, "phone": ""})
    kept = User.objects.get(pk=person.pk).phone
    client.post(url("stakeholders:profile"), {**PROFILE, "remove_phone": "on"})
    assert (kept, User.objects.get(pk=person.pk).phone) == ("+8613800138000", None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"display_name": ""}, "display_name"),
        ({"preferred_language": "fr"}, "preferred_language"),
        ({"phone": "1" * 41}, "phone"),
        ({"phone": "call me"}, "phone"),
        ({"identity_number": "11010519491231002Y"}, "identity_number"),
        ({"identity_number": "€", "identity_document": "other"}, "identity_number"),
        ({"phone": "13800138000", "remove_phone": "on"}, "phone"),
    ],
)
def test_a_bad_profile_is_refused_beside_its_field_and_nothing_typed_is_lost(
    changes: dict[str, str], field: str
) -> None:
    data = {**PROFILE, "contact_address": "柳溪街 7 号", **changes}
    response = signed_in(make_user(phone="+8613900139000")).post(url("stakeholders:profile"), data)
    assert (response.status_code, list(response.context["form"].errors)) == (400, [field])
    assert "柳溪街 7 号" in response.content.decode()


# Sealed details of an organisation ---------------------------------------------------------------

DETAILS = {"legal_representative": "宋芸女士", "bank_name": "云川银行", "bank_account": "6222000012345678"}


def test_owners_see_and_change_the_sealed_details_on_the_record() -> None:
    owner = make_user()
    organisation, client = make_organisation(member=owner), signed_in(owner)
    address = url("stakeholders:organisation_details", organisation.row_id)
    assert client.post(address, DETAILS).status_code == 302
    masked = client.get(address).content.decode()
    assert ([text in masked for text in DETAILS.values()], AccessEvent.objects.count()) == ([False] * 3, 0)
    shown = client.get(address, {"show": "bank_account"})
    assert ("6222000012345678" in shown.content.decode(), "no-store" in shown["Cache-Control"]) == (True, True)
    event = AccessEvent.objects.get()
    assert (event.actor, event.subject_ref, event.fields) == (owner, organisation.row_id, ["bank_account"])


@pytest.mark.parametrize("who", ["member", "stranger", "moderator", "auditor"])
def test_the_page_of_the_sealed_details_is_there_for_owners_only(who: str) -> None:
    owner, member = make_user(), make_user()
    organisation = make_organisation(member=owner, **DETAILS)
    grant_mandate(organisation, person=member, acting_user=owner)
    people = {
        "member": lambda: member,
        "stranger": make_user,
        "moderator": make_moderator,
        "auditor": lambda: make_officeholder(Role.AUDITOR),
    }
    client, address = signed_in(people[who]()), url("stakeholders:organisation_details", organisation.row_id)
    assert [client.get(address).status_code, client.post(address, {}).status_code] == [404, 404]


def test_the_page_of_an_organisation_tells_nobody_its_sealed_details() -> None:
    owner = make_user()
    organisation = make_organisation(member=owner, **DETAILS)
    clients = [Client(), signed_in(owner), signed_in(make_moderator()), signed_in(make_officeholder(Role.AUDITOR))]
    pages = "".join(client.get(organisation.get_absolute_url()).content.decode() for client in clients)
    assert [text for text in DETAILS.values() if text in pages] == []


def test_the_verifying_moderator_opens_details_for_a_purpose_and_sees_them_once() -> None:
    owner = make_user(real_name="宋芸芸")
    organisation = make_organisation(status="pending", member=owner, **DETAILS)
    client = signed_in(make_moderator())
    page = client.get(url("stakeholders:verify_organisation", organisation.row_id)).content.decode()
    bank = url("stakeholders:open_organisation", organisation.row_id, "bank")
    name = url("stakeholders:open_owner", organisation.row_id, owner.row_id, "real_name")
    assert ([bank in page, name in page], "6222000012345678" in page, "宋芸芸" in page) == ([True, True], False, False)
    refused = client.post(bank, {"purpose": " "})
    assert (refused.status_code, AccessEvent.objects.count()) == (400, 0)
    opened = client.post(bank, {"purpose": "与开户证明核对"})
    assert (opened.status_code, "6222000012345678" in opened.content.decode()) == (200, True)
    assert "宋芸芸" in client.post(name, {"purpose": "核对授权书"}).content.decode()
    assert "no-store" in opened["Cache-Control"]


@pytest.mark.parametrize(
    ("who", "status"), [("visitor", 401), ("citizen", 403), ("owner", 403), ("auditor", 403), ("moderator", 200)]
)
def test_who_opens_the_details_of_an_organisation_that_waits(who: str, status: int) -> None:
    owner = make_user(real_name="宋芸芸")
    organisation = make_organisation(status="pending", member=owner, **DETAILS)
    people = {
        "citizen": make_user,
        "owner": lambda: owner,
        "auditor": lambda: make_officeholder(Role.AUDITOR),
        "moderator": make_moderator,
    }
    client = signed_in(people[who]()) if who in people else Client()
    addresses = [
        url("stakeholders:open_organisation", organisation.row_id, "bank"),
        url("stakeholders:open_owner", organisation.row_id, owner.row_id, "real_name"),
    ]
    answers = [client.post(address, {"purpose": "核对"}).status_code for address in addresses]
    assert (answers, AccessEvent.objects.count() > 0) == ([status, status], status == 200)


@pytest.mark.parametrize("name", ["password", "email", "credit_code", "phone"])
def test_only_what_is_offered_can_be_opened_of_an_organisation(name: str) -> None:
    organisation = make_organisation(status="pending", member=make_user(), **DETAILS)
    address = url("stakeholders:open_organisation", organisation.row_id, name)
    assert signed_in(make_moderator()).post(address, {"purpose": "核对"}).status_code == 404


def test_who_is_no_owner_is_not_opened_by_way_of_an_organisation() -> None:
    stranger = make_user(real_name="别人")
    organisation = make_organisation(status="pending", member=make_user())
    address = url("stakeholders:open_owner", organisation.row_id, stranger.row_id, "real_name")
    assert signed_in(make_moderator()).post(address, {"purpose": "核对"}).status_code == 404


def test_a_rejected_owner_still_reads_the_reason_after_changing_the_details() -> None:
    owner = make_user()
    organisation = make_organisation(status="pending", member=owner)
    verify_organisation(organisation, accept=False, reason="名称与登记不符", acting_user=make_moderator())
    client = signed_in(owner)
    client.post(url("stakeholders:organisation_details", organisation.row_id), DETAILS)
    page = client.get(organisation.get_absolute_url()).content.decode()
    assert "<p>原因：名称与登记不符</p>" in page or page.count("名称与登记不符") == 2


# Organisations -------------------------------------------------------------------------------------


def registration(**changes: str) -> dict[str, str]:
    return {"group": "social_organisation", "name": "云川公益评估中心", "name_en": "", "credit_code": CODE, **changes}


def test_registering_waits_for_verification_and_makes_an_owner() -> None:
    person = make_user()
    response = signed_in(person).post(url("stakeholders:register_organisation"), registration())
    organisation = Organisation.objects.get()
    assert (response.status_code, response["Location"]) == (302, organisation.get_absolute_url())
    assert (organisation.status, organisation.mandates.get().person, organisation.mandates.get().is_owner) == (
        "pending",
        person,
        True,
    )


def test_a_code_is_taken_as_printed_on_the_certificate() -> None:
    typed = f"{CODE[:2]} {CODE[2:8]} {CODE[8:]}".lower()
    signed_in(make_user()).post(url("stakeholders:register_organisation"), registration(credit_code=typed))
    assert Organisation.objects.get().credit_code == CODE


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"credit_code": "123"}, "credit_code"),
        ({"credit_code": "I" * 18}, "credit_code"),
        ({"group": "citizen"}, "group"),
        ({"name": " "}, "name"),
    ],
)
def test_a_bad_registration_is_refused_beside_its_field(changes: dict[str, str], field: str) -> None:
    response = signed_in(make_user()).post(url("stakeholders:register_organisation"), registration(**changes))
    assert (response.status_code, list(response.context["form"].errors)) == (400, [field])


def test_a_code_that_is_taken_is_a_conflict_with_everything_kept() -> None:
    Organisation.objects.create(group="enterprise", name="甲", credit_code=CODE)
    response = signed_in(make_user()).post(url("stakeholders:register_organisation"), registration())
    assert (response.status_code, list(response.context["form"].errors)) == (409, ["credit_code"])
    assert "云川公益评估中心" in response.content.decode()


@pytest.mark.parametrize(("who", "status"), [("visitor", 401), ("unverified", 403)])
def test_who_may_not_register_is_refused_with_everything_kept(who: str, status: int) -> None:
    client = Client() if who == "visitor" else signed_in(make_user(verified=False))
    response = client.post(url("stakeholders:register_organisation"), registration())
    assert (response.status_code, "云川公益评估中心" in response.content.decode()) == (status, True)


@pytest.mark.parametrize("status", ["verified", "pending", "rejected"])
def test_an_organisation_is_public_once_it_is_verified(status: str) -> None:
    member = make_user()
    organisation = make_organisation(member=member, status=status)
    readers = {
        "visitor": Client(),
        "stranger": signed_in(make_user()),
        "member": signed_in(member),
        "moderator": signed_in(make_moderator()),
        "auditor": signed_in(make_officeholder(Role.AUDITOR)),
    }
    found = {who for who, client in readers.items() if client.get(organisation.get_absolute_url()).status_code == 200}
    assert found == (set(readers) if status == "verified" else {"member", "moderator", "auditor"})


def test_who_acts_for_an_organisation_is_not_public() -> None:
    organisation = make_organisation(member=make_user(display_name="Very Distinct Name"))
    assert "Very Distinct Name" not in Client().get(organisation.get_absolute_url()).content.decode()


@pytest.mark.parametrize(("who", "status"), [("visitor", 401), ("citizen", 403), ("auditor", 403)])
def test_only_moderators_verify(who: str, status: int) -> None:
    organisation = make_organisation(status="pending")
    people = {"citizen": make_user, "auditor": lambda: make_officeholder(Role.AUDITOR)}
    client = signed_in(people[who]()) if who in people else Client()
    address = url("stakeholders:verify_organisation", organisation.row_id)
    answers = [client.get(url("stakeholders:organisations")), client.get(address), client.post(address)]
    assert [answer.status_code for answer in answers] == [status] * 3


def test_verifying_lets_the_organisation_speak() -> None:
    organisation, client = make_organisation(status="pending"), signed_in(make_moderator())
    assert organisation.name in client.get(url("stakeholders:organisations")).content.decode()
    address = url("stakeholders:verify_organisation", organisation.row_id)
    assert client.post(address, {"decision": "accept", "reason": "与登记一致"}).status_code == 302
    organisation.refresh_from_db()
    assert organisation.status == "verified"
    assert client.post(address, {"decision": "accept", "reason": ""}).status_code == 409


def test_a_rejection_needs_a_reason_that_the_owner_reads() -> None:
    owner = make_user()
    organisation, client = make_organisation(status="pending", member=owner), signed_in(make_moderator())
    address = url("stakeholders:verify_organisation", organisation.row_id)
    refused = client.post(address, {"decision": "reject", "reason": ""})
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["reason"])
    client.post(address, {"decision": "reject", "reason": "名称与登记不符"})
    assert "名称与登记不符" in signed_in(owner).get(organisation.get_absolute_url()).content.decode()


def test_nobody_verifies_the_own_organisation() -> None:
    moderator = make_moderator()
    organisation = make_organisation(status="pending", member=moderator)
    address = url("stakeholders:verify_organisation", organisation.row_id)
    assert signed_in(moderator).post(address, {"decision": "accept", "reason": ""}).status_code == 403
