from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from django.core.management import call_command
from django.test import Client
from django.utils import timezone
from wagtail.models import Revision

from cms.budget.models import Release
from cms.pages.actions import publish_disclosure
from cms.pages.models import DisclosureIndexPage, DisclosurePage
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, NotAllowed
from privacy.history.actor import acting
from privacy.log.audit import audit_log
from privacy.log.kinds import LeafKind
from tests.cms.budget.checks.made_up import SUMMARY, with_tables
from tests.factories import make_line, make_officeholder, make_release, make_user
from tests.log_entries import entries

pytestmark = [pytest.mark.django_db, pytest.mark.both]
WORDS = {"title": "标题", "title_en": "Title", "summary": "摘要", "summary_en": "Summary"}
# The part of Wagtail's form that holds comments.
COMMENTS = {"comments-TOTAL_FORMS": "0", "comments-INITIAL_FORMS": "0"}


def leaves(release: Release) -> int:
    return len(entries(kind=LeafKind.RELEASE_PUBLISHED, record_ref=release.row_id))


def draft_page(release: Release, index: DisclosureIndexPage | None = None) -> DisclosurePage:
    index = index or DisclosureIndexPage.objects.get(locale__language_code="zh-hans")
    page: DisclosurePage = index.add_child(
        instance=DisclosurePage(title="草稿", summary="摘要", release=release, live=False, locale=index.locale)
    )
    page.save_revision()
    return page


def test_a_disclosure_is_published_in_both_languages_with_its_release_and_one_leaf(site: Any) -> None:
    release = make_release(published=False)
    page = publish_disclosure(release=release, acting_user=make_officeholder(Role.REVIEWER), **WORDS)
    pages = DisclosurePage.objects.live().order_by("path")
    assert [(found.locale.language_code, found.title, found.summary) for found in pages] == [
        ("zh-hans", "标题", "摘要"),
        ("en", "Title", "Summary"),
    ]
    assert {found.translation_key for found in pages} == {page.translation_key}
    release.refresh_from_db()
    assert release.published_at is not None
    assert leaves(release) == 1


def test_both_languages_have_the_same_address_but_for_its_prefix(site: Any) -> None:
    page = publish_disclosure(release=make_release(), acting_user=None, **WORDS)
    assert [found.url for found in page.get_translations(inclusive=True).order_by("path")] == [
        page.url,
        f"/en{page.url}",
    ]


def test_a_release_that_was_public_before_keeps_its_date(site: Any) -> None:
    release = make_release()
    publish_disclosure(release=release, acting_user=None, **WORDS)
    assert Release.objects.get(pk=release.pk).published_at == release.published_at
    assert leaves(release) == 0


def test_a_release_gets_one_page(site: Any) -> None:
    release = make_release()
    publish_disclosure(release=release, acting_user=None, **WORDS)
    with pytest.raises(Conflict):
        publish_disclosure(release=release, acting_user=None, **WORDS)
    assert DisclosurePage.objects.count() == 2


@pytest.mark.parametrize("role", [None, Role.EDITOR, Role.MODERATOR])
def test_only_reviewers_publish(site: Any, role: Role | None) -> None:
    release = make_release(published=False)
    with pytest.raises(NotAllowed):
        publish_disclosure(release=release, acting_user=make_officeholder(role) if role else make_user(), **WORDS)
    assert not DisclosurePage.objects.exists()


def test_publishing_a_page_directly_publishes_its_release_once(site: Any) -> None:
    release = make_release(published=False)
    page, reviewer = draft_page(release), make_officeholder(Role.REVIEWER)
    for _edition in range(2):
        with acting(reviewer):
            page.save_revision(user=reviewer).publish(user=reviewer, skip_permission_checks=True)
    release.refresh_from_db()
    assert release.published_at is not None
    assert leaves(release) == 1
    assert release.history.first().history_user == reviewer


def test_a_page_that_is_only_scheduled_leaves_its_release_alone(site: Any) -> None:
    release = make_release(published=False)
    page = draft_page(release)
    page.go_live_at = timezone.now() + timedelta(days=1)
    page.save_revision().publish()
    release.refresh_from_db()
    assert release.published_at is None


def test_a_page_that_somebody_put_live_without_the_right_to_publish_releases_shows_nothing(
    site: Any, client: Client
) -> None:
    release = make_line(make_release(published=False)).release
    page, stranger = draft_page(release), make_user(is_superuser=True)
    with acting(stranger), pytest.raises(NotAllowed):
        page.save_revision().publish(user=stranger, skip_permission_checks=True)
    DisclosurePage.objects.filter(pk=page.pk).update(live=True)
    assert client.get(DisclosurePage.objects.get(pk=page.pk).url).status_code == 404
    assert client.get("/disclosures/").context["disclosures"] == []


@pytest.mark.parametrize("scheduled", [False, True])
@pytest.mark.parametrize("published", [False, True])
def test_an_administrator_who_is_no_reviewer_publishes_nothing_and_changes_nothing(
    site: Any, client: Client, scheduled: bool, published: bool
) -> None:
    page = draft_page(make_release(published=published))
    client.force_login(make_user(is_superuser=True))
    form = {"title": "新题", "slug": page.slug, "summary": "新摘要", "release": page.release_id, "action-publish": "1"}
    if scheduled:
        form["go_live_at"] = "2099-01-01 00:00"
    before = page.revisions.count()
    response = client.post(f"/admin/pages/{page.pk}/edit/", form | COMMENTS)
    page.refresh_from_db()
    assert (response.status_code, page.live, page.draft_title, page.revisions.count()) == (403, False, "草稿", before)


def test_a_reviewer_publishes_from_the_administration(site: Any, client: Client) -> None:
    page = draft_page(make_release(published=False))
    client.force_login(_in_groups(Role.REVIEWER))
    form = {"title": "新题", "slug": page.slug, "summary": "新摘要", "release": page.release_id, "action-publish": "1"}
    client.post(f"/admin/pages/{page.pk}/edit/", form | COMMENTS)
    page.refresh_from_db()
    assert (page.live, page.title, page.release.published_at is not None) == (True, "新题", True)


def test_an_editor_publishes_nothing_by_handing_a_page_to_translation(site: Any, client: Client) -> None:
    page = publish_disclosure(release=make_release(), acting_user=None, **WORDS)
    english = page.get_translations().get()
    english.delete()
    client.force_login(_in_groups(Role.EDITOR))
    address = f"/admin/localize/submit/page/{page.pk}/"
    assert client.post(address, {"locales": [english.locale_id], "publish": "on"}).status_code == 302
    assert [translated.live for translated in page.get_translations()] == [False]


def test_the_review_workflow_publishes_the_release_in_the_name_of_the_reviewer(site: Any) -> None:
    editor, reviewer = _in_groups(Role.EDITOR), _in_groups(Role.REVIEWER)
    release = make_release(published=False)
    page = draft_page(release)
    state = page.get_workflow().start(page, editor)
    assert not DisclosurePage.objects.live().exists()
    with acting(reviewer):
        state.current_task_state.approve(user=reviewer)
    release.refresh_from_db()
    assert DisclosurePage.objects.live().get() == page
    assert (release.published_at is not None, leaves(release)) == (True, 1)
    assert release.history.first().history_user == reviewer


def test_approving_a_page_whose_release_has_an_error_is_refused_with_the_message_and_changes_nothing(
    site: Any, client: Client
) -> None:
    editor, reviewer = _in_groups(Role.EDITOR), _in_groups(Role.REVIEWER)
    release = with_tables((SUMMARY, 5, 3, "1,006.00"))
    page = draft_page(release)
    state = page.get_workflow().start(page, editor)
    client.force_login(reviewer)
    task = state.current_task_state
    form = {"title": "新题", "slug": page.slug, "summary": "新摘要", "release": release.pk} | COMMENTS
    workflow = {"action-workflow-action": "1", "workflow-action-name": "approve"}
    before = page.revisions.count()
    addresses = [
        (f"/admin/pages/{page.pk}/edit/", form | workflow),
        (f"/admin/pages/workflow/action/{page.pk}/approve/{task.pk}/", {"comment": ""}),
    ]
    checks = f"/budget/releases/{release.row_id}/checks/"
    for address, sent in addresses:
        response = client.post(address, sent)
        told = response.content.decode()
        assert (response.status_code, "C1" in told, checks in told) == (409, True, True)
    for row in (release, page, state, task):
        row.refresh_from_db()
    assert (release.published_at, page.live, page.draft_title, page.revisions.count()) == (None, False, "草稿", before)
    assert (state.status, task.status, leaves(release)) == ("in_progress", "in_progress", 0)


def _in_groups(role: Role) -> User:
    from cms.pages.site import sync_editor_groups

    person = make_officeholder(role)
    sync_editor_groups(person, {role.value})
    return person


# Leaves about pages ------------------------------------------------------------------------------


def told(kind: LeafKind, page: DisclosurePage) -> list[dict[str, Any]]:
    found = [json.loads(entry.leaf) for entry in entries(kind=kind, record_ref=page.translation_key)]
    return [leaf["public"] for leaf in found]


def test_every_published_edition_of_every_language_leaves_a_leaf(site: Any) -> None:
    page = publish_disclosure(release=make_release(), acting_user=None, **WORDS)
    chinese, english = page.get_translations(inclusive=True).order_by("path")
    key = str(page.translation_key)
    assert told(LeafKind.PAGE_PUBLISHED, page) == [
        {"translation_key": key, "locale": "zh-hans", "revision": chinese.live_revision_id},
        {"translation_key": key, "locale": "en", "revision": english.live_revision_id},
    ]


def test_a_leaf_is_bound_to_the_content_of_the_edition(site: Any) -> None:
    page = publish_disclosure(release=make_release(), acting_user=None, **WORDS)
    page.refresh_from_db()
    assert "row" not in {problem.kind for problem in audit_log().problems}
    content = {**page.live_revision.content, "title": "Another"}
    Revision.objects.filter(pk=page.live_revision_id).update(content=content)
    rows = [problem.name for problem in audit_log().problems if problem.kind == "row"]
    assert rows == [f"wagtailcore.revision {page.live_revision_id}"]


def test_a_page_that_is_only_scheduled_leaves_no_leaf_until_it_is_shown(site: Any) -> None:
    page = publish_disclosure(release=make_release(), acting_user=None, **WORDS)
    before = len(told(LeafKind.PAGE_PUBLISHED, page))
    page.go_live_at = timezone.now() + timedelta(days=1)
    page.save_revision().publish()
    assert len(told(LeafKind.PAGE_PUBLISHED, page)) == before
    Revision.objects.filter(approved_go_live_at__isnull=False).update(approved_go_live_at=timezone.now())
    scheduled = DisclosurePage.objects.get(pk=page.pk).get_latest_revision()
    content = {**scheduled.content, "go_live_at": timezone.now().isoformat()}
    Revision.objects.filter(pk=scheduled.pk).update(content=content)
    call_command("publish_scheduled")
    assert [leaf["revision"] for leaf in told(LeafKind.PAGE_PUBLISHED, page)][before:] == [scheduled.pk]


def test_withdrawing_a_page_leaves_a_leaf(site: Any) -> None:
    page = publish_disclosure(release=make_release(), acting_user=None, **WORDS)
    page.unpublish()
    assert told(LeafKind.PAGE_UNPUBLISHED, page) == [
        {"translation_key": str(page.translation_key), "locale": "zh-hans", "revision": None}
    ]
