"""Confidential parts of what organisations hand in: what is taken, how it is kept, what is told of it."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection

from participation.evaluations.models import Evaluation
from participation.feedback.models import Feedback
from participation.stakeholders.confidential import Confidential, ConfidentialPart
from portal.errors import Conflict, Invalid, TooLarge
from privacy.log.models import PendingLeaf
from privacy.sealing.keys import Subject
from privacy.sealing.ring import shred
from tests.factories import (
    CITIZEN,
    make_consultation,
    make_evaluation,
    make_feedback,
    make_line,
    make_organisation,
    make_user,
)
from tests.participation.stakeholders.confidential_input import (
    FILE_NAME,
    IN_FILE,
    KINDS,
    SECRET,
    WHY,
    fresh,
    given,
    handed_in,
    signed_in,
    url,
)

pytestmark = [pytest.mark.django_db, pytest.mark.both]

# What is taken ------------------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_a_part_belongs_to_the_organisation_and_says_in_public_why(kind: str) -> None:
    contribution = fresh(handed_in(kind))
    part = contribution.confidential
    assert part.sealing_subject() == Subject("organisation", contribution.organisation.row_id)
    assert (part.ground, part.justification, part.has_passage, part.has_attachment) == (
        "trade_secret",
        WHY,
        True,
        True,
    )
    assert part.handed_in_with == contribution


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("changes", "held"),
    [({"attachment": None}, (True, False)), ({"passage": " "}, (False, True))],
)
def test_a_passage_or_a_file_is_enough(kind: str, changes: dict[str, Any], held: tuple[bool, bool]) -> None:
    part = fresh(handed_in(kind, confidential=given(**changes))).confidential
    assert (part.has_passage, part.has_attachment) == held


@pytest.mark.parametrize("kind", KINDS)
def test_without_anything_confidential_there_is_no_part(kind: str) -> None:
    contribution = handed_in(kind, confidential=Confidential(passage=" ", ground="trade_secret"))
    assert (contribution.confidential, ConfidentialPart.objects.count()) == (None, 0)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"justification": " "}, "confidential_justification"),
        ({"justification": "a" * 301}, "confidential_justification"),
        ({"ground": ""}, "confidential_ground"),
        ({"ground": "because"}, "confidential_ground"),
        ({"passage": "a" * 8001}, "confidential_passage"),
        ({"passage": "", "attachment": None}, "confidential_passage"),
        ({"attachment": SimpleUploadedFile("报告.pdf", b"MZ\x90\x00")}, "confidential_attachment"),
    ],
    ids=["no reason", "long reason", "no ground", "unknown ground", "long passage", "only a reason", "executable"],
)
def test_bad_input_is_refused_with_its_field_and_nothing_is_kept(
    kind: str, changes: dict[str, Any], field: str
) -> None:
    with pytest.raises(Invalid) as refused:
        handed_in(kind, confidential=given(**changes))
    assert refused.value.data == {"field": field}
    assert (Feedback.objects.count(), Evaluation.objects.count(), ConfidentialPart.objects.count()) == (0, 0, 0)


def test_a_file_over_the_limit_is_refused(settings: Any) -> None:
    settings.ATTACHMENT_MAX_BYTES = 10
    with pytest.raises(TooLarge) as refused:
        handed_in("feedback")
    assert refused.value.data == {"field": "confidential_attachment"}


def test_a_citizen_hands_in_nothing_confidential() -> None:
    with pytest.raises(Invalid) as refused:
        make_feedback(standing=CITIZEN, confidential=given())
    assert (refused.value.data, Feedback.objects.count()) == ({"field": "confidential_passage"}, 0)


def test_a_second_evaluation_stores_no_second_file() -> None:
    member = make_user()
    organisation = make_organisation(member=member)
    consultation = make_consultation()
    programme = make_line(consultation.release).programme
    same = {"acting_user": member, "organisation": organisation, "programme": programme}
    make_evaluation(consultation, confidential=given(), **same)
    with pytest.raises(Conflict):
        make_evaluation(consultation, confidential=given(), **same)
    assert ConfidentialPart.objects.count() == 1


# What is stored and told ----------------------------------------------------------------------------


@pytest.mark.parametrize("kind", KINDS)
def test_database_history_log_and_storage_hold_only_ciphertext(kind: str) -> None:
    part = fresh(handed_in(kind)).confidential
    stored = b""
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                stored += b"\n".join(
                    bytes(cell) if isinstance(cell, bytes | memoryview) else str(cell).encode() for cell in row
                )
    with part.attachment.storage.open(part.attachment.name) as file:
        stored += file.read()
    assert [text for text in (SECRET, FILE_NAME, IN_FILE) if text.encode() in stored] == []
    assert WHY.encode() in stored


@pytest.mark.parametrize("kind", KINDS)
def test_the_leaf_names_contribution_and_ground_and_commits_to_the_rest(kind: str) -> None:
    contribution = handed_in(kind)
    leaf = PendingLeaf.objects.get(record_ref=contribution.confidential.row_id)
    assert leaf.kind == "confidential.submitted"
    assert f'"public":{{"contribution":"{contribution.row_id}","ground":"trade_secret"}}' in leaf.leaf
    assert [text for text in (SECRET, FILE_NAME, WHY) if text in leaf.leaf] == []
    assert '"attachment_sha256":' in leaf.leaf


def test_destroying_the_key_of_the_organisation_erases_passage_and_file_and_leaves_the_rest() -> None:
    member = make_user()
    feedback = handed_in("feedback", member)
    shred(feedback.confidential.sealing_subject())
    client = signed_in(member)
    page = client.get(feedback.get_absolute_url(), {"show": "confidential"})
    download = client.get(url("stakeholders:confidential_attachment", feedback.confidential.row_id))
    assert (page.status_code, SECRET in page.content.decode(), WHY in page.content.decode()) == (200, False, True)
    assert download.status_code == 404
