"""The history of a disclosure page: what was published when and by whom, from Wagtail's own log."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.utils.translation import override
from wagtail.actions.unpublish_page import UnpublishPageAction

from cms.pages.actions import publish_disclosure
from cms.pages.history import changes_of
from cms.pages.models import DisclosurePage
from participation.stakeholders.models import Role
from tests.factories import make_officeholder, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def reviewer() -> Any:
    return make_officeholder(Role.REVIEWER)


@pytest.fixture
def disclosure(site: Any, reviewer: Any) -> DisclosurePage:
    return publish_disclosure(
        release=make_release(),
        title="二〇二五年预算",
        title_en="Budget 2025",
        summary="钱花在哪里。",
        summary_en="Where the money goes.",
        acting_user=reviewer,
    )


def test_every_edition_is_told_with_who_published_it_and_what_it_changed(disclosure: Any, reviewer: Any) -> None:
    disclosure.summary = "改过的摘要。"
    disclosure.save_revision(user=reviewer).publish(user=reviewer, skip_permission_checks=True)
    with override("en"):
        newest, first = changes_of(disclosure)
        assert (newest.who, newest.role, newest.changed) == (
            reviewer.display_name,
            "Budget reviewer",
            ("summary in plain language",),
        )
    assert (first.who, first.changed) == (reviewer.display_name, ())


def test_an_unpublished_draft_is_not_told(disclosure: Any, reviewer: Any) -> None:
    disclosure.summary = "还没有发布。"
    disclosure.save_revision(user=reviewer, log_action=True)
    assert len(changes_of(disclosure)) == 1


def test_the_page_leads_to_its_history_which_says_nothing_of_earlier_texts(disclosure: Any, reviewer: Any) -> None:
    disclosure.summary = "改过的摘要。"
    disclosure.save_revision(user=reviewer).publish(user=reviewer, skip_permission_checks=True)
    path = disclosure.get_history_url()
    assert path in Client().get(disclosure.url).content.decode()
    history = Client().get(path)
    assert history.status_code == 200
    assert reviewer.display_name in history.content.decode()
    assert "钱花在哪里" not in history.content.decode()


def test_a_withdrawn_page_has_no_history(disclosure: Any, reviewer: Any) -> None:
    path = disclosure.get_history_url()
    UnpublishPageAction(disclosure, user=reviewer).execute(skip_permission_checks=True)
    assert Client().get(path).status_code == 404
    assert Client().get("/budget/pages/999999/history/").status_code == 404
