from __future__ import annotations

import json
from decimal import Decimal
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from cms.budget.checks.models import CheckFinding, CheckOverride
from cms.budget.models import Line, Release
from cms.budget.tables import DisclosureTable, TableRow
from cms.classification.models import ClassificationEntry, ClassificationVersion
from cms.open_data.api.paging import ROWS_AT_MOST
from cms.performance.models import Goal, Indicator, ProgrammeYear
from participation.stakeholders.models import Role
from tests.factories import make_department, make_line, make_officeholder, make_programme, make_release

pytestmark = [pytest.mark.django_db, pytest.mark.both]
BASE = "/api/v1"


def ask(client: Client, path: str) -> tuple[int, Any]:
    response = client.get(path if path.startswith("http") else f"{BASE}{path}")
    assert response.headers["Content-Type"].startswith("application/")
    return response.status_code, json.loads(response.content)


def items(client: Client, path: str) -> list[Any]:
    status, answer = ask(client, path)
    assert status == 200, answer
    return answer["items"]


def make_year(line: Line, **fields: Any) -> ProgrammeYear:
    """A programme's year with one indicator that was met."""
    year = ProgrammeYear.objects.create(
        programme=line.programme, fiscal_year=line.release.fiscal_year, full_year=200, executed=150, **fields
    )
    goal = Goal.objects.create(programme_year=year, text="更换电梯")
    Indicator.objects.create(
        goal=goal, dimension="output", name="电梯", operator="ge", target=10, actual=Decimal("12.5"), weight=50
    )
    return year


def make_everything(release: Release) -> Line:
    """One row for every list."""
    line = make_line(release)
    make_year(line)
    table = DisclosureTable.objects.create(
        release=release, department=line.department, kind="summary", position=1, title="收支总表", unit=10_000
    )
    TableRow.objects.create(table=table, position=1, source_row=1, label="合计", amounts={"amount": 100})
    CheckFinding.objects.create(
        release=release, department=line.department, rule_id="C1", severity="warn", table=table,
        left_amount=3, right_amount=1, fingerprint="f1",
    )  # fmt: skip
    version = ClassificationVersion.objects.create(scheme="functional", label=f"e{release.pk}", name="支出功能分类")
    ClassificationEntry.objects.create(version=version, code="205", name="教育支出")
    return line


LISTS = ["/governments", "/releases", "/releases/{release}/lines", "/lines", "/departments", "/programmes",
         "/indicators", "/scores", "/checks", "/tables", "/tables/{table}/rows", "/classifications",
         "/classifications/{edition}/codes"]  # fmt: skip
OF_EVERYBODY = {"/classifications", "/classifications/{edition}/codes"}


def places(release: Release) -> dict[str, Any]:
    table = DisclosureTable.objects.filter(release=release).first()
    edition = ClassificationVersion.objects.filter(label=f"e{release.pk}").first()
    return {"release": release.row_id, "table": table and table.row_id, "edition": edition and edition.row_id}


@pytest.mark.parametrize("path", LISTS)
@pytest.mark.parametrize(
    ("role", "sees"), [(None, False), (Role.MODERATOR, False), (Role.OFFICER, False), (Role.EDITOR, True)]
)
def test_drafts_are_only_for_those_who_prepare_budgets(
    client: Client, role: Role | None, sees: bool, path: str
) -> None:
    release = make_release(published=False)
    make_everything(release)
    if role:
        client.force_login(make_officeholder(role, make_department() if role is Role.OFFICER else None))
    status, answer = ask(client, path.format(**places(release)))
    if path in OF_EVERYBODY or sees:
        assert (status, answer["count"] > 0) == (200, True)
    else:
        assert (status, answer.get("count", 0)) == (404 if "{" in path else 200, 0)


@pytest.mark.parametrize(
    ("kind", "sees"), [("releases", 200), ("lines", 200), ("departments", 200), ("programmes", 200)]
)
def test_one_of_a_kind_is_there_for_who_may_see_it(client: Client, kind: str, sees: int) -> None:
    for published in (True, False):
        line = make_line(make_release(published=published))
        record: Any = {"releases": line.release, "lines": line, "departments": line.department,
                       "programmes": line.programme}[kind]  # fmt: skip
        status, answer = ask(client, f"/{kind}/{record.row_id}")
        assert status == (sees if published else 404)
        if published:
            assert (answer["row_id"], answer["url"]) == (str(record.row_id), record.get_absolute_url())


@pytest.mark.parametrize("path", LISTS)
def test_thirty_rows_take_as_many_queries_as_one(client: Client, path: str) -> None:
    release = make_release()
    line = make_everything(release)
    where = path.format(**places(release))

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            assert ask(client, where)[0] == 200
        return len(captured)

    count()
    with_one = count()
    table, edition = DisclosureTable.objects.get(), ClassificationVersion.objects.get(label=f"e{release.pk}")
    finding = CheckFinding.objects.get()
    for number in range(29):
        make_year(make_line(release))
        make_line(make_release(), line.programme)
        TableRow.objects.create(table=table, position=number + 2, source_row=1)
        ClassificationEntry.objects.create(version=edition, code=f"9{number}", name="n")
        DisclosureTable.objects.create(
            release=release, department=make_department(), kind="summary", position=1, unit=1
        )
        ClassificationVersion.objects.create(scheme="functional", label=f"x{number}", name="n")
        again = CheckFinding.objects.create(
            release=release, rule_id="C1", severity="error", fingerprint=f"g{number}", table=table, line=line
        )
        CheckOverride.objects.create(finding=again, reason="查过了")
    assert (count(), finding.severity) == (with_one, "warn")


def test_releases_are_listed_with_exact_totals(client: Client) -> None:
    release = make_release(totals={"adopted": 262130332500000, "executed": None}, line_count=7)
    (item,) = items(client, "/releases")
    assert item["row_id"] == str(release.row_id)
    assert item["totals"] == {"adopted": 262130332500000, "executed": None}
    assert (item["lines"], item["government"]["name_en"]) == (7, "Yunchuan")
    assert item["url"] == release.get_absolute_url()


def test_one_release_tells_its_files(client: Client) -> None:
    release = make_release()
    _status, answer = ask(client, f"/releases/{release.row_id}")
    assert answer["downloads"][0] == {
        "format": "csv", "url": f"/data/releases/{release.row_id}/lines.csv", "media_type": "text/csv",
        "rows": 0, "size": None, "sha256": None, "refusal": "",
    }  # fmt: skip


def test_lines_come_in_the_order_of_the_source_without_its_subtotals(client: Client) -> None:
    release = make_release()
    lines = [make_line(release, adopted=amount, executed=None) for amount in (1, None, 3)]
    make_line(release, is_leaf=False)
    status, answer = ask(client, f"/releases/{release.row_id}/lines?limit=2")
    assert (status, answer["count"]) == (200, 3)
    assert [(item["row"], item["amounts"], item["currency"]) for item in answer["items"]] == [
        (lines[0].row_number, {"adopted": 1, "executed": None}, "CNY"),
        (lines[1].row_number, {"adopted": None, "executed": None}, "CNY"),
    ]
    assert [item["row"] for item in ask(client, answer["next"])[1]["items"]] == [lines[2].row_number]


def test_lines_of_all_budgets_are_those_of_the_newest_version_unless_asked_otherwise(client: Client) -> None:
    _old, new = make_line(make_release()), make_line(make_release())
    assert [item["row_id"] for item in items(client, "/lines")] == [str(new.row_id)]
    assert len(items(client, "/lines?versions=all")) == 2
    assert len(items(client, "/releases?versions=newest")) == 1


def test_every_filter_narrows(client: Client) -> None:
    release = make_release(fiscal_year=2024)
    wanted = make_line(release, functional_code="2050201", economic_code="30201", adopted=500, note="")
    make_line(release, functional_code="2120101", economic_code="50201", adopted=900, executed=None)
    make_line(make_release(fiscal_year=2023), adopted=500, functional_code="2110101")
    for query in (
        f"department={wanted.department.row_id}", f"programme={wanted.programme.row_id}",
        "functional=20502", "year=2024&economic=302", "year=2024&phase=executed",
        "year=2024&phase=adopted&min=500&max=500", "year=2024&phase=adopted&max=899",
        f"q={wanted.programme.code}", "government=Yunchuan&year=2024&functional=205",
    ):  # fmt: skip
        assert [item["row_id"] for item in items(client, f"/lines?{query}")] == [str(wanted.row_id)], query
    assert items(client, "/lines?government=Elsewhere") == []
    assert [item["row_id"] for item in items(client, f"/departments?q={wanted.department.code}")] == [
        str(wanted.department.row_id)
    ]
    assert [item["row_id"] for item in items(client, f"/programmes?department={wanted.department.row_id}")] == [
        str(wanted.programme.row_id)
    ]


@pytest.mark.parametrize("text", ["%", '"', "😀", "＇;--", "a" * 200])
def test_any_words_are_searched_for_as_they_are(client: Client, text: str) -> None:
    make_line()
    response = client.get(f"{BASE}/lines", {"q": text})
    assert (response.status_code, json.loads(response.content)["count"]) == (200, 0)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=501", "limit"), ("limit=0", "limit"), ("limit=x", "limit"), ("year=abc", "year"), ("year=1", "year"),
        ("department=1", "department"), ("phase=spent", "phase"), ("min=5", "phase"), ("offset=3", "offset"),
        ("cursor=made-up", "cursor"), ("q=" + "a" * 201, "q"), ("phase=adopted&min=1.5", "min"),
    ],
)  # fmt: skip
def test_what_is_wrong_with_a_question_is_told_by_name(client: Client, query: str, field: str) -> None:
    status, problem = ask(client, f"/lines?{query}")
    assert (status, problem["code"]) == (400, "invalid")
    assert [told["field"] for told in problem["problems"]] == [field]


def test_a_cursor_that_was_changed_or_belongs_elsewhere_is_refused(client: Client) -> None:
    release = make_release()
    for _number in range(3):
        make_line(release)
    following = ask(client, "/lines?limit=1")[1]["next"]
    cursor = following.partition("cursor=")[2]
    assert ask(client, f"/lines?limit=2&cursor={cursor}")[0] == 200
    for path in (
        f"/lines?cursor={cursor[:-2]}",
        f"/lines?cursor=A{cursor}",
        f"/lines?year=2025&cursor={cursor}",
        f"/departments?cursor={cursor}",
        f"/releases/{release.row_id}/lines?cursor={cursor}",
    ):
        status, problem = ask(client, path)
        assert (status, problem["problems"][0]["field"]) == (400, "cursor")


@pytest.mark.parametrize("path", ["/releases", "/lines", "/departments", "/programmes"])
def test_what_is_published_meanwhile_neither_moves_nor_repeats_a_row(client: Client, path: str) -> None:
    for year in (2021, 2022, 2023):
        make_line(make_release(fiscal_year=year))
    whole = [item["row_id"] for item in items(client, path)]
    seen, where = [], f"{path}?limit=1"
    while where:
        _status, answer = ask(client, where)
        assert answer["count"] == 3
        seen += [item["row_id"] for item in answer["items"]]
        where = answer["next"]
        # Corrections of each year, and a year that comes first in the list.
        make_line(make_release(fiscal_year=2020 + len(seen)))
        make_line(make_release(fiscal_year=2030))
    assert seen == whole


def test_the_next_page_stands_in_the_link_header_too(client: Client) -> None:
    for year in (2021, 2022):
        make_release(fiscal_year=year)
    response = client.get(f"{BASE}/releases?limit=1")
    following = json.loads(response.content)["next"]
    assert response.headers["Link"] == f'<{following}>; rel="next"'
    assert "Link" not in client.get(following).headers


def test_indicators_tell_target_and_result_as_exact_text(client: Client) -> None:
    line = make_line()
    make_year(line)
    (item,) = items(client, f"/indicators?programme={line.programme.row_id}&year=2025")
    assert (item["target"], item["actual"], item["weight"], item["met"]) == ("10.0000", "12.5000", "50.00", True)
    assert items(client, "/indicators?year=2024") == []


def test_scores_tell_the_departments_own_and_the_rate_of_execution(client: Client) -> None:
    line = make_line()
    year = make_year(line, self_score=Decimal("98.5"), problems_found=0, problems_fixed=0, problems_open=0)
    (item,) = items(client, f"/scores?department={line.department.row_id}")
    assert (item["row_id"], item["self_score"], item["execution_rate"]) == (str(year.row_id), "98.50", "0.75")
    assert (item["indicators_reported"], item["indicators_met"], item["problems_found"]) == (1, 1, 0)
    assert item["programme"]["row_id"] == str(line.programme.row_id)


def test_findings_tell_both_values_and_who_answers_for_them(client: Client) -> None:
    release = make_release()
    make_everything(release)
    CheckOverride.objects.create(finding=CheckFinding.objects.get(), reason="四舍五入")
    (item,) = items(client, f"/checks?release={release.row_id}&rule=C1&severity=warn")
    assert (item["rule"], item["left"], item["right"], item["difference"]) == ("C1", 3, 1, 2)
    assert item["override"] == "四舍五入"
    assert items(client, f"/checks?release={uuid4()}") == []


def test_tables_and_codes_have_rows_of_their_own(client: Client) -> None:
    release = make_release()
    make_everything(release)
    where = places(release)
    (table,) = items(client, f"/tables?release={release.row_id}")
    assert (table["kind"], table["unit"]) == ("summary", 10_000)
    (row,) = items(client, f"/tables/{where['table']}/rows")
    assert (row["label"], row["amounts"]) == ("合计", {"amount": 100})
    (entry,) = items(client, f"/classifications/{where['edition']}/codes?prefix=2")
    assert (entry["code"], entry["name"]) == ("205", "教育支出")
    assert ask(client, f"/tables/{uuid4()}/rows")[0] == 404


def test_no_more_rows_come_at_once_than_said(client: Client) -> None:
    assert (ROWS_AT_MOST, ask(client, "/lines?limit=500")[0]) == (500, 200)


def test_a_programme_of_two_departments_budgets_is_listed_once(client: Client) -> None:
    programme = make_programme()
    make_line(make_release(fiscal_year=2023), programme)
    make_line(make_release(fiscal_year=2024), programme)
    assert [item["row_id"] for item in items(client, "/programmes")] == [str(programme.row_id)]


@pytest.mark.parametrize("query", ["functional=%00", "government=%00", "q=a%00"])
def test_a_character_that_no_database_holds_is_refused(client: Client, query: str) -> None:
    status, answer = ask(client, f"/lines?{query}")
    assert (status, [problem["field"] for problem in answer["problems"]]) == (400, [query.partition("=")[0]])
