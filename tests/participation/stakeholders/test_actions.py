"""Organisations and the people behind them."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection

from participation.stakeholders.actions import change_profile, register_organisation, verify_organisation
from participation.stakeholders.credit_code import check_character, has_valid_check, is_well_formed
from participation.stakeholders.models import Organisation, StakeholderGroup
from participation.stakeholders.queries import standings_of
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed, SignInRequired
from privacy.history.queries import history_of
from privacy.log.models import LogEntry
from tests.factories import make_moderator, make_organisation, make_user

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
    entry = LogEntry.objects.get(record_ref=organisation.row_id)
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


def test_the_profile_is_changed_by_its_owner_and_leaves_history() -> None:
    person = make_user()
    change_profile(display_name=" 新名字 ", preferred_language="en", phone="138", acting_user=person)
    person.refresh_from_db()
    assert (person.display_name, person.phone) == ("新名字", "138")
    assert history_of(person)[0].who == "新名字"


def test_saving_the_same_number_again_does_not_look_like_a_change() -> None:
    person = make_user(phone="13800138000")
    change_profile(display_name="新名字", preferred_language="zh-hans", phone="13800138000", acting_user=person)
    assert "telephone" not in str(history_of(person)[0].changed).lower()
    assert len(history_of(person)[0].changed) == 1


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
