"""What is not for the public is nowhere: not in the search, the API, exports, statistics, digests, or behind addresses."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
from django.core import mail
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from participation.consultations.models import Consultation
from participation.discussion.actions import post_message
from participation.feedback.actions import save_draft
from participation.feedback.models import Feedback
from participation.following.actions import announce, choose_cadence
from participation.following.digests import make_digests
from participation.following.kinds import Kind
from participation.following.models import Notification
from participation.moderation.actions import hide_item
from participation.notes.actions import add_note
from tests.factories import (
    CITIZEN,
    make_case,
    make_confidential,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_house_rule,
    make_line,
    make_moderator,
    make_user,
)

pytestmark = pytest.mark.django_db

SECRET = "绝不公开"
PDF = b"%PDF-1.4\n%%EOF\n"


@dataclass(frozen=True)
class Private:
    """One of each thing with ``SECRET`` in it that a visitor may not read, in an open consultation."""

    consultation: Consultation
    hidden: Feedback
    held: Feedback
    addresses: tuple[str, ...]


@pytest.fixture
def private() -> Private:
    line = make_line()
    consultation = make_consultation(release=line.release, department=line.department)
    moderator, rule = make_moderator(), make_house_rule()
    said: dict[str, Any] = {"line": line, "body": f"{SECRET}的住址", "attachment": SimpleUploadedFile("a.pdf", PDF)}
    hidden, held = make_feedback(consultation, **said), make_feedback(consultation, **said)
    hide_item(hidden, rule=rule, reason=f"{SECRET}的理由", acting_user=moderator)
    Feedback.objects.filter(pk=held.pk).update(status=Feedback.Status.HELD)
    public = make_feedback(consultation, line=line, sealed_passage=f"{SECRET}的一段", callback_phone="13800138000")
    add_note(public, text=f"{SECRET}的备注", acting_user=moderator)
    evaluation = make_evaluation(
        consultation, programme=line.programme, confidential=make_confidential(passage=f"{SECRET}的商业秘密")
    )
    message = post_message(
        consultation, body=f"{SECRET}的一句话", client_id=uuid4(), standing=CITIZEN, acting_user=make_user()
    )[0]
    hide_item(message, rule=rule, reason=f"{SECRET}的理由", acting_user=moderator)
    save_draft(consultation, typed={"body": f"{SECRET}的草稿"}, acting_user=make_user())
    make_case(account=f"{SECRET}的举报")
    addresses = tuple(
        f"/en/feedback/{each.row_id}/{page}" for each in (hidden, held) for page in ("", "card/", "attachment/")
    )
    part = evaluation.confidential
    assert part is not None
    return Private(consultation, hidden, held, (*addresses, f"/en/people/confidential/{part.row_id}/attachment/"))


def read(*addresses: str) -> str:
    """What a visitor is answered, as one text."""
    answers = [Client().get(address) for address in addresses]
    assert [answer.status_code for answer in answers] == [200] * len(answers)
    return "".join(
        (b"".join(answer.streaming_content) if answer.streaming else answer.content).decode() for answer in answers
    )


def outlets(private: Private) -> dict[str, tuple[str, ...]]:
    consultation = private.consultation.row_id
    return {
        "search": (
            f"/en/budget/search/?q={SECRET}",
            f"/en/discussion/consultation/{consultation}/?q={SECRET}",
            f"/en/feedback/new/{consultation}/?q={SECRET}",
        ),
        "api": (
            "/api/v1/feedback",
            "/api/v1/evaluations",
            "/api/v1/answers",
            f"/api/v1/consultations/{consultation}",
            f"/discussion/consultation/{consultation}/events/?since=0",
        ),
        "exports": (
            f"/en/desk/{consultation}/report.csv",
            "/en/feedback/response-times.csv",
            f"/en/discussion/consultation/{consultation}/transcript.csv",
            f"/en/discussion/consultation/{consultation}/transcript.json",
        ),
        "statistics": (
            "/en/",
            private.consultation.get_absolute_url(),
            f"/en/desk/{consultation}/report/",
            "/en/feedback/response-times/",
            "/en/moderation/log/",
        ),
    }


def test_no_outlet_tells_or_counts_what_is_private(private: Private) -> None:
    told = {
        SECRET + of for of in ("的住址", "的理由", "的一段", "的备注", "的商业秘密", "的一句话", "的草稿", "的举报")
    }
    secrets = (*told, private.hidden.reference, private.held.reference)
    found = {}
    for outlet, addresses in outlets(private).items():
        shown = read(*addresses)
        found[outlet] = [secret for secret in secrets if secret in shown]
    assert found == {"search": [], "api": [], "exports": [], "statistics": []}
    counted = Client().get(f"/api/v1/consultations/{private.consultation.row_id}").json()
    listed = Client().get("/api/v1/feedback").json()
    assert (counted["feedback"], len(listed["items"])) == (1, 1)


def test_no_file_and_no_card_of_it_is_behind_its_address(private: Private) -> None:
    statuses = {address: Client().get(address).status_code for address in private.addresses}
    assert [address for address, status in statuses.items() if status not in (302, 401, 404)] == []


def test_a_digest_names_what_is_public_only(private: Private) -> None:
    reader = make_user()
    choose_cadence({Kind.FEEDBACK: "daily"}, acting_user=reader)
    public = make_feedback(private.consultation)
    for said in (private.hidden, private.held, public):
        created = timezone.now() - timedelta(days=2)
        row = announce(Kind.FEEDBACK, said)
        Notification.objects.create(recipient=reader, announcement=row, cadence="daily", created=created)
    make_digests()
    [letter] = [message for message in mail.outbox if message.to == [reader.email]]
    references = (public.reference, private.hidden.reference, private.held.reference)
    body = str(letter.body)
    assert ([reference in body for reference in references], SECRET in body) == ([True, False, False], False)
