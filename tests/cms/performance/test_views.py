"""Who reaches which page, and what stands there."""

from __future__ import annotations

import io
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client
from django.urls import reverse
from django.utils.translation import override
from openpyxl import load_workbook

from cms.budget.models import Programme
from cms.performance.actions import import_sheet, keep_sheet
from cms.performance.models import Indicator, SheetUpload
from participation.stakeholders.models import Role, User
from tests.cms.performance.sheets import form
from tests.cms.performance.test_records import ROWS
from tests.factories import make_line, make_officeholder, make_officer, make_release, make_user

pytestmark = [pytest.mark.django_db, pytest.mark.both]

PAGES = ("monitoring", "schemes", "sheet_file", "sheets", "upload_sheet", "sheet")
EVERYBODY = (200, 200, 200)
ALLOWED = {
    "visitor": (*EVERYBODY, 401, 401, 404),
    "citizen": (*EVERYBODY, 403, 403, 404),
    "moderator": (*EVERYBODY, 403, 403, 404),
    "auditor": (*EVERYBODY, 403, 403, 404),
    "officer": (*EVERYBODY, 200, 200, 404),
    "other officer": (*EVERYBODY, 200, 403, 404),
    "reviewer": (*EVERYBODY, 200, 200, 200),
    "editor": (*EVERYBODY, 200, 200, 200),
}


@pytest.fixture
def programme() -> Programme:
    call_command("scheme_publish", verbosity=0)
    return make_line(make_release(fiscal_year=2023)).programme


@pytest.fixture
def editor() -> User:
    return make_officeholder(Role.EDITOR)


def address(page: str, programme: Programme, upload: SheetUpload | None = None) -> str:
    match page:
        case "sheet" if upload:
            args: list[Any] = [upload.row_id]
        case "sheet_file" | "upload_sheet":
            args = [programme.row_id, 2023]
        case _:
            args = []
    return reverse(f"cms:budget:{page}", args=args)


def keep(programme: Programme, user: User, rows: list[list[Any]] = ROWS) -> SheetUpload:
    content = form(rows, name=programme.name)
    return keep_sheet(programme, fiscal_year=2023, name="自评表.xlsx", content=content, acting_user=user)


def somebody(kind: str, programme: Programme) -> User | None:
    match kind:
        case "visitor":
            return None
        case "citizen":
            return make_user()
        case "officer":
            return make_officer(programme.department)
        case "other officer":
            return make_officer(make_line(make_release(fiscal_year=2023)).programme.department)
    return make_officeholder(Role(kind))


@pytest.mark.parametrize("kind", ALLOWED)
def test_every_role_reaches_its_pages_and_no_other(
    client: Client, programme: Programme, editor: User, kind: str
) -> None:
    import_sheet(keep(programme, editor), acting_user=editor)
    upload = keep(programme, editor)
    if user := somebody(kind, programme):
        client.force_login(user)
    statuses = tuple(client.get(address(page, programme, upload)).status_code for page in PAGES)
    assert statuses == ALLOWED[kind]


def test_a_sheet_is_uploaded_read_and_taken_over(client: Client, programme: Programme) -> None:
    officer = make_officer(programme.department)
    client.force_login(officer)
    file = SimpleUploadedFile("自评表.xlsx", form(ROWS, name=programme.name))
    answer = client.post(address("upload_sheet", programme), {"file": file})
    upload = SheetUpload.objects.get()
    assert (answer.status_code, answer["Location"]) == (302, address("sheet", programme, upload))
    with override("en"):
        page = client.get(address("sheet", programme, upload)).content.decode()
    assert ("Take the sheet over" in page, "3 indicators" in page) == (True, True)
    assert client.post(address("sheet", programme, upload)).status_code == 302
    assert Indicator.objects.count() == 3


def test_a_sheet_with_errors_shows_them_and_cannot_be_taken_over(
    client: Client, programme: Programme, editor: User
) -> None:
    upload = keep(programme, editor, [*ROWS[:2], ["满意度指标", "", "居民满意度", "≥90%", "完成", 10, 10]])
    client.force_login(editor)
    with override("en"):
        page = client.get(address("sheet", programme, upload)).content.decode()
        refused = client.post(address("sheet", programme, upload))
    assert ("Take the sheet over" in page, "“完成” is a word" in page, "<b>E10</b>" in page) == (False, True, True)
    assert (refused.status_code, Indicator.objects.count()) == (400, 0)


def test_what_is_no_workbook_is_refused_beside_the_field(client: Client, programme: Programme, editor: User) -> None:
    client.force_login(editor)
    with override("en"):
        answer = client.post(address("upload_sheet", programme), {"file": SimpleUploadedFile("a.xlsx", b"hello")})
    assert (answer.status_code, "cannot be read as an Excel workbook" in answer.content.decode()) == (400, True)
    assert SheetUpload.objects.count() == 0


def test_a_year_is_downloaded_as_a_workbook(client: Client, programme: Programme, editor: User) -> None:
    import_sheet(keep(programme, editor), acting_user=editor)
    answer = client.get(address("sheet_file", programme))
    names = [row[2].value for row in load_workbook(io.BytesIO(answer.content)).active.iter_rows(min_col=1, max_col=3)]
    assert (answer["Content-Type"].endswith("sheet"), "加装电梯" in names) == (True, True)


def test_a_form_for_a_year_without_goals_is_only_for_those_who_hand_it_in(
    client: Client, programme: Programme, editor: User
) -> None:
    before = client.get(address("sheet_file", programme)).status_code
    client.force_login(editor)
    assert (before, client.get(address("sheet_file", programme)).status_code) == (404, 200)


def test_pages_say_what_is_computed_and_lead_to_how(client: Client, programme: Programme, editor: User) -> None:
    import_sheet(keep(programme, editor), acting_user=editor)
    with override("en"):
        of_programme = client.get(programme.get_absolute_url()).content.decode()
        of_department = client.get(programme.department.get_absolute_url()).content.decode()
        monitoring = client.get(reverse("cms:budget:monitoring")).content.decode()
        schemes = client.get(reverse("cms:budget:schemes")).content.decode()
    assert ("92.00" in of_programme, "明显改善" in of_programme) == (True, True)
    assert "How its goals were followed up in 2023" in of_department
    assert ("no recent report" in monitoring, programme.name_en in monitoring) == (True, True)
    assert ("Grades" in schemes, "Shanghai" in schemes) == (True, True)


@pytest.mark.parametrize("query", ["year=x", "year=1066", "department=x", "alert=x", "page=99", "alert=money_ahead"])
def test_an_odd_filter_breaks_nothing(client: Client, programme: Programme, editor: User, query: str) -> None:
    import_sheet(keep(programme, editor), acting_user=editor)
    assert client.get(f"{reverse('cms:budget:monitoring')}?{query}").status_code == 200


def test_a_year_without_end_is_left_out(client: Client) -> None:
    assert client.get(reverse("cms:budget:monitoring"), {"year": "9" * 5000}).status_code == 200
