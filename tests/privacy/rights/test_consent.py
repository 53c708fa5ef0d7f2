"""Consent is asked for each purpose by itself, only ever added to, and taken back as easily as it was given."""

from __future__ import annotations

import json
import subprocess
import sys
from typing import Any

import pytest
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import DatabaseError, connection, transaction
from django.urls import reverse

from cms.pages.content.consent_notices import ConsentNotice, load_notices
from participation.feedback.models import Feedback
from participation.following.actions import announce, stop_mail
from participation.following.kinds import Kind
from participation.following.models import Letter, Notification
from privacy.log.kinds import LeafKind
from privacy.log.models import AppendOnlyError
from privacy.log.signing import present_key
from privacy.rights.consent.actions import decline_consent, give_consent, publish_notice, withdraw_consent
from privacy.rights.consent.models import PARTS, Consent, ConsentPurpose, NoticeVersion
from privacy.rights.consent.queries import has_agreed, standings_of
from privacy.rights.consent.receipts import receipt_of, verified
from privacy.rights.refusals import NotNow, Refused
from tests.factories import make_feedback, make_user
from tests.log_entries import entries

pytestmark = pytest.mark.django_db

NAME, MAIL = ConsentPurpose.PUBLISH_NAME, ConsentPurpose.NOTIFICATIONS
CONTENT = {name: f"{name}!" for part in PARTS for name in (part, f"{part}_en")}


@pytest.fixture
def person() -> Any:
    return make_user(display_name="河西居民")


@pytest.fixture
def notice() -> NoticeVersion:
    return publish_notice(NAME, CONTENT, acting_user=None)


def give(person: Any, notice: NoticeVersion) -> Consent:
    return give_consent(notice.purpose, notice_sha256=notice.sha256, acting_user=person)


# The notice ---------------------------------------------------------------------------------------


def test_the_same_text_is_the_same_version_and_another_one_the_next(notice: NoticeVersion) -> None:
    assert publish_notice(NAME, CONTENT, acting_user=None) == notice
    changed = publish_notice(NAME, {**CONTENT, "text": "别的"}, acting_user=None)
    assert (changed.version, changed.sha256 == notice.sha256) == (2, False)


@pytest.mark.parametrize("part", ["title", "text_en", "recipients"])
def test_a_notice_is_whole_in_both_languages(part: str) -> None:
    with pytest.raises(Refused) as refused:
        publish_notice(NAME, {**CONTENT, part: " "}, acting_user=None)
    assert refused.value.field == part


def test_publishing_it_in_the_administration_makes_a_version() -> None:
    written = ConsentNotice(purpose=NAME, live=False, **CONTENT)
    written.save()
    assert not NoticeVersion.objects.exists()
    written.save_revision().publish()
    made = NoticeVersion.objects.get()
    assert (made.content, made.said("en")["title"], made.said("zh-hans")["title"]) == (CONTENT, "title_en!", "title!")
    assert entries(kind=LeafKind.NOTICE_PUBLISHED)[0].record_ref == made.row_id


def test_the_supplied_notices_ask_for_each_purpose_once() -> None:
    assert (load_notices(), load_notices()) == (3, 0)
    assert [one.purpose for one in NoticeVersion.objects.all_current()] == list(ConsentPurpose.values)


# Agreeing and taking it back ------------------------------------------------------------------------


def test_nobody_has_agreed_who_was_not_asked(person: Any, notice: NoticeVersion) -> None:
    assert not has_agreed(person, NAME)
    assert [(one.latest, one.is_given) for one in standings_of(person)] == [(None, False)]


def test_what_was_said_last_counts_and_all_of_it_stays(person: Any, notice: NoticeVersion) -> None:
    give(person, notice)
    withdraw_consent(NAME, acting_user=person)
    give(person, notice)
    assert has_agreed(person, NAME)
    assert [one.state for one in Consent.objects.visible_to(person)] == ["given", "withdrawn", "given"]


def test_saying_the_same_twice_is_saying_it_once(person: Any, notice: NoticeVersion) -> None:
    assert give(person, notice) == give(person, notice)


def test_nobody_agrees_to_a_text_that_was_not_shown(person: Any, notice: NoticeVersion) -> None:
    publish_notice(NAME, {**CONTENT, "text": "别的"}, acting_user=None)
    with pytest.raises(NotNow):
        give(person, notice)


def test_after_a_change_of_the_text_the_page_says_so_and_the_agreement_stays(
    person: Any, notice: NoticeVersion
) -> None:
    give(person, notice)
    publish_notice(NAME, {**CONTENT, "text": "别的"}, acting_user=None)
    [standing] = standings_of(person)
    assert (standing.is_given, standing.has_changed) == (True, True)


@pytest.mark.parametrize("act", [give_consent, decline_consent, withdraw_consent])
def test_there_is_nothing_to_agree_to_without_a_notice(person: Any, act: Any) -> None:
    with pytest.raises(Refused):
        act(NAME, acting_user=person, **({"notice_sha256": ""} if act is give_consent else {}))


def test_a_visitor_agrees_to_nothing(notice: NoticeVersion) -> None:
    with pytest.raises(PermissionDenied):
        give(AnonymousUser(), notice)


def test_a_consent_is_never_changed(person: Any, notice: NoticeVersion) -> None:
    consent = give(person, notice)
    for change in (consent.delete, Consent.objects.all().delete, lambda: Consent.objects.update(state="withdrawn")):
        with pytest.raises(AppendOnlyError):
            change()


@pytest.mark.both
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE privacy_consent SET state = 'withdrawn'",
        "DELETE FROM privacy_consent",
        "UPDATE privacy_noticeversion SET sha256 = 'x'",
        "DELETE FROM privacy_noticeversion",
    ],
)
def test_the_database_refuses_to_change_it(person: Any, notice: NoticeVersion, sql: str) -> None:
    give(person, notice)
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(sql)


def test_the_log_tells_what_for_and_not_who(person: Any, notice: NoticeVersion) -> None:
    give(person, notice)
    [entry] = entries(kind=LeafKind.CONSENT_RECORDED)
    told = json.loads(entry.leaf)["public"]
    assert told == {"purpose": "publish_name", "state": "given", "notice_sha256": notice.sha256}
    assert str(person.row_id) not in entry.leaf


# What follows ---------------------------------------------------------------------------------------


def test_taking_back_the_name_takes_it_from_what_was_published(person: Any, notice: NoticeVersion) -> None:
    feedback = make_feedback(acting_user=person)
    names = []
    for act in (give, lambda *_: withdraw_consent(NAME, acting_user=person), give):
        act(person, notice)
        names.append(Feedback.objects.get(pk=feedback.pk).public_name)
    assert names == ["河西居民", "一位市民", "河西居民"]


def test_without_an_agreement_to_letters_news_stands_on_the_page_only(
    person: Any, django_capture_on_commit_callbacks: Any
) -> None:
    notice = publish_notice(MAIL, CONTENT, acting_user=None)
    give(person, notice)
    withdraw_consent(MAIL, acting_user=person)
    with django_capture_on_commit_callbacks(execute=True):
        announce(Kind.ANSWERED, make_feedback(), to=person)
    assert (Notification.objects.filter(recipient=person).count(), Letter.objects.filter(recipient=person).count()) == (
        1,
        0,
    )


def test_the_link_in_a_letter_takes_the_agreement_back(person: Any) -> None:
    give(person, publish_notice(MAIL, CONTENT, acting_user=None))
    stop_mail("all", acting_user=person)
    latest = Consent.objects.visible_to(person).first()
    assert (latest.state, latest.method) == ("withdrawn", "mail_link")


# The receipt ----------------------------------------------------------------------------------------


def test_a_receipt_proves_itself_with_the_key_of_the_log(person: Any, notice: NoticeVersion) -> None:
    file = json.dumps(receipt_of(give(person, notice)))
    said = verified(file, str(present_key()))
    assert (said["state"], said["notice"]["sha256"], said["notice"]["text_en"]) == ("given", notice.sha256, "text_en!")


def test_a_changed_receipt_is_refused(person: Any, notice: NoticeVersion) -> None:
    file = receipt_of(give(person, notice))
    file["receipt"]["state"] = "withdrawn"
    with pytest.raises(ValueError):
        verified(json.dumps(file), str(present_key()))


def test_the_offline_program_finds_the_same(person: Any, notice: NoticeVersion, tmp_path: Any, client: Any) -> None:
    for name, address in (
        ("verify_consent.py", "privacy:consent:program"),
        ("verify_receipt.py", "tlog:verify_receipt"),
    ):
        answer = client.get(reverse(address))
        (tmp_path / name).write_bytes(b"".join(answer.streaming_content) if answer.streaming else answer.content)
    file = json.dumps(receipt_of(give(person, notice)))
    statuses = []
    for text in (file, file.replace('\\"given\\"', '\\"withdrawn\\"').replace('"given"', '"withdrawn"'), "{}"):
        (tmp_path / "receipt.json").write_text(text)
        command = [sys.executable, "verify_consent.py", "receipt.json", "--log", str(present_key())]
        statuses.append(subprocess.run(command, cwd=tmp_path, capture_output=True, check=False).returncode)
    assert statuses == [0, 1, 1]


# Pages ----------------------------------------------------------------------------------------------


def test_one_click_gives_and_one_click_takes_back(person: Any, notice: NoticeVersion, client: Any) -> None:
    client.force_login(person)
    url = reverse("privacy:consent:decide", args=[NAME])
    states = []
    for sent in ({"give": notice.sha256}, {"withdraw": "1"}):
        page = client.post(url, sent, follow=True).content.decode()
        states.append((has_agreed(person, NAME), notice.said()["title"] in page))
    assert states == [(True, True), (False, True)]


def test_a_receipt_is_its_persons_alone(person: Any, notice: NoticeVersion, client: Any) -> None:
    url = reverse("privacy:consent:receipt", args=[give(person, notice).row_id])
    client.force_login(make_user())
    assert client.get(url).status_code == 404
    client.force_login(person)
    assert client.get(url).json()["receipt"]["purpose"] == NAME


def test_everybody_reads_what_people_are_asked(notice: NoticeVersion, client: Any) -> None:
    assert notice.sha256 in client.get(notice.get_absolute_url()).content.decode()


@pytest.mark.parametrize("ticked", [True, False])
def test_signing_up_asks_for_each_by_itself_and_refuses_nobody(
    notice: NoticeVersion, client: Any, ticked: bool
) -> None:
    sent = {
        "email": "new@example.org",
        "display_name": "新居民",
        "password1": "a long enough one",
        "password2": "a long enough one",
    }
    page = client.get(reverse("account_signup")).content.decode()
    assert 'name="agree_publish_name"' in page
    assert "checked" not in page
    client.post(reverse("account_signup"), {**sent, **({"agree_publish_name": "on"} if ticked else {})})
    consent = Consent.objects.get()
    assert (consent.state, consent.method) == ("given" if ticked else "declined", "sign_up")
