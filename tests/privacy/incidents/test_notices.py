"""People are told from versioned templates, each once, with what is concerned of them; a fault stops it, no more."""

from __future__ import annotations

from smtplib import SMTPServerDisconnected
from typing import Any

import pytest
from django.core.mail.backends.locmem import EmailBackend

from participation.stakeholders.models import User
from privacy.incidents.actions import change_facts, move_incident
from privacy.incidents.containing import contain_incident
from privacy.incidents.errors import NotNow, Refused
from privacy.incidents.models import AffectedPerson, Incident, NoticeBatch, NoticeTemplate
from privacy.incidents.notices import (
    begin_notices,
    resume_notices,
    send_notices,
    set_template,
    supplied_templates,
    try_again,
)
from privacy.incidents.scope import Scoped, assess_incident, by_name
from privacy.sealing.keys import Subject
from tests.factories import make_user
from tests.log_entries import entries
from tests.privacy.incidents.conftest import Open, faults_of_this_room

pytestmark = pytest.mark.django_db


class Breaking(EmailBackend):
    """A mail server that goes away after ``left`` letters."""

    left = 1

    def send_messages(self, messages: Any) -> int:
        if not Breaking.left:
            raise SMTPServerDisconnected("away")
        Breaking.left -= 1
        return super().send_messages(messages)


@pytest.fixture
def real(opened: Open, guard: User) -> Incident:
    """Two people with an account and one without are concerned."""
    incident = opened()
    set_template(kind=incident.kind, texts=supplied_templates()[incident.kind], acting_user=guard)
    change_facts(incident, severity="high", harm="诈骗电话", measures="已下线", reason="查明", acting_user=guard)
    move_incident(incident, to="triaged", words="属实", acting_user=guard)
    contain_incident(incident, action="end_sessions", reason="停", acting_user=guard)
    move_incident(incident, to="contained", words="止住", acting_user=guard)
    people = [make_user(preferred_language="zh-hans"), make_user(preferred_language="en")]
    refs = [person.row_id for person in people]
    nobody = make_user(email="").row_id
    scoped: Scoped = by_name([Subject("person", ref) for ref in (*refs, nobody)], fields=["participation.user.phone"])
    assess_incident(incident, scoped, words="名单", acting_user=guard)
    return move_incident(incident, to="assessed", words="清楚", acting_user=guard)


def begin(incident: Incident, guard: User) -> NoticeBatch:
    return begin_notices(incident, message="请留意。", contact="privacy@example.org", acting_user=guard)


def test_everybody_is_told_in_their_language_and_who_has_no_address_is_counted(
    real: Incident, guard: User, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    mailoutbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        batch = begin(real, guard)
    batch.refresh_from_db()
    assert (batch.state, batch.total, batch.sent, batch.failed) == ("done", 3, 2, 1)
    chinese, english = mailoutbox
    assert "您好" in chinese.body
    assert "We learned" in english.body
    assert all("诈骗电话" in letter.body and "请留意。" in letter.body for letter in mailoutbox)


def test_sending_is_on_record_at_its_beginning_and_end(
    assessed: Incident, guard: User, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    mailoutbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        begin(assessed, guard)
    leaves = [leaf.leaf for leaf in entries(kind="incident.notices")]
    assert ['"state":"begun"' in leaves[0], '"sent":3' in leaves[1]] == [True, True]
    assert mailoutbox == []
    assert faults_of_this_room() == []


def test_a_fault_of_the_mail_server_stops_it_and_it_goes_on_where_it_was(
    real: Incident, guard: User, settings: Any, mailoutbox: Any, django_capture_on_commit_callbacks: Any
) -> None:
    mailoutbox.clear()
    settings.EMAIL_BACKEND = f"{__name__}.Breaking"
    Breaking.left = 1
    with django_capture_on_commit_callbacks(execute=True):
        batch = begin(real, guard)
    batch.refresh_from_db()
    assert (batch.state, batch.sent) == ("stopped", 1)
    Breaking.left = 9
    with django_capture_on_commit_callbacks(execute=True):
        resume_notices(batch, acting_user=guard)
    batch.refresh_from_db()
    assert (batch.state, batch.sent, batch.failed) == ("done", 2, 1)
    assert len({letter.to[0] for letter in mailoutbox}) == len(mailoutbox) == 2


def test_whoever_was_sending_before_somebody_went_on_with_it_sends_no_more(assessed: Incident, guard: User) -> None:
    batch = begin(assessed, guard)
    earlier = str(batch.run)
    resume_notices(batch, acting_user=guard)
    send_notices.call(str(batch.row_id), earlier)
    assert assessed.affected.filter(notice=AffectedPerson.Notice.PENDING).count() == 3


def test_who_could_not_be_reached_is_tried_again(
    real: Incident, guard: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        begin(real, guard)
    assert try_again(real, acting_user=guard) == 1
    assert real.affected.filter(notice=AffectedPerson.Notice.PENDING).count() == 1


def test_nobody_waits_to_be_told_where_no_notices_are_sent_any_more(
    real: Incident, guard: User, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        begin(real, guard)
    change_facts(real, authority_not_told_because="轻微", reason="已查", acting_user=guard)
    move_incident(real, to="notified", words="都通知了", acting_user=guard)
    with pytest.raises(NotNow):
        try_again(real, acting_user=guard)


def test_two_batches_do_not_go_out_at_once(assessed: Incident, guard: User) -> None:
    begin(assessed, guard)
    with pytest.raises(NotNow):
        begin(assessed, guard)


def test_a_notice_says_what_may_follow_or_is_not_sent(assessed: Incident, guard: User) -> None:
    change_facts(assessed, harm="", reason="误写", acting_user=guard)
    with pytest.raises(Refused):
        begin(assessed, guard)


# Templates ----------------------------------------------------------------------------------------------------


def texts(**changed: str) -> dict[str, dict[str, str]]:
    found = supplied_templates()["lost_device"]
    return {code: {**text, **changed} for code, text in found.items()}


def test_other_words_are_a_new_version_and_the_same_words_are_none(guard: User) -> None:
    first = set_template(kind="lost_device", texts=texts(), acting_user=guard)
    same = set_template(kind="lost_device", texts=texts(), acting_user=guard)
    other = set_template(kind="lost_device", texts=texts(subject="{number}"), acting_user=guard)
    assert (first.pk == same.pk, other.version, NoticeTemplate.objects.count()) == (True, 2, 2)


@pytest.mark.parametrize(
    "body", ["", "{fields} {harm} {measures}", "{fields} {harm} {measures} {contact} {secret}", "{fields"]
)
def test_a_template_names_what_there_is_and_all_that_has_to_be_said(guard: User, body: str) -> None:
    with pytest.raises(Refused):
        set_template(kind="lost_device", texts=texts(body=body), acting_user=guard)


def test_supplied_templates_and_run_books_are_sound_for_every_kind(guard: User) -> None:
    for kind, supplied in supplied_templates().items():
        set_template(kind=kind, texts=supplied, acting_user=guard)
    assert set(NoticeTemplate.objects.values_list("kind", flat=True)) == set(Incident.Kind.values)
