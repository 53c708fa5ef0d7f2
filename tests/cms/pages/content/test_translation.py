"""Editors translate in the administration; nothing reaches the public but through a reviewer."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import Permission
from django.test import Client
from django.urls import reverse
from wagtail.models import Locale
from wagtail_localize.models import StringTranslation, Translation, TranslationSource

from cms.pages.content.actions import submit_translation
from cms.pages.content.models import StandardPage
from cms.pages.models import HomePage
from cms.pages.site import give_to_editors, sync_editor_groups
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, NotAllowed
from tests.factories import make_officeholder, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def officeholder(role: Role) -> User:
    person = make_officeholder(role)
    sync_editor_groups(person, {role.value})
    return person


@pytest.fixture
def editor(site: HomePage) -> User:
    return officeholder(Role.EDITOR)


@pytest.fixture
def source(site: HomePage) -> StandardPage:
    page = site.add_child(
        instance=StandardPage(
            title="怎样读预算", slug="reading", summary="一句话。", body=[("text", "<p>正文。</p>")], locale=site.locale
        )
    )
    page.save_revision().publish()
    give_to_editors([page, *HomePage.objects.exclude(pk=site.pk)])
    return page


def hand_to_translation(source: StandardPage, editor: User) -> StandardPage:
    client = Client()
    client.force_login(editor)
    english = Locale.objects.get(language_code="en")
    address = reverse("wagtail_localize:submit_page_translation", args=[source.pk])
    answer = client.post(address, {"locales": [english.pk]})
    assert answer.status_code == 302
    return source.get_translation(english)


def translate(source: StandardPage, words: dict[str, str]) -> None:
    english = Locale.objects.get(language_code="en")
    translated = TranslationSource.objects.get(object_id=source.translation_key)
    for segment in translated.stringsegment_set.select_related("string", "context"):
        if segment.string.data in words:
            StringTranslation.objects.update_or_create(
                translation_of=segment.string,
                context=segment.context,
                locale=english,
                defaults={"data": words[segment.string.data]},
            )


WORDS = {"怎样读预算": "Reading a budget", "一句话。": "One sentence.", "正文。": "The text."}


def approve(translated: StandardPage) -> None:
    state = translated.current_workflow_task_state
    state.task.specific.on_action(state, officeholder(Role.REVIEWER), "approve")


def test_handing_a_page_to_translation_publishes_nothing(source: StandardPage, editor: User) -> None:
    assert hand_to_translation(source, editor).live is False


def test_a_translation_goes_through_the_reviewers_to_the_public(
    client: Client, source: StandardPage, editor: User
) -> None:
    translated = hand_to_translation(source, editor)
    translate(source, WORDS)
    submit_translation(translated, acting_user=editor)
    translated.refresh_from_db()
    assert (translated.live, translated.workflow_in_progress) == (False, True)
    approve(translated)
    html = client.get("/en/reading/").content.decode()
    assert [words for words in WORDS.values() if words not in html] == []


def test_an_update_of_a_public_translation_waits_for_its_review(
    client: Client, source: StandardPage, editor: User
) -> None:
    translated = hand_to_translation(source, editor)
    translate(source, WORDS)
    submit_translation(translated, acting_user=editor)
    translated.refresh_from_db()
    approve(translated)
    translate(source, {**WORDS, "一句话。": "Another sentence."})
    translated.refresh_from_db()
    submit_translation(translated, acting_user=editor)
    assert "One sentence." in client.get("/en/reading/").content.decode()
    translated.refresh_from_db()
    approve(translated)
    assert "Another sentence." in client.get("/en/reading/").content.decode()


def test_whoever_may_not_publish_cannot_publish_by_updating_a_translation(source: StandardPage, editor: User) -> None:
    hand_to_translation(source, editor)
    client = Client()
    client.force_login(editor)
    number = TranslationSource.objects.get(object_id=source.translation_key).pk
    answer = client.post(f"/admin/localize/update/{number}/", {"publish_translations": "on"})
    assert (answer.status_code, Translation.objects.get().get_target_instance().live) == (403, False)
    assert client.post(f"/admin/localize/update/{number}/", {}).status_code == 302


def test_a_page_that_is_no_translation_is_not_handed_on(source: StandardPage, editor: User) -> None:
    with pytest.raises(Conflict):
        submit_translation(source, acting_user=editor)


def test_whoever_may_not_edit_hands_nothing_on(source: StandardPage, editor: User) -> None:
    with pytest.raises(NotAllowed):
        submit_translation(hand_to_translation(source, editor), acting_user=make_user())


def test_the_administration_asks_before_it_hands_on(source: StandardPage, editor: User) -> None:
    translated = hand_to_translation(source, editor)
    client = Client()
    client.force_login(editor)
    address = reverse("review_translation", args=[translated.pk])
    assert client.get(address).status_code == 200
    translated.refresh_from_db()
    assert not translated.workflow_in_progress
    assert client.post(address).status_code == 302
    translated.refresh_from_db()
    assert translated.workflow_in_progress


def test_the_administration_shows_no_page_to_whoever_may_not_edit_it(source: StandardPage, editor: User) -> None:
    translated = hand_to_translation(source, editor)
    client = Client()
    visitor = make_user()
    visitor.user_permissions.add(Permission.objects.get(codename="access_admin"))
    client.force_login(visitor)
    assert client.get(reverse("review_translation", args=[translated.pk])).status_code == 404


def test_the_switcher_says_where_a_page_is_not_translated_yet(client: Client, source: StandardPage) -> None:
    html = client.get(source.url).content.decode()
    assert f'href="{source.url}?untranslated=en"' in html
    assert "not available in this language yet" in client.get(f"{source.url}?untranslated=en").content.decode()


def test_the_switcher_leads_to_the_same_page_where_it_is(client: Client, site: Any, source: StandardPage) -> None:
    english = source.copy_for_translation(Locale.objects.get(language_code="en"))
    english.save_revision().publish()
    assert f'href="{english.url}"' in client.get(source.url).content.decode()
