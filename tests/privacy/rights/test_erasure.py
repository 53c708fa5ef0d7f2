"""Erasure: what goes, what stays and why, and what stands in its way."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone, translation

from participation.feedback.models import Draft, Feedback
from participation.moderation.actions import hide_item
from participation.recognition.models import Award, AwardBallot
from participation.stakeholders.models import Role, User
from privacy.log.audit import audit_log
from privacy.log.models import PendingLeaf
from privacy.log.notes import open_note
from privacy.log.signing import present_key
from privacy.rights.erasing import ledger
from privacy.rights.erasing.actions import (
    ask_erasure,
    carry_out_due,
    carry_out_erasure,
    erase_again,
    lift_hold,
    place_hold,
    refuse_erasure,
    withdraw_erasure,
)
from privacy.rights.erasing.errors import (
    AskedAlready,
    ErasedAlready,
    ErasingError,
    LiftedAlready,
    NobodyFound,
    NotOpen,
    NotYours,
    SettleFirst,
    WordsMissing,
)
from privacy.rights.erasing.models import Erasure
from privacy.rights.erasing.queries import preview_erasure
from privacy.sealing.models import DataKey
from tests import factories
from tests.participation.recognition.awards import make_award

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture(autouse=True)
def ledger_of_this_test(settings: Any, tmp_path: Any) -> None:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")


@pytest.fixture
def person() -> User:
    return factories.make_user(display_name="林晓雯", email="lin.xiaowen@example.org")


@pytest.fixture
def guard() -> User:
    return factories.make_officeholder(Role.PRIVACY)


def asked(person: User, *, due: bool = True) -> Erasure:
    erasure = ask_erasure(person.sealing_subject(), acting_user=person)
    if due:
        Erasure.objects.filter(pk=erasure.pk).update(due_at=timezone.now() - timedelta(seconds=1))
        erasure.refresh_from_db()
    return erasure


def erased(person: User) -> Erasure:
    return carry_out_erasure(asked(person))


def hidden(person: User, **fields: Any) -> Feedback:
    feedback = factories.make_feedback(acting_user=person, **fields)
    hide_item(
        feedback, rule=factories.make_house_rule(), reason="Names a person.", acting_user=factories.make_moderator()
    )
    return feedback


def leaves(erasure: Erasure) -> list[str]:
    return list(PendingLeaf.objects.filter(record_ref=erasure.row_id).order_by("pk").values_list("kind", flat=True))


def test_an_erasure_can_be_taken_back_until_its_day(person: User) -> None:
    erasure = asked(person, due=False)
    with pytest.raises(ErasingError):
        carry_out_erasure(erasure)
    assert withdraw_erasure(erasure, acting_user=person).state == "withdrawn"
    assert leaves(erasure) == ["erasure.moved", "erasure.moved"]


def test_what_was_taken_back_is_not_carried_out(person: User) -> None:
    erasure = asked(person)
    withdraw_erasure(erasure, acting_user=person)
    carry_out_due()
    assert User.objects.get(pk=person.pk).email == "lin.xiaowen@example.org"
    with pytest.raises(NotOpen):
        carry_out_erasure(erasure)


def test_nobody_asks_twice(person: User) -> None:
    asked(person, due=False)
    with pytest.raises(AskedAlready):
        ask_erasure(person.sealing_subject(), acting_user=person)


def test_nobody_is_erased_twice(person: User, guard: User) -> None:
    erasure = erased(person)
    with pytest.raises(NotOpen):
        carry_out_erasure(erasure)
    with pytest.raises(ErasedAlready):
        ask_erasure(person.sealing_subject(), acting_user=guard)


def test_nobody_asks_for_others(person: User) -> None:
    with pytest.raises(NotYours):
        ask_erasure(person.sealing_subject(), acting_user=factories.make_user())


def test_the_account_is_nobodys_afterwards(person: User) -> None:
    person.phone, person.identity_number = "13800138000", "11010519491231002X"
    person.save()
    erased(person)
    left = User.objects.get(pk=person.pk)
    assert (left.is_active, left.email, left.has_usable_password()) == (False, f"{left.row_id}@erased.invalid", False)
    assert (left.phone, left.identity_number, left.identity_number_index) == (None, None, None)
    assert not User.history.filter(id=person.pk).exists()
    assert not left.emailaddress_set.exists()


def test_an_erased_account_is_called_so(person: User) -> None:
    erased(person)
    with translation.override("en"):
        assert User.objects.get(pk=person.pk).display_name == "A person whose account was erased"


def test_keys_are_destroyed(person: User) -> None:
    person.phone = "13800138000"
    person.save()
    erased(person)
    assert set(DataKey.objects.filter(scope_ref=person.row_id).values_list("state", flat=True)) == {"shredded"}


def test_published_words_stay_without_a_name_and_drafts_go(person: User) -> None:
    feedback = factories.make_feedback(acting_user=person, body="食堂的油应当公开招标。")
    Draft.objects.create(consultation=feedback.consultation, person=person, typed={"body": "草稿"})
    erased(person)
    with translation.override("en"):
        left = Feedback.objects.get(pk=feedback.pk)
        assert (left.body, left.public_name) == ("食堂的油应当公开招标。", "A person whose account was erased")
    assert not Draft.objects.exists()


def test_hidden_words_are_emptied_in_row_and_history(person: User) -> None:
    feedback = hidden(person, body="我的住址是柳溪路七号。")
    erased(person)
    assert Feedback.objects.get(pk=feedback.pk).body == "—"
    assert set(Feedback.history.filter(id=feedback.pk).values_list("body", flat=True)) == {"—"}


def test_the_log_holds_after_an_erasure(person: User) -> None:
    hidden(person)
    factories.make_feedback(acting_user=person)
    before = audit_log()
    erased(person)
    after = audit_log()
    # Factories write some rows without the leaf that an action gives them.
    assert [problem for problem in after.problems if problem not in before.problems] == []
    assert after.erased > before.erased


def test_the_certificate_is_signed_and_names_nobody(person: User, mailoutbox: Any) -> None:
    erasure = erased(person)
    note = open_note(erasure.certificate, [present_key()])
    assert note.text.startswith("gongzhi/certificate-of-erasure/v1\n")
    assert str(person.row_id) not in note.text
    assert "林晓雯" not in note.text


def test_the_certificate_goes_to_the_address_before_that_goes(
    person: User, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        erased(person)
    letter = mailoutbox[-1]
    assert letter.to == ["lin.xiaowen@example.org"]
    assert letter.attachments[0][0] == "certificate-of-erasure.txt"


# What stands in the way ------------------------------------------------------------------------------


def test_a_hold_keeps_everything(person: User, guard: User) -> None:
    erasure = asked(person)
    hold = place_hold(subject=person.sealing_subject(), basis="诉讼法", reason="Court case", acting_user=guard)
    assert carry_out_erasure(erasure).state == "held"
    lift_hold(hold, reason="Case closed", acting_user=guard)
    assert carry_out_erasure(erasure).state == "done"


def test_a_hold_on_a_record_holds_whoever_it_is_about(person: User, guard: User) -> None:
    feedback = factories.make_feedback(acting_user=person)
    place_hold(record=("participation.Feedback", feedback.row_id), basis="诉讼法", reason="Evidence", acting_user=guard)
    assert asked(person, due=False).state == "held"
    assert asked(factories.make_user(), due=False).state == "cooling"


def test_a_hold_ends_by_itself(person: User, guard: User) -> None:
    yesterday = timezone.localdate() - timedelta(days=1)
    place_hold(subject=person.sealing_subject(), basis="法", reason="x", until=yesterday, acting_user=guard)
    assert asked(person, due=False).state == "cooling"


def test_a_hold_is_lifted_once(person: User, guard: User) -> None:
    hold = place_hold(subject=person.sealing_subject(), basis="法", reason="x", acting_user=guard)
    lift_hold(hold, reason="over", acting_user=guard)
    with pytest.raises(LiftedAlready):
        lift_hold(hold, reason="over", acting_user=guard)


@pytest.mark.parametrize("fields", [{"basis": " "}, {"reason": ""}], ids=["no basis", "no reason"])
def test_a_hold_needs_words(person: User, guard: User, fields: dict[str, str]) -> None:
    values = {"basis": "法", "reason": "x", **fields}
    with pytest.raises(WordsMissing):
        place_hold(subject=person.sealing_subject(), acting_user=guard, **values)


def test_a_hold_is_on_something(guard: User) -> None:
    with pytest.raises(NobodyFound):
        place_hold(record=("participation.Feedback", guard.row_id), basis="法", reason="x", acting_user=guard)


def test_only_those_who_guard_privacy_hold_and_refuse(person: User) -> None:
    erasure = asked(person, due=False)
    with pytest.raises(NotYours):
        place_hold(subject=person.sealing_subject(), basis="法", reason="x", acting_user=person)
    with pytest.raises(NotYours):
        refuse_erasure(erasure, basis="法", reason="x", acting_user=factories.make_moderator())


def test_nobody_refuses_or_holds_their_own(guard: User) -> None:
    with pytest.raises(NotYours):
        place_hold(subject=guard.sealing_subject(), basis="法", reason="x", acting_user=guard)


def test_a_refusal_gives_law_and_reason(person: User, guard: User) -> None:
    refused = refuse_erasure(asked(person), basis="档案法", reason="Must be kept.", acting_user=guard)
    assert (refused.state, refused.basis) == ("refused", "档案法")
    # Afterwards it may be asked for again.
    assert asked(person, due=False).state == "cooling"


def test_who_holds_an_office_hands_it_over_first() -> None:
    moderator = factories.make_moderator()
    with translation.override("en"), pytest.raises(SettleFirst, match="office"):
        ask_erasure(moderator.sealing_subject(), acting_user=moderator)


def test_the_last_owner_of_an_organisation_hands_it_over_first(person: User) -> None:
    organisation = factories.make_organisation(member=person)
    with pytest.raises(SettleFirst, match=organisation.name):
        ask_erasure(person.sealing_subject(), acting_user=person)


def test_an_office_taken_up_meanwhile_makes_it_wait(person: User) -> None:
    erasure = asked(person)
    factories.Appointment.objects.create(person=person, role=Role.EDITOR)
    assert carry_out_erasure(erasure).state == "waiting"


def test_an_open_ballot_makes_it_wait_until_it_is_counted(person: User) -> None:
    award = make_award()
    ballot = AwardBallot.objects.create(award=award, person=person, group="citizen")
    erasure = asked(person)
    assert carry_out_erasure(erasure).state == "waiting"
    Award.objects.filter(pk=award.pk).update(
        decided_at=timezone.now(), decided_by=factories.make_user(), decided_as="局长"
    )
    assert carry_out_erasure(erasure).state == "done"
    assert AwardBallot.objects.filter(pk=ballot.pk).exists()


def test_the_preview_says_what_goes_and_what_stays_and_why(person: User) -> None:
    feedback = factories.make_feedback(acting_user=person)
    Draft.objects.create(consultation=feedback.consultation, person=person, typed={"body": "x"})
    with translation.override("en"):
        found = preview_erasure(person.sealing_subject())
    assert "What you have begun to write" in {fate.title for fate in found.deleted}
    assert {fate.title: bool(fate.reason) for fate in found.kept}["Feedback you gave"]
    assert found.can_be_asked


# Organisations, restored databases ---------------------------------------------------------------------


def test_an_organisation_is_erased_through_its_owner(person: User) -> None:
    organisation = factories.make_organisation(member=person, legal_representative="王建国", name="清风环保")
    subject, before = organisation.sealing_subject(), audit_log().problems
    erasure = ask_erasure(subject, acting_user=person)
    Erasure.objects.filter(pk=erasure.pk).update(due_at=timezone.now())
    assert carry_out_erasure(erasure).state == "done"
    organisation.refresh_from_db()
    assert (organisation.legal_representative, organisation.name) == (None, "清风环保")
    assert not person.mandates.current().exists()
    assert [problem for problem in audit_log().problems if problem not in before] == []


def test_the_ledger_says_which_keys_were_destroyed(person: User) -> None:
    person.phone = "13800138000"
    person.save()
    erasure = erased(person)
    (line,) = ledger.lines()
    assert (line.subject, line.erasure) == (person.sealing_subject(), erasure.row_id)
    assert set(line.keys) == set(DataKey.objects.filter(scope_ref=person.row_id).values_list("pk", flat=True))


def test_an_erasure_is_not_carried_out_where_the_ledger_cannot_be_written(person: User, settings: Any) -> None:
    settings.ERASURE_LEDGER = "/proc/nowhere/erasures.jsonl"
    erasure = asked(person)
    with pytest.raises(OSError, match="nowhere"):
        carry_out_erasure(erasure)


@pytest.mark.parametrize("text", ["{}", "[]", '{"keys": 3}', "no json"])
def test_a_line_that_is_none_is_refused(text: str) -> None:
    with pytest.raises(ValueError):
        ledger.Line.parse(text)


def test_what_is_erased_still_is_not_erased_again(person: User) -> None:
    erased(person)
    (line,) = ledger.lines()
    assert erase_again(line) is None


def test_a_restored_person_is_erased_again(person: User) -> None:
    line = ledger.Line("person", person.row_id, person.row_id, (), timezone.now())
    again = erase_again(line)
    assert again is not None
    assert again.state == "done"
    assert User.objects.get(pk=person.pk).is_active is False
    assert leaves(again)[-1] == "erasure.done"
