from __future__ import annotations

import base64
import csv
import hashlib
import io
import json
from typing import Any

import pytest
from django.db import connection
from django.test import AsyncClient, Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from cms.budget.actions import publish_release
from cms.budget.models import Release
from cms.open_data.files import build_release_files, folder
from cms.open_data.formats.offered import FORMATS
from cms.open_data.formats.workbook import ROWS_AT_MOST
from cms.open_data.models import DataFile
from cms.open_data.queries import downloads_of
from participation.stakeholders.models import Role
from portal import rates
from tests.cms.open_data.test_formats import counted, some_release
from tests.factories import make_line, make_officeholder, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]


def address(release: Any, file: str = "lines.csv") -> str:
    return reverse("data:release", args=[release.row_id, file])


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content) if response.streaming else response.content


@pytest.mark.parametrize("file", [found.file for found in FORMATS.values()])
def test_every_format_has_a_permanent_address(client: Client, file: str) -> None:
    release = some_release()
    response = client.get(address(release, file))
    content = body(response)
    stored = DataFile.objects.get(release=release)
    digest = base64.b64encode(hashlib.sha256(content).digest()).decode()
    assert (response.status_code, len(content)) == (200, stored.size)
    assert response.headers["Content-Length"] == str(stored.size)
    assert response.headers["Repr-Digest"] == f"sha-256=:{digest}:"
    assert response.headers["Content-Digest"] == f"sha-256=:{digest}:"
    assert response.headers["ETag"] == f'"{stored.sha256}"'
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert response.headers["Access-Control-Allow-Origin"] == "*"
    assert response.headers["Content-Disposition"].startswith('attachment; filename="yunchuan-2025-v')


def test_an_unknown_format_is_not_found(client: Client) -> None:
    assert client.get(address(some_release(), "lines.xls")).status_code == 404


@pytest.mark.parametrize(
    ("wanted", "start", "end"), [("bytes=0-9", 0, 10), ("bytes=10-", 10, None), ("bytes=-7", -7, None)]
)
def test_a_part_of_a_file_can_be_asked_for(client: Client, wanted: str, start: int, end: int | None) -> None:
    release = some_release()
    whole = body(client.get(address(release)))
    response = client.get(address(release), headers={"Range": wanted})
    part = whole[start:end]
    first = start if start >= 0 else len(whole) + start
    assert (response.status_code, body(response)) == (206, part)
    assert response.headers["Content-Range"] == f"bytes {first}-{first + len(part) - 1}/{len(whole)}"
    assert response.headers["Content-Length"] == str(len(part))


def test_a_part_beyond_the_end_is_refused_with_the_size(client: Client) -> None:
    release = some_release()
    size = len(body(client.get(address(release))))
    response = client.get(address(release), headers={"Range": f"bytes={size}-"})
    assert (response.status_code, response.headers["Content-Range"]) == (416, f"bytes */{size}")


@pytest.mark.parametrize(
    "wanted",
    ["bytes=9-3", "bytes=-", "lines=0-1", "bytes=0-1,4-5", "bytes=x-1", f"bytes={'9' * 5000}-"],
    ids=["backwards", "nothing", "lines", "two", "letter", "endless"],
)
def test_a_range_that_makes_no_sense_is_answered_with_the_whole(client: Client, wanted: str) -> None:
    release = some_release()
    assert client.get(address(release), headers={"Range": wanted}).status_code == 200


def test_a_part_of_another_edition_is_answered_with_the_whole(client: Client) -> None:
    release = some_release()
    etag = client.get(address(release)).headers["ETag"]
    for condition, status in ((etag, 206), ('"other"', 200)):
        headers = {"Range": "bytes=0-1", "If-Range": condition}
        assert client.get(address(release), headers=headers).status_code == status


def test_who_has_the_file_already_is_told_so(client: Client) -> None:
    release = some_release()
    etag = client.get(address(release)).headers["ETag"]
    response = client.get(address(release), headers={"If-None-Match": etag})
    assert (response.status_code, response.content) == (304, b"")


def test_the_head_of_a_file_says_how_long_it_is(client: Client) -> None:
    release = some_release()
    size = len(body(client.get(address(release))))
    response = client.head(address(release))
    assert (response.status_code, response.headers["Content-Length"], body(response)) == (200, str(size), b"")


def test_files_are_never_packed_on_their_way(client: Client) -> None:
    response = client.get(address(some_release()), headers={"Accept-Encoding": "gzip"})
    assert not response.has_header("Content-Encoding")


@pytest.mark.parametrize(
    ("role", "status"), [(None, 404), (Role.MODERATOR, 404), (Role.EDITOR, 200), (Role.AUDITOR, 200)]
)
@pytest.mark.parametrize("file", [found.file for found in FORMATS.values() if found.key != "parquet"])
def test_files_of_drafts_are_made_for_those_who_prepare_them_and_left_nowhere(
    client: Client, role: Role | None, status: int, file: str
) -> None:
    release = some_release(published=False)
    if role:
        client.force_login(make_officeholder(role))
    response = client.get(address(release, file))
    assert response.status_code == status
    if status == 200:
        assert body(response)
        assert response.headers["Cache-Control"] == "private, no-store"
    assert (list(folder().glob("*draft*")), DataFile.objects.count()) == ([], 0)


def test_the_first_address_of_the_csv_stays_good(client: Client) -> None:
    release = some_release()
    response = client.get(reverse("cms:budget:lines_csv", args=[release.row_id]))
    rows = list(csv.DictReader(io.StringIO(body(response).decode("utf-8-sig"))))
    assert (response.status_code, len(rows)) == (200, 3)


def test_all_years_of_a_government_can_be_taken_away_at_once(client: Client) -> None:
    first, second = some_release(fiscal_year=2023), some_release(fiscal_year=2024)
    path = reverse("data:government", args=[first.government_id, "lines.ndjson"])
    before = client.get(path)
    lines = [json.loads(line) for line in body(before).splitlines()]
    assert [line["fiscal_year"] for line in lines] == [2023] * 3 + [2024] * 3
    some_release(fiscal_year=2025)
    after = client.get(path, headers={"If-None-Match": before.headers["ETag"]})
    assert (after.status_code, len(body(after).splitlines())) == (200, 9)
    assert second.published_at


def test_a_government_without_a_publication_is_not_found(client: Client) -> None:
    release = some_release(published=False)
    assert client.get(reverse("data:government", args=[release.government_id, "lines.csv"])).status_code == 404


def test_downloads_are_told_before_they_are_made_and_exactly_afterwards(django_assert_num_queries: Any) -> None:
    release = some_release()
    with django_assert_num_queries(1):
        offered = downloads_of(release)
    assert [(file.format, file.rows, file.size) for file in offered] == [(key, 3, None) for key in FORMATS]
    build_release_files.call(release.pk)
    read_again = Release.objects.get(pk=release.pk)
    assert {file.format: file.size for file in downloads_of(read_again)} == dict(
        DataFile.objects.values_list("format", "size")
    )


def test_publishing_makes_every_file(django_capture_on_commit_callbacks: Any) -> None:
    release = some_release(published=False)
    with django_capture_on_commit_callbacks(execute=True):
        publish_release(release, acting_user=None)
    assert set(DataFile.objects.filter(release=release).values_list("format", flat=True)) == set(FORMATS)


def test_a_release_too_long_for_a_workbook_says_so_and_names_the_other_formats(client: Client) -> None:
    release = make_release(line_count=ROWS_AT_MOST + 1)
    (workbook,) = [file for file in downloads_of(release) if file.format == "xlsx"]
    assert (workbook.url, "NDJSON" in workbook.refusal, workbook.rows) == ("", True, ROWS_AT_MOST + 1)
    with override("en"):
        page = reverse("cms:open_data:release", args=[release.row_id])
    assert client.get(address(release, "lines.xlsx")).status_code == 413
    assert "Nothing is cut off silently" in client.get(page).content.decode()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_open_data_page_lists_what_there_is_with_rows_sizes_and_meanings(client: Client, language: str) -> None:
    release = some_release()
    build_release_files.call(release.pk)
    with override(language):
        index = client.get(reverse("cms:open_data:index")).content.decode()
        page = client.get(reverse("cms:open_data:release", args=[release.row_id])).content.decode()
    assert reverse("cms:open_data:release", args=[release.row_id]).removeprefix("/en") in index
    assert "functional-classification:generic:code" in index
    for stored in DataFile.objects.filter(release=release):
        assert stored.sha256 in page
    assert "CC-BY-4.0" in index
    assert 'rel="license"' in page


def test_the_pages_take_as_many_queries_for_thirty_releases_as_for_one(client: Client) -> None:
    some_release(fiscal_year=1990)

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert client.get(reverse("cms:open_data:index")).status_code == 200
        return len(captured)

    count()
    with_one = count()
    for year in range(1991, 2020):
        make_release(fiscal_year=year)
    assert count() == with_one


@pytest.mark.parametrize(("role", "status"), [(None, 404), (Role.MODERATOR, 404), (Role.EDITOR, 200)])
def test_the_page_of_a_draft_is_for_those_who_prepare_it(client: Client, role: Role | None, status: int) -> None:
    release = some_release(published=False)
    if role:
        client.force_login(make_officeholder(role))
    assert client.get(reverse("cms:open_data:release", args=[release.row_id])).status_code == status


def test_drafts_are_nowhere_on_the_open_data_page_even_for_editors(client: Client) -> None:
    release = some_release(published=False)
    client.force_login(make_officeholder(Role.EDITOR))
    assert str(release.row_id) not in client.get(reverse("cms:open_data:index")).content.decode()


def test_too_many_downloads_are_asked_to_wait(client: Client, settings: Any) -> None:
    settings.WRITE_RATES = {**settings.WRITE_RATES, "download": "2/minute"}
    rates._limiter.cache_clear()
    release = some_release()
    answers = [client.get(address(release)) for _time in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert 0 < int(answers[-1].headers["Retry-After"]) <= 60


@pytest.mark.django_db(transaction=True)
async def test_an_asynchronous_server_sends_the_same_bytes() -> None:
    from asgiref.sync import sync_to_async

    release = await sync_to_async(some_release)()
    response = await AsyncClient().get(address(release))
    content = b"".join([piece async for piece in response.streaming_content])
    assert hashlib.sha256(content).hexdigest() == response.headers["ETag"].strip('"')


def test_a_release_published_later_changes_nothing_of_an_earlier_file(client: Client) -> None:
    release = some_release()
    before = client.get(address(release)).headers["ETag"]
    later = some_release()
    later.published_at = timezone.now()
    later.save()
    make_line(counted(later))
    assert client.get(address(release)).headers["ETag"] == before


def test_a_government_beyond_every_number_is_not_there(client: Client) -> None:
    some_release()
    assert client.get(f"/data/governments/{10**25}/lines.csv").status_code == 404
