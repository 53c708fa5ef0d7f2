"""Moderators' private notes: who writes and reads them, and what becomes of them."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from participation.discussion.actions import post_message
from participation.moderation.items import author_of, kind_of
from participation.notes.actions import add_note, remove_note
from participation.notes.models import ModeratorNote, Noted
from participation.notes.queries import count_about, notes_on, opened_notes
from participation.stakeholders.models import Role
from portal.errors import Conflict, GongzhiError, Invalid, NotAllowed, NotFound, SignInRequired
from privacy.access.models import AccessEvent
from privacy.access.recording import reading
from privacy.log.models import PendingLeaf
from privacy.sealing import ring
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_department,
    make_evaluation,
    make_feedback,
    make_integrity_officer,
    make_moderator,
    make_officeholder,
    make_officer,
    make_user,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

TEXT = "同一人已来过三次，先电话联系。"


def make_message(acting_user: Any = None) -> Any:
    return post_message(
        make_consultation(),
        body="早上太早了。",
        client_id=None,
        standing=CITIZEN,
        acting_user=acting_user or make_user(),
    )[0]


KINDS: dict[str, Any] = {"feedback": make_feedback, "evaluation": make_evaluation, "message": make_message}
PEOPLE: dict[str, tuple[Any, type[GongzhiError], int]] = {
    "visitor": (lambda: None, SignInRequired, 401),
    "citizen": (make_user, NotAllowed, 403),
    "auditor": (lambda: make_officeholder(Role.AUDITOR), NotAllowed, 403),
    "officer": (lambda: make_officer(make_department()), NotAllowed, 403),
    "integrity": (make_integrity_officer, NotAllowed, 403),
    "administrator": (lambda: make_user(is_superuser=True), NotAllowed, 403),
}


def page_of(noted: Noted) -> str:
    return reverse("participation:notes:page", args=[kind_of(noted), noted.row_id])


def removal_of(note: ModeratorNote) -> str:
    return reverse("participation:notes:remove", args=[note.row_id])


def signed_in(user: Any) -> Client:
    client = Client()
    if user is not None:
        client.force_login(user)
    return client


@pytest.mark.parametrize("kind", list(KINDS))
def test_a_moderator_writes_a_note_that_other_moderators_read(kind: str) -> None:
    noted, moderator, colleague = KINDS[kind](), make_moderator(), make_moderator()
    note = add_note(noted, text=TEXT, acting_user=moderator)
    assert (note.noted, note.about, kind_of(noted)) == (noted, author_of(noted), kind)
    assert list(notes_on(colleague, noted)) == [note]


def test_the_leaf_does_not_tell_what_or_whom_a_note_is_about() -> None:
    feedback = make_feedback()
    note = add_note(feedback, text=TEXT, acting_user=make_moderator())
    leaf = PendingLeaf.objects.get(record_ref=note.row_id)
    assert (leaf.kind, '"public":{}' in leaf.leaf) == ("note.added", True)
    assert [s for s in (TEXT, str(feedback.row_id), str(feedback.author.row_id)) if s in leaf.leaf] == []


@pytest.mark.parametrize("who", list(PEOPLE))
def test_nobody_else_reads_writes_or_removes(who: str) -> None:
    make, refusal, status = PEOPLE[who]
    feedback, person = make_feedback(), make()
    note = add_note(feedback, text=TEXT, acting_user=make_moderator())
    with pytest.raises(refusal):
        add_note(feedback, text=TEXT, acting_user=person)
    with pytest.raises(refusal):
        remove_note(note, reason="写错了", acting_user=person)
    client = signed_in(person)
    answers = [
        client.get(page_of(feedback)).status_code,
        client.post(page_of(feedback), {"text": TEXT}).status_code,
        client.post(removal_of(note), {"reason": "写错了"}).status_code,
    ]
    assert (answers, ModeratorNote.objects.filter(removed_at__isnull=True).count()) == ([status] * 3, 1)


def test_a_moderator_finds_no_notes_about_what_the_own_self_said() -> None:
    author = make_moderator()
    feedback = make_feedback(acting_user=author)
    note = add_note(feedback, text=TEXT, acting_user=make_moderator())
    assert list(notes_on(author, feedback)) == []
    for deed in (
        lambda: add_note(feedback, text=TEXT, acting_user=author),
        lambda: remove_note(note, reason="写错了", acting_user=author),
    ):
        with pytest.raises(NotFound):
            deed()
    client = signed_in(author)
    assert (client.get(page_of(feedback)).status_code, client.post(removal_of(note)).status_code) == (404, 404)


@pytest.mark.parametrize("text", ["", "  \n ", "字" * 2001], ids=["empty", "blank", "too long"])
def test_a_note_has_a_text_of_some_length(text: str) -> None:
    with pytest.raises(Invalid):
        add_note(make_feedback(), text=text, acting_user=make_moderator())
    assert ModeratorNote.objects.count() == 0


def test_removing_takes_a_reason_and_happens_once() -> None:
    feedback, moderator = make_feedback(), make_moderator()
    note = add_note(feedback, text=TEXT, acting_user=moderator)
    with pytest.raises(Invalid):
        remove_note(note, reason=" ", acting_user=moderator)
    removed = remove_note(note, reason="写错了地方", acting_user=moderator)
    with pytest.raises(Conflict):
        remove_note(note, reason="再一次", acting_user=moderator)
    rows = [(text, reason) for _note, text, reason in opened_notes(moderator, feedback)]
    assert (rows, removed.removed_by, count_about(feedback.author)) == ([("", "写错了地方")], moderator, 0)


def test_erasing_the_author_erases_the_notes_about_them() -> None:
    feedback, moderator = make_feedback(), make_moderator()
    add_note(feedback, text=TEXT, acting_user=moderator)
    ring.shred(feedback.author.sealing_subject())
    assert [text for _note, text, _reason in opened_notes(moderator, feedback)] == [None]


def test_the_database_holds_neither_text_nor_reason() -> None:
    moderator = make_moderator()
    note = add_note(make_feedback(), text=TEXT, acting_user=moderator)
    remove_note(note, reason="写错了地方", acting_user=moderator)
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT * FROM "{table}"')
            raw = b"".join(
                bytes(v) if isinstance(v, bytes | memoryview) else str(v).encode()
                for row in cursor.fetchall()
                for v in row
            )
            assert ("先电话联系".encode() in raw, "写错了地方".encode() in raw) == (False, False)


@pytest.mark.django_db(transaction=True)
def test_reading_is_on_record_for_moderation_and_the_author_sees_that() -> None:
    feedback, moderator = make_feedback(), make_moderator()
    add_note(feedback, text=TEXT, acting_user=moderator)
    page = signed_in(moderator).get(page_of(feedback))
    event = AccessEvent.objects.get()
    assert (page.status_code, TEXT in page.content.decode(), "no-store" in page["Cache-Control"]) == (200, True, True)
    assert (event.purpose, event.subject_ref, event.fields) == ("moderation", feedback.author.row_id, ["text"])


def test_notes_are_written_and_removed_on_their_page() -> None:
    feedback, client = make_feedback(), signed_in(make_moderator())
    assert client.post(page_of(feedback), {"text": TEXT}).status_code == 302
    note = ModeratorNote.objects.get()
    refused = client.post(removal_of(note), {"reason": ""})
    assert (refused.status_code, note.removed_at) == (400, None)
    assert client.post(removal_of(note), {"reason": "写错了"}).status_code == 302
    empty = client.post(page_of(feedback), {"text": ""})
    assert (empty.status_code, list(empty.context["note_form"].errors)) == (400, ["text"])


@pytest.mark.parametrize("kind", list(KINDS))
def test_the_moderators_tools_lead_to_the_notes_with_their_number(kind: str) -> None:
    noted, moderator = KINDS[kind](), make_moderator()
    add_note(noted, text=TEXT, acting_user=moderator)
    where = (
        reverse("participation:moderation:item", args=["message", noted.row_id])
        if kind == "message"
        else noted.get_absolute_url()
    )
    shown = signed_in(moderator).get(where).content.decode()
    for reader in (author_of(noted), None):
        hidden = signed_in(reader).get(where).content.decode()
        assert (page_of(noted) in hidden, TEXT in hidden) == (False, False)
    assert (page_of(noted) in shown, "(1)" in shown, TEXT in shown) == (True, True, False)


def test_an_author_reads_how_many_notes_there_are_and_not_what_they_say() -> None:
    feedback = make_feedback()
    for _number in range(2):
        add_note(feedback, text=TEXT, acting_user=make_moderator())
    page = signed_in(feedback.author).get(reverse("participation:me")).content.decode()
    assert ('<data value="2">' in page, TEXT in page) == (True, False)


def test_a_kind_that_does_not_exist_is_not_found() -> None:
    feedback = make_feedback()
    there = reverse("participation:notes:page", args=["consultation", feedback.row_id])
    assert signed_in(make_moderator()).get(there).status_code == 404


def test_public_faces_know_no_notes() -> None:
    feedback = make_feedback()
    add_note(feedback, text=TEXT, acting_user=make_moderator())
    for there in (feedback.get_absolute_url(), feedback.consultation.get_absolute_url()):
        assert TEXT not in Client().get(there).content.decode()
    with reading("test"):
        assert ModeratorNote.objects.get().text == TEXT
