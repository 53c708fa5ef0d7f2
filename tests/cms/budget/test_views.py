from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from cms.budget.models import Line, Release
from cms.pages.actions import publish_disclosure
from participation.stakeholders.models import Role
from tests.factories import make_line, make_officeholder, make_release, make_user
from tests.privacy.log.written import write

pytestmark = pytest.mark.django_db
LANGUAGES = ("zh-hans", "en")


def addresses_of(line: Line) -> list[str]:
    release = line.release
    return [
        release.get_absolute_url(),
        line.get_absolute_url(),
        line.department.get_absolute_url(),
        line.programme.get_absolute_url(),
        reverse("cms:budget:lines_csv", args=[release.row_id]),
    ]


def publish(release: Release, **fields: Any) -> Any:
    words = {"title": "钱花到哪里去", "title_en": "Where the money goes", "summary": "摘要", "summary_en": "Summary"}
    return publish_disclosure(release=release, acting_user=None, **{**words, **fields})


@pytest.mark.parametrize("language", LANGUAGES)
def test_what_is_published_is_open_to_everybody_in_both_languages(client: Client, language: str) -> None:
    line = make_line(make_release(line_count=1))
    with override(language):
        assert [client.get(address).status_code for address in addresses_of(line)] == [200] * 5


@pytest.mark.parametrize(
    ("role", "status"),
    [
        (None, 404),
        ("citizen", 404),
        (Role.MODERATOR, 404),
        (Role.EDITOR, 200),
        (Role.REVIEWER, 200),
        (Role.AUDITOR, 200),
    ],
)
def test_a_draft_is_not_there_for_those_who_do_not_prepare_budgets(client: Client, role: Any, status: int) -> None:
    line = make_line(make_release(published=False, line_count=1))
    if role:
        client.force_login(make_user() if role == "citizen" else make_officeholder(role))
    assert [client.get(address).status_code for address in addresses_of(line)] == [status] * 5


def test_an_editor_is_told_that_a_draft_is_one(client: Client) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    with override("en"):
        page = client.get(make_line(make_release(published=False)).release.get_absolute_url())
    assert "Draft." in page.content.decode()


def test_a_visitor_without_a_session_gets_pages_that_any_cache_may_keep(client: Client) -> None:
    for address in addresses_of(make_line(make_release(line_count=1))):
        response = client.get(address)
        assert "Cookie" not in response.headers.get("Vary", "")
        assert not response.cookies


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_index_leads_to_the_disclosures_in_the_readers_language(client: Client, site: Any, language: str) -> None:
    with override(language):
        response = client.get(reverse("cms:budget:index"), follow=True)
    assert response.redirect_chain == [("/en/disclosures/" if language == "en" else "/disclosures/", 302)]
    assert response.status_code == 200


def test_without_editors_pages_the_index_lists_the_releases(client: Client) -> None:
    public, draft = make_release(), make_release(published=False)
    content = client.get(reverse("cms:budget:index")).content.decode()
    assert public.get_absolute_url() in content
    assert draft.get_absolute_url() not in content


def test_a_release_with_a_page_leads_there_with_what_was_asked(client: Client, site: Any) -> None:
    release = make_line().release
    page = publish(release)
    response = client.get(release.get_absolute_url() + "?q=x")
    assert (response.status_code, response.headers["Location"]) == (302, page.url + "?q=x")


def test_the_line_page_leads_to_everything_that_the_line_belongs_to(client: Client) -> None:
    line = make_line()
    content = client.get(line.get_absolute_url()).content.decode()
    for record in (line.release, line.department, line.programme):
        assert f'href="{record.get_absolute_url()}"' in content


def test_the_line_page_shows_the_same_programme_in_other_published_years(client: Client) -> None:
    line = make_line(make_release(fiscal_year=2025))
    other = make_line(make_release(fiscal_year=2024), line.programme).release
    hidden = make_line(make_release(fiscal_year=2023, published=False), line.programme).release
    content = client.get(line.get_absolute_url()).content.decode()
    assert other.get_absolute_url() in content
    assert hidden.get_absolute_url() not in content


def test_a_superseded_version_points_to_its_correction(client: Client) -> None:
    old = make_line(make_release(version=1)).release
    newer = make_release(version=2)
    assert newer.get_absolute_url() in client.get(old.get_absolute_url()).content.decode()


def test_a_note_of_the_source_is_text_and_not_markup(client: Client) -> None:
    line = make_line(note="<script>alert(1)</script>第一行\n第二行")
    content = client.get(line.get_absolute_url()).content.decode()
    assert "<script>alert(1)</script>" not in content
    assert "&lt;script&gt;" in content


def test_the_csv_is_a_download_named_after_what_it_holds(client: Client) -> None:
    release = make_line(make_release(version=3, line_count=1)).release
    response = client.get(reverse("cms:budget:lines_csv", args=[release.row_id]))
    assert response.headers["Content-Disposition"] == 'attachment; filename="yunchuan-2025-v3.csv"'
    assert response.getvalue().startswith(b"\xef\xbb\xbfrelease,fiscal_year,")


def test_nothing_can_be_written_to_these_addresses(client: Client) -> None:
    assert [client.post(address).status_code for address in addresses_of(make_line())] == [405] * 5


def test_a_page_of_fifty_lines_stays_within_its_weight(client: Client) -> None:
    release = make_release(phases=["proposed", "adopted", "adjusted", "committed", "executed"])
    for number in range(51):
        make_line(
            release, functional_code=f"2{number:02d}0101", economic_code="30201", economic_name="办公费和其他费用"
        )
    assert len(client.get(release.get_absolute_url()).content) <= 75 * 1024


@pytest.mark.parametrize(
    "asked", ["?function=205", "?by=department&q=x&sort=-adopted&page=9", "?function=%00&department=1"]
)
def test_any_query_of_a_release_page_is_answered(client: Client, asked: str) -> None:
    assert client.get(make_line().release.get_absolute_url() + asked).status_code == 200


@pytest.mark.both
@pytest.mark.parametrize("kind", ["release", "department", "programme", "line"])
def test_a_page_takes_as_many_queries_with_thirty_lines_as_with_one(client: Client, kind: str) -> None:
    def count(lines: int) -> int:
        first = make_line()
        for _number in range(lines - 1):
            make_line(first.release, first.programme)
        record = first if kind == "line" else getattr(first, kind)
        with CaptureQueriesContext(connection) as captured:
            assert client.get(record.get_absolute_url()).status_code == 200
        return len(captured)

    count(1)
    assert count(30) == count(1)


def test_the_seal_of_a_release_leads_to_its_entries_in_the_log(client: Client) -> None:
    release = make_line().release
    write(release)
    content = client.get(release.get_absolute_url()).content.decode()
    address = reverse("privacy:log:verify", args=[release.row_id])
    assert address in content
    assert client.get(address).status_code == 200
