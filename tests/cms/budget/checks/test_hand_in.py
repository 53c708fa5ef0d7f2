"""The page on which the nine tables are handed in."""

from __future__ import annotations

import csv
import io
import re
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from openpyxl import Workbook

from cms.budget.checks.actions import record_tables
from cms.budget.checks.hand_in_views import LAYOUT
from cms.budget.checks.models import CheckFinding
from cms.budget.checks.offered import MOST_BYTES, offer_of
from cms.budget.models import Department, Release
from cms.budget.tables import DisclosureTable
from participation.stakeholders.models import Role
from privacy.log.models import PendingLeaf
from tests.cms.budget.checks.made_up import SUMMARY, found, tables_csv
from tests.factories import make_department, make_officeholder, make_officer, make_release, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]


@pytest.fixture
def release() -> Release:
    return make_release(published=False, fiscal_year=2024)


def url(release: Release) -> str:
    return f"/en/budget/releases/{release.row_id}/tables/hand-in/"


def upload(content: bytes, name: str = "决算公开表.csv") -> SimpleUploadedFile:
    return SimpleUploadedFile(name, content)


def look(client: Client, release: Release, content: bytes, **fields: Any) -> Any:
    return client.post(url(release), {"file": upload(content), "unit": "10000", "look": "", **fields})


def kept_in(response: Any) -> str:
    return re.findall(r'name="kept" value="([^"]+)"', response.content.decode())[0]


def test_a_file_is_looked_at_and_nothing_is_recorded(client: Client, release: Release) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    before = PendingLeaf.objects.count()
    response = look(client, release, tables_csv((SUMMARY, 5, 3, "1,006.00")))
    page = response.content.decode()
    assert response.status_code == 200
    for told in (
        "9 tables read",
        "45 rows",
        "With these tables 1 error",
        "CNY 10,060,000.00",
        "not among the departments",
    ):
        assert told in page
    counts = [model.objects.count() for model in (DisclosureTable, CheckFinding, Department)]
    assert (counts, PendingLeaf.objects.count()) == ([0, 0, 0], before)


def test_what_was_looked_at_is_recorded(client: Client, release: Release) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    looked = look(client, release, tables_csv())
    response = client.post(url(release), {"kept": kept_in(looked), "unit": "10000", "record": ""})
    assert (response.status_code, response.url) == (302, f"/en/budget/releases/{release.row_id}/checks/")
    assert (release.tables.count(), found(release)) == (9, [])


def test_problems_are_told_and_the_choice_is_kept(client: Client, release: Release) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    response = look(client, release, tables_csv((SUMMARY, 5, 1, "完成")), unit="1")
    page = response.content.decode()
    assert response.status_code == 400
    for told in (
        "完成",
        "row 6 of the file",
        "决算公开表.csv",
        '<option value="1" selected>',
    ):
        assert told in page
    assert 'name="record"' not in page
    again = client.post(url(release), {"kept": kept_in(response), "unit": "10000", "look": ""})
    assert (again.status_code, "完成" in again.content.decode()) == (400, True)


def test_tables_that_somebody_recorded_meanwhile_are_refused_with_the_choice_kept(
    client: Client, release: Release
) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    looked = look(client, release, tables_csv())
    record_tables(release, tables_csv(), acting_user=None)
    response = client.post(url(release), {"kept": kept_in(looked), "unit": "10000", "record": ""})
    page = response.content.decode()
    assert (response.status_code, "handed in already" in page, "决算公开表.csv" in page) == (409, True, True)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("a.csv", b"", "empty"),
        ("a.csv", b"x,y,1,z\n", "none of the nine tables"),
        ("a.pdf", b"%PDF-1.7 and more", "PDF"),
        ("a.csv", b"x" * (MOST_BYTES + 1), "too large"),
        ("a.csv", "局,收入支出决算总表,1,".encode() + b'"' + b"x" * 200_000, "no CSV"),
        ("a.csv", f"{'局' * 301},收入支出决算总表,1,项目,决算数\n{'局' * 301},收入支出决算总表,1,总计,1".encode(), "too long"),
    ],
    ids=["empty", "nothing", "PDF", "large", "no CSV", "long"],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_refused_with_the_reason(
    client: Client, release: Release, name: str, content: bytes, told: str
) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    response = client.post(url(release), {"file": upload(content, name), "unit": "10000", "look": ""})
    assert (response.status_code in (400, 413), told in response.content.decode()) == (True, True)


@pytest.mark.parametrize("fields", [{}, {"kept": "made up"}], ids=["none", "made up"])
def test_without_a_file_nothing_is_looked_at(client: Client, release: Release, fields: dict[str, str]) -> None:
    client.force_login(make_officeholder(Role.EDITOR))
    response = client.post(url(release), {"unit": "10000", "record": "", **fields})
    assert (response.status_code, "Choose the file" in response.content.decode()) == (400, True)


@pytest.mark.parametrize(
    ("who", "reads", "sends"),
    [("visitor", 404, 404), ("person", 404, 404), ("officer", 404, 404), (Role.MODERATOR, 404, 404), (Role.EDITOR, 200, 302), (Role.REVIEWER, 200, 302), (Role.AUDITOR, 403, 403)],
    ids=str,
)  # fmt: skip
def test_who_may_hand_in_tables(client: Client, release: Release, who: str, reads: int, sends: int) -> None:
    kept = offer_of("a.csv", tables_csv()).packed()
    if who != "visitor":
        people = {"person": make_user, "officer": lambda: make_officer(make_department(release.government))}
        client.force_login(people.get(who, lambda: make_officeholder(Role(who)))())
    statuses = client.get(url(release)).status_code, client.post(url(release), {"kept": kept, "unit": "10000", "record": ""}).status_code  # fmt: skip
    assert (statuses, release.tables.count()) == ((reads, sends), 9 if sends == 302 else 0)


def test_a_public_release_takes_no_tables(client: Client) -> None:
    release = make_release()
    client.force_login(make_officeholder(Role.EDITOR))
    assert client.get(url(release)).status_code == 409


@pytest.mark.parametrize(("role", "leads"), [(Role.EDITOR, True), (Role.AUDITOR, False)], ids=str)
def test_the_pages_of_a_draft_lead_those_there_who_may(
    client: Client, release: Release, role: Role, leads: bool
) -> None:
    client.force_login(make_officeholder(role))
    pages = [f"/en/budget/releases/{release.row_id}/", f"/en/budget/releases/{release.row_id}/checks/"]
    assert [url(release) in client.get(page).content.decode() for page in pages] == [leads, leads]


def test_the_layout_can_be_downloaded_and_passes_every_check(client: Client, release: Release) -> None:
    response = client.get(reverse("cms:budget:tables_layout"))
    assert response.content == LAYOUT.read_bytes()
    record_tables(release, response.content, acting_user=None)
    assert (release.tables.count(), found(release)) == (9, [])


def test_a_file_in_an_older_chinese_encoding_is_read() -> None:
    content = tables_csv()
    assert offer_of("a.csv", content.decode().encode("gb18030")).content == content


def test_a_text_file_is_kept_to_the_byte() -> None:
    content = LAYOUT.read_bytes()
    assert offer_of("a.csv", content).content == content


def test_every_sheet_of_a_workbook_is_read(client: Client, release: Release) -> None:
    workbook = Workbook()
    for number, line in enumerate(tables_csv().decode().splitlines()):
        sheet = workbook.active if number < 6 else workbook["others"] if "others" in workbook.sheetnames else workbook.create_sheet("others")  # fmt: skip
        sheet.append(next(csv.reader([line])))
    file = io.BytesIO()
    workbook.save(file)
    record_tables(release, offer_of("a.xlsx", file.getvalue()).content, acting_user=None)
    assert (release.tables.count(), found(release)) == (9, [])
