"""Everything that is held about somebody, handed to them and to nobody else."""

from __future__ import annotations

import csv
import io
import json
from datetime import timedelta
from typing import Any
from zipfile import ZipFile

import pytest
from django.core import mail
from django.core.files.base import ContentFile
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from participation.feedback.models import Feedback
from participation.stakeholders.models import Mandate, User
from privacy.access.models import AccessEvent
from privacy.history.actor import acting
from privacy.rights.exporting import errors, freezing
from privacy.rights.exporting.actions import ask_export, give_link, use_link
from privacy.rights.exporting.making import _finish as finish
from privacy.rights.exporting.making import end_exports, make_export
from privacy.rights.exporting.models import ExportJob
from privacy.rights.exporting.tables import Table
from privacy.rights.exporting.zipping import zipped
from privacy.rights.registry import personal_data
from privacy.sealing.keys import Subject
from tests.factories import PASSWORD, make_feedback, make_organisation, make_user
from tests.log_entries import entries, entry

pytestmark = [pytest.mark.django_db, pytest.mark.both]
PHONE = "+8613800138000"
WORDS = "路灯晚上不亮，请维修。"


def person_with_data() -> User:
    person = make_user(display_name="阿云")
    with acting(person):
        person.phone = PHONE
        person.save()
    return person


def subject_of(person: User) -> Subject:
    return person.sealing_subject()


def made(person: User, subject: Subject | None = None, language: str = "en") -> ExportJob:
    job = ask_export(subject or subject_of(person), language=language, acting_user=person)
    return make_export(job)


def ready(person: User, content: bytes = b"zip") -> ExportJob:
    """An export that has been made, whatever is in it."""
    job = ExportJob(
        subject_scope="person", subject_ref=person.row_id, asked_by=person, language="en", state=ExportJob.State.READY
    )
    job.ready_at = timezone.now()
    job.expires_at = job.ready_at + timedelta(days=1)
    job.file.save("export.zip", ContentFile(content), save=True)
    return job


def opened(job: ExportJob) -> ZipFile:
    with acting(job.asked_by):
        return ZipFile(io.BytesIO(job.file.open().read()))


def table(archive: ZipFile, model: str) -> list[dict[str, Any]]:
    """The rows of every kind of that model, put together."""
    names = [name for name in archive.namelist() if name.partition("-")[2] == f"{model}.json"]
    kinds = [json.loads(archive.read(name)) for name in names]
    return [{key: value for row in rows for key, value in row.items()} for rows in zip(*kinds, strict=True)]


def test_an_export_holds_what_is_sealed_opened_and_that_is_no_reading_by_somebody_else() -> None:
    archive = opened(made(person_with_data()))
    assert [row["phone"] for row in table(archive, "user")] == [PHONE]
    assert AccessEvent.objects.count() == 0


def test_the_readme_says_what_for_and_what_is_withheld_is_nowhere() -> None:
    person = make_user()
    archive = opened(made(person, language="en"))
    assert "What for: Your account" in archive.read("README.txt").decode()
    assert person.password not in "".join(archive.read(name).decode() for name in archive.namelist())


def test_the_same_stands_in_a_table_for_spreadsheets() -> None:
    person = make_user(display_name="=1+1")
    archive = opened(made(person))
    tables = [archive.read(name).decode("utf-8-sig") for name in archive.namelist() if name.endswith("-user.csv")]
    (rows,) = [rows for text in tables if "Public name" in (rows := list(csv.reader(io.StringIO(text))))[0]]
    assert rows[1][rows[0].index("Public name")] == "'=1+1"


def test_earlier_versions_are_in_it() -> None:
    person = make_user(display_name="从前")
    with acting(person):
        person.display_name = "现在"
        person.save()
    archive = opened(made(person))
    assert {row["display_name"] for row in table(archive, "user-earlier")} == {"从前", "现在"}


def test_contributions_and_their_files_are_in_it() -> None:
    upload = SimpleUploadedFile("路灯.txt", "照片说明".encode())
    said = make_feedback(body=WORDS, attachment=upload)
    archive = opened(made(said.author))
    row = table(archive, "feedback")[0]
    assert (row["body"], archive.read(row["attachment"]).decode()) == (WORDS, "照片说明")


def test_nothing_of_somebody_else_is_in_it() -> None:
    make_feedback(body="别人说的话")
    archive = opened(made(person_with_data()))
    assert "别人说的话" not in "".join(archive.read(name).decode() for name in archive.namelist())


def test_what_an_organisation_sealed_is_opened_on_the_record() -> None:
    owner = make_user()
    organisation = make_organisation(member=owner, bank_account="6222 0000 1111")
    job = made(owner, Subject("organisation", organisation.row_id))
    rows = table(opened(job), "organisation")
    assert [row["bank_account"] for row in rows] == ["6222 0000 1111"]
    assert [event.purpose for event in AccessEvent.objects.filter(record_label="participation.organisation")] == [
        "Export of the data, asked for by its owner"
    ]


def test_the_file_is_sealed_where_it_lies() -> None:
    job = ready(make_user(), b"PK of the person")
    with job.file.storage.open(job.file.name) as stored:
        assert b"PK of the person" not in stored.read()


def test_the_log_says_that_an_export_was_made_and_not_whose() -> None:
    person = person_with_data()
    made(person)
    leaf = entry(kind="export.made").leaf
    assert json.loads(leaf)["public"] == {}
    assert str(person.row_id) not in leaf


def test_the_person_is_told_by_a_letter_that_says_nothing(django_capture_on_commit_callbacks: Any) -> None:
    person = person_with_data()
    job = ask_export(subject_of(person), language="en", acting_user=person)
    with django_capture_on_commit_callbacks(execute=True):
        make_export(job)
    assert [letter.to for letter in mail.outbox] == [[person.email]]
    assert PHONE not in mail.outbox[0].body


def test_what_is_sealed_for_somebody_else_stays_closed() -> None:
    organisation = make_organisation(bank_account="6222 0000 1111")
    (bank,) = [one for one in personal_data() if "bank_account" in one.names]
    table = Table(bank, type(organisation).objects.all(), subject_of(make_user()))
    with override("en"):
        told = dict(zip(table.columns, table.values(organisation), strict=True))
    assert told["bank_account"] == "[sealed]"


# Asking ---------------------------------------------------------------------------------------------


def test_nobody_exports_what_is_held_about_somebody_else() -> None:
    with pytest.raises(errors.NotYours):
        ask_export(subject_of(make_user()), language="en", acting_user=make_user())


def test_a_member_who_owns_nothing_does_not_export_the_organisation() -> None:
    member = make_user()
    organisation = make_organisation()
    Mandate.objects.create(person=member, organisation=organisation, is_owner=False)
    with pytest.raises(errors.NotYours):
        ask_export(Subject("organisation", organisation.row_id), language="en", acting_user=member)


def test_asking_twice_is_asking_once() -> None:
    person = make_user()
    jobs = {ask_export(subject_of(person), language="en", acting_user=person).pk for _again in range(2)}
    assert len(jobs) == 1


def test_the_database_lets_one_of_two_in() -> None:
    person = make_user()
    job = ask_export(subject_of(person), language="en", acting_user=person)
    job.pk, job.row_id = None, None
    with pytest.raises(IntegrityError), transaction.atomic():
        ExportJob.objects.create(subject_scope="person", subject_ref=person.row_id, asked_by=person, language="en")


def test_more_often_than_a_few_times_a_day_is_too_often(settings: Any) -> None:
    settings.EXPORTS_PER_DAY = 1
    person = make_user()
    ready(person)
    with pytest.raises(errors.TooOften):
        ask_export(subject_of(person), language="en", acting_user=person)


def test_nobody_exports_while_exports_are_frozen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(freezing, "stops", [lambda: True])
    person = make_user()
    with pytest.raises(errors.Frozen):
        ask_export(subject_of(person), language="en", acting_user=person)


def test_an_export_that_fails_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    person = make_user()
    job = ask_export(subject_of(person), language="xx-broken", acting_user=person)
    monkeypatch.setattr("privacy.rights.exporting.making.Archive", None)
    assert make_export(job).state == ExportJob.State.FAILED


# The link -------------------------------------------------------------------------------------------


def linked(session: str = "here") -> tuple[User, ExportJob, str]:
    person = make_user()
    job = ready(person)
    return person, job, give_link(job, session_key=session, acting_user=person)


def test_a_link_leads_to_the_file_once() -> None:
    person, job, token = linked()
    assert use_link(token, session_key="here", acting_user=person) == job
    with pytest.raises(errors.LinkUsed):
        use_link(token, session_key="here", acting_user=person)
    assert len(entries(kind="export.fetched")) == 1


def test_a_link_ends_with_the_file() -> None:
    person, _job, token = linked()
    ExportJob.objects.update(link_until=timezone.now() - timedelta(seconds=1))
    with pytest.raises(errors.LinkExpired):
        use_link(token, session_key="here", acting_user=person)


def test_a_link_does_not_work_in_another_session_and_is_not_used_up_by_it() -> None:
    person, job, token = linked()
    with pytest.raises(errors.OtherSession):
        use_link(token, session_key="elsewhere", acting_user=person)
    assert use_link(token, session_key="here", acting_user=person) == job


def test_a_link_is_unknown_to_others() -> None:
    _person, _job, token = linked()
    with pytest.raises(errors.LinkUnknown):
        use_link(token, session_key="here", acting_user=make_user())


def test_a_new_link_ends_the_earlier_one() -> None:
    person, job, token = linked()
    give_link(job, session_key="here", acting_user=person)
    with pytest.raises(errors.LinkUnknown):
        use_link(token, session_key="here", acting_user=person)


def test_no_link_to_what_has_expired() -> None:
    person, job, _token = linked()
    ExportJob.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with pytest.raises(errors.NotReady):
        give_link(job, session_key="here", acting_user=person)


def test_an_expired_file_is_taken_away(django_capture_on_commit_callbacks: Any) -> None:
    _person, job, _token = linked()
    name = job.file.name
    ExportJob.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    with django_capture_on_commit_callbacks(execute=True):
        assert end_exports() == 1
    job.refresh_from_db()
    assert (job.state, bool(job.file), job.file.storage.exists(name)) == (ExportJob.State.EXPIRED, False, False)


def test_an_export_that_was_stopped_is_given_up() -> None:
    person = make_user()
    job = ask_export(subject_of(person), language="en", acting_user=person)
    ExportJob.objects.update(created=timezone.now() - timedelta(hours=7))
    end_exports()
    job.refresh_from_db()
    assert job.state == ExportJob.State.FAILED


# Pages ----------------------------------------------------------------------------------------------


def browser_of(person: User, *, signed_in_just_now: bool = True) -> Client:
    client = Client()
    client.force_login(person)
    if signed_in_just_now:
        client.post(reverse("account_reauthenticate"), {"password": PASSWORD})
    return client


def test_an_export_wants_the_password_again() -> None:
    response = browser_of(make_user(), signed_in_just_now=False).post("/my-data/export/")
    assert (response.status_code, response["Location"].split("?")[0]) == (302, "/accounts/reauthenticate/")
    assert ExportJob.objects.count() == 0


def test_a_person_fetches_the_export() -> None:
    person = make_user()
    job = ready(person, b"PK of the person")
    browser = browser_of(person)
    first = browser.post(f"/my-data/export/{job.row_id}/link/")
    response = browser.get(first["Location"])
    sent = b"".join(response.streaming_content)  # type: ignore[arg-type]
    assert (response["Content-Type"], sent) == ("application/zip", b"PK of the person")
    again = browser.get(first["Location"])
    assert (again.status_code, b'href="/my-data/#export"' in again.content) == (410, True)


@pytest.mark.parametrize(
    ("change", "status"),
    [
        pytest.param({"link_until": timezone.now() - timedelta(days=1)}, 410, id="expired"),
        pytest.param({"link_session": "0" * 64}, 403, id="another_session"),
        pytest.param({"link_digest": "0" * 64}, 404, id="unknown"),
    ],
)
def test_a_link_that_does_not_work_says_why_and_where_to_go(change: dict[str, Any], status: int) -> None:
    person = make_user()
    job = ready(person)
    browser = browser_of(person)
    address = browser.post(f"/my-data/export/{job.row_id}/link/")["Location"]
    ExportJob.objects.update(**change)
    response = browser.get(address)
    assert (response.status_code, b'href="/my-data/#export"' in response.content) == (status, True)


def test_the_progress_of_somebody_elses_export_is_not_there() -> None:
    job = ready(make_user())
    assert browser_of(make_user()).get(f"/my-data/export/{job.row_id}/").status_code == 404


def test_a_zip_is_made_while_it_is_read() -> None:
    asked: list[str] = []

    def content(name: str) -> Any:
        asked.append(name)
        yield b"x" * 10

    pieces = zipped([(name, content(name)) for name in ("a", "b")])
    first = next(pieces)
    assert asked == ["a"]
    assert ZipFile(io.BytesIO(first + b"".join(pieces))).namelist() == ["a", "b"]


def test_feedback_given_for_an_organisation_is_in_the_export_of_both() -> None:
    owner = make_user()
    organisation = make_organisation(member=owner)
    said = make_feedback(acting_user=owner)
    Feedback.objects.filter(pk=said.pk).update(organisation=organisation)
    archives = [made(owner), made(owner, Subject("organisation", organisation.row_id))]
    assert [len(table(opened(job), "feedback")) for job in archives] == [1, 1]


def test_an_export_whose_person_is_erased_while_it_is_made_leaves_nothing() -> None:
    person = make_user()
    job = ask_export(subject_of(person), language="en", acting_user=person)
    job.file.save("export.zip", ContentFile(b"all of it"), save=False)
    storage, name = job.file.storage, job.file.name
    ExportJob.objects.filter(pk=job.pk).delete()
    finish(job)
    assert (ExportJob.objects.filter(pk=job.pk).exists(), storage.exists(name)) == (False, False)
