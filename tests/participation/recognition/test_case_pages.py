"""A page of the case library is drafted from a finished chain, once, and published by an editor like every page."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from cms.pages.content.defaults import build_content
from cms.pages.content.models import CasePage
from participation.recognition.cases.actions import draft_case_page
from participation.rectification.models import RectificationTask
from participation.stakeholders.models import Role
from portal.errors import Conflict, Invalid, NotAllowed
from tests.factories import make_moderator, make_officeholder, make_task_in

pytestmark = pytest.mark.django_db

Status = RectificationTask.Status


@pytest.fixture
def library(site: Any) -> None:
    build_content()


@pytest.mark.usefixtures("library")
def test_finding_deed_and_proof_are_drafted_in_both_languages_once_and_nothing_is_public() -> None:
    task, editor = make_task_in(Status.VERIFIED), make_officeholder(Role.EDITOR)
    draft_case_page(task, acting_user=editor)
    pages = CasePage.objects.filter(task=task.row_id).order_by("locale__language_code")
    assert [(page.title, page.live) for page in pages] == [(task.title_en, False), (task.title, False)]
    steps = pages[1].get_latest_revision_as_object().body[0].value["steps"]
    assert (len(steps), steps[0]["text"]) == (3, task.finding.text)
    with pytest.raises(Conflict):
        draft_case_page(task, acting_user=editor)


@pytest.mark.usefixtures("library")
def test_the_button_stands_on_the_page_of_a_finished_task_for_editors() -> None:
    task, client = make_task_in(Status.VERIFIED), Client()
    draft = reverse("participation:recognition:draft_case", args=[task.row_id])
    assert draft not in client.get(task.get_absolute_url()).content.decode()
    client.force_login(make_officeholder(Role.EDITOR))
    assert draft in client.get(task.get_absolute_url()).content.decode()
    response = client.post(draft)
    page = CasePage.objects.get(locale__language_code="zh-hans")
    assert response["Location"] == reverse("wagtailadmin_pages:edit", args=[page.pk])


@pytest.mark.usefixtures("library")
def test_an_unfinished_case_is_not_told_and_only_editors_tell_one() -> None:
    with pytest.raises(Invalid):
        draft_case_page(make_task_in(Status.SUBMITTED), acting_user=make_officeholder(Role.EDITOR))
    with pytest.raises(NotAllowed):
        draft_case_page(make_task_in(Status.VERIFIED), acting_user=make_moderator())
