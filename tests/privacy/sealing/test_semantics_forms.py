"""Sealed values in forms and in the administration."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.core.files.uploadedfile import SimpleUploadedFile
from django.forms import modelform_factory
from django.test import Client

from privacy.history.queries import history_of
from privacy.sealing.admin import check_administrations
from tests.privacy.sealing.columns import stored
from tests.specimens.models import Statement

pytestmark = [pytest.mark.django_db, pytest.mark.both]

TEXT = "my number is 555 0100"
StatementForm = modelform_factory(Statement, fields=["title", "body", "answers", "attachment"])
User = get_user_model()


def make_statement(**fields: Any) -> Statement:
    values = {"title": "one", "body": TEXT, "answers": {"a": "二"}, "attachment": SimpleUploadedFile("a.txt", b"file")}
    return Statement.objects.create(**{**values, **fields})


def reread(statement: Statement) -> Statement:
    return Statement.objects.get(pk=statement.pk)


def as_sent(form: Any) -> dict[str, Any]:
    """What a browser sends back when nothing was changed."""
    return {name: form[name].value() or "" for name in form.fields if name != "attachment"}


# Forms -------------------------------------------------------------------------------------------


def test_a_form_shows_what_is_sealed_to_be_edited() -> None:
    form = StatementForm(instance=reread(make_statement()))
    page = form.as_p()
    assert (TEXT in page, "二" in page) == (True, True)


def test_a_form_sent_back_unchanged_changes_no_column_and_names_no_change_in_the_history() -> None:
    statement = reread(make_statement())
    columns = ("title", "body", "answers", "attachment", "attachment_details")
    before = [stored_column(statement, column) for column in columns]
    form = StatementForm(as_sent(StatementForm(instance=statement)), instance=statement)
    assert (form.is_valid(), form.has_changed()) == (True, False)
    form.save()
    assert [stored_column(statement, column) for column in columns] == before
    assert history_of(statement)[0].changed == ()


def stored_column(statement: Statement, column: str) -> Any:
    if column in ("title", "attachment"):
        return Statement.objects.values_list(column, flat=True).get(pk=statement.pk)
    return stored(statement, column)


def test_a_change_of_one_value_leaves_the_ciphertext_of_the_others() -> None:
    statement = reread(make_statement())
    before = (stored(statement, "body"), stored(statement, "answers"))
    form = StatementForm({**as_sent(StatementForm(instance=statement)), "body": "new"}, instance=statement)
    assert form.changed_data == ["body"]
    form.save()
    assert (reread(statement).body, stored(statement, "answers")) == ("new", before[1])
    assert stored(statement, "body") != before[0]


def test_a_form_with_an_error_shows_what_was_typed_and_not_what_is_stored() -> None:
    statement = reread(make_statement())
    sent = {**as_sent(StatementForm(instance=statement)), "title": "x" * 101, "body": "typed anew"}
    form = StatementForm(sent, instance=statement)
    page = form.as_p()
    assert (form.is_valid(), "typed anew" in page, TEXT in page) == (False, True, False)
    assert reread(statement).body == TEXT


def test_text_that_looks_like_ciphertext_is_kept_as_typed() -> None:
    statement = reread(make_statement())
    StatementForm({**as_sent(StatementForm(instance=statement)), "body": "enc:v1:AAAA"}, instance=statement).save()
    assert reread(statement).body == "enc:v1:AAAA"


def test_a_form_replaces_a_file_and_can_take_it_away() -> None:
    statement = reread(make_statement())
    sent = as_sent(StatementForm(instance=statement))
    new = SimpleUploadedFile("b.txt", b"new", content_type="text/plain")
    StatementForm(sent, {"attachment": new}, instance=statement).save()
    assert reread(statement).attachment.open().read() == b"new"
    StatementForm({**sent, "attachment-clear": "on"}, instance=reread(statement)).save()
    again = reread(statement)
    assert (bool(again.attachment), again.attachment_details) == (False, None)


def test_a_form_names_no_address_of_a_sealed_file() -> None:
    page = StatementForm(instance=reread(make_statement())).as_p()
    assert ("href" in page, "attachment-clear" in page) == (False, False)


# Administration ----------------------------------------------------------------------------------


@pytest.fixture
def administrator(settings: Any) -> Client:
    settings.ROOT_URLCONF = "tests.specimens.urls"
    client = Client()
    client.force_login(User.objects.create_superuser(email="root@example.org", password="x", display_name="Root"))
    return client


@pytest.mark.parametrize("page", ["closed/specimens/statement/", "closed/specimens/statement/{}/change/"])
def test_the_administration_shows_that_it_is_sealed(administrator: Client, told: list[str], page: str) -> None:
    text = administrator.get("/" + page.format(make_statement().pk)).content.decode()
    assert (TEXT in text, "[sealed]" in text, told) == (False, True, [])


def test_saving_in_the_administration_leaves_what_is_sealed(administrator: Client, told: list[str]) -> None:
    statement = make_statement()
    before = (stored(statement, "body"), stored(statement, "answers"), statement.attachment.name)
    sent = {"title": "two", "about": str(statement.about), "body": "planted"}
    answer = administrator.post(f"/closed/specimens/statement/{statement.pk}/change/", sent)
    again = Statement.objects.get()
    assert (answer.status_code, again.title) == (302, "two")
    assert (stored(again, "body"), stored(again, "answers"), again.attachment.name) == before
    assert told == []


def test_whoever_may_open_sees_and_edits(administrator: Client, told: list[str]) -> None:
    statement = make_statement()
    address = f"/open/specimens/statement/{statement.pk}/change/"
    assert (TEXT in administrator.get(address).content.decode(), "specimens.statement.body" in told) == (True, True)
    sent = {"title": "one", "about": str(statement.about), "body": "new", "answers": '{"a": "二"}'}
    assert administrator.post(address, sent).status_code == 302
    assert reread(statement).body == "new"


def test_the_administration_shows_what_was_typed_beside_an_error(administrator: Client) -> None:
    statement = make_statement()
    sent = {"title": "x" * 101, "about": str(statement.about), "body": "typed anew", "answers": "{}"}
    page = administrator.post(f"/open/specimens/statement/{statement.pk}/change/", sent).content.decode()
    assert ("typed anew" in page, TEXT in page, reread(statement).body) == (True, False, TEXT)


def test_an_administration_that_would_show_plaintext_is_found_by_the_checks() -> None:
    from django.contrib.admin import AdminSite, ModelAdmin

    site = AdminSite(name="careless")
    site.register(Statement, ModelAdmin)
    found = [problem for problem in check_administrations(None) if "ModelAdmin" in problem.msg]
    assert [(problem.id, problem.obj) for problem in found] == [("privacy.E011", Statement)]
