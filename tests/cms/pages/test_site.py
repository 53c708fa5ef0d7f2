from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Group, Permission
from wagtail.models import GroupPagePermission, Locale, Page, Site, Workflow, WorkflowPage

from cms.pages.models import DisclosureIndexPage, HomePage
from cms.pages.site import EDITORS, REVIEWERS, build_site, sync_editor_groups
from participation.stakeholders.models import Role
from tests.factories import make_officeholder, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def everything() -> list[int]:
    models = (Locale, Page, Site, Group, GroupPagePermission, Workflow, WorkflowPage)
    return [model.objects.count() for model in models]


def test_the_frame_stands_in_both_languages_as_translations_of_each_other(site: HomePage) -> None:
    for model in (HomePage, DisclosureIndexPage):
        chinese, english = model.objects.live().order_by("path")
        assert (chinese.locale.language_code, english.locale.language_code) == ("zh-hans", "en")
        assert chinese.translation_key == english.translation_key
    assert Site.objects.get(is_default_site=True).root_page_id == site.pk


def test_building_twice_changes_nothing(site: HomePage) -> None:
    before = everything()
    build_site()
    assert everything() == before


def test_the_welcome_page_is_gone(site: HomePage) -> None:
    assert {page.specific_class for page in Page.objects.filter(depth=2)} == {HomePage}


def test_what_an_editor_has_renamed_keeps_its_name(site: HomePage) -> None:
    index = DisclosureIndexPage.objects.get(locale=site.locale)
    index.title = "账本"
    index.save_revision().publish()
    build_site()
    assert DisclosureIndexPage.objects.get(pk=index.pk).title == "账本"


@pytest.mark.django_db(transaction=True)
def test_it_stands_on_an_empty_database() -> None:
    assert not Page.objects.exists() or Page.objects.all().delete()
    Locale.objects.all().delete()
    Site.objects.all().delete()
    home = build_site()
    assert (home.url, DisclosureIndexPage.objects.live().count()) == ("/", 2)
    assert Page.find_problems() == ([], [], [], [], [])


def test_editors_write_and_reviewers_publish(site: HomePage) -> None:
    editor, reviewer, other = make_officeholder(Role.EDITOR), make_officeholder(Role.REVIEWER), make_user()
    for person in (editor, reviewer, other):
        sync_editor_groups(person, person.role_names)
    for index in DisclosureIndexPage.objects.all():
        rights = [
            (tester.can_add_subpage(), tester.can_publish_subpage())
            for tester in (index.permissions_for_user(person) for person in (editor, reviewer, other))
        ]
        assert rights == [(True, False), (True, True), (False, False)]
        assert index.get_workflow().name == "预算公开审核 · Budget disclosure"
    assert [person.has_perm("wagtailadmin.access_admin") for person in (editor, reviewer, other)] == [True, True, False]


def test_editors_and_reviewers_hand_pages_to_translation_which_publishes_nothing(site: HomePage, settings: Any) -> None:
    submit = Permission.objects.get(codename="submit_translation")
    ours = submit.group_set.filter(name__in=(EDITORS, REVIEWERS))
    assert set(ours.values_list("name", flat=True)) == {EDITORS, REVIEWERS}
    assert settings.WAGTAILLOCALIZE_SYNC_LIVE_STATUS_ON_TRANSLATE is False


def test_the_home_page_is_not_for_editors_to_change(site: HomePage) -> None:
    editor = make_officeholder(Role.EDITOR)
    sync_editor_groups(editor, {"editor"})
    assert not site.permissions_for_user(editor).can_edit()


@pytest.mark.parametrize(
    ("roles", "groups"),
    [
        ({"editor"}, {EDITORS}),
        ({"reviewer"}, {REVIEWERS}),
        ({"editor", "reviewer"}, {EDITORS, REVIEWERS}),
        ({"moderator"}, set()),
    ],
)
def test_groups_follow_the_offices_held(site: HomePage, roles: set[str], groups: set[str]) -> None:
    user: Any = make_user()
    unrelated = Group.objects.create(name="Chess club")
    user.groups.add(unrelated, Group.objects.get(name=EDITORS))
    sync_editor_groups(user, roles)
    assert set(user.groups.values_list("name", flat=True)) == groups | {"Chess club"}
