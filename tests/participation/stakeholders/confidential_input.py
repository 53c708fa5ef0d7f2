"""Feedback and evaluations with a confidential part, for the tests of what becomes of it."""

from __future__ import annotations

from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from django.utils import translation

from participation.stakeholders.confidential import Confidential
from participation.stakeholders.models import StakeholderGroup
from participation.stakeholders.queries import Standing
from tests.factories import make_confidential, make_evaluation, make_feedback, make_organisation, make_user

SECRET = "每百公里电耗 96 度"
FILE_NAME = "成本明细-核心.pdf"
IN_FILE = "/Secret (96)"
FILE = b"%PDF-1.4\n1 0 obj\n<</Secret (96)>>\nendobj\n%%EOF\n"
WHY = "电耗数据是竞标报价的依据。"
KINDS = ["feedback", "evaluation"]


def upload() -> SimpleUploadedFile:
    # What the sender says of its kind is not what it is.
    return SimpleUploadedFile(FILE_NAME, FILE, "text/html")


def given(**fields: Any) -> Confidential:
    values: dict[str, Any] = {"passage": SECRET, "attachment": upload(), "justification": WHY}
    return make_confidential(**{**values, **fields})


def handed_in(kind: str, member: Any = None, confidential: Confidential | None = None, **fields: Any) -> Any:
    """Feedback or an evaluation of an enterprise with a confidential passage and file."""
    member = member or make_user()
    organisation = make_organisation(StakeholderGroup.ENTERPRISE, member=member)
    confidential = confidential or given()
    if kind == "feedback":
        standing = Standing(StakeholderGroup.ENTERPRISE, organisation)
        return make_feedback(acting_user=member, standing=standing, confidential=confidential, **fields)
    return make_evaluation(acting_user=member, organisation=organisation, confidential=confidential, **fields)


def fresh(contribution: Any) -> Any:
    return type(contribution).objects.get(pk=contribution.pk)


def signed_in(user: Any) -> Client:
    client = Client()
    client.force_login(user)
    return client


def url(name: str, *args: Any, language: str = "zh-hans") -> str:
    with translation.override(language):
        return reverse(f"participation:{name}", args=args)
