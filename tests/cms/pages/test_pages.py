from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.budget.models import Government, Release
from cms.pages.actions import publish_disclosure
from cms.pages.models import DisclosureIndexPage, DisclosurePage
from cms.pages.site import sync_editor_groups
from participation.stakeholders.models import Role
from tests.factories import PASSWORD, make_line, make_officeholder, make_release

pytestmark = pytest.mark.django_db


def publish(release: Release, title: str = "标题") -> DisclosurePage:
    words = {"title": title, "title_en": f"{title} in English", "summary": "摘要", "summary_en": "Summary"}
    return publish_disclosure(release=release, acting_user=None, **words)


@pytest.mark.parametrize("prefix", ["", "/en"])
def test_home_index_and_disclosure_are_answered_in_both_languages(client: Client, site: Any, prefix: str) -> None:
    page = publish(make_line().release)
    for address in ("/", "/disclosures/", page.url):
        response = client.get(prefix + address)
        assert response.status_code == 200
        assert f'<html lang="{"en" if prefix else "zh-Hans"}">' in response.content.decode()


def test_home_and_index_are_answered_before_anything_is_published(client: Client, site: Any) -> None:
    make_line(make_release(published=False))
    for address in ("/", "/en/", "/disclosures/", "/en/disclosures/"):
        response = client.get(address)
        assert (response.status_code, response.context["disclosures"]) == (200, [])
    assert client.get("/").context["newest"] is None


def test_a_list_says_which_versions_were_corrected_since(client: Client, site: Any) -> None:
    for version, published in ((1, True), (2, True), (3, False)):
        publish(make_line(make_release(version=version, published=published)).release)
    Release.objects.filter(version=3).update(published_at=None)
    listed = client.get("/disclosures/").context["disclosures"]
    assert [(one.release.version, one.is_corrected) for one in listed] == [(2, False), (1, True)]


def test_a_disclosure_offers_itself_in_the_other_language(client: Client, site: Any) -> None:
    page = publish(make_line().release)
    assert f'href="/en{page.url}"' in client.get(page.url).content.decode()


def publish_in_only(language: str, release: Release) -> DisclosurePage:
    page = publish(release)
    for translation in page.get_translations(inclusive=True):
        if translation.locale.language_code == language:
            page = translation
        else:
            translation.unpublish()
    return page


# The language of the one page, the other language, and the prefixes of both.
ONE_LANGUAGE = [("zh-hans", "en", "", "/en"), ("en", "zh-hans", "/en", "")]


@pytest.mark.parametrize(("language", "other", "prefix", "other_prefix"), ONE_LANGUAGE)
def test_a_disclosure_without_a_translation_leads_to_its_figures_in_the_other_language(
    client: Client, site: Any, language: str, other: str, prefix: str, other_prefix: str
) -> None:
    page = publish_in_only(language, make_line().release)
    figures = f"{other_prefix}/budget/releases/{page.release.row_id}/"
    context = client.get(page.url).context
    assert {link.url: link.is_current for link in context["language_links"]} == {page.url: True, figures: False}
    tags = {"zh-hans": "zh-Hans", "en": "en"}
    addresses = {tags[language]: page.url, tags[other]: figures}
    addresses["x-default"] = addresses["zh-Hans"]
    assert dict(context["alternates"]) == {tag: f"http://testserver{url}" for tag, url in addresses.items()}
    assert client.get(figures).status_code == 200


@pytest.mark.parametrize(("language", "other", "prefix", "other_prefix"), ONE_LANGUAGE)
def test_the_lists_show_a_release_without_a_page_in_their_language_as_its_figures(
    client: Client, site: Any, language: str, other: str, prefix: str, other_prefix: str
) -> None:
    page = publish_in_only(language, make_line(adopted=100).release)
    make_line(make_release(published=False))
    figures = f"{other_prefix}/budget/releases/{page.release.row_id}/"
    for address in ("/", "/disclosures/"):
        assert [card.url for card in client.get(prefix + address).context["disclosures"]] == [page.url]
        response = client.get(other_prefix + address)
        assert [card.url for card in response.context["disclosures"]] == [figures]
        assert f'<a href="{figures}">' in response.content.decode()


def test_both_kinds_of_card_stand_in_one_order(client: Client, site: Any) -> None:
    newest, middle, oldest = (make_release(fiscal_year=year) for year in (2026, 2025, 2024))
    for release in (newest, oldest):
        publish(release)
    cards = client.get("/disclosures/").context["disclosures"]
    assert [card.release for card in cards] == [newest, middle, oldest]


def test_the_disclosure_says_where_its_figures_come_from(client: Client, site: Any) -> None:
    release = make_line(make_release(line_count=1, source_name="gastos.csv")).release
    content = client.get(publish(release).url).content.decode()
    for shown in (
        release.source_sha256,
        "gastos.csv",
        f"/budget/releases/{release.row_id}/lines.csv",
        f"/log/verify/{release.row_id}/",
    ):
        assert shown in content


def test_the_index_is_narrowed_by_year_and_government(client: Client, site: Any) -> None:
    elsewhere = Government.objects.create(name="别处")
    first = publish(make_release(fiscal_year=2024), "甲")
    second = publish(make_release(fiscal_year=2025), "乙")
    third = publish(make_release(fiscal_year=2025, government=elsewhere), "丙")

    def shown(query: str) -> list[DisclosurePage]:
        return list(client.get(f"/disclosures/{query}").context["disclosures"])

    assert sorted(page.title for page in shown("")) == sorted(["甲", "乙", "丙"])
    assert shown("?year=2024") == [first]
    assert shown(f"?government={elsewhere.pk}") == [third]
    assert shown(f"?year=2025&government={second.release.government_id}") == [second]
    assert shown("?year=1999&government=x") == []


def test_the_newest_budget_is_on_the_home_page(client: Client, site: Any) -> None:
    publish(make_line(make_release(fiscal_year=2024)).release, "旧")
    page = publish(make_line(make_release(fiscal_year=2025), adopted=100).release, "新")
    context = client.get("/").context
    assert context["newest"] == page.release
    assert context["facts"].comparison.base == 100
    assert [found.title for found in context["disclosures"]] == ["新", "旧"]


@pytest.mark.both
@pytest.mark.parametrize("address", ["/", "/disclosures/"])
def test_a_list_of_disclosures_takes_a_fixed_number_of_queries(client: Client, site: Any, address: str) -> None:
    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            client.get(address)
        return len(captured)

    publish(make_line().release)
    client.get(address)
    with_one = count()
    for _number in range(4):
        publish(make_line().release)
    # The newest release is read once, and kept.
    count()
    assert count() == with_one


@pytest.mark.both
def test_a_disclosure_takes_as_many_queries_with_thirty_departments_as_with_one(client: Client, site: Any) -> None:
    def count(lines: int) -> int:
        release = make_release()
        for _number in range(lines):
            make_line(release)
        page = publish(release)
        client.get(page.url)
        with CaptureQueriesContext(connection) as captured:
            client.get(page.url)
        return len(captured)

    assert count(30) == count(1)


# The administration ---------------------------------------------------------------------------------


@pytest.fixture
def editor_client(client: Client, site: Any) -> Client:
    editor = make_officeholder(Role.EDITOR)
    sync_editor_groups(editor, {"editor"})
    client.login(email=editor.email, password=PASSWORD)
    client.force_login(editor)
    return client


def test_an_editor_finds_the_imported_releases_and_cannot_change_them(editor_client: Client) -> None:
    release = make_release(published=False, source_name="imported.csv")
    content = editor_client.get("/admin/releases/").content.decode()
    assert "imported.csv" in content
    assert release.get_absolute_url() in content
    assert editor_client.get(f"/admin/releases/inspect/{release.pk}/").status_code == 200
    for address in ("new/", f"edit/{release.pk}/", f"delete/{release.pk}/"):
        assert editor_client.get(f"/admin/releases/{address}").status_code == 302
        editor_client.post(f"/admin/releases/{address}")
    assert Release.objects.filter(pk=release.pk, source_name="imported.csv").exists()


def test_the_form_offers_releases_that_have_no_page_in_this_language(editor_client: Client) -> None:
    taken = publish(make_release()).release
    free = make_release(published=False)
    index = DisclosureIndexPage.objects.get(locale__language_code="zh-hans")
    form = editor_client.get(f"/admin/pages/add/cms/disclosurepage/{index.pk}/").context["form"]
    assert set(form.fields["release"].queryset) == {free}
    assert taken != free


def test_the_release_of_a_page_that_has_been_live_stays(editor_client: Client) -> None:
    page = publish(make_release())
    form = editor_client.get(f"/admin/pages/{page.pk}/edit/").context["form"]
    assert form.fields["release"].disabled


def test_an_editor_sees_a_draft_as_readers_will(editor_client: Client) -> None:
    release = make_line(make_release(published=False)).release
    index = DisclosureIndexPage.objects.get(locale__language_code="zh-hans")
    page = index.add_child(instance=DisclosurePage(title="草稿标题", summary="摘要", release=release, live=False))
    revision = page.save_revision()
    response = editor_client.get(f"/admin/pages/{page.pk}/revisions/{revision.pk}/view/")
    assert response.status_code == 200
    assert "草稿标题" in response.content.decode()
    assert "frame-ancestors 'self'" in response.headers["Content-Security-Policy"]


def test_the_history_of_a_page_beyond_every_number_is_not_there(client: Client) -> None:
    assert client.get(f"/budget/pages/{10**25}/history/").status_code == 404
