"""One person, everywhere: after the erasure no file holds their words, and no backup brings them back."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as site
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.utils import timezone

from participation.feedback.models import Draft, Feedback
from participation.following.models import Follow
from participation.moderation.actions import hide_item
from participation.stakeholders.models import User
from privacy.log.audit import audit_log
from privacy.log.sequencer import number_and_sign
from privacy.rights.backups.database import restore_database
from privacy.rights.backups.restoring import restore, restore_keys
from privacy.rights.backups.saving import folders, save, save_keys_in
from privacy.rights.erasing import ledger
from privacy.rights.erasing.actions import ask_erasure, carry_out_due
from privacy.rights.erasing.models import Erasure
from privacy.sealing.errors import Shredded, UnknownKey
from privacy.sealing.models import DataKey
from tests import factories

pytestmark = [
    pytest.mark.django_db(transaction=True),
    pytest.mark.skipif(connection.vendor != "sqlite", reason="reads the files of SQLite"),
]

EMAIL, NAME, EARLIER_NAME = "ouyang.zhijia@geheim.example", "欧阳志佳", "从前的名字辛夷"
PHONE, ADDRESS, REAL_NAME, NUMBER = "13912345678", "柳溪路七十七号三单元", "欧阳真名", "11010519491231002X"
DRAFT, HIDDEN, PASSAGE = "还没写完的一段话黄鹂", "被隐藏的一段话白鹭", "只给主持人看的翠柳"
FILE_NAME, FILE_TEXT, AGENT = "我的体检单青天.txt", "体检单的内容窗含西岭", "Mozilla/5.0 (Geheim 77)"
NEEDLES = [EMAIL, NAME, EARLIER_NAME, PHONE, ADDRESS, REAL_NAME, NUMBER]
NEEDLES += [DRAFT, HIDDEN, PASSAGE, FILE_NAME, FILE_TEXT, AGENT]
PUBLISHED = "公开说过的话门泊东吴"


@pytest.fixture(autouse=True)
def nothing_left_by_others(settings: Any, tmp_path: Path) -> None:
    settings.ERASURE_LEDGER = str(tmp_path / "erasures.jsonl")
    for folder in folders().values():
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def person() -> User:
    """Somebody who left traces wherever people do."""
    person = factories.make_user(email=EMAIL, display_name=EARLIER_NAME)
    person.phone, person.contact_address, person.real_name = PHONE, ADDRESS, REAL_NAME
    person.identity_number, person.display_name = NUMBER, NAME
    person.save()
    Client(headers={"user-agent": AGENT}).post("/accounts/login/", {"login": EMAIL, "password": factories.PASSWORD})
    published = factories.make_feedback(acting_user=person, body=PUBLISHED, callback_phone=PHONE)
    hidden = factories.make_feedback(
        published.consultation,
        acting_user=person,
        body=HIDDEN,
        sealed_passage=PASSAGE,
        attachment=SimpleUploadedFile(FILE_NAME, FILE_TEXT.encode(), "text/plain"),
    )
    hide_item(hidden, rule=factories.make_house_rule(), reason="-", acting_user=factories.make_moderator())
    Draft.objects.create(consultation=published.consultation, person=person, typed={"body": DRAFT})
    Follow.objects.create(person=person, subject="consultation", row_id=published.consultation.row_id)
    number_and_sign()
    return person


def files() -> Iterator[Path]:
    database = Path(connection.settings_dict["NAME"])
    yield from (path for path in database.parent.glob(f"{database.name}*") if path.is_file())
    for folder in (*folders().values(), Path(site.ANALYSIS_DIR)):
        yield from (path for path in folder.rglob("*") if path.is_file())


def found(needles: list[str] = NEEDLES) -> list[tuple[str, str]]:
    """Which words stand where, as text or as JSON writes them."""
    spelled = [(word, form.encode()) for word in needles for form in {word, json.dumps(word)[1:-1]}]
    contents = [(path.name, path.read_bytes()) for path in files()]
    return [(word, name) for name, content in contents for word, form in spelled if form in content]


def erase(person: User) -> Erasure:
    erasure = ask_erasure(person.sealing_subject(), acting_user=person)
    Erasure.objects.filter(pk=erasure.pk).update(due_at=timezone.now() - timedelta(seconds=1))
    assert carry_out_due() == 1
    erasure.refresh_from_db()
    return erasure


def test_no_file_holds_a_word_of_whoever_was_erased(person: User, client: Any) -> None:
    before = audit_log().problems
    published = Feedback.objects.get(body=PUBLISHED)
    page = client.get(published.consultation.get_absolute_url()).content.decode()
    # Whatever is not sealed can be found before, or this test would prove nothing.
    in_the_open = {EMAIL, NAME, EARLIER_NAME, HIDDEN, FILE_NAME, FILE_TEXT, AGENT}
    assert {word for word, _where in found()} == in_the_open
    erasure = erase(person)
    assert erasure.scrubbed_at is not None
    assert found() == []
    number_and_sign()
    assert [problem for problem in audit_log().problems if problem not in before] == []
    assert found() == []
    assert found([PUBLISHED]) != []
    after = client.get(published.consultation.get_absolute_url()).content.decode()
    assert (NAME in after, PUBLISHED in after) == (False, PUBLISHED in page)
    assert not EmailAddress.objects.filter(user=person).exists()


def test_a_backup_from_before_brings_nobody_back(person: User, tmp_path: Path) -> None:
    data, keys = save(tmp_path / "data", tmp_path / "keys")
    erase(person)
    newest = tmp_path / "newest"
    save_keys_in(newest, 0)
    done = restore(data, newest)
    assert (done.erased, done.is_scrubbed) == (1, True)
    left = User.objects.get(pk=person.pk)
    assert (left.is_active, left.email) == (False, f"{left.row_id}@erased.invalid")
    assert found() == []
    # The keys of that night are of no use either: the ledger destroys them again.
    assert restore(data, keys).erased == 1
    assert set(DataKey.objects.filter(scope_ref=person.row_id).values_list("state", flat=True)) == {"shredded"}
    assert found() == []


def test_without_the_erased_keys_a_restored_database_opens_nothing(person: User, tmp_path: Path) -> None:
    data, _keys = save(tmp_path / "data", tmp_path / "keys")
    content = (data / "database.sqlite3").read_bytes()
    wrapped = [bytes(key) for key in DataKey.objects.exclude(wrapped=None).values_list("wrapped", flat=True)]
    assert [key for key in wrapped if key in content] == []
    erase(person)
    save_keys_in(tmp_path / "newest", 0)
    restore_database(data / "database.sqlite3")
    assert User.objects.get(pk=person.pk).email == EMAIL
    with pytest.raises(UnknownKey):
        assert User.objects.get(pk=person.pk).phone
    restore_keys(tmp_path / "newest" / "keys.jsonl")
    with pytest.raises(Shredded):
        assert User.objects.get(pk=person.pk).phone


def test_the_command_erases_again_by_a_ledger(person: User, tmp_path: Path) -> None:
    line = ledger.Line("person", person.row_id, person.row_id, (), timezone.now())
    ledger.write(line)
    out = _Silent()
    call_command("privacy_erasures", "--replay", stdout=out)
    assert out.text.startswith("1 in the ledger, 1 erased again")
    assert found() == []


class _Silent:
    text = ""

    def write(self, *parts: str) -> None:
        self.text += "".join(parts)
