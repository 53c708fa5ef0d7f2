"""Confidential parts on pages: who learns of them, who opens them, where they never show, and how they are handed in."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from channels.layers import get_channel_layer
from django.test import Client

from participation.consultations.actions import hide_contribution
from participation.feedback.models import Feedback
from participation.live import channel_group
from participation.stakeholders.confidential import ConfidentialPart
from participation.stakeholders.models import Role, StakeholderGroup
from participation.stakeholders.registration.actions import grant_mandate
from privacy.access.models import AccessEvent
from tests.factories import (
    make_consultation,
    make_department,
    make_line,
    make_moderator,
    make_officeholder,
    make_organisation,
    make_user,
)
from tests.participation.stakeholders.confidential_input import (
    FILE,
    FILE_NAME,
    IN_FILE,
    KINDS,
    SECRET,
    WHY,
    fresh,
    given,
    handed_in,
    signed_in,
    upload,
    url,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

# Who learns what ------------------------------------------------------------------------------------

Maker = Callable[[Any], Any]
# Reader -> sees the public part, sees that something confidential exists, opens the passage, downloads the file.
ROLES: dict[str, tuple[bool, bool, bool, bool]] = {
    "visitor": (True, True, False, False),
    "citizen": (True, True, False, False),
    "other organisation": (True, True, False, False),
    "author": (True, True, True, True),
    "colleague": (True, True, True, True),
    "former colleague": (True, True, False, False),
    "moderator": (True, True, True, True),
    "auditor": (True, True, False, False),
    "officer": (True, True, False, False),
    "editor": (True, True, False, False),
    "administrator": (True, True, False, False),
}


def reader(role: str, contribution: Any) -> Client:
    def colleague(*, former: bool = False) -> Any:
        person = make_user()
        mandate = grant_mandate(contribution.organisation, person=person, acting_user=contribution.author)
        if former:
            mandate.revoked_at = mandate.granted_at
            mandate.save()
        return person

    def of_another() -> Any:
        person = make_user()
        make_organisation(member=person)
        return person

    makers: dict[str, Callable[[], Any]] = {
        "citizen": make_user,
        "other organisation": of_another,
        "author": lambda: contribution.author,
        "colleague": colleague,
        "former colleague": lambda: colleague(former=True),
        "moderator": make_moderator,
        "auditor": lambda: make_officeholder(Role.AUDITOR),
        "officer": lambda: make_officeholder(Role.OFFICER, make_department()),
        "editor": lambda: make_officeholder(Role.EDITOR),
        "administrator": lambda: make_user(is_superuser=True, is_staff=True),
    }
    return signed_in(makers[role]()) if role in makers else Client()


def answer_text(response: Any) -> str:
    content = b"".join(response.streaming_content) if response.streaming else response.content
    return str(content.decode("utf-8", "replace"))


@pytest.mark.parametrize("role", list(ROLES))
@pytest.mark.parametrize("kind", KINDS)
def test_who_sees_what(kind: str, role: str) -> None:
    contribution = handed_in(kind)
    client, part = reader(role, contribution), contribution.confidential
    page = client.get(contribution.get_absolute_url())
    public = answer_text(page)
    own = answer_text(client.get(contribution.get_absolute_url(), {"show": "confidential"}))
    purpose = {"purpose": "核对成本"}
    opened = answer_text(client.post(url("stakeholders:open_confidential", part.row_id), purpose))
    file = answer_text(client.post(url("stakeholders:confidential_attachment", part.row_id), purpose))
    assert SECRET not in public
    assert (page.status_code == 200, WHY in public, SECRET in own + opened, IN_FILE in file) == ROLES[role]


@pytest.mark.parametrize("role", [role for role, rights in ROLES.items() if not rights[2]])
def test_for_who_may_not_open_it_there_is_nothing_to_open_and_nothing_on_record(role: str) -> None:
    contribution = handed_in("feedback")
    client, part = reader(role, contribution), contribution.confidential
    addresses = [url(f"stakeholders:{name}", part.row_id) for name in ("open_confidential", "confidential_attachment")]
    answers = {client.post(address, {"purpose": "看看"}).status_code for address in addresses}
    answers.add(client.get(addresses[1]).status_code)
    page = client.get(contribution.get_absolute_url()).content.decode()
    assert (answers, AccessEvent.objects.count()) == ({401} if role == "visitor" else {404}, 0)
    assert [address for address in addresses if address in page] == []


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("name", ["open_confidential", "confidential_attachment"])
def test_a_moderator_needs_a_purpose_that_the_organisation_reads(kind: str, name: str) -> None:
    contribution = handed_in(kind)
    moderator = make_moderator()
    client, address = signed_in(moderator), url(f"stakeholders:{name}", contribution.confidential.row_id)
    refused = client.post(address, {"purpose": " "})
    assert (refused.status_code, list(refused.context["form"].errors)) == (400, ["purpose"])
    assert AccessEvent.objects.count() == 0
    opened = client.post(address, {"purpose": "核对成本"})
    assert (opened.status_code, "no-store" in opened["Cache-Control"]) == (200, True)
    event = AccessEvent.objects.get()
    assert (event.actor, event.purpose, event.subject_ref) == (
        moderator,
        "核对成本",
        contribution.organisation.row_id,
    )


def test_a_moderator_who_only_follows_a_link_to_the_file_is_asked_for_the_purpose() -> None:
    part = handed_in("feedback").confidential
    page = signed_in(make_moderator()).get(url("stakeholders:confidential_attachment", part.row_id))
    assert (page.status_code, 'name="purpose"' in page.content.decode(), AccessEvent.objects.count()) == (200, True, 0)


def test_the_passage_is_opened_by_sending_never_by_a_link() -> None:
    contribution = handed_in("feedback")
    address = url("stakeholders:open_confidential", contribution.confidential.row_id)
    assert signed_in(make_moderator()).get(address).status_code == 405


def test_the_file_comes_as_a_download_of_the_kind_that_its_bytes_prove() -> None:
    contribution = handed_in("evaluation")
    response = signed_in(contribution.author).get(
        url("stakeholders:confidential_attachment", contribution.confidential.row_id)
    )
    assert b"".join(response.streaming_content) == FILE
    assert response["Content-Disposition"].startswith("attachment;")
    assert (response["Content-Type"], response["Content-Security-Policy"]) == (
        "application/pdf",
        "default-src 'none'; sandbox",
    )


def test_the_organisation_sees_that_its_own_people_read_it_too() -> None:
    contribution = handed_in("feedback")
    client = signed_in(contribution.author)
    page = client.get(contribution.get_absolute_url(), {"show": "confidential"})
    assert "no-store" in page["Cache-Control"]
    client.get(url("stakeholders:confidential_attachment", contribution.confidential.row_id))
    events = AccessEvent.objects.order_by("pk")
    assert [(event.actor, event.fields) for event in events] == [
        (contribution.author, ["passage"]),
        (contribution.author, ["attachment", "attachment_details"]),
    ]


def test_a_file_that_is_missing_from_the_storage_is_not_found() -> None:
    contribution = handed_in("feedback")
    part = fresh(contribution).confidential
    part.attachment.storage.delete(part.attachment.name)
    client = signed_in(contribution.author)
    assert client.get(contribution.get_absolute_url()).status_code == 200
    assert client.get(url("stakeholders:confidential_attachment", part.row_id)).status_code == 404


def test_of_hidden_feedback_the_part_stays_with_its_organisation_and_the_moderators() -> None:
    contribution = handed_in("feedback")
    hide_contribution(contribution, rule=1, reason="重复", acting_user=make_moderator())
    addresses = [contribution.get_absolute_url(), url("feedback:card", contribution.row_id)]
    assert [Client().get(address).status_code for address in addresses] == [404, 404]
    assert WHY in signed_in(make_moderator()).get(addresses[0]).content.decode()


# Where it never shows -------------------------------------------------------------------------------


@pytest.mark.parametrize("role", ["visitor", "author", "moderator", "auditor"])
def test_lists_cards_and_programs_tell_that_there_is_something_and_never_what(role: str) -> None:
    consultation = make_consultation()
    feedback = handed_in("feedback", consultation=consultation)
    evaluation = handed_in("evaluation", consultation=consultation)
    client = reader(role, feedback)
    addresses = [
        consultation.get_absolute_url(),
        url("feedback:card", feedback.row_id),
        url("evaluations:card", evaluation.row_id),
        feedback.get_absolute_url(),
        evaluation.get_absolute_url(),
        feedback.organisation.get_absolute_url(),
        evaluation.programme.get_absolute_url(),
        consultation.release.get_absolute_url(),
        f"/search/?q={SECRET[:4]}",
        f"/search/?q={SECRET}",
        url("me"),
        url("balance:board", consultation.row_id),
        f"/discussion/{consultation.row_id}/events/?since=0",
        "/api/v1/openapi.json",
        f"/api/v1/releases/{consultation.release.row_id}/lines",
        "/log/",
        url("stakeholders:profile"),
    ]
    pages = {address: answer_text(client.get(address)) for address in addresses}
    told = {
        address: [text for text in (SECRET, FILE_NAME, IN_FILE) if text in page.replace("?q=" + SECRET, "")]
        for address, page in pages.items()
        if "/search/" not in address
    }
    assert {address: texts for address, texts in told.items() if texts} == {}
    assert [WHY in pages[address] for address in addresses[:3]] == [True, True, True]


@pytest.mark.django_db(transaction=True)
async def test_the_hint_to_open_pages_names_the_record_and_nothing_else() -> None:
    consultation, layer = await sync_to_async(make_consultation)(), get_channel_layer()
    page = await layer.new_channel()
    await layer.group_add(channel_group(consultation.row_id), page)
    feedback = await sync_to_async(handed_in)("feedback", consultation=consultation)
    heard = await layer.receive(page)
    hint = {"kind": "feedback", "row_id": str(feedback.row_id)}
    assert heard == {"type": "live.hint", "about": consultation.row_id.hex, "hint": hint}


def test_what_was_given_does_not_print_itself() -> None:
    assert SECRET not in repr(given())
    assert SECRET not in repr(handed_in("feedback").confidential)


# Forms ------------------------------------------------------------------------------------------------


def typed(kind: str, speaker: Any, consultation: Any, **changes: Any) -> dict[str, Any]:
    line = make_line(consultation.release)
    of_kind: dict[str, dict[str, Any]] = {
        "feedback": {"body": "补贴为何按里程算？", "kind": "question", "line": ""},
        "evaluation": {"programme": str(line.programme.row_id), "score": "71", "reasoning": "按能耗算。"},
    }
    return {
        **of_kind[kind],
        "organisation": str(speaker.row_id),
        "confidential_passage": SECRET,
        "confidential_attachment": upload(),
        "confidential_ground": "trade_secret",
        "confidential_justification": WHY,
        **changes,
    }


def new_url(kind: str, consultation: Any) -> str:
    return url("feedback:new" if kind == "feedback" else "evaluations:new", consultation.row_id)


@pytest.mark.parametrize("kind", KINDS)
def test_an_organisation_hands_in_by_the_form(kind: str) -> None:
    member, consultation = make_user(), make_consultation()
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=member)
    client = signed_in(member)
    assert "multipart/form-data" in client.get(new_url(kind, consultation)).content.decode()
    assert client.post(new_url(kind, consultation), typed(kind, organisation, consultation)).status_code == 302
    part = ConfidentialPart.objects.get()
    assert (part.organisation, part.has_passage, part.has_attachment) == (organisation, True, True)


@pytest.mark.parametrize("kind", KINDS)
def test_a_form_without_its_reason_comes_back_with_everything_typed(kind: str) -> None:
    member, consultation = make_user(), make_consultation()
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=member)
    data = typed(kind, organisation, consultation, confidential_justification="")
    response = signed_in(member).post(new_url(kind, consultation), data)
    assert (response.status_code, list(response.context["form"].errors)) == (400, ["confidential_justification"])
    page = response.content.decode()
    assert (SECRET in page, '<details class="confidential" open>' in page) == (True, True)


def test_searching_for_a_line_keeps_the_confidential_text() -> None:
    member, consultation = make_user(), make_consultation()
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=member)
    data = {**typed("feedback", organisation, consultation), "q": "小学", "find": "1"}
    page = signed_in(member).post(new_url("feedback", consultation), data).content.decode()
    assert (SECRET in page, WHY in page, Feedback.objects.count()) == (True, True, 0)


@pytest.mark.parametrize("who", ["visitor", "citizen"])
def test_who_speaks_for_no_organisation_is_not_asked_for_secrets(who: str) -> None:
    client = signed_in(make_user()) if who == "citizen" else Client()
    assert "confidential_passage" not in client.get(new_url("feedback", make_consultation())).content.decode()


def test_a_member_who_speaks_as_a_citizen_is_told_that_only_the_organisation_may() -> None:
    member, consultation = make_user(), make_consultation()
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=member)
    data = typed("feedback", organisation, consultation, organisation="")
    response = signed_in(member).post(new_url("feedback", consultation), data)
    assert (response.status_code, list(response.context["form"].errors)) == (400, ["confidential_passage"])
    assert SECRET in response.content.decode()
