"""Third-party evaluations: only by organisations, of programmes in scope, with evidence that is what it claims."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import override_settings

from participation.evaluations.models import Evaluation
from participation.stakeholders.queries import Standing, standing_for
from portal.errors import Closed, Conflict, GongzhiError, Invalid, NotAllowed, TooLarge
from tests import log_entries
from tests.factories import CITIZEN, make_consultation, make_evaluation, make_organisation, make_programme, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PDF = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\n%%EOF\n"


def test_an_evaluation_leaves_one_leaf_without_its_reasoning() -> None:
    evaluation = make_evaluation(reasoning="只留承诺")
    entry = log_entries.entry(record_ref=evaluation.row_id)
    assert (entry.kind, "只留承诺" in entry.leaf) == ("evaluation.submitted", False)


def test_a_citizen_gives_no_evaluation() -> None:
    with pytest.raises(NotAllowed):
        make_evaluation(standing=CITIZEN)


@pytest.mark.parametrize("score", [Decimal("-0.01"), Decimal("100.01")])
def test_a_score_is_between_0_and_100(score: Decimal) -> None:
    with pytest.raises(Invalid) as refused:
        make_evaluation(score=score)
    assert refused.value.data == {"field": "score"}


@pytest.mark.parametrize(
    ("fields", "field"),
    [({"reasoning": " "}, "reasoning"), ({"reasoning": "a" * 8001}, "reasoning")],
)
def test_bad_values_are_refused_with_their_field(fields: dict[str, Any], field: str) -> None:
    with pytest.raises(Invalid) as refused:
        make_evaluation(**fields)
    assert refused.value.data == {"field": field}


def test_a_programme_outside_the_budget_is_refused() -> None:
    with pytest.raises(Invalid) as refused:
        make_evaluation(programme=make_programme())
    assert refused.value.data == {"field": "programme"}


def test_after_the_end_no_evaluation_is_taken() -> None:
    with pytest.raises(Closed):
        make_evaluation(make_consultation(stage="balance"))


def test_an_organisation_whose_side_is_not_invited_is_refused() -> None:
    member = make_user()
    enterprise = make_organisation("enterprise", member=member)
    consultation = make_consultation(ways_in=[("evaluation", "research")])
    with pytest.raises(NotAllowed):
        make_evaluation(consultation, acting_user=member, organisation=enterprise)


def test_an_attachment_keeps_its_name_type_and_fingerprint() -> None:
    evaluation = make_evaluation(attachment=SimpleUploadedFile("../报告.pdf", PDF))
    evaluation.refresh_from_db()
    assert (evaluation.attachment_name, evaluation.attachment_type) == ("报告.pdf", "application/pdf")
    assert len(evaluation.attachment_sha256) == 64
    with evaluation.attachment.open("rb") as stored:
        assert stored.read() == PDF


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("报告.pdf", b"MZ\x90\x00" + b"\x00" * 60),
        ("report.pdf", b"\x7fELF\x02\x01\x01"),
        ("notes.txt", b"#!/bin/sh\nrm -rf /\n"),
        ("data.csv", b"MZ,\x00"),
        ("page.html", b"<script>alert(1)</script>"),
        ("picture.svg", b"<svg xmlns='http://www.w3.org/2000/svg'/>"),
        ("sheet.xlsx", b"PK\x03\x04 not a zip"),
        ("empty", b""),
    ],
)
def test_what_is_not_a_document_is_refused_whatever_its_name(name: str, content: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        make_evaluation(attachment=SimpleUploadedFile(name, content, content_type="application/pdf"))
    assert (refused.value.data, Evaluation.objects.count()) == ({"field": "attachment"}, 0)


@override_settings(ATTACHMENT_MAX_BYTES=100)
def test_a_file_over_the_limit_is_refused_as_too_large() -> None:
    with pytest.raises(TooLarge) as refused:
        make_evaluation(attachment=SimpleUploadedFile("报告.pdf", PDF * 10))
    assert refused.value.data == {"field": "attachment"}


def test_a_mandate_that_was_revoked_gives_no_standing() -> None:
    member = make_user()
    organisation = make_organisation(member=member)
    assert standing_for(member, organisation.row_id) == Standing(organisation.group, organisation)
    member.mandates.update(revoked_at="2025-01-01T00:00Z")
    with pytest.raises(GongzhiError):
        standing_for(member, organisation.row_id)


def test_an_organisation_evaluates_a_programme_once() -> None:
    first = make_evaluation()
    with pytest.raises(Conflict) as refused:
        make_evaluation(
            first.consultation,
            acting_user=first.author,
            organisation=first.organisation,
            programme=first.programme,
        )
    assert (refused.value.data["field"], Evaluation.objects.count()) == ("programme", 1)
