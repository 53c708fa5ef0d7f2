"""Organisations and the people behind them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from participation.stakeholders.actions import (
    change_organisation,
    change_profile,
    open_organisation_values,
    open_owner_values,
    register_organisation,
)
from participation.stakeholders.credit_code import check_character, has_valid_check, is_well_formed
from participation.stakeholders.models import Organisation, Role, StakeholderGroup, User
from participation.stakeholders.queries import standings_of
from participation.stakeholders.registration.actions import grant_mandate, verify_organisation
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed, SignInRequired
from privacy.access.errors import ReasonRequired
from privacy.access.models import AccessEvent
from privacy.access.recording import reading
from privacy.history.actor import acting
from privacy.history.queries import history_of
from privacy.sealing.keys import Subject
from privacy.sealing.ring import shred
from tests import log_entries
from tests.factories import make_moderator, make_officeholder, make_organisation, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]

STEM = "52310000500000002"
CODE = STEM + check_character(STEM)


def register(**fields: Any) -> Organisation:
    values = {"group": StakeholderGroup.SOCIAL_ORGANISATION, "name": "评估中心", "credit_code": CODE, **fields}
    values.setdefault("acting_user", None)
    values["acting_user"] = values["acting_user"] or make_user()
    return register_organisation(**values)


@pytest.mark.parametrize(
    ("code", "well_formed", "valid"),
    [
        ("91350100M000100Y43", True, True),
        ("91350100M000100Y44", True, False),
        ("91350100M000100Y4", False, False),
        ("91350100M000100YI3", False, False),
        ("91350100m000100y43", False, False),
    ],
)
def test_the_credit_code_follows_gb_32100(code: str, well_formed: bool, valid: bool) -> None:
    assert (is_well_formed(code), has_valid_check(code)) == (well_formed, valid)


def test_a_wrong_check_character_is_accepted_because_real_ones_exist() -> None:
    wrong = STEM + ("0" if CODE[-1] != "0" else "1")
    assert register(credit_code=wrong).credit_code == wrong


def test_registration_leaves_one_leaf_that_names_nobody() -> None:
    organisation = register()
    entry = log_entries.entry(record_ref=organisation.row_id)
    assert (entry.kind, "评估中心" in entry.leaf, CODE in entry.leaf) == ("organisation.registered", False, False)


@pytest.mark.parametrize(("user", "error"), [(AnonymousUser(), SignInRequired), ("unconfirmed", NotAllowed)])
def test_registering_needs_a_confirmed_person(user: Any, error: type[GongzhiError]) -> None:
    person = make_user(verified=False) if user == "unconfirmed" else user
    with pytest.raises(error):
        register(acting_user=person)


@pytest.mark.parametrize("group", ["citizen", "", "martian"])
def test_an_organisation_is_of_a_kind_that_organisations_are_of(group: str) -> None:
    with pytest.raises(Invalid) as refused:
        register(group=group)
    assert refused.value.data == {"field": "group"}


def test_a_member_speaks_for_the_organisation_once_it_is_verified() -> None:
    owner = make_user()
    organisation = register(acting_user=owner)
    assert [standing.organisation for standing in standings_of(owner)] == [None]
    verify_organisation(organisation, accept=True, reason="与登记一致", acting_user=make_moderator())
    assert [standing.organisation for standing in standings_of(owner)] == [None, organisation]


def test_a_decision_is_taken_once_and_kept_with_actor_and_reason() -> None:
    organisation, moderator = make_organisation(status="pending"), make_moderator()
    decided = verify_organisation(organisation, accept=False, reason="名称不符", acting_user=moderator)
    assert (history_of(decided)[0].who, history_of(decided)[0].reason) == (moderator.display_name, "名称不符")
    with pytest.raises(Conflict):
        verify_organisation(organisation, accept=True, reason="", acting_user=moderator)


def profile(person: Any, **fields: Any) -> Any:
    values = {"display_name": "河西居民", "preferred_language": "zh-hans", "acting_user": person, **fields}
    change_profile(**values)
    return User.objects.get(pk=person.pk)


def test_the_profile_is_changed_by_its_owner_and_leaves_history() -> None:
    person = profile(make_user(), display_name=" 新名字 ", preferred_language="en", sealed={"phone": "138 0013 8000"})
    assert (person.display_name, person.phone) == ("新名字", "+8613800138000")
    assert history_of(person)[0].who == "新名字"


def test_saving_the_same_number_again_does_not_look_like_a_change() -> None:
    person = make_user(phone="+8613800138000")
    profile(person, sealed={"phone": "13800138000"})
    assert len(history_of(person)[0].changed) == 1


def test_what_is_left_out_stays_and_none_removes() -> None:
    person = make_user(phone="+8613800138000", real_name="梅晨", contact_address="柳溪街 7 号")
    kept = profile(person, sealed={"contact_address": None})
    with acting(kept):
        assert (kept.phone, kept.real_name, kept.contact_address) == ("+8613800138000", "梅晨", None)


@pytest.mark.parametrize(
    ("sealed", "field"),
    [
        ({"phone": "12345"}, "phone"),
        ({"real_name": "名" * 101}, "real_name"),
        ({"contact_address": "路" * 301}, "contact_address"),
        ({"identity_number": "11010519491231002Y"}, "identity_number"),
    ],
)
def test_a_bad_sealed_value_is_refused_with_its_field(sealed: dict[str, str], field: str) -> None:
    person = make_user()
    with pytest.raises(Invalid) as refused:
        profile(person, sealed=sealed)
    assert (refused.value.data, User.objects.get(pk=person.pk).history.count()) == ({"field": field}, 1)


def test_the_number_of_another_document_is_taken_as_it_is() -> None:
    person = profile(make_user(), sealed={"identity_number": "e1234 5678"}, identity_document="other")
    with acting(person):
        assert person.identity_number == "E12345678"


def test_the_database_holds_only_ciphertext_of_a_person_in_history_too() -> None:
    values = {
        "phone": "13800138000",
        "real_name": "梅晨",
        "contact_address": "柳溪街 7 号",
        "identity_number": "11010519491231002X",
    }
    profile(make_user(), sealed=values)
    with connection.cursor() as cursor:
        for table in ("participation_user", "participation_historicaluser"):
            cursor.execute(f"SELECT {', '.join(values)} FROM {table} ORDER BY 1 DESC")
            stored = b"".join(bytes(cell) for row in cursor.fetchall() for cell in row if cell is not None)
            found = [text for text in ("+8613800138000", *values.values()) if text.encode() in stored]
            assert (found, len(stored) > 200) == ([], True)


# Sealed details of an organisation ------------------------------------------------------------------

DETAILS = {"legal_representative": "宋芸", "bank_name": "云川银行 柳溪支行", "bank_account": "6222 0000 1234 5678"}


def test_an_organisation_registers_with_its_sealed_details() -> None:
    organisation = Organisation.objects.get(pk=register(sealed=DETAILS).pk)
    held = (organisation.legal_representative, organisation.bank_name, organisation.bank_account)
    assert held == ("宋芸", "云川银行 柳溪支行", "6222000012345678")
    assert organisation.sealing_subject() == Subject("organisation", organisation.row_id)


def test_only_an_owner_changes_the_sealed_details() -> None:
    owner, member, stranger = make_user(), make_user(), make_user()
    organisation = make_organisation(member=owner)
    grant_mandate(organisation, person=member, acting_user=owner)
    for person in (member, stranger, make_moderator()):
        with pytest.raises(NotAllowed):
            change_organisation(organisation, sealed=DETAILS, acting_user=person)
    change_organisation(organisation, sealed=DETAILS, acting_user=owner)
    change_organisation(organisation, sealed={"bank_name": None}, acting_user=owner)
    organisation = Organisation.objects.get(pk=organisation.pk)
    assert (organisation.legal_representative, organisation.bank_name) == ("宋芸", None)


def test_a_verifying_moderator_opens_details_on_the_record_of_the_organisation() -> None:
    organisation, moderator = register(sealed=DETAILS), make_moderator()
    opened = open_organisation_values(
        organisation, ["bank_name", "bank_account"], purpose="与开户证明核对", acting_user=moderator
    )
    assert [value.text for value in opened] == ["云川银行 柳溪支行", "6222000012345678"]
    events = AccessEvent.objects.order_by("pk")
    assert [(event.purpose, event.subject_ref, event.fields) for event in events] == [
        ("与开户证明核对", organisation.row_id, ["bank_name"]),
        ("与开户证明核对", organisation.row_id, ["bank_account"]),
    ]


@pytest.mark.parametrize(("name", "value"), [("identity_number", "11010519491231002X"), ("real_name", "宋芸")])
def test_who_an_owner_is_gets_opened_for_a_typed_reason_only(name: str, value: str) -> None:
    owner = make_user(**{name: value})
    organisation, moderator = register(acting_user=owner), make_moderator()
    with pytest.raises(ReasonRequired), reading("看看", acting_user=moderator):
        getattr(User.objects.get(pk=owner.pk), name)
    assert AccessEvent.objects.count() == 0
    opened = open_owner_values(organisation.mandates.get(), [name], purpose="核对授权书", acting_user=moderator)
    event = AccessEvent.objects.get()
    assert [one.text for one in opened] == [value]
    assert (event.subject_ref, event.typed_reason) == (owner.row_id, "核对授权书")


@pytest.mark.parametrize(
    ("who", "status", "error"),
    [
        ("owner", "pending", NotAllowed),
        ("auditor", "pending", NotAllowed),
        ("stranger", "pending", NotAllowed),
        ("moderator", "verified", Conflict),
        ("moderator", "rejected", Conflict),
        ("moderator of it", "pending", NotAllowed),
    ],
)
def test_nobody_else_opens_details_and_no_moderator_once_it_is_decided(who: str, status: str, error: Any) -> None:
    owner, moderator = make_user(real_name="宋芸"), make_moderator()
    organisation = register(acting_user=moderator if who == "moderator of it" else owner, sealed=DETAILS)
    organisation.status = status
    organisation.save()
    people = {"owner": owner, "auditor": make_officeholder(Role.AUDITOR), "stranger": make_user()}
    person = people.get(who, moderator)
    with pytest.raises(error):
        open_organisation_values(organisation, ["bank_account"], purpose="看看", acting_user=person)
    with pytest.raises(error):
        open_owner_values(organisation.mandates.get(), ["real_name"], purpose="看看", acting_user=person)
    assert AccessEvent.objects.count() == 0


def test_without_a_purpose_no_detail_is_opened() -> None:
    organisation = register(sealed=DETAILS)
    with pytest.raises(Invalid) as refused:
        open_organisation_values(organisation, ["bank_account"], purpose=" ", acting_user=make_moderator())
    assert (refused.value.data, AccessEvent.objects.count()) == ({"field": "purpose"}, 0)


def test_a_detail_whose_key_is_destroyed_reads_as_erased() -> None:
    organisation = register(sealed=DETAILS)
    shred(organisation.sealing_subject())
    organisation = Organisation.objects.get(pk=organisation.pk)
    (opened,) = open_organisation_values(
        organisation, ["legal_representative"], purpose="核对", acting_user=make_moderator()
    )
    assert (opened.text, opened.is_erased) == ("", True)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_register_the_same_code_at_once_one_is_told() -> None:
    people = [make_user(), make_user()]
    outcomes: list[str] = []
    ready = threading.Barrier(2)

    def run(person: Any) -> None:
        try:
            ready.wait(10)
            register(acting_user=person)
            outcomes.append("registered")
        except GongzhiError as error:
            outcomes.append(error.code)
        finally:
            connection.close()

    threads = [threading.Thread(target=run, args=(person,)) for person in people]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(outcomes) == ["conflict", "registered"]


def test_a_registration_that_was_turned_down_does_not_block_the_real_organisation() -> None:
    pretender = make_organisation(status=Organisation.Status.REJECTED)
    registered = register_organisation(
        group=pretender.group, name="真的机构", credit_code=pretender.credit_code, acting_user=make_user()
    )
    assert registered.status == Organisation.Status.PENDING
