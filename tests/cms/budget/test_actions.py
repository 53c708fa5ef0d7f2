from __future__ import annotations

import hashlib
import json
from datetime import date
from threading import Barrier, Thread
from uuid import UUID

import pytest
from django.contrib.auth.models import AnonymousUser
from django.db import connection
from django.test.utils import CaptureQueriesContext

from cms.budget.actions import import_release, publish_release
from cms.budget.importing.mapping import parse_mapping
from cms.budget.models import Department, Government, ImportProblem, Line, Programme, Release
from cms.classification.actions import declare_department_alias, declare_merger
from participation.stakeholders.models import Role, User
from portal.errors import Conflict, Invalid, NotAllowed, SignInRequired
from privacy.log.kinds import LeafKind
from privacy.log.models import PendingLeaf
from tests.cms.budget.importing.made_up import AMOUNTS, COLUMNS, PLAIN, RELEASE
from tests.factories import make_officeholder, make_user
from tests.log_entries import entries, entry

pytestmark = [pytest.mark.django_db, pytest.mark.both]

FULL = (
    RELEASE
    + """
[columns]
department_code = "unit_code"
department = "unit"
programme_code = "project_code"
programme = "project"
functional_code = "function"
economic = "type"
fund = "fund"
note = "note"
[amounts]
adopted = "budget"
executed = "spent"
[leaf]
column = "level"
equals = 7
"""
)
ROWS = """unit_code,unit,project_code,project,function,type,fund,note,budget,spent,level
,,,,205,,,,1500,,3
007,教育局,01,校舍维修,2050201,维修费,一般公共预算,"第一行
第二行",1000.50,,7
007,教育局,02,教师培训,2050202,培训费,一般公共预算,,499.50,-3,7
008,卫生局,01,校舍维修,2100101,,,,0,,7
"""


def take_in(content: str = "department,amount\nA,1\n", text: str = PLAIN, **options: object) -> Release:
    report = import_release(
        content.encode(),
        source_name="made-up.csv",
        mapping=parse_mapping(text),
        **options,  # type: ignore[arg-type]
    )
    assert report.release is not None
    return report.release


def leaf(record: Release, kind: LeafKind) -> dict[str, object]:
    found = entry(record_ref=record.row_id, kind=kind)
    public: dict[str, object] = json.loads(found.leaf)["public"]
    return public


def test_an_import_writes_release_lines_departments_and_programmes() -> None:
    release = take_in(ROWS, FULL)
    assert (str(release.government), release.fiscal_year, release.version, release.currency) == (
        "云川市",
        2024,
        1,
        "CNY",
    )
    assert (release.phases, release.totals) == (["adopted", "executed"], {"adopted": 150000, "executed": -300})
    assert (release.line_count, release.check_row_count, release.published_at) == (3, 1, None)
    assert list(
        release.lines.values_list("row_number", "is_leaf", "department__code", "programme__name", "adopted", "executed")
    ) == [
        (1, False, None, None, 150000, None),
        (2, True, "007", "校舍维修", 100050, None),
        (3, True, "007", "教师培训", 49950, -300),
        (4, True, "008", "校舍维修", 0, None),
    ]
    line = release.lines.get(row_number=2)
    assert (line.functional_code, line.economic_name, line.fund, line.note) == (
        "2050201",
        "维修费",
        "一般公共预算",
        "第一行\n第二行",
    )
    assert list(Department.objects.values_list("code", "name")) == [("007", "教育局"), ("008", "卫生局")]
    assert list(Programme.objects.values_list("department__code", "code", "name")) == [
        ("007", "01", "校舍维修"),
        ("008", "01", "校舍维修"),
        ("007", "02", "教师培训"),
    ]


def test_departments_and_programmes_keep_their_identity_in_the_next_year() -> None:
    first = take_in(ROWS, FULL)
    second = take_in(ROWS, FULL.replace("2024", "2025"))
    assert (Department.objects.count(), Programme.objects.count(), Government.objects.count()) == (2, 3, 1)
    assert first.lines.get(row_number=3).programme == second.lines.get(row_number=3).programme


def test_a_programme_without_department_belongs_to_the_government_as_a_whole() -> None:
    release = take_in("project,amount\n校舍维修,1\n", RELEASE + '[columns]\nprogramme = "project"\n' + AMOUNTS)
    line = release.lines.get()
    assert line.programme is not None
    assert (line.department, str(line.programme), str(line.programme.department)) == (None, "校舍维修", "云川市")


def test_the_report_says_what_was_read() -> None:
    report = import_release(ROWS.encode(), source_name="made-up.csv", mapping=parse_mapping(FULL))
    assert (report.rows_read, report.lines, report.check_rows, report.rejected) == (4, 3, 1, 0)
    assert report.totals == {"adopted": "1500.00", "executed": "-3.00"}
    assert report.release is not None
    assert report.as_json()["release"] == str(report.release.row_id)


def test_the_source_is_recorded() -> None:
    release = take_in("department,amount\nA,1\n")
    assert (release.source_name, release.source_bytes) == ("made-up.csv", 22)
    assert release.source_sha256 == hashlib.sha256(b"department,amount\nA,1\n").hexdigest()
    assert release.mapping == parse_mapping(PLAIN).as_json()


def test_remarks_are_kept_with_the_release() -> None:
    release = take_in("department,amount\n教育局,1\n合计,1\n")
    assert list(release.problems.order_by("pk").values_list("row_number", "severity", "code")) == [
        (None, "info", "read_as"),
        (2, "warning", "looks_like_total"),
    ]


def test_an_import_is_a_leaf_of_the_log() -> None:
    release = take_in(ROWS, FULL)
    assert leaf(release, LeafKind.RELEASE_IMPORTED) == {
        "government": "云川市",
        "fiscal_year": 2024,
        "version": 1,
        "source_sha256": release.source_sha256,
        "lines": 3,
    }


def test_history_knows_who_imported() -> None:
    editor = make_officeholder(Role.EDITOR)
    release = take_in(acting_user=editor)
    assert release.imported_by == editor
    assert [(row.history_user, bool(row.history_change_reason)) for row in release.history.all()] == [(editor, True)]


def test_a_file_with_a_rejected_row_writes_nothing_and_says_which() -> None:
    report = import_release(
        b"department,amount\nA,1\nB,x\nC,2\n", source_name="made-up.csv", mapping=parse_mapping(PLAIN)
    )
    assert (report.release, report.is_clean, report.rejected) == (None, False, 1)
    assert [(problem.row, problem.code) for problem in report.problems if problem.severity == "error"] == [
        (2, "not_a_number")
    ]
    assert [model.objects.count() for model in (Government, Department, Release, Line, ImportProblem, PendingLeaf)] == [
        0
    ] * 6


def test_a_dry_run_writes_nothing() -> None:
    report = import_release(ROWS.encode(), source_name="x.csv", mapping=parse_mapping(FULL), dry_run=True)
    assert (report.release, report.lines, report.totals["adopted"]) == (None, 3, "1500.00")
    assert [model.objects.count() for model in (Government, Department, Release, Line, PendingLeaf)] == [0] * 5


@pytest.mark.parametrize("dry_run", [False, True])
def test_the_same_file_under_another_name_is_pointed_to_its_release(dry_run: bool) -> None:
    release = take_in()
    with pytest.raises(Conflict) as caught:
        import_release(
            b"department,amount\nA,1\n", source_name="another.csv", mapping=parse_mapping(PLAIN), dry_run=dry_run
        )
    assert caught.value.data == {
        "problem": "already_imported",
        "release": str(release.row_id),
        "url": release.get_absolute_url(),
    }
    assert Release.objects.count() == 1


def test_a_correction_is_the_next_version() -> None:
    take_in()
    corrected = take_in("department,amount\nA,2\n")
    other_year = take_in("department,amount\nA,3\n", PLAIN.replace("2024", "2025"))
    assert (corrected.version, other_year.version) == (2, 1)


def test_the_same_file_read_in_another_way_is_a_new_version_with_a_warning() -> None:
    take_in()
    again = take_in(text=RELEASE + "unit = 10000\n" + COLUMNS + AMOUNTS)
    assert (again.version, again.totals) == (2, {"adopted": 1_000_000})
    assert again.problems.filter(code="same_source", severity="warning").count() == 1


def test_a_budget_carried_over_unchanged_is_remarked_on() -> None:
    take_in("department,amount\nA,1\n")
    next_year = take_in("department,amount\nA,1.00\n", PLAIN.replace("2024", "2025"))
    assert next_year.problems.filter(code="carried_over").count() == 1


def test_lost_leading_zeros_are_remarked_on() -> None:
    text = RELEASE + '[columns]\ndepartment_code = "code"\ndepartment = "department"\n' + AMOUNTS
    take_in("code,department,amount\n007,A,1\n100,B,1\n", text)
    next_year = take_in("code,department,amount\n7,A,1\n100,B,5\n", text.replace("2024", "2025"))
    assert next_year.problems.filter(code="leading_zeros").count() == 1


def test_an_unreadable_file_raises_and_writes_nothing() -> None:
    with pytest.raises(Invalid):
        take_in("unit,amount\nA,1\n")
    assert Government.objects.count() == 0


def test_the_number_of_queries_does_not_grow_with_the_departments() -> None:
    def queries(units: int, year: int) -> int:
        rows = "".join(f"{unit},部门{unit},1,项目{unit},2050201,,,,1,1,7\n" for unit in range(units))
        header = ROWS.splitlines()[0]
        with CaptureQueriesContext(connection) as captured:
            take_in(f"{header}\n{rows}", FULL.replace("2024", str(year)))
        return len(captured)

    queries(1, 2019)
    assert queries(1, 2020) == queries(30, 2021)


# Who --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("role", "may_import", "may_publish"),
    [
        (Role.EDITOR, True, False),
        (Role.REVIEWER, True, True),
        (Role.MODERATOR, False, False),
        (Role.AUDITOR, False, False),
        (None, False, False),
    ],
)
def test_who_may_import_and_who_may_publish(role: Role | None, may_import: bool, may_publish: bool) -> None:
    user = make_officeholder(role) if role else make_user()
    assert _may(take_in, acting_user=user) is may_import
    assert _may(publish_release, _release(), acting_user=user) is may_publish


def test_a_visitor_has_to_sign_in() -> None:
    with pytest.raises(SignInRequired):
        take_in(acting_user=AnonymousUser())


def _may(action: object, *args: object, acting_user: User) -> bool:
    try:
        action(*args, acting_user=acting_user)  # type: ignore[operator]
    except NotAllowed:
        return False
    return True


def _release() -> Release:
    return take_in("department,amount\nZ,26\n")


def test_an_import_writes_through_aliases_mergers_and_programmes_that_go_on() -> None:
    first = take_in(ROWS, FULL)
    education, health = (Department.objects.get(code=code) for code in ("007", "008"))
    training = Programme.objects.get(name="教师培训")
    declare_department_alias(education, name="教育体育局", acting_user=None)
    declare_merger(education, health, since=date(first.fiscal_year, 1, 1), acting_user=None)
    later = ROWS.replace("007,教育局,01", "017,教育体育局,01").replace("007,教育局,02", "008,卫生局,02")
    second = take_in(later, FULL)
    written = second.lines.filter(is_leaf=True).order_by("row_number")
    repairs = list(Programme.objects.filter(name="校舍维修").order_by("department__code"))
    assert [(line.department, line.programme) for line in written] == [
        (education, repairs[0]),
        (health, training),
        (health, repairs[1]),
    ]
    assert (Department.objects.count(), Programme.objects.count()) == (2, 3)


# Publishing -------------------------------------------------------------------------------------


def test_a_published_release_is_visible_to_everybody() -> None:
    reviewer, citizen, release = make_officeholder(Role.REVIEWER), make_user(), take_in()
    assert list(Release.objects.visible_to(citizen)) == []
    publish_release(release, acting_user=reviewer)
    assert list(Release.objects.visible_to(citizen)) == [release]
    assert release.published_at is not None


def test_publishing_is_recorded_with_its_actor_and_a_leaf() -> None:
    reviewer, release = make_officeholder(Role.REVIEWER), take_in()
    publish_release(release, acting_user=reviewer)
    assert [row.history_user for row in release.history.all()] == [reviewer, None]
    assert leaf(release, LeafKind.RELEASE_PUBLISHED)["version"] == 1


def test_a_release_is_published_once() -> None:
    release = publish_release(take_in(), acting_user=None)
    published_at = release.published_at
    with pytest.raises(Conflict) as caught:
        publish_release(release, acting_user=None)
    release.refresh_from_db()
    assert (caught.value.data["release"], release.published_at) == (str(release.row_id), published_at)
    assert len(entries(kind=LeafKind.RELEASE_PUBLISHED)) == 1


@pytest.mark.django_db(transaction=True)
def test_two_imports_at_once_get_two_versions() -> None:
    """Rows of the government are locked, so that neither version is given out twice."""
    start, versions, faults = Barrier(2), [], []

    def work(amount: int) -> None:
        try:
            start.wait()
            versions.append(take_in(f"department,amount\nA,{amount}\n").version)
        except Exception as error:
            faults.append(error)
        finally:
            connection.close()

    threads = [Thread(target=work, args=(amount,)) for amount in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (faults, sorted(versions)) == ([], [1, 2])


def test_lines_have_row_ids_of_their_own() -> None:
    release = take_in("department,amount\nA,1\nA,1\n")
    ids = list(release.lines.values_list("row_id", flat=True))
    assert len({UUID(str(row_id)) for row_id in ids}) == 2


def test_the_amounts_of_a_draft_are_not_in_the_public_log() -> None:
    take_in(ROWS, FULL)
    assert not any("1500.00" in text for text in PendingLeaf.objects.values_list("leaf", flat=True))


def test_publishing_puts_the_amounts_into_the_log() -> None:
    release = publish_release(take_in(ROWS, FULL), acting_user=None)
    assert leaf(release, LeafKind.RELEASE_PUBLISHED)["totals"] == {"adopted": "1500.00", "executed": "-3.00"}
