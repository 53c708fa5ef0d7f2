from __future__ import annotations

import json
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils.translation import override

from cms.open_data.structured import as_script, dataset_of
from cms.pages.actions import publish_disclosure
from participation.stakeholders.models import Role
from tests.cms.open_data.test_formats import some_release
from tests.factories import make_line, make_officeholder, make_release

pytestmark = pytest.mark.django_db
ATOM = "{http://www.w3.org/2005/Atom}"
SITEMAP = "{http://www.sitemaps.org/schemas/sitemap/0.9}"
XHTML = "{http://www.w3.org/1999/xhtml}"


def xml(client: Client, path: str) -> ElementTree.Element:
    response = client.get(path)
    assert response.status_code == 200
    return ElementTree.fromstring(response.content)  # noqa: S314 - our own answer


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_feeds_tell_of_publications_and_corrections_newest_first(client: Client, language: str) -> None:
    first, second = make_release(version=1), make_release(version=2)
    make_release(published=False)
    with override(language):
        atom = xml(client, reverse("cms:open_data:atom"))
        rss = xml(client, reverse("cms:open_data:rss"))
        links = [f"http://testserver{release.get_absolute_url()}" for release in (second, first)]
    entries = atom.findall(f"{ATOM}entry")
    assert [entry.findtext(f"{ATOM}id") for entry in entries] == [f"urn:uuid:{r.row_id}" for r in (second, first)]
    assert [entry.find(f"{ATOM}link").get("href") for entry in entries] == links  # type: ignore[union-attr]
    assert [item.findtext("guid") for item in rss.iter("item")] == [f"urn:uuid:{r.row_id}" for r in (second, first)]
    assert rss.findtext("channel/language") == {"zh-hans": "zh-Hans", "en": "en"}[language]


@pytest.mark.both
def test_a_department_has_a_feed_of_its_own(client: Client) -> None:
    line = make_line()
    make_line(make_release())
    atom = xml(client, reverse("cms:open_data:department_atom", args=[line.department.row_id]))
    assert [entry.findtext(f"{ATOM}id") for entry in atom.findall(f"{ATOM}entry")] == [
        f"urn:uuid:{line.release.row_id}"
    ]


@pytest.mark.parametrize("role", [None, Role.EDITOR])
def test_drafts_are_in_no_feed_and_no_map(client: Client, role: Role | None) -> None:
    line = make_line(make_release(published=False))
    if role:
        client.force_login(make_officeholder(role))
    assert client.get(reverse("cms:open_data:department_rss", args=[line.department.row_id])).status_code == 404
    for path in (
        reverse("cms:open_data:atom"),
        "/sitemap-releases.xml",
        "/sitemap-departments.xml",
        "/sitemap-programmes.xml",
    ):
        content = client.get(path).content.decode()
        assert not any(str(r.row_id) in content for r in (line.release, line.department, line.programme))


def test_a_feed_takes_as_many_queries_for_thirty_publications_as_for_one(client: Client) -> None:
    make_release()

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            xml(client, reverse("cms:open_data:atom"))
        return len(captured)

    with_one = count()
    for _number in range(29):
        make_release()
    assert count() == with_one


def test_the_map_of_the_site_names_every_page_in_both_languages(client: Client, site: Any) -> None:
    line = make_line()
    index = [place.text for place in xml(client, "/sitemap.xml").iter(f"{SITEMAP}loc")]
    assert index == [
        f"http://testserver/sitemap-{part}.xml" for part in ("pages", "rooms", "releases", "departments", "programmes")
    ]
    department = line.department.get_absolute_url()
    urls = xml(client, "/sitemap-departments.xml").findall(f"{SITEMAP}url")
    assert [url.findtext(f"{SITEMAP}loc") for url in urls] == [
        f"http://testserver{department}",
        f"http://testserver/en{department}",
    ]
    alternates = {link.get("hreflang"): link.get("href") for link in urls[0].findall(f"{XHTML}link")}
    assert alternates == {
        "zh-hans": f"http://testserver{department}",
        "en": f"http://testserver/en{department}",
        "x-default": f"http://testserver{department}",
    }
    pages = [place.text for place in xml(client, "/sitemap-pages.xml").iter(f"{SITEMAP}loc")]
    assert {"http://testserver/", "http://testserver/en/"} <= set(pages)
    assert client.get("/sitemap-nothing.xml").status_code == 404


def test_every_address_of_the_map_is_there(client: Client, site: Any) -> None:
    make_line()
    for part in xml(client, "/sitemap.xml").iter(f"{SITEMAP}loc"):
        for place in xml(client, str(part.text)).iter(f"{SITEMAP}loc"):
            assert client.get(str(place.text), follow=True).status_code == 200, place.text


def test_robots_are_told_where_the_map_is_and_what_is_not_for_them(client: Client) -> None:
    lines = client.get("/robots.txt").content.decode().splitlines()
    assert lines[0] == "User-agent: *"
    assert "Disallow: /admin/" in lines
    assert lines[-1] == "Sitemap: http://testserver/sitemap.xml"


def test_a_disclosure_describes_itself_to_machines(client: Client, site: Any) -> None:
    release = some_release()
    page = publish_disclosure(
        release=release, title="公开", title_en="Open", summary="概要", summary_en="Summary", acting_user=None
    )
    content = client.get(page.url).content.decode()
    (block,) = re.findall(r'<script type="application/ld\+json">(.*?)</script>', content)
    found = json.loads(block)
    assert (found["@type"], found["identifier"], found["license"]) == (
        "Dataset",
        str(release.row_id),
        "https://creativecommons.org/licenses/by/4.0/",
    )
    assert [part["encodingFormat"] for part in found["distribution"]] == [
        "text/csv", "text/csv", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "application/json",
        "application/x-ndjson", "application/vnd.apache.parquet", "application/zip",
    ]  # fmt: skip
    assert f'href="/api/v1/releases/{release.row_id}"' in content


def test_no_name_ends_the_description_early() -> None:
    release = make_release()
    release.government.name = "</script><script>alert(1)</script>&<!--\u2028"
    text = as_script(dataset_of(release))
    assert re.findall(r"<[^>]*>", text) == ['<script type="application/ld+json">', "</script>"]
    assert json.loads(text.partition(">")[2].rpartition("<")[0])["publisher"]["name"] == release.government.name


def test_the_open_data_page_and_every_page_of_a_department_name_their_feeds(client: Client) -> None:
    line = make_line()
    index = client.get(reverse("cms:open_data:index")).content.decode()
    department = client.get(line.department.get_absolute_url()).content.decode()
    assert f'type="application/atom+xml" href="{reverse("cms:open_data:atom")}"' in index
    assert f'href="{reverse("cms:open_data:department_atom", args=[line.department.row_id])}"' in department
