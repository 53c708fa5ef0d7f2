"""Giving feedback: whose, about what, under which name; and the sealed number."""

from __future__ import annotations

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import translation

from participation.feedback.actions import reveal_address, reveal_phone
from participation.feedback.models import Feedback
from participation.feedback.queries import public_author, public_history
from participation.stakeholders.models import Role, StakeholderGroup
from participation.stakeholders.queries import Standing
from portal.errors import Closed, Invalid, NotAllowed
from privacy.access.models import AccessEvent
from privacy.sealing.ring import shred
from tests import log_entries
from tests.factories import (
    make_consultation,
    make_department,
    make_feedback,
    make_line,
    make_moderator,
    make_officeholder,
    make_organisation,
    make_programme,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def speaking_for(group: str = StakeholderGroup.SOCIAL_ORGANISATION, **fields: Any) -> tuple[Any, Standing]:
    member = make_user()
    organisation = make_organisation(group, member=member, **fields)
    return member, Standing(StakeholderGroup(group), organisation)


def test_feedback_leaves_one_leaf_without_its_text() -> None:
    feedback = make_feedback(body="只留承诺")
    entry = log_entries.entry(record_ref=feedback.row_id)
    assert (entry.kind, "只留承诺" in entry.leaf) == ("feedback.submitted", False)


@pytest.mark.parametrize("scope", ["release", "department", "programme"])
def test_a_line_has_to_be_within_the_scope(scope: str) -> None:
    programme = make_programme()
    within = make_line(programme=programme)
    narrower = {"department": programme.department, "programme": programme}
    consultation = make_consultation(release=within.release, **({scope: narrower[scope]} if scope in narrower else {}))
    outside = {
        "release": make_line(),
        "department": make_line(within.release, make_programme(make_department())),
        "programme": make_line(within.release, make_programme(programme.department)),
    }[scope]
    assert make_feedback(consultation, line=within).line == within
    with pytest.raises(Invalid) as refused:
        make_feedback(consultation, line=outside)
    assert refused.value.data == {"field": "line"}


def test_a_subtotal_of_the_source_is_no_line_to_ask_about() -> None:
    subtotal = make_line(is_leaf=False)
    with pytest.raises(Invalid):
        make_feedback(make_consultation(release=subtotal.release), line=subtotal)


@pytest.mark.parametrize(
    ("fields", "field"), [({"body": " \n"}, "body"), ({"body": "a" * 4001}, "body"), ({"kind": "rumour"}, "kind")]
)
def test_bad_values_are_refused_with_their_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_feedback(**fields)
    assert (refused.value.data, Feedback.objects.count()) == ({"field": field}, 0)


def test_a_refusal_leaves_no_leaf() -> None:
    consultation = make_consultation(stage="balance")
    before = len(log_entries.entries())
    with pytest.raises(Closed):
        make_feedback(consultation)
    assert len(log_entries.entries()) == before


# Names -------------------------------------------------------------------------------------------


def test_a_citizen_is_named_by_the_public_name_unless_withheld() -> None:
    author = make_user(display_name="河西居民")
    with translation.override("en"):
        names = [public_author(make_feedback(acting_user=author, is_anonymous=withheld)) for withheld in (False, True)]
    assert names == ["河西居民", "A citizen"]


def test_an_organisation_is_named_in_the_language_of_the_reader() -> None:
    member, standing = speaking_for(name="公益评估中心", name_en="Assessment Centre")
    feedback = make_feedback(acting_user=member, standing=standing)
    shown = []
    for language in ("zh-hans", "en"):
        with translation.override(language):
            shown.append(public_author(feedback))
    assert shown == ["公益评估中心", "Assessment Centre"]


@pytest.mark.parametrize("group", [group for group in StakeholderGroup if group != StakeholderGroup.CITIZEN])
def test_an_organisation_cannot_withhold_its_name(group: str) -> None:
    member, standing = speaking_for(group)
    with pytest.raises(Invalid) as refused:
        make_feedback(acting_user=member, standing=standing, is_anonymous=True)
    assert refused.value.data == {"field": "is_anonymous"}


def test_the_history_does_not_name_an_anonymous_author() -> None:
    author = make_user(display_name="河西居民")
    feedback = make_feedback(acting_user=author, is_anonymous=True)
    with translation.override("en"):
        assert [change.who for change in public_history(feedback)] == ["A citizen"]


# The sealed number ---------------------------------------------------------------------------------


def test_the_database_holds_only_ciphertext_of_the_number_in_history_too() -> None:
    make_feedback(callback_phone="13800138000")
    with connection.cursor() as cursor:
        for table in ("participation_feedback", "participation_historicalfeedback"):
            cursor.execute(f"SELECT callback_phone FROM {table}")
            (stored,) = cursor.fetchone()
            assert b"13800138000" not in bytes(stored)


def test_a_moderator_opens_the_number_on_the_record() -> None:
    feedback, moderator = make_feedback(callback_phone="13800138000"), make_moderator()
    (opened,) = reveal_phone(feedback, purpose=" 回电 ", acting_user=moderator)
    assert (opened.text, opened.is_erased) == ("+8613800138000", False)
    event = AccessEvent.objects.get()
    assert (event.actor, event.purpose, event.fields) == (moderator, "回电", ["callback_phone"])


def test_without_a_purpose_nothing_is_opened() -> None:
    with pytest.raises(Invalid):
        reveal_phone(make_feedback(callback_phone="13800138000"), purpose=" ", acting_user=make_moderator())
    assert AccessEvent.objects.count() == 0


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.EDITOR, Role.REVIEWER])
def test_nobody_else_opens_the_number(role: Role | None) -> None:
    person = make_officeholder(role) if role else make_user()
    with pytest.raises(NotAllowed):
        reveal_phone(make_feedback(callback_phone="13800138000"), purpose="回电", acting_user=person)
    assert AccessEvent.objects.count() == 0


def test_the_same_form_sent_twice_is_stored_once() -> None:
    consultation, author, form = make_consultation(), make_user(), uuid4()
    first = make_feedback(consultation, acting_user=author, client_id=form)
    assert make_feedback(consultation, acting_user=author, client_id=form) == first
    assert Feedback.objects.count() == 1


def test_whether_a_number_is_held_is_known_even_when_its_key_is_destroyed() -> None:
    feedback = make_feedback(callback_phone="+86 138 0000 0000")
    shred(feedback.sealing_subject())
    assert Feedback.objects.get().has_callback_phone is True


def test_a_number_that_cannot_be_dialled_is_refused_with_its_field() -> None:
    with pytest.raises(Invalid) as refused:
        make_feedback(callback_phone="tonight")
    assert refused.value.data == {"field": "callback_phone"}


# The address of the author ---------------------------------------------------------------------------


def test_a_moderator_opens_the_address_for_an_answer_on_paper() -> None:
    author, moderator = make_user(contact_address="柳溪街 7 号"), make_moderator()
    (opened,) = reveal_address(make_feedback(acting_user=author), purpose="寄送书面答复", acting_user=moderator)
    event = AccessEvent.objects.get()
    assert (opened.text, event.subject_ref, event.purpose) == ("柳溪街 7 号", author.row_id, "寄送书面答复")


def test_who_withholds_the_name_is_not_found_out_by_the_address() -> None:
    author = make_user(contact_address="柳溪街 7 号")
    with pytest.raises(NotAllowed):
        reveal_address(
            make_feedback(acting_user=author, is_anonymous=True), purpose="寄信", acting_user=make_moderator()
        )
    assert AccessEvent.objects.count() == 0


@pytest.mark.parametrize("role", [None, Role.AUDITOR, Role.EDITOR, Role.REVIEWER])
def test_nobody_else_opens_the_address(role: Role | None) -> None:
    person = make_officeholder(role) if role else make_user()
    feedback = make_feedback(acting_user=make_user(contact_address="柳溪街 7 号"))
    with pytest.raises(NotAllowed):
        reveal_address(feedback, purpose="寄信", acting_user=person)
    assert AccessEvent.objects.count() == 0
