"""How a telephone and a residence are confirmed."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import LazySettings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client, TestCase
from django.urls import reverse
from django.utils import timezone

from participation.stakeholders.actions import change_profile
from participation.stakeholders.identity_number import check_character
from participation.stakeholders.levels import Level, level_of, require_level
from participation.stakeholders.levels.actions import (
    ask_resident_check,
    check_against_roster,
    confirm_phone,
    decide_resident_check,
    discard_roster,
    load_roster,
    open_resident_values,
    send_phone_code,
    use_roster,
)
from participation.stakeholders.levels.models import PhoneCode, ResidentCheck, Roster, RosterEntry
from participation.stakeholders.levels.queries import is_roster_under_earlier_root
from participation.stakeholders.models import Role, User
from portal.errors import Closed, Conflict, Invalid, NotAllowed, SignInRequired, TooManyRequests
from privacy.sealing.reindexing import new_index_root
from tests import log_entries
from tests.factories import make_moderator, make_officeholder, make_user
from tests.participation.stakeholders import outbox

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PHONE = "+8613800138000"


def number(serial: int) -> str:
    stem = f"11010519491231{serial:03d}"
    return stem + check_character(stem)


@pytest.fixture(autouse=True)
def _outbox(settings: LazySettings) -> None:
    settings.SMS_BACKEND = "tests.participation.stakeholders.outbox.OutboxBackend"
    outbox.SENT.clear()


def sent_code(person: User) -> str:
    with TestCase.captureOnCommitCallbacks(execute=True):
        send_phone_code(acting_user=person)
    return last_code()


def last_code() -> str:
    (code,) = re.findall(r"\d{6}", outbox.SENT[-1][1])
    return str(code)


def renewed(person: User) -> User:
    return User.objects.get(pk=person.pk)


# Levels ---------------------------------------------------------------------------------------------------


def test_the_levels_follow_each_other() -> None:
    person = make_user(phone=PHONE)
    found = [level_of(None), level_of(make_user(verified=False)), level_of(person)]
    confirm_phone(sent_code(person), acting_user=person)
    found.append(level_of(renewed(person)))
    ResidentCheck.objects.create(person=person, status="confirmed")
    assert [*found, level_of(person)] == [Level.NONE, Level.NONE, Level.EMAIL, Level.PHONE, Level.RESIDENT]


@pytest.mark.parametrize(("level", "page"), [(Level.PHONE, "telephone"), (Level.RESIDENT, "residence")])
def test_a_level_that_is_missing_is_refused_with_what_would_help(level: Level, page: str) -> None:
    with pytest.raises(NotAllowed) as refused:
        require_level(make_user(), level)
    assert "My page" in str(refused.value.message) or "我的" in str(refused.value.message)
    with pytest.raises(SignInRequired):
        require_level(None, level)


# Telephone ------------------------------------------------------------------------------------------------


def test_a_code_has_six_digits_goes_to_the_number_and_lies_here_only_hashed() -> None:
    person = make_user(phone=PHONE)
    code = sent_code(person)
    assert (outbox.SENT[0][0], len(code), code.isdigit()) == (PHONE, 6, True)
    with connection.cursor() as cursor:
        cursor.execute("SELECT code_hash FROM participation_phonecode")
        assert code not in cursor.fetchone()[0]


def test_the_right_code_confirms_once() -> None:
    person = make_user(phone=PHONE)
    code = sent_code(person)
    assert confirm_phone(f" {code[:3]} {code[3:]}", acting_user=person).phone_verified_at is not None
    with pytest.raises(Invalid):
        confirm_phone(code, acting_user=person)
    with pytest.raises(Conflict):
        send_phone_code(acting_user=person)


def test_after_five_wrong_tries_the_right_code_is_wrong_too() -> None:
    person = make_user(phone=PHONE)
    code = sent_code(person)
    wrong = "000000" if code != "000000" else "111111"
    for _try in range(5):
        with pytest.raises(Invalid):
            confirm_phone(wrong, acting_user=person)
    with pytest.raises(Invalid):
        confirm_phone(code, acting_user=person)
    assert PhoneCode.objects.get().tries == 5


def test_a_code_is_worth_nothing_after_ten_minutes() -> None:
    person = make_user(phone=PHONE)
    code = sent_code(person)
    assert PhoneCode.objects.get().expires_at <= timezone.now() + timedelta(minutes=10)
    PhoneCode.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(Invalid):
        confirm_phone(code, acting_user=person)


def test_a_code_for_an_earlier_number_proves_nothing_about_a_new_one() -> None:
    person = make_user(phone=PHONE)
    code = sent_code(person)
    change(person, phone="13900139000")
    with pytest.raises(Invalid):
        confirm_phone(code, acting_user=person)


def change(person: User, **sealed: str | None) -> None:
    change_profile(
        display_name=person.display_name, preferred_language="zh-hans", sealed=sealed, acting_user=renewed(person)
    )


def test_another_number_is_not_confirmed_and_the_same_stays() -> None:
    person = make_user(phone=PHONE, phone_verified_at=timezone.now())
    change(person, phone="138 0013 8000")
    assert renewed(person).phone_verified_at is not None
    change(person, phone="13900139000")
    assert renewed(person).phone_verified_at is None


def test_codes_are_limited_by_person_and_by_number() -> None:
    first, second = make_user(phone=PHONE), make_user(phone=PHONE)
    for person in (first, first, second):
        send_phone_code(acting_user=person)
    with pytest.raises(TooManyRequests):
        send_phone_code(acting_user=second)


@pytest.mark.parametrize("backend", ["", "tests.participation.stakeholders.outbox.BrokenBackend"])
def test_without_a_gateway_it_says_so(settings: LazySettings, backend: str) -> None:
    settings.SMS_BACKEND = backend
    with pytest.raises(Closed), TestCase.captureOnCommitCallbacks(execute=True):
        send_phone_code(acting_user=make_user(phone=PHONE))


def test_the_console_prints_what_would_be_sent(settings: LazySettings, capsys: pytest.CaptureFixture[str]) -> None:
    settings.SMS_BACKEND = "participation.stakeholders.levels.sms.ConsoleBackend"
    with TestCase.captureOnCommitCallbacks(execute=True):
        send_phone_code(acting_user=make_user(phone=PHONE))
    assert capsys.readouterr().out.startswith(f"SMS to {PHONE}: ")


# Residence ------------------------------------------------------------------------------------------------


def asked(**fields: Any) -> ResidentCheck:
    return ask_resident_check(acting_user=make_user(identity_number=number(1)), **fields)


def test_an_officer_confirms_with_actor_and_leaf() -> None:
    check, moderator = asked(), make_moderator()
    decided = decide_resident_check(check, accept=True, reason="与身份证一致", acting_user=moderator)
    assert (decided.decided_by, level_of(decided.person)) == (moderator, Level.RESIDENT)
    kinds = [entry.kind for entry in log_entries.entries(record_ref=check.row_id)]
    assert kinds == ["resident.checked", "resident.checked"]


def test_a_refusal_needs_a_reason_and_may_be_asked_again() -> None:
    check = asked()
    with pytest.raises(Invalid):
        decide_resident_check(check, accept=False, reason=" ", acting_user=make_moderator())
    decide_resident_check(check, accept=False, reason="照片不清", acting_user=make_moderator())
    assert ask_resident_check(acting_user=check.person).status == "asked"


def test_it_is_asked_once_at_a_time_and_needs_a_number() -> None:
    check = asked()
    with pytest.raises(Conflict):
        ask_resident_check(acting_user=check.person)
    with pytest.raises(Invalid) as refused:
        ask_resident_check(acting_user=make_user())
    assert refused.value.data == {"field": "identity_number"}


def test_nobody_checks_themselves_and_only_moderators_check() -> None:
    moderator = make_moderator()
    User.objects.get(pk=moderator.pk)
    change(moderator, identity_number=number(3))
    own = ask_resident_check(acting_user=renewed(moderator))
    for person in (moderator, make_user(), make_officeholder(Role.AUDITOR)):
        with pytest.raises(NotAllowed):
            decide_resident_check(own, accept=True, reason="", acting_user=person)


def test_an_officer_opens_the_number_for_a_purpose_until_the_decision() -> None:
    check, moderator = asked(), make_moderator()
    opened = open_resident_values(check, "identity_number", purpose="核对身份证", acting_user=moderator)
    assert opened[0].text == number(1)
    decided = decide_resident_check(check, accept=True, reason="", acting_user=moderator)
    with pytest.raises(Conflict):
        open_resident_values(decided, "identity_number", purpose="核对身份证", acting_user=moderator)


def test_another_identity_number_is_not_confirmed() -> None:
    check = asked()
    decide_resident_check(check, accept=True, reason="", acting_user=make_moderator())
    change(check.person, identity_number=number(2))
    assert (level_of(renewed(check.person)), ResidentCheck.objects.get().status) == (Level.EMAIL, "ended")


# The roster -----------------------------------------------------------------------------------------------


def csv(*rows: str, header: str = "公民身份号码", encoding: str = "utf-8") -> SimpleUploadedFile:
    return SimpleUploadedFile("roster.csv", "\r\n".join([header, *rows]).encode(encoding))


def load(*rows: str, officer: User | None = None, **fields: Any) -> Roster:
    officer = officer or make_officeholder(Role.PRIVACY)
    return load_roster(csv(*rows, **fields), title="名册", source="公安局 2026 年 1 月", acting_user=officer)


def test_a_roster_names_problems_by_row_and_keeps_no_number() -> None:
    wrong = number(4)[:-1] + ("0" if number(4)[-1] != "0" else "1")
    roster = load(number(1), wrong, "", " " + number(1).lower(), number(2))
    told = [(row, wrong in words or number(1) in words) for row, words in roster.problems]
    assert (roster.rows_read, roster.entries.count(), told) == (4, 2, [(3, False), (5, False)])
    with connection.cursor() as cursor:
        cursor.execute("SELECT number_index FROM participation_rosterentry")
        assert all(number(1).encode() not in bytes(row[0]) for row in cursor.fetchall())


@pytest.mark.parametrize("encoding", ["utf-8-sig", "gb18030"])
def test_a_roster_of_an_office_program_is_read(encoding: str) -> None:
    row = f"梅晨,{number(1)},居民身份证"
    assert load(row, header="姓名,身份证号,证件类型", encoding=encoding).entries.count() == 1


def test_a_file_without_the_column_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        load("梅晨", header="姓名")
    assert (refused.value.data, Roster.objects.count()) == ({"field": "file"}, 0)


def test_only_a_privacy_officer_loads_uses_and_discards() -> None:
    roster = load(number(1))
    for act in (use_roster, discard_roster):
        with pytest.raises(NotAllowed):
            act(roster, acting_user=make_moderator())
    with pytest.raises(NotAllowed):
        load(number(1), officer=make_moderator())


def test_a_roster_counts_once_it_is_used_and_replaces_the_one_before() -> None:
    officer = make_officeholder(Role.PRIVACY)
    person = make_user(identity_number=number(1))
    first = load(number(1), officer=officer)
    with pytest.raises(Invalid):
        check_against_roster(acting_user=person)
    use_roster(first, acting_user=officer)
    assert check_against_roster(acting_user=person).status == "confirmed"
    use_roster(load(number(2), officer=officer), acting_user=officer)
    assert (RosterEntry.objects.count(), level_of(person)) == (1, Level.RESIDENT)
    with pytest.raises(Conflict):
        use_roster(first, acting_user=officer)


def test_two_accounts_with_one_number_are_not_both_residents_and_learn_nothing() -> None:
    officer = make_officeholder(Role.PRIVACY)
    use_roster(load(number(1), officer=officer), acting_user=officer)
    first, second, stranger = (make_user(identity_number=number(serial)) for serial in (1, 1, 2))
    check_against_roster(acting_user=first)
    refusals = []
    for person in (second, stranger):
        with pytest.raises(Invalid) as refused:
            check_against_roster(acting_user=person)
        refusals.append(str(refused.value.message))
    assert refusals[0] == refusals[1]


def test_after_a_new_index_root_the_roster_still_counts_and_the_page_asks_for_it_again() -> None:
    officer = make_officeholder(Role.PRIVACY)
    use_roster(load(number(1), officer=officer), acting_user=officer)
    assert not is_roster_under_earlier_root()
    new_index_root()
    assert is_roster_under_earlier_root()
    assert "callout warn" in signed_in(officer).get(url("rosters")).content.decode()
    assert check_against_roster(acting_user=make_user(identity_number=number(1))).status == "confirmed"
    use_roster(load(number(1), officer=officer), acting_user=officer)
    assert not is_roster_under_earlier_root()


def test_a_request_that_waits_is_settled_by_the_roster() -> None:
    officer = make_officeholder(Role.PRIVACY)
    use_roster(load(number(1), officer=officer), acting_user=officer)
    check = asked()
    settled = check_against_roster(acting_user=check.person)
    assert (settled.pk, settled.status, settled.method) == (check.pk, "confirmed", "roster")


def test_a_roster_that_was_looked_at_is_thrown_away_whole() -> None:
    officer = make_officeholder(Role.PRIVACY)
    discard_roster(load(number(1), officer=officer), acting_user=officer)
    assert RosterEntry.objects.count() == 0


# Pages ----------------------------------------------------------------------------------------------------


def url(name: str, *args: Any) -> str:
    return reverse(f"participation:stakeholders:{name}", args=args)


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_telephone_is_confirmed_on_the_page() -> None:
    person = make_user(phone=PHONE)
    client = signed_in(person)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert client.post(url("send_code")).status_code == 302
    assert client.post(url("enter_code"), {"code": "abc"}).status_code == 400
    assert client.post(url("enter_code"), {"code": last_code()}).status_code == 302
    assert level_of(renewed(person)) == Level.PHONE
    assert client.get(url("levels")).status_code == 200


def test_a_residence_is_asked_for_and_decided_on_the_pages() -> None:
    person, moderator = make_user(identity_number=number(1)), make_moderator()
    client, desk = signed_in(person), signed_in(moderator)
    assert client.post(url("ask_check"), {"note": "周一到窗口出示证件"}).status_code == 302
    check = ResidentCheck.objects.get()
    assert url("residents") in desk.get(reverse("participation:me")).content.decode()
    assert url("resident", check.row_id) in desk.get(url("residents")).content.decode()
    shown = desk.post(url("open_resident", check.row_id, "identity_number"), {"purpose": "核对身份证"})
    assert number(1) in shown.content.decode()
    assert desk.post(url("resident", check.row_id), {"decision": "refuse", "reason": ""}).status_code == 400
    assert desk.post(url("resident", check.row_id), {"decision": "accept", "reason": "一致"}).status_code == 302
    assert level_of(person) == Level.RESIDENT


def test_a_roster_is_loaded_looked_at_and_used_on_the_page() -> None:
    officer = make_officeholder(Role.PRIVACY)
    client = signed_in(officer)
    data = {"title": "名册", "source": "公安局", "file": csv(number(1), "123")}
    assert client.post(url("rosters"), data).status_code == 302
    page = client.get(url("rosters")).content.decode()
    assert number(1) not in page
    assert client.post(url("decide_roster", Roster.objects.get().row_id), {"decision": "use"}).status_code == 302
    assert signed_in(make_user(identity_number=number(1))).post(url("ask_check"), {"way": "roster"}).status_code == 302


@pytest.mark.parametrize("name", ["residents", "rosters"])
def test_the_desks_are_closed_to_citizens(name: str) -> None:
    assert signed_in(make_user()).get(url(name)).status_code == 403
