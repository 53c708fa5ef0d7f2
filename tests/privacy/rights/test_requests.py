"""Requests about one's own data: who asks is shown first, the clock is the law's, and every step is on record."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from django.core import mail
from django.core.exceptions import PermissionDenied
from django.urls import reverse
from django.utils import timezone, translation

from participation.stakeholders.models import Role
from privacy.access.models import AccessEvent
from privacy.history.directory import OwnedSubject
from privacy.log.kinds import LeafKind
from privacy.rights.deadlines import LegalRule, deadline
from privacy.rights.refusals import NotNow, Refused
from privacy.rights.requests import actions
from privacy.rights.requests.links import GOOD_AFTER_CLOSING, request_of, token_of
from privacy.rights.requests.models import DataRequest
from privacy.rights.requests.permissions import may_handle
from privacy.rights.requests.queries import open_request, own_requests, queue
from privacy.rights.requests.states import TRANSITIONS, State
from privacy.rights.requests.wording import grounds, template_for
from privacy.sealing import ring
from tests.factories import PASSWORD, make_officeholder, make_organisation, make_user
from tests.log_entries import entries

pytestmark = pytest.mark.django_db

KINDS = DataRequest.Kind


@pytest.fixture(autouse=True)
def _rules() -> None:
    for kind, amount in (("request/answer", 15), ("request/extension", 10)):
        LegalRule(
            jurisdiction="CN", kind=kind, amount=amount, unit="days", basis="某法", valid_from=date(2020, 1, 1)
        ).save()


@pytest.fixture
def person() -> Any:
    return make_user()


@pytest.fixture
def officer() -> Any:
    return make_officeholder(Role.PRIVACY)


def ask(person: Any, kind: str = KINDS.COPY, *, proven: bool = True) -> DataRequest:
    asked = actions.ask_request(kind, words="请给我副本", subject=OwnedSubject(person.row_id), acting_user=person)
    return actions.prove_own_identity(asked, acting_user=person) if proven else asked


def ask_by_letter(**fields: Any) -> DataRequest:
    values = {"words": "请更正我的地址", "name": "林", "email": "lin@example.org"}
    return actions.ask_without_account(KINDS.CORRECTION, **{**values, **fields}, acting_user=None)


# Asking ---------------------------------------------------------------------------------------------


def test_the_clock_starts_when_it_is_clear_who_asks(person: Any) -> None:
    asked = ask(person, proven=False)
    assert (asked.state, asked.due_at) == ("identity", None)
    asked = actions.prove_own_identity(asked, acting_user=person)
    assert (asked.state, asked.identity) == ("open", "signed_in")
    assert asked.due_at == deadline("request/answer", asked.identity_at)


def test_one_asks_about_oneself_and_what_one_owns(person: Any) -> None:
    organisation = make_organisation(member=person)
    asked = actions.ask_request(
        KINDS.COPY, words="副本", subject=OwnedSubject(organisation.row_id, organisation.name), acting_user=person
    )
    assert (asked.subject_type, asked.sealing_subject()) == ("organisation", organisation.sealing_subject())
    with pytest.raises(Refused):
        actions.ask_request(KINDS.COPY, words="副本", subject=OwnedSubject(make_user().row_id), acting_user=person)


@pytest.mark.parametrize(
    ("fields", "field"), [({"words": " "}, "words"), ({"words": "x" * 5001}, "words"), ({"kind": "x"}, "kind")]
)
def test_what_is_asked_has_to_be_said(person: Any, fields: dict[str, str], field: str) -> None:
    values = {"kind": KINDS.COPY, "words": "副本", **fields}
    with pytest.raises(Refused) as refused:
        actions.ask_request(
            values["kind"], words=values["words"], subject=OwnedSubject(person.row_id), acting_user=person
        )
    assert refused.value.field == field


def test_nobody_fills_the_queue_alone(person: Any) -> None:
    for _each in range(actions.OPEN_MAX):
        ask(person)
    with pytest.raises(Refused):
        ask(person)


def test_the_words_are_sealed_and_the_log_tells_the_kind_only(person: Any) -> None:
    asked = ask(person)
    leaves = [*entries(kind=LeafKind.DATA_REQUEST_RECEIVED), *entries(kind=LeafKind.DATA_REQUEST_MOVED)]
    assert [leaf.record_ref for leaf in leaves] == [asked.row_id] * 2
    assert "副本" not in "".join(leaf.leaf for leaf in leaves)
    ring.shred(person.sealing_subject())
    again = DataRequest.objects.get(pk=asked.pk)
    assert "副本" not in open_request(again, purpose="look", acting_user=person).words


# Without an account ---------------------------------------------------------------------------------


def test_a_letter_leads_to_a_request_without_an_account(django_capture_on_commit_callbacks: Any, client: Any) -> None:
    with translation.override("zh-hans"), django_capture_on_commit_callbacks(execute=True):
        asked = ask_by_letter()
    [letter] = [one for one in mail.outbox if one.to == ["lin@example.org"]]
    path = reverse("privacy:requests:by_link", args=[token_of(asked)])
    assert path in letter.body
    assert "地址" not in letter.body
    assert "请更正我的地址" in client.get(path).content.decode()
    client.post(path, {"confirm": "1"})
    asked.refresh_from_db()
    assert (asked.email_confirmed_at is not None, asked.state) == (True, "identity")


def test_a_link_ends_some_time_after_the_request(client: Any) -> None:
    asked = actions.withdraw_request(ask_by_letter(), acting_user=None)
    token = token_of(asked)
    assert request_of(token) == asked
    DataRequest.objects.filter(pk=asked.pk).update(closed_at=timezone.now() - GOOD_AFTER_CLOSING - timedelta(days=1))
    assert (request_of(token), request_of(token + "x")) == (None, None)
    assert client.get(reverse("privacy:requests:by_link", args=[token])).status_code == 404


def test_the_officer_records_who_asks(officer: Any, person: Any) -> None:
    asked = actions.prove_identity(
        ask_by_letter(), identity="papers", account=person.email.upper(), acting_user=officer
    )
    assert (asked.state, asked.identity_by, asked.subject_ref) == ("open", officer, person.row_id)
    assert list(own_requests(person)) == [asked]


@pytest.mark.parametrize("given", [{"identity": "signed_in"}, {"identity": "papers", "account": "nobody@example.org"}])
def test_who_asks_is_shown_in_one_of_the_ways_there_are(officer: Any, given: dict[str, str]) -> None:
    with pytest.raises(Refused):
        actions.prove_identity(ask_by_letter(), **given, acting_user=officer)


# Handling -------------------------------------------------------------------------------------------


def test_an_answer_closes_it(person: Any, officer: Any, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        asked = actions.answer_request(ask(person), answer="已准备好", acting_user=officer)
    assert (asked.state, asked.handled_by, asked.closed_at is not None) == ("answered", officer, True)
    assert person.email in [address for letter in mail.outbox for address in letter.to]
    assert not any("已准备好" in letter.body for letter in mail.outbox)


def test_time_is_extended_once_and_with_a_reason(person: Any, officer: Any) -> None:
    asked = ask(person)
    due = asked.due_at
    with pytest.raises(Refused):
        actions.extend_request(asked, reason=" ", acting_user=officer)
    asked = actions.extend_request(asked, reason="材料很多", acting_user=officer)
    assert asked.due_at == deadline("request/extension", due)
    with pytest.raises(NotNow):
        actions.extend_request(asked, reason="还是很多", acting_user=officer)


def test_what_was_due_already_is_not_extended(person: Any, officer: Any) -> None:
    asked = ask(person)
    DataRequest.objects.filter(pk=asked.pk).update(due_at=timezone.now() - timedelta(days=1))
    with pytest.raises(NotNow):
        actions.extend_request(asked, reason="忘了", acting_user=officer)


def test_a_refusal_names_its_legal_basis_and_the_reasons(person: Any, officer: Any) -> None:
    for wrong in ({"ground": "eu_others", "answer": "因为"}, {"ground": "cn_retention", "answer": " "}):
        with pytest.raises(Refused):
            actions.refuse_request(ask(person), **wrong, acting_user=officer)
    asked = actions.refuse_request(ask(person), ground="cn_retention", answer="保存期未满", acting_user=officer)
    assert (asked.state, "第四十七条" in asked.refusal_basis) == ("refused", True)


def test_every_jurisdiction_has_its_grounds_and_every_answer_words_to_begin_with_in_both_languages() -> None:
    assert {code: {one.jurisdiction for one in grounds(code)} for code in ("CN", "CN-33", "EU", "US")} == {
        "CN": {"CN"},
        "CN-33": {"CN"},
        "EU": {"EU"},
        "US": set(),
    }
    asked = [(kind, outcome) for kind in KINDS.values for outcome in ("answered", "refused", "extended")]
    words = {each: {template_for(*each, language) for language in ("zh-hans", "en")} - {""} for each in asked}
    assert [each for each, both in words.items() if len(both) != 2] == []


DEEDS: dict[str, Callable[[DataRequest, Any, Any], DataRequest]] = {
    "prove": lambda asked, person, _: actions.prove_own_identity(asked, acting_user=person),
    "withdraw": lambda asked, person, _: actions.withdraw_request(asked, acting_user=person),
    "extend": lambda asked, _, officer: actions.extend_request(asked, reason="多", acting_user=officer),
    "answer": lambda asked, _, officer: actions.answer_request(asked, answer="好", acting_user=officer),
    "refuse": lambda asked, _, officer: actions.refuse_request(
        asked, ground="cn_retention", answer="不", acting_user=officer
    ),
}


@pytest.mark.parametrize("state", State.values)
def test_each_state_allows_what_the_table_says(person: Any, officer: Any, state: str) -> None:
    found = {}
    for name, deed in DEEDS.items():
        asked = ask(person)
        basis = {"refusal_basis": "x", "answer": asked.words} if state == "refused" else {}
        for field, value in {"state": state, **basis}.items():
            setattr(asked, field, value)
        asked.save()
        try:
            found[name] = deed(asked, person, officer).state
        except NotNow:
            found[name] = None
        DataRequest.objects.all().delete()
    assert found == {name: TRANSITIONS.get((state, name)) for name in DEEDS}


@pytest.mark.parametrize("who", ["citizen", "moderator", "auditor"])
def test_others_handle_nothing(person: Any, who: str) -> None:
    other = make_user() if who == "citizen" else make_officeholder(Role(who))
    for name in ("extend", "answer", "refuse"):
        with pytest.raises(PermissionDenied):
            DEEDS[name](ask(person), person, other)


def test_nobody_decides_about_a_request_of_their_own(officer: Any) -> None:
    asked = ask(officer)
    assert not may_handle(officer, asked)
    with pytest.raises(PermissionDenied):
        actions.answer_request(asked, answer="好", acting_user=officer)


def test_the_queue_begins_with_what_is_due(person: Any) -> None:
    first, second = ask(person), ask(person)
    waiting = ask_by_letter()
    DataRequest.objects.filter(pk=second.pk).update(due_at=first.due_at - timedelta(days=1))
    actions.withdraw_request(ask(person), acting_user=person)
    assert list(queue()) == [second, first, waiting]


# Pages ----------------------------------------------------------------------------------------------


def test_whoever_is_signed_in_shows_that_it_is_they_before_it_counts(person: Any, client: Any) -> None:
    client.login(email=person.email, password=PASSWORD)
    answer = client.post(reverse("privacy:requests:new"), {"kind": "copy", "words": "副本"})
    asked = DataRequest.objects.get()
    assert (answer.url, asked.state) == (asked.get_absolute_url(), "identity")
    prove = reverse("privacy:requests:prove", args=[asked.row_id])
    answer = client.post(prove)
    assert "reauthenticate" in answer.url
    client.post(answer.url, {"password": PASSWORD})
    asked.refresh_from_db()
    assert (asked.state, asked.identity) == ("open", "signed_in")


def test_a_visitor_asks_by_name_and_address(client: Any) -> None:
    sent = {"kind": "copy", "words": "副本", "name": "林", "email": "lin@example.org"}
    answer = client.post(reverse("privacy:requests:new"), {**sent, "email": "no address"})
    assert (answer.status_code, DataRequest.objects.count()) == (400, 0)
    assert client.post(reverse("privacy:requests:new"), sent).url == reverse("privacy:requests:sent")
    assert DataRequest.objects.get().asked_by is None


def test_too_many_at_once_are_refused_and_nothing_typed_is_lost(client: Any, settings: Any) -> None:
    settings.WRITE_RATES = {**settings.WRITE_RATES, "data_request": "1/hour"}
    sent = {"kind": "copy", "words": "副本", "name": "林", "email": "lin@example.org"}
    client.post(reverse("privacy:requests:new"), sent)
    answer = client.post(reverse("privacy:requests:new"), {**sent, "words": "第二份"})
    assert (answer.status_code, "第二份" in answer.content.decode()) == (429, True)


def test_the_officer_opens_it_on_record_and_begins_with_ready_words(person: Any, officer: Any, client: Any) -> None:
    asked = ask(person)
    client.force_login(officer)
    page = client.get(reverse("privacy:requests:handle", args=[asked.row_id])).content.decode()
    assert ("请给我副本" in page, template_for("copy", "answered", "zh-hans")[:10] in page) == (True, True)
    event = AccessEvent.objects.get(record_ref=asked.row_id)
    assert (event.actor, event.subject_ref, asked.reference in event.purpose) == (officer, person.row_id, True)


@pytest.mark.parametrize(
    ("sent", "state"),
    [
        ({"act": "answer", "answer-answer": "好了"}, "answered"),
        ({"act": "refuse", "refuse-ground": "cn_otherwise", "refuse-answer": "因为"}, "refused"),
        ({"act": "refuse", "refuse-answer": "因为"}, "open"),
        ({"act": "unknown"}, "open"),
    ],
    ids=["answer", "refuse", "refuse_without_basis", "unknown"],
)
def test_the_officer_acts_on_the_page(person: Any, officer: Any, client: Any, sent: dict[str, str], state: str) -> None:
    asked = ask(person)
    client.force_login(officer)
    client.post(reverse("privacy:requests:handle", args=[asked.row_id]), sent)
    asked.refresh_from_db()
    assert asked.state == state


def test_the_pages_of_a_request_are_its_owners_and_the_officers(person: Any, officer: Any, client: Any) -> None:
    asked = ask(person)
    mine, handle = (reverse(f"privacy:requests:{name}", args=[asked.row_id]) for name in ("mine", "handle"))
    found = {}
    for name, who in (
        ("owner", person),
        ("other", make_user()),
        ("officer", officer),
        ("administrator", make_user(is_superuser=True)),
    ):
        client.force_login(who)
        found[name] = [client.get(path).status_code for path in (mine, handle, reverse("privacy:requests:desk"))]
    assert found == {
        "owner": [200, 404, 404],
        "other": [404, 404, 404],
        "officer": [404, 200, 200],
        "administrator": [404, 403, 200],
    }


def test_everybody_may_read_which_periods_apply(client: Any) -> None:
    page = client.get(reverse("privacy:requests:periods")).content.decode()
    assert ("request/answer" in page, "某法" in page) == (True, True)
